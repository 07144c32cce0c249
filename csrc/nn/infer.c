/* infer.c: prediction. Rows stream block by block through all stages, so that activations stay in
 * cache; products read the caller's own rows where those are as the kernels want them. Each member
 * of the team takes whole blocks and meets no barrier. Where that would read the weights again and
 * again for a few rows, the team shares every product instead: calls of a few rows, whose weights
 * then come from as many caches as there are members, and layers so wide that a block that stays in
 * cache has only a few rows. */
#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "../core/threads.h"
#include "infer.h"
#include "scratch.h"

/* Activations of a block are kept below this, and a block has at most this many rows. */
enum { BLOCK_BYTES = 256 << 10, BLOCK_ROWS = 240 };

/* Blocks of fewer rows read weights more often than is worth their staying in cache. */
enum { WIDE_ROWS = 24 };

/* Multiply-adds of a call that pay for one more thread: waking a team costs about 1 us. With
 * few rows each multiply-add is a weight to be read, ten times as long. */
static const double WORK_PER_THREAD = 4e5, WEIGHTS_PER_THREAD = 6e4;

struct predict_call {
    const struct fnn_model *model;
    const struct fnn_array *x; /* (n_inputs) */
    void *const *out;          /* (n_outputs) */
    int direct;                /* the products read x[0] where it lies: nothing is gathered */
    char *scratch;
    size_t member_bytes; /* of scratch, each */
    size_t block;        /* samples of a block */
    uint64_t left_out;   /* bits: optional stages that products do the work of */
    int wide;            /* the team shares products of whole blocks, block after block */
    struct fnn_buffers buffers; /* of each member */
    struct fnn_barrier barrier;
    atomic_int bad; /* a value named no row of an embedding's table */
};

/* Whether every stage that reads the only input is a product, and the caller's array is rows of
 * the model's reals: then a product can take them from there. */
static int reads_direct(const struct fnn_model *model, const struct fnn_array *x)
{
    const struct fnn_graph *g = &model->graph;
    const int64_t elem = (int64_t)model->kern->elem;
    if (g->n_inputs != 1 || g->tensors[g->inputs[0]].positions != 1) return 0;
    if (x->dtype != model->kern->dtype || x->col_offset != NULL) return 0;
    if ((x->col_stride != elem && x->cols > 1) || x->row_stride < 0 || x->row_stride % elem != 0) return 0;
    if ((uintptr_t)x->data % (uintptr_t)elem != 0) return 0;
    for (int32_t s = 0; s < g->n_serving; s++)
        for (int32_t j = 0; j < g->serving[s].n_inputs; j++)
            if (g->serving[s].inputs[j] == g->inputs[0] && g->serving[s].kind != FNN_STAGE_DENSE) return 0;
    for (int32_t o = 0; o < g->n_outputs; o++)
        if (g->outputs[o] == g->inputs[0]) return 0;
    return 1;
}

/* Reals one activation buffer needs for `samples` samples: the widest tensor that has one. */
static size_t buffer_elems(const struct fnn_graph *g, size_t samples, int direct)
{
    size_t most = 0;
    for (int32_t t = 0; t < g->n_tensors; t++) {
        const struct fnn_tensor *x = &g->tensors[t];
        if (direct && t == g->inputs[0]) continue;
        size_t elems = fnn_tensor_elems(x, samples * x->positions);
        if (elems > most) most = elems;
    }
    return fnn_round_up(most, FNN_PAD) + 64; /* vector loads may pass the end */
}

static size_t block_samples(const struct fnn_model *model, size_t rows, int direct)
{
    const size_t each =
        (size_t)model->graph.n_slots * buffer_elems(&model->graph, 1, direct) * model->kern->elem;
    size_t samples = BLOCK_BYTES / each;
    if (samples > BLOCK_ROWS) samples = BLOCK_ROWS;
    if (samples < model->kern->mr) samples = model->kern->mr;
    return samples < rows ? samples : rows;
}

/* Rows of a product's input: leading dimension, and from panel to panel. */
struct source {
    const void *data;
    size_t ld, step;
};

/* The weights of a product, in panels, and what follows it. */
struct product {
    const struct fnn_model *model;
    const struct fnn_stage *stage;
    const void *w, *bias;
    int relu;
};

static inline struct product product_of(const struct fnn_model *model, const struct fnn_stage *stage)
{
    const struct fnn_kernels *kern = model->kern;
    const int folded = stage->before >= 0 || stage->after >= 0;
    return (struct product){
        .model = model, .stage = stage,
        .w = folded ? fnn_at(kern, model->folded.data, stage->folded_kernel)
            : fnn_at(kern, model->weights, model->graph.params[stage->kernel].offset),
        .bias = folded ? fnn_at(kern, model->folded.data, stage->folded_bias)
            : stage->bias < 0 ? NULL
            : fnn_at(kern, model->weights, model->graph.params[stage->bias].offset),
        .relu = stage->n_ewise > 0 && fnn_is_relu(&stage->ewise[0]),
    };
}

static const void *bias_at(const struct product *p, size_t col)
{
    return p->bias == NULL ? NULL : fnn_at(p->model->kern, p->bias, col);
}

/* Elementwise ops behind columns col ... of a product; the last ones take the padding along. */
static void product_tail(const struct product *p, size_t rows, size_t col, size_t width, void *part,
                         size_t ld)
{
    const size_t end = col + width, n = p->stage->n;
    fnn_infer_tail(p->model->kern, p->stage, p->relu, rows,
                   (end == n ? fnn_round_up(n, FNN_PAD) : end) - col, part, ld);
}

/* A product over this member's share of the panels of weights, all rows at once. */
static void dense(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                  struct source x, void *y, int tid, int nt)
{
    const struct fnn_tensor *out = &model->graph.tensors[stage->raw];
    const size_t step = fnn_tensor_step(out, rows);
    const struct fnn_kernels *kern = model->kern;
    const struct product p = product_of(model, stage);
    size_t begin, end;
    fnn_share(fnn_panel_count(kern, stage->n), tid, nt, &begin, &end);
    begin *= kern->panel;
    end = end * kern->panel < stage->n ? end * kern->panel : stage->n;
    if (begin >= end) return;
    if (rows == 1) { /* one row is plain, whatever its layout is called */
        void *part = fnn_at(kern, y, begin);
        kern->dense_row(stage->k, end - begin, x.data, fnn_at(kern, p.w, begin * stage->k),
                        bias_at(&p, begin), p.relu, part);
        product_tail(&p, 1, begin, end - begin, part, out->ld);
        return;
    }
    for (size_t col = begin; col < end; col += kern->panel) {
        const size_t width = end - col < kern->panel ? end - col : kern->panel;
        void *part = fnn_at(kern, y, col / FNN_COLS * step + col % FNN_COLS);
        kern->dense_fwd(rows, stage->k, width, x.data, x.ld, x.step,
                        fnn_at(kern, p.w, col * stage->k), width, 0, bias_at(&p, col), p.relu, part,
                        out->ld);
        product_tail(&p, rows, col, width, part, out->ld);
    }
}

/* The same over its share of the product's blocks, in the order of training (blocks.h). */
static void dense_blocks(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                         struct source x, void *y, int tid, int nt)
{
    const struct fnn_tensor *out = &model->graph.tensors[stage->raw];
    const size_t step = fnn_tensor_step(out, rows);
    const struct fnn_kernels *kern = model->kern;
    const struct product p = product_of(model, stage);
    struct fnn_blocks it;
    fnn_blocks_begin(&it, kern, rows, stage->n, stage->k, FNN_BLOCKS_FORWARD, tid, nt);
    while (fnn_blocks_next(&it)) {
        const struct fnn_block *b = &it.at;
        void *part = fnn_at(kern, y, b->col0 / FNN_COLS * step + b->row0 * out->ld + b->col0 % FNN_COLS);
        kern->dense_fwd(b->rows, it.terms, b->cols,
                        fnn_at(kern, x.data, it.k0 / FNN_COLS * x.step + b->row0 * x.ld), x.ld, x.step,
                        fnn_at(kern, p.w, b->col0 * stage->k + it.k0 * b->cols), b->cols, it.k0 > 0,
                        it.last ? bias_at(&p, b->col0) : NULL, it.last && p.relu, part, out->ld);
        if (it.last) product_tail(&p, b->rows, b->col0, b->cols, part, out->ld);
    }
}

/* What a product reads of the samples row0 ... */
static inline struct source source_of(const struct predict_call *call, const struct fnn_stage *stage,
                                      size_t row0, size_t samples, char *scratch)
{
    const struct fnn_graph *g = &call->model->graph;
    const struct fnn_tensor *in = &g->tensors[stage->input];
    if (call->direct && stage->input == g->inputs[0])
        return (struct source){(const char *)call->x->data + (int64_t)row0 * call->x->row_stride,
                               (size_t)call->x->row_stride / call->model->kern->elem, FNN_COLS};
    return (struct source){fnn_infer_tensor(&call->buffers, scratch, stage->input), in->ld,
                           fnn_tensor_step(in, samples * in->positions)};
}

/* A stage that is no product, unless products do its work. */
static void run_other(const struct predict_call *call, const struct fnn_stage *stage, size_t samples,
                      char *scratch)
{
    if (stage->optional && call->left_out >> (stage->optional - 1) & 1) return;
    fnn_infer_stage(&call->buffers, stage, samples, scratch);
}

/* Returns 0 when an embedding has no row for some value; then nothing may be computed. */
static int read_block(struct predict_call *call, size_t row0, size_t samples, char *scratch)
{
    const struct fnn_graph *g = &call->model->graph;
    for (int32_t i = 0; i < g->n_inputs && !call->direct; i++) {
        const struct fnn_tensor *in = &g->tensors[g->inputs[i]];
        fnn_gather_samples(call->model->kern, &call->x[i], NULL, (int64_t)row0, samples, in,
                           fnn_infer_tensor(&call->buffers, scratch, g->inputs[i]),
                           fnn_tensor_step(in, samples * in->positions));
    }
    for (int32_t s = 0; s < g->n_stages; s++)
        if (g->stages[s].kind == FNN_STAGE_EMBED &&
            fnn_embed_bad(call->model, &g->stages[s], samples,
                          fnn_infer_tensor(&call->buffers, scratch, g->stages[s].input)) >= 0)
            atomic_store(&call->bad, 1);
    return !atomic_load_explicit(&call->bad, memory_order_relaxed);
}

static void write_block(const struct predict_call *call, size_t row0, size_t samples, char *scratch)
{
    const struct fnn_kernels *kern = call->model->kern;
    const struct fnn_graph *g = &call->model->graph;
    for (int32_t o = 0; o < g->n_outputs; o++) {
        const struct fnn_tensor *out = &g->tensors[g->outputs[o]];
        const void *src = fnn_infer_tensor(&call->buffers, scratch, g->outputs[o]);
        char *dst = (char *)call->out[o] + row0 * out->positions * out->width * kern->elem;
        for (size_t r = 0; r < samples * out->positions; r++)
            memcpy(dst + r * out->width * kern->elem, fnn_at(kern, src, r * out->ld),
                   out->width * kern->elem);
    }
}

/* Whole blocks of rows, each through all stages. */
static void predict_by_rows(void *arg, int tid, int nt)
{
    struct predict_call *call = arg;
    const struct fnn_graph *g = &call->model->graph;
    char *scratch = call->scratch + (size_t)tid * call->member_bytes;
    size_t begin, end; /* rows: shares of blocks would be uneven when there are few */
    fnn_share((size_t)call->x->rows, tid, nt, &begin, &end);
    for (size_t row0 = begin, samples; row0 < end; row0 += samples) {
        samples = end - row0 < call->block ? end - row0 : call->block;
        if (!read_block(call, row0, samples, scratch)) return;
        for (int32_t s = 0; s < g->n_serving; s++) {
            const struct fnn_stage *stage = &g->serving[s];
            if (stage->kind == FNN_STAGE_DENSE)
                dense(call->model, stage, samples * g->tensors[stage->input].positions,
                      source_of(call, stage, row0, samples, scratch),
                      fnn_infer_tensor(&call->buffers, scratch, stage->output), 0, 1);
            else
                run_other(call, stage, samples, scratch);
        }
        write_block(call, row0, samples, scratch);
    }
}

/* The last stage that has work for several members; -1: none has. */
static int32_t last_shared(const struct fnn_model *model)
{
    const struct fnn_graph *g = &model->graph;
    int32_t s = g->n_serving - 1;
    while (s >= 0 && !(g->serving[s].kind == FNN_STAGE_DENSE && g->serving[s].n > model->kern->panel)) s--;
    return s;
}

/* A block of rows, each product shared by the team. Member 0 alone does what is behind the last
 * of them that can be shared, as a barrier costs as much as a small product. Returns 0 when there is
 * nothing to compute. */
static int share_products(struct predict_call *call, size_t row0, size_t samples, int tid, int nt)
{
    const struct fnn_graph *g = &call->model->graph;
    if (!call->direct) {
        if (tid == 0) read_block(call, row0, samples, call->scratch);
        fnn_barrier_wait(&call->barrier, nt);
        if (atomic_load_explicit(&call->bad, memory_order_relaxed)) return 0;
    }
    const int32_t shared = last_shared(call->model);
    for (int32_t s = 0; s < g->n_serving && (tid == 0 || s <= shared); s++) {
        const struct fnn_stage *stage = &g->serving[s];
        if (stage->kind == FNN_STAGE_DENSE) {
            const size_t rows = samples * g->tensors[stage->input].positions;
            const struct source x = source_of(call, stage, row0, samples, call->scratch);
            void *y = fnn_infer_tensor(&call->buffers, call->scratch, stage->output);
            const int part = s <= shared ? tid : 0, parts = s <= shared ? nt : 1;
            if (call->wide)
                dense_blocks(call->model, stage, rows, x, y, part, parts);
            else
                dense(call->model, stage, rows, x, y, part, parts);
        } else if (tid == 0) {
            run_other(call, stage, samples, call->scratch);
        }
        if (s <= shared) fnn_barrier_wait(&call->barrier, nt);
    }
    if (tid == 0) write_block(call, row0, samples, call->scratch);
    return 1;
}

static void predict_by_products(void *arg, int tid, int nt)
{
    struct predict_call *call = arg;
    const size_t rows = (size_t)call->x->rows;
    for (size_t row0 = 0, samples; row0 < rows; row0 += samples) {
        samples = rows - row0 < call->block ? rows - row0 : call->block;
        if (row0 > 0) fnn_barrier_wait(&call->barrier, nt); /* member 0 may still be writing */
        if (!share_products(call, row0, samples, tid, nt)) return;
    }
}

/* The most rows a block, at most `most`, such that blocks are even. */
static size_t even_blocks(size_t rows, size_t most)
{
    const size_t blocks = (rows + most - 1) / most;
    return (rows + blocks - 1) / blocks;
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

static enum fnn_status check_predict(const struct fnn_model *model, const struct fnn_array *x,
                                     void *const *out)
{
    FNN_REQUIRE(model != NULL && x != NULL && x->rows >= 0, FNN_ERR_ARGUMENT);
    const struct fnn_graph *g = &model->graph;
    for (int32_t i = 0; i < g->n_inputs; i++) {
        const struct fnn_tensor *in = &g->tensors[g->inputs[i]];
        FNN_REQUIRE(x[i].cols == (int64_t)(in->positions * in->width), FNN_ERR_ARGUMENT);
        FNN_REQUIRE((int)x[i].dtype >= 0 && x[i].dtype < FNN_DTYPE_COUNT, FNN_ERR_ARGUMENT);
        FNN_REQUIRE(x[i].rows == x->rows && (x->rows == 0 || x[i].data != NULL), FNN_ERR_ARGUMENT);
    }
    FNN_REQUIRE(x->rows == 0 || out != NULL, FNN_ERR_ARGUMENT);
    for (int32_t o = 0; o < g->n_outputs && x->rows > 0; o++)
        FNN_REQUIRE(out[o] != NULL, FNN_ERR_ARGUMENT);
    return FNN_OK;
}

enum fnn_status fnn_model_predict(struct fnn_model *model, const struct fnn_array *x, void *const *out)
{
    FNN_TRY(check_predict(model, x, out));
    if (x->rows == 0) return FNN_OK;

    struct predict_call call = {.model = model, .x = x, .out = out, .direct = reads_direct(model, x),
                                .buffers.model = model};
    if (model->graph.folded_elems > 0) FNN_TRY(fnn_fold_renew(model, &call.left_out));
    const size_t rows = (size_t)x->rows;
    const double work = row_work(&model->graph) * (double)rows;
    int threads = fnn_threads_limit();
    /* Members with fewer rows than a tile would each read all weights for little work. */
    const int few = rows < (size_t)threads * model->kern->mr;
    const double worth = work / (few ? WEIGHTS_PER_THREAD : WORK_PER_THREAD);
    if (worth < 2) threads = 1;
    else if (worth < threads) threads = (int)worth;

    size_t members = (size_t)threads;
    call.block = block_samples(model, (rows + members - 1) / members, call.direct);
    call.wide = !few && call.block < WIDE_ROWS && call.block < rows;
    const int shared = call.wide || (few && threads > 1);
    if (shared) {
        members = 1; /* one scratch for the team */
        call.block = call.wide ? even_blocks(rows, BLOCK_ROWS) : rows;
    }
    call.buffers.slot_elems = buffer_elems(&model->graph, call.block, call.direct);
    call.member_bytes = fnn_round_up((size_t)model->graph.n_slots * call.buffers.slot_elems * model->kern->elem,
                                     FNN_ALIGN);
    struct fnn_scratch *scratch = fnn_scratch_take(model, call.member_bytes * members);
    FNN_REQUIRE(scratch != NULL, FNN_ERR_MEMORY);
    call.scratch = scratch->data;
    fnn_team_run(threads, shared ? predict_by_products : predict_by_rows, &call);
    fnn_scratch_put(model, scratch);
    return atomic_load(&call.bad) ? FNN_ERR_VOCABULARY : FNN_OK;
}
