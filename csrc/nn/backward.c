/* backward.c: the backward pass of one stage, over this member's share. */
#include "penalty.h"
#include "update.h"

static void noise_backward(const struct fnn_step *st, const struct fnn_ewise *op, void *d, size_t ldd,
                           const struct fnn_block *b)
{
    const struct fnn_dropout_args args = fnn_noise_args(st, op, b);
    if (op->dropout == FNN_NOISE_ADD) return;
    if (op->dropout == FNN_NOISE_FACTOR) { /* the same numbers once more, rather than kept */
        const size_t cols = b->cols < args.width - b->col0 ? b->cols : args.width - b->col0;
        st->kern->noise(1, b->rows, cols, d, ldd, d, ldd, &args);
        return;
    }
    const struct fnn_buf *keep = &st->plan->keep[op->output];
    st->kern->dropout_bwd(b->rows, b->cols, fnn_keep_cell(keep, b->row0, b->col0), keep->ld, d, ldd,
                          args.scale);
}

static void ewise_backward(const struct fnn_step *st, const struct fnn_ewise *op,
                           const struct fnn_buf *grad, const struct fnn_block *b)
{
    const struct fnn_kernels *kern = st->kern;
    void *d = fnn_cell(kern, grad, b->row0, b->col0);
    if (op->dropout) {
        noise_backward(st, op, d, grad->ld, b);
        return;
    }
    if (op->penalty) {
        const struct fnn_buf *y = &st->plan->tensors[op->output];
        const double n = (double)st->batch_rows / st->grad_scale;
        kern->regularize(b->rows, b->cols, fnn_cell(kern, y, b->row0, b->col0), y->ld, d, grad->ld,
                         op->param[0] / n, op->param[1] / n);
        return;
    }
    if (op->act == FNN_ACT_LINEAR) return;
    const struct fnn_buf *ref =
        &st->plan->tensors[fnn_act_needs_z(op->act) ? op->input : op->output];
    kern->act_bwd[op->act](b->rows, b->cols, fnn_cell(kern, ref, b->row0, b->col0), ref->ld, d,
                           grad->ld, op->param);
}

void fnn_backward_tail(const struct fnn_step *st, int32_t s, const struct fnn_block *b)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_stage *stage = &plan->model->graph.stages[s];
    const struct fnn_buf *grad = plan->stages[s].grad;
    struct fnn_block wide = *b; /* padding included: whole vectors, no tails */
    const size_t width = plan->model->graph.tensors[stage->output].width;
    if (b->col0 + b->cols == width) wide.cols = fnn_round_up(width, FNN_PAD) - b->col0;
    for (int32_t e = fnn_plan_ewise(plan, s) - 1; e >= 0; e--)
        ewise_backward(st, &stage->ewise[e], grad, &wide);
}

void fnn_put_gradient(const struct fnn_kernels *kern, enum fnn_flow flow, size_t rows, size_t cols,
                      const void *from, size_t ld_from, void *to, size_t ld_to)
{
    if (flow == FNN_FLOW_WRITE)
        kern->act_fwd[FNN_ACT_LINEAR](rows, cols, from, ld_from, to, ld_to, NULL);
    else if (flow == FNN_FLOW_ADD)
        kern->merge_fwd[FNN_MERGE_ADD](&(struct fnn_merge_args){
            .rows = rows, .cols = cols, .a = to, .lda = ld_to, .b = from, .ldb = ld_from,
            .y = to, .ldy = ld_to});
}

/* Backward of a reshape: the same copy, the other way. */
static void reshape_backward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_graph *g = &plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const struct fnn_tensor *in = &g->tensors[stage->input], *out = &g->tensors[stage->output];
    size_t begin, end;
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    fnn_reshape_samples(st->kern, out, in, end - begin,
                        fnn_cell(st->kern, plan->stages[s].grad, begin * out->positions, 0),
                        fnn_cell(st->kern, fnn_grad_below(st, stage, 0), begin * in->positions, 0),
                        fnn_plan_flow(plan, stage, 0) == FNN_FLOW_ADD);
}

void fnn_hand_down(const struct fnn_step *st, int32_t s, const struct fnn_block *b)
{
    const struct fnn_stage *stage = &st->plan->model->graph.stages[s];
    const struct fnn_buf *from = st->plan->stages[s].grad, *to = fnn_grad_below(st, stage, 0);
    if (to != NULL && to != from)
        fnn_put_gradient(st->kern, fnn_plan_flow(st->plan, stage, 0), b->rows, b->cols,
                         fnn_cell(st->kern, from, b->row0, b->col0), from->ld,
                         fnn_cell(st->kern, to, b->row0, b->col0), to->ld);
}

static void block_backward(const struct fnn_step *st, int32_t s, const struct fnn_block *b)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_stage *stage = &plan->model->graph.stages[s];
    if (stage->kind == FNN_STAGE_ROWNORM) {
        fnn_rownorm_backward(st, s, b);
    } else if (stage->kind == FNN_STAGE_SOFTMAX) {
        const struct fnn_buf *y = &plan->tensors[stage->output], *d = plan->stages[s].grad;
        st->kern->act_bwd[stage->act](b->rows, b->cols, fnn_cell(st->kern, y, b->row0, b->col0), y->ld,
                                      fnn_cell(st->kern, d, b->row0, b->col0), d->ld, NULL);
    } else {
        fnn_backward_tail(st, s, b);
    }
    if (stage->kind == FNN_STAGE_MERGE)
        fnn_merge_backward(st, s, b);
    else if (stage->kind != FNN_STAGE_DENSE)
        fnn_hand_down(st, s, b);
}

void fnn_backward_rows_phase(const struct fnn_step *st, int32_t s)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const struct fnn_tensor *out = &g->tensors[stage->output];
    size_t begin, end;
    switch (stage->kind) {
    case FNN_STAGE_RESHAPE: reshape_backward(st, s); return;
    case FNN_STAGE_PERMUTE: fnn_permute_backward(st, s); return;
    case FNN_STAGE_CONCAT: fnn_concat_backward(st, s); return;
    case FNN_STAGE_SLICE: fnn_slice_backward(st, s); return;
    case FNN_STAGE_DOT: fnn_dot_backward(st, s); return;
    case FNN_STAGE_BATCH:
    case FNN_STAGE_AFFINE:
    case FNN_STAGE_PRELU: fnn_columns_backward(st, s); return;
    case FNN_STAGE_EMBED: fnn_embed_backward(st, s); return;
    default: break;
    }
    const size_t rows = fnn_step_rows(st, stage->output);
    fnn_share((rows + FNN_ROW_BLOCK - 1) / FNN_ROW_BLOCK, st->tid, st->nt, &begin, &end);
    for (size_t u = begin; u < end; u++) {
        struct fnn_block b = {.row0 = u * FNN_ROW_BLOCK};
        b.rows = rows - b.row0 < FNN_ROW_BLOCK ? rows - b.row0 : FNN_ROW_BLOCK;
        for (; b.col0 < out->width; b.col0 += b.cols) {
            b.cols = fnn_span(out, b.col0);
            if (b.cols > out->width - b.col0) b.cols = out->width - b.col0;
            block_backward(st, s, &b);
        }
    }
}

/* The transposed panel of a group's slab that starts at column col0, in the member's scratch. */
static void *packed_panel(const struct fnn_step *st, size_t col0, size_t terms)
{
    return fnn_at(st->kern, st->scratch, fnn_panel_count(st->kern, col0 % FNN_COLS) *
                      fnn_packed_panel(st->kern, terms));
}

/* A piece of the gradient of the input; `pack` when its panel is not in the scratch yet. */
static void dx_piece(const struct fnn_step *st, int32_t s, const struct fnn_block *b, size_t k0,
                     size_t terms, int last, int pack)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_kernels *kern = st->kern;
    const struct fnn_graph *g = &plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const int32_t below = fnn_plan_below(plan, stage->input);
    const struct fnn_buf *dy = plan->stages[s].grad, *dx = plan->stages[below].grad;
    /* What is added to other gradients is summed up on its own first. */
    const struct fnn_buf *to = plan->stages[s].part != NULL ? plan->stages[s].part : dx;
    void *panel = packed_panel(st, b->col0, terms);
    if (pack)
        kern->pack_wt(b->cols, b->col0, stage->k, terms,
                      fnn_at(kern, plan->model->weights,
                             g->params[stage->kernel].offset + k0 * stage->k), panel);
    kern->dense_fwd(b->rows, terms, b->cols, fnn_cell(kern, dy, b->row0, k0), dy->ld, dy->step,
                    panel, fnn_round_up(b->cols, FNN_PAD), k0 > 0, NULL, 0,
                    fnn_cell(kern, to, b->row0, b->col0), to->ld);
    if (!last) return;
    if (to != dx)
        fnn_put_gradient(kern, FNN_FLOW_ADD, b->rows, b->cols, fnn_cell(kern, to, b->row0, b->col0),
                         to->ld, fnn_cell(kern, dx, b->row0, b->col0), dx->ld);
    if (plan->stages[below].tail_done) fnn_backward_tail(st, below, b);
}

void fnn_backward_dx_phase(const struct fnn_step *st, int32_t s)
{
    const struct fnn_stage *stage = &st->plan->model->graph.stages[s];
    const size_t rows = fnn_step_rows(st, stage->input);
    if (fnn_blocks_single(st->kern, rows, stage->k, stage->n, st->nt)) {
        dx_piece(st, s, &(struct fnn_block){0, rows, 0, stage->k}, 0, stage->n, 1, 1);
        return;
    }
    struct fnn_blocks it;
    size_t packed = 0, packed_k0 = (size_t)-1; /* the last one: for all rows of a group's slab */
    fnn_blocks_begin(&it, st->kern, rows, stage->k, stage->n, FNN_BLOCKS_BY_GROUP, st->tid, st->nt);
    while (fnn_blocks_next(&it)) {
        const int pack = it.k0 != packed_k0 || it.at.col0 > packed;
        dx_piece(st, s, &it.at, it.k0, it.terms, it.last, pack);
        if (!pack) continue;
        packed = it.at.col0;
        packed_k0 = it.k0;
    }
}

/* ---- parameters ---------------------------------------------------------- */

/* Where a piece of weight gradient goes: scratch when it is used at once, or when it has to be
 * added to that of a later use of the parameter. */
static void *gradient_place(const struct fnn_step *st, const struct fnn_stage *stage, size_t at)
{
    const int scratch = st->plan->fused_update || fnn_plan_adds(st->plan, stage);
    return scratch ? st->scratch : fnn_at(st->kern, st->gradients, at);
}

static void gradient_done(const struct fnn_step *st, const struct fnn_stage *stage, size_t at,
                          size_t n, void *g)
{
    if (st->plan->fused_update)
        fnn_update_block(st, at, n, g);
    else if (fnn_plan_adds(st->plan, stage))
        st->kern->accumulate(n, fnn_at(st->kern, st->gradients, at), g);
}

/* Bias gradient of one panel of outputs. */
static void bias_gradient(const struct fnn_step *st, const struct fnn_stage *stage, size_t rows,
                          size_t col0, size_t width, const void *d, size_t ldd)
{
    const struct fnn_plan *plan = st->plan;
    const size_t at = plan->model->graph.params[stage->bias].offset + col0;
    void *out = gradient_place(st, stage, at);
    st->kern->dense_db(rows, width, d, ldd, out);
    gradient_done(st, stage, at, width, out);
}

/* Weight gradient of inputs i0 ... i0 + n - 1 by one panel of outputs: a contiguous piece of the
 * panel, so that the optimiser can take it while it is in L1. */
static void weight_gradient(const struct fnn_step *st, int32_t s, size_t i0, size_t n, size_t col0,
                            size_t width)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_kernels *kern = st->kern;
    const struct fnn_stage *stage = &plan->model->graph.stages[s];
    const struct fnn_buf *x = &plan->tensors[stage->input], *dy = plan->stages[s].grad;
    const size_t rows = fnn_step_rows(st, stage->input);
    const void *d = fnn_cell(kern, dy, 0, col0);
    const size_t at = plan->model->graph.params[stage->kernel].offset + col0 * stage->k + i0 * width;
    void *out = gradient_place(st, stage, at);
    kern->dense_dw(rows, n, width, fnn_cell(kern, x, 0, i0), x->ld, d, dy->ld, out);
    gradient_done(st, stage, at, n * width, out);
    if (i0 == 0 && stage->bias >= 0) bias_gradient(st, stage, rows, col0, width, d, dy->ld);
}

/* The share of a stage's units of a member that works weight gradients of all stages in one go:
 * cuts are made where the work of all is even, so that a narrow layer is no burden to one. */
static void share_of_all(const struct fnn_step *st, int32_t s, size_t units, size_t *begin, size_t *end)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    double before = 0, all = 0; /* parameters in the stages worked before, and in all */
    for (int32_t i = g->n_stages - 1; i >= 0; i--) {
        if (i == s) before = all;
        if (fnn_plan_has_dw(st->plan, i)) all += (double)(g->stages[i].k * g->stages[i].n);
    }
    const double unit = (double)(g->stages[s].k * g->stages[s].n) / (double)units;
    size_t cut[2];
    for (int i = 0; i < 2; i++) {
        const double place = (all * (st->tid + i) / st->nt - before) / unit + 0.5;
        cut[i] = place < 0 ? 0 : place > (double)units ? units : (size_t)place;
    }
    *begin = cut[0];
    *end = st->tid + 1 == st->nt ? units : cut[1];
}

/* Units are up to FNN_COLS inputs by FNN_COLS outputs, a few panels of them: each panel of the output's
 * gradient stays in cache, and the inputs are read from further away once for all panels. */
void fnn_backward_dw_phase(const struct fnn_step *st, int32_t s)
{
    const struct fnn_stage *stage = &st->plan->model->graph.stages[s];
    const size_t panel = st->kern->panel;
    if (st->nt == 1 && stage->k <= FNN_COLS && stage->n <= panel) { /* as fnn_blocks_single */
        weight_gradient(st, s, 0, stage->k, 0, stage->n);
        return;
    }
    const size_t groups = (stage->n + FNN_COLS - 1) / FNN_COLS;
    size_t most = FNN_COLS, blocks = (stage->k + FNN_COLS - 1) / FNN_COLS, begin, end;
    const size_t wanted = (st->split ? 4 : 2) * (size_t)st->nt, least = st->split ? FNN_PAD / 2 : FNN_PAD;
    while (groups * blocks < wanted && st->nt > 1 && most > least) {
        most /= 2; /* too few to share out evenly */
        blocks = (stage->k + most - 1) / most;
    }
    if (st->split && st->nt > 1)
        share_of_all(st, s, groups * blocks, &begin, &end);
    else
        fnn_share(groups * blocks, st->tid, st->nt, &begin, &end);
    size_t group = begin == 0 ? 0 : begin / blocks * FNN_COLS;
    size_t i0 = begin == 0 ? 0 : begin % blocks * most;
    for (size_t u = begin; u < end; u++) {
        const size_t n = stage->k - i0 < most ? stage->k - i0 : most;
        const size_t stop = stage->n - group < FNN_COLS ? stage->n : group + FNN_COLS;
        for (size_t col0 = group; col0 < stop; col0 += panel)
            weight_gradient(st, s, i0, n, col0, stop - col0 < panel ? stop - col0 : panel);
        if ((i0 += most) >= stage->k) {
            i0 = 0;
            group += FNN_COLS;
        }
    }
}
