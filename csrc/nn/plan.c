/* plan.c: what the loss takes over, who hands gradients to whom, and the phase list. */
#include "update.h"

#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"

/* Up to this many parameters, gradients of a whole step stay in L1/L2 and one optimiser
 * call over all of them beats one a block. */
enum { FUSED_UPDATE_FROM = 1 << 15 };

int fnn_plan_is_large(const struct fnn_graph *graph)
{
    /* A gradient with several parts is only known when all are added. */
    return !graph->shares && graph->param_elems > FUSED_UPDATE_FROM;
}

int fnn_plan_may_split(const struct fnn_graph *graph)
{
    if (graph->shares || fnn_plan_is_large(graph)) return 0;
    for (int32_t t = 0; t < graph->n_tensors; t++)
        if (graph->tensors[t].positions != 1) return 0;
    for (int32_t s = 0; s < graph->n_stages; s++) {
        const enum fnn_stage_kind kind = graph->stages[s].kind;
        if (kind != FNN_STAGE_DENSE && kind != FNN_STAGE_EWISE && kind != FNN_STAGE_SOFTMAX &&
            kind != FNN_STAGE_MERGE && kind != FNN_STAGE_CONCAT && kind != FNN_STAGE_SLICE)
            return 0;
    }
    return 1;
}

int fnn_plan_fuses_update(const struct fnn_model *model)
{
    return fnn_plan_is_large(&model->graph) && !fnn_update_staged(model);
}

/* ---- what the loss takes over ------------------------------------------- */

/* The logits form of a loss behind this activation, or the loss itself. */
static enum fnn_loss fused_form(enum fnn_loss loss, enum fnn_activation act)
{
    static const struct {
        enum fnn_loss loss;
        enum fnn_activation act;
        enum fnn_loss fused;
    } forms[] = {
        {FNN_LOSS_BCE, FNN_ACT_SIGMOID, FNN_LOSS_BCE_LOGITS},
        {FNN_LOSS_CCE, FNN_ACT_SOFTMAX, FNN_LOSS_CCE_LOGITS},
        {FNN_LOSS_SCCE, FNN_ACT_SOFTMAX, FNN_LOSS_SCCE_LOGITS},
        {FNN_LOSS_BINARY_FOCAL, FNN_ACT_SIGMOID, FNN_LOSS_BINARY_FOCAL_LOGITS},
        {FNN_LOSS_CATEGORICAL_FOCAL, FNN_ACT_SOFTMAX, FNN_LOSS_CATEGORICAL_FOCAL_LOGITS},
        {FNN_LOSS_TWEEDIE, FNN_ACT_EXPONENTIAL, FNN_LOSS_TWEEDIE_LOG},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].loss == loss && forms[i].act == act) return forms[i].fused;
    return loss;
}

/* What an output's loss reads, and which ops it takes over. Only a result that nothing else
 * reads can stay uncomputed. */
static void fuse_loss(struct fnn_plan *plan, int32_t o, const struct fnn_output_spec *spec)
{
    const struct fnn_graph *g = &plan->model->graph;
    struct fnn_plan_output *out = &plan->outputs[o];
    const int32_t tensor = g->outputs[o], s = g->tensors[tensor].producer;
    const struct fnn_stage *last = &g->stages[s];
    *out = (struct fnn_plan_output){.tensor = tensor, .prob = -1, .stage = s, .loss = spec->loss,
                                    .has_loss = spec->has_loss != 0,
                                    .has_target = spec->has_loss || spec->n_metrics > 0,
                                    .sparse = fnn_loss_is_sparse(spec->loss)};

    const struct fnn_ewise *tail = last->n_ewise > 0 ? &last->ewise[last->n_ewise - 1] : NULL;
    enum fnn_activation act = FNN_ACT_LINEAR;
    if (last->kind == FNN_STAGE_SOFTMAX) act = last->act;
    else if (tail != NULL && !tail->dropout) act = tail->act;
    const int32_t logits = tail != NULL ? tail->input : last->input;
    if (!out->has_loss || g->tensors[tensor].uses > 1 || g->tensors[logits].uses > 1) return;
    if (spec->own != NULL) return; /* it is given the outputs themselves */
    out->loss = fused_form(spec->loss, act);
    if (out->loss == spec->loss) return;

    out->prob = tensor;
    out->tensor = logits;
    plan->stages[s].n_ewise = last->n_ewise > 0 ? last->n_ewise - 1 : 0;
    if (tail == NULL || (last->kind == FNN_STAGE_EWISE && last->n_ewise == 1)) {
        plan->stages[s].runs = 0; /* nothing of the stage is left */
        out->stage = g->tensors[logits].producer;
    }
}

/* ---- gradients ------------------------------------------------------------ */

/* Whether the gradient of input j may be the buffer of the gradient of the output. */
static int may_share(const struct fnn_graph *g, const struct fnn_stage *s, int32_t j)
{
    const struct fnn_tensor *in = &g->tensors[s->inputs[j]];
    return (s->kind == FNN_STAGE_SOFTMAX || s->kind == FNN_STAGE_EWISE || s->kind == FNN_STAGE_MERGE ||
            s->kind == FNN_STAGE_ROWNORM || fnn_by_columns(s->kind)) &&
           in->uses == 1 && fnn_same_layout(in, &g->tensors[s->output]);
}

/* From the loss down: who writes each gradient first, and who adds. */
static void choose_flows(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    for (int32_t o = 0; o < plan->n_outputs; o++)
        if (plan->outputs[o].stage >= 0) plan->stages[plan->outputs[o].stage].written = 1;
    for (int32_t s = g->n_stages - 1; s >= 0; s--) {
        const struct fnn_stage *stage = &g->stages[s];
        int shared = 0;
        for (int32_t j = 0; plan->stages[s].runs && j < stage->n_inputs; j++) {
            const int32_t below = g->tensors[stage->inputs[j]].producer;
            unsigned char *flow = &plan->flows[stage->inputs + j - g->reads];
            if (below < 0) continue;
            *flow = plan->stages[below].written ? FNN_FLOW_ADD : FNN_FLOW_WRITE;
            if (*flow == FNN_FLOW_WRITE && !shared && may_share(g, stage, j)) {
                *flow = FNN_FLOW_SHARE;
                shared = 1;
            }
            plan->stages[below].written = 1;
        }
    }
}

static int has_gradients(const struct fnn_stage *stage)
{
    return stage->kernel >= 0 || stage->gamma >= 0 || stage->beta >= 0;
}

/* Gradients of a shared parameter are added from its last use to its first. */
static void choose_adds(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    for (int32_t s = 0; s < g->n_stages && g->shares; s++)
        for (int32_t later = s + 1; has_gradients(&g->stages[s]) && later < g->n_stages; later++)
            plan->stages[s].adds |= g->stages[later].owner == g->stages[s].owner &&
                                    has_gradients(&g->stages[later]);
}

/* Whose gradient is complete once its only reader is done, so that this one may go on with the
 * tail while the block is in cache. */
static void choose_tails(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    for (int32_t o = 0; o < plan->n_outputs; o++) {
        struct fnn_plan_output *out = &plan->outputs[o];
        if (out->stage < 0 || g->stages[out->stage].kind != FNN_STAGE_DENSE) continue;
        out->tail = g->tensors[g->stages[out->stage].output].uses == 1;
        plan->stages[out->stage].tail_done = out->tail;
    }
    for (int32_t s = 0; s < g->n_stages; s++) {
        const struct fnn_stage *stage = &g->stages[s];
        const int32_t below = g->tensors[stage->input].producer;
        if (stage->kind == FNN_STAGE_DENSE && below >= 0 &&
            g->stages[below].kind == FNN_STAGE_DENSE && g->tensors[stage->input].uses == 1)
            plan->stages[below].tail_done = 1;
    }
}

/* ---- phases -------------------------------------------------------------- */

static void add_phase(struct fnn_plan *plan, enum fnn_phase_kind kind, int32_t stage, int barrier)
{
    /* Buffers of a weight gradient outlive the phases of the next stage, but no more: what
     * writes gradients of a further one has to wait. */
    const int writes = kind == FNN_PHASE_BACK_ROWS || kind == FNN_PHASE_DX;
    for (int32_t p = plan->n_phases - 1; writes && p >= 0 && !plan->phases[p].barrier; p--)
        if (plan->phases[p].kind == FNN_PHASE_DW && stage < plan->phases[p].stage - 1)
            plan->phases[plan->n_phases - 1].barrier = 1;
    plan->phases[plan->n_phases++] = (struct fnn_phase){kind, stage, barrier};
}

static int has_trained(const struct fnn_stage *stage)
{
    return stage->trainable && has_gradients(stage);
}

/* Which stages train, which gradients that needs, and the stretches of the arenas that trained
 * parameters fill. */
static void find_trained(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    plan->trains = 0;
    plan->n_ranges = 0;
    for (int32_t s = 0; s < g->n_stages; s++) {
        const struct fnn_stage *stage = &g->stages[s];
        int wanted = has_trained(stage);
        plan->trains |= wanted;
        for (int32_t j = 0; j < stage->n_inputs; j++) {
            const int32_t below = g->tensors[stage->inputs[j]].producer;
            wanted |= below >= 0 && plan->stages[below].wanted;
        }
        plan->stages[s].wanted = wanted;
    }
    for (int32_t i = 0; i < g->n_params; i++) {
        const struct fnn_param *p = &g->params[i];
        if (!g->stages[p->stage].trainable || p->is_state) continue;
        size_t end = p->offset + fnn_round_up(p->size, FNN_PAD);
        struct fnn_range *last = plan->n_ranges > 0 ? &plan->ranges[plan->n_ranges - 1] : NULL;
        if (last != NULL && last->end == p->offset)
            last->end = end;
        else
            plan->ranges[plan->n_ranges++] = (struct fnn_range){p->offset, end};
    }
}

static int below_wanted(const struct fnn_plan *plan, const struct fnn_stage *stage)
{
    for (int32_t j = 0; j < stage->n_inputs; j++) {
        const int32_t below = fnn_plan_below(plan, stage->inputs[j]);
        if (below >= 0 && plan->stages[below].wanted) return 1;
    }
    return 0;
}

static void add_backward(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    for (int32_t s = g->n_stages - 1; s >= 0; s--) {
        const struct fnn_stage *stage = &g->stages[s];
        const int dense = stage->kind == FNN_STAGE_DENSE;
        if (!plan->stages[s].runs || !plan->stages[s].wanted) continue;
        const int scaled = stage->kind == FNN_STAGE_ROWNORM && has_trained(stage);
        if (scaled) add_phase(plan, FNN_PHASE_DPARAM, s, 1);
        if (dense ? !plan->stages[s].tail_done && plan->stages[s].n_ewise > 0
                  : below_wanted(plan, stage) || (has_trained(stage) && !scaled))
            add_phase(plan, FNN_PHASE_BACK_ROWS, s, 1);
        if (scaled && plan->fused_update) add_phase(plan, FNN_PHASE_STAGE, s, 1);
        if (!dense) continue;
        if (below_wanted(plan, stage)) add_phase(plan, FNN_PHASE_DX, s, 1);
        if (fnn_plan_has_dw(plan, s)) add_phase(plan, FNN_PHASE_DW, s, 0);
    }
    if (!plan->fused_update) {
        plan->phases[plan->n_phases - 1].barrier = 1;
        add_phase(plan, FNN_PHASE_UPDATE, -1, 1);
    }
}

/* Whether the tail of a stage has a penalty. */
static int has_activity(const struct fnn_plan *plan, int32_t s)
{
    for (int32_t e = 0; e < fnn_plan_ewise(plan, s); e++)
        if (plan->model->graph.stages[s].ewise[e].penalty) return 1;
    return 0;
}

void fnn_plan_phases(struct fnn_plan *plan, int training, int split)
{
    const int32_t n_stages = plan->model->graph.n_stages;
    plan->n_phases = 0;
    plan->staged_update = fnn_update_staged(plan->model);
    /* Split, a weight's gradient has no reader but the optimiser of the same member. */
    plan->fused_update = split ? !plan->staged_update : fnn_plan_fuses_update(plan->model);
    find_trained(plan);
    add_phase(plan, FNN_PHASE_GATHER, -1, 1);
    if (plan->model->penalties != NULL) add_phase(plan, FNN_PHASE_PENALTY, -1, 0);
    for (int32_t s = 0; s < n_stages; s++) {
        if (!plan->stages[s].runs) continue;
        add_phase(plan, FNN_PHASE_FORWARD, s, 1);
        if (has_activity(plan, s)) add_phase(plan, FNN_PHASE_ACTIVITY, s, 0);
    }
    for (int32_t o = 0; o < plan->n_outputs; o++)
        add_phase(plan, FNN_PHASE_LOSS, o, o + 1 == plan->n_outputs);
    add_phase(plan, FNN_PHASE_SUMS, -1, 0);
    if (training && plan->trains) add_backward(plan);
    if (training && plan->model->penalties != NULL) {
        plan->phases[plan->n_phases - 1].barrier = 1;
        add_phase(plan, FNN_PHASE_CONSTRAIN, -1, 1);
    }
    plan->phases[plan->n_phases - 1].barrier = 1; /* the next step writes over everything */
}

/* ---- life ---------------------------------------------------------------- */

/* A member's scratch: one slab of a group of transposed panels, or a block of weight gradient. */
static size_t scratch_elems(const struct fnn_plan *plan)
{
    const struct fnn_kernels *kern = plan->model->kern;
    const struct fnn_graph *g = &plan->model->graph;
    size_t most = FNN_COLS, table = 0; /* one row of an embedding's table at least */
    for (int32_t s = 0; s < g->n_stages; s++) {
        const struct fnn_stage *st = &g->stages[s];
        if (g->tensors[st->input].producer >= 0 && st->n > most) most = st->n;
        if (st->kind == FNN_STAGE_EMBED && g->tensors[st->output].width > table)
            table = g->tensors[st->output].width;
    }
    if (most > FNN_CHUNK) most = FNN_CHUNK;
    const size_t elems = FNN_COLS / kern->panel * fnn_packed_panel(kern, most) +
                         fnn_round_up(kern->panel, FNN_PAD) * FNN_PAD;
    return elems > table ? elems : table;
}

static double step_work(const struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    double work = 0;
    for (int32_t s = 0; s < g->n_stages; s++) {
        const struct fnn_stage *st = &g->stages[s];
        const struct fnn_tensor *in = &g->tensors[st->input];
        if (st->kind != FNN_STAGE_DENSE) continue;
        work += (in->producer < 0 ? 2.0 : 3.0) * (double)(plan->batch * in->positions) * (double)st->k *
                (double)st->n;
    }
    return work;
}

static enum fnn_status allocate(struct fnn_plan *plan)
{
    const struct fnn_graph *g = &plan->model->graph;
    const size_t stages = (size_t)g->n_stages, outputs = (size_t)g->n_outputs;
    size_t reads = 0;
    for (size_t s = 0; s < stages; s++) reads += (size_t)g->stages[s].n_inputs;
    plan->tensors = fnn_alloc((size_t)g->n_tensors, sizeof *plan->tensors);
    plan->keep = fnn_alloc((size_t)g->n_tensors, sizeof *plan->keep);
    plan->stages = fnn_alloc(stages, sizeof *plan->stages);
    plan->outputs = fnn_alloc(outputs, sizeof *plan->outputs);
    plan->flows = fnn_alloc(reads, sizeof *plan->flows);
    plan->pool = fnn_alloc(2 * stages + 1, sizeof *plan->pool);
    plan->phases = fnn_alloc(5 * stages + outputs + 10, sizeof *plan->phases);
    plan->ranges = fnn_alloc((size_t)g->n_params + 1, sizeof *plan->ranges);
    FNN_REQUIRE(plan->tensors && plan->keep && plan->stages && plan->outputs && plan->flows &&
                    plan->pool && plan->phases && plan->ranges, FNN_ERR_MEMORY);
    return FNN_OK;
}

static enum fnn_status build(struct fnn_plan *plan, const struct fnn_trainer_spec *spec)
{
    const struct fnn_graph *g = &plan->model->graph;
    FNN_TRY(allocate(plan));
    for (int32_t s = 0; s < g->n_stages; s++)
        plan->stages[s] = (struct fnn_stage_plan){.runs = 1, .n_ewise = g->stages[s].n_ewise};
    plan->n_outputs = g->n_outputs;
    for (int32_t o = 0, metrics = 0; o < g->n_outputs; o++) {
        fuse_loss(plan, o, &spec->outputs[o]);
        plan->outputs[o].first_metric = metrics;
        metrics += spec->outputs[o].n_metrics;
    }
    choose_flows(plan);
    choose_adds(plan);
    choose_tails(plan);
    plan->work = step_work(plan);
    plan->scratch_elems = scratch_elems(plan);
    return fnn_plan_memory(plan);
}

enum fnn_status fnn_plan_create(const struct fnn_model *model, const struct fnn_trainer_spec *spec,
                                int splits, struct fnn_plan **out)
{
    struct fnn_plan *plan = fnn_alloc(1, sizeof *plan);
    FNN_REQUIRE(plan != NULL, FNN_ERR_MEMORY);
    plan->model = model;
    plan->batch = (size_t)spec->batch;
    plan->splits = splits;
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
    fnn_free(plan->outputs);
    fnn_free(plan->flows);
    fnn_free(plan->pool);
    fnn_free(plan->phases);
    fnn_free(plan->ranges);
    fnn_free(plan->arena);
    fnn_free(plan);
}
