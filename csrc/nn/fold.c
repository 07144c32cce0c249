/* fold.c: batch normalisation as part of a product's matrix, in prediction.
 *
 * Outside training a batch normalisation maps columns, y = (x - mean) factor + beta, and a
 * product next to it can do that: behind a product the columns of its matrix are multiplied, in
 * front of one the rows. Which ones fold is a matter of the graph alone, decided once; the folded
 * matrices and biases are a copy beside the weights, shared by all callers, made anew by the first
 * prediction after a change of weights. The bits are a function of the weights: the fold is made
 * of the kernels' own operations, whoever makes it and whenever.
 *
 * Behind a product nothing is lost. In front of one, x times factor and mean times factor are
 * summed apart, which cancels when a mean is many standard deviations from zero: such a
 * normalisation stays a pass of its own, as the weights then say. */
#include <math.h>
#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "../core/threads.h"
#include "step.h"

/* Largest mean, in standard deviations, of a normalisation that goes into the product behind it:
 * terms grow at most so much, by five bits of the twenty-four. */
static const double FAR = 32;

enum { OPTIONAL_MAX = 64 }; /* bits of fnn_folded.left_out */

/* ---- which -------------------------------------------------------------------- */

static int is_idle(const struct fnn_stage *s)
{
    for (int32_t e = 0; e < s->n_ewise; e++)
        if (!s->ewise[e].dropout && s->ewise[e].act != FNN_ACT_LINEAR) return 0;
    return 1;
}

/* Whether one tensor is the other for a prediction: the same place, laid out in the same way. */
static int in_place(const struct fnn_graph *g, int32_t from, int32_t to)
{
    const struct fnn_tensor *a = &g->tensors[from], *b = &g->tensors[to];
    return fnn_same_layout(a, b) && a->slot == b->slot;
}

/* The stage that alone reads what the product `dense` gives can become its end. */
static int absorbs(const struct fnn_graph *g, const struct fnn_stage *dense, const struct fnn_stage *s)
{
    if (g->tensors[s->input].uses != 1 || !in_place(g, dense->raw, s->output)) return 0;
    if (s->kind == FNN_STAGE_BATCH) return dense->after < 0 && is_idle(dense);
    return s->kind == FNN_STAGE_EWISE && dense->after >= 0 && dense->n_ewise == 0;
}

/* serving: `stages` without those that products absorb. last: (n_tensors) what writes each. */
static void absorb(struct fnn_graph *g, int32_t *last)
{
    for (int32_t t = 0; t < g->n_tensors; t++) last[t] = -1;
    for (int32_t i = 0; i < g->n_stages; i++) {
        const struct fnn_stage *s = &g->stages[i];
        const int32_t p = last[s->input];
        struct fnn_stage *dense = p >= 0 && g->serving[p].kind == FNN_STAGE_DENSE ? &g->serving[p] : NULL;
        last[s->output] = g->n_serving;
        if (dense == NULL || !absorbs(g, dense, s)) {
            g->serving[g->n_serving++] = *s;
            continue;
        }
        last[s->output] = p;
        dense->output = s->output;
        dense->ewise = s->ewise;
        dense->n_ewise = s->n_ewise;
        if (s->kind == FNN_STAGE_BATCH) dense->after = i;
    }
}

/* Whether only products read a tensor, perhaps through stages that do nothing; with `batch` >= 0
 * they take that normalisation in front of them. */
static int reach_products(struct fnn_graph *g, int32_t tensor, int32_t batch)
{
    int readers = 0;
    for (int32_t o = 0; o < g->n_outputs; o++)
        if (g->outputs[o] == tensor) return 0;
    for (int32_t i = 0; i < g->n_serving; i++) {
        struct fnn_stage *s = &g->serving[i];
        for (int32_t j = 0; j < s->n_inputs; j++) {
            if (s->inputs[j] != tensor) continue;
            readers++;
            if (s->kind == FNN_STAGE_DENSE) {
                if (batch >= 0) s->before = batch;
            } else if (s->kind != FNN_STAGE_EWISE || !is_idle(s) || !in_place(g, tensor, s->output) ||
                       !reach_products(g, s->output, batch)) {
                return 0;
            }
        }
    }
    return readers > 0;
}

static void mark_optional(struct fnn_graph *g)
{
    for (int32_t i = 0; i < g->n_serving && g->n_optional < OPTIONAL_MAX; i++) {
        struct fnn_stage *s = &g->serving[i];
        if (s->kind != FNN_STAGE_BATCH || !in_place(g, s->input, s->output)) continue;
        if (!reach_products(g, s->output, -1)) continue;
        s->optional = ++g->n_optional;
        reach_products(g, s->output, i);
    }
}

enum fnn_status fnn_graph_fold(struct fnn_graph *g)
{
    int any = 0;
    for (int32_t i = 0; i < g->n_stages; i++) any |= g->stages[i].kind == FNN_STAGE_BATCH;
    g->serving = g->stages;
    g->n_serving = g->n_stages;
    if (!any) return FNN_OK;
    struct fnn_stage *serving = fnn_alloc((size_t)g->n_stages, sizeof *serving);
    int32_t *last = fnn_alloc((size_t)g->n_tensors, sizeof *last);
    if (serving == NULL || last == NULL) {
        fnn_free(serving);
        fnn_free(last);
        return FNN_ERR_MEMORY;
    }
    g->serving = serving;
    g->n_serving = 0;
    absorb(g, last);
    fnn_free(last);
    mark_optional(g);
    for (int32_t i = 0; i < g->n_serving; i++) {
        struct fnn_stage *s = &g->serving[i];
        if (s->before < 0 && s->after < 0) continue;
        s->folded_kernel = g->folded_elems;
        s->folded_bias = s->folded_kernel + fnn_round_up(s->k * s->n, FNN_PAD);
        g->folded_elems = s->folded_bias + fnn_round_up(s->n, FNN_PAD);
        if (s->k > g->folded_width) g->folded_width = fnn_round_up(s->k, FNN_PAD);
    }
    return FNN_OK;
}

/* ---- the copy ------------------------------------------------------------------- */

static void put_real(const struct fnn_kernels *kern, void *x, size_t i, double value)
{
    if (kern->dtype == FNN_F32) ((float *)x)[i] = (float)value;
    else ((double *)x)[i] = value;
}

static double real_at(const struct fnn_kernels *kern, const void *x, size_t i)
{
    return kern->dtype == FNN_F32 ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

/* Work space behind the copy, each of as many elements as the widest product reads. */
struct space {
    void *zero, *row;
    double *factor;
};

static struct space space_of(const struct fnn_model *model)
{
    const struct fnn_graph *g = &model->graph;
    void *zero = fnn_at(model->kern, model->folded.data, g->folded_elems);
    void *row = fnn_at(model->kern, zero, g->folded_width);
    return (struct space){zero, row, fnn_at(model->kern, row, g->folded_width)};
}

/* Whether every mean is near zero, in standard deviations. */
static int is_near(const struct fnn_model *model, const struct fnn_stage *batch, const struct space *space)
{
    const size_t n = model->graph.tensors[batch->input].width;
    struct fnn_cols_args args = fnn_columns_constants(model, batch, 0);
    args.gamma = args.beta = NULL;
    model->kern->cols_fwd(1, n, space->zero, n, space->row, n, &args);
    for (size_t i = 0; i < n; i++)
        if (!(fabs(real_at(model->kern, space->row, i)) <= FAR)) return 0;
    return 1;
}

/* y = (x - mean) factor + beta in front: rows of the matrix times factor, and the bias is what the
 * product makes of beta - mean factor. */
static void fold_before(const struct fnn_model *model, const struct fnn_stage *dense,
                        const struct space *space, const void *w, const void *b, void *kernel,
                        void *bias)
{
    const struct fnn_kernels *kern = model->kern;
    const struct fnn_cols_args args = fnn_columns_constants(model, &model->graph.serving[dense->before], 0);
    const size_t k = dense->k;
    kern->cols_fwd(1, k, space->zero, k, space->row, k, &args);
    kern->dense_row(k, dense->n, space->row, w, b, 0, bias);
    for (size_t i = 0; i < k; i++) put_real(kern, space->row, i, 1);
    kern->cols_bwd(1, k, space->row, k, &args);
    for (size_t i = 0; i < k; i++) space->factor[i] = real_at(kern, space->row, i);
    for (size_t p = 0; p < fnn_panel_count(kern, dense->n); p++) {
        const size_t width = fnn_panel_width(kern, dense->n, p);
        kern->scale(k, width, fnn_at(kern, kernel, p * kern->panel * k), width, space->factor, NULL);
    }
}

/* Behind: columns times factor, and the bias goes through the map itself. */
static void fold_after(const struct fnn_model *model, const struct fnn_stage *dense, void *kernel,
                       void *bias)
{
    const struct fnn_kernels *kern = model->kern;
    const struct fnn_stage *batch = &model->graph.stages[dense->after];
    for (size_t p = 0; p < fnn_panel_count(kern, dense->n); p++) {
        const size_t width = fnn_panel_width(kern, dense->n, p), col = p * kern->panel;
        const struct fnn_cols_args args = fnn_columns_constants(model, batch, col);
        kern->cols_bwd(dense->k, width, fnn_at(kern, kernel, col * dense->k), width, &args);
    }
    const struct fnn_cols_args args = fnn_columns_constants(model, batch, 0);
    kern->cols_fwd(1, dense->n, bias, dense->n, bias, dense->n, &args);
}

static void fold_stage(struct fnn_model *model, const struct fnn_stage *dense, uint64_t left_out,
                       const struct space *space)
{
    const struct fnn_kernels *kern = model->kern;
    const struct fnn_graph *g = &model->graph;
    const void *w = fnn_at(kern, model->weights, g->params[dense->kernel].offset);
    const void *b = dense->bias < 0 ? NULL : fnn_at(kern, model->weights, g->params[dense->bias].offset);
    void *kernel = fnn_at(kern, model->folded.data, dense->folded_kernel);
    void *bias = fnn_at(kern, model->folded.data, dense->folded_bias);
    memcpy(kernel, w, dense->k * dense->n * kern->elem);
    if (dense->before >= 0 && left_out >> (g->serving[dense->before].optional - 1) & 1)
        fold_before(model, dense, space, w, b, kernel, bias);
    else if (b != NULL)
        memcpy(bias, b, dense->n * kern->elem);
    else
        memset(bias, 0, dense->n * kern->elem);
    if (dense->after >= 0) fold_after(model, dense, kernel, bias);
}

static enum fnn_status fold(struct fnn_model *model)
{
    const struct fnn_graph *g = &model->graph;
    if (model->folded.data == NULL) { /* a double is at most two reals */
        model->folded.data = fnn_alloc(g->folded_elems + 4 * g->folded_width, model->kern->elem);
        FNN_REQUIRE(model->folded.data != NULL, FNN_ERR_MEMORY);
    }
    const struct space space = space_of(model);
    uint64_t left_out = 0;
    for (int32_t i = 0; i < g->n_serving; i++)
        if (g->serving[i].optional && is_near(model, &g->serving[i], &space))
            left_out |= (uint64_t)1 << (g->serving[i].optional - 1);
    for (int32_t i = 0; i < g->n_serving; i++)
        if (g->serving[i].before >= 0 || g->serving[i].after >= 0)
            fold_stage(model, &g->serving[i], left_out, &space);
    atomic_store(&model->folded.left_out, left_out);
    return FNN_OK;
}

enum fnn_status fnn_fold_renew(struct fnn_model *model, uint64_t *left_out)
{
    struct fnn_folded *folded = &model->folded;
    enum fnn_status status = FNN_OK;
    uint64_t version = atomic_load(&model->version);
    if (atomic_load(&folded->version) != version + 1 || version & 1) {
        int held = 0;
        while (!atomic_compare_exchange_weak(&folded->lock, &held, 1)) {
            held = 0;
            fnn_yield();
        }
        version = atomic_load(&model->version); /* of weights that are read from now on */
        if (atomic_load(&folded->version) != version + 1 || version & 1) {
            status = fold(model);
            if (status == FNN_OK) atomic_store(&folded->version, version + 1);
        }
        atomic_store(&folded->lock, 0);
    }
    *left_out = atomic_load(&folded->left_out);
    return status;
}
