/* merge.inc.h: elementwise ops of two tensors and their gradients, slots merge_fwd and
 * merge_bwd of kernels.h; also how gradients of a tensor with several readers are added.
 *
 *   add       a + b
 *   subtract  a - b
 *   multiply  a b
 *   average   (a + b) / n, n = param: a holds the sum of all inputs but the last
 *   maximum   a > b ? a : b, NaN if either is; where they are equal, each gets half the gradient
 *   minimum   a < b ? a : b, likewise
 *   divide    a / b; gradients d / b and -(d / b) (a / b)
 */
#ifndef FNN_BODY_MERGE_H
#define FNN_BODY_MERGE_H

#include "../kernels.h"
#include "../simd/simd.h"

FNN_INLINE vec merge_value(enum fnn_merge op, vec a, vec b, vec n)
{
    switch (op) {
    case FNN_MERGE_SUBTRACT: return v_sub(a, b);
    case FNN_MERGE_MULTIPLY: return v_mul(a, b);
    case FNN_MERGE_AVERAGE: return v_div(v_add(a, b), n);
    case FNN_MERGE_MAXIMUM: return v_select(v_isnan(a), a, v_max(a, b));
    case FNN_MERGE_MINIMUM: return v_select(v_isnan(a), a, v_min(a, b));
    case FNN_MERGE_DIVIDE: return v_div(a, b);
    default: return v_add(a, b);
    }
}

/* Gradient of `mine`, d that of the result. */
FNN_INLINE vec merge_slope(enum fnn_merge op, int side, vec mine, vec other, vec n, vec d)
{
    const vec half = v_select(v_eq(mine, other), v_mul(d, v_set1((real)0.5)), v_zero());
    switch (op) {
    case FNN_MERGE_SUBTRACT: return side ? v_neg(d) : d;
    case FNN_MERGE_MULTIPLY: return v_mul(d, other);
    case FNN_MERGE_AVERAGE: return v_div(d, n);
    case FNN_MERGE_MAXIMUM: return v_select(v_gt(mine, other), d, half);
    case FNN_MERGE_MINIMUM: return v_select(v_lt(mine, other), d, half);
    case FNN_MERGE_DIVIDE:
        return side ? v_neg(v_mul(v_div(d, mine), v_div(other, mine))) : v_div(d, other);
    default: return d;
    }
}

FNN_INLINE void merge_fwd(enum fnn_merge op, const struct fnn_merge_args *args)
{
    const vec n = v_set1((real)args->param);
    const size_t whole = args->cols - args->cols % VL, part = args->cols % VL;
    for (size_t r = 0; r < args->rows; r++) {
        const real *a = (const real *)args->a + r * args->lda;
        const real *b = (const real *)args->b + r * args->ldb;
        real *y = (real *)args->y + r * args->ldy;
        for (size_t c = 0; c < whole; c += VL)
            v_store(y + c, merge_value(op, v_load(a + c), v_load(b + c), n));
        if (part)
            v_store_part(y + whole, merge_value(op, v_load_part(a + whole, part),
                                                v_load_part(b + whole, part), n), part);
    }
}

FNN_INLINE void merge_bwd(enum fnn_merge op, const struct fnn_merge_args *args)
{
    const vec n = v_set1((real)args->param);
    const int side = args->side, add = args->add;
    for (size_t r = 0; r < args->rows; r++) {
        const real *mine = (const real *)(side ? args->b : args->a) + r * (side ? args->ldb : args->lda);
        const real *other = (const real *)(side ? args->a : args->b) + r * (side ? args->lda : args->ldb);
        const real *dy = (const real *)args->dy + r * args->lddy;
        real *dx = (real *)args->y + r * args->ldy;
        for (size_t c = 0; c < args->cols; c += VL) {
            const size_t k = args->cols - c < VL ? args->cols - c : VL;
            const vec d = merge_slope(op, side, v_load_part(mine + c, k), v_load_part(other + c, k),
                                      n, v_load_part(dy + c, k));
            v_store_part(dx + c, add ? v_add(v_load_part(dx + c, k), d) : d, k);
        }
    }
}

/* The slots are these two templates with the op put in. */
#define MERGE_SLOTS(name, op)                                                                   \
    static void FN(fnn_merge_fwd_##name)(const struct fnn_merge_args *args) { merge_fwd(op, args); } \
    static void FN(fnn_merge_bwd_##name)(const struct fnn_merge_args *args) { merge_bwd(op, args); }

MERGE_SLOTS(add, FNN_MERGE_ADD)
MERGE_SLOTS(subtract, FNN_MERGE_SUBTRACT)
MERGE_SLOTS(multiply, FNN_MERGE_MULTIPLY)
MERGE_SLOTS(average, FNN_MERGE_AVERAGE)
MERGE_SLOTS(maximum, FNN_MERGE_MAXIMUM)
MERGE_SLOTS(minimum, FNN_MERGE_MINIMUM)
MERGE_SLOTS(divide, FNN_MERGE_DIVIDE)
#undef MERGE_SLOTS

static fnn_merge_fn *const FN(fnn_merge_fwd)[FNN_MERGE_COUNT] = {
    [FNN_MERGE_ADD] = FN(fnn_merge_fwd_add),
    [FNN_MERGE_SUBTRACT] = FN(fnn_merge_fwd_subtract),
    [FNN_MERGE_MULTIPLY] = FN(fnn_merge_fwd_multiply),
    [FNN_MERGE_AVERAGE] = FN(fnn_merge_fwd_average),
    [FNN_MERGE_MAXIMUM] = FN(fnn_merge_fwd_maximum),
    [FNN_MERGE_MINIMUM] = FN(fnn_merge_fwd_minimum),
    [FNN_MERGE_DIVIDE] = FN(fnn_merge_fwd_divide),
};

static fnn_merge_fn *const FN(fnn_merge_bwd)[FNN_MERGE_COUNT] = {
    [FNN_MERGE_ADD] = FN(fnn_merge_bwd_add),
    [FNN_MERGE_SUBTRACT] = FN(fnn_merge_bwd_subtract),
    [FNN_MERGE_MULTIPLY] = FN(fnn_merge_bwd_multiply),
    [FNN_MERGE_AVERAGE] = FN(fnn_merge_bwd_average),
    [FNN_MERGE_MAXIMUM] = FN(fnn_merge_bwd_maximum),
    [FNN_MERGE_MINIMUM] = FN(fnn_merge_bwd_minimum),
    [FNN_MERGE_DIVIDE] = FN(fnn_merge_bwd_divide),
};

#endif /* FNN_BODY_MERGE_H */
