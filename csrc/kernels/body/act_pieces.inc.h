/* act_pieces.inc.h: activations that are straight (sparse_plus and hard_silu: quadratic) between
 * a few points. Included by act.inc.h only. p: parameters; NaN passes through all of them.
 *
 *   clipped_relu    z <= threshold ? slope (z - threshold) : min(z, max), p = slope, max,
 *                   threshold; with a maximum also max(., 0), which shows for a threshold below 0.
 *                   Keras' relu with options, relu6 among them.
 *   hard_sigmoid    min(max(z + 3, 0), 6) / 6
 *   hard_silu       z hard_sigmoid(z)
 *   hard_tanh       min(max(z, -1), 1)
 *   hard_shrink     |z| <= a ? 0 : z
 *   soft_shrink     |z| <= a ? 0 : z - sign(z) a
 *   sparse_plus     z <= -1 ? 0 : z < 1 ? (z + 1)^2 / 4 : z
 *   sparse_sigmoid  min(max(z + 1, 0), 2) / 2
 *   threshold       z <= a ? b : z
 *   abs             |z|, with the derivative 0 at 0
 *
 * Derivatives are 0 at the ends of a flat piece, hard_tanh's excepted, where it is 1 as in Keras.
 */
#ifndef FNN_BODY_ACT_PIECES_H
#define FNN_BODY_ACT_PIECES_H

FNN_INLINE int act_in_pieces(enum fnn_activation act)
{
    return act == FNN_ACT_CLIPPED_RELU || act == FNN_ACT_HARD_SIGMOID || act == FNN_ACT_HARD_SILU ||
           act == FNN_ACT_HARD_TANH || act == FNN_ACT_HARD_SHRINK || act == FNN_ACT_SOFT_SHRINK ||
           act == FNN_ACT_SPARSE_PLUS || act == FNN_ACT_SPARSE_SIGMOID || act == FNN_ACT_THRESHOLD ||
           act == FNN_ACT_ABS;
}

/* z within [low, high], NaN kept. */
FNN_INLINE vec act_clip(vec z, vec low, vec high)
{
    return v_min(high, v_max(low, z));
}

FNN_INLINE mask act_between(vec z, real low, real high)
{
    return m_and(v_gt(z, v_set1(low)), v_lt(z, v_set1(high)));
}

FNN_INLINE vec act_hard_sigmoid(vec z)
{
    return v_div(act_clip(v_add(z, v_set1(3)), v_zero(), v_set1(6)), v_set1(6));
}

FNN_INLINE vec act_sparse_sigmoid(vec z)
{
    const vec half = v_set1((real)0.5);
    return v_mul(half, act_clip(v_add(z, v_set1(1)), v_zero(), v_set1(2)));
}

FNN_INLINE vec act_pieces_value(enum fnn_activation act, vec z, const struct act_params *p)
{
    const vec zero = v_zero(), one = v_set1(1);
    switch (act) {
    case FNN_ACT_CLIPPED_RELU: {
        /* Without a slope the left is 0 at -inf too. */
        const vec left = v_select(v_eq(p->a, zero), zero, v_mul(p->a, v_sub(z, p->c)));
        return v_select(v_le(z, p->c), left, act_clip(z, p->low, p->b));
    }
    case FNN_ACT_HARD_SIGMOID: return act_hard_sigmoid(z);
    case FNN_ACT_HARD_SILU: return v_mul(v_max(v_set1(-3), z), act_hard_sigmoid(z));
    case FNN_ACT_HARD_TANH: return act_clip(z, v_neg(one), one);
    case FNN_ACT_HARD_SHRINK: return v_select(v_le(v_abs(z), p->a), zero, z);
    case FNN_ACT_SOFT_SHRINK:
        return v_select(v_le(v_abs(z), p->a), zero, v_sub(z, v_copysign(p->a, z)));
    case FNN_ACT_SPARSE_PLUS: {
        const vec half = v_mul(v_set1((real)0.5), v_max(zero, v_add(z, one)));
        return v_select(v_lt(z, one), v_mul(half, half), z);
    }
    case FNN_ACT_SPARSE_SIGMOID: return act_sparse_sigmoid(z);
    case FNN_ACT_ABS: return v_abs(z);
    default: return v_select(v_le(z, p->a), p->b, z); /* FNN_ACT_THRESHOLD */
    }
}

FNN_INLINE vec act_pieces_slope(enum fnn_activation act, vec z, const struct act_params *p)
{
    const vec zero = v_zero(), one = v_set1(1), half = v_set1((real)0.5);
    switch (act) {
    case FNN_ACT_CLIPPED_RELU: {
        const mask inside = m_and(v_gt(z, p->low), v_lt(z, p->b));
        const vec right = v_select(inside, one, zero);
        return v_select(v_gt(z, p->c), right, v_select(v_lt(z, p->c), p->a, zero));
    }
    case FNN_ACT_HARD_SIGMOID:
        return v_select(act_between(z, -3, 3), v_div(one, v_set1(6)), zero);
    case FNN_ACT_HARD_SILU: {
        const vec inner = v_fma(v_div(one, v_set1(3)), act_clip(z, v_set1(-3), v_set1(3)), half);
        return v_select(act_between(z, -3, 3), inner, v_select(v_gt(z, zero), one, zero));
    }
    case FNN_ACT_HARD_TANH: return v_select(v_le(v_abs(z), one), one, zero);
    case FNN_ACT_HARD_SHRINK:
    case FNN_ACT_SOFT_SHRINK: return v_select(v_gt(v_abs(z), p->a), one, zero);
    case FNN_ACT_SPARSE_PLUS: return act_sparse_sigmoid(z);
    case FNN_ACT_SPARSE_SIGMOID: return v_select(act_between(z, -1, 1), half, zero);
    case FNN_ACT_ABS: return v_select(v_gt(z, zero), one, v_select(v_lt(z, zero), v_neg(one), zero));
    default: return v_select(v_gt(z, p->a), one, zero); /* FNN_ACT_THRESHOLD */
    }
}

#endif /* FNN_BODY_ACT_PIECES_H */
