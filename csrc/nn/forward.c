/* forward.c: the forward pass of one stage over this member's share of a batch. */
#include <math.h>
#include <string.h>

#include "../core/threads.h"
#include "step.h"

void fnn_ewise_forward(const struct fnn_kernels *kern, const struct fnn_ewise *op, size_t rows,
                       size_t cols, const void *z, size_t ldz, void *y, size_t ldy)
{
    /* Outside training dropout is the identity: a copy unless it is in place. */
    enum fnn_activation act = op->dropout ? FNN_ACT_LINEAR : op->act;
    if (act == FNN_ACT_LINEAR && z == y) return;
    kern->act_fwd[act](rows, cols, z, ldz, y, ldy, op->param);
}

/* What alpha dropout puts in place of a dropped element, and the affine map that restores mean
 * 0 and variance 1 at SELU's fixed point (Klambauer et al., 2017). */
static void alpha_constants(double rate, struct fnn_dropout_args *args)
{
    const double low = -1.7580993408473768600; /* -lambda alpha */
    args->scale = 1.0 / sqrt((1.0 - rate) * (1.0 + rate * low * low));
    args->shift = -args->scale * low * rate;
    args->fill = args->scale * low + args->shift;
}

struct fnn_dropout_args fnn_noise_args(const struct fnn_step *st, const struct fnn_ewise *op,
                                       const struct fnn_block *b)
{
    const double threshold = op->rate * 4294967296.0 + 0.5;
    struct fnn_dropout_args args = {
        .seed = st->seed, .step = st->iteration, .stream = op->stream,
        .threshold = (uint32_t)(threshold < 4294967295.0 ? threshold : 4294967295.0),
        .width = st->plan->model->graph.tensors[op->output].width,
        .row0 = st->row0 + b->row0, .col0 = b->col0,
    };
    switch (op->dropout) {
    case FNN_NOISE_ALPHA: alpha_constants(op->rate, &args); break;
    case FNN_NOISE_ADD: args.scale = op->rate; break;
    case FNN_NOISE_FACTOR: args.scale = sqrt(op->rate / (1.0 - op->rate)); break;
    /* Of rate 1 nothing is left, also of what the largest threshold keeps. */
    default: args.scale = op->rate < 1 ? 1.0 / (1.0 - op->rate) : 0; break;
    }
    return args;
}

/* The row of the mask that a row of the batch takes. */
static size_t mask_row(const struct fnn_ewise *op, size_t positions, size_t row)
{
    const size_t sample = op->same_batch ? 0 : row / positions;
    return op->same_positions ? sample : sample * positions + row % positions;
}

static void noise_forward(const struct fnn_step *st, const struct fnn_ewise *op,
                          const struct fnn_block *b)
{
    const struct fnn_kernels *kern = st->kern;
    const struct fnn_buf *in = &st->plan->tensors[op->input], *out = &st->plan->tensors[op->output];
    struct fnn_dropout_args args = fnn_noise_args(st, op, b);
    const void *z = fnn_cell(kern, in, b->row0, b->col0);
    void *y = fnn_cell(kern, out, b->row0, b->col0);
    /* Numbers are by element, and the padding that b may take along has none. */
    const size_t cols = b->cols < args.width - b->col0 ? b->cols : args.width - b->col0;
    if (op->dropout == FNN_NOISE_ADD || op->dropout == FNN_NOISE_FACTOR) {
        kern->noise(op->dropout == FNN_NOISE_FACTOR, b->rows, cols, z, in->ld, y, out->ld, &args);
        return;
    }
    const struct fnn_buf *keep = &st->plan->keep[op->output];
    uint8_t *mask = fnn_keep_cell(keep, b->row0, b->col0);
    const size_t first = args.row0, positions = st->plan->model->graph.tensors[op->output].positions;
    const size_t rows = op->same_positions || op->same_batch ? 1 : b->rows;
    for (size_t r = 0; r < b->rows; r += rows) {
        const void *from = fnn_at(kern, z, r * in->ld);
        void *to = fnn_at(kern, y, r * out->ld);
        args.row0 = mask_row(op, positions, first + r);
        if (op->dropout == FNN_NOISE_ALPHA)
            kern->alpha_dropout_fwd(rows, cols, from, in->ld, to, out->ld, mask + r * keep->ld, keep->ld, &args);
        else
            kern->dropout_fwd(rows, cols, from, in->ld, to, out->ld, mask + r * keep->ld, keep->ld, &args);
    }
}

void fnn_forward_tail(const struct fnn_step *st, int32_t s, int32_t from, const struct fnn_block *b)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_stage *stage = &plan->model->graph.stages[s];
    for (int32_t e = from; e < fnn_plan_ewise(plan, s); e++) {
        const struct fnn_ewise *op = &stage->ewise[e];
        const struct fnn_buf *in = &plan->tensors[op->input], *out = &plan->tensors[op->output];
        if (op->dropout && st->training)
            noise_forward(st, op, b);
        else
            fnn_ewise_forward(st->kern, op, b->rows, b->cols,
                              fnn_cell(st->kern, in, b->row0, b->col0), in->ld,
                              fnn_cell(st->kern, out, b->row0, b->col0), out->ld);
    }
}

/* A piece of a product, terms k0 ... of its sums; behind the last of them the tail. */
static void forward_piece(const struct fnn_step *st, int32_t s, struct fnn_block b, size_t k0,
                          size_t terms, int last)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_kernels *kern = st->kern;
    const struct fnn_graph *g = &plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const struct fnn_buf *x = &plan->tensors[stage->input], *y = &plan->tensors[stage->raw];
    const void *w = fnn_at(kern, plan->model->weights,
                           g->params[stage->kernel].offset + b.col0 * stage->k + k0 * b.cols);
    const void *bias = stage->bias < 0 || !last ? NULL
        : fnn_at(kern, plan->model->weights, g->params[stage->bias].offset + b.col0);
    const int relu = last && fnn_plan_ewise(plan, s) > 0 && fnn_is_relu(&stage->ewise[0]);
    kern->dense_fwd(b.rows, terms, b.cols, fnn_cell(kern, x, b.row0, k0), x->ld, x->step, w, b.cols,
                    k0 > 0, bias, relu, fnn_cell(kern, y, b.row0, b.col0), y->ld);
    if (!last) return;
    /* The last panel takes the padding of its rows along: whole vectors, no tails. */
    if (b.col0 + b.cols == stage->n) b.cols = fnn_round_up(stage->n, FNN_PAD) - b.col0;
    fnn_forward_tail(st, s, relu, &b);
}

static void dense_forward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_stage *stage = &st->plan->model->graph.stages[s];
    const size_t rows = fnn_step_rows(st, stage->input);
    if (fnn_blocks_single(st->kern, rows, stage->n, stage->k, st->nt)) {
        forward_piece(st, s, (struct fnn_block){0, rows, 0, stage->n}, 0, stage->k, 1);
        return;
    }
    struct fnn_blocks it;
    fnn_blocks_begin(&it, st->kern, rows, stage->n, stage->k, FNN_BLOCKS_FORWARD, st->tid, st->nt);
    while (fnn_blocks_next(&it)) forward_piece(st, s, it.at, it.k0, it.terms, it.last);
}

void fnn_gather_samples(const struct fnn_kernels *kern, const struct fnn_array *src,
                        const int64_t *index, int64_t row0, size_t n, const struct fnn_tensor *shape,
                        void *dst, size_t step)
{
    if (shape->positions == 1 && fnn_span(shape, 0) >= shape->width) { /* in one piece */
        kern->gather(src, index, row0, n, dst, shape->ld);
        return;
    }
    for (size_t q = 0; q < shape->positions; q++)
        for (size_t col = 0, cols; col < shape->width; col += cols) {
            cols = fnn_span(shape, col);
            if (cols > shape->width - col) cols = shape->width - col;
            const size_t at = q * shape->width + col;
            struct fnn_array part = *src;
            part.cols = (int64_t)cols;
            if (src->col_offset != NULL)
                part.col_offset = src->col_offset + at;
            else
                part.data = (const char *)src->data + (int64_t)at * src->col_stride;
            kern->gather(&part, index, row0, n,
                         fnn_at(kern, dst, col / FNN_COLS * step + q * shape->ld),
                         shape->positions * shape->ld);
        }
}

/* Same elements per sample in another shape: rows are padded, so they are copied. */
static void reshape(const struct fnn_kernels *kern, const struct fnn_tensor *in,
                    const struct fnn_tensor *out, const void *from, void *to, int add)
{
    size_t left = in->positions * in->width, i = 0, o = 0; /* elements done, of each side's row */
    size_t in_row = 0, out_row = 0;
    while (left > 0) {
        size_t n = in->width - i < out->width - o ? in->width - i : out->width - o;
        void *at = fnn_at(kern, to, out_row * out->ld + o);
        const void *source = fnn_at(kern, from, in_row * in->ld + i);
        if (add)
            kern->accumulate(n, at, source);
        else
            memcpy(at, source, n * kern->elem);
        left -= n;
        if ((i += n) == in->width) i = 0, in_row++;
        if ((o += n) == out->width) o = 0, out_row++;
    }
}

void fnn_reshape_samples(const struct fnn_kernels *kern, const struct fnn_tensor *in,
                         const struct fnn_tensor *out, size_t samples, const void *from, void *to,
                         int add)
{
    for (size_t i = 0; i < samples; i++)
        reshape(kern, in, out, fnn_at(kern, from, i * in->positions * in->ld),
                fnn_at(kern, to, i * out->positions * out->ld), add);
}

static void rows_forward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_graph *g = &plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const struct fnn_buf *in = &plan->tensors[stage->input], *out = &plan->tensors[stage->output];
    const struct fnn_tensor *shape = &g->tensors[stage->input];
    size_t begin, end; /* samples */
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    if (begin == end) return;
    struct fnn_block b = {.row0 = begin * shape->positions, .rows = (end - begin) * shape->positions};
    if (stage->kind == FNN_STAGE_EWISE)
        for (; b.col0 < shape->width; b.col0 += b.cols) {
            b.cols = fnn_span(shape, b.col0);
            fnn_forward_tail(st, s, 0, &b);
        }
    else if (stage->kind == FNN_STAGE_ROWNORM)
        fnn_rownorm_apply(plan->model, stage, b.rows, fnn_cell(st->kern, in, b.row0, 0), in->ld,
                          fnn_cell(st->kern, out, b.row0, 0), out->ld,
                          fnn_at(st->kern, plan->stages[s].stats.data, 2 * b.row0));
    else if (stage->kind == FNN_STAGE_PERMUTE)
        fnn_permute_samples(st->kern, g, stage, end - begin, fnn_cell(st->kern, in, b.row0, 0),
                            fnn_cell(st->kern, out, begin * g->tensors[stage->output].positions, 0));
    else if (stage->kind == FNN_STAGE_EMBED)
        fnn_embed_samples(plan->model, stage, end - begin, fnn_cell(st->kern, in, b.row0, 0),
                          fnn_cell(st->kern, out, begin * g->tensors[stage->output].positions, 0));
    else if (stage->kind == FNN_STAGE_SOFTMAX)
        st->kern->act_fwd[stage->act](b.rows, shape->width, fnn_cell(st->kern, in, b.row0, 0),
                                      in->ld, fnn_cell(st->kern, out, b.row0, 0), out->ld, NULL);
    else
        fnn_reshape_samples(st->kern, shape, &g->tensors[stage->output], end - begin,
                            fnn_cell(st->kern, in, b.row0, 0),
                            fnn_cell(st->kern, out, begin * g->tensors[stage->output].positions, 0), 0);
}

void fnn_forward_phase(const struct fnn_step *st, int32_t s)
{
    switch (st->plan->model->graph.stages[s].kind) {
    case FNN_STAGE_DENSE: dense_forward(st, s); break;
    case FNN_STAGE_MERGE: fnn_merge_forward(st, s); break;
    case FNN_STAGE_CONCAT: fnn_concat_forward(st, s); break;
    case FNN_STAGE_SLICE: fnn_slice_forward(st, s); break;
    case FNN_STAGE_DOT: fnn_dot_forward(st, s); break;
    case FNN_STAGE_BATCH:
    case FNN_STAGE_AFFINE:
    case FNN_STAGE_PRELU: fnn_columns_forward(st, s); break;
    default: rows_forward(st, s); break;
    }
}
