/* act_smooth.inc.h: further smooth activations. Included by act.inc.h only. a: param[0].
 *
 *   celu         z > 0 ? z : a (exp(z / a) - 1)
 *   softsign     z / (1 + |z|)
 *   mish         z tanh(softplus(z)) = z n / (n + 2), n = e (e + 2), e = exp(z): for z > 0
 *                both sides of the quotient are divided by exp(2 z), so that nothing overflows
 *   exponential  exp(z)
 *   tanh_shrink  z - tanh(z); below 0.625, where that would cancel, z^3 times what Lambert's
 *                continued fraction of tanh, cut after its ninth term, leaves: positive terms,
 *                cut off by less than 1e-17 of the result
 *   squareplus   (z + s) / 2, s = sqrt(z^2 + a); for z < 0 written a / (2 (s - z))
 *   log_sigmoid  -softplus(-z); the derivative is -(exp(y) - 1)
 *   power        z^a: see act_power.inc.h
 */
#ifndef FNN_BODY_ACT_SMOOTH_H
#define FNN_BODY_ACT_SMOOTH_H

/* |z| from which z^2 would overflow soon, and a number added to it is lost. */
#define ACT_SQUARE_END ((real)(FNN_REAL == 32 ? 1e15 : 1e140))

/* e = exp(-|z|) and the two sides of mish's quotient, up to a common factor. */
FNN_INLINE vec act_mish_parts(vec z, vec *num, vec *den)
{
    const vec e = vm_exp_to_max(v_neg(v_abs(z))), one = v_set1(1), two = v_set1(2);
    const vec n = v_mul(e, v_add(e, two));        /* z <= 0 */
    const vec m = v_fma(two, e, one);             /* z > 0 */
    const mask positive = v_gt(z, v_zero());
    *num = v_select(positive, m, n);
    *den = v_select(positive, v_fma(v_mul(two, e), e, m), v_add(n, two));
    return e;
}

FNN_INLINE vec act_square_root(vec z, vec a)
{
    const vec size = v_abs(z);
    return v_select(v_gt(size, v_set1(ACT_SQUARE_END)), size, v_sqrt(v_fma(z, z, a)));
}

FNN_INLINE vec act_squareplus(vec z, vec s, vec a)
{
    const vec half = v_set1((real)0.5);
    const vec right = v_fma(half, z, v_mul(half, s));
    const vec left = v_div(v_mul(half, a), v_sub(s, z));
    return v_select(v_lt(z, v_zero()), left, right);
}

FNN_INLINE vec act_tanh_shrink(vec z)
{
    const vec a = v_abs(z), square = v_mul(z, z);
    vec num = v_fma(square, v_set1(44), v_set1(12870));
    num = v_fma(square, v_fma(square, num, v_set1(810810)), v_set1(11486475));
    vec den = v_fma(square, v_set1(45), v_set1(13860));
    den = v_fma(square, v_fma(square, den, v_set1(945945)), v_set1(16216200));
    den = v_fma(square, den, v_set1(34459425));
    const vec near = v_mul(v_mul(a, square), v_div(num, den));
    /* tanh as 1 - 2 / (e^2a + 1): vm_tanh's error would be magnified by the difference. */
    const vec c = v_min(v_set1(VM_TANH_ONE), a);
    const vec quotient = v_div(v_set1(2), v_add(vm_exp_normal(v_add(c, c)), v_set1(1)));
    const vec far = v_sub(a, v_sub(v_set1(1), quotient));
    return v_copysign(v_select(v_lt(a, v_set1((real)0.625)), near, far), z);
}

FNN_INLINE vec act_smooth_value(enum fnn_activation act, vec z, const struct act_params *p)
{
    switch (act) {
    case FNN_ACT_CELU:
        return v_select(v_gt(z, v_zero()), z, v_mul(p->a, vm_expm1(v_div(z, p->a))));
    case FNN_ACT_SOFTSIGN: {
        const vec size = v_min(v_set1(ACT_SQUARE_END), v_abs(z));
        return v_copysign(v_div(size, v_add(v_set1(1), size)), z);
    }
    case FNN_ACT_MISH: {
        vec num, den;
        act_mish_parts(z, &num, &den);
        return v_mul(v_max(v_set1(-ACT_SILU_END), z), v_div(num, den));
    }
    case FNN_ACT_EXPONENTIAL: return vm_exp(z);
    case FNN_ACT_TANH_SHRINK: return act_tanh_shrink(z);
    case FNN_ACT_SQUAREPLUS: return act_squareplus(z, act_square_root(z, p->a), p->a);
    case FNN_ACT_LOG_SIGMOID: return v_neg(vm_softplus(v_neg(z)));
    case FNN_ACT_POWER: return act_power(z, p->first);
    default: return z;
    }
}

/* From z, for exponential and log_sigmoid from y. */
FNN_INLINE vec act_smooth_slope(enum fnn_activation act, vec ref, const struct act_params *p)
{
    const vec one = v_set1(1), zero = v_zero();
    switch (act) {
    case FNN_ACT_CELU: return v_select(v_gt(ref, zero), one, vm_exp(v_div(ref, p->a)));
    case FNN_ACT_SOFTSIGN: {
        const vec r = v_div(one, v_add(one, v_abs(ref)));
        return v_mul(r, r);
    }
    case FNN_ACT_MISH: {
        /* num / den + z 4 w (1 + e) / den^2, w = e for z <= 0 and e^2 for z > 0 */
        vec num, den;
        const vec z = act_cut(ref, ACT_SILU_END), e = act_mish_parts(z, &num, &den);
        const vec w = v_select(v_gt(z, zero), v_mul(e, e), e);
        const vec bend = v_div(v_mul(v_mul(v_set1(4), w), v_add(one, e)), v_mul(den, den));
        return v_fma(z, bend, v_div(num, den));
    }
    case FNN_ACT_EXPONENTIAL: return ref;
    case FNN_ACT_TANH_SHRINK: {
        const vec t = vm_tanh(ref);
        return v_mul(t, t);
    }
    case FNN_ACT_SQUAREPLUS: {
        const vec s = act_square_root(ref, p->a);
        const vec near = v_select(v_gt(s, zero), v_div(act_squareplus(ref, s, p->a), s),
                                  v_set1((real)0.5));
        return v_select(v_gt(ref, v_set1(ACT_SQUARE_END)), one, near);
    }
    case FNN_ACT_LOG_SIGMOID: return v_neg(vm_expm1(ref));
    case FNN_ACT_POWER: return act_power_slope(ref, p->first);
    default: return one;
    }
}

#endif /* FNN_BODY_ACT_SMOOTH_H */
