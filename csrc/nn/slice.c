/* slice.c: columns first ... first + width of a tensor, forward and backward, for training and
 * prediction. Both tensors are plain. */
#include <string.h>

#include "../core/threads.h"
#include "step.h"

void fnn_slice_samples(const struct fnn_kernels *kern, const struct fnn_graph *g,
                       const struct fnn_stage *stage, size_t samples, const void *from, void *to)
{
    const struct fnn_tensor *in = &g->tensors[stage->input], *out = &g->tensors[stage->output];
    fnn_put_gradient(kern, FNN_FLOW_WRITE, samples * out->positions, out->width,
                     fnn_at(kern, from, stage->first), in->ld, to, out->ld);
}

void fnn_slice_forward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const size_t positions = g->tensors[stage->output].positions;
    size_t begin, end; /* samples */
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    if (begin < end)
        fnn_slice_samples(st->kern, g, stage, end - begin,
                          fnn_cell(st->kern, &st->plan->tensors[stage->input], begin * positions, 0),
                          fnn_cell(st->kern, &st->plan->tensors[stage->output], begin * positions, 0));
}

/* The first to write a gradient has zeros for the columns that it did not read. */
void fnn_slice_backward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const struct fnn_tensor *in = &g->tensors[stage->input], *out = &g->tensors[stage->output];
    const struct fnn_buf *dy = st->plan->stages[s].grad, *to = fnn_grad_below(st, stage, 0);
    const enum fnn_flow flow = fnn_plan_flow(st->plan, stage, 0);
    size_t begin, end;
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    if (to == NULL || begin == end) return;
    begin *= out->positions;
    end *= out->positions;
    for (size_t row = begin; flow == FNN_FLOW_WRITE && row < end; row++)
        memset(fnn_cell(st->kern, to, row, 0), 0, in->width * st->kern->elem);
    fnn_put_gradient(st->kern, flow, end - begin, out->width, fnn_cell(st->kern, dy, begin, 0), dy->ld,
                     fnn_at(st->kern, fnn_cell(st->kern, to, begin, 0), stage->first), to->ld);
}
