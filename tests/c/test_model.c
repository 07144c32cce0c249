/* test_model.c: whole training runs. The bits of weights, optimiser slots and predictions
 * are the same for every instruction set, for 1, 2 and 3 threads, for a run that was
 * stopped and resumed, and for a row predicted alone. The hash lines it prints are the same
 * on every machine: compare them between an x86 and an ARM run.
 *
 * The instruction set is chosen once a process, so each tier runs in a child of its own. */
#define _GNU_SOURCE
#include <inttypes.h>

#include "nets.h"
#include "tiers.h"

static const struct net nets[] = {
    {"8-12-8-1 adam", FNN_F32, 8,
     {{12, FNN_ACT_RELU, 0}, {8, FNN_ACT_RELU, 0}, {1, FNN_ACT_SIGMOID, 0}},
     FNN_LOSS_BCE, FNN_OPT_ADAM, 0.01, 103, 10, 3},
    {"8-12-8-1 adam f64", FNN_F64, 8,
     {{12, FNN_ACT_RELU, 0}, {8, FNN_ACT_RELU, 0}, {1, FNN_ACT_SIGMOID, 0}},
     FNN_LOSS_BCE, FNN_OPT_ADAM, 0.01, 103, 10, 3},
    {"20-33-17-5 softmax momentum", FNN_F32, 20,
     {{33, FNN_ACT_TANH, 0}, {17, FNN_ACT_GELU, 0}, {5, FNN_ACT_SOFTMAX, 0}},
     FNN_LOSS_SCCE, FNN_OPT_SGD_MOMENTUM, 0.05, 97, 16, 3},
    {"20-33-17-5 softmax nesterov f64", FNN_F64, 20,
     {{33, FNN_ACT_SELU, 0}, {17, FNN_ACT_SILU, 0}, {5, FNN_ACT_SOFTMAX, 0}},
     FNN_LOSS_CCE, FNN_OPT_SGD_NESTEROV, 0.05, 97, 16, 3},
    {"13-40-3 dropout sgd", FNN_F32, 13,
     {{40, FNN_ACT_SOFTPLUS, 0.25}, {3, FNN_ACT_LINEAR, 0}},
     FNN_LOSS_MSE, FNN_OPT_SGD, 0.05, 60, 13, 4},
    {"17-24-24-2 elu gelu_tanh mae", FNN_F32, 17,
     {{24, FNN_ACT_ELU, 0}, {24, FNN_ACT_GELU_TANH, 0.5}, {2, FNN_ACT_LEAKY_RELU, 0}},
     FNN_LOSS_MAE, FNN_OPT_ADAM, 0.005, 64, 32, 3},
    /* Wide and long enough for several threads, with sums over more than one chunk. */
    {"530-257-96-10 adam", FNN_F32, 530,
     {{257, FNN_ACT_RELU, 0.1}, {96, FNN_ACT_RELU, 0}, {10, FNN_ACT_SOFTMAX, 0}},
     FNN_LOSS_SCCE, FNN_OPT_ADAM, 0.001, 260, 130, 2},
    /* A small net over a long batch: the weight gradients reduce over three chunks. */
    {"4-24-16-4 long batch f64", FNN_F64, 4,
     {{24, FNN_ACT_TANH, 0}, {16, FNN_ACT_TANH, 0}, {4, FNN_ACT_LINEAR, 0}},
     FNN_LOSS_SSE, FNN_OPT_SGD, 0.0001, 1300, 1300, 3},
#define STEPPED(name, dtype, kind, rate)                                                          \
    {"11-19-3 " name, dtype, 11, {{19, FNN_ACT_TANH, 0}, {3, FNN_ACT_LINEAR, 0}}, FNN_LOSS_MSE,   \
     kind, rate, 50, 16, 3}
    STEPPED("amsgrad", FNN_F32, FNN_OPT_ADAM_AMSGRAD, 0.01),
    STEPPED("adamax f64", FNN_F64, FNN_OPT_ADAMAX, 0.01),
    STEPPED("nadam", FNN_F32, FNN_OPT_NADAM, 0.01),
    STEPPED("rmsprop", FNN_F32, FNN_OPT_RMSPROP, 0.01),
    STEPPED("rmsprop momentum f64", FNN_F64, FNN_OPT_RMSPROP_MOMENTUM, 0.001),
    STEPPED("rmsprop centered", FNN_F32, FNN_OPT_RMSPROP_CENTERED, 0.001),
    STEPPED("rmsprop both", FNN_F32, FNN_OPT_RMSPROP_CENTERED_MOMENTUM, 0.001),
    STEPPED("adagrad", FNN_F32, FNN_OPT_ADAGRAD, 0.05),
    STEPPED("adadelta", FNN_F32, FNN_OPT_ADADELTA, 1),
    STEPPED("lion", FNN_F32, FNN_OPT_LION, 0.001),
    STEPPED("ftrl", FNN_F32, FNN_OPT_FTRL, 0.2),
    STEPPED("ftrl power f64", FNN_F64, FNN_OPT_FTRL_POWER, 0.2),
#undef STEPPED
};
enum { NETS = sizeof nets / sizeof *nets, THREADS_MAX = 3 };

/* What one (tier, thread count) run of a net gives. */
struct outcome {
    uint64_t state, prediction;
};

static void *predict(const struct net *net, struct fnn_model *model, const struct fnn_array *x)
{
    void *out = malloc((size_t)(x->rows * net_n_out(net)) * dtype_size(net->dtype) + 1);
    REQUIRE(out != NULL);
    CHECK(fnn_model_predict(model, x, &out) == FNN_OK);
    return out;
}

/* Rows first ... first + n of x. */
static struct fnn_array some_rows(const struct fnn_array *x, int64_t first, int64_t n)
{
    struct fnn_array part = *x;
    part.data = (const char *)x->data + first * x->row_stride;
    part.rows = n;
    return part;
}

/* Any cut of the rows gives the bits of the whole. */
static void check_cuts(const struct net *net, struct fnn_model *model, const struct data *data,
                       const unsigned char *whole)
{
    static const int64_t cuts[] = {1, 2, 5, 7, 16, 33};
    const size_t row_bytes = (size_t)net_n_out(net) * dtype_size(net->dtype);
    for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
        int same = 1;
        for (int64_t r = 0; r < net->rows; r += cuts[c]) {
            const int64_t n = net->rows - r < cuts[c] ? net->rows - r : cuts[c];
            const struct fnn_array part = some_rows(&data->x_array, r, n);
            void *out = predict(net, model, &part);
            same &= memcmp(out, whole + (size_t)r * row_bytes, (size_t)n * row_bytes) == 0;
            free(out);
        }
        CHECK(same);
    }
}

static struct outcome run_net(const struct net *net)
{
    struct data data = data_create(net);
    struct fnn_model *model = net_create(net);
    REQUIRE(model != NULL);
    struct fnn_trainer *trainer = net_trainer(net, model);
    const int64_t steps = net_steps(net);
    double first_loss = 0, last_loss = 0;
    uint64_t allocated = 0;
    for (int64_t epoch = 0; epoch < net->epochs; epoch++) {
        struct fnn_result result;
        CHECK(net_fit(net, trainer, &data, epoch, 0, steps, &result) == FNN_OK);
        CHECK(result.steps_done == steps);
        last_loss = result.loss_sum[0] / result.loss_weight[0];
        if (epoch == 0) first_loss = last_loss;
        /* All memory is there after the first batch. */
        if (epoch == 0) allocated = fnn_allocation_count();
        CHECK(fnn_allocation_count() == allocated);
    }
    CHECK(last_loss < first_loss);
    CHECK(fnn_model_iterations(model) == steps * net->epochs);

    unsigned char *whole = predict(net, model, &data.x_array);
    allocated = fnn_allocation_count();
    check_cuts(net, model, &data, whole);
    CHECK(fnn_allocation_count() == allocated);
    struct outcome outcome = {
        model_hash(net, model, 1),
        hash_bytes(HASH_START, whole,
                   (size_t)(net->rows * net_n_out(net)) * dtype_size(net->dtype)),
    };
    free(whole);
    fnn_trainer_destroy(trainer);
    fnn_model_destroy(model);
    data_destroy(&data);
    return outcome;
}

/* Every epoch cut in the middle and carried on by a fresh model and trainer. */
static uint64_t run_resumed(const struct net *net)
{
    struct data data = data_create(net);
    struct fnn_model *model = net_create(net);
    REQUIRE(model != NULL);
    const int64_t steps = net_steps(net), half = steps / 2;
    for (int64_t epoch = 0; epoch < net->epochs; epoch++) {
        struct fnn_result result;
        struct fnn_trainer *trainer = net_trainer(net, model);
        CHECK(net_fit(net, trainer, &data, epoch, 0, half, &result) == FNN_OK);
        fnn_trainer_destroy(trainer);

        struct fnn_model *fresh = net_create(net);
        REQUIRE(fresh != NULL);
        copy_state(net->dtype, net->optimizer, model, fresh);
        fnn_model_destroy(model);
        model = fresh;

        trainer = net_trainer(net, model);
        CHECK(net_fit(net, trainer, &data, epoch, half, steps - half, &result) == FNN_OK);
        fnn_trainer_destroy(trainer);
    }
    const uint64_t hash = model_hash(net, model, 1);
    fnn_model_destroy(model);
    data_destroy(&data);
    return hash;
}

/* The child's work: every net on one tier. Threads and resuming are compared here, tiers by
 * the parent. */
static void run_tier(const char *isa, void *results)
{
    struct outcome *outcomes = results;
    for (int i = 0; i < NETS; i++) {
        for (int threads = 1; threads <= THREADS_MAX; threads++) {
            fnn_set_num_threads(threads);
            const struct outcome now = run_net(&nets[i]);
            if (threads == 1) outcomes[i] = now;
            if (!CHECK(now.state == outcomes[i].state && now.prediction == outcomes[i].prediction))
                fprintf(stderr, "  %s: %s differs with %d threads\n", isa, nets[i].name, threads);
        }
        if (!CHECK(run_resumed(&nets[i]) == outcomes[i].state))
            fprintf(stderr, "  %s: %s differs when resumed\n", isa, nets[i].name);
    }
}

static const char *name_of(size_t i) { return nets[i].name; }

int main(void)
{
    struct outcome outcomes[NETS] = {{0, 0}};
    if (tiers_run(run_tier, outcomes, NETS, sizeof *outcomes, name_of))
        for (int n = 0; n < NETS; n++)
            printf("hash %016" PRIx64 " %016" PRIx64 " %s\n", outcomes[n].state,
                   outcomes[n].prediction, nets[n].name);
    return check_done("model");
}
