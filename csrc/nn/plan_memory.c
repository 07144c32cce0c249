/* plan_memory.c: shapes and lifetimes of a step's buffers, and their places in the arena. */
#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "plan.h"

/* ---- lifetimes ----------------------------------------------------------- */

/* Ticks: gather 0, forward of stage s 1 + s, loss, then two a stage on the way back. */
static int tick_loss(const struct fnn_plan *plan) { return 1 + plan->model->graph.n_stages; }
static int tick_back(const struct fnn_plan *plan, int32_t s)
{
    return tick_loss(plan) + 1 + 2 * (plan->model->graph.n_stages - 1 - s);
}
static int tick_end(const struct fnn_plan *plan) { return tick_back(plan, 0) + 3; }

static size_t batch_rows(const struct fnn_plan *plan, int32_t tensor)
{
    return plan->batch * plan->model->graph.tensors[tensor].positions;
}

static struct fnn_buf make_buf(size_t elems, size_t elem, int first, int last)
{
    /* Vector loads may pass the end of a row: the last one needs room behind it. */
    return (struct fnn_buf){.ld = 1, .step = FNN_COLS, .first = first, .last = last,
                            .bytes = fnn_round_up(elems * elem + 256, FNN_ALIGN)};
}

/* A buffer with the layout of a tensor, for the full batch. */
static struct fnn_buf tensor_buf(const struct fnn_plan *plan, int32_t tensor, size_t elem, int first,
                                 int last)
{
    const struct fnn_tensor *t = &plan->model->graph.tensors[tensor];
    const size_t rows = fnn_round_up(batch_rows(plan, tensor), FNN_PAD);
    /* Split, weight gradients are only computed when all others are. */
    struct fnn_buf buf = make_buf(fnn_tensor_elems(t, rows), elem, first,
                                  plan->splits ? tick_end(plan) : last);
    buf.ld = t->ld;
    buf.step = fnn_tensor_step(t, rows);
    return buf;
}

/* Whether the backward pass of the op that wrote `tensor` reads it again. */
static int producer_needs(const struct fnn_graph *g, int32_t tensor)
{
    for (int32_t s = 0; s < g->n_stages; s++) {
        const struct fnn_stage *st = &g->stages[s];
        const int from_output = st->kind == FNN_STAGE_SOFTMAX || st->kind == FNN_STAGE_DOT;
        if (from_output && st->output == tensor) return 1;
        for (int32_t e = 0; e < st->n_ewise; e++)
            if (st->ewise[e].output == tensor)
                return !st->ewise[e].dropout && !fnn_act_needs_z(st->ewise[e].act);
    }
    return 0;
}

/* Whether an elementwise op may write over its input. */
static int in_place(const struct fnn_graph *g, const struct fnn_ewise *e)
{
    if (g->tensors[e->input].uses > 1) return 0;
    if (!e->dropout && fnn_act_needs_z(e->act)) return 0;
    return !producer_needs(g, e->input);
}

static void shape_tensors(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    const size_t elem = plan->model->kern->elem;
    const int end = tick_end(plan);
    /* Activations are kept until the backward pass of their producer: for stage s at most
     * two ticks after tick_back(s), as no barrier follows a weight gradient. */
    for (int32_t i = 0; i < g->n_inputs; i++)
        plan->tensors[g->inputs[i]] = tensor_buf(plan, g->inputs[i], elem, 0, end);
    for (int32_t s = 0; s < g->n_stages; s++) {
        const struct fnn_stage *st = &g->stages[s];
        int first = 1 + s, last = plan->stages[s].runs ? tick_back(plan, s) + 2 : end;
        if (st->raw >= 0) plan->tensors[st->raw] = tensor_buf(plan, st->raw, elem, first, last);
        for (int32_t e = 0; e < st->n_ewise; e++) {
            const struct fnn_ewise *op = &st->ewise[e];
            if (op->dropout == FNN_NOISE_DROPOUT || op->dropout == FNN_NOISE_ALPHA)
                plan->keep[op->output] = tensor_buf(plan, op->output, 1, first, last);
            if (!in_place(g, op))
                plan->tensors[op->output] = tensor_buf(plan, op->output, elem, first, last);
        }
        if (st->raw < 0 && st->kind != FNN_STAGE_EWISE)
            plan->tensors[st->output] = tensor_buf(plan, st->output, elem, first, last);
    }
}

/* What normalisations keep from the forward pass, or until the optimiser. */
static void shape_statistics(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    const size_t elem = plan->model->kern->elem;
    for (int32_t s = 0; s < g->n_stages; s++) {
        const struct fnn_stage *st = &g->stages[s];
        struct fnn_stage_plan *own = &plan->stages[s];
        const size_t width = fnn_round_up(g->tensors[st->output].width, FNN_PAD);
        const int back = tick_back(plan, s) + 2;
        if (st->kind == FNN_STAGE_BATCH) {
            own->stats = make_buf(2 * width, elem, 1 + s, back);
            own->stats.ld = width;
        } else if (st->kind == FNN_STAGE_ROWNORM) {
            own->stats = make_buf(2 * batch_rows(plan, st->output), elem, 1 + s, back);
            own->dparam = make_buf(2 * width, elem, back - 2, back);
            own->dparam.ld = width;
        }
    }
}

/* In-place results take the place of their input, once places are known. */
static void alias_tensors(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    for (int32_t s = 0; s < g->n_stages; s++)
        for (int32_t e = 0; e < g->stages[s].n_ewise; e++) {
            const struct fnn_ewise *op = &g->stages[s].ewise[e];
            if (in_place(g, op)) plan->tensors[op->output] = plan->tensors[op->input];
        }
}

/* The tensor whose gradient a stage starts from: its output, unless the loss does the last op. */
static int32_t graded_tensor(const struct fnn_plan *plan, int32_t s)
{
    const struct fnn_stage *stage = &plan->model->graph.stages[s];
    return plan->stages[s].n_ewise < stage->n_ewise ? stage->ewise[stage->n_ewise - 1].input
                                                    : stage->output;
}

/* When the gradient of a stage's output is first written, and the stage it shares it with. */
static int first_written(const struct fnn_plan *plan, int32_t s, int32_t *shares)
{
    const struct fnn_graph *g = &plan->model->graph;
    *shares = -1;
    for (int32_t o = 0; o < plan->n_outputs; o++)
        if (plan->outputs[o].stage == s) return tick_loss(plan);
    for (int32_t c = g->n_stages - 1; c > s; c--)
        for (int32_t j = 0; j < g->stages[c].n_inputs; j++) {
            const enum fnn_flow flow = fnn_plan_flow(plan, &g->stages[c], j);
            if (g->stages[c].inputs[j] != g->stages[s].output || flow == FNN_FLOW_NONE) continue;
            if (flow == FNN_FLOW_SHARE) *shares = c;
            return tick_back(plan, c);
        }
    return tick_loss(plan);
}

static void shape_gradients(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    struct fnn_buf *next = plan->pool;
    for (int32_t s = g->n_stages - 1; s >= 0; s--) {
        if (!plan->stages[s].runs) continue;
        int32_t shares;
        const int first = first_written(plan, s, &shares), last = tick_back(plan, s) + 3;
        if (shares >= 0) {
            plan->stages[s].grad = plan->stages[shares].grad;
            if (!plan->splits) plan->stages[s].grad->last = last;
        } else {
            *next = tensor_buf(plan, graded_tensor(plan, s), plan->model->kern->elem, first, last);
            plan->stages[s].grad = next++;
        }
        const struct fnn_stage *stage = &g->stages[s];
        if (stage->kind == FNN_STAGE_DENSE && fnn_plan_flow(plan, stage, 0) == FNN_FLOW_ADD) {
            *next = tensor_buf(plan, stage->input, plan->model->kern->elem, tick_back(plan, s),
                               tick_back(plan, s) + 1);
            plan->stages[s].part = next++;
        }
    }
}

static void shape_targets(struct fnn_plan *plan)
{
    const size_t elem = plan->model->kern->elem;
    const int end = tick_end(plan);
    for (int32_t o = 0; o < plan->n_outputs; o++) {
        struct fnn_plan_output *out = &plan->outputs[o];
        const size_t rows = out->has_target ? batch_rows(plan, out->tensor) : 0;
        /* Labels are converted through the target buffer, one column wide then. */
        out->target = out->sparse || !out->has_target
                          ? make_buf(rows, elem, 0, end)
                          : tensor_buf(plan, out->tensor, elem, 0, end);
        out->labels = make_buf(out->sparse ? rows : 0, sizeof(int32_t), 0, end);
    }
}

/* ---- arena --------------------------------------------------------------- */

struct place {
    struct fnn_buf *buf;
    size_t offset;
};

/* First fit, largest first: each buffer takes the lowest place free of every buffer
 * already placed whose lifetime meets its own. */
static size_t place_all(struct place *places, size_t n)
{
    for (size_t i = 1; i < n; i++) { /* insertion sort: a few dozen entries */
        struct place p = places[i];
        size_t j = i;
        for (; j > 0 && places[j - 1].buf->bytes < p.buf->bytes; j--) places[j] = places[j - 1];
        places[j] = p;
    }
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        struct fnn_buf *b = places[i].buf;
        size_t offset = 0;
        for (size_t j = 0; j < i; j++) {
            const struct fnn_buf *o = places[j].buf;
            int meets = o->first <= b->last && b->first <= o->last;
            if (meets && offset < places[j].offset + o->bytes && places[j].offset < offset + b->bytes) {
                offset = places[j].offset + o->bytes;
                j = (size_t)-1; /* look again at all from the new place */
            }
        }
        places[i].offset = offset;
        if (offset + b->bytes > total) total = offset + b->bytes;
    }
    return total;
}

static enum fnn_status lay_out(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    size_t n = 0, most = 2 * (size_t)g->n_tensors + 4 * (size_t)g->n_stages + 2 * (size_t)g->n_outputs;
    struct place *places = fnn_alloc(most, sizeof *places);
    FNN_REQUIRE(places != NULL, FNN_ERR_MEMORY);
    for (int32_t t = 0; t < g->n_tensors; t++) {
        if (plan->tensors[t].bytes) places[n++].buf = &plan->tensors[t];
        if (plan->keep[t].bytes) places[n++].buf = &plan->keep[t];
    }
    for (struct fnn_buf *b = plan->pool; b->bytes != 0; b++) places[n++].buf = b;
    for (int32_t s = 0; s < g->n_stages; s++) {
        if (plan->stages[s].stats.bytes) places[n++].buf = &plan->stages[s].stats;
        if (plan->stages[s].dparam.bytes) places[n++].buf = &plan->stages[s].dparam;
    }
    for (int32_t o = 0; o < plan->n_outputs; o++) {
        places[n++].buf = &plan->outputs[o].target;
        places[n++].buf = &plan->outputs[o].labels;
    }

    size_t bytes = place_all(places, n);
    plan->arena = fnn_alloc(bytes, 1);
    if (plan->arena != NULL)
        for (size_t i = 0; i < n; i++) places[i].buf->data = (char *)plan->arena + places[i].offset;
    fnn_free(places);
    FNN_REQUIRE(plan->arena != NULL, FNN_ERR_MEMORY);
    alias_tensors(plan);
    return FNN_OK;
}

enum fnn_status fnn_plan_memory(struct fnn_plan *plan)
{
    shape_tensors(plan);
    shape_statistics(plan);
    shape_gradients(plan);
    shape_targets(plan);
    return lay_out(plan);
}
