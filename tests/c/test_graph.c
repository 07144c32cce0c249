/* test_graph.c: nets that are no chains. Gradients are those of finite differences; the bits of
 * weights, slots and predictions are the same for every instruction set, for 1, 2 and 3 threads,
 * for a run stopped and resumed, and for rows predicted alone. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>

#include "dag_nets.h"
#include "tiers.h"

struct outcome {
    uint64_t state, prediction, minimum;
};

static const double *rates_of(const struct dag *dag)
{
    static double rates[NET_STEPS_MAX];
    for (int i = 0; i < NET_STEPS_MAX; i++) rates[i] = dag->learning_rate;
    return rates;
}

/* ---- gradients ------------------------------------------------------------ */

static double *param_values(struct fnn_model *model, int32_t p, int64_t *n)
{
    int64_t rows, cols;
    REQUIRE(fnn_model_param_shape(model, p, &rows, &cols) == FNN_OK);
    *n = rows * cols;
    double *values = malloc((size_t)*n * sizeof *values);
    REQUIRE(values != NULL);
    CHECK(fnn_model_get_param(model, p, 0, values) == FNN_OK);
    return values;
}

static double loss_with(const struct dag *dag, struct fnn_trainer *trainer, const struct fnn_run *run)
{
    struct fnn_result result;
    CHECK(fnn_trainer_evaluate(trainer, run, &result) == FNN_OK);
    return dag_loss(dag, &result);
}

/* Whether the optimiser moves a parameter. */
static int is_trained(const struct dag *dag, int32_t param)
{
    int32_t first = 0, own = 0, state = 0;
    for (int32_t i = 0; i < dag_op_count(dag); i++, first += own + state) {
        const struct fnn_op_spec *op = &dag->ops[i];
        own = state = 0;
        if (op->shares > 0) continue;
        if (op->kind == FNN_OP_DENSE || op->kind == FNN_OP_PRELU || op->kind == FNN_OP_EMBEDDING) own = 1;
        if (op->kind == FNN_OP_AFFINE) state = 3;
        if (op->kind == FNN_OP_BATCH_NORM) state = 2;
        own += (op->use_scale != 0) + (op->use_bias != 0);
        if (param < first + own + state) return param < first + own && op->trainable;
    }
    return 0;
}

/* Elements of a parameter (some of them, where there are many): gradient against differences. */
static void check_gradient(const struct dag *dag, struct fnn_trainer *trainer,
                           struct fnn_model *model, const struct fnn_run *run, int32_t p,
                           double *start, const double *moved, int64_t size)
{
    const int64_t step = size > 12 ? size / 12 : 1;
    for (int64_t i = 0; i < size; i += step) {
        const double at = start[i], h = 1e-5, gradient = at - moved[i];
        if (!is_trained(dag, p)) {
            CHECK(gradient == 0);
            continue;
        }
        start[i] = at + h;
        CHECK(fnn_model_set_param(model, p, 0, start) == FNN_OK);
        const double above = loss_with(dag, trainer, run);
        start[i] = at - h;
        CHECK(fnn_model_set_param(model, p, 0, start) == FNN_OK);
        const double slope = (above - loss_with(dag, trainer, run)) / (2 * h);
        start[i] = at;
        CHECK(fnn_model_set_param(model, p, 0, start) == FNN_OK);
        /* h^2 times third derivatives of order 1 to 100, and rounding 1e-16 / h. */
        if (!CHECK(fabs(slope - gradient) < 1e-7 * (1 + fabs(gradient))))
            fprintf(stderr, "  %s: parameter %d, element %d: gradient %.9g, differences %.9g\n",
                    dag->name, (int)p, (int)i, gradient, slope);
    }
}

/* One step of plain descent moves each parameter by the gradient of losses and penalties. */
static void check_gradients(const struct dag *dag)
{
    struct dag_data data = dag_data_create(dag);
    struct fnn_model *model = dag_create(dag, FNN_F64);
    REQUIRE(model != NULL);
    CHECK(fnn_model_set_optimizer(model, FNN_OPT_SGD, net_hyper_adam) == FNN_OK);
    const int32_t count = fnn_model_param_count(model);
    for (int32_t p = 0; p < count; p++)
        CHECK(fnn_model_set_constraint(model, p, FNN_CON_NONE, NULL, 0, 0) == FNN_OK);
    struct fnn_trainer *trainer = dag_trainer(dag, model, FNN_F64, dag->rows);
    struct fnn_run run = dag_run(dag, &data);
    static const double one = 1, none[FNN_HYPER_MAX];
    run.n_steps = 1;
    run.learning_rate = &one;
    run.hyper = none;
    double *start[2 * DAG_OPS_MAX], *moved[2 * DAG_OPS_MAX];
    int64_t size[2 * DAG_OPS_MAX];
    for (int32_t p = 0; p < count; p++) start[p] = param_values(model, p, &size[p]);
    struct fnn_result result;
    CHECK(fnn_trainer_fit(trainer, &run, &result) == FNN_OK);
    for (int32_t p = 0; p < count; p++) moved[p] = param_values(model, p, &size[p]);
    /* All are put back, so that each sees the same point. */
    for (int32_t p = 0; p < count; p++) CHECK(fnn_model_set_param(model, p, 0, start[p]) == FNN_OK);
    for (int32_t p = 0; p < count; p++) {
        check_gradient(dag, trainer, model, &run, p, start[p], moved[p], size[p]);
        free(start[p]);
        free(moved[p]);
    }
    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
    dag_data_destroy(&data);
}

/* Whether training computes another function than evaluation. */
static int differs_in_training(const struct dag *dag)
{
    for (int32_t i = 0; i < dag_op_count(dag); i++)
        switch (dag->ops[i].kind) {
        case FNN_OP_DROPOUT:
        case FNN_OP_ALPHA_DROPOUT:
        case FNN_OP_GAUSSIAN_DROPOUT:
        case FNN_OP_GAUSSIAN_NOISE:
        case FNN_OP_BATCH_NORM: return 1;
        default: break;
        }
    return 0;
}

/* ---- bits ------------------------------------------------------------------- */

static uint64_t hash_state(struct fnn_model *model, enum fnn_dtype dtype, enum fnn_optimizer optimizer)
{
    const struct net like = {.dtype = dtype, .optimizer = optimizer};
    return model_hash(&like, model, 1);
}

/* Predictions of rows first ... first + n, hashed row by row after `hash`, output by output. */
static uint64_t hash_rows(const struct dag *dag, struct fnn_model *model, enum fnn_dtype dtype,
                          const struct dag_data *data, int64_t first, int64_t n, uint64_t *hash)
{
    struct fnn_array part[DAG_ENDS_MAX];
    void *out[DAG_ENDS_MAX] = {NULL};
    for (int32_t i = 0; i < dag->n_inputs; i++) {
        part[i] = data->xs[i];
        part[i].data = (const char *)part[i].data + first * part[i].row_stride;
        part[i].rows = n;
    }
    for (int32_t o = 0; o < dag->n_outputs; o++) {
        const size_t bytes = (size_t)(n * tensor_size(dag, dag->outputs[o])) * dtype_size(dtype);
        REQUIRE((out[o] = malloc(bytes)) != NULL);
    }
    CHECK(fnn_model_predict(model, part, out) == FNN_OK);
    for (int32_t o = 0; o < dag->n_outputs; o++) {
        const size_t bytes = (size_t)(n * tensor_size(dag, dag->outputs[o])) * dtype_size(dtype);
        hash[o] = hash_bytes(hash[o], out[o], bytes);
        free(out[o]);
    }
    uint64_t all = HASH_START;
    return hash_bytes(all, hash, (size_t)dag->n_outputs * sizeof *hash);
}

/* Predictions of all rows, which any cut of them gives as well. */
static uint64_t hash_predictions(const struct dag *dag, struct fnn_model *model,
                                 enum fnn_dtype dtype, const struct dag_data *data)
{
    static const int64_t cuts[] = {1, 3, 7, 64};
    uint64_t whole[DAG_ENDS_MAX] = {HASH_START, HASH_START, HASH_START};
    const uint64_t all = hash_rows(dag, model, dtype, data, 0, dag->rows, whole);
    for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
        uint64_t parts[DAG_ENDS_MAX] = {HASH_START, HASH_START, HASH_START};
        for (int64_t r = 0; r < dag->rows; r += cuts[c])
            hash_rows(dag, model, dtype, data, r, dag->rows - r < cuts[c] ? dag->rows - r : cuts[c],
                      parts);
        if (!CHECK(memcmp(parts, whole, (size_t)dag->n_outputs * sizeof *whole) == 0))
            fprintf(stderr, "  %s: rows cut by %d differ\n", dag->name, (int)cuts[c]);
    }
    return all;
}

static double value_at(const void *values, enum fnn_dtype dtype, int64_t i)
{
    return dtype == FNN_F32 ? (double)((const float *)values)[i] : ((const double *)values)[i];
}

/* A run hands out what predict gives: the same bits, or up to roundings where predict folds a
 * normalisation into a product (some hundred terms, each at most as large as the largest value). */
static void check_handed_out(const struct dag *dag, struct fnn_model *model, enum fnn_dtype dtype,
                             const struct dag_data *data)
{
    struct fnn_trainer *trainer = dag_trainer(dag, model, dtype, dag->batch);
    struct fnn_run run = dag_run(dag, data);
    struct fnn_result result;
    void *out[DAG_ENDS_MAX] = {NULL}, *want[DAG_ENDS_MAX] = {NULL};
    const double limit = !dag->folds ? 0 : dtype == FNN_F32 ? 1000 * 0x1p-24 : 1000 * 0x1p-53;
    run.n_steps = (dag->rows + dag->batch - 1) / dag->batch;
    for (int32_t o = 0; o < dag->n_outputs; o++) {
        const size_t size = (size_t)(dag->rows * tensor_size(dag, dag->outputs[o]));
        REQUIRE((out[o] = malloc(size * dtype_size(dtype))) != NULL);
        REQUIRE((want[o] = malloc(size * dtype_size(dtype))) != NULL);
    }
    run.predictions = out;
    CHECK(fnn_trainer_evaluate(trainer, &run, &result) == FNN_OK);
    CHECK(fnn_model_predict(model, data->xs, want) == FNN_OK);
    for (int32_t o = 0; o < dag->n_outputs; o++) {
        const int64_t size = dag->rows * tensor_size(dag, dag->outputs[o]);
        double most = 0, largest = 0;
        for (int64_t i = 0; i < size; i++) {
            const double value = value_at(want[o], dtype, i);
            most = fmax(most, fabs(value_at(out[o], dtype, i) - value));
            largest = fmax(largest, fabs(value));
        }
        if (!CHECK(dag->folds ? most <= limit * largest
                              : memcmp(out[o], want[o], (size_t)size * dtype_size(dtype)) == 0))
            fprintf(stderr, "  %s: evaluate hands out other predictions\n", dag->name);
        free(out[o]);
        free(want[o]);
    }
    fnn_trainer_destroy(trainer);
}

/* Whole parameters, the first column and the first row obey. */
static void check_constraints(struct fnn_model *model, enum fnn_dtype dtype)
{
    for (int32_t p = 0; p < fnn_model_param_count(model); p++) {
        int64_t rows, cols;
        REQUIRE(fnn_model_param_shape(model, p, &rows, &cols) == FNN_OK);
        void *values = malloc((size_t)(rows * cols) * dtype_size(dtype));
        REQUIRE(values != NULL);
        CHECK(fnn_model_get_param(model, p, 0, values) == FNN_OK);
        double least = 0, sums[3] = {0}; /* of the column, the row, the whole */
        for (int64_t i = 0; i < rows * cols; i++) {
            const double v = value_at(values, dtype, i);
            if (v < least) least = v;
            if (i % cols == 0) sums[0] += v * v;
            if (i < cols) sums[1] += v * v;
            sums[2] += v * v;
        }
        if (constraint_of(p) == FNN_CON_NON_NEGATIVE)
            CHECK(least == 0);
        else /* a norm goes three quarters of the way to its bound in each step */
            CHECK(sqrt(sums[constraint_of(p) - FNN_CON_NORM_COLUMNS]) < 1.5 * norm_bounds()[1]);
        free(values);
    }
}

/* Three epochs; resumed: a fresh model and trainer take over in the middle of each. */
static struct outcome train(const struct dag *dag, enum fnn_dtype dtype, int resumed)
{
    struct dag_data data = dag_data_create(dag);
    struct fnn_model *model = dag_create(dag, dtype);
    REQUIRE(model != NULL);
    struct fnn_trainer *trainer = dag_trainer(dag, model, dtype, dag->batch);
    struct fnn_run run = dag_run(dag, &data);
    const int64_t steps = (dag->rows + dag->batch - 1) / dag->batch;
    double first = 0, last = 0;
    uint64_t allocated = 0;
    run.learning_rate = rates_of(dag);
    for (int epoch = 0; epoch < 3; epoch++) {
        struct fnn_result result;
        run.first_step = 0;
        run.n_steps = resumed ? steps / 2 : steps;
        CHECK(fnn_trainer_fit(trainer, &run, &result) == FNN_OK);
        if (resumed) {
            struct fnn_model *fresh = dag_create(dag, dtype);
            copy_state(dtype, dag->optimizer, model, fresh);
            fnn_trainer_destroy(trainer);
            fnn_model_destroy(model);
            model = fresh;
            trainer = dag_trainer(dag, model, dtype, dag->batch);
            run.first_step = run.n_steps;
            run.n_steps = steps - run.n_steps;
            CHECK(fnn_trainer_fit(trainer, &run, &result) == FNN_OK);
            continue;
        }
        if (dag->restricted) check_constraints(model, dtype);
        last = dag_loss(dag, &result);
        if (epoch == 0) first = last;
        if (epoch == 0) allocated = fnn_allocation_count();
        CHECK(fnn_allocation_count() == allocated);
    }
    /* A constraint may cost more than three epochs win. */
    if (!resumed && !dag->restricted && !CHECK(last < first))
        fprintf(stderr, "  %s: loss %g, then %g\n", dag->name, first, last);
    struct outcome out = {hash_state(model, dtype, dag->optimizer),
                          hash_predictions(dag, model, dtype, &data), 0};
    check_handed_out(dag, model, dtype, &data);
    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
    dag_data_destroy(&data);
    return out;
}

/* A few iterations of L-BFGS over all rows: a smaller loss, and that of the weights it ends at. */
static uint64_t minimize(const struct dag *dag, enum fnn_dtype dtype)
{
    static const struct fnn_minimize spec = {.learning_rate = 1, .max_iterations = 4, .max_evaluations = 20,
                                             .history = 3};
    struct dag_data data = dag_data_create(dag);
    struct fnn_model *model = dag_create(dag, dtype);
    REQUIRE(model != NULL);
    struct fnn_trainer *trainer = dag_trainer(dag, model, dtype, dag->rows);
    struct fnn_run run = dag_run(dag, &data);
    run.n_steps = 1;
    struct fnn_result result;
    if (dag->restricted) CHECK(fnn_trainer_minimize(trainer, &run, &spec, &result) == FNN_ERR_STATE);
    for (int32_t p = 0; p < fnn_model_param_count(model); p++)
        CHECK(fnn_model_set_constraint(model, p, FNN_CON_NONE, NULL, 0, 0) == FNN_OK);
    const double before = loss_with(dag, trainer, &run);
    CHECK(fnn_trainer_minimize(trainer, &run, &spec, &result) == FNN_OK);
    const double after = dag_loss(dag, &result);
    if (!CHECK(after < before && result.steps_done == 4))
        fprintf(stderr, "  %s: loss %g, minimized %g\n", dag->name, before, after);
    CHECK(differs_in_training(dag) || loss_with(dag, trainer, &run) == after);
    const uint64_t hash = hash_state(model, dtype, FNN_OPT_SGD); /* which has no slots */
    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
    dag_data_destroy(&data);
    return hash;
}

enum { OUTCOMES = 2 * DAGS };
static const char *name_of(size_t i) { return dags[i / 2].name; }

static void run_tier(const char *isa, void *results)
{
    struct outcome *outcomes = results;
    for (int i = 0; i < OUTCOMES; i++) {
        const enum fnn_dtype dtype = i % 2 ? FNN_F64 : FNN_F32;
        for (int threads = 1; threads <= 4; threads++) { /* the fourth round: resumed, on two */
            fnn_set_num_threads(threads < 4 ? threads : 2);
            const struct outcome now = train(&dags[i / 2], dtype, threads == 4);
            if (threads == 1) outcomes[i] = now;
            if (!CHECK(now.state == outcomes[i].state && now.prediction == outcomes[i].prediction))
                fprintf(stderr, "  %s: %s differs in round %d\n", isa, dags[i / 2].name, threads);
            if (threads > 2) continue;
            const uint64_t minimum = minimize(&dags[i / 2], dtype);
            if (threads == 1) outcomes[i].minimum = minimum;
            if (!CHECK(minimum == outcomes[i].minimum))
                fprintf(stderr, "  %s: %s is minimized to other bits\n", isa, dags[i / 2].name);
        }
    }
    fnn_set_num_threads(1);
    for (int i = 0; i < DAGS; i++)
        if (!differs_in_training(&dags[i])) check_gradients(&dags[i]);
}

int main(void)
{
    struct outcome outcomes[OUTCOMES] = {{0, 0, 0}};
    if (tiers_run(run_tier, outcomes, OUTCOMES, sizeof *outcomes, name_of))
        for (int n = 0; n < OUTCOMES; n++)
            printf("hash %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %s%s\n", outcomes[n].state,
                   outcomes[n].prediction, outcomes[n].minimum, name_of((size_t)n),
                   n % 2 ? " f64" : "");
    return check_done("graph");
}
