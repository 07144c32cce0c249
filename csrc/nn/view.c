/* view.c: the buffers of a plan from some row on. Pointers move, nothing is copied. */
#include <stdint.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "plan.h"

static enum fnn_status allocate(struct fnn_view *view)
{
    const struct fnn_graph *g = &view->whole->model->graph;
    struct fnn_plan *p = &view->plan;
    p->tensors = fnn_alloc((size_t)g->n_tensors, sizeof *p->tensors);
    p->keep = fnn_alloc((size_t)g->n_tensors, sizeof *p->keep);
    p->stages = fnn_alloc((size_t)g->n_stages, sizeof *p->stages);
    p->pool = fnn_alloc(2 * (size_t)g->n_stages + 1, sizeof *p->pool);
    p->outputs = fnn_alloc((size_t)p->n_outputs, sizeof *p->outputs);
    FNN_REQUIRE(p->tensors && p->keep && p->stages && p->pool && p->outputs, FNN_ERR_MEMORY);
    return FNN_OK;
}

enum fnn_status fnn_view_create(const struct fnn_plan *whole, struct fnn_view **out)
{
    struct fnn_view *view = fnn_alloc(1, sizeof *view);
    FNN_REQUIRE(view != NULL, FNN_ERR_MEMORY);
    view->whole = whole;
    view->plan.n_outputs = whole->n_outputs;
    const enum fnn_status status = allocate(view);
    if (status != FNN_OK) {
        fnn_view_destroy(view);
        return status;
    }
    *out = view;
    return FNN_OK;
}

void fnn_view_destroy(struct fnn_view *view)
{
    if (view == NULL) return;
    fnn_free(view->plan.tensors);
    fnn_free(view->plan.keep);
    fnn_free(view->plan.stages);
    fnn_free(view->plan.pool);
    fnn_free(view->plan.outputs);
    fnn_free(view);
}

void fnn_view_renew(struct fnn_view *view)
{
    const struct fnn_plan own = view->plan;
    view->plan = *view->whole;
    view->plan.tensors = own.tensors;
    view->plan.keep = own.keep;
    view->plan.stages = own.stages;
    view->plan.pool = own.pool;
    view->plan.outputs = own.outputs;
    view->row0 = SIZE_MAX;
}

static struct fnn_buf from_row(const struct fnn_buf *buf, size_t row, size_t elem)
{
    struct fnn_buf moved = *buf;
    if (buf->data != NULL) moved.data = (char *)buf->data + row * buf->ld * elem;
    return moved;
}

static struct fnn_buf *same_place(const struct fnn_view *view, const struct fnn_buf *buf)
{
    return buf == NULL ? NULL : view->plan.pool + (buf - view->whole->pool);
}

void fnn_view_move(struct fnn_view *view, size_t row0)
{
    const struct fnn_plan *whole = view->whole;
    const struct fnn_graph *g = &whole->model->graph;
    const size_t elem = whole->model->kern->elem;
    struct fnn_plan *p = &view->plan;
    if (view->row0 == row0) return; /* nearly always */
    view->row0 = row0;
    for (int32_t t = 0; t < g->n_tensors; t++) {
        p->tensors[t] = from_row(&whole->tensors[t], row0, elem);
        p->keep[t] = from_row(&whole->keep[t], row0, 1);
    }
    for (struct fnn_buf *from = whole->pool, *to = p->pool; from->bytes != 0; from++, to++)
        *to = from_row(from, row0, elem);
    for (int32_t s = 0; s < g->n_stages; s++) {
        p->stages[s] = whole->stages[s];
        p->stages[s].grad = same_place(view, whole->stages[s].grad);
        p->stages[s].part = same_place(view, whole->stages[s].part);
    }
    for (int32_t o = 0; o < p->n_outputs; o++) {
        p->outputs[o] = whole->outputs[o];
        p->outputs[o].target = from_row(&whole->outputs[o].target, row0, elem);
        p->outputs[o].labels = from_row(&whole->outputs[o].labels, row0, sizeof(int32_t));
    }
}
