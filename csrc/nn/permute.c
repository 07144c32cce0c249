/* permute.c: the elements of each sample in another order. Element i of the output is element
 * order[i] of the input, both counted without the padding of rows. */
#include "../core/threads.h"
#include "step.h"

/* The pieces of a sample that lie side by side in both tensors. */
struct run {
    size_t n;        /* elements */
    size_t in, out;  /* where, in a sample of each */
};

static size_t place(const struct fnn_tensor *t, size_t element)
{
    return element / t->width * t->ld + element % t->width;
}

/* The run that starts with output element i. */
static struct run run_at(const struct fnn_tensor *in, const struct fnn_tensor *out, const int32_t *order,
                         size_t i)
{
    const size_t first = (size_t)order[i];
    size_t most = out->width - i % out->width, n = 1;
    if (in->width - first % in->width < most) most = in->width - first % in->width;
    while (n < most && (size_t)order[i + n] == first + n) n++;
    return (struct run){n, place(in, first), place(out, i)};
}

void fnn_permute_samples(const struct fnn_kernels *kern, const struct fnn_graph *g,
                         const struct fnn_stage *stage, size_t samples, const void *from, void *to)
{
    const struct fnn_tensor *in = &g->tensors[stage->input], *out = &g->tensors[stage->output];
    const size_t size = out->positions * out->width;
    struct run r;
    for (size_t i = 0; i < size; i += r.n) {
        r = run_at(in, out, stage->order, i);
        fnn_put_gradient(kern, FNN_FLOW_WRITE, samples, r.n, fnn_at(kern, from, r.in),
                         in->positions * in->ld, fnn_at(kern, to, r.out), out->positions * out->ld);
    }
}

void fnn_permute_backward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const struct fnn_tensor *in = &g->tensors[stage->input], *out = &g->tensors[stage->output];
    const struct fnn_buf *below = fnn_grad_below(st, stage, 0);
    const size_t size = out->positions * out->width;
    size_t begin, end; /* samples */
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    if (begin == end || below == NULL) return;
    const void *from = fnn_cell(st->kern, st->plan->stages[s].grad, begin * out->positions, 0);
    void *to = fnn_cell(st->kern, below, begin * in->positions, 0);
    struct run r;
    for (size_t i = 0; i < size; i += r.n) {
        r = run_at(in, out, stage->order, i);
        fnn_put_gradient(st->kern, fnn_plan_flow(st->plan, stage, 0), end - begin, r.n,
                         fnn_at(st->kern, from, r.out), out->positions * out->ld,
                         fnn_at(st->kern, to, r.in), in->positions * in->ld);
    }
}
