/* merge.c: stages of several inputs, forward and backward, for training and prediction. */
#include "../core/threads.h"
#include "step.h"

enum { MERGE_ROWS = 48 }; /* rows of a block, so that the tail finds it in L1 */

/* ---- elementwise ---------------------------------------------------------- */

void fnn_merge_block(const struct fnn_kernels *kern, const struct fnn_stage *stage, size_t rows,
                     size_t cols, const void *a, size_t lda, const void *b, size_t ldb, void *y,
                     size_t ldy)
{
    kern->merge_fwd[stage->merge](&(struct fnn_merge_args){
        .rows = rows, .cols = cols, .a = a, .lda = lda, .b = b, .ldb = ldb,
        .param = stage->param, .y = y, .ldy = ldy});
}

void fnn_merge_forward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_stage *stage = &plan->model->graph.stages[s];
    const struct fnn_tensor *shape = &plan->model->graph.tensors[stage->output];
    const struct fnn_buf *a = &plan->tensors[stage->inputs[0]], *b = &plan->tensors[stage->inputs[1]];
    const struct fnn_buf *y = &plan->tensors[stage->raw];
    const size_t rows = fnn_step_rows(st, stage->output);
    size_t begin, end;
    fnn_share((rows + MERGE_ROWS - 1) / MERGE_ROWS, st->tid, st->nt, &begin, &end);
    for (size_t u = begin; u < end; u++) {
        struct fnn_block at = {.row0 = u * MERGE_ROWS};
        at.rows = rows - at.row0 < MERGE_ROWS ? rows - at.row0 : MERGE_ROWS;
        for (; at.col0 < shape->width; at.col0 += at.cols) {
            at.cols = fnn_span(shape, at.col0); /* padding included: whole vectors */
            fnn_merge_block(st->kern, stage, at.rows, at.cols,
                            fnn_cell(st->kern, a, at.row0, at.col0), a->ld,
                            fnn_cell(st->kern, b, at.row0, at.col0), b->ld,
                            fnn_cell(st->kern, y, at.row0, at.col0), y->ld);
            fnn_forward_tail(st, s, 0, &at);
        }
    }
}

/* Gradient of input j on a block. */
static void merge_input_backward(const struct fnn_step *st, int32_t s, int32_t j,
                                 const struct fnn_buf *to, const struct fnn_block *at)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_stage *stage = &plan->model->graph.stages[s];
    const struct fnn_buf *a = &plan->tensors[stage->inputs[0]], *b = &plan->tensors[stage->inputs[1]];
    const struct fnn_buf *dy = plan->stages[s].grad;
    if (to == dy && (stage->merge == FNN_MERGE_ADD || (stage->merge == FNN_MERGE_SUBTRACT && j == 0)))
        return; /* the gradient of the output is that of the input */
    st->kern->merge_bwd[stage->merge](&(struct fnn_merge_args){
        .rows = at->rows, .cols = at->cols,
        .a = fnn_cell(st->kern, a, at->row0, at->col0), .lda = a->ld,
        .b = fnn_cell(st->kern, b, at->row0, at->col0), .ldb = b->ld,
        .param = stage->param, .side = j, .add = fnn_plan_flow(plan, stage, j) == FNN_FLOW_ADD,
        .dy = fnn_cell(st->kern, dy, at->row0, at->col0), .lddy = dy->ld,
        .y = fnn_cell(st->kern, to, at->row0, at->col0), .ldy = to->ld});
}

/* An input that shares the output's gradient changes it, and comes last. */
void fnn_merge_backward(const struct fnn_step *st, int32_t s, const struct fnn_block *at)
{
    const struct fnn_stage *stage = &st->plan->model->graph.stages[s];
    const struct fnn_buf *dy = st->plan->stages[s].grad;
    for (int shared = 0; shared < 2; shared++)
        for (int32_t j = 0; j < 2; j++) {
            const struct fnn_buf *to = fnn_grad_below(st, stage, j);
            if (to != NULL && (to == dy) == shared) merge_input_backward(st, s, j, to, at);
        }
}

/* ---- concatenation ------------------------------------------------------------ */

/* Input j of a concatenation beside its place in the output, as blocks of rows: one a group,
 * or all rows at once along the width. Both are plain. */
struct pieces {
    size_t count, rows, cols;        /* blocks a sample; of each */
    size_t in_step, out_step, first; /* rows from block to block; first row of the output */
    size_t col;                      /* first column of the output */
};

static struct pieces pieces_of(const struct fnn_graph *g, const struct fnn_stage *stage, int32_t j)
{
    const struct fnn_tensor *in = &g->tensors[stage->inputs[j]], *out = &g->tensors[stage->output];
    struct pieces p = {.count = 1, .rows = in->positions, .cols = in->width,
                       .in_step = in->positions, .out_step = out->positions};
    if (stage->groups > 0) {
        p.count = stage->groups;
        p.rows = p.in_step = in->positions / stage->groups;
        p.out_step = out->positions / stage->groups;
    }
    for (int32_t i = 0; i < j; i++) {
        const struct fnn_tensor *before = &g->tensors[stage->inputs[i]];
        if (stage->groups > 0)
            p.first += before->positions / stage->groups;
        else
            p.col += before->width;
    }
    return p;
}

/* Copies input j to its place, or (backward) hands the gradient from there to the input. */
static void move_pieces(const struct fnn_kernels *kern, const struct fnn_graph *g,
                        const struct fnn_stage *stage, int32_t j, size_t samples, const void *input,
                        const void *output, int backward, enum fnn_flow flow)
{
    const struct fnn_tensor *in = &g->tensors[stage->inputs[j]], *out = &g->tensors[stage->output];
    const struct pieces p = pieces_of(g, stage, j);
    const int whole = stage->groups == 0; /* all samples are one block */
    const size_t count = whole ? 1 : samples * p.count, rows = whole ? samples * p.rows : p.rows;
    for (size_t i = 0; i < count; i++) {
        void *a = fnn_at(kern, input, i * p.in_step * in->ld);
        void *b = fnn_at(kern, output, (i * p.out_step + p.first) * out->ld + p.col);
        fnn_put_gradient(kern, flow, rows, p.cols, backward ? b : a, backward ? out->ld : in->ld,
                         backward ? a : b, backward ? in->ld : out->ld);
    }
}

void fnn_concat_input(const struct fnn_kernels *kern, const struct fnn_graph *g,
                      const struct fnn_stage *stage, int32_t j, size_t samples, const void *from,
                      void *to)
{
    move_pieces(kern, g, stage, j, samples, from, to, 0, FNN_FLOW_WRITE);
}

void fnn_concat_forward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    size_t begin, end; /* samples */
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    const struct fnn_buf *y = &st->plan->tensors[stage->output];
    for (int32_t j = 0; j < stage->n_inputs && begin < end; j++)
        fnn_concat_input(st->kern, g, stage, j, end - begin,
                         fnn_cell(st->kern, &st->plan->tensors[stage->inputs[j]],
                                  begin * g->tensors[stage->inputs[j]].positions, 0),
                         fnn_cell(st->kern, y, begin * g->tensors[stage->output].positions, 0));
}

void fnn_concat_backward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const struct fnn_buf *dy = st->plan->stages[s].grad;
    size_t begin, end;
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    for (int32_t j = 0; j < stage->n_inputs && begin < end; j++) {
        const struct fnn_buf *to = fnn_grad_below(st, stage, j);
        if (to != NULL)
            move_pieces(st->kern, g, stage, j, end - begin,
                        fnn_cell(st->kern, to, begin * g->tensors[stage->inputs[j]].positions, 0),
                        fnn_cell(st->kern, dy, begin * g->tensors[stage->output].positions, 0), 1,
                        fnn_plan_flow(st->plan, stage, j));
    }
}

/* ---- dot ---------------------------------------------------------------------- */

static struct fnn_dot_side dot_side(const struct fnn_tensor *t, int axis, const void *data)
{
    return (struct fnn_dot_side){.data = data, .sample = t->positions * t->ld,
                                 .free = axis ? t->ld : 1, .along = axis ? 1 : t->ld,
                                 .count = axis ? t->positions : t->width};
}

static struct fnn_dot_args dot_args(const struct fnn_graph *g, const struct fnn_stage *stage,
                                    size_t samples, const void *a, const void *b, void *y)
{
    const struct fnn_tensor *in = &g->tensors[stage->inputs[0]], *out = &g->tensors[stage->output];
    return (struct fnn_dot_args){
        .samples = samples, .n = stage->dot_axis[0] ? in->width : in->positions,
        .a = dot_side(in, stage->dot_axis[0], a),
        .b = dot_side(&g->tensors[stage->inputs[1]], stage->dot_axis[1], b),
        .normalize = stage->normalize, .y = y, .y_sample = out->positions * out->ld,
        .ldy = out->ld, .width = out->width};
}

void fnn_dot_samples(const struct fnn_kernels *kern, const struct fnn_graph *g,
                     const struct fnn_stage *stage, size_t samples, const void *a, const void *b,
                     void *y)
{
    const struct fnn_dot_args args = dot_args(g, stage, samples, a, b, y);
    kern->dot_fwd(&args);
}

/* Address of a sample of a tensor in one of its buffers. */
static void *sample_at(const struct fnn_step *st, int32_t tensor, const struct fnn_buf *buf, size_t i)
{
    return fnn_cell(st->kern, buf, i * st->plan->model->graph.tensors[tensor].positions, 0);
}

static struct fnn_dot_args dot_share(const struct fnn_step *st, int32_t s, size_t begin, size_t end)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const int32_t a = stage->inputs[0], b = stage->inputs[1], y = stage->output;
    return dot_args(g, stage, end - begin, sample_at(st, a, &st->plan->tensors[a], begin),
                    sample_at(st, b, &st->plan->tensors[b], begin),
                    sample_at(st, y, &st->plan->tensors[y], begin));
}

void fnn_dot_forward(const struct fnn_step *st, int32_t s)
{
    size_t begin, end;
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    const struct fnn_dot_args args = dot_share(st, s, begin, end);
    st->kern->dot_fwd(&args);
}

void fnn_dot_backward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_stage *stage = &plan->model->graph.stages[s];
    size_t begin, end;
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    struct fnn_dot_args args = dot_share(st, s, begin, end);
    args.dy = sample_at(st, stage->output, plan->stages[s].grad, begin);
    for (int j = 0; j < 2; j++) {
        const struct fnn_buf *to = fnn_grad_below(st, stage, j);
        if (to == NULL) continue;
        args.side = j;
        args.add = fnn_plan_flow(plan, stage, j) == FNN_FLOW_ADD;
        args.dx = sample_at(st, stage->inputs[j], to, begin);
        st->kern->dot_bwd(&args);
    }
}
