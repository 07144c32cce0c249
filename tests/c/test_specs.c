/* test_specs.c: specs that are no models, arrays that do not fit one, and restrictions of what is no
 * parameter are refused; a loss of the caller's own that fails ends a run. */
#include "dag_nets.h"

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

/* Parameters of columns that are matrices. */
static void test_param_rows(void)
{
    static const enum fnn_op_kind kinds[] = {FNN_OP_LAYER_NORM, FNN_OP_RMS_NORM, FNN_OP_PRELU,
                                             FNN_OP_BATCH_NORM};
    for (int i = 0; i < 4; i++) {
        const struct fnn_tensor_spec tensors[] = {{1, 12}, {1, 12}};
        struct fnn_op_spec op = {.kind = kinds[i], .inputs = net_number, .n_inputs = 1, .output = 1,
                                 .use_scale = 1, .param_rows = 3};
        const struct fnn_model_spec spec = {FNN_F32, tensors, 2, &op, 1, net_number, 1, net_number + 1, 1};
        struct fnn_model *model = NULL;
        int64_t rows = 0, cols = 0;
        CHECK(fnn_model_create(&spec, &model) == (i < 3 ? FNN_OK : FNN_ERR_ARGUMENT));
        if (model == NULL) continue;
        CHECK(fnn_model_param_shape(model, 0, &rows, &cols) == FNN_OK && rows == 3 && cols == 4);
        fnn_model_destroy(model);
        for (op.param_rows = -1; op.param_rows <= 5; op.param_rows += 6)
            CHECK(fnn_model_create(&spec, &model) == FNN_ERR_ARGUMENT);
    }
}

static void test_restrictions(void)
{
    struct fnn_model *model = dag_create(&dags[0], FNN_F32);
    static const double some[FNN_CON_PARAMS] = {0.5, 1, 1};
    const int32_t count = fnn_model_param_count(model);
    for (int32_t p = -1; p <= count; p += count + 1) {
        CHECK(fnn_model_set_matrix(model, p, 1) == FNN_ERR_ARGUMENT);
        CHECK(fnn_model_set_regularizer(model, p, FNN_REG_L1_L2, some) == FNN_ERR_ARGUMENT);
        CHECK(fnn_model_set_constraint(model, p, FNN_CON_NORM_ALL, some, 0, 0) == FNN_ERR_ARGUMENT);
    }
    CHECK(fnn_model_set_regularizer(NULL, 0, FNN_REG_L1_L2, some) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_set_regularizer(model, 0, FNN_REG_L1_L2, NULL) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_set_regularizer(model, 0, FNN_REG_COUNT, some) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_set_constraint(model, 0, FNN_CON_NORM_ALL, NULL, 0, 0) == FNN_ERR_ARGUMENT);
    CHECK(fnn_model_set_constraint(model, 0, FNN_CON_COUNT, some, 0, 0) == FNN_ERR_ARGUMENT);
    for (int32_t p = 0; p < count; p++) { /* a view of all elements, of none but a matrix */
        int64_t rows, cols;
        REQUIRE(fnn_model_param_shape(model, p, &rows, &cols) == FNN_OK);
        const int64_t n = rows * cols;
        CHECK(fnn_model_set_constraint(model, p, FNN_CON_NORM_ALL, some, n + 1, 1) ==
              FNN_ERR_ARGUMENT);
        CHECK(fnn_model_set_constraint(model, p, FNN_CON_NORM_ALL, some, 1, 0) == FNN_ERR_ARGUMENT);
        CHECK(fnn_model_set_constraint(model, p, FNN_CON_NORM_ALL, some, -1, 1) ==
              FNN_ERR_ARGUMENT);
        CHECK(fnn_model_set_constraint(model, p, FNN_CON_NORM_ALL, some, 1, n) ==
              (rows == 1 ? FNN_OK : FNN_ERR_ARGUMENT));
        CHECK(fnn_model_set_constraint(model, p, FNN_CON_NONE, NULL, 0, 0) == FNN_OK);
    }
    /* Each takes the place of the one before. */
    CHECK(fnn_model_set_regularizer(model, 0, FNN_REG_NONE, NULL) == FNN_OK);
    CHECK(fnn_model_set_constraint(model, 0, FNN_CON_NONE, NULL, 0, 0) == FNN_OK);
    for (int32_t p = 0; p < count; p++)
        for (int kind = FNN_REG_COUNT - 1; kind >= 0; kind--)
            CHECK(fnn_model_set_regularizer(model, p, (enum fnn_regularizer)kind, some) == FNN_OK);
    CHECK(fnn_model_set_regularizer(model, 0, FNN_REG_ORTHOGONAL_ROWS, some) == FNN_OK);
    fnn_model_destroy(model);
}

static int stops(void *arg, const struct fnn_own_batch *batch)
{
    int *left = arg;
    for (int64_t r = 0; r < batch->rows; r++) batch->row_loss[r] = 1;
    for (int64_t i = 0; i < batch->rows && batch->dy != NULL; i++)
        memset((float *)batch->dy + i * batch->ldd, 0, (size_t)batch->cols * sizeof(float));
    return (*left)-- == 0;
}

/* A loss that fails ends the run before its step, and the model can be used on. */
static void test_own_loss_stops(void)
{
    const struct dag *dag = &dags[0];
    struct dag_data data = dag_data_create(dag);
    int left = 2;
    const struct fnn_output_spec output = {.has_loss = 1, .own = stops, .own_arg = &left, .loss_weight = 1};
    const struct fnn_trainer_spec spec = {.batch = 16, .outputs = &output, .n_outputs = 1};
    struct fnn_model *model = dag_create(dag, FNN_F32);
    struct fnn_trainer *trainer = NULL;
    CHECK(fnn_trainer_create(model, &spec, &trainer) == FNN_OK);
    struct fnn_run run = dag_run(dag, &data);
    struct fnn_result result;
    run.n_steps = 4;
    CHECK(fnn_trainer_fit(trainer, &run, &result) == FNN_ERR_INTERRUPTED);
    CHECK(result.steps_done == 2 && fnn_model_iterations(model) == 2);
    CHECK(result.loss_sum[0] == 32 && result.loss_weight[0] == 32);
    left = 100;
    CHECK(fnn_trainer_fit(trainer, &run, &result) == FNN_OK && result.steps_done == 4);
    left = 0;
    CHECK(fnn_trainer_evaluate(trainer, &run, &result) == FNN_ERR_INTERRUPTED);
    const struct fnn_minimize search = {.learning_rate = 1, .max_iterations = 2, .max_evaluations = 5,
                                        .history = 2};
    run.n_rows = 16;
    run.n_steps = 1;
    left = 0;
    CHECK(fnn_trainer_minimize(trainer, &run, &search, &result) == FNN_ERR_INTERRUPTED);
    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
    dag_data_destroy(&data);
}

/* Arrays that do not fit the net, one by one. */
static void test_runs(void)
{
    const struct dag *dag = &dags[2]; /* two towers */
    struct dag_data data = dag_data_create(dag);
    struct fnn_model *model = dag_create(dag, FNN_F32);
    struct fnn_trainer *trainer = dag_trainer(dag, model, FNN_F32, 8);
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
    REQUIRE(fnn_init(NULL) == FNN_OK);
    test_specs();
    test_param_rows();
    test_runs();
    test_restrictions();
    test_own_loss_stops();
    return check_done("specs");
}
