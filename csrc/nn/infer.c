/* infer.c: prediction. Rows stream block by block through all stages, so that activations
 * stay in cache; each member of the team takes whole blocks and needs no barrier. Scratch
 * belongs to the call, so that any number of threads can predict with one model. */
#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "../core/threads.h"
#include "step.h"

/* Activations of a block are kept below this, and a block has at most this many rows. */
enum { BLOCK_BYTES = 256 << 10, BLOCK_ROWS = 240 };

/* Multiply-adds of a call that pay for one more thread: waking a team costs about 1 us. */
static const double WORK_PER_THREAD = 4e5;

struct predict_call {
    const struct fnn_model *model;
    const struct fnn_array *x;
    char *out;
    char *scratch;
    size_t member_bytes; /* of scratch, each */
    size_t block;        /* samples of a block */
};

/* Reals one activation buffer needs for `samples` samples: the widest tensor. */
static size_t buffer_elems(const struct fnn_graph *g, size_t samples)
{
    size_t most = 0;
    for (int32_t t = 0; t < g->n_tensors; t++) {
        const struct fnn_tensor *x = &g->tensors[t];
        size_t elems = fnn_tensor_elems(x, samples * x->positions);
        if (elems > most) most = elems;
    }
    return fnn_round_up(most, FNN_PAD) + 64; /* vector loads may pass the end */
}

static size_t block_samples(const struct fnn_model *model, size_t rows)
{
    const size_t each = 2 * buffer_elems(&model->graph, 1) * model->kern->elem;
    size_t samples = BLOCK_BYTES / each;
    if (samples > BLOCK_ROWS) samples = BLOCK_ROWS;
    if (samples < model->kern->mr) samples = model->kern->mr;
    return samples < rows ? samples : rows;
}

/* All elementwise ops of a stage, in place. */
static void tail(const struct fnn_kernels *kern, const struct fnn_stage *stage, int32_t from,
                 size_t rows, size_t cols, void *y, size_t ld)
{
    for (int32_t e = from; e < stage->n_ewise; e++)
        fnn_ewise_forward(kern, &stage->ewise[e], rows, cols, y, ld, y, ld);
}

static void dense(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                  const void *x, void *y)
{
    const struct fnn_tensor *in = &model->graph.tensors[stage->input];
    const struct fnn_tensor *out = &model->graph.tensors[stage->dense_out];
    const size_t step = fnn_tensor_step(out, rows);
    const struct fnn_kernels *kern = model->kern;
    const void *w = fnn_at(kern, model->weights, model->graph.params[stage->kernel].offset);
    const void *bias = stage->bias < 0 ? NULL
        : fnn_at(kern, model->weights, model->graph.params[stage->bias].offset);
    const int relu = stage->n_ewise > 0 && fnn_is_relu(&stage->ewise[0]);
    for (size_t col = 0; col < stage->n; col += kern->panel) {
        const size_t width = stage->n - col < kern->panel ? stage->n - col : kern->panel;
        void *part = fnn_at(kern, y, col / FNN_COLS * step + col % FNN_COLS);
        kern->dense_fwd(rows, stage->k, width, x, in->ld, fnn_tensor_step(in, rows),
                        fnn_at(kern, w, col * stage->k), width,
                        bias == NULL ? NULL : fnn_at(kern, bias, col), relu, part, out->ld);
        tail(kern, stage, relu, rows,
             col + width == stage->n ? fnn_round_up(stage->n, FNN_PAD) - col : width, part, out->ld);
    }
}

/* Runs one stage from `from`; the result is in `to`, or in `from` when it worked in place.
 * Returns where the result is. */
static void *run_stage(const struct fnn_model *model, const struct fnn_stage *stage, size_t samples,
                       void *from, void *to)
{
    const struct fnn_tensor *in = &model->graph.tensors[stage->input];
    const struct fnn_tensor *out = &model->graph.tensors[stage->output];
    const size_t rows = samples * in->positions;
    switch (stage->kind) {
    case FNN_STAGE_DENSE:
        dense(model, stage, rows, from, to);
        return to;
    case FNN_STAGE_EWISE:
        for (size_t col = 0, cols; col < in->width; col += cols) {
            cols = fnn_span(in, col);
            tail(model->kern, stage, 0, rows, cols,
                 fnn_at(model->kern, from, col / FNN_COLS * fnn_tensor_step(in, rows)), in->ld);
        }
        return from;
    case FNN_STAGE_SOFTMAX:
        model->kern->act_fwd[FNN_ACT_SOFTMAX](rows, in->width, from, in->ld, from, in->ld, NULL);
        return from;
    case FNN_STAGE_RESHAPE:
        fnn_reshape_samples(model->kern, in, out, samples, from, to);
        return to;
    }
    return from;
}

static void predict_member(void *arg, int tid, int nt)
{
    const struct predict_call *call = arg;
    const struct fnn_model *model = call->model;
    const struct fnn_kernels *kern = model->kern;
    const struct fnn_graph *g = &model->graph;
    const struct fnn_tensor *out = &g->tensors[g->stages[g->n_stages - 1].output];
    const size_t rows = (size_t)call->x->rows, sample = out->positions * out->width;
    void *a = call->scratch + (size_t)tid * call->member_bytes;
    void *b = fnn_at(kern, a, buffer_elems(g, call->block));
    size_t begin, end;
    fnn_share((rows + call->block - 1) / call->block, tid, nt, &begin, &end);
    for (size_t u = begin; u < end; u++) {
        const size_t row0 = u * call->block;
        const size_t samples = rows - row0 < call->block ? rows - row0 : call->block;
        void *at = a;
        fnn_gather_samples(kern, call->x, NULL, (int64_t)row0, samples, &g->tensors[0], a,
                           fnn_tensor_step(&g->tensors[0], samples * g->tensors[0].positions));
        for (int32_t s = 0; s < g->n_stages; s++)
            at = run_stage(model, &g->stages[s], samples, at, at == a ? b : a);
        for (size_t r = 0; r < samples * out->positions; r++)
            memcpy(call->out + (row0 * sample + r * out->width) * kern->elem,
                   fnn_at(kern, at, r * out->ld), out->width * kern->elem);
    }
}

/* ---- scratch -------------------------------------------------------------------- */

/* A pool entry starts with its size; callers take entries whole and put them back. */
struct scratch {
    size_t bytes;
    _Alignas(64) char data[];
};

static struct scratch *take_scratch(struct fnn_model *model, size_t bytes)
{
    for (int i = 0; i < FNN_SCRATCH_POOL; i++) {
        struct scratch *s = atomic_exchange(&model->scratch[i], NULL);
        if (s == NULL) continue;
        if (s->bytes >= bytes) return s;
        fnn_free(s); /* too small for this call: replaced by a larger one */
        break;
    }
    struct scratch *s = fnn_alloc(1, sizeof *s + bytes);
    if (s != NULL) s->bytes = bytes;
    return s;
}

static void put_scratch(struct fnn_model *model, struct scratch *s)
{
    for (int i = 0; i < FNN_SCRATCH_POOL; i++) {
        void *empty = NULL;
        if (atomic_compare_exchange_strong(&model->scratch[i], &empty, s)) return;
    }
    fnn_free(s);
}

static double row_work(const struct fnn_graph *g)
{
    double work = 0;
    for (int32_t s = 0; s < g->n_stages; s++)
        if (g->stages[s].kind == FNN_STAGE_DENSE)
            work += (double)g->tensors[g->stages[s].input].positions * (double)g->stages[s].k *
                    (double)g->stages[s].n;
    return work;
}

enum fnn_status fnn_model_predict(struct fnn_model *model, const struct fnn_array *x, void *out)
{
    FNN_REQUIRE(model != NULL && x != NULL && x->rows >= 0, FNN_ERR_ARGUMENT);
    const struct fnn_tensor *in = &model->graph.tensors[0];
    FNN_REQUIRE(x->cols == (int64_t)(in->positions * in->width), FNN_ERR_ARGUMENT);
    FNN_REQUIRE((int)x->dtype >= 0 && x->dtype < FNN_DTYPE_COUNT, FNN_ERR_ARGUMENT);
    if (x->rows == 0) return FNN_OK;
    FNN_REQUIRE(x->data != NULL && out != NULL, FNN_ERR_ARGUMENT);

    struct predict_call call = {.model = model, .x = x, .out = out};
    call.block = block_samples(model, (size_t)x->rows);
    const double worth = row_work(&model->graph) * (double)x->rows / WORK_PER_THREAD;
    int threads = fnn_threads_limit();
    if (worth < 2) threads = 1;
    else if (worth < threads) threads = (int)worth;
    /* Smaller blocks when there would not be one for every member. */
    const size_t even = ((size_t)x->rows + (size_t)threads - 1) / (size_t)threads;
    if (even < call.block) call.block = even;

    call.member_bytes = fnn_round_up(2 * buffer_elems(&model->graph, call.block) * model->kern->elem,
                                     FNN_ALIGN);
    struct scratch *scratch = take_scratch(model, call.member_bytes * (size_t)threads);
    FNN_REQUIRE(scratch != NULL, FNN_ERR_MEMORY);
    call.scratch = scratch->data;
    fnn_team_run(threads, predict_member, &call);
    put_scratch(model, scratch);
    return FNN_OK;
}
