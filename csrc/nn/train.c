/* train.c: a run of steps in one call: the order of phases, the team, losses and metrics
 * added up, the poll for interruption. The mathematics is in forward.c and backward.c. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "../core/threads.h"
#include "step.h"

struct fnn_trainer {
    struct fnn_model *model;
    struct fnn_plan *plan;
    enum fnn_reduction reduction;
    double loss_param[2];
    uint64_t seed;
    int32_t n_metrics;
    struct fnn_metric_spec metrics[FNN_METRICS_MAX];
    void *scratch;       /* plan->scratch_elems reals a thread */
    int scratch_threads;
};

/* State of one run, shared by the team. */
struct run_state {
    struct fnn_trainer *trainer;
    const struct fnn_run *run;
    struct fnn_result *result;
    int training;
    struct fnn_barrier barrier;
    /* First row that could not be read, as status and place: set by any member during the
     * gather phase, read by all after its barrier. */
    atomic_int bad_status;
    atomic_llong bad_row;
    atomic_int stop;     /* set by member 0 before the last barrier of a step */
};

/* ---- cost ---------------------------------------------------------------- */

/* Multiply-adds a step must have for each further thread to pay for its barriers (a few
 * microseconds a step) on CPUs that do 50 to 100 of them a nanosecond. */
static const double WORK_PER_THREAD = 6e5;

static int choose_threads(double work)
{
    int limit = fnn_threads_limit();
    double worth = work / WORK_PER_THREAD;
    if (worth < 2) return 1;
    return worth < limit ? (int)worth : limit;
}

/* ---- reading a batch ------------------------------------------------------ */

enum { GATHER_ROWS = 32 };

static void report_bad(struct run_state *rs, enum fnn_status status, int64_t place)
{
    int expected = FNN_OK;
    if (atomic_compare_exchange_strong(&rs->bad_status, &expected, (int)status))
        atomic_store(&rs->bad_row, place);
}

/* Rows [begin, end) of the batch that starts at `place`, into a tensor-shaped buffer. */
static void gather_tensor(const struct fnn_step *st, const struct fnn_run *run,
                          const struct fnn_array *src, const struct fnn_tensor *shape,
                          const struct fnn_buf *dst, int64_t place, size_t begin, size_t end)
{
    /* A few rows at a time, so that one read in several pieces is still in cache. */
    for (size_t r = begin, n; r < end; r += n) {
        n = end - r < GATHER_ROWS ? end - r : GATHER_ROWS;
        const int64_t first = place + (int64_t)r;
        fnn_gather_samples(st->kern, src, run->order == NULL ? NULL : run->order + first, first, n,
                           shape, fnn_at(st->kern, dst->data, r * shape->positions * dst->ld),
                           dst->step);
    }
}

static double real_at(const struct fnn_kernels *kern, const void *data, size_t i)
{
    return kern->dtype == FNN_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static void convert_labels(const struct fnn_step *st, struct run_state *rs, int64_t place,
                           size_t begin, size_t end)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_tensor *out = &plan->model->graph.tensors[plan->out_tensor];
    int32_t *labels = plan->labels.data;
    for (size_t r = begin * out->positions; r < end * out->positions; r++) {
        double v = real_at(st->kern, plan->target.data, r);
        if (!(v >= 0 && v < (double)out->width)) { /* NaN fails too */
            report_bad(rs, FNN_ERR_LABEL, place + (int64_t)(r / out->positions));
            return;
        }
        labels[r] = (int32_t)v;
    }
}

static void gather_weights(const struct fnn_step *st, const struct fnn_run *run, int64_t place,
                           size_t begin, size_t end)
{
    const struct fnn_plan *plan = st->plan;
    const size_t positions = plan->model->graph.tensors[plan->out_tensor].positions;
    struct fnn_array weight = *run->sample_weight;
    if (weight.cols == 1 && positions > 1) { /* one weight a sample: repeat it */
        weight.cols = (int64_t)positions;
        weight.col_stride = 0;
        weight.col_offset = NULL;
    }
    struct fnn_tensor shape = {.positions = 1, .width = positions, .ld = positions, .plain = 1};
    struct fnn_buf dst = {.data = plan->weight.data, .ld = positions, .step = FNN_COLS};
    gather_tensor(st, run, &weight, &shape, &dst, place, begin, end);
}

static void gather_phase(const struct fnn_step *st, struct run_state *rs, int64_t place)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_run *run = rs->run;
    const struct fnn_graph *g = &plan->model->graph;
    size_t begin, end;
    fnn_share(st->rows, st->tid, st->nt, &begin, &end);
    if (begin == end) return;
    if (run->order != NULL)
        for (size_t i = begin; i < end; i++) {
            int64_t row = run->order[place + (int64_t)i];
            if (row < 0 || row >= run->x->rows) {
                report_bad(rs, FNN_ERR_INDEX, place + (int64_t)i);
                return;
            }
        }
    gather_tensor(st, run, run->x, &g->tensors[0], &plan->tensors[0], place, begin, end);
    struct fnn_tensor target = g->tensors[plan->out_tensor];
    if (plan->sparse) target.width = target.ld = 1;
    gather_tensor(st, run, run->y, &target, &plan->target, place, begin, end);
    if (plan->sparse) convert_labels(st, rs, place, begin, end);
    if (run->sample_weight != NULL) gather_weights(st, run, place, begin, end);
}

/* ---- loss ------------------------------------------------------------------ */

static double sum_weights(const struct fnn_step *st, size_t rows)
{
    double sum = 0;
    for (size_t r = 0; r < rows; r++) sum += real_at(st->kern, st->plan->weight.data, r);
    return sum;
}

/* What the sum of weighted row losses is multiplied by. */
static double loss_scale(const struct fnn_step *st, const struct run_state *rs)
{
    const size_t rows = fnn_step_rows(st, st->plan->out_tensor);
    switch (rs->trainer->reduction) {
    case FNN_REDUCE_SUM:
        return 1;
    case FNN_REDUCE_MEAN_WEIGHT:
        if (rs->run->sample_weight != NULL) {
            double sum = sum_weights(st, rows);
            return sum != 0 ? 1 / sum : 0; /* Keras: a batch without weight has loss 0 */
        }
        return 1 / (double)rows;
    default:
        return 1 / (double)rows;
    }
}

static const void *row_weights(const struct fnn_step *st, const struct run_state *rs, size_t row)
{
    return rs->run->sample_weight == NULL ? NULL : fnn_at(st->kern, st->plan->weight.data, row);
}

static struct fnn_loss_args loss_args(const struct fnn_step *st, const struct fnn_block *b,
                                      int32_t tensor)
{
    const struct fnn_plan *plan = st->plan;
    const struct fnn_buf *y = &plan->tensors[tensor];
    return (struct fnn_loss_args){
        .rows = b->rows, .cols = b->cols,
        .y = fnn_cell(st->kern, y, b->row0, 0), .ldy = y->ld,
        .t = plan->sparse ? NULL : fnn_cell(st->kern, &plan->target, b->row0, 0),
        .ldt = plan->target.ld,
        .labels = plan->sparse ? (const int32_t *)plan->labels.data + b->row0 : NULL,
    };
}

static void metric_rows(const struct fnn_step *st, const struct run_state *rs,
                        const struct fnn_block *b)
{
    const struct fnn_plan *plan = st->plan;
    const int32_t tensor = plan->prob_tensor >= 0 ? plan->prob_tensor : plan->out_tensor;
    const size_t all = fnn_step_rows(st, tensor);
    for (int32_t i = 0; i < rs->trainer->n_metrics; i++) {
        const struct fnn_metric_spec *m = &rs->trainer->metrics[i];
        double *value = (double *)plan->row_metric.data + (size_t)i * all + b->row0;
        struct fnn_loss_args a = loss_args(st, b, tensor);
        if (m->kind == FNN_METRIC_LOSS) {
            memcpy(a.param, m->param, sizeof a.param);
            a.row_loss = value;
            st->kern->loss[m->loss](&a);
        } else {
            st->kern->metric[m->kind](a.rows, a.cols, a.y, a.ldy, a.t, a.ldt, a.labels, m->param[0],
                                      value);
        }
    }
}

static void loss_phase(const struct fnn_step *st, struct run_state *rs)
{
    const struct fnn_plan *plan = st->plan;
    const size_t rows = fnn_step_rows(st, plan->out_tensor);
    const size_t width = plan->model->graph.tensors[plan->out_tensor].width;
    const int backward = st->training && plan->lowest < plan->n_stages;
    const int32_t last = plan->n_stages - 1;
    size_t begin, end;
    fnn_share((rows + FNN_ROW_BLOCK - 1) / FNN_ROW_BLOCK, st->tid, st->nt, &begin, &end);
    for (size_t u = begin; u < end; u++) {
        struct fnn_block b = {.row0 = u * FNN_ROW_BLOCK, .cols = width};
        b.rows = rows - b.row0 < FNN_ROW_BLOCK ? rows - b.row0 : FNN_ROW_BLOCK;
        struct fnn_loss_args a = loss_args(st, &b, plan->out_tensor);
        memcpy(a.param, st->loss_param, sizeof a.param);
        a.row_weight = row_weights(st, rs, b.row0);
        a.scale = st->loss_scale;
        a.row_loss = (double *)plan->row_loss.data + b.row0;
        if (backward) {
            a.dy = fnn_cell(st->kern, plan->stages[last].grad, b.row0, 0);
            a.ldd = plan->stages[last].grad->ld;
        }
        if (plan->prob_tensor >= 0) {
            const struct fnn_buf *p = &plan->tensors[plan->prob_tensor];
            a.p = fnn_cell(st->kern, p, b.row0, 0);
            a.ldp = p->ld;
        }
        st->kern->loss[plan->loss](&a);
        metric_rows(st, rs, &b);
        if (backward && plan->model->graph.stages[last].kind == FNN_STAGE_DENSE)
            fnn_backward_tail(st, last, &b);
    }
}

/* Row values are added in row order, one by one in double: the same for every batch size
 * and thread count. */
static void sums_phase(const struct fnn_step *st, struct run_state *rs)
{
    const struct fnn_plan *plan = st->plan;
    struct fnn_result *out = rs->result;
    const size_t rows = fnn_step_rows(st, plan->out_tensor);
    const double *loss = plan->row_loss.data;
    const int weighted = rs->run->sample_weight != NULL;
    const void *w = plan->weight.data;

    double sum = 0;
    for (size_t r = 0; r < rows; r++) sum += weighted ? real_at(st->kern, w, r) * loss[r] : loss[r];
    if (rs->trainer->reduction == FNN_REDUCE_MEAN) {
        /* samples * (sum / rows): divided once, at the end of the epoch, for exactness */
        out->loss_sum += sum / (double)(rows / st->rows);
    } else {
        out->loss_sum += sum * st->loss_scale * (double)st->rows;
    }
    out->loss_weight += (double)st->rows;

    for (int32_t i = 0; i < rs->trainer->n_metrics; i++) {
        const double *value = (const double *)plan->row_metric.data + (size_t)i * rows;
        const int use = weighted && rs->trainer->metrics[i].weighted;
        double total = 0, weight = 0;
        for (size_t r = 0; r < rows; r++) {
            double each = use ? real_at(st->kern, w, r) : 1;
            total += each * value[r];
            weight += each;
        }
        out->metric_sum[i] += total;
        out->metric_weight[i] += weight;
    }
}

/* ---- the loop --------------------------------------------------------------- */

static void run_phase(const struct fnn_step *st, struct run_state *rs, const struct fnn_phase *phase,
                      int64_t place)
{
    switch (phase->kind) {
    case FNN_PHASE_GATHER: gather_phase(st, rs, place); break;
    case FNN_PHASE_FORWARD: fnn_forward_phase(st, phase->stage); break;
    case FNN_PHASE_LOSS: loss_phase(st, rs); break;
    case FNN_PHASE_SUMS: if (st->tid == 0) sums_phase(st, rs); break;
    case FNN_PHASE_BACK_ROWS: fnn_backward_rows_phase(st, phase->stage); break;
    case FNN_PHASE_DX: fnn_backward_dx_phase(st, phase->stage); break;
    case FNN_PHASE_DW: fnn_backward_dw_phase(st, phase->stage); break;
    case FNN_PHASE_UPDATE: fnn_update_phase(st); break;
    }
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

static void run_member(void *arg, int tid, int nt)
{
    struct run_state *rs = arg;
    const struct fnn_run *run = rs->run;
    struct fnn_trainer *trainer = rs->trainer;
    const struct fnn_plan *plan = trainer->plan;
    struct fnn_model *model = trainer->model;
    struct fnn_step st = {
        .plan = plan, .kern = model->kern, .training = rs->training, .tid = tid, .nt = nt,
        .seed = trainer->seed, .loss_param = trainer->loss_param,
        .scratch = fnn_at(model->kern, trainer->scratch, (size_t)tid * plan->scratch_elems),
    };
    const int64_t start = model->iterations;
    struct poller poller = {.last = now(), .every = 1, .left = 1};

    for (int64_t i = 0; i < run->n_steps; i++) {
        const int64_t place = (run->first_step + i) * (int64_t)plan->batch;
        const int64_t left = run->n_rows - place;
        st.rows = left < (int64_t)plan->batch ? (size_t)left : plan->batch;
        st.iteration = (uint64_t)(start + i);
        if (rs->training)
            fnn_opt_coefficients(model->optimizer, run->hyper, run->learning_rate[i], start + i + 1,
                                 st.coef);
        for (int32_t p = 0; p < plan->n_phases; p++) {
            const struct fnn_phase *phase = &plan->phases[p];
            if (phase->kind == FNN_PHASE_LOSS) st.loss_scale = loss_scale(&st, rs);
            run_phase(&st, rs, phase, place);
            const int last = p + 1 == plan->n_phases;
            if (last && tid == 0) {
                rs->result->steps_done++;
                if (should_stop(&poller, run)) atomic_store(&rs->stop, 1);
            }
            if (phase->barrier) fnn_barrier_wait(&rs->barrier, nt);
            if (phase->kind == FNN_PHASE_GATHER && atomic_load_explicit(&rs->bad_status, memory_order_relaxed))
                return;
        }
        if (atomic_load_explicit(&rs->stop, memory_order_relaxed)) return;
    }
}

/* ---- entry points -------------------------------------------------------------- */

static int array_ok(const struct fnn_array *a, int64_t rows, int64_t cols)
{
    return a != NULL && (a->data != NULL || rows == 0) && (int)a->dtype >= 0 &&
           a->dtype < FNN_DTYPE_COUNT && a->rows == rows && a->cols == cols;
}

static enum fnn_status check_run(const struct fnn_trainer *trainer, const struct fnn_run *run,
                                 int training)
{
    FNN_REQUIRE(run != NULL && run->x != NULL, FNN_ERR_ARGUMENT);
    const struct fnn_plan *plan = trainer->plan;
    const struct fnn_tensor *in = &plan->model->graph.tensors[0];
    const struct fnn_tensor *out = &plan->model->graph.tensors[plan->out_tensor];
    const int64_t n = run->x->rows, batch = (int64_t)plan->batch;
    const int64_t positions = (int64_t)out->positions;
    FNN_REQUIRE(array_ok(run->x, n, (int64_t)(in->positions * in->width)), FNN_ERR_ARGUMENT);
    FNN_REQUIRE(array_ok(run->y, n, positions * (plan->sparse ? 1 : (int64_t)out->width)),
                FNN_ERR_ARGUMENT);
    const struct fnn_array *w = run->sample_weight;
    FNN_REQUIRE(w == NULL || array_ok(w, n, 1) || array_ok(w, n, positions), FNN_ERR_ARGUMENT);
    FNN_REQUIRE(run->n_rows >= 1 && (run->order != NULL || run->n_rows <= n), FNN_ERR_ARGUMENT);
    const int64_t steps = (run->n_rows - 1) / batch + 1;
    FNN_REQUIRE(run->first_step >= 0 && run->n_steps >= 0 && run->first_step <= steps &&
                    run->n_steps <= steps - run->first_step, FNN_ERR_ARGUMENT);
    if (training) {
        FNN_REQUIRE(run->n_steps == 0 || run->learning_rate != NULL, FNN_ERR_ARGUMENT);
        FNN_REQUIRE(run->hyper != NULL, FNN_ERR_ARGUMENT);
        FNN_REQUIRE(plan->model->optimizer != FNN_OPT_NONE, FNN_ERR_STATE);
    }
    return FNN_OK;
}

static enum fnn_status reserve_scratch(struct fnn_trainer *trainer, int threads)
{
    if (threads <= trainer->scratch_threads) return FNN_OK;
    const struct fnn_kernels *kern = trainer->model->kern;
    void *scratch = fnn_alloc(trainer->plan->scratch_elems * (size_t)threads, kern->elem);
    FNN_REQUIRE(scratch != NULL, FNN_ERR_MEMORY);
    fnn_free(trainer->scratch);
    trainer->scratch = scratch;
    trainer->scratch_threads = threads;
    return FNN_OK;
}

static enum fnn_status run_steps(struct fnn_trainer *trainer, const struct fnn_run *run,
                                 struct fnn_result *result, int training)
{
    FNN_REQUIRE(trainer != NULL && result != NULL, FNN_ERR_ARGUMENT);
    FNN_TRY(check_run(trainer, run, training));
    FNN_TRY(fnn_model_lock(trainer->model, FNN_LOCK_RUN));
    fnn_plan_phases(trainer->plan, training);
    const int threads = choose_threads(training ? trainer->plan->work : trainer->plan->work / 3);
    enum fnn_status status = reserve_scratch(trainer, threads);
    if (status == FNN_OK) {
        struct run_state rs = {.trainer = trainer, .run = run, .result = result, .training = training};
        memset(result, 0, sizeof *result);
        result->bad_row = -1;
        fnn_team_run(threads, run_member, &rs);
        if (training) trainer->model->iterations += result->steps_done;
        status = (enum fnn_status)atomic_load(&rs.bad_status);
        if (status != FNN_OK) result->bad_row = atomic_load(&rs.bad_row);
        else if (atomic_load(&rs.stop)) status = FNN_ERR_INTERRUPTED;
    }
    fnn_model_unlock(trainer->model);
    return status;
}

enum fnn_status fnn_trainer_fit(struct fnn_trainer *trainer, const struct fnn_run *run,
                                struct fnn_result *result)
{
    return run_steps(trainer, run, result, 1);
}

enum fnn_status fnn_trainer_evaluate(struct fnn_trainer *trainer, const struct fnn_run *run,
                                     struct fnn_result *result)
{
    return run_steps(trainer, run, result, 0);
}

static enum fnn_status check_spec(const struct fnn_trainer_spec *spec)
{
    FNN_REQUIRE(spec->batch >= 1 && spec->batch <= (int64_t)1 << 31, FNN_ERR_ARGUMENT);
    FNN_REQUIRE((int)spec->loss >= 0 && spec->loss < FNN_LOSS_COUNT, FNN_ERR_ARGUMENT);
    FNN_REQUIRE((int)spec->reduction >= 0 && spec->reduction <= FNN_REDUCE_MEAN_WEIGHT, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->n_metrics >= 0 && spec->n_metrics <= FNN_METRICS_MAX, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->n_metrics == 0 || spec->metrics != NULL, FNN_ERR_ARGUMENT);
    const int sparse = fnn_loss_is_sparse(spec->loss);
    for (int32_t i = 0; i < spec->n_metrics; i++) {
        const struct fnn_metric_spec *m = &spec->metrics[i];
        FNN_REQUIRE((int)m->kind >= 0 && m->kind < FNN_METRIC_COUNT, FNN_ERR_ARGUMENT);
        int takes_labels = m->kind == FNN_METRIC_SPARSE_ACCURACY;
        if (m->kind == FNN_METRIC_LOSS) {
            FNN_REQUIRE((int)m->loss >= 0 && m->loss < FNN_LOSS_COUNT, FNN_ERR_ARGUMENT);
            takes_labels = fnn_loss_is_sparse(m->loss);
        }
        /* One form of target a model: labels for the sparse losses, rows otherwise. */
        FNN_REQUIRE(takes_labels == sparse, FNN_ERR_ARGUMENT);
    }
    return FNN_OK;
}

enum fnn_status fnn_trainer_create(struct fnn_model *model, const struct fnn_trainer_spec *spec,
                                   struct fnn_trainer **out)
{
    FNN_REQUIRE(model != NULL && spec != NULL && out != NULL, FNN_ERR_ARGUMENT);
    FNN_TRY(check_spec(spec));
    struct fnn_trainer *trainer = fnn_alloc(1, sizeof *trainer);
    FNN_REQUIRE(trainer != NULL, FNN_ERR_MEMORY);
    trainer->model = model;
    trainer->reduction = spec->reduction;
    trainer->seed = spec->seed;
    memcpy(trainer->loss_param, spec->loss_param, sizeof trainer->loss_param);
    trainer->n_metrics = spec->n_metrics;
    if (spec->n_metrics > 0)
        memcpy(trainer->metrics, spec->metrics, (size_t)spec->n_metrics * sizeof *spec->metrics);
    enum fnn_status status = fnn_plan_create(model, spec, &trainer->plan);
    if (status == FNN_OK)
        status = reserve_scratch(trainer, choose_threads(trainer->plan->work));
    if (status != FNN_OK) {
        fnn_trainer_destroy(trainer);
        return status;
    }
    *out = trainer;
    return FNN_OK;
}

void fnn_trainer_destroy(struct fnn_trainer *trainer)
{
    if (trainer == NULL) return;
    fnn_plan_destroy(trainer->plan);
    fnn_free(trainer->scratch);
    fnn_free(trainer);
}
