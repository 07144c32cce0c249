/* dags.h: building, filling and training the nets of dag_nets.h, which are no chains, like the
 * chains of nets.h; and their gradients against central differences. */
#ifndef FNN_DAGS_H
#define FNN_DAGS_H

#include <math.h>

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
    int restricted;                                  /* regularisers and constraints, see below */
    struct fnn_update_spec update;
    int folds;                                       /* predict folds a normalisation away */
};

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

/* A penalty and a constraint for a parameter by its number, every kind of both in turn; pairs of
 * rows or columns for matrices of few of them. */
static inline const double *norm_bounds(void)
{
    static const double bounds[FNN_CON_PARAMS] = {0.5, 1.25, 0.75};
    return bounds;
}

static inline enum fnn_constraint constraint_of(int32_t p)
{
    return (enum fnn_constraint)(1 + p % (FNN_CON_COUNT - 1));
}

static inline void restrict_param(struct fnn_model *model, int32_t p)
{
    static const double both[FNN_REG_PARAMS] = {0.001, 0.002}, pairs[FNN_REG_PARAMS] = {0.01};
    int64_t rows, cols;
    REQUIRE(fnn_model_param_shape(model, p, &rows, &cols) == FNN_OK);
    enum fnn_regularizer kind = FNN_REG_L1_L2;
    if (p % 3 != 0 && rows > 1 && rows <= 16) kind = FNN_REG_ORTHOGONAL_ROWS;
    if (p % 3 != 0 && cols > 1 && cols <= 16 && rows > 1) kind = FNN_REG_ORTHOGONAL_COLUMNS;
    CHECK(fnn_model_set_regularizer(model, p, kind, kind == FNN_REG_L1_L2 ? both : pairs) == FNN_OK);
    CHECK(fnn_model_set_constraint(model, p, constraint_of(p), norm_bounds(), 0, 0) == FNN_OK);
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
    CHECK(fnn_model_set_update(model, &dag->update) == FNN_OK);
    for (int32_t p = 0; p < fnn_model_param_count(model); p++) {
        int64_t rows, cols;
        CHECK(fnn_model_param_shape(model, p, &rows, &cols) == FNN_OK);
        CHECK(fnn_model_set_matrix(model, p, rows > 1) == FNN_OK);
        if (dag->restricted) restrict_param(model, p);
    }
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

/* A loss of the caller's own: the squares of the columns, of ever greater weight. arg: the dtype. */
static inline int squares(void *arg, const struct fnn_own_batch *b)
{
    const enum fnn_dtype dtype = *(const enum fnn_dtype *)arg;
    for (int64_t r = 0; r < b->rows; r++) {
        b->row_loss[r] = 0;
        for (int64_t c = 0; c < b->cols; c++) {
            const int64_t at = r * b->ldd + c;
            const double weight = 1 + (double)c / 4;
            if (dtype == FNN_F32) {
                const float error = ((const float *)b->y)[r * b->ldy + c] -
                                    ((const float *)b->t)[r * b->ldt + c];
                b->row_loss[r] += weight * (double)error * (double)error;
                if (b->dy != NULL) ((float *)b->dy)[at] = 2 * (float)weight * error;
            } else {
                const double error = ((const double *)b->y)[r * b->ldy + c] -
                                     ((const double *)b->t)[r * b->ldt + c];
                b->row_loss[r] += weight * error * error;
                if (b->dy != NULL) ((double *)b->dy)[at] = 2 * weight * error;
            }
        }
    }
    return 0;
}

static inline struct fnn_trainer *dag_trainer(const struct dag *dag, struct fnn_model *model,
                                              enum fnn_dtype dtype, int64_t batch)
{
    static enum fnn_dtype dtypes[] = {[FNN_F32] = FNN_F32, [FNN_F64] = FNN_F64};
    struct fnn_output_spec outputs[DAG_ENDS_MAX];
    memcpy(outputs, dag->losses, sizeof outputs);
    for (int32_t o = 0; o < dag->n_outputs; o++) outputs[o].own_arg = &dtypes[dtype];
    const struct fnn_trainer_spec spec = {.batch = batch, .outputs = outputs,
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
    return result->penalty_weight != 0 ? sum + result->penalty_sum / result->penalty_weight : sum;
}

#endif /* FNN_DAGS_H */
