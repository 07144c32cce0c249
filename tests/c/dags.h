/* dags.h: nets that are no chains: residual, merged, shared, with several inputs and outputs.
 * Built, filled and trained like the chains of nets.h. */
#ifndef FNN_DAGS_H
#define FNN_DAGS_H

#include "nets.h"

enum { DAG_TENSORS_MAX = 16, DAG_OPS_MAX = 16, DAG_ENDS_MAX = 3, DAG_VECTOR_MAX = 256 };

struct dag {
    const char *name;
    struct fnn_tensor_spec tensors[DAG_TENSORS_MAX]; /* ends at width 0 */
    struct fnn_op_spec ops[DAG_OPS_MAX];             /* ends without inputs */
    int32_t inputs[DAG_ENDS_MAX], n_inputs, outputs[DAG_ENDS_MAX], n_outputs;
    struct fnn_output_spec losses[DAG_ENDS_MAX];
    enum fnn_optimizer optimizer;
    double learning_rate;
    int64_t rows, batch;
    int weighted;                                    /* the first output has sample weights */
    int64_t vocabulary;                              /* inputs are numbers below it; 0: reals */
};

#define IN(...) .inputs = (const int32_t[]){__VA_ARGS__}, \
                .n_inputs = sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t)
#define DENSE(in, out, act) \
    {.kind = FNN_OP_DENSE, IN(in), .output = out, .activation = act, .act_param = {1}, \
     .use_bias = 1, .trainable = 1}
#define MERGE(op, out, ...) {.kind = op, IN(__VA_ARGS__), .output = out}
#define LOSS(of, weight) {.has_loss = 1, .loss = of, .loss_weight = weight}

static const struct dag dags[] = {
    {"residual",
     {{1, 7}, {1, 9}, {1, 9}, {1, 9}, {1, 9}, {1, 9}, {1, 2}},
     {DENSE(0, 1, FNN_ACT_TANH), DENSE(1, 2, FNN_ACT_SOFTPLUS), DENSE(2, 3, FNN_ACT_LINEAR),
      MERGE(FNN_OP_ADD, 4, 1, 3),
      {.kind = FNN_OP_ACTIVATION, IN(4), .output = 5, .activation = FNN_ACT_SILU},
      DENSE(5, 6, FNN_ACT_LINEAR)},
     {0}, 1, {6}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_ADAM, 0.01, 70, 16, 0, 0},
    {"merges of one tensor",
     {{1, 6}, {1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 3}},
     {DENSE(0, 1, FNN_ACT_TANH), DENSE(0, 2, FNN_ACT_TANH), MERGE(FNN_OP_MULTIPLY, 3, 1, 2, 1),
      MERGE(FNN_OP_SUBTRACT, 4, 3, 2), MERGE(FNN_OP_MAXIMUM, 5, 1, 2, 4),
      MERGE(FNN_OP_MINIMUM, 6, 1, 4), MERGE(FNN_OP_AVERAGE, 7, 5, 6, 3),
      MERGE(FNN_OP_ADD, 8, 7, 7), DENSE(8, 9, FNN_ACT_SOFTMAX)},
     {0}, 1, {9}, 1, {LOSS(FNN_LOSS_SCCE, 1)}, FNN_OPT_SGD_MOMENTUM, 0.05, 60, 13, 1, 0},
    {"two towers, cosine",
     {{1, 6}, {1, 4}, {1, 8}, {1, 8}, {1, 1}, {1, 17}, {1, 1}},
     {DENSE(0, 2, FNN_ACT_TANH), DENSE(1, 3, FNN_ACT_GELU),
      {.kind = FNN_OP_DOT, IN(2, 3), .output = 4, .dot_axis = {1, 1}, .normalize = 1},
      MERGE(FNN_OP_CONCATENATE, 5, 2, 4, 3), DENSE(5, 6, FNN_ACT_SIGMOID)},
     {0, 1}, 2, {6}, 1, {LOSS(FNN_LOSS_BCE, 1)}, FNN_OPT_ADAM, 0.02, 90, 32, 0, 0},
    {"two outputs, one of them read on",
     {{1, 5}, {1, 11}, {1, 4}, {1, 4}, {1, 1}, {1, 2}},
     {DENSE(0, 1, FNN_ACT_TANH), DENSE(1, 2, FNN_ACT_LINEAR),
      {.kind = FNN_OP_ACTIVATION, IN(2), .output = 3, .activation = FNN_ACT_SOFTMAX},
      DENSE(3, 4, FNN_ACT_SIGMOID), DENSE(1, 5, FNN_ACT_LINEAR)},
     {0}, 1, {3, 4, 5}, 3,
     {LOSS(FNN_LOSS_SCCE, 0.5), LOSS(FNN_LOSS_BCE, 2), {.has_loss = 0}},
     FNN_OPT_RMSPROP, 0.01, 50, 12, 1, 0},
    {"shared layer, frozen branch",
     {{1, 6}, {1, 6}, {1, 7}, {1, 7}, {1, 7}, {1, 3}, {1, 3}, {1, 3}},
     {{.kind = FNN_OP_DENSE, IN(0), .output = 2, .activation = FNN_ACT_TANH, .use_bias = 1,
       .trainable = 1},
      {.kind = FNN_OP_DENSE, IN(1), .output = 3, .activation = FNN_ACT_SILU, .use_bias = 1,
       .shares = 1},
      MERGE(FNN_OP_SUBTRACT, 4, 2, 3),
      {.kind = FNN_OP_DENSE, IN(0), .output = 5, .activation = FNN_ACT_TANH, .use_bias = 1},
      DENSE(4, 6, FNN_ACT_LINEAR), MERGE(FNN_OP_MULTIPLY, 7, 6, 5)},
     {0, 1}, 2, {7}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_ADAM, 0.01, 1100, 1100, 0, 0},
    {"positions: groups, reshape, dot along them",
     {{6, 4}, {3, 4}, {6, 5}, {3, 5}, {9, 5}, {9, 5}, {5, 5}, {5, 5}, {1, 25}, {1, 3}, {18, 5},
      {18, 5}},
     {DENSE(0, 2, FNN_ACT_TANH), DENSE(1, 3, FNN_ACT_TANH),
      {.kind = FNN_OP_CONCATENATE, IN(2, 3), .output = 4, .groups = 3}, DENSE(4, 5, FNN_ACT_TANH),
      {.kind = FNN_OP_DOT, IN(4, 5), .output = 6, .dot_axis = {0, 0}, .normalize = 1},
      {.kind = FNN_OP_DOT, IN(6, 6), .output = 7, .dot_axis = {1, 0}},
      {.kind = FNN_OP_RESHAPE, IN(7), .output = 8}, DENSE(8, 9, FNN_ACT_LINEAR),
      {.kind = FNN_OP_CONCATENATE, IN(4, 5), .output = 10, .groups = 1},
      {.kind = FNN_OP_ACTIVATION, IN(10), .output = 11, .activation = FNN_ACT_SOFTMAX}},
     {0, 1}, 2, {9, 11}, 2, {LOSS(FNN_LOSS_MSE, 1), LOSS(FNN_LOSS_MSE, 3)},
     FNN_OPT_SGD, 0.05, 30, 9, 0, 0},
    /* Panelled activations, fused updates, several threads. */
    {"wide residual",
     {{1, 100}, {1, 160}, {1, 160}, {1, 160}, {1, 160}, {1, 160}, {1, 3}},
     {DENSE(0, 1, FNN_ACT_TANH), DENSE(1, 2, FNN_ACT_GELU), DENSE(2, 3, FNN_ACT_LINEAR),
      MERGE(FNN_OP_ADD, 4, 3, 1), MERGE(FNN_OP_MULTIPLY, 5, 4, 1), DENSE(5, 6, FNN_ACT_SOFTMAX)},
     {0}, 1, {6}, 1, {LOSS(FNN_LOSS_CCE, 1)}, FNN_OPT_ADAM, 0.001, 200, 100, 0, 0},
    {"dropout, an input read four times",
     {{1, 8}, {1, 8}, {1, 8}, {1, 8}, {1, 8}, {1, 24}, {1, 2}},
     {{.kind = FNN_OP_DROPOUT, IN(0), .output = 1, .rate = 0.25, .stream = 5},
      {.kind = FNN_OP_ACTIVATION, IN(0), .output = 2, .activation = FNN_ACT_RELU},
      DENSE(0, 3, FNN_ACT_RELU), {.kind = FNN_OP_DROPOUT, IN(3), .output = 4, .rate = 0.5, .stream = 6},
      MERGE(FNN_OP_CONCATENATE, 5, 1, 4, 2), DENSE(5, 6, FNN_ACT_LINEAR)},
     {0}, 1, {6}, 1, {LOSS(FNN_LOSS_MAE, 1)}, FNN_OPT_SGD_NESTEROV, 0.02, 600, 600, 0, 0},
    {"shared normalisations and slopes",
     {{1, 6}, {1, 6}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 2}},
     {DENSE(0, 2, FNN_ACT_LINEAR), DENSE(1, 3, FNN_ACT_LINEAR),
      {.kind = FNN_OP_LAYER_NORM, IN(2), .output = 4, .use_scale = 1, .use_bias = 1, .epsilon = 1e-3,
       .trainable = 1},
      {.kind = FNN_OP_LAYER_NORM, IN(3), .output = 5, .use_scale = 1, .use_bias = 1, .epsilon = 1e-3,
       .shares = 3},
      {.kind = FNN_OP_PRELU, IN(4), .output = 6, .trainable = 1},
      {.kind = FNN_OP_PRELU, IN(5), .output = 7, .shares = 5},
      {.kind = FNN_OP_RMS_NORM, IN(6), .output = 8, .use_scale = 1, .epsilon = 1e-3, .trainable = 1},
      {.kind = FNN_OP_RMS_NORM, IN(7), .output = 9, .use_scale = 1, .epsilon = 1e-3, .shares = 7},
      MERGE(FNN_OP_ADD, 10, 8, 9), DENSE(10, 11, FNN_ACT_LINEAR)},
     {0, 1}, 2, {11}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_ADAM, 0.01, 80, 20, 0, 0},
    {"shared embedding, batch statistics",
     {{1, 3}, {1, 2}, {3, 5}, {2, 5}, {1, 15}, {1, 10}, {1, 8}, {1, 8}, {1, 8}, {1, 8}, {1, 16}, {1, 2}},
     {{.kind = FNN_OP_EMBEDDING, IN(0), .output = 2, .vocabulary = 6, .trainable = 1},
      {.kind = FNN_OP_EMBEDDING, IN(1), .output = 3, .vocabulary = 6, .shares = 1},
      {.kind = FNN_OP_RESHAPE, IN(2), .output = 4}, {.kind = FNN_OP_RESHAPE, IN(3), .output = 5},
      DENSE(4, 6, FNN_ACT_TANH), DENSE(5, 7, FNN_ACT_TANH),
      {.kind = FNN_OP_BATCH_NORM, IN(6), .output = 8, .use_scale = 1, .use_bias = 1,
       .epsilon = 1e-3, .momentum = 0.9, .trainable = 1},
      {.kind = FNN_OP_BATCH_NORM, IN(7), .output = 9, .use_scale = 1, .use_bias = 1,
       .epsilon = 1e-3, .momentum = 0.9, .shares = 7},
      MERGE(FNN_OP_CONCATENATE, 10, 8, 9), DENSE(10, 11, FNN_ACT_LINEAR)},
     {0, 1}, 2, {11}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_SGD_MOMENTUM, 0.01, 80, 20, 0, 6},
};
enum { DAGS = sizeof dags / sizeof *dags };

static inline int32_t dag_op_count(const struct dag *dag)
{
    int32_t n = 0;
    while (n < DAG_OPS_MAX && dag->ops[n].n_inputs > 0) n++;
    return n;
}

static inline int64_t tensor_size(const struct dag *dag, int32_t tensor)
{
    return dag->tensors[tensor].positions * dag->tensors[tensor].width;
}

/* Vectors about one half: scales and slopes that let gradients through, positive variances. */
static inline void fill_vector(struct fnn_model *model, int32_t p, enum fnn_dtype dtype)
{
    int64_t rows, cols;
    double values[DAG_VECTOR_MAX];
    float floats[DAG_VECTOR_MAX];
    REQUIRE(fnn_model_param_shape(model, p, &rows, &cols) == FNN_OK);
    if (rows != 1) return;
    REQUIRE(cols <= DAG_VECTOR_MAX);
    for (int64_t i = 0; i < cols; i++) {
        values[i] = 0.5 + fraction((uint64_t)i, 50 + (uint64_t)p) / 4;
        floats[i] = (float)values[i];
    }
    const void *data = dtype == FNN_F32 ? (const void *)floats : (const void *)values;
    CHECK(fnn_model_set_param(model, p, 0, data) == FNN_OK);
}

static inline struct fnn_model *dag_create(const struct dag *dag, enum fnn_dtype dtype)
{
    struct fnn_model_spec spec = {.dtype = dtype, .tensors = dag->tensors, .ops = dag->ops,
                                  .n_ops = dag_op_count(dag), .inputs = dag->inputs,
                                  .n_inputs = dag->n_inputs, .outputs = dag->outputs,
                                  .n_outputs = dag->n_outputs};
    while (spec.n_tensors < DAG_TENSORS_MAX && dag->tensors[spec.n_tensors].width) spec.n_tensors++;
    struct fnn_model *model = NULL;
    if (!CHECK(fnn_model_create(&spec, &model) == FNN_OK)) {
        fprintf(stderr, "  %s\n", dag->name);
        return NULL;
    }
    fill_params(model, dtype);
    for (int32_t p = 0; p < fnn_model_param_count(model); p++) fill_vector(model, p, dtype);
    CHECK(fnn_model_set_optimizer(model, dag->optimizer, net_hyper(dag->optimizer)) == FNN_OK);
    return model;
}

/* Inputs, targets and weights: x[i] (rows, size), y[o] (rows, size) or labels, float32. */
struct dag_data {
    float *x[DAG_ENDS_MAX], *y[DAG_ENDS_MAX], *weight;
    struct fnn_array xs[DAG_ENDS_MAX], ys[DAG_ENDS_MAX], weights[DAG_ENDS_MAX];
};

static inline struct fnn_array float_array(const float *data, int64_t rows, int64_t cols)
{
    return (struct fnn_array){.data = data, .dtype = FNN_F32, .rows = rows, .cols = cols,
                              .row_stride = cols * 4, .col_stride = 4};
}

static inline float *float_values(int64_t rows, int64_t cols, uint64_t salt)
{
    float *out = malloc((size_t)(rows * cols) * sizeof *out);
    REQUIRE(out != NULL);
    for (int64_t i = 0; i < rows * cols; i++) out[i] = (float)fraction((uint64_t)i, salt);
    return out;
}

static inline struct dag_data dag_data_create(const struct dag *dag)
{
    struct dag_data d = {.weight = float_values(dag->rows, 1, 99)};
    for (int32_t i = 0; i < dag->n_inputs; i++) {
        const int64_t size = tensor_size(dag, dag->inputs[i]);
        d.x[i] = float_values(dag->rows, size, 7 + (uint64_t)i);
        for (int64_t j = 0; j < dag->rows * size && dag->vocabulary > 0; j++)
            d.x[i][j] = (float)(((int64_t)(d.x[i][j] * 1024) + 1024) % dag->vocabulary);
        d.xs[i] = float_array(d.x[i], dag->rows, size);
    }
    for (int32_t o = 0; o < dag->n_outputs; o++) {
        const enum fnn_loss loss = dag->losses[o].loss;
        const int sparse = loss == FNN_LOSS_SCCE;
        const int64_t width = dag->tensors[dag->outputs[o]].width;
        const int64_t size = sparse ? 1 : tensor_size(dag, dag->outputs[o]);
        d.y[o] = float_values(dag->rows, size, 31 + (uint64_t)o);
        for (int64_t i = 0; i < dag->rows * size; i++) {
            float *y = &d.y[o][i];
            if (sparse) *y = (float)(((int64_t)(*y * 1024) + 1024) % width);
            else if (loss == FNN_LOSS_BCE) *y = *y > 0;
            else if (loss == FNN_LOSS_CCE) *y = i % width == (i / width) % width;
        }
        if (dag->losses[o].has_loss) d.ys[o] = float_array(d.y[o], dag->rows, size);
    }
    for (int64_t r = 0; r < dag->rows; r++) d.weight[r] = 1 + d.weight[r] / 2;
    if (dag->weighted) d.weights[0] = float_array(d.weight, dag->rows, 1);
    return d;
}

static inline void dag_data_destroy(struct dag_data *d)
{
    for (int i = 0; i < DAG_ENDS_MAX; i++) {
        free(d->x[i]);
        free(d->y[i]);
    }
    free(d->weight);
}

static inline struct fnn_run dag_run(const struct dag *dag, const struct dag_data *d)
{
    static const double rates[NET_STEPS_MAX]; /* replaced by the caller when it trains */
    return (struct fnn_run){.x = d->xs, .y = d->ys, .sample_weight = d->weights,
                            .n_rows = dag->rows, .learning_rate = rates,
                            .hyper = net_hyper(dag->optimizer)};
}

static inline struct fnn_trainer *dag_trainer(const struct dag *dag, struct fnn_model *model,
                                              int64_t batch)
{
    const struct fnn_trainer_spec spec = {.batch = batch, .outputs = dag->losses,
                                          .n_outputs = dag->n_outputs, .seed = 20};
    struct fnn_trainer *trainer = NULL;
    REQUIRE(fnn_trainer_create(model, &spec, &trainer) == FNN_OK);
    return trainer;
}

static inline double dag_loss(const struct dag *dag, const struct fnn_result *result)
{
    double sum = 0;
    for (int32_t o = 0; o < dag->n_outputs; o++)
        if (dag->losses[o].has_loss)
            sum += dag->losses[o].loss_weight * result->loss_sum[o] / result->loss_weight[o];
    return sum;
}

#endif /* FNN_DAGS_H */
