/* op_info.c: facts of the ops that do not depend on the instruction set: which value an
 * activation's derivative is taken from, what a loss reads, and the coefficients of each
 * optimiser. Tables only; a new op is a line here. */
#include "kernels.h"

#include <assert.h>
#include <math.h>

/* ---- activations and losses --------------------------------------------- */

/* Needs z where the derivative cannot be had from y alone, or only with cancellation. */
static const struct {
    unsigned char needs_z, elementwise;
} activations[FNN_ACT_COUNT] = {
    [FNN_ACT_LINEAR] = {0, 1},     [FNN_ACT_RELU] = {0, 1},
    [FNN_ACT_SIGMOID] = {0, 1},    [FNN_ACT_TANH] = {0, 1},
    [FNN_ACT_SOFTMAX] = {0, 0},    [FNN_ACT_SOFTPLUS] = {1, 1},
    [FNN_ACT_ELU] = {1, 1},        [FNN_ACT_SELU] = {1, 1},
    [FNN_ACT_GELU] = {1, 1},       [FNN_ACT_GELU_TANH] = {1, 1},
    [FNN_ACT_SILU] = {1, 1},       [FNN_ACT_LEAKY_RELU] = {1, 1},
    [FNN_ACT_STEP] = {1, 1},       [FNN_ACT_CLIPPED_RELU] = {1, 1},
    [FNN_ACT_CELU] = {1, 1},       [FNN_ACT_SOFTSIGN] = {1, 1},
    [FNN_ACT_MISH] = {1, 1},       [FNN_ACT_EXPONENTIAL] = {0, 1},
    [FNN_ACT_HARD_SIGMOID] = {1, 1}, [FNN_ACT_HARD_SILU] = {1, 1},
    [FNN_ACT_HARD_TANH] = {1, 1},  [FNN_ACT_HARD_SHRINK] = {1, 1},
    [FNN_ACT_SOFT_SHRINK] = {1, 1}, [FNN_ACT_TANH_SHRINK] = {1, 1},
    [FNN_ACT_SQUAREPLUS] = {1, 1}, [FNN_ACT_SPARSE_PLUS] = {1, 1},
    [FNN_ACT_SPARSE_SIGMOID] = {1, 1}, [FNN_ACT_THRESHOLD] = {1, 1},
    [FNN_ACT_LOG_SIGMOID] = {0, 1}, [FNN_ACT_LOG_SOFTMAX] = {0, 0},
    [FNN_ACT_SPARSEMAX] = {0, 0},  [FNN_ACT_ABS] = {1, 1},
    [FNN_ACT_POWER] = {1, 1},
};

int fnn_act_needs_z(enum fnn_activation act)
{
    assert((unsigned)act < FNN_ACT_COUNT);
    return activations[act].needs_z;
}

int fnn_act_elementwise(enum fnn_activation act)
{
    assert((unsigned)act < FNN_ACT_COUNT);
    return activations[act].elementwise;
}

int fnn_loss_is_sparse(enum fnn_loss loss)
{
    static const unsigned char sparse[FNN_LOSS_COUNT] = {
        [FNN_LOSS_SCCE] = 1, [FNN_LOSS_SCCE_LOGITS] = 1, [FNN_LOSS_GENERALIZED_CE] = 1,
    };
    assert((unsigned)loss < FNN_LOSS_COUNT);
    return sparse[loss];
}

int fnn_loss_leaves_some_out(enum fnn_loss loss, const double *param)
{
    return (loss == FNN_LOSS_SCCE || loss == FNN_LOSS_SCCE_LOGITS) && param[1] != 0;
}

int fnn_loss_leaves_out(enum fnn_loss loss, const double *param, double label)
{
    return fnn_loss_leaves_some_out(loss, param) && label == param[2];
}

/* ---- optimisers --------------------------------------------------------- */

/* x^n by repeated squaring, 0 <= x < 1, n >= 0: a fixed sequence of multiplications, so that a
 * resumed run has the bits of an unbroken one. Relative error below about n * 2^-53; for
 * beta^step that is harmless, since the power vanishes against 1 before the error shows. Below
 * 2^-60 it is 0, as all uses take it from 1. Multiplying by 1 instead of branching on a bit of
 * n: steps of a microsecond feel the mispredictions (225 -> 95 cycles). */
static double power(double x, int64_t n)
{
    double result = 1.0;
    for (; n > 0; n >>= 1) {
        if (x < 0x1p-60)
            return 0.0;
        result *= n & 1 ? x : 1.0;
        x *= x;
    }
    return result;
}

/* power(a, n) and power(b, n), one beside the other: each waits for its own multiplications only. */
static void two_powers(double a, double b, int64_t n, double *to_a, double *to_b)
{
    double result_a = 1.0, result_b = 1.0;
    for (; n > 0; n >>= 1) {
        if (a < 0x1p-60) result_a = a = 0.0;
        if (b < 0x1p-60) result_b = b = 0.0;
        result_a *= n & 1 ? a : 1.0;
        result_b *= n & 1 ? b : 1.0;
        a *= a;
        b *= b;
    }
    *to_a = result_a;
    *to_b = result_b;
}

/* What the kernels of body/opt.inc.h find in c[]; the formulas are there. */
static void sgd(const double *hyper, double learning_rate, int64_t step, double *c)
{
    (void)hyper, (void)step;
    c[0] = learning_rate;
}

static void sgd_momentum(const double *hyper, double learning_rate, int64_t step, double *c)
{
    (void)step;
    c[0] = learning_rate;
    c[1] = hyper[0];
}

static void adam(const double *hyper, double learning_rate, int64_t step, double *c)
{
    const double beta_1 = hyper[0], beta_2 = hyper[1];
    double power_1, power_2;
    two_powers(beta_1, beta_2, step, &power_1, &power_2);
    c[0] = learning_rate * sqrt(1.0 - power_2) / (1.0 - power_1);
    c[1] = 1.0 - beta_1;
    c[2] = 1.0 - beta_2;
    c[3] = hyper[2];
}

static void adamax(const double *hyper, double learning_rate, int64_t step, double *c)
{
    c[0] = learning_rate / (1.0 - power(hyper[0], step));
    c[1] = 1.0 - hyper[0];
    c[2] = hyper[1];
    c[3] = hyper[2];
}

/* beta_1 (1 - 0.96^i / 2), Nadam's momentum of step i, and the product of those of steps
 * 1 ... step: a function of the step alone, so that nothing has to be saved. From i = 900 on
 * 0.96^i / 2 is below 2^-53 and the factor is beta_1; a product below 2^-54 is 0 beside 1. */
static double nadam_momentum(double beta_1, int64_t i)
{
    return beta_1 * (1.0 - 0.5 * power(0.96, i));
}

static double nadam_product(double beta_1, int64_t step)
{
    double product = power(beta_1, step), decay = 1.0;
    for (int64_t i = 1; i <= step && i < 900 && product > 0x1p-60; i++) {
        decay *= 0.96;
        product *= 1.0 - 0.5 * decay;
    }
    return product;
}

static void nadam(const double *hyper, double learning_rate, int64_t step, double *c)
{
    const double now = nadam_momentum(hyper[0], step);
    const double next = nadam_momentum(hyper[0], step + 1);
    const double product = nadam_product(hyper[0], step);
    c[0] = learning_rate * next / (1.0 - product * next);
    c[1] = 1.0 - hyper[0];
    c[2] = 1.0 - hyper[1];
    c[3] = hyper[2];
    c[4] = learning_rate * (1.0 - now) / (1.0 - product);
    c[5] = 1.0 / sqrt(1.0 - power(hyper[1], step));
}

/* Lamb's direction, without the learning rate. */
static void lamb(const double *hyper, double learning_rate, int64_t step, double *c)
{
    (void)learning_rate;
    c[0] = 1.0 / (1.0 - power(hyper[0], step));
    c[1] = 1.0 - hyper[0];
    c[2] = 1.0 - hyper[1];
    c[3] = hyper[2];
    c[5] = 1.0 / sqrt(1.0 - power(hyper[1], step));
}

/* Keras: momentum * m + g, and with Nesterov's momentum * that + g. */
static void muon(const double *hyper, double learning_rate, int64_t step, double *c)
{
    (void)learning_rate, (void)step;
    const int nesterov = hyper[4] != 0;
    c[0] = hyper[3];
    c[1] = nesterov ? hyper[3] : 1.0;
    c[2] = nesterov ? 1.0 : 0.0;
}

static void muon_adam(const double *hyper, double learning_rate, int64_t step, double *c)
{
    adam(hyper, learning_rate * hyper[5], step, c);
}

static void rmsprop(const double *hyper, double learning_rate, int64_t step, double *c)
{
    (void)step;
    c[0] = learning_rate;
    c[1] = 1.0 - hyper[0];
    c[2] = hyper[1];
    c[3] = hyper[2];
}

static void adagrad(const double *hyper, double learning_rate, int64_t step, double *c)
{
    (void)step;
    c[0] = learning_rate;
    c[1] = hyper[1];
}

static void adadelta(const double *hyper, double learning_rate, int64_t step, double *c)
{
    (void)step;
    c[0] = learning_rate;
    c[1] = 1.0 - hyper[0];
    c[2] = hyper[1];
}

static void lion(const double *hyper, double learning_rate, int64_t step, double *c)
{
    (void)step;
    c[0] = learning_rate;
    c[1] = hyper[0];
    c[2] = 1.0 - hyper[0];
    c[3] = 1.0 - hyper[1];
}

static void ftrl(const double *hyper, double learning_rate, int64_t step, double *c)
{
    (void)step;
    c[0] = 1.0 / learning_rate;
    c[1] = hyper[1];
    c[2] = 2.0 * hyper[2] + hyper[4] / learning_rate;
    c[3] = 2.0 * hyper[3];
    c[4] = hyper[5];
}

static const struct {
    int32_t slots;
    void (*coefficients)(const double *hyper, double learning_rate, int64_t step, double *c);
    int32_t initial; /* 1: slot 0 starts at hyper[0], the others at 0 */
} optimizers[FNN_OPT_COUNT] = {
    [FNN_OPT_NONE] = {0, NULL, 0},
    [FNN_OPT_SGD] = {0, sgd, 0},
    [FNN_OPT_SGD_MOMENTUM] = {1, sgd_momentum, 0},
    [FNN_OPT_SGD_NESTEROV] = {1, sgd_momentum, 0},
    [FNN_OPT_ADAM] = {2, adam, 0},
    [FNN_OPT_ADAM_AMSGRAD] = {3, adam, 0},
    [FNN_OPT_ADAMAX] = {2, adamax, 0},
    [FNN_OPT_NADAM] = {2, nadam, 0},
    [FNN_OPT_RMSPROP] = {1, rmsprop, 0},
    [FNN_OPT_RMSPROP_MOMENTUM] = {2, rmsprop, 0},
    [FNN_OPT_RMSPROP_CENTERED] = {2, rmsprop, 0},
    [FNN_OPT_RMSPROP_CENTERED_MOMENTUM] = {3, rmsprop, 0},
    [FNN_OPT_ADAGRAD] = {1, adagrad, 1},
    [FNN_OPT_ADADELTA] = {2, adadelta, 0},
    [FNN_OPT_LION] = {1, lion, 0},
    [FNN_OPT_FTRL] = {2, ftrl, 1},
    [FNN_OPT_FTRL_POWER] = {2, ftrl, 1},
    [FNN_OPT_LAMB] = {2, lamb, 0},
    [FNN_OPT_MUON] = {2, muon, 0},
    [FNN_OPT_MUON_ADAM] = {2, muon_adam, 0},
};

int32_t fnn_optimizer_slots(enum fnn_optimizer kind)
{
    assert((unsigned)kind < FNN_OPT_COUNT);
    return optimizers[kind].slots;
}

int fnn_opt_directs(enum fnn_optimizer kind)
{
    return kind == FNN_OPT_LAMB || kind == FNN_OPT_MUON;
}

double fnn_optimizer_initial(enum fnn_optimizer kind, const double *hyper, int32_t slot)
{
    assert((unsigned)kind < FNN_OPT_COUNT && slot >= 0 && slot < optimizers[kind].slots);
    return optimizers[kind].initial && slot == 0 ? hyper[0] : 0.0;
}

void fnn_opt_coefficients(enum fnn_optimizer kind, const double *hyper, double learning_rate,
                          int64_t step, double *c)
{
    assert((unsigned)kind < FNN_OPT_COUNT && step >= 1);
    for (int i = 0; i < FNN_OPT_COEFS; i++)
        c[i] = 0.0;
    if (optimizers[kind].coefficients)
        optimizers[kind].coefficients(hyper, learning_rate, step, c);
    const int decay = kind == FNN_OPT_MUON_ADAM ? FNN_HYPER_MUON_DECAY : FNN_HYPER_DECAY;
    c[FNN_OPT_COEF_DECAY] = hyper[decay] * learning_rate;
    c[FNN_OPT_COEF_CLIP] = hyper[FNN_HYPER_CLIP];
    c[FNN_OPT_COEF_FACTOR] = 1.0;
}

size_t fnn_orthogonal_scratch(size_t rows, size_t cols, int columns)
{
    const size_t count = columns ? cols : rows, length = columns ? rows : cols;
    /* Unit rows twice more in panels, products, a panel of the derivative, two vectors. */
    const size_t each = (length + FNN_PAD) + 2 * length + (count + 2 * FNN_PAD) + (FNN_COLS + FNN_PAD) + 2;
    return count * each + 4 * FNN_PAD;
}
