/* plan.c: sizes and lifetimes of buffers, their places in the arena, the phase list. */
#include "update.h"

#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"

/* Up to this many parameters, gradients of a whole step stay in L1/L2 and one optimiser
 * call over all of them beats one a block. */
enum { FUSED_UPDATE_FROM = 1 << 15 };

int fnn_plan_is_large(const struct fnn_graph *graph)
{
    return graph->param_elems > FUSED_UPDATE_FROM;
}

int fnn_plan_fuses_update(const struct fnn_model *model)
{
    return fnn_plan_is_large(&model->graph) && !fnn_update_staged(model);
}

/* ---- what the loss takes over ------------------------------------------- */

/* The logits form of a loss behind this activation, or the loss itself. */
static enum fnn_loss fused_form(enum fnn_loss loss, enum fnn_activation act)
{
    if (loss == FNN_LOSS_BCE && act == FNN_ACT_SIGMOID) return FNN_LOSS_BCE_LOGITS;
    if (loss == FNN_LOSS_CCE && act == FNN_ACT_SOFTMAX) return FNN_LOSS_CCE_LOGITS;
    if (loss == FNN_LOSS_SCCE && act == FNN_ACT_SOFTMAX) return FNN_LOSS_SCCE_LOGITS;
    return loss;
}

static void fuse_loss(struct fnn_plan *plan, enum fnn_loss loss)
{
    const struct fnn_graph *g = &plan->model->graph;
    const struct fnn_stage *last = &g->stages[g->n_stages - 1];
    plan->n_stages = g->n_stages;
    plan->loss = loss;
    plan->out_tensor = last->output;
    plan->prob_tensor = -1;
    plan->sparse = fnn_loss_is_sparse(loss);

    const struct fnn_ewise *tail = last->n_ewise > 0 ? &last->ewise[last->n_ewise - 1] : NULL;
    enum fnn_activation act = FNN_ACT_LINEAR;
    if (last->kind == FNN_STAGE_SOFTMAX) act = last->act;
    else if (tail != NULL && !tail->dropout) act = tail->act;
    plan->loss = fused_form(loss, act);
    if (plan->loss == loss) return;

    plan->prob_tensor = last->output;
    plan->out_tensor = tail != NULL ? tail->input : last->input;
    if (tail == NULL || (last->kind == FNN_STAGE_EWISE && last->n_ewise == 1))
        plan->n_stages--; /* nothing of the stage is left */
    else
        plan->cut = 1;
}

/* ---- lifetimes ----------------------------------------------------------- */

/* Ticks: gather 0, forward of stage s 1 + s, loss, then two a stage on the way back. */
static int tick_loss(const struct fnn_plan *plan) { return 1 + plan->n_stages; }
static int tick_back(const struct fnn_plan *plan, int32_t s)
{
    return tick_loss(plan) + 1 + 2 * (plan->n_stages - 1 - s);
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
    struct fnn_buf buf = make_buf(fnn_tensor_elems(t, rows), elem, first, last);
    buf.ld = t->ld;
    buf.step = fnn_tensor_step(t, rows);
    return buf;
}

/* Whether the backward pass of the op that wrote `tensor` reads it again. */
static int producer_needs(const struct fnn_graph *g, int32_t tensor)
{
    for (int32_t s = 0; s < g->n_stages; s++) {
        const struct fnn_stage *st = &g->stages[s];
        if (st->kind == FNN_STAGE_SOFTMAX && st->output == tensor) return 1;
        for (int32_t e = 0; e < st->n_ewise; e++)
            if (st->ewise[e].output == tensor)
                return !st->ewise[e].dropout && !fnn_act_needs_z(st->ewise[e].act);
    }
    return 0;
}

/* Whether an elementwise op may write over its input. */
static int in_place(const struct fnn_graph *g, const struct fnn_ewise *e)
{
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
    plan->tensors[0] = tensor_buf(plan, 0, elem, 0, end);
    for (int32_t s = 0; s < g->n_stages; s++) {
        const struct fnn_stage *st = &g->stages[s];
        int first = 1 + s, last = s < plan->n_stages ? tick_back(plan, s) + 2 : end;
        if (st->dense_out >= 0)
            plan->tensors[st->dense_out] = tensor_buf(plan, st->dense_out, elem, first, last);
        for (int32_t e = 0; e < st->n_ewise; e++) {
            const struct fnn_ewise *op = &st->ewise[e];
            if (op->dropout) plan->keep[op->output] = tensor_buf(plan, op->output, 1, first, last);
            if (!in_place(g, op))
                plan->tensors[op->output] = tensor_buf(plan, op->output, elem, first, last);
        }
        if (st->kind == FNN_STAGE_SOFTMAX || st->kind == FNN_STAGE_RESHAPE)
            plan->tensors[st->output] = tensor_buf(plan, st->output, elem, first, last);
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

static void shape_gradients(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    const struct fnn_kernels *kern = plan->model->kern;
    struct fnn_buf *next = plan->pool;
    int first = tick_loss(plan);
    for (int32_t s = plan->n_stages - 1; s >= 0; s--) {
        const struct fnn_stage *st = &g->stages[s];
        const struct fnn_stage *above = &g->stages[s + 1];
        const int shares = s + 1 < plan->n_stages &&
                           (above->kind == FNN_STAGE_SOFTMAX || above->kind == FNN_STAGE_EWISE);
        int32_t t = s == plan->n_stages - 1 ? plan->out_tensor : st->output;
        int last = tick_back(plan, s) + 3;
        if (shares) {
            plan->stages[s].grad = plan->stages[s + 1].grad;
            plan->stages[s].grad->last = last;
        } else {
            *next = tensor_buf(plan, t, kern->elem, first, last);
            plan->stages[s].grad = next++;
        }
        first = tick_back(plan, s);
    }
}

static void shape_targets(struct fnn_plan *plan)
{
    const size_t rows = batch_rows(plan, plan->out_tensor), elem = plan->model->kern->elem;
    const int end = tick_end(plan);
    /* Labels are converted through the target buffer, one column wide then. */
    plan->target = plan->sparse ? make_buf(rows, elem, 0, end)
                                : tensor_buf(plan, plan->out_tensor, elem, 0, end);
    plan->labels = make_buf(plan->sparse ? rows : 0, sizeof(int32_t), 0, end);
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
    size_t n = 0, most = 2 * (size_t)g->n_tensors + (size_t)g->n_stages + 2;
    struct place *places = fnn_alloc(most, sizeof *places);
    FNN_REQUIRE(places != NULL, FNN_ERR_MEMORY);
    for (int32_t t = 0; t < g->n_tensors; t++) {
        if (plan->tensors[t].bytes) places[n++].buf = &plan->tensors[t];
        if (plan->keep[t].bytes) places[n++].buf = &plan->keep[t];
    }
    for (struct fnn_buf *b = plan->pool; b->bytes != 0; b++) places[n++].buf = b;
    struct fnn_buf *single[] = {&plan->target, &plan->labels};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) places[n++].buf = single[i];

    size_t bytes = place_all(places, n);
    plan->arena = fnn_alloc(bytes, 1);
    if (plan->arena != NULL)
        for (size_t i = 0; i < n; i++) places[i].buf->data = (char *)plan->arena + places[i].offset;
    fnn_free(places);
    FNN_REQUIRE(plan->arena != NULL, FNN_ERR_MEMORY);
    alias_tensors(plan);
    return FNN_OK;
}

/* ---- phases -------------------------------------------------------------- */

static void add_phase(struct fnn_plan *plan, enum fnn_phase_kind kind, int32_t stage, int barrier)
{
    plan->phases[plan->n_phases++] = (struct fnn_phase){kind, stage, barrier};
}

/* Which stages train, and the stretches of the arenas that their parameters fill. */
static void find_trained(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    plan->lowest = plan->n_stages;
    plan->n_ranges = 0;
    for (int32_t i = 0; i < g->n_params; i++) {
        const struct fnn_param *p = &g->params[i];
        if (!g->stages[p->stage].trainable) continue;
        if (p->stage < plan->lowest) plan->lowest = p->stage;
        size_t end = p->offset + fnn_round_up(p->size, FNN_PAD);
        struct fnn_range *last = plan->n_ranges > 0 ? &plan->ranges[plan->n_ranges - 1] : NULL;
        if (last != NULL && last->end == p->offset)
            last->end = end;
        else
            plan->ranges[plan->n_ranges++] = (struct fnn_range){p->offset, end};
    }
}

static void add_backward(struct fnn_plan *plan)
{
    const struct fnn_stage *stages = plan->model->graph.stages;
    const int32_t lowest = plan->lowest;
    if (lowest == plan->n_stages) return;

    int tail_done = 1; /* the loss phase takes the tail of the last stage along */
    for (int32_t s = plan->n_stages - 1; s >= lowest; s--) {
        const int dense = stages[s].kind == FNN_STAGE_DENSE;
        if (!dense || !tail_done) add_phase(plan, FNN_PHASE_BACK_ROWS, s, 1);
        tail_done = 0;
        if (!dense) continue;
        if (s > lowest) {
            add_phase(plan, FNN_PHASE_DX, s, 1);
            tail_done = stages[s - 1].kind == FNN_STAGE_DENSE;
        }
        if (stages[s].trainable) add_phase(plan, FNN_PHASE_DW, s, 0);
    }
    if (!plan->fused_update) {
        plan->phases[plan->n_phases - 1].barrier = 1;
        add_phase(plan, FNN_PHASE_UPDATE, -1, 1);
    }
}

void fnn_plan_phases(struct fnn_plan *plan, int training)
{
    plan->n_phases = 0;
    plan->staged_update = fnn_update_staged(plan->model);
    plan->fused_update = fnn_plan_fuses_update(plan->model);
    find_trained(plan);
    add_phase(plan, FNN_PHASE_GATHER, -1, 1);
    for (int32_t s = 0; s < plan->n_stages; s++) add_phase(plan, FNN_PHASE_FORWARD, s, 1);
    add_phase(plan, FNN_PHASE_LOSS, -1, 1);
    add_phase(plan, FNN_PHASE_SUMS, -1, 0);
    if (training) add_backward(plan);
    plan->phases[plan->n_phases - 1].barrier = 1; /* the next step writes over everything */
}

/* ---- life ---------------------------------------------------------------- */

/* A member's scratch: one slab of a group of transposed panels, or a block of weight gradient. */
static size_t scratch_elems(const struct fnn_plan *plan)
{
    const struct fnn_kernels *kern = plan->model->kern;
    size_t most = FNN_COLS;
    for (int32_t s = 1; s < plan->n_stages; s++)
        if (plan->model->graph.stages[s].n > most) most = plan->model->graph.stages[s].n;
    if (most > FNN_CHUNK) most = FNN_CHUNK;
    return FNN_COLS / kern->panel * fnn_packed_panel(kern, most) + fnn_round_up(kern->panel, FNN_PAD) * FNN_PAD;
}

static double step_work(const struct fnn_plan *plan)
{
    double work = 0;
    for (int32_t s = 0; s < plan->n_stages; s++) {
        const struct fnn_stage *st = &plan->model->graph.stages[s];
        if (st->kind != FNN_STAGE_DENSE) continue;
        work += (s == 0 ? 2.0 : 3.0) * (double)batch_rows(plan, st->input) * (double)st->k * (double)st->n;
    }
    return work;
}

static enum fnn_status build(struct fnn_plan *plan, const struct fnn_trainer_spec *spec)
{
    const struct fnn_graph *g = &plan->model->graph;
    plan->tensors = fnn_alloc((size_t)g->n_tensors, sizeof *plan->tensors);
    plan->keep = fnn_alloc((size_t)g->n_tensors, sizeof *plan->keep);
    plan->stages = fnn_alloc((size_t)g->n_stages, sizeof *plan->stages);
    plan->pool = fnn_alloc((size_t)g->n_stages + 1, sizeof *plan->pool);
    plan->phases = fnn_alloc(4 * (size_t)g->n_stages + 8, sizeof *plan->phases);
    plan->ranges = fnn_alloc((size_t)g->n_params + 1, sizeof *plan->ranges);
    FNN_REQUIRE(plan->tensors && plan->keep && plan->stages && plan->pool && plan->phases &&
                    plan->ranges, FNN_ERR_MEMORY);
    fuse_loss(plan, spec->loss);
    shape_tensors(plan);
    shape_gradients(plan);
    shape_targets(plan);
    plan->work = step_work(plan);
    plan->scratch_elems = scratch_elems(plan);
    return lay_out(plan);
}

enum fnn_status fnn_plan_create(const struct fnn_model *model, const struct fnn_trainer_spec *spec,
                                struct fnn_plan **out)
{
    struct fnn_plan *plan = fnn_alloc(1, sizeof *plan);
    FNN_REQUIRE(plan != NULL, FNN_ERR_MEMORY);
    plan->model = model;
    plan->batch = (size_t)spec->batch;
    enum fnn_status status = build(plan, spec);
    if (status != FNN_OK) {
        fnn_plan_destroy(plan);
        return status;
    }
    *out = plan;
    return FNN_OK;
}

void fnn_plan_destroy(struct fnn_plan *plan)
{
    if (plan == NULL) return;
    fnn_free(plan->tensors);
    fnn_free(plan->keep);
    fnn_free(plan->stages);
    fnn_free(plan->pool);
    fnn_free(plan->phases);
    fnn_free(plan->ranges);
    fnn_free(plan->arena);
    fnn_free(plan);
}
