/* batch.c: reading a batch, its loss and metrics, and their sums. */
#include <string.h>

#include "run.h"

/* ---- reading a batch ------------------------------------------------------ */

enum { GATHER_ROWS = 32 };

static void report_bad(struct fnn_run_state *rs, enum fnn_status status, int64_t place)
{
    int expected = FNN_OK;
    if (atomic_compare_exchange_strong(&rs->bad_status, &expected, (int)status))
        atomic_store(&rs->bad_row, place);
}

/* Rows [begin, end) of the batch that starts at `place`, into a tensor-shaped buffer. */
static void gather_tensor(const struct fnn_step *st, const struct fnn_run *run,
                          const struct fnn_array *src, const struct fnn_tensor *shape,
                          const struct fnn_buf *dst, int64_t place, size_t begin, size_t end)
{
    /* A few rows at a time, so that one read in several pieces is still in cache. */
    for (size_t r = begin, n; r < end; r += n) {
        n = end - r < GATHER_ROWS ? end - r : GATHER_ROWS;
        const int64_t first = place + (int64_t)r;
        fnn_gather_samples(st->kern, src, run->order == NULL ? NULL : run->order + first, first, n,
                           shape, fnn_at(st->kern, dst->data, r * shape->positions * dst->ld),
                           dst->step);
    }
}

static double real_at(const struct fnn_kernels *kern, const void *data, size_t i)
{
    return kern->dtype == FNN_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static void convert_labels(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place,
                           size_t begin, size_t end)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_tensor *out = &plan->model->graph.tensors[plan->out_tensor];
    int32_t *labels = plan->labels.data;
    for (size_t r = begin * out->positions; r < end * out->positions; r++) {
        double v = real_at(st->kern, plan->target.data, r);
        if (!(v >= 0 && v < (double)out->width)) { /* NaN fails too */
            report_bad(rs, FNN_ERR_LABEL, place + (int64_t)(r / out->positions));
            return;
        }
        labels[r] = (int32_t)v;
    }
}

/* Rows named by the order must exist; whatever reads them checks first. */
static int order_ok(struct fnn_run_state *rs, int64_t place, size_t begin, size_t end)
{
    const struct fnn_run *run = rs->run;
    for (size_t i = begin; run->order != NULL && i < end; i++) {
        int64_t row = run->order[place + (int64_t)i];
        if (row < 0 || row >= run->x->rows) {
            report_bad(rs, FNN_ERR_INDEX, place + (int64_t)i);
            return 0;
        }
    }
    return 1;
}

static size_t out_positions(const struct fnn_step *st)
{
    return st->plan->model->graph.tensors[st->plan->out_tensor].positions;
}

void fnn_gather_weights(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place)
{
    if (rs->run->sample_weight == NULL) return;
    const size_t positions = out_positions(st);
    struct fnn_array weight = *rs->run->sample_weight;
    if (weight.cols == 1 && positions > 1) { /* one weight a sample: repeat it */
        weight.cols = (int64_t)positions;
        weight.col_stride = 0;
        weight.col_offset = NULL;
    }
    struct fnn_tensor shape = {.positions = 1, .width = positions, .ld = positions, .plain = 1};
    struct fnn_buf dst = {.data = st->rows_out->weight, .ld = positions, .step = FNN_COLS};
    size_t begin, end;
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    if (!order_ok(rs, place, begin, end)) return;
    gather_tensor(st, rs->run, &weight, &shape, &dst, place, begin, end);
}

void fnn_gather_phase(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_run *run = rs->run;
    const struct fnn_graph *g = &plan->model->graph;
    size_t begin, end;
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    if (begin == end) return;
    if (!order_ok(rs, place, begin, end)) return;
    gather_tensor(st, run, run->x, &g->tensors[0], &plan->tensors[0], place, begin, end);
    struct fnn_tensor target = g->tensors[plan->out_tensor];
    if (plan->sparse) target.width = target.ld = 1;
    gather_tensor(st, run, run->y, &target, &plan->target, place, begin, end);
    if (plan->sparse) convert_labels(st, rs, place, begin, end);
}

/* ---- loss ------------------------------------------------------------------ */

double fnn_loss_scale(const struct fnn_step *st, const struct fnn_run_state *rs, size_t samples)
{
    const size_t rows = samples * out_positions(st);
    const int weighted = rs->run->sample_weight != NULL;
    double sum = 0;
    switch (rs->trainer->spec.reduction) {
    case FNN_REDUCE_SUM:
        return 1;
    case FNN_REDUCE_MEAN_WEIGHT:
        if (!weighted) return 1 / (double)rows;
        for (size_t r = 0; r < rows; r++) sum += real_at(st->kern, st->rows_out->weight, r);
        return sum != 0 ? 1 / sum : 0; /* Keras: a batch without weight has loss 0 */
    default:
        return 1 / (double)rows;
    }
}

static struct fnn_loss_args loss_args(const struct fnn_step *st, const struct fnn_block *b,
                                      int32_t tensor)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_buf *y = &plan->tensors[tensor];
    return (struct fnn_loss_args){
        .rows = b->rows, .cols = b->cols,
        .y = fnn_cell(st->kern, y, b->row0, 0), .ldy = y->ld,
        .t = plan->sparse ? NULL : fnn_cell(st->kern, &plan->target, b->row0, 0),
        .ldt = plan->target.ld,
        .labels = plan->sparse ? (const int32_t *)plan->labels.data + b->row0 : NULL,
    };
}

static void metric_rows(const struct fnn_step *st, const struct fnn_run_state *rs,
                        const struct fnn_block *b)
{
    const struct fnn_plan *plan = st->plan;
    const int32_t tensor = plan->prob_tensor >= 0 ? plan->prob_tensor : plan->out_tensor;
    const size_t first = st->row0 * out_positions(st);
    for (int32_t i = 0; i < rs->trainer->spec.n_metrics; i++) {
        const struct fnn_metric_spec *m = &rs->trainer->metrics[i];
        double *value = st->rows_out->metric + (size_t)i * st->rows_out->capacity + first + b->row0;
        struct fnn_loss_args a = loss_args(st, b, tensor);
        if (m->kind == FNN_METRIC_LOSS) {
            memcpy(a.param, m->param, sizeof a.param);
            a.row_loss = value;
            st->kern->loss[m->loss](&a);
        } else {
            st->kern->metric[m->kind](a.rows, a.cols, a.y, a.ldy, a.t, a.ldt, a.labels, m->param[0],
                                      value);
        }
    }
}

/* Hands the caller the outputs of a block of rows, probabilities where the loss reads logits. */
static void keep_predictions(const struct fnn_step *st, const struct fnn_run_state *rs,
                             const struct fnn_block *b, int64_t place)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_buf *y = &plan->tensors[plan->prob_tensor >= 0 ? plan->prob_tensor : plan->out_tensor];
    const int64_t start = rs->run->first_step * rs->trainer->spec.batch;
    const size_t first = (size_t)(place - start) * out_positions(st) + b->row0;
    for (size_t r = 0; r < b->rows; r++) {
        for (size_t c = 0; c < b->cols; c += FNN_COLS) {
            const size_t n = b->cols - c < FNN_COLS ? b->cols - c : FNN_COLS;
            memcpy(fnn_at(st->kern, rs->run->predictions, (first + r) * b->cols + c),
                   fnn_cell(st->kern, y, b->row0 + r, c), n * st->kern->elem);
        }
    }
}

void fnn_loss_phase(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place)
{
    const struct fnn_plan *plan = st->plan;
    const size_t rows = fnn_step_rows(st, plan->out_tensor);
    const size_t width = plan->model->graph.tensors[plan->out_tensor].width;
    const size_t first = st->row0 * out_positions(st);
    const int backward = st->training && plan->lowest < plan->n_stages;
    const int32_t last = plan->n_stages - 1;
    size_t begin, end;
    fnn_share((rows + FNN_ROW_BLOCK - 1) / FNN_ROW_BLOCK, st->tid, st->nt, &begin, &end);
    for (size_t u = begin; u < end; u++) {
        struct fnn_block b = {.row0 = u * FNN_ROW_BLOCK, .cols = width};
        b.rows = rows - b.row0 < FNN_ROW_BLOCK ? rows - b.row0 : FNN_ROW_BLOCK;
        struct fnn_loss_args a = loss_args(st, &b, plan->out_tensor);
        memcpy(a.param, rs->trainer->spec.loss_param, sizeof a.param);
        if (rs->run->sample_weight != NULL)
            a.row_weight = fnn_at(st->kern, st->rows_out->weight, first + b.row0);
        a.scale = st->loss_scale;
        a.row_loss = st->rows_out->loss + first + b.row0;
        if (backward) {
            a.dy = fnn_cell(st->kern, plan->stages[last].grad, b.row0, 0);
            a.ldd = plan->stages[last].grad->ld;
        }
        if (plan->prob_tensor >= 0) {
            const struct fnn_buf *p = &plan->tensors[plan->prob_tensor];
            a.p = fnn_cell(st->kern, p, b.row0, 0);
            a.ldp = p->ld;
        }
        st->kern->loss[plan->loss](&a);
        metric_rows(st, rs, &b);
        if (rs->run->predictions != NULL) keep_predictions(st, rs, &b, place);
        if (backward && plan->model->graph.stages[last].kind == FNN_STAGE_DENSE)
            fnn_backward_tail(st, last, &b);
    }
}

/* Row values are added in row order, one by one in double, to the sums of the rows before:
 * the same for every thread count, and for every batch size but where the reduction itself
 * is made batch by batch. */
void fnn_sum_rows(const struct fnn_step *st, struct fnn_run_state *rs, size_t samples)
{
    struct fnn_result *out = rs->result;
    const struct fnn_rows *in = st->rows_out;
    const size_t rows = samples * out_positions(st);
    const int weighted = rs->run->sample_weight != NULL;
    const int mean = rs->trainer->spec.reduction == FNN_REDUCE_MEAN;

    double sum = mean ? out->loss_sum : 0;
    for (size_t r = 0; r < rows; r++)
        sum += weighted ? real_at(st->kern, in->weight, r) * in->loss[r] : in->loss[r];
    const double scale = st->loss_scale / st->grad_scale; /* that of the reduction alone */
    out->loss_sum = mean ? sum : out->loss_sum + sum * scale * (double)samples;
    out->loss_weight += (double)(mean ? rows : samples);

    for (int32_t i = 0; i < rs->trainer->spec.n_metrics; i++) {
        const double *value = in->metric + (size_t)i * in->capacity;
        const int use = weighted && rs->trainer->metrics[i].weighted;
        double total = out->metric_sum[i], weight = out->metric_weight[i];
        for (size_t r = 0; r < rows; r++) {
            double each = use ? real_at(st->kern, in->weight, r) : 1;
            total += each * value[r];
            weight += each;
        }
        out->metric_sum[i] = total;
        out->metric_weight[i] = weight;
    }
}
