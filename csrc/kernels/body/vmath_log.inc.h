/* vmath_log.inc.h: log, log1p and softplus. Included by vmath.inc.h only.
 *
 * log(2^e (1 + f)) = e ln 2 + log(1 + f) with 1 + f in [sqrt(1/2), sqrt 2). With
 * s = f / (2 + f), log(1 + f) = 2 atanh(s) = f - (f^2/2 - s (f^2/2 + s^2 P(s^2))): f is
 * exact and all else is a small correction to it. */

FNN_INLINE vec vm_log_reduced(vec f, vec e)
{
    const vec s = v_div(f, v_add(v_set1(2), f));
    const vec z = v_mul(s, s);
    const vec half_square = v_mul(v_mul(v_set1((real)0.5), f), f);
    const vec inner = v_fma(z, VM_POLY(z, vm_log_p), half_square);
    const vec tail = v_fma(s, inner, v_mul(e, v_set1(VM_LN2_LO)));
    return v_fma(e, v_set1(VM_LN2_HI), v_sub(f, v_sub(half_square, tail)));
}

/* Exponent field of x / sqrt(1/2) (biased, as an integer in the low bits) for normal
 * x > 0; *m gets the mantissa in [sqrt(1/2), sqrt 2). */
FNN_INLINE ivec vm_split(vec x, vec *m)
{
    const ivec half = v_bits(v_set1(VM_SQRT_HALF));
    const ivec k = i_add(i_sub(v_bits(x), half), v_bits(v_set1(1)));
    const ivec mantissa = i_and(k, i_set1(((inti)1 << VM_MANTISSA) - 1));
    *m = v_from_bits(i_add(mantissa, half));
    return i_shr(k, VM_MANTISSA);
}

/* The number e of a biased exponent: put below 2^VM_MANTISSA, then subtracted. */
FNN_INLINE vec vm_unbias(ivec exponent)
{
    const vec base = v_set1(VM_TWO_MANTISSA);
    const vec biased = v_sub(v_from_bits(i_or(exponent, v_bits(base))), base);
    return v_sub(biased, v_set1(VM_BIAS));
}

/* log(x). log(+-0) = -inf, log(x < 0) = NaN, log(inf) = inf; subnormal x is scaled first.
 * Max error: float 0.83, double 0.77. */
FNN_INLINE vec vm_log(vec x)
{
    const mask small = v_lt(x, v_set1(VM_MIN_NORMAL));
    const vec scaled = v_select(small, v_mul(x, v_set1(VM_TWO_64)), x);
    vec m;
    const vec e = v_sub(vm_unbias(vm_split(scaled, &m)),
                        v_select(small, v_set1(64), v_zero()));
    vec y = vm_log_reduced(v_sub(m, v_set1(1)), e);
    y = v_select(v_lt(x, v_set1((real)INFINITY)), y, x);
    y = v_select(v_gt(x, v_zero()), y, v_set1(-(real)INFINITY));
    return v_select(v_ge(x, v_zero()), y, v_set1((real)NAN));
}

/* log(1 + x). The exponent comes from the rounded 1 + x, f = (1 + x) / 2^e - 1 from x
 * itself, by one fma. Above 2^64, where 1 + x = x, x is scaled to keep 2^-e normal.
 * log1p(-0) = -0, log1p(-1) = -inf, log1p(x < -1) = NaN, log1p(inf) = inf.
 * Max error: float 1.39, double 1.04. */
FNN_INLINE vec vm_log1p(vec x)
{
    const vec one = v_set1(1);
    const mask big = v_gt(x, v_set1(VM_TWO_64));
    const vec scaled = v_select(big, v_mul(x, v_div(one, v_set1(VM_TWO_64))), x);
    const vec unit = v_select(big, v_zero(), one);
    vec m;
    const ivec exponent = vm_split(v_add(unit, scaled), &m);
    const ivec inverse = i_sub(i_set1(2 * (inti)VM_BIAS), exponent);
    const vec s = v_from_bits(i_shl(inverse, VM_MANTISSA)); /* 2^-e */
    const vec f = v_fma(scaled, s, v_sub(v_mul(unit, s), one));
    const vec e = v_add(vm_unbias(exponent), v_select(big, v_set1(64), v_zero()));
    vec y = v_copysign(vm_log_reduced(f, e), x);
    y = v_select(v_lt(x, v_set1((real)INFINITY)), y, x);
    y = v_select(v_gt(x, v_set1(-1)), y, v_set1(-(real)INFINITY));
    return v_select(v_ge(x, v_set1(-1)), y, v_set1((real)NAN));
}

/* log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), where e of log1p is 0 or 1.
 * softplus(-inf) = 0, softplus(inf) = inf; subnormal results are right.
 * Max error: float 1.81, double 1.70. */
FNN_INLINE vec vm_softplus(vec x)
{
    const vec one = v_set1(1);
    const vec t = vm_exp_to_max(v_neg(v_abs(x)));
    const mask upper = v_gt(t, v_set1(VM_SQRT2_LESS_1));
    const vec s = v_select(upper, v_set1((real)0.5), one);
    const vec f = v_fma(t, s, v_sub(s, one));
    const vec y = vm_log_reduced(f, v_select(upper, one, v_zero()));
    return v_add(v_max(x, v_zero()), y);
}
