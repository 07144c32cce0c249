/* test_graph.c: nets that are no chains. Gradients are those of finite differences; the bits of
 * weights, slots and predictions are the same for every instruction set, for 1, 2 and 3 threads,
 * for a run stopped and resumed, and for rows predicted alone. Specs that are no models are
 * refused. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>

#include "dags.h"
#include "tiers.h"

struct outcome {
    uint64_t state, prediction;
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

/* The frozen op of a net, whose parameters must not move; -1 when there is none. */
static int32_t frozen_param(const struct dag *dag)
{
    int32_t param = 0;
    for (int32_t i = 0; i < dag_op_count(dag); i++) {
        if (dag->ops[i].kind != FNN_OP_DENSE || dag->ops[i].shares > 0) continue;
        if (!dag->ops[i].trainable) return param;
        param += 2;
    }
    return -1;
}

/* One step of plain descent moves each parameter by the gradient, whose elements (some of them,
 * where there are many) are compared with central differences of the loss. */
static void check_gradients(const struct dag *dag)
{
    struct dag_data data = dag_data_create(dag);
    struct fnn_model *model = dag_create(dag, FNN_F64);
    REQUIRE(model != NULL);
    CHECK(fnn_model_set_optimizer(model, FNN_OPT_SGD, net_hyper_adam) == FNN_OK);
    struct fnn_trainer *trainer = dag_trainer(dag, model, dag->rows);
    struct fnn_run run = dag_run(dag, &data);
    static const double one = 1, none[FNN_HYPER_MAX];
    run.n_steps = 1;
    run.learning_rate = &one;
    run.hyper = none;
    const int32_t frozen = frozen_param(dag);
    for (int32_t p = 0; p < fnn_model_param_count(model); p++) {
        /* Every parameter is put back at once, so that each sees the same point. */
        const int32_t count = fnn_model_param_count(model);
        double *start[2 * DAG_OPS_MAX];
        int64_t n = 0, size = 0;
        for (int32_t q = 0; q < count; q++) start[q] = param_values(model, q, &n);
        struct fnn_result result;
        CHECK(fnn_trainer_fit(trainer, &run, &result) == FNN_OK);
        double *moved = param_values(model, p, &size);
        for (int32_t q = 0; q < count; q++) CHECK(fnn_model_set_param(model, q, 0, start[q]) == FNN_OK);
        const int64_t step = size > 12 ? size / 12 : 1;
        for (int64_t i = 0; i < size; i += step) {
            const double at = start[p][i], h = 1e-5, gradient = at - moved[i];
            if (p == frozen || (frozen >= 0 && p == frozen + 1)) {
                CHECK(gradient == 0);
                continue;
            }
            start[p][i] = at + h;
            CHECK(fnn_model_set_param(model, p, 0, start[p]) == FNN_OK);
            const double above = loss_with(dag, trainer, &run);
            start[p][i] = at - h;
            CHECK(fnn_model_set_param(model, p, 0, start[p]) == FNN_OK);
            const double slope = (above - loss_with(dag, trainer, &run)) / (2 * h);
            start[p][i] = at;
            CHECK(fnn_model_set_param(model, p, 0, start[p]) == FNN_OK);
            /* h^2 times third derivatives of order 1 to 100, and rounding 1e-16 / h. */
            if (!CHECK(fabs(slope - gradient) < 1e-7 * (1 + fabs(gradient))))
                fprintf(stderr, "  %s: parameter %d, element %d: gradient %.9g, differences %.9g\n",
                        dag->name, (int)p, (int)i, gradient, slope);
        }
        for (int32_t q = 0; q < count; q++) free(start[q]);
        free(moved);
    }
    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
    dag_data_destroy(&data);
}

/* Whether training computes another function than evaluation. */
static int differs_in_training(const struct dag *dag)
{
    for (int32_t i = 0; i < dag_op_count(dag); i++)
        if (dag->ops[i].kind == FNN_OP_DROPOUT || dag->ops[i].kind == FNN_OP_BATCH_NORM) return 1;
    return 0;
}

/* ---- bits ------------------------------------------------------------------- */

static uint64_t hash_state(struct fnn_model *model, const struct dag *dag, enum fnn_dtype dtype)
{
    const struct net like = {.dtype = dtype, .optimizer = dag->optimizer};
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

/* A run hands out what predict gives. */
static void check_handed_out(const struct dag *dag, struct fnn_model *model, enum fnn_dtype dtype,
                             const struct dag_data *data, uint64_t want)
{
    struct fnn_trainer *trainer = dag_trainer(dag, model, dag->batch);
    struct fnn_run run = dag_run(dag, data);
    struct fnn_result result;
    void *out[DAG_ENDS_MAX] = {NULL};
    uint64_t hash[DAG_ENDS_MAX], all = HASH_START;
    run.n_steps = (dag->rows + dag->batch - 1) / dag->batch;
    for (int32_t o = 0; o < dag->n_outputs; o++) {
        const size_t size = (size_t)(dag->rows * tensor_size(dag, dag->outputs[o]));
        REQUIRE((out[o] = malloc(size * dtype_size(dtype))) != NULL);
    }
    run.predictions = out;
    CHECK(fnn_trainer_evaluate(trainer, &run, &result) == FNN_OK);
    for (int32_t o = 0; o < dag->n_outputs; o++) {
        const size_t size = (size_t)(dag->rows * tensor_size(dag, dag->outputs[o]));
        hash[o] = hash_bytes(HASH_START, out[o], size * dtype_size(dtype));
        free(out[o]);
    }
    if (!CHECK(hash_bytes(all, hash, (size_t)dag->n_outputs * sizeof *hash) == want))
        fprintf(stderr, "  %s: evaluate hands out other predictions\n", dag->name);
    fnn_trainer_destroy(trainer);
}

static void copy_state(const struct dag *dag, enum fnn_dtype dtype, struct fnn_model *from,
                       struct fnn_model *to)
{
    for (int32_t p = 0; p < fnn_model_param_count(from); p++) {
        int64_t rows, cols;
        REQUIRE(fnn_model_param_shape(from, p, &rows, &cols) == FNN_OK);
        void *values = malloc((size_t)(rows * cols) * dtype_size(dtype));
        REQUIRE(values != NULL);
        for (int32_t s = 0; s <= fnn_optimizer_slots(dag->optimizer); s++) {
            CHECK(fnn_model_get_param(from, p, s, values) == FNN_OK);
            CHECK(fnn_model_set_param(to, p, s, values) == FNN_OK);
        }
        free(values);
    }
    CHECK(fnn_model_set_iterations(to, fnn_model_iterations(from)) == FNN_OK);
}

/* Three epochs; resumed: a fresh model and trainer take over in the middle of each. */
static struct outcome train(const struct dag *dag, enum fnn_dtype dtype, int resumed)
{
    struct dag_data data = dag_data_create(dag);
    struct fnn_model *model = dag_create(dag, dtype);
    REQUIRE(model != NULL);
    struct fnn_trainer *trainer = dag_trainer(dag, model, dag->batch);
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
            copy_state(dag, dtype, model, fresh);
            fnn_trainer_destroy(trainer);
            fnn_model_destroy(model);
            model = fresh;
            trainer = dag_trainer(dag, model, dag->batch);
            run.first_step = run.n_steps;
            run.n_steps = steps - run.n_steps;
            CHECK(fnn_trainer_fit(trainer, &run, &result) == FNN_OK);
            continue;
        }
        last = dag_loss(dag, &result);
        if (epoch == 0) first = last;
        if (epoch == 0) allocated = fnn_allocation_count();
        CHECK(fnn_allocation_count() == allocated);
    }
    if (!resumed && !CHECK(last < first)) fprintf(stderr, "  %s: loss %g, then %g\n", dag->name, first, last);
    struct outcome out = {hash_state(model, dag, dtype), hash_predictions(dag, model, dtype, &data)};
    check_handed_out(dag, model, dtype, &data, out.prediction);
    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
    dag_data_destroy(&data);
    return out;
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
        }
    }
    fnn_set_num_threads(1);
    for (int i = 0; i < DAGS; i++)
        if (!differs_in_training(&dags[i])) check_gradients(&dags[i]);
}

/* ---- specs that are no models ------------------------------------------------- */

struct parts {
    struct fnn_tensor_spec tensors[5];
    struct fnn_op_spec ops[3];
    int32_t in[3][3], ends[2], outputs[2];
    struct fnn_model_spec spec;
};

/* Two inputs of four, a dense each (the second with the first's weights), and their sum. */
static void parts_init(struct parts *p)
{
    *p = (struct parts){
        .tensors = {{1, 4}, {1, 4}, {1, 3}, {1, 3}, {1, 3}},
        .ops = {{.kind = FNN_OP_DENSE, .n_inputs = 1, .output = 2, .use_bias = 1},
                {.kind = FNN_OP_DENSE, .n_inputs = 1, .output = 3, .use_bias = 1, .shares = 1},
                {.kind = FNN_OP_ADD, .n_inputs = 2, .output = 4}},
        .in = {{0}, {1}, {2, 3, 3}}, .ends = {0, 1}, .outputs = {4},
    };
    for (int i = 0; i < 3; i++) p->ops[i].inputs = p->in[i];
    p->spec = (struct fnn_model_spec){FNN_F32, p->tensors, 5, p->ops, 3, p->ends, 2, p->outputs, 1};
}

static void expect_create(const struct parts *p, enum fnn_status want, int line)
{
    struct fnn_model *model = NULL;
    const enum fnn_status got = fnn_model_create(&p->spec, &model);
    if (!CHECK(got == want)) fprintf(stderr, "  line %d: %s\n", line, fnn_status_name(got));
    CHECK((model != NULL) == (got == FNN_OK));
    fnn_model_destroy(model);
}

#define SPEC(change, status)                                   \
    do {                                                       \
        struct parts p;                                        \
        parts_init(&p);                                        \
        change;                                                \
        expect_create(&p, status, __LINE__);                   \
    } while (0)
#define BAD(change) SPEC(change, FNN_ERR_ARGUMENT)

static void test_specs(void)
{
    SPEC((void)0, FNN_OK);
    SPEC(p.ops[2].kind = FNN_OP_SUBTRACT, FNN_OK);
    SPEC(p.ops[2].n_inputs = 3, FNN_OK);                  /* one tensor twice */
    BAD((p.ops[2].kind = FNN_OP_SUBTRACT, p.ops[2].n_inputs = 3));
    BAD(p.ops[2].n_inputs = 1);
    BAD(p.ops[2].n_inputs = 0);
    BAD(p.ops[2].n_inputs = -4);
    BAD(p.ops[1].inputs = NULL);
    BAD(p.in[0][0] = 4);                                  /* a cycle */
    BAD(p.in[0][0] = 2);                                  /* of one */
    BAD(p.in[1][0] = 5);
    BAD(p.in[1][0] = -1);
    BAD(p.in[2][1] = 2);                                  /* nobody reads 3 */
    BAD(p.ops[1].output = 2);                             /* written twice */
    BAD(p.ops[1].output = 1);                             /* an input is written */
    BAD(p.tensors[4].width = 4);
    BAD(p.tensors[3] = p.tensors[0]);
    BAD(p.ends[1] = 0);
    BAD(p.ends[1] = 7);
    BAD(p.spec.n_inputs = 0);
    BAD(p.spec.n_inputs = 1);
    BAD(p.spec.n_inputs = FNN_INPUTS_MAX + 1);
    BAD(p.spec.inputs = NULL);
    BAD(p.spec.n_outputs = 0);
    BAD(p.spec.n_outputs = FNN_OUTPUTS_MAX + 1);
    BAD(p.spec.outputs = NULL);
    BAD(p.outputs[0] = 0);                                /* an input */
    BAD(p.outputs[0] = 9);
    BAD(p.spec.n_outputs = 2);                            /* 4, then the input 0 */
    BAD((p.spec.n_outputs = 2, p.outputs[1] = 4));        /* one output twice */
    SPEC((p.spec.n_outputs = 2, p.outputs[1] = 2), FNN_OK);
    BAD(p.ops[1].shares = 2);                             /* itself */
    BAD(p.ops[1].shares = 3);
    BAD(p.ops[1].shares = -1);
    BAD(p.ops[1].use_bias = 0);
    BAD((p.tensors[1].width = 5));
    BAD(p.ops[2].shares = 1);                             /* has no parameters */
    BAD(p.ops[2].kind = FNN_OP_COUNT);
    BAD(p.ops[2].kind = FNN_OP_CONCATENATE);
    SPEC((p.ops[2].kind = FNN_OP_CONCATENATE, p.tensors[4].width = 6), FNN_OK);
    SPEC((p.ops[2].kind = FNN_OP_CONCATENATE, p.tensors[4].positions = 2, p.ops[2].groups = 1), FNN_OK);
    BAD((p.ops[2].kind = FNN_OP_CONCATENATE, p.tensors[4].positions = 2, p.ops[2].groups = 2));
    BAD((p.ops[2].kind = FNN_OP_CONCATENATE, p.tensors[4].positions = 2, p.ops[2].groups = -1));
    SPEC((p.ops[2].kind = FNN_OP_DOT, p.ops[2].dot_axis[0] = p.ops[2].dot_axis[1] = 1,
          p.tensors[4].width = 1), FNN_OK);
    SPEC((p.ops[2].kind = FNN_OP_DOT, p.tensors[4].positions = 3), FNN_OK); /* outer product */
    BAD((p.ops[2].kind = FNN_OP_DOT, p.ops[2].dot_axis[0] = 1, p.tensors[4].width = 1));
    BAD((p.ops[2].kind = FNN_OP_DOT, p.ops[2].dot_axis[0] = p.ops[2].dot_axis[1] = 2,
         p.tensors[4].width = 1));
    BAD((p.ops[2].kind = FNN_OP_DOT, p.ops[2].n_inputs = 3));
}

/* Arrays that do not fit the net, one by one. */
static void test_runs(void)
{
    const struct dag *dag = &dags[2]; /* two towers */
    struct dag_data data = dag_data_create(dag);
    struct fnn_model *model = dag_create(dag, FNN_F32);
    struct fnn_trainer *trainer = dag_trainer(dag, model, 8);
    struct fnn_run run = dag_run(dag, &data);
    struct fnn_result result;
    float values[90];
    void *out[] = {values};
    run.n_steps = 1;
    CHECK(fnn_trainer_evaluate(trainer, &run, &result) == FNN_OK);
    const struct fnn_array good = data.xs[1];
    data.xs[1].cols = 5;
    CHECK(fnn_trainer_evaluate(trainer, &run, &result) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_predict(model, data.xs, out) == FNN_ERR_ARGUMENT);
    data.xs[1] = good;
    data.xs[1].rows--;
    CHECK(fnn_trainer_evaluate(trainer, &run, &result) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_predict(model, data.xs, out) == FNN_ERR_ARGUMENT);
    data.xs[1] = good;
    out[0] = NULL;
    CHECK(fnn_model_predict(model, data.xs, out) == FNN_ERR_ARGUMENT);
    data.ys[0].data = NULL;
    CHECK(fnn_trainer_evaluate(trainer, &run, &result) == FNN_ERR_ARGUMENT);
    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
    dag_data_destroy(&data);
}

int main(void)
{
    struct outcome outcomes[OUTCOMES] = {{0, 0}};
    if (tiers_run(run_tier, outcomes, OUTCOMES, sizeof *outcomes, name_of))
        for (int n = 0; n < OUTCOMES; n++)
            printf("hash %016" PRIx64 " %016" PRIx64 " %s%s\n", outcomes[n].state,
                   outcomes[n].prediction, name_of((size_t)n), n % 2 ? " f64" : "");
    REQUIRE(fnn_init(NULL) == FNN_OK);
    test_specs();
    test_runs();
    return check_done("graph");
}
