/* output.c: loss, metrics and gradient of each output, and their sums. */
#include <string.h>

#include "run.h"

/* Whether the weights of the rows are for the loss; a loss of the caller's may see to them itself. */
static int loss_is_weighted(const struct fnn_run_state *rs, int32_t o)
{
    return fnn_run_weight(rs, o) != NULL && !rs->trainer->outputs[o].own_weighs;
}

/* Rows that the loss counts, or the sum of their weights. */
static double rows_that_count(const struct fnn_step *st, const struct fnn_run_state *rs, int32_t o,
                              size_t rows, int weighted)
{
    const struct fnn_plan_output *out = &st->plan->outputs[o];
    const double *param = rs->trainer->outputs[o].loss_param;
    const int32_t *labels = fnn_loss_leaves_some_out(out->loss, param) ? out->labels.data : NULL;
    double sum = 0;
    if (labels == NULL && !weighted) return (double)rows;
    for (size_t r = 0; r < rows; r++)
        if (labels == NULL || !fnn_loss_leaves_out(out->loss, param, labels[r]))
            sum += weighted ? fnn_real_at(st->kern, st->rows_out[o].weight, r) : 1;
    return sum;
}

static double loss_scale(const struct fnn_step *st, const struct fnn_run_state *rs, int32_t o,
                         size_t samples)
{
    const size_t rows = samples * fnn_out_positions(st, o);
    const enum fnn_reduction reduction = rs->trainer->outputs[o].reduction;
    if (reduction == FNN_REDUCE_SUM) return 1;
    const int weighted = reduction == FNN_REDUCE_MEAN_WEIGHT && loss_is_weighted(rs, o);
    const double sum = rows_that_count(st, rs, o, rows, weighted);
    return sum != 0 ? 1 / sum : 0; /* Keras: a batch without weight has loss 0 */
}

void fnn_loss_scales(struct fnn_step *st, const struct fnn_run_state *rs, size_t samples)
{
    for (int32_t o = 0; o < st->plan->n_outputs; o++) st->loss_scale[o] = loss_scale(st, rs, o, samples);
}

static struct fnn_loss_args loss_args(const struct fnn_step *st, const struct fnn_plan_output *out,
                                      const struct fnn_block *b, int32_t tensor)
{
    const struct fnn_buf *y = &st->plan->tensors[tensor];
    return (struct fnn_loss_args){
        .rows = b->rows, .cols = b->cols,
        .y = fnn_cell(st->kern, y, b->row0, 0), .ldy = y->ld,
        .t = out->sparse ? NULL : fnn_cell(st->kern, &out->target, b->row0, 0),
        .ldt = out->target.ld,
        .labels = out->sparse ? (const int32_t *)out->labels.data + b->row0 : NULL,
    };
}

/* Where predictions are after the loss: probabilities even when it read logits. */
static int32_t shown_tensor(const struct fnn_plan_output *out)
{
    return out->prob >= 0 ? out->prob : out->tensor;
}

static void metric_rows(const struct fnn_step *st, const struct fnn_run_state *rs, int32_t o,
                        const struct fnn_block *b)
{
    const struct fnn_plan_output *out = &st->plan->outputs[o];
    const struct fnn_output_spec *spec = &rs->trainer->outputs[o];
    const struct fnn_rows *rows = &st->rows_out[o];
    const size_t first = st->row0 * fnn_out_positions(st, o);
    for (int32_t i = 0; i < spec->n_metrics; i++) {
        const struct fnn_metric_spec *m = &spec->metrics[i];
        double *value = rows->metric + (size_t)i * rows->capacity + first + b->row0;
        struct fnn_loss_args a = loss_args(st, out, b, shown_tensor(out));
        if (m->kind == FNN_METRIC_LOSS) { /* none has parameters by columns */
            memcpy(a.param, m->param, sizeof a.param);
            a.row_loss = value;
            st->kern->loss[m->loss](&a);
        } else {
            st->kern->metric[m->kind](a.rows, a.cols, a.y, a.ldy, a.t, a.ldt, a.labels, m->param[0],
                                      value);
        }
    }
}

/* Hands the caller the outputs of a block of rows. */
static void keep_predictions(const struct fnn_step *st, const struct fnn_run_state *rs, int32_t o,
                             const struct fnn_block *b, int64_t place)
{
    const struct fnn_buf *y = &st->plan->tensors[shown_tensor(&st->plan->outputs[o])];
    const int64_t start = rs->run->first_step * rs->trainer->spec.batch;
    const size_t first = (size_t)(place - start) * fnn_out_positions(st, o) + b->row0;
    for (size_t r = 0; r < b->rows; r++) {
        for (size_t c = 0; c < b->cols; c += FNN_COLS) {
            const size_t n = b->cols - c < FNN_COLS ? b->cols - c : FNN_COLS;
            memcpy(fnn_at(st->kern, rs->run->predictions[o], (first + r) * b->cols + c),
                   fnn_cell(st->kern, y, b->row0 + r, c), n * st->kern->elem);
        }
    }
}

/* Loss of a block of rows, and its gradient in grad unless that is NULL. */
static void loss_rows(const struct fnn_step *st, const struct fnn_run_state *rs, int32_t o,
                      const struct fnn_block *b, const struct fnn_buf *grad)
{
    const struct fnn_plan_output *out = &st->plan->outputs[o];
    const struct fnn_output_spec *spec = &rs->trainer->outputs[o];
    const size_t first = st->row0 * fnn_out_positions(st, o) + b->row0;
    if (!out->has_loss) { /* a gradient of zeros, so that what is below trains as ever */
        for (size_t r = 0; r < b->rows && grad != NULL; r++)
            memset(fnn_cell(st->kern, grad, b->row0 + r, 0), 0, b->cols * st->kern->elem);
        return;
    }
    struct fnn_loss_args a = loss_args(st, out, b, out->tensor);
    memcpy(a.param, spec->loss_param, sizeof a.param);
    a.columns = spec->loss_columns;
    if (fnn_run_weight(rs, o) != NULL) a.row_weight = fnn_at(st->kern, st->rows_out[o].weight, first);
    a.scale = st->loss_scale[o] * spec->loss_weight * st->grad_scale;
    a.row_loss = st->rows_out[o].loss + first;
    if (grad != NULL) {
        a.dy = fnn_cell(st->kern, grad, b->row0, 0);
        a.ldd = grad->ld;
    }
    if (out->prob >= 0) {
        const struct fnn_buf *p = &st->plan->tensors[out->prob];
        a.p = fnn_cell(st->kern, p, b->row0, 0);
        a.ldp = p->ld;
    }
    st->kern->loss[out->loss](&a);
}

/* What the loss kernels do to a gradient, for one that the caller computed. */
static void scale_rows(const struct fnn_kernels *kern, const struct fnn_block *b, void *dy, size_t ld,
                       const void *weight, double scale)
{
    for (size_t r = 0; r < b->rows; r++) {
        if (kern->dtype == FNN_F32) {
            float *d = (float *)dy + r * ld;
            const float k = (float)scale, g = weight != NULL ? ((const float *)weight)[r] * k : k;
            for (size_t c = 0; c < b->cols; c++) d[c] *= g;
        } else {
            double *d = (double *)dy + r * ld;
            const double g = weight != NULL ? ((const double *)weight)[r] * scale : scale;
            for (size_t c = 0; c < b->cols; c++) d[c] *= g;
        }
    }
}

/* The caller's own loss, of all rows. Returns 0 when it ends the run. */
static int own_loss(const struct fnn_step *st, const struct fnn_run_state *rs, int32_t o,
                    const struct fnn_block *all, const struct fnn_buf *grad)
{
    const struct fnn_output_spec *spec = &rs->trainer->outputs[o];
    const struct fnn_loss_args a = loss_args(st, &st->plan->outputs[o], all, st->plan->outputs[o].tensor);
    const struct fnn_own_batch batch = {
        .rows = (int64_t)all->rows, .cols = (int64_t)all->cols, .y = a.y, .ldy = (int64_t)a.ldy,
        .t = a.t, .ldt = (int64_t)a.ldt, .labels = a.labels,
        .weight = fnn_run_weight(rs, o) != NULL ? st->rows_out[o].weight : NULL, .row_loss = st->rows_out[o].loss,
        .dy = grad != NULL ? grad->data : NULL, .ldd = grad != NULL ? (int64_t)grad->ld : 0,
    };
    if (spec->own(spec->own_arg, &batch) != 0) return 0;
    if (grad != NULL)
        scale_rows(st->kern, all, grad->data, grad->ld,
                   loss_is_weighted(rs, o) ? st->rows_out[o].weight : NULL,
                   st->loss_scale[o] * spec->loss_weight * st->grad_scale);
    return 1;
}

void fnn_loss_phase(const struct fnn_step *st, struct fnn_run_state *rs, int32_t o, int64_t place)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_plan_output *out = &plan->outputs[o];
    const size_t rows = fnn_step_rows(st, out->tensor);
    const size_t width = plan->model->graph.tensors[out->tensor].width;
    const int backward = st->training && out->stage >= 0 && plan->stages[out->stage].wanted;
    const int keep = rs->run->predictions != NULL && rs->run->predictions[o] != NULL;
    size_t begin, end;
    fnn_share((rows + FNN_ROW_BLOCK - 1) / FNN_ROW_BLOCK, st->tid, st->nt, &begin, &end);
    const int own = out->has_loss && rs->trainer->outputs[o].own != NULL;
    if (own) { /* one member does it all, as the caller's code is not ours to share out */
        const struct fnn_block all = {.rows = rows, .cols = width};
        if (st->tid != 0) return;
        if (!own_loss(st, rs, o, &all, backward ? plan->stages[out->stage].grad : NULL)) {
            fnn_report_bad(rs, FNN_ERR_INTERRUPTED, place);
            return;
        }
        begin = 0;
        end = (rows + FNN_ROW_BLOCK - 1) / FNN_ROW_BLOCK;
    }
    for (size_t u = begin; u < end; u++) {
        struct fnn_block b = {.row0 = u * FNN_ROW_BLOCK, .cols = width};
        b.rows = rows - b.row0 < FNN_ROW_BLOCK ? rows - b.row0 : FNN_ROW_BLOCK;
        if (!own) loss_rows(st, rs, o, &b, backward ? plan->stages[out->stage].grad : NULL);
        metric_rows(st, rs, o, &b);
        if (keep) keep_predictions(st, rs, o, &b, place);
        if (backward && out->tail) fnn_backward_tail(st, out->stage, &b);
    }
}

/* Row values are added in row order, one by one in double, to the sums of the rows before:
 * the same for every thread count, and for every batch size but where the reduction itself
 * is made batch by batch. */
static void sum_output(const struct fnn_step *st, struct fnn_run_state *rs, int32_t o, size_t samples)
{
    struct fnn_result *result = rs->result;
    const struct fnn_plan_output *out = &st->plan->outputs[o];
    const struct fnn_output_spec *spec = &rs->trainer->outputs[o];
    const struct fnn_rows *in = &st->rows_out[o];
    const size_t rows = samples * fnn_out_positions(st, o);
    const int weighted = fnn_run_weight(rs, o) != NULL;
    /* A mean over all rows can be taken of the sums; over those that count, batch by batch. */
    const int mean = spec->reduction == FNN_REDUCE_MEAN &&
                     !fnn_loss_leaves_some_out(out->loss, spec->loss_param);

    double sum = mean ? result->loss_sum[o] : 0;
    const int of_loss = loss_is_weighted(rs, o);
    for (size_t r = 0; r < rows && out->has_loss; r++)
        sum += of_loss ? fnn_real_at(st->kern, in->weight, r) * in->loss[r] : in->loss[r];
    result->loss_sum[o] = mean ? sum : result->loss_sum[o] + sum * st->loss_scale[o] * (double)samples;
    result->loss_weight[o] += (double)(mean ? rows : samples);

    for (int32_t i = 0; i < spec->n_metrics; i++) {
        const double *value = in->metric + (size_t)i * in->capacity;
        const int use = weighted && spec->metrics[i].weighted;
        double *total = &result->metric_sum[out->first_metric + i];
        double *weight = &result->metric_weight[out->first_metric + i];
        for (size_t r = 0; r < rows; r++) {
            double each = use ? fnn_real_at(st->kern, in->weight, r) : 1;
            *total += each * value[r];
            *weight += each;
        }
    }
}

void fnn_sum_rows(const struct fnn_step *st, struct fnn_run_state *rs, size_t samples)
{
    for (int32_t o = 0; o < st->plan->n_outputs; o++) sum_output(st, rs, o, samples);
}
