/* test_errors.c: every status is reached, for the reason its meaning gives, and a failed
 * call leaves what it was to write untouched and the model usable. */
#include <math.h>

#include "nets.h"

static const struct net small = {
    "4-6-3", FNN_F32, 4, {{6, FNN_ACT_RELU, 0}, {3, FNN_ACT_SOFTMAX, 0}},
    FNN_LOSS_SCCE, FNN_OPT_ADAM, 0.01, 40, 8, 1,
};

static void test_names(void)
{
    static const char *const names[] = {
        "FNN_OK", "FNN_ERR_ARGUMENT", "FNN_ERR_MEMORY", "FNN_ERR_STATE", "FNN_ERR_ISA",
        "FNN_ERR_INTERRUPTED", "FNN_ERR_LABEL", "FNN_ERR_BUSY", "FNN_ERR_INDEX",
        "FNN_ERR_VOCABULARY",
    };
    const int count = (int)(sizeof names / sizeof *names);
    CHECK(count == FNN_ERR_VOCABULARY + 1); /* the numbers are pinned */
    for (int i = 0; i < count; i++) {
        CHECK(strcmp(fnn_status_name((enum fnn_status)i), names[i]) == 0);
        CHECK(strlen(fnn_status_message((enum fnn_status)i)) > 0);
        for (int j = 0; j < i; j++)
            CHECK(strcmp(fnn_status_message((enum fnn_status)i),
                         fnn_status_message((enum fnn_status)j)) != 0);
    }
    CHECK(fnn_status_name((enum fnn_status)99) != NULL);
    CHECK(fnn_status_message((enum fnn_status)99) != NULL);
    CHECK(fnn_status_name((enum fnn_status)-1) != NULL);
}

static void test_isa(void)
{
    CHECK(strcmp(fnn_isa_selected(), "") == 0);
    CHECK(fnn_init("no-such-set") == FNN_ERR_ISA);
    CHECK(fnn_init("") == FNN_ERR_ISA);
    CHECK(strcmp(fnn_isa_selected(), "") == 0);
    size_t best = fnn_isa_count();
    for (size_t i = fnn_isa_count(); i-- > 0;) {
        if (fnn_isa_supported(i))
            best = i;
        else
            CHECK(fnn_init(fnn_isa_name(i)) == FNN_ERR_ISA);
    }
    REQUIRE(best < fnn_isa_count());
    CHECK(fnn_init(NULL) == FNN_OK);
    CHECK(strcmp(fnn_isa_selected(), fnn_isa_name(best)) == 0);
    CHECK(fnn_init(fnn_isa_name(best)) == FNN_OK);
    for (size_t i = 0; i < fnn_isa_count(); i++)
        if (i != best) CHECK(fnn_init(fnn_isa_name(i)) == FNN_ERR_ISA);
    CHECK(strcmp(fnn_isa_name(fnn_isa_count()), "") == 0);
    CHECK(!fnn_isa_supported(fnn_isa_count()));
}

/* A valid one-layer spec, to be broken in one place at a time. */
struct parts {
    struct fnn_tensor_spec tensors[3];
    struct fnn_op_spec ops[2];
    struct fnn_model_spec spec;
};

static void parts_init(struct parts *p)
{
    *p = (struct parts){
        .tensors = {{1, 4}, {1, 3}, {1, 3}},
        .ops = {{.kind = FNN_OP_DENSE, .inputs = net_number, .n_inputs = 1, .output = 1,
                 .use_bias = 1, .trainable = 1},
                {.kind = FNN_OP_DROPOUT, .inputs = net_number + 1, .n_inputs = 1,
                 .output = 2, .rate = 0.5}},
    };
    p->spec = (struct fnn_model_spec){FNN_F32, p->tensors, 3, p->ops, 2, net_number, 1,
                                      net_number + 2, 1};
}

static void expect_create(const struct parts *p, enum fnn_status want, int line)
{
    struct fnn_model *const untouched = (struct fnn_model *)(void *)&small;
    struct fnn_model *model = untouched;
    const enum fnn_status got = fnn_model_create(&p->spec, &model);
    if (!CHECK(got == want)) fprintf(stderr, "  line %d: %s\n", line, fnn_status_name(got));
    if (got == FNN_OK)
        fnn_model_destroy(model);
    else
        CHECK(model == untouched);
}

/* Breaks a fresh spec by one assignment and expects the status. */
#define BAD(assignment, status)                \
    do {                                       \
        struct parts p;                        \
        parts_init(&p);                        \
        assignment;                            \
        expect_create(&p, status, __LINE__);   \
    } while (0)

static const int32_t minus = -1;

static void test_specs(void)
{
    BAD((void)0, FNN_OK);
    BAD(p.spec.dtype = FNN_F16, FNN_ERR_ARGUMENT);
    BAD(p.spec.dtype = FNN_I32, FNN_ERR_ARGUMENT);
    BAD(p.spec.tensors = NULL, FNN_ERR_ARGUMENT);
    BAD(p.spec.ops = NULL, FNN_ERR_ARGUMENT);
    BAD(p.spec.n_ops = 0, FNN_ERR_ARGUMENT);
    BAD(p.spec.n_ops = -1, FNN_ERR_ARGUMENT);
    BAD(p.spec.n_tensors = 2, FNN_ERR_ARGUMENT);
    BAD(p.tensors[0].width = 0, FNN_ERR_ARGUMENT);
    BAD(p.tensors[1].width = -5, FNN_ERR_ARGUMENT);
    BAD(p.tensors[0].positions = 0, FNN_ERR_ARGUMENT);
    BAD(p.tensors[0].positions = 2, FNN_ERR_ARGUMENT); /* dense keeps positions */
    BAD(p.tensors[2].width = 4, FNN_ERR_ARGUMENT);     /* dropout keeps the shape */
    BAD(p.ops[0].kind = FNN_OP_COUNT, FNN_ERR_ARGUMENT);
    BAD(p.ops[0].kind = (enum fnn_op_kind)-1, FNN_ERR_ARGUMENT);
    BAD(p.ops[0].activation = FNN_ACT_COUNT, FNN_ERR_ARGUMENT);
    BAD(p.ops[0].activation = (enum fnn_activation)-1, FNN_ERR_ARGUMENT);
    BAD(p.ops[0].inputs = net_number + 1, FNN_ERR_ARGUMENT);
    BAD(p.ops[0].inputs = &minus, FNN_ERR_ARGUMENT);
    BAD(p.ops[1].inputs = net_number + 3, FNN_ERR_ARGUMENT);
    BAD(p.ops[1].output = 0, FNN_ERR_ARGUMENT);
    BAD(p.ops[1].output = 1, FNN_ERR_ARGUMENT);
    BAD(p.ops[1].output = 3, FNN_ERR_ARGUMENT);
    BAD(p.ops[1].rate = 1.5, FNN_ERR_ARGUMENT);
    BAD(p.ops[1].rate = -0.1, FNN_ERR_ARGUMENT);
    BAD(p.ops[1].rate = NAN, FNN_ERR_ARGUMENT);
    BAD((p.ops[1].kind = FNN_OP_RESHAPE, p.tensors[2].positions = 3), FNN_ERR_ARGUMENT);
    BAD((p.ops[1].kind = FNN_OP_RESHAPE, p.tensors[2].positions = 3, p.tensors[2].width = 1),
        FNN_OK);
    static const int32_t orders[][3] = {{2, 0, 1}, {0, 1, 1}, {0, 1, 3}, {-1, 0, 1}};
    BAD(p.ops[1].kind = FNN_OP_PERMUTE, FNN_ERR_ARGUMENT);
    for (int i = 0; i < 4; i++)
        BAD((p.ops[1].kind = FNN_OP_PERMUTE, p.ops[1].order = orders[i]),
            i == 0 ? FNN_OK : FNN_ERR_ARGUMENT);
    CHECK(fnn_model_create(NULL, NULL) == FNN_ERR_ARGUMENT);
    struct parts p;
    parts_init(&p);
    CHECK(fnn_model_create(&p.spec, NULL) == FNN_ERR_ARGUMENT);
}

/* Sizes that no address space holds, and a sum of sizes that does not fit in 64 bits. */
static void test_memory(void)
{
    const int64_t huge = (int64_t)1 << 31;
    BAD((p.tensors[0].width = huge / 2, p.tensors[1].width = p.tensors[2].width = huge / 2),
        FNN_ERR_MEMORY);
    BAD((p.ops[1] = p.ops[0], p.ops[1].inputs = net_number + 1, p.ops[1].output = 2,
         p.tensors[0].width = p.tensors[1].width = p.tensors[2].width = huge),
        FNN_ERR_MEMORY);
    struct fnn_tensor_spec tensors[5];
    struct fnn_op_spec ops[4];
    for (int i = 0; i < 5; i++) tensors[i] = (struct fnn_tensor_spec){1, huge};
    for (int i = 0; i < 4; i++)
        ops[i] = (struct fnn_op_spec){.kind = FNN_OP_DENSE, .inputs = net_number + i, .n_inputs = 1,
                                      .output = i + 1};
    const struct fnn_model_spec spec = {FNN_F32, tensors, 5, ops, 4, net_number, 1,
                                        net_number + 4, 1};
    struct fnn_model *model = NULL;
    CHECK(fnn_model_create(&spec, &model) == FNN_ERR_MEMORY);
    CHECK(model == NULL);
}

static void test_parameters(struct fnn_model *model)
{
    int64_t rows = -7, cols = -7;
    float values[24];
    for (int i = 0; i < 24; i++) values[i] = -7;
    const int32_t count = fnn_model_param_count(model);
    CHECK(count == 4);
    CHECK(fnn_model_param_shape(model, -1, &rows, &cols) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_param_shape(model, count, &rows, &cols) == FNN_ERR_ARGUMENT);
    CHECK(rows == -7 && cols == -7);
    CHECK(fnn_model_get_param(model, -1, 0, values) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_get_param(model, count, 0, values) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_get_param(model, 0, 0, NULL) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_set_param(model, 0, 0, NULL) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_get_param(model, 0, 3, values) != FNN_OK); /* Adam has two slots */
    CHECK(fnn_model_get_param(model, 0, -1, values) != FNN_OK);
    int untouched = 1;
    for (int i = 0; i < 24; i++) untouched &= values[i] == -7;
    CHECK(untouched);
    CHECK(fnn_model_set_optimizer(model, FNN_OPT_COUNT, net_hyper_adam) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_set_optimizer(model, (enum fnn_optimizer)-1, net_hyper_adam) == FNN_ERR_ARGUMENT);
    const struct fnn_update_spec bad[] = {
        {.clipnorm = -1}, {.global_clipnorm = NAN}, {.loss_scale = -2}, {.accumulate = -1},
        {.use_ema = 1, .ema_momentum = 1.5}, {.ema_overwrite = -1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(fnn_model_set_update(model, &bad[i]) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_set_update(model, NULL) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_get_param(model, 0, FNN_SLOT_AVERAGE, values) == FNN_ERR_STATE);
    CHECK(fnn_model_set_trainable(model, 2, 1) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_set_trainable(model, -1, 1) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_set_iterations(model, -1) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_iterations(model) == 0);
}

static void test_predict(struct fnn_model *model, const struct data *data)
{
    float values[40 * 3];
    void *const out[] = {values};
    for (int i = 0; i < 120; i++) values[i] = -7;
    struct fnn_array x = data->x_array;
    CHECK(fnn_model_predict(model, NULL, out) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_predict(model, &x, NULL) == FNN_ERR_ARGUMENT);
    x.cols = 3;
    CHECK(fnn_model_predict(model, &x, out) == FNN_ERR_ARGUMENT);
    x.cols = 5;
    CHECK(fnn_model_predict(model, &x, out) == FNN_ERR_ARGUMENT);
    x = data->x_array;
    x.dtype = FNN_DTYPE_COUNT;
    CHECK(fnn_model_predict(model, &x, out) == FNN_ERR_ARGUMENT);
    x = data->x_array;
    x.rows = -1;
    CHECK(fnn_model_predict(model, &x, out) == FNN_ERR_ARGUMENT);
    x = data->x_array;
    x.data = NULL;
    CHECK(fnn_model_predict(model, &x, out) == FNN_ERR_ARGUMENT);
    x = data->x_array;
    x.rows = 0;
    CHECK(fnn_model_predict(model, &x, out) == FNN_OK); /* nothing to do is not an error */
    int untouched = 1;
    for (int i = 0; i < 120; i++) untouched &= values[i] == -7;
    CHECK(untouched);
}

static void expect_trainer(struct fnn_model *model, const struct fnn_trainer_spec *spec,
                           enum fnn_status want, int line)
{
    struct fnn_trainer *const untouched = (struct fnn_trainer *)(void *)&small;
    struct fnn_trainer *trainer = untouched;
    const enum fnn_status got = fnn_trainer_create(model, spec, &trainer);
    if (!CHECK(got == want)) fprintf(stderr, "  line %d: %s\n", line, fnn_status_name(got));
    if (got == FNN_OK)
        fnn_trainer_destroy(trainer);
    else
        CHECK(trainer == untouched);
}

static void test_trainer_specs(struct fnn_model *model)
{
    struct fnn_metric_spec metrics[FNN_METRICS_MAX + 1] = {{.kind = FNN_METRIC_SPARSE_ACCURACY}};
    const struct fnn_output_spec output = {.has_loss = 1, .loss = FNN_LOSS_SCCE, .loss_weight = 1,
                                           .metrics = metrics, .n_metrics = 1};
    struct fnn_output_spec o;
    const struct fnn_trainer_spec good = {.batch = 8, .outputs = &o, .n_outputs = 1};
#define BAD_TRAINER(assignment, status)                      \
    do {                                                     \
        struct fnn_trainer_spec s = good;                    \
        o = output;                                          \
        assignment;                                          \
        expect_trainer(model, &s, status, __LINE__);         \
    } while (0)
    BAD_TRAINER((void)0, FNN_OK);
    BAD_TRAINER(s.batch = 0, FNN_ERR_ARGUMENT);
    BAD_TRAINER(s.batch = -3, FNN_ERR_ARGUMENT);
    BAD_TRAINER(o.loss = FNN_LOSS_COUNT, FNN_ERR_ARGUMENT);
    BAD_TRAINER(o.loss = (enum fnn_loss)-1, FNN_ERR_ARGUMENT);
    BAD_TRAINER(o.reduction = (enum fnn_reduction)3, FNN_ERR_ARGUMENT);
    BAD_TRAINER(o.n_metrics = FNN_METRICS_MAX + 1, FNN_ERR_ARGUMENT);
    BAD_TRAINER(o.n_metrics = -1, FNN_ERR_ARGUMENT);
    BAD_TRAINER(o.metrics = NULL, FNN_ERR_ARGUMENT);
    metrics[0].kind = FNN_METRIC_COUNT;
    BAD_TRAINER((void)0, FNN_ERR_ARGUMENT);
    metrics[0] = (struct fnn_metric_spec){.kind = FNN_METRIC_LOSS, .loss = FNN_LOSS_COUNT};
    BAD_TRAINER((void)0, FNN_ERR_ARGUMENT);
    BAD_TRAINER(s.batch = INT64_MAX / 2, FNN_ERR_ARGUMENT);
    BAD_TRAINER(s.outputs = NULL, FNN_ERR_ARGUMENT);
    BAD_TRAINER(s.n_outputs = 2, FNN_ERR_ARGUMENT);
    BAD_TRAINER(s.n_outputs = 0, FNN_ERR_ARGUMENT);
    expect_trainer(NULL, &good, FNN_ERR_ARGUMENT, __LINE__);
    expect_trainer(model, NULL, FNN_ERR_ARGUMENT, __LINE__);
}

static const double rates[8] = {0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01};

static struct fnn_run full_run(const struct data *data)
{
    return (struct fnn_run){.x = &data->x_array, .y = &data->y_array, .n_rows = small.rows,
                            .n_steps = net_steps(&small), .learning_rate = rates,
                            .hyper = net_hyper_adam};
}

static void test_runs(struct fnn_model *model, struct data *data)
{
    struct fnn_trainer *trainer = net_trainer(&small, model);
    const uint64_t before = model_hash(&small, model, 1);
    struct fnn_result result = {.steps_done = -7};
#define BAD_RUN(assignment)                                                    \
    do {                                                                       \
        struct fnn_run run = full_run(data);                                   \
        assignment;                                                            \
        const enum fnn_status got = fnn_trainer_fit(trainer, &run, &result);   \
        if (!CHECK(got == FNN_ERR_ARGUMENT))                                   \
            fprintf(stderr, "  got %s\n", fnn_status_name(got));               \
    } while (0)
    struct fnn_array other;
    BAD_RUN(run.x = NULL);
    BAD_RUN(run.y = NULL);
    BAD_RUN(run.learning_rate = NULL);
    BAD_RUN(run.hyper = NULL);
    BAD_RUN(run.n_rows = -1);
    BAD_RUN(run.first_step = -1);
    BAD_RUN(run.n_steps = -1);
    BAD_RUN(run.first_step = 1); /* one step past the end of the epoch */
    BAD_RUN(run.n_rows = small.rows + 1);
    BAD_RUN((other = data->x_array, other.cols = 5, run.x = &other));
    BAD_RUN((other = data->x_array, other.dtype = FNN_DTYPE_COUNT, run.x = &other));
    BAD_RUN((other = data->y_array, other.rows = small.rows - 1, run.y = &other));
    BAD_RUN((other = data->y_array, other.cols = 2, run.y = &other));
    BAD_RUN((other = data->x_array, other.cols = 2, run.sample_weight = &other));
    struct fnn_run run = full_run(data);
    CHECK(fnn_trainer_fit(NULL, &run, &result) == FNN_ERR_ARGUMENT);
    CHECK(fnn_trainer_fit(trainer, NULL, &result) == FNN_ERR_ARGUMENT);
    CHECK(fnn_trainer_fit(trainer, &run, NULL) == FNN_ERR_ARGUMENT);
    CHECK(fnn_trainer_evaluate(trainer, NULL, &result) == FNN_ERR_ARGUMENT);
    CHECK(result.steps_done == -7);
    CHECK(model_hash(&small, model, 1) == before);
    fnn_trainer_destroy(trainer);
}

/* A bad row stops the run in front of the step that holds it; the steps before it count. */
static void test_bad_rows(struct data *data)
{
    for (int kind = 0; kind < 4; kind++) {
        struct fnn_model *model = net_create(&small);
        REQUIRE(model != NULL);
        struct fnn_trainer *trainer = net_trainer(&small, model);
        struct fnn_run run = full_run(data);
        run.order = data->order;
        for (int64_t i = 0; i < small.rows; i++) data->order[i] = i;
        const int64_t place = 19, kept = data->labels[place];
        const int index = kind >= 2;
        if (index)
            data->order[place] = kind == 2 ? small.rows : -1;
        else
            data->labels[place] = kind == 0 ? 3 : -1;
        struct fnn_result result = {0};
        CHECK(fnn_trainer_fit(trainer, &run, &result) == (index ? FNN_ERR_INDEX : FNN_ERR_LABEL));
        CHECK(result.steps_done == place / small.batch);
        CHECK(result.bad_row == place);
        CHECK(fnn_model_iterations(model) == place / small.batch);
        CHECK(isfinite(result.loss_sum[0]) && result.loss_weight[0] == (double)(place / small.batch * small.batch));
        CHECK(fnn_trainer_evaluate(trainer, &run, &result) == (index ? FNN_ERR_INDEX : FNN_ERR_LABEL));
        data->labels[place] = kept;
        data->order[place] = place;

        /* The same state as after a run of just those steps; and the model goes on. */
        struct fnn_model *twin = net_create(&small);
        REQUIRE(twin != NULL);
        struct fnn_trainer *twin_trainer = net_trainer(&small, twin);
        run.n_steps = place / small.batch;
        CHECK(fnn_trainer_fit(twin_trainer, &run, &result) == FNN_OK);
        CHECK(model_hash(&small, model, 1) == model_hash(&small, twin, 1));
        run = full_run(data);
        CHECK(fnn_trainer_fit(trainer, &run, &result) == FNN_OK);
        fnn_trainer_destroy(twin_trainer);
        fnn_model_destroy(twin);
        fnn_trainer_destroy(trainer);
        fnn_model_destroy(model);
    }
}

static void test_state(struct data *data)
{
    struct fnn_model *model = net_create(&small);
    REQUIRE(model != NULL);
    CHECK(fnn_model_set_optimizer(model, FNN_OPT_NONE, net_hyper_adam) == FNN_OK);
    struct fnn_trainer *trainer = net_trainer(&small, model);
    struct fnn_run run = full_run(data);
    struct fnn_result result = {.steps_done = -7};
    CHECK(fnn_trainer_fit(trainer, &run, &result) == FNN_ERR_STATE);
    CHECK(result.steps_done == -7);
    CHECK(fnn_trainer_evaluate(trainer, &run, &result) == FNN_OK); /* needs no optimiser */
    float values[24];
    CHECK(fnn_model_get_param(model, 0, 1, values) == FNN_ERR_STATE);
    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
}

/* The poll callback runs while the model is being trained: a second run is refused there,
 * and the first one stops when asked to. */
struct polled {
    struct fnn_model *model;
    struct fnn_trainer *other;
    const struct fnn_run *run;
    enum fnn_status fit, set;
    int calls, stop_at;
};

static int on_poll(void *arg)
{
    struct polled *p = arg;
    struct fnn_result result;
    float bias[6] = {0};
    p->fit = fnn_trainer_fit(p->other, p->run, &result);
    p->set = fnn_model_set_param(p->model, 1, 0, bias);
    return ++p->calls >= p->stop_at;
}

static void test_poll(struct data *data)
{
    /* Long enough to be polled: about a second of tiny steps if it is never stopped. */
    enum { STEPS = 400000 };
    struct fnn_model *model = net_create(&small);
    double *many = malloc(STEPS * sizeof *many);
    int64_t *order = malloc(STEPS * (size_t)small.batch * sizeof *order);
    REQUIRE(model != NULL && many != NULL && order != NULL);
    for (int i = 0; i < STEPS; i++) many[i] = 0.001;
    for (int64_t i = 0; i < STEPS * small.batch; i++) order[i] = i % small.rows;
    struct fnn_trainer *trainer = net_trainer(&small, model), *other = net_trainer(&small, model);
    struct fnn_run run = full_run(data);
    const struct fnn_run plain = run;
    struct polled polled = {.model = model, .other = other, .run = &plain, .stop_at = 2};
    run.order = order;
    run.n_rows = STEPS * small.batch;
    run.n_steps = STEPS;
    run.learning_rate = many;
    run.poll = on_poll;
    run.poll_arg = &polled;
    struct fnn_result result = {0};
    CHECK(fnn_trainer_fit(trainer, &run, &result) == FNN_ERR_INTERRUPTED);
    CHECK(polled.calls == 2);
    CHECK(polled.fit == FNN_ERR_BUSY);
    CHECK(polled.set == FNN_ERR_BUSY);
    CHECK(result.steps_done > 0 && result.steps_done < STEPS);
    CHECK(fnn_model_iterations(model) == result.steps_done);
    CHECK(result.loss_weight[0] == (double)(result.steps_done * small.batch));
    CHECK(fnn_trainer_fit(other, &plain, &result) == FNN_OK); /* free again */
    fnn_trainer_destroy(trainer);
    fnn_trainer_destroy(other);
    fnn_model_destroy(model);
    free(many);
    free(order);
}

int main(void)
{
    test_names();
    test_isa();
    test_specs();
    test_memory();
    struct data data = data_create(&small);
    struct fnn_model *model = net_create(&small);
    REQUIRE(model != NULL);
    test_parameters(model);
    test_predict(model, &data);
    test_trainer_specs(model);
    test_runs(model, &data);
    test_bad_rows(&data);
    test_state(&data);
    test_poll(&data);
    fnn_model_destroy(model);
    fnn_model_destroy(NULL);
    fnn_trainer_destroy(NULL);
    data_destroy(&data);
    return check_done("errors");
}
