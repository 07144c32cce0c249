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
    [FNN_ACT_SPARSEMAX] = {0, 0},
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
        [FNN_LOSS_SCCE] = 1, [FNN_LOSS_SCCE_LOGITS] = 1,
    };
    assert((unsigned)loss < FNN_LOSS_COUNT);
    return sparse[loss];
}

/* ---- optimisers --------------------------------------------------------- */

/* x^n by repeated squaring, n >= 0: a fixed sequence of multiplications, so that a resumed
 * run has the bits of an unbroken one. Relative error below about n * 2^-53; for beta^step
 * that is harmless, since the power vanishes against 1 before the error shows. */
static double power(double x, int64_t n)
{
    double result = 1.0;
    for (; n > 0; n >>= 1) {
        if (n & 1)
            result *= x;
        x *= x;
    }
    return result;
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
    c[0] = learning_rate * sqrt(1.0 - power(beta_2, step)) / (1.0 - power(beta_1, step));
    c[1] = 1.0 - beta_1;
    c[2] = 1.0 - beta_2;
    c[3] = hyper[2];
}

static const struct {
    int32_t slots;
    void (*coefficients)(const double *hyper, double learning_rate, int64_t step, double *c);
} optimizers[FNN_OPT_COUNT] = {
    [FNN_OPT_NONE] = {0, NULL},
    [FNN_OPT_SGD] = {0, sgd},
    [FNN_OPT_SGD_MOMENTUM] = {1, sgd_momentum},
    [FNN_OPT_SGD_NESTEROV] = {1, sgd_momentum},
    [FNN_OPT_ADAM] = {2, adam},
};

int32_t fnn_optimizer_slots(enum fnn_optimizer kind)
{
    assert((unsigned)kind < FNN_OPT_COUNT);
    return optimizers[kind].slots;
}

void fnn_opt_coefficients(enum fnn_optimizer kind, const double *hyper, double learning_rate,
                          int64_t step, double *c)
{
    assert((unsigned)kind < FNN_OPT_COUNT && step >= 1);
    for (int i = 0; i < FNN_OPT_COEFS; i++)
        c[i] = 0.0;
    if (optimizers[kind].coefficients)
        optimizers[kind].coefficients(hyper, learning_rate, step, c);
}
