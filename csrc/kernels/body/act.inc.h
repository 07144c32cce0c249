/* act.inc.h: the elementwise activations and their derivatives, slots act_fwd and act_bwd
 * of kernels.h. Those made of straight pieces are in act_pieces.inc.h, further smooth ones in
 * act_smooth.inc.h, powers in act_power.inc.h, those over a row in act_softmax.inc.h and
 * act_sparsemax.inc.h.
 *
 *   linear       z
 *   relu         max(z, 0) as 0 > z ? 0 : z: NaN stays NaN and relu(-0) = -0
 *   sigmoid      1 / (1 + exp(-z))
 *   tanh         tanh(z)
 *   softplus     log(1 + exp(z))
 *   elu          z > 0 ? z : alpha (exp(z) - 1), alpha = param[0]
 *   selu         lambda (z > 0 ? z : alpha (exp(z) - 1)) with the two constants of
 *                G. Klambauer et al., "Self-Normalizing Neural Networks", 2017
 *   gelu         z phi(z), phi the normal distribution function
 *   gelu_tanh    z (1 + tanh(g)) / 2 = z sigmoid(2 g), g = sqrt(2 / pi) (z + 0.044715 z^3);
 *                the sigmoid form keeps the left tail accurate
 *   silu         z sigmoid(z)
 *   leaky_relu   z >= 0 ? z : slope z, slope = param[0]
 *   step         z >= 0 ? 1 : 0 (NaN gives 0); its derivative is 0 everywhere
 *
 * Where an activation vanishes at -inf, z is cut off where the result has become zero, so
 * that -inf gives -0 and not NaN; derivatives are cut off on both sides alike.
 */
#ifndef FNN_BODY_ACT_H
#define FNN_BODY_ACT_H

#include "vmath.inc.h"

#define ACT_SELU_LAMBDA ((real)1.0507009873554804934)
#define ACT_SELU_SLOPE ((real)1.7580993408473768600) /* lambda * alpha */
#define ACT_GELU_A ((real)1.5957691216057307117)     /* 2 sqrt(2 / pi) */
#define ACT_GELU_B ((real)0.071354816272600241)      /* 0.044715 times that */
#define ACT_GELU_3B ((real)0.21406444881780072)

/* |z| from which sigmoid(-|z|) |z| rounds to 0, and sigmoid(|z|) to 1. */
#define ACT_SILU_END ((real)(FNN_REAL == 32 ? 120 : 800))
#define ACT_GELU_TANH_END ((real)(FNN_REAL == 32 ? 14 : 40))

/* a cut to [-end, end], NaN kept. */
FNN_INLINE vec act_cut(vec a, real end)
{
    return v_min(v_set1(end), v_max(v_set1(-end), a));
}

/* The parameters of an activation in every lane. */
struct act_params {
    vec a, b, c, low; /* param[0], [1], [2]; clipped_relu's lower bound */
    double first;     /* param[0] */
};

#include "act_pieces.inc.h"
#include "act_power.inc.h"
#include "act_smooth.inc.h"

/* 2 g of gelu_tanh. */
FNN_INLINE vec act_gelu_inner(vec z)
{
    return v_mul(z, v_fma(v_mul(z, z), v_set1(ACT_GELU_B), v_set1(ACT_GELU_A)));
}

/* act(z). `act` is a constant at every call, so that one case remains. */
FNN_INLINE vec act_value(enum fnn_activation act, vec z, const struct act_params *p)
{
    const vec zero = v_zero();
    const mask positive = v_gt(z, zero);
    switch (act) {
    case FNN_ACT_RELU: return v_max(zero, z);
    case FNN_ACT_SIGMOID: return vm_sigmoid(z);
    case FNN_ACT_TANH: return vm_tanh(z);
    case FNN_ACT_SOFTPLUS: return vm_softplus(z);
    case FNN_ACT_ELU: return v_select(positive, z, v_mul(p->a, vm_expm1(z)));
    case FNN_ACT_SELU:
        return v_mul(v_select(positive, v_set1(ACT_SELU_LAMBDA), v_set1(ACT_SELU_SLOPE)),
                     v_select(positive, z, vm_expm1(z)));
    case FNN_ACT_GELU: return vm_gelu(z);
    case FNN_ACT_GELU_TANH: {
        const vec cut = v_max(v_set1(-ACT_GELU_TANH_END), z);
        return v_mul(cut, vm_sigmoid(act_gelu_inner(act_cut(z, ACT_GELU_TANH_END))));
    }
    case FNN_ACT_SILU: return v_mul(v_max(v_set1(-ACT_SILU_END), z), vm_sigmoid(z));
    case FNN_ACT_LEAKY_RELU: return v_select(v_ge(z, zero), z, v_mul(p->a, z));
    case FNN_ACT_STEP: return v_select(v_ge(z, zero), v_set1(1), zero);
    default: return act_in_pieces(act) ? act_pieces_value(act, z, p) : act_smooth_value(act, z, p);
    }
}

/* act'(.) from y or from z, as op_info.c says. */
FNN_INLINE vec act_slope(enum fnn_activation act, vec ref, const struct act_params *p)
{
    const vec one = v_set1(1);
    const mask positive = v_gt(ref, v_zero());
    switch (act) {
    case FNN_ACT_SIGMOID: return v_fnma(ref, ref, ref); /* y - y^2 */
    case FNN_ACT_TANH: return v_fnma(ref, ref, one);    /* 1 - y^2 */
    case FNN_ACT_SOFTPLUS: return vm_sigmoid(ref);
    case FNN_ACT_ELU: return v_select(positive, one, v_mul(p->a, vm_exp(ref)));
    case FNN_ACT_SELU:
        return v_select(positive, v_set1(ACT_SELU_LAMBDA),
                        v_mul(v_set1(ACT_SELU_SLOPE), vm_exp(ref)));
    case FNN_ACT_GELU: return vm_gelu_slope(ref);
    case FNN_ACT_GELU_TANH: {
        /* s + z s (1 - s) (2 g)', s = sigmoid(2 g) */
        const vec z = act_cut(ref, ACT_GELU_TANH_END);
        const vec s = vm_sigmoid(act_gelu_inner(z));
        const vec dg = v_fma(v_mul(z, z), v_set1(ACT_GELU_3B), v_set1(ACT_GELU_A));
        return v_fma(v_mul(z, dg), v_fnma(s, s, s), s);
    }
    case FNN_ACT_SILU: {
        /* s + z s (1 - s) */
        const vec z = act_cut(ref, ACT_SILU_END);
        const vec s = vm_sigmoid(z);
        return v_fma(z, v_fnma(s, s, s), s);
    }
    case FNN_ACT_LEAKY_RELU: return v_select(v_ge(ref, v_zero()), one, p->a);
    default:
        return act_in_pieces(act) ? act_pieces_slope(act, ref, p) : act_smooth_slope(act, ref, p);
    }
}

/* d * act'(.); the masks of relu and step leave a true zero whatever d is. */
FNN_INLINE vec act_chain(enum fnn_activation act, vec ref, vec d, const struct act_params *p)
{
    if (act == FNN_ACT_RELU)
        return v_select(v_gt(ref, v_zero()), d, v_zero());
    if (act == FNN_ACT_STEP)
        return v_zero();
    return v_mul(d, act_slope(act, ref, p));
}

/* param may be NULL for an activation without parameters. */
FNN_INLINE struct act_params act_params(const double *param)
{
    static const double none[3] = {0, 0, 0};
    const double *p = param ? param : none;
    const struct act_params out = {
        .a = v_set1((real)p[0]), .b = v_set1((real)p[1]), .c = v_set1((real)p[2]),
        .low = v_set1(p[1] < INFINITY ? (real)0 : -(real)INFINITY), .first = p[0],
    };
    return out;
}

FNN_INLINE void act_map(enum fnn_activation act, size_t rows, size_t cols, const real *z,
                        size_t ldz, real *y, size_t ldy, const double *param)
{
    const struct act_params p = act_params(param);
    if (ldz == cols && ldy == cols) { /* without gaps: one long row */
        cols *= rows;
        rows = 1;
    }
    const size_t whole = cols - cols % VL, part = cols % VL;
    for (size_t r = 0; r < rows; r++, z += ldz, y += ldy) {
        for (size_t c = 0; c < whole; c += VL)
            v_store(y + c, act_value(act, v_load(z + c), &p));
        if (part)
            v_store_part(y + whole, act_value(act, v_load_part(z + whole, part), &p), part);
    }
}

FNN_INLINE void act_map_bwd(enum fnn_activation act, size_t rows, size_t cols, const real *ref,
                            size_t ldr, real *d, size_t ldd, const double *param)
{
    const struct act_params p = act_params(param);
    if (ldr == cols && ldd == cols) {
        cols *= rows;
        rows = 1;
    }
    const size_t whole = cols - cols % VL, part = cols % VL;
    for (size_t r = 0; r < rows; r++, ref += ldr, d += ldd) {
        for (size_t c = 0; c < whole; c += VL)
            v_store(d + c, act_chain(act, v_load(ref + c), v_load(d + c), &p));
        if (part)
            v_store_part(d + whole, act_chain(act, v_load_part(ref + whole, part),
                                              v_load_part(d + whole, part), &p), part);
    }
}

/* The slots are these two templates with the activation put in; ACT_SLOTS is only their
 * signature spelled once. */
#define ACT_SLOTS(name, act)                                                                 \
    static void FN(fnn_act_fwd_##name)(size_t rows, size_t cols, const void *z, size_t ldz,  \
                                       void *y, size_t ldy, const double *param)             \
    {                                                                                        \
        act_map(act, rows, cols, z, ldz, y, ldy, param);                                     \
    }                                                                                        \
    static void FN(fnn_act_bwd_##name)(size_t rows, size_t cols, const void *ref, size_t ldr, \
                                       void *d, size_t ldd, const double *param)             \
    {                                                                                        \
        act_map_bwd(act, rows, cols, ref, ldr, d, ldd, param);                               \
    }

ACT_SLOTS(relu, FNN_ACT_RELU)
ACT_SLOTS(sigmoid, FNN_ACT_SIGMOID)
ACT_SLOTS(tanh, FNN_ACT_TANH)
ACT_SLOTS(softplus, FNN_ACT_SOFTPLUS)
ACT_SLOTS(elu, FNN_ACT_ELU)
ACT_SLOTS(selu, FNN_ACT_SELU)
ACT_SLOTS(gelu, FNN_ACT_GELU)
ACT_SLOTS(gelu_tanh, FNN_ACT_GELU_TANH)
ACT_SLOTS(silu, FNN_ACT_SILU)
ACT_SLOTS(leaky_relu, FNN_ACT_LEAKY_RELU)
ACT_SLOTS(step, FNN_ACT_STEP)
ACT_SLOTS(clipped_relu, FNN_ACT_CLIPPED_RELU)
ACT_SLOTS(celu, FNN_ACT_CELU)
ACT_SLOTS(softsign, FNN_ACT_SOFTSIGN)
ACT_SLOTS(mish, FNN_ACT_MISH)
ACT_SLOTS(exponential, FNN_ACT_EXPONENTIAL)
ACT_SLOTS(hard_sigmoid, FNN_ACT_HARD_SIGMOID)
ACT_SLOTS(hard_silu, FNN_ACT_HARD_SILU)
ACT_SLOTS(hard_tanh, FNN_ACT_HARD_TANH)
ACT_SLOTS(hard_shrink, FNN_ACT_HARD_SHRINK)
ACT_SLOTS(soft_shrink, FNN_ACT_SOFT_SHRINK)
ACT_SLOTS(tanh_shrink, FNN_ACT_TANH_SHRINK)
ACT_SLOTS(squareplus, FNN_ACT_SQUAREPLUS)
ACT_SLOTS(sparse_plus, FNN_ACT_SPARSE_PLUS)
ACT_SLOTS(sparse_sigmoid, FNN_ACT_SPARSE_SIGMOID)
ACT_SLOTS(threshold, FNN_ACT_THRESHOLD)
ACT_SLOTS(log_sigmoid, FNN_ACT_LOG_SIGMOID)
ACT_SLOTS(abs, FNN_ACT_ABS)
ACT_SLOTS(power, FNN_ACT_POWER)
#undef ACT_SLOTS

static void FN(fnn_act_fwd_linear)(size_t rows, size_t cols, const void *z, size_t ldz, void *y,
                                   size_t ldy, const double *param)
{
    (void)param;
    if (y == z && ldy == ldz)
        return;
    for (size_t r = 0; r < rows; r++)
        memmove((real *)y + r * ldy, (const real *)z + r * ldz, cols * sizeof(real));
}

/* The derivative is 1: d stays. */
static void FN(fnn_act_bwd_linear)(size_t rows, size_t cols, const void *ref, size_t ldr, void *d,
                                   size_t ldd, const double *param)
{
    (void)rows, (void)cols, (void)ref, (void)ldr, (void)d, (void)ldd, (void)param;
}

#include "act_softmax.inc.h"
#include "act_sparsemax.inc.h"

static fnn_act_fn *const FN(fnn_act_fwd)[FNN_ACT_COUNT] = {
    [FNN_ACT_LINEAR] = FN(fnn_act_fwd_linear),
    [FNN_ACT_RELU] = FN(fnn_act_fwd_relu),
    [FNN_ACT_SIGMOID] = FN(fnn_act_fwd_sigmoid),
    [FNN_ACT_TANH] = FN(fnn_act_fwd_tanh),
    [FNN_ACT_SOFTMAX] = FN(fnn_act_fwd_softmax),
    [FNN_ACT_SOFTPLUS] = FN(fnn_act_fwd_softplus),
    [FNN_ACT_ELU] = FN(fnn_act_fwd_elu),
    [FNN_ACT_SELU] = FN(fnn_act_fwd_selu),
    [FNN_ACT_GELU] = FN(fnn_act_fwd_gelu),
    [FNN_ACT_GELU_TANH] = FN(fnn_act_fwd_gelu_tanh),
    [FNN_ACT_SILU] = FN(fnn_act_fwd_silu),
    [FNN_ACT_LEAKY_RELU] = FN(fnn_act_fwd_leaky_relu),
    [FNN_ACT_STEP] = FN(fnn_act_fwd_step),
    [FNN_ACT_CLIPPED_RELU] = FN(fnn_act_fwd_clipped_relu),
    [FNN_ACT_CELU] = FN(fnn_act_fwd_celu),
    [FNN_ACT_SOFTSIGN] = FN(fnn_act_fwd_softsign),
    [FNN_ACT_MISH] = FN(fnn_act_fwd_mish),
    [FNN_ACT_EXPONENTIAL] = FN(fnn_act_fwd_exponential),
    [FNN_ACT_HARD_SIGMOID] = FN(fnn_act_fwd_hard_sigmoid),
    [FNN_ACT_HARD_SILU] = FN(fnn_act_fwd_hard_silu),
    [FNN_ACT_HARD_TANH] = FN(fnn_act_fwd_hard_tanh),
    [FNN_ACT_HARD_SHRINK] = FN(fnn_act_fwd_hard_shrink),
    [FNN_ACT_SOFT_SHRINK] = FN(fnn_act_fwd_soft_shrink),
    [FNN_ACT_TANH_SHRINK] = FN(fnn_act_fwd_tanh_shrink),
    [FNN_ACT_SQUAREPLUS] = FN(fnn_act_fwd_squareplus),
    [FNN_ACT_SPARSE_PLUS] = FN(fnn_act_fwd_sparse_plus),
    [FNN_ACT_SPARSE_SIGMOID] = FN(fnn_act_fwd_sparse_sigmoid),
    [FNN_ACT_THRESHOLD] = FN(fnn_act_fwd_threshold),
    [FNN_ACT_LOG_SIGMOID] = FN(fnn_act_fwd_log_sigmoid),
    [FNN_ACT_LOG_SOFTMAX] = FN(fnn_act_fwd_log_softmax),
    [FNN_ACT_SPARSEMAX] = FN(fnn_act_fwd_sparsemax),
    [FNN_ACT_ABS] = FN(fnn_act_fwd_abs),
    [FNN_ACT_POWER] = FN(fnn_act_fwd_power),
};

static fnn_act_fn *const FN(fnn_act_bwd)[FNN_ACT_COUNT] = {
    [FNN_ACT_LINEAR] = FN(fnn_act_bwd_linear),
    [FNN_ACT_RELU] = FN(fnn_act_bwd_relu),
    [FNN_ACT_SIGMOID] = FN(fnn_act_bwd_sigmoid),
    [FNN_ACT_TANH] = FN(fnn_act_bwd_tanh),
    [FNN_ACT_SOFTMAX] = FN(fnn_act_bwd_softmax),
    [FNN_ACT_SOFTPLUS] = FN(fnn_act_bwd_softplus),
    [FNN_ACT_ELU] = FN(fnn_act_bwd_elu),
    [FNN_ACT_SELU] = FN(fnn_act_bwd_selu),
    [FNN_ACT_GELU] = FN(fnn_act_bwd_gelu),
    [FNN_ACT_GELU_TANH] = FN(fnn_act_bwd_gelu_tanh),
    [FNN_ACT_SILU] = FN(fnn_act_bwd_silu),
    [FNN_ACT_LEAKY_RELU] = FN(fnn_act_bwd_leaky_relu),
    [FNN_ACT_STEP] = FN(fnn_act_bwd_step),
    [FNN_ACT_CLIPPED_RELU] = FN(fnn_act_bwd_clipped_relu),
    [FNN_ACT_CELU] = FN(fnn_act_bwd_celu),
    [FNN_ACT_SOFTSIGN] = FN(fnn_act_bwd_softsign),
    [FNN_ACT_MISH] = FN(fnn_act_bwd_mish),
    [FNN_ACT_EXPONENTIAL] = FN(fnn_act_bwd_exponential),
    [FNN_ACT_HARD_SIGMOID] = FN(fnn_act_bwd_hard_sigmoid),
    [FNN_ACT_HARD_SILU] = FN(fnn_act_bwd_hard_silu),
    [FNN_ACT_HARD_TANH] = FN(fnn_act_bwd_hard_tanh),
    [FNN_ACT_HARD_SHRINK] = FN(fnn_act_bwd_hard_shrink),
    [FNN_ACT_SOFT_SHRINK] = FN(fnn_act_bwd_soft_shrink),
    [FNN_ACT_TANH_SHRINK] = FN(fnn_act_bwd_tanh_shrink),
    [FNN_ACT_SQUAREPLUS] = FN(fnn_act_bwd_squareplus),
    [FNN_ACT_SPARSE_PLUS] = FN(fnn_act_bwd_sparse_plus),
    [FNN_ACT_SPARSE_SIGMOID] = FN(fnn_act_bwd_sparse_sigmoid),
    [FNN_ACT_THRESHOLD] = FN(fnn_act_bwd_threshold),
    [FNN_ACT_LOG_SIGMOID] = FN(fnn_act_bwd_log_sigmoid),
    [FNN_ACT_LOG_SOFTMAX] = FN(fnn_act_bwd_log_softmax),
    [FNN_ACT_SPARSEMAX] = FN(fnn_act_bwd_sparsemax),
    [FNN_ACT_ABS] = FN(fnn_act_bwd_abs),
    [FNN_ACT_POWER] = FN(fnn_act_bwd_power),
};

#endif /* FNN_BODY_ACT_H */
