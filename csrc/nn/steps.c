/* steps.c: a run of steps, as the members of the team go through it: the order of phases, who takes
 * which rows, the poll for interruption. The mathematics is in forward.c, backward.c and batch.c. */
#include <time.h>

#include "../core/status.h"
#include "run.h"
#include "update.h"

/* One member's work. */
static void add_sums(const struct fnn_step *st, struct fnn_run_state *rs)
{
    fnn_sum_rows(st, rs, st->rows);
    fnn_sum_penalties(st, rs);
}

static void run_phase(const struct fnn_step *st, struct fnn_run_state *rs,
                      const struct fnn_phase *phase, int64_t place)
{
    switch (phase->kind) {
    case FNN_PHASE_GATHER: fnn_gather_phase(st, rs, place); break;
    case FNN_PHASE_FORWARD: fnn_forward_phase(st, phase->stage); break;
    case FNN_PHASE_LOSS: fnn_loss_phase(st, rs, phase->stage, place); break;
    case FNN_PHASE_PENALTY: fnn_penalty_phase(st, rs); break;
    case FNN_PHASE_ACTIVITY: fnn_activity_phase(st, phase->stage); break;
    case FNN_PHASE_SUMS: if (st->tid == 0) add_sums(st, rs); break;
    case FNN_PHASE_BACK_ROWS: fnn_backward_rows_phase(st, phase->stage); break;
    case FNN_PHASE_DPARAM: fnn_rownorm_dparam_phase(st, phase->stage); break;
    case FNN_PHASE_STAGE: fnn_rownorm_update_phase(st, phase->stage); break;
    case FNN_PHASE_DX: fnn_backward_dx_phase(st, phase->stage); break;
    case FNN_PHASE_DW: fnn_backward_dw_phase(st, phase->stage); break;
    case FNN_PHASE_UPDATE: fnn_update_phase(st, &rs->barrier, 1); break;
    case FNN_PHASE_CONSTRAIN: fnn_constrain_phase(st); break;
    }
}

static int found_bad(const struct fnn_run_state *rs)
{
    return atomic_load_explicit(&rs->bad_status, memory_order_relaxed) != FNN_OK;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Asks the caller about every 20 ms whether to go on; reads the clock rarely when steps
 * are short. */
struct poller {
    double last;
    int64_t every, left;
};

static int should_stop(struct poller *p, const struct fnn_run *run)
{
    if (run->poll == NULL || --p->left > 0) return 0;
    double t = now(), elapsed = t - p->last;
    if (elapsed < 0.01 && p->every < 1 << 20) p->every *= 2;
    else if (elapsed > 0.04 && p->every > 1) p->every = p->every > 8 ? p->every / 8 : 1;
    p->last = t;
    p->left = p->every;
    return run->poll(run->poll_arg) != 0;
}

static void end_step(struct fnn_run_state *rs, struct poller *poller)
{
    rs->result->steps_done++;
    if (should_stop(poller, rs->run)) atomic_store(&rs->stop, 1);
}

/* The whole team works on every phase. Returns 0 when a row could not be read. */
static int whole_step(struct fnn_step *st, struct fnn_run_state *rs, struct poller *poller,
                      int64_t place)
{
    const struct fnn_plan *plan = st->plan;
    fnn_gather_weights(st, rs, place);
    for (int32_t p = 0; p < plan->n_phases; p++) {
        const struct fnn_phase *phase = &plan->phases[p];
        if (phase->kind == FNN_PHASE_LOSS && phase->stage == 0) fnn_loss_scales(st, rs, st->rows);
        run_phase(st, rs, phase, place);
        if (p + 1 == plan->n_phases && st->tid == 0) end_step(rs, poller);
        if (phase->barrier) fnn_barrier_wait(&rs->barrier, st->nt);
        /* Only where a barrier has come between, so that all members see the same answer. */
        const int may_end = phase->kind == FNN_PHASE_GATHER || phase->kind == FNN_PHASE_LOSS;
        if (may_end && phase->barrier && found_bad(rs)) return 0;
    }
    return 1;
}

/* Before members part with rows of their own: what all of them need to know of the batch. */
static void begin_batch(struct fnn_step *whole, struct fnn_run_state *rs, int64_t place)
{
    if (rs->run->sample_weight != NULL) { /* the loss may need the weights of all rows */
        fnn_gather_weights(whole, rs, place);
        fnn_barrier_wait(&rs->barrier, whole->nt);
    }
    fnn_loss_scales(whole, rs, whole->rows);
    fnn_penalty_phase(whole, rs);
}

/* Rows st->row0 ... of the batch, by one member, through the phases in `kinds` (bits). */
static void own_rows(const struct fnn_step *st, struct fnn_run_state *rs, unsigned kinds, int64_t place)
{
    for (int32_t p = 0; p < st->plan->n_phases; p++) {
        const struct fnn_phase *phase = &st->plan->phases[p];
        if (!(kinds & 1U << phase->kind)) continue;
        run_phase(st, rs, phase, place + (int64_t)st->row0);
        if (phase->kind == FNN_PHASE_GATHER && found_bad(rs)) return;
    }
}

/* The phases that need no other rows of the batch, but for the sums over them: these are whole
 * in a chunk. */
static const unsigned ROW_PHASES = 1U << FNN_PHASE_GATHER | 1U << FNN_PHASE_FORWARD |
                                   1U << FNN_PHASE_ACTIVITY | 1U << FNN_PHASE_LOSS |
                                   1U << FNN_PHASE_BACK_ROWS | 1U << FNN_PHASE_DX;
static const unsigned SUM_PHASES = 1U << FNN_PHASE_DPARAM | 1U << FNN_PHASE_DW;

/* Members take chunks of FNN_CHUNK rows through the whole step on buffers of their own; then
 * the team adds up the chunks' gradients in order and updates. Reductions over the batch are
 * cut there anyway, so the bits are those of whole_step. */
static int chunked_step(struct fnn_step *whole, struct fnn_run_state *rs, struct poller *poller,
                        int64_t place)
{
    const size_t chunks = (whole->rows + FNN_CHUNK - 1) / FNN_CHUNK;
    begin_batch(whole, rs, place);
    struct fnn_step st = *whole; /* one chunk, alone */
    st.tid = 0;
    st.nt = 1;
    size_t begin, end;
    fnn_share(chunks, whole->tid, whole->nt, &begin, &end);
    for (size_t c = begin; c < end && !found_bad(rs); c++) {
        st.row0 = c * FNN_CHUNK;
        st.rows = whole->rows - st.row0 < FNN_CHUNK ? whole->rows - st.row0 : FNN_CHUNK;
        st.gradients = fnn_at(st.kern, whole->gradients, c * st.plan->model->graph.param_elems);
        own_rows(&st, rs, ROW_PHASES | SUM_PHASES, place);
    }
    /* Nobody reports a bad row between these two barriers: all see the same answer. */
    fnn_barrier_wait(&rs->barrier, whole->nt);
    if (found_bad(rs)) return 0;
    if (whole->training) fnn_update_phase(whole, &rs->barrier, chunks);
    if (whole->training && whole->plan->model->penalties != NULL) {
        fnn_barrier_wait(&rs->barrier, whole->nt);
        fnn_constrain_phase(whole);
    }
    if (whole->tid == 0) {
        add_sums(whole, rs);
        end_step(rs, poller);
    }
    fnn_barrier_wait(&rs->barrier, whole->nt);
    return 1;
}

/* Members take rows of the batch through the step up to the gradients of the activations, then
 * the team adds these up to the gradients of the weights, which the optimiser takes at once: two
 * barriers a step instead of two a layer. */
static int split_step(struct fnn_step *whole, struct fnn_run_state *rs, struct poller *poller,
                      int64_t place)
{
    const struct fnn_plan *plan = whole->plan;
    struct fnn_view *view = rs->trainer->members[whole->tid].view;
    begin_batch(whole, rs, place);
    struct fnn_step st = *whole; /* the member's rows */
    size_t end;
    fnn_share(whole->rows, whole->tid, whole->nt, &st.row0, &end);
    st.rows = end - st.row0;
    st.tid = 0;
    st.nt = 1;
    fnn_view_move(view, st.row0);
    st.plan = &view->plan;
    own_rows(&st, rs, ROW_PHASES, place);
    fnn_barrier_wait(&rs->barrier, whole->nt);
    if (found_bad(rs)) return 0; /* nobody reports one from here on */
    for (int32_t p = 0; p < plan->n_phases; p++) {
        const struct fnn_phase *phase = &plan->phases[p];
        if (ROW_PHASES & 1U << phase->kind || phase->kind == FNN_PHASE_PENALTY) continue;
        run_phase(whole, rs, phase, place);
        if (p + 1 < plan->n_phases && phase->barrier) fnn_barrier_wait(&rs->barrier, whole->nt);
    }
    if (whole->tid == 0) end_step(rs, poller);
    fnn_barrier_wait(&rs->barrier, whole->nt);
    return 1;
}

typedef int step_fn(struct fnn_step *st, struct fnn_run_state *rs, struct poller *poller, int64_t place);

void fnn_run_member(void *arg, int tid, int nt)
{
    struct fnn_run_state *rs = arg;
    const struct fnn_run *run = rs->run;
    struct fnn_trainer *trainer = rs->trainer;
    struct fnn_model *model = trainer->model;
    const int64_t batch = trainer->spec.batch, start = model->iterations;
    const int chunked = trainer->chunks > 1;
    step_fn *const step = chunked ? chunked_step : rs->split ? split_step : whole_step;
    struct fnn_step st = {
        .plan = trainer->members[chunked ? tid : 0].plan, .kern = model->kern,
        .training = rs->training, .tid = tid, .nt = nt, .split = rs->split,
        .seed = trainer->spec.seed,
        .scratch = trainer->members[tid].scratch, .gradients = trainer->gradients,
        .norms = trainer->norms, .rows_out = trainer->rows, .grad_scale = 1,
        .activity = &trainer->activity,
    };
    struct poller poller = {.last = now(), .every = 1, .left = 1};

    for (int64_t i = 0; i < run->n_steps; i++) {
        const int64_t place = (run->first_step + i) * batch, left = run->n_rows - place;
        st.rows = st.batch_rows = (size_t)(left < batch ? left : batch);
        st.iteration = (uint64_t)(start + i);
        if (rs->training)
            fnn_update_begin(&st, run->hyper, run->learning_rate[i], start + i);
        if (!step(&st, rs, &poller, place)) return;
        if (atomic_load_explicit(&rs->stop, memory_order_relaxed)) return;
    }
}

