/* batch.c: reading a batch: inputs, targets, labels, sample weights. */
#include "run.h"

/* FETCHED_ROWS: wide ones, asked for while as many before them are read. */
enum { GATHER_ROWS = 32, FETCHED_ROWS = 8 };

void fnn_report_bad(struct fnn_run_state *rs, enum fnn_status status, int64_t place)
{
    int expected = FNN_OK;
    if (atomic_compare_exchange_strong(&rs->bad_status, &expected, (int)status))
        atomic_store(&rs->bad_row, place);
}

/* Asks for whole rows of the user's array: shuffled ones defeat the hardware's guess. */
static void fetch_rows(const struct fnn_array *src, const int64_t *order, size_t n)
{
    const size_t line = 64, bytes = (size_t)(src->cols * src->col_stride);
    for (size_t r = 0; r < n; r++) {
        const char *row = (const char *)src->data + order[r] * src->row_stride;
        for (size_t at = 0; at < bytes; at += line) __builtin_prefetch(row + at, 0, 2);
    }
}

/* Rows [begin, end) of the batch that starts at `place`, into a tensor-shaped buffer. */
static void gather_tensor(const struct fnn_step *st, const struct fnn_run *run,
                          const struct fnn_array *src, const struct fnn_tensor *shape,
                          const struct fnn_buf *dst, int64_t place, size_t begin, size_t end)
{
    /* A few rows at a time, so that one read in several pieces is still in cache. */
    const int pieces = shape->positions > 1 || fnn_span(shape, 0) < shape->width;
    const int fetch = pieces && run->order != NULL && src->col_offset == NULL &&
                      src->col_stride > 0 && src->col_stride <= (int64_t)sizeof(double);
    const size_t most = fetch ? FETCHED_ROWS : GATHER_ROWS;
    for (size_t r = begin, n; r < end; r += n) {
        n = end - r < most ? end - r : most;
        const int64_t first = place + (int64_t)r, *order = run->order == NULL ? NULL : run->order + first;
        if (fetch) {
            const size_t after = end - r - n;
            fetch_rows(src, order + n, after < most ? after : most);
        }
        fnn_gather_samples(st->kern, src, order, first, n, shape,
                           fnn_at(st->kern, dst->data, r * shape->positions * dst->ld), dst->step);
    }
}

static void convert_labels(const struct fnn_step *st, struct fnn_run_state *rs,
                           const struct fnn_plan_output *o, int64_t place, size_t begin, size_t end)
{
    const struct fnn_tensor *out = &st->plan->model->graph.tensors[o->tensor];
    int32_t *labels = o->labels.data;
    for (size_t r = begin * out->positions; r < end * out->positions; r++) {
        double v = fnn_real_at(st->kern, o->target.data, r);
        if (!(v >= 0 && v < (double)out->width) && /* NaN fails too */
            !fnn_loss_leaves_out(o->loss, rs->trainer->outputs[o - st->plan->outputs].loss_param, v)) {
            fnn_report_bad(rs, FNN_ERR_LABEL, place + (int64_t)(r / out->positions));
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
            fnn_report_bad(rs, FNN_ERR_INDEX, place + (int64_t)i);
            return 0;
        }
    }
    return 1;
}

void fnn_gather_weights(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place)
{
    if (rs->run->sample_weight == NULL) return;
    size_t begin, end;
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    if (!order_ok(rs, place, begin, end)) return;
    for (int32_t o = 0; o < st->plan->n_outputs; o++) {
        if (fnn_run_weight(rs, o) == NULL) continue;
        const size_t positions = fnn_out_positions(st, o);
        struct fnn_array weight = *fnn_run_weight(rs, o);
        if (weight.cols == 1 && positions > 1) { /* one weight a sample: repeat it */
            weight.cols = (int64_t)positions;
            weight.col_stride = 0;
            weight.col_offset = NULL;
        }
        struct fnn_tensor shape = {.positions = 1, .width = positions, .ld = positions, .plain = 1};
        struct fnn_buf dst = {.data = st->rows_out[o].weight, .ld = positions, .step = FNN_COLS};
        gather_tensor(st, rs->run, &weight, &shape, &dst, place, begin, end);
    }
}

/* Whether every embedding has a row for the values of these samples of its input. */
static int vocabulary_ok(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place,
                         size_t begin, size_t end)
{
    const struct fnn_model *model = st->plan->model;
    for (int32_t s = 0; s < model->graph.n_stages; s++) {
        const struct fnn_stage *stage = &model->graph.stages[s];
        if (stage->kind != FNN_STAGE_EMBED) continue;
        const size_t row0 = begin * model->graph.tensors[stage->input].positions;
        const int64_t bad = fnn_embed_bad(model, stage, end - begin,
                                          fnn_cell(st->kern, &st->plan->tensors[stage->input], row0, 0));
        if (bad >= 0) {
            fnn_report_bad(rs, FNN_ERR_VOCABULARY, place + (int64_t)begin + bad);
            return 0;
        }
    }
    return 1;
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
    for (int32_t i = 0; i < g->n_inputs; i++)
        gather_tensor(st, run, &run->x[i], &g->tensors[g->inputs[i]], &plan->tensors[g->inputs[i]],
                      place, begin, end);
    if (!vocabulary_ok(st, rs, place, begin, end)) return;
    for (int32_t o = 0; o < plan->n_outputs; o++) {
        const struct fnn_plan_output *out = &plan->outputs[o];
        if (!out->has_target) continue;
        struct fnn_tensor target = g->tensors[out->tensor];
        if (out->sparse) target.width = target.ld = 1;
        gather_tensor(st, run, &run->y[o], &target, &out->target, place, begin, end);
        if (out->sparse) convert_labels(st, rs, out, place, begin, end);
    }
}
