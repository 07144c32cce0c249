/* train.c: trainers, and what a run of steps needs before it begins; the steps are in steps.c. */
#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "run.h"
#include "update.h"

/* ---- cost ---------------------------------------------------------------- */

/* Multiply-adds a step must have for each further thread to pay for its barriers (a few
 * microseconds a step) on CPUs that do 50 to 100 of them a nanosecond. */
static const double WORK_PER_THREAD = 6e5;
/* The same where rows of a batch are split: two barriers a step. */
static const double WORK_PER_THREAD_SPLIT = 3e5;

static int choose_threads(double work, double per_thread)
{
    int limit = fnn_threads_limit();
    double worth = work / per_thread;
    if (worth < 2) return 1;
    return worth < limit ? (int)worth : limit;
}

/* ---- entry points -------------------------------------------------------------- */

static int array_ok(const struct fnn_array *a, int64_t rows, int64_t cols)
{
    return (a->data != NULL || rows == 0) && (int)a->dtype >= 0 &&
           a->dtype < FNN_DTYPE_COUNT && a->rows == rows && a->cols == cols;
}

/* The arrays of one output. */
static int output_ok(const struct fnn_plan *plan, const struct fnn_run *run, int32_t o, int64_t n)
{
    const struct fnn_plan_output *out = &plan->outputs[o];
    const struct fnn_tensor *t = &plan->model->graph.tensors[out->tensor];
    const int64_t positions = (int64_t)t->positions, width = out->sparse ? 1 : (int64_t)t->width;
    if (out->has_target && !(run->y != NULL && array_ok(&run->y[o], n, positions * width))) return 0;
    if (run->sample_weight == NULL || run->sample_weight[o].data == NULL) return 1;
    return array_ok(&run->sample_weight[o], n, 1) || array_ok(&run->sample_weight[o], n, positions);
}

static enum fnn_status check_run(const struct fnn_trainer *trainer, const struct fnn_run *run,
                                 int training)
{
    FNN_REQUIRE(run != NULL && run->x != NULL, FNN_ERR_ARGUMENT);
    const struct fnn_plan *plan = trainer->members[0].plan;
    const struct fnn_graph *g = &plan->model->graph;
    const int64_t n = run->x->rows, batch = trainer->spec.batch;
    for (int32_t i = 0; i < g->n_inputs; i++) {
        const struct fnn_tensor *in = &g->tensors[g->inputs[i]];
        FNN_REQUIRE(array_ok(&run->x[i], n, (int64_t)(in->positions * in->width)), FNN_ERR_ARGUMENT);
    }
    for (int32_t o = 0; o < plan->n_outputs; o++)
        FNN_REQUIRE(output_ok(plan, run, o, n), FNN_ERR_ARGUMENT);
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

/* Whether members may take rows of a batch through a step on their own. */
static int may_split(const struct fnn_trainer *trainer)
{
    return trainer->chunks == 1 && !trainer->joint && fnn_plan_may_split(&trainer->model->graph);
}

/* Makes sure that `count` members have what they need. */
static enum fnn_status reserve_members(struct fnn_trainer *trainer, int count)
{
    const struct fnn_kernels *kern = trainer->model->kern;
    if (count <= trainer->n_members) return FNN_OK;
    struct fnn_member *members = fnn_alloc((size_t)count, sizeof *members);
    FNN_REQUIRE(members != NULL, FNN_ERR_MEMORY);
    if (trainer->n_members > 0)
        memcpy(members, trainer->members, (size_t)trainer->n_members * sizeof *members);
    fnn_free(trainer->members);
    trainer->members = members;
    while (trainer->n_members < count) {
        struct fnn_member *m = &members[trainer->n_members++];
        if (trainer->chunks > 1 || m == members) {
            struct fnn_trainer_spec spec = trainer->spec;
            if (trainer->chunks > 1) spec.batch = FNN_CHUNK;
            FNN_TRY(fnn_plan_create(trainer->model, &spec, may_split(trainer), &m->plan));
        }
        if (members[0].plan->splits) FNN_TRY(fnn_view_create(members[0].plan, &m->view));
        m->scratch = fnn_alloc(members[0].plan->scratch_elems, kern->elem);
        FNN_REQUIRE(m->scratch != NULL, FNN_ERR_MEMORY);
    }
    return FNN_OK;
}

/* What the model's update works on; it may have been set since the last run. */
static enum fnn_status reserve_update(struct fnn_trainer *trainer)
{
    const struct fnn_model *model = trainer->model;
    if (trainer->gradients == NULL && !fnn_plan_fuses_update(model)) {
        trainer->gradients = fnn_alloc(model->graph.param_elems * trainer->chunks, model->kern->elem);
        FNN_REQUIRE(trainer->gradients != NULL, FNN_ERR_MEMORY);
    }
    const size_t norms = fnn_update_staged(model) ? fnn_update_doubles(model) : 0;
    if (norms > trainer->n_norms) {
        fnn_free(trainer->norms);
        trainer->n_norms = 0;
        trainer->norms = fnn_alloc(norms, sizeof *trainer->norms);
        FNN_REQUIRE(trainer->norms != NULL, FNN_ERR_MEMORY);
        trainer->n_norms = norms;
    }
    return FNN_OK;
}

static int run_threads(const struct fnn_trainer *trainer, int training)
{
    const struct fnn_plan *plan = trainer->members[0].plan;
    const double work = plan->work * (double)trainer->chunks;
    int threads = choose_threads(training ? work : work / 3,
                                 plan->splits ? WORK_PER_THREAD_SPLIT : WORK_PER_THREAD);
    if (trainer->chunks > 1 && (size_t)threads > trainer->chunks) threads = (int)trainer->chunks;
    return threads;
}

static enum fnn_status run_steps(struct fnn_trainer *trainer, const struct fnn_run *run,
                                 struct fnn_result *result, int training)
{
    FNN_REQUIRE(trainer != NULL && result != NULL, FNN_ERR_ARGUMENT);
    FNN_TRY(check_run(trainer, run, training));
    FNN_TRY(fnn_model_lock(trainer->model, FNN_LOCK_RUN));
    const int threads = run_threads(trainer, training);
    enum fnn_status status = reserve_members(trainer, threads);
    if (status == FNN_OK && training) status = reserve_update(trainer);
    if (status == FNN_OK) {
        struct fnn_run_state rs = {.trainer = trainer, .run = run, .result = result, .training = training};
        memset(result, 0, sizeof *result);
        result->bad_row = -1;
        rs.split = threads > 1 && trainer->members[0].plan->splits;
        for (int i = 0; i < trainer->n_members; i++) {
            const struct fnn_member *m = &trainer->members[i];
            if (m->plan != NULL) fnn_plan_phases(m->plan, training, rs.split);
            if (rs.split) fnn_view_renew(m->view);
        }
        if (training) fnn_model_begin_change(trainer->model);
        fnn_team_run(threads, fnn_run_member, &rs);
        if (training) fnn_model_end_change(trainer->model);
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

static enum fnn_status check_output(const struct fnn_output_spec *spec)
{
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
        /* One form of target an output: labels for the sparse losses, rows otherwise. */
        FNN_REQUIRE(takes_labels == sparse, FNN_ERR_ARGUMENT);
    }
    return FNN_OK;
}

static enum fnn_status check_spec(const struct fnn_model *model, const struct fnn_trainer_spec *spec)
{
    FNN_REQUIRE(spec->batch >= 1 && spec->batch <= (int64_t)1 << 31, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->outputs != NULL && spec->n_outputs == model->graph.n_outputs, FNN_ERR_ARGUMENT);
    int32_t metrics = 0;
    for (int32_t o = 0; o < spec->n_outputs; o++) {
        FNN_TRY(check_output(&spec->outputs[o]));
        metrics += spec->outputs[o].n_metrics;
    }
    FNN_REQUIRE(metrics <= FNN_METRICS_MAX, FNN_ERR_ARGUMENT);
    return FNN_OK;
}

/* Gradients of all chunks may take this much: they should stay in the cores' caches. */
enum { CHUNK_GRADIENT_BYTES = 4 << 20 };

/* Whether what a loss makes of a row depends on others of the batch. */
static int needs_all_rows(const struct fnn_trainer_spec *spec)
{
    for (int32_t o = 0; o < spec->n_outputs; o++) {
        /* The factor of the gradient depends on the labels of the whole batch. */
        if (fnn_loss_leaves_some_out(spec->outputs[o].loss, spec->outputs[o].loss_param)) return 1;
        if (spec->outputs[o].own != NULL) return 1;
    }
    return 0;
}

/* In how many chunks a batch is worked: only small nets with one row a sample. */
static size_t choose_chunks(const struct fnn_model *model, const struct fnn_trainer_spec *spec)
{
    const struct fnn_graph *g = &model->graph;
    const size_t chunks = ((size_t)spec->batch + FNN_CHUNK - 1) / FNN_CHUNK;
    for (int32_t t = 0; t < g->n_tensors; t++)
        if (g->tensors[t].positions != 1) return 1;
    /* Statistics of a batch need all its rows; the rows of a table are added up in one go. */
    for (int32_t s = 0; s < g->n_stages; s++)
        if (g->stages[s].kind == FNN_STAGE_BATCH || g->stages[s].kind == FNN_STAGE_EMBED) return 1;
    if (fnn_plan_is_large(g)) return 1;
    return chunks * g->param_elems * model->kern->elem <= CHUNK_GRADIENT_BYTES ? chunks : 1;
}

static enum fnn_status reserve_rows(struct fnn_trainer *trainer)
{
    const size_t elem = trainer->model->kern->elem;
    const struct fnn_plan *plan = trainer->members[0].plan;
    trainer->rows = fnn_alloc((size_t)plan->n_outputs, sizeof *trainer->rows);
    FNN_REQUIRE(trainer->rows != NULL, FNN_ERR_MEMORY);
    for (int32_t o = 0; o < plan->n_outputs; o++) {
        struct fnn_rows *rows = &trainer->rows[o];
        const size_t metrics = (size_t)trainer->outputs[o].n_metrics;
        rows->capacity = (size_t)trainer->spec.batch *
                         trainer->model->graph.tensors[plan->outputs[o].tensor].positions;
        rows->weight = fnn_alloc(rows->capacity, elem);
        rows->loss = fnn_alloc(rows->capacity, sizeof *rows->loss);
        rows->metric = fnn_alloc(rows->capacity * metrics, sizeof *rows->metric);
        FNN_REQUIRE(rows->weight && rows->loss && rows->metric, FNN_ERR_MEMORY);
    }
    return FNN_OK;
}

static enum fnn_status build_activity(struct fnn_trainer *trainer)
{
    const struct fnn_graph *g = &trainer->model->graph;
    struct fnn_activity *activity = &trainer->activity;
    if (g->n_penalties == 0) return FNN_OK;
    for (int32_t t = 0; t < g->n_tensors; t++)
        if (g->tensors[t].positions > activity->capacity) activity->capacity = g->tensors[t].positions;
    activity->capacity *= (size_t)trainer->spec.batch;
    activity->value = fnn_alloc(activity->capacity * (size_t)g->n_penalties, sizeof *activity->value);
    FNN_REQUIRE(activity->value != NULL, FNN_ERR_MEMORY);
    return FNN_OK;
}

static enum fnn_status build(struct fnn_trainer *trainer)
{
    trainer->joint = needs_all_rows(&trainer->spec);
    trainer->chunks = trainer->joint ? 1 : choose_chunks(trainer->model, &trainer->spec);
    FNN_TRY(reserve_members(trainer, 1));
    FNN_TRY(reserve_members(trainer, run_threads(trainer, 1)));
    FNN_TRY(reserve_update(trainer));
    FNN_TRY(reserve_rows(trainer));
    return build_activity(trainer);
}

static enum fnn_status copy_columns(struct fnn_trainer *trainer)
{
    const struct fnn_graph *g = &trainer->model->graph;
    size_t total = 0;
    for (int32_t o = 0; o < trainer->spec.n_outputs; o++)
        if (trainer->outputs[o].loss_columns != NULL) total += g->tensors[g->outputs[o]].width;
    if (total == 0) return FNN_OK;
    double *next = trainer->loss_columns = fnn_alloc(total, sizeof *trainer->loss_columns);
    FNN_REQUIRE(next != NULL, FNN_ERR_MEMORY);
    for (int32_t o = 0; o < trainer->spec.n_outputs; o++) {
        const size_t width = g->tensors[g->outputs[o]].width;
        if (trainer->outputs[o].loss_columns == NULL) continue;
        memcpy(next, trainer->outputs[o].loss_columns, width * sizeof *next);
        trainer->outputs[o].loss_columns = next;
        next += width;
    }
    return FNN_OK;
}

/* The trainer's own copy of what it is asked for. */
static enum fnn_status copy_spec(struct fnn_trainer *trainer, const struct fnn_trainer_spec *spec)
{
    const size_t n = (size_t)spec->n_outputs;
    struct fnn_metric_spec *next = trainer->metrics;
    trainer->spec = *spec;
    trainer->outputs = fnn_alloc(n, sizeof *trainer->outputs);
    FNN_REQUIRE(trainer->outputs != NULL, FNN_ERR_MEMORY);
    memcpy(trainer->outputs, spec->outputs, n * sizeof *trainer->outputs);
    trainer->spec.outputs = trainer->outputs;
    for (size_t o = 0; o < n; o++) {
        const size_t count = (size_t)spec->outputs[o].n_metrics;
        if (count > 0) memcpy(next, spec->outputs[o].metrics, count * sizeof *next);
        trainer->outputs[o].metrics = next;
        next += count;
    }
    return copy_columns(trainer);
}

enum fnn_status fnn_trainer_create(struct fnn_model *model, const struct fnn_trainer_spec *spec,
                                   struct fnn_trainer **out)
{
    FNN_REQUIRE(model != NULL && spec != NULL && out != NULL, FNN_ERR_ARGUMENT);
    FNN_TRY(check_spec(model, spec));
    struct fnn_trainer *trainer = fnn_alloc(1, sizeof *trainer);
    FNN_REQUIRE(trainer != NULL, FNN_ERR_MEMORY);
    trainer->model = model;
    enum fnn_status status = copy_spec(trainer, spec);
    if (status == FNN_OK) status = build(trainer);
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
    for (int i = 0; i < trainer->n_members; i++) {
        fnn_view_destroy(trainer->members[i].view);
        fnn_free(trainer->members[i].scratch);
    }
    for (int i = 0; i < trainer->n_members; i++) fnn_plan_destroy(trainer->members[i].plan);
    fnn_free(trainer->members);
    fnn_free(trainer->gradients);
    fnn_free(trainer->norms);
    for (int32_t o = 0; trainer->rows != NULL && o < trainer->spec.n_outputs; o++) {
        fnn_free(trainer->rows[o].weight);
        fnn_free(trainer->rows[o].loss);
        fnn_free(trainer->rows[o].metric);
    }
    fnn_free(trainer->rows);
    fnn_free(trainer->outputs);
    fnn_free(trainer->loss_columns);
    fnn_free(trainer->activity.value);
    fnn_free(trainer);
}
