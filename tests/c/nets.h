/* nets.h: small networks, data and hashes for the C test programs. Everything is a
 * formula in integers and exact fractions, so that every machine starts from the same bits. */
#ifndef FNN_NETS_H
#define FNN_NETS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fastnn.h"

enum { NET_LAYERS_MAX = 4 };

/* net_number + t points at t: the one input of an op, of a model, or its output. */
static const int32_t net_number[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

struct net_layer {
    int64_t width;
    enum fnn_activation activation;
    double dropout; /* after the layer */
};

struct net {
    const char *name;
    enum fnn_dtype dtype;
    int64_t n_in;
    struct net_layer layers[NET_LAYERS_MAX]; /* ends at width 0 */
    enum fnn_loss loss;
    enum fnn_optimizer optimizer;
    double learning_rate;
    int64_t rows, batch, epochs;
};

/* Hyperparameters that the nets here use: one row an optimiser. */
static const double net_hyper_adam[FNN_HYPER_MAX] = {0.9, 0.999, 1e-7};
static inline const double *net_hyper(enum fnn_optimizer kind)
{
    static const double momentum[FNN_HYPER_MAX] = {0.9};
    static const double decaying[FNN_HYPER_MAX] = {0.9, 0.999, 1e-7, [FNN_HYPER_DECAY] = 0.01,
                                                   [FNN_HYPER_CLIP] = 0.125};
    static const double rmsprop[FNN_HYPER_MAX] = {0.9, 1e-7, 0.5};
    static const double adagrad[FNN_HYPER_MAX] = {0.1, 1e-7};
    static const double adadelta[FNN_HYPER_MAX] = {0.95, 1e-7};
    static const double lion[FNN_HYPER_MAX] = {0.9, 0.99};
    static const double ftrl[FNN_HYPER_MAX] = {0.1, 0.001, 0.01, 0.02, 0.5, 0.625};
    static const double muon[FNN_HYPER_MAX] = {
        0.9, 0.999, 1e-7, 0.95, 1, 0.5, [FNN_HYPER_DECAY] = 0.01, [FNN_HYPER_MUON_DECAY] = 0.02,
        [FNN_HYPER_MUON_A] = 3.4445, -4.775, 2.0315, [FNN_HYPER_MUON_STEPS] = 5,
        [FNN_HYPER_MUON_RMS] = 0.2};
    switch (kind) {
    case FNN_OPT_ADAM: return net_hyper_adam;
    case FNN_OPT_ADAM_AMSGRAD:
    case FNN_OPT_ADAMAX:
    case FNN_OPT_NADAM:
    case FNN_OPT_LAMB: return decaying;
    case FNN_OPT_RMSPROP:
    case FNN_OPT_RMSPROP_MOMENTUM:
    case FNN_OPT_RMSPROP_CENTERED:
    case FNN_OPT_RMSPROP_CENTERED_MOMENTUM: return rmsprop;
    case FNN_OPT_MUON: return muon;
    case FNN_OPT_ADAGRAD: return adagrad;
    case FNN_OPT_ADADELTA: return adadelta;
    case FNN_OPT_LION: return lion;
    case FNN_OPT_FTRL:
    case FNN_OPT_FTRL_POWER: return ftrl;
    default: return momentum;
    }
}

static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t bytes)
{
    /* FNV-1a */
    const unsigned char *p = data;
    for (size_t i = 0; i < bytes; i++) hash = (hash ^ p[i]) * UINT64_C(1099511628211);
    return hash;
}
#define HASH_START UINT64_C(14695981039346656037)

/* Multiples of 1/1024 in [-1, 1], well mixed. */
static inline double fraction(uint64_t a, uint64_t b)
{
    uint64_t h = (a * UINT64_C(0x9E3779B97F4A7C15)) ^ ((b + 1) * UINT64_C(0xC2B2AE3D27D4EB4F));
    h = (h ^ (h >> 29)) * UINT64_C(0xBF58476D1CE4E5B9);
    return (double)((int64_t)((h >> 33) % 2049) - 1024) / 1024;
}

static inline size_t dtype_size(enum fnn_dtype dtype) { return dtype == FNN_F32 ? 4 : 8; }

static inline int64_t net_n_out(const struct net *net)
{
    int64_t width = net->n_in;
    for (int i = 0; i < NET_LAYERS_MAX && net->layers[i].width; i++) width = net->layers[i].width;
    return width;
}

static inline int net_is_sparse(const struct net *net)
{
    return net->loss == FNN_LOSS_SCCE || net->loss == FNN_LOSS_SCCE_LOGITS;
}

/* Weights of a formula: kernels keep the scale of activations; biases start at zero. */
static inline void fill_params(struct fnn_model *model, enum fnn_dtype dtype)
{
    for (int32_t p = 0; p < fnn_model_param_count(model); p++) {
        int64_t rows, cols;
        REQUIRE(fnn_model_param_shape(model, p, &rows, &cols) == FNN_OK);
        double scale = 1;
        while (scale * scale < (double)rows) scale *= 2;
        void *values = malloc((size_t)(rows * cols) * dtype_size(dtype));
        REQUIRE(values != NULL);
        for (int64_t i = 0; i < rows * cols; i++) {
            const double value = rows == 1 ? 0 : fraction((uint64_t)i, (uint64_t)p) / scale;
            if (dtype == FNN_F32)
                ((float *)values)[i] = (float)value;
            else
                ((double *)values)[i] = value;
        }
        CHECK(fnn_model_set_param(model, p, 0, values) == FNN_OK);
        free(values);
    }
}

/* A model with weights of a formula and the net's optimiser; NULL when creation failed. */
static inline struct fnn_model *net_create(const struct net *net)
{
    struct fnn_tensor_spec tensors[2 * NET_LAYERS_MAX + 1] = {{1, net->n_in}};
    struct fnn_op_spec ops[2 * NET_LAYERS_MAX] = {{0}};
    int32_t n = 0;
    for (int i = 0; i < NET_LAYERS_MAX && net->layers[i].width; i++) {
        const struct net_layer *layer = &net->layers[i];
        ops[n] = (struct fnn_op_spec){.kind = FNN_OP_DENSE, .inputs = net_number + n, .n_inputs = 1,
                                      .output = n + 1,
                                      .activation = layer->activation, .act_param = {1.0},
                                      .use_bias = 1, .trainable = 1};
        tensors[++n] = (struct fnn_tensor_spec){1, layer->width};
        if (layer->dropout > 0) {
            ops[n] = (struct fnn_op_spec){.kind = FNN_OP_DROPOUT, .inputs = net_number + n,
                                          .n_inputs = 1, .output = n + 1,
                                          .rate = layer->dropout, .stream = 100 + (uint32_t)i};
            tensors[++n] = (struct fnn_tensor_spec){1, layer->width};
        }
    }
    const struct fnn_model_spec spec = {net->dtype, tensors, n + 1, ops, n, net_number, 1,
                                        net_number + n, 1};
    struct fnn_model *model = NULL;
    if (!CHECK(fnn_model_create(&spec, &model) == FNN_OK)) return NULL;
    fill_params(model, net->dtype);
    CHECK(fnn_model_set_optimizer(model, net->optimizer, net_hyper(net->optimizer)) == FNN_OK);
    return model;
}

/* Parameters, and optimiser slots if asked for, in order. */
static inline uint64_t model_hash(const struct net *net, struct fnn_model *model, int with_slots)
{
    uint64_t hash = HASH_START;
    const int32_t slots = with_slots ? fnn_optimizer_slots(net->optimizer) : 0;
    for (int32_t p = 0; p < fnn_model_param_count(model); p++) {
        int64_t rows, cols;
        REQUIRE(fnn_model_param_shape(model, p, &rows, &cols) == FNN_OK);
        const size_t bytes = (size_t)(rows * cols) * dtype_size(net->dtype);
        void *values = malloc(bytes);
        REQUIRE(values != NULL);
        for (int32_t s = 0; s <= slots; s++) {
            CHECK(fnn_model_get_param(model, p, s, values) == FNN_OK);
            hash = hash_bytes(hash, values, bytes);
        }
        free(values);
    }
    return hash;
}

/* Everything that a run goes on from, to a model of the same net. */
static inline void copy_state(enum fnn_dtype dtype, enum fnn_optimizer optimizer,
                              struct fnn_model *from, struct fnn_model *to)
{
    for (int32_t p = 0; p < fnn_model_param_count(from); p++) {
        int64_t rows, cols;
        REQUIRE(fnn_model_param_shape(from, p, &rows, &cols) == FNN_OK);
        void *values = malloc((size_t)(rows * cols) * dtype_size(dtype));
        REQUIRE(values != NULL);
        for (int32_t s = 0; s <= fnn_optimizer_slots(optimizer); s++) {
            CHECK(fnn_model_get_param(from, p, s, values) == FNN_OK);
            CHECK(fnn_model_set_param(to, p, s, values) == FNN_OK);
        }
        for (int32_t s = FNN_SLOT_AVERAGE; s <= FNN_SLOT_ACCUMULATED; s++)
            if (fnn_model_get_param(from, p, s, values) == FNN_OK)
                CHECK(fnn_model_set_param(to, p, s, values) == FNN_OK);
        free(values);
    }
    CHECK(fnn_model_set_iterations(to, fnn_model_iterations(from)) == FNN_OK);
}

/* The data of a net: x (rows, n_in) float32; y (rows, n_out) float32, or (rows) labels. */
struct data {
    float *x;
    float *y;
    int64_t *labels;
    int64_t *order;
    struct fnn_array x_array, y_array;
};

static inline struct data data_create(const struct net *net)
{
    const int64_t n_out = net_n_out(net), rows = net->rows;
    struct data d = {
        .x = malloc((size_t)(rows * net->n_in) * sizeof(float)),
        .y = malloc((size_t)(rows * n_out) * sizeof(float)),
        .labels = malloc((size_t)rows * sizeof(int64_t)),
        .order = malloc((size_t)rows * sizeof(int64_t)),
    };
    REQUIRE(d.x != NULL && d.y != NULL && d.labels != NULL && d.order != NULL);
    for (int64_t r = 0; r < rows; r++) {
        float *x = d.x + r * net->n_in;
        for (int64_t c = 0; c < net->n_in; c++) x[c] = (float)fraction((uint64_t)(r * 977 + c), 7);
        /* A rule that a net can learn: which of the first inputs dominate. */
        const float sum = x[0] + x[1 % net->n_in] - x[2 % net->n_in];
        int64_t label = sum < -0.5f ? 0 : sum < 0.5f ? 1 : 2;
        d.labels[r] = label % n_out;
        for (int64_t c = 0; c < n_out; c++) {
            const int binary = net->loss == FNN_LOSS_BCE || net->loss == FNN_LOSS_BCE_LOGITS;
            const int one_hot = net->loss == FNN_LOSS_CCE || net->loss == FNN_LOSS_CCE_LOGITS;
            d.y[r * n_out + c] = binary    ? (float)(sum > 0)
                                 : one_hot ? (float)(c == d.labels[r])
                                           : sum / (float)(1 << (c % 4));
        }
        d.order[r] = r;
    }
    d.x_array = (struct fnn_array){.data = d.x, .dtype = FNN_F32, .rows = rows, .cols = net->n_in,
                                   .row_stride = net->n_in * 4, .col_stride = 4};
    d.y_array = net_is_sparse(net)
                    ? (struct fnn_array){.data = d.labels, .dtype = FNN_I64, .rows = rows,
                                         .cols = 1, .row_stride = 8, .col_stride = 8}
                    : (struct fnn_array){.data = d.y, .dtype = FNN_F32, .rows = rows,
                                         .cols = n_out, .row_stride = n_out * 4, .col_stride = 4};
    return d;
}

static inline void data_destroy(struct data *d)
{
    free(d->x);
    free(d->y);
    free(d->labels);
    free(d->order);
}

static inline struct fnn_trainer *net_trainer(const struct net *net, struct fnn_model *model)
{
    const struct fnn_output_spec output = {.has_loss = 1, .loss = net->loss, .loss_weight = 1,
                                           .reduction = FNN_REDUCE_MEAN};
    const struct fnn_trainer_spec spec = {.batch = net->batch, .outputs = &output, .n_outputs = 1,
                                          .seed = 20};
    struct fnn_trainer *trainer = NULL;
    REQUIRE(fnn_trainer_create(model, &spec, &trainer) == FNN_OK);
    return trainer;
}

static inline int64_t net_steps(const struct net *net)
{
    return (net->rows + net->batch - 1) / net->batch;
}

/* At most this many steps a run. */
enum { NET_STEPS_MAX = 256 };

/* Steps first ... first + n of epoch `epoch`, shuffled by its number. */
static inline enum fnn_status net_fit(const struct net *net, struct fnn_trainer *trainer,
                                      struct data *data, int64_t epoch, int64_t first, int64_t n,
                                      struct fnn_result *result)
{
    double rates[NET_STEPS_MAX];
    REQUIRE(n <= NET_STEPS_MAX);
    for (int64_t i = 0; i < n; i++) rates[i] = net->learning_rate;
    fnn_random_permutation(11, 1, (uint64_t)epoch, net->rows, data->order);
    const struct fnn_run run = {
        .x = &data->x_array, .y = &data->y_array, .order = data->order, .n_rows = net->rows,
        .first_step = first, .n_steps = n, .learning_rate = rates,
        .hyper = net_hyper(net->optimizer),
    };
    return fnn_trainer_fit(trainer, &run, result);
}

#endif /* FNN_NETS_H */
