/* vmath_exp.inc.h: exp and what is made of it: expm1, sigmoid, tanh.
 * Included by vmath.inc.h only.
 *
 * exp(x) = 2^n * e^r with n = round(x / ln 2) and r = x - n ln 2, |r| <= ln 2 / 2 taken
 * off in two parts of ln 2: n times the first is exact. Adding VM_MAGIC rounds x / ln 2 to
 * an integer and leaves n + bias in the low bits, ready to be shifted into an exponent. */

/* 2^n for integral n within the exponent range of normal numbers. */
FNN_INLINE vec vm_pow2(vec n)
{
    return v_from_bits(i_shl(v_bits(v_add(n, v_set1(VM_MAGIC))), VM_MANTISSA));
}

/* p * 2^n, |p| < 16, in two multiplications of which the first is exact: results below the
 * normal range are rounded once, those beyond it overflow to inf. Where the result is
 * surely 0 the factor is 0, because an underflow costs some CPUs 150 cycles. */
FNN_INLINE vec vm_scale(vec p, vec n)
{
    const vec magic = v_set1(VM_MAGIC);
    const vec half = v_fma(n, v_set1((real)0.5), magic); /* round(n / 2), biased */
    const vec rest = v_sub(n, v_sub(half, magic));
    const vec s1 = v_from_bits(i_shl(v_bits(half), VM_MANTISSA));
    const vec s1_or_0 = v_select(v_lt(n, v_set1(VM_SCALE_LO)), v_zero(), s1);
    return v_mul(v_mul(p, s1_or_0), vm_pow2(rest));
}

/* r of x = n ln 2 + r, for |x| < 1100 or NaN. */
FNN_INLINE vec vm_exp_reduce(vec x, vec *n)
{
    const vec magic = v_set1(VM_MAGIC);
    *n = v_sub(v_fma(x, v_set1(VM_LOG2E), magic), magic);
    return v_fnma(*n, v_set1(VM_LN2_LO), v_fnma(*n, v_set1(VM_LN2_HI), x));
}

/* e^r for |r| <= ln 2 / 2. */
FNN_INLINE vec vm_exp_near(vec r)
{
    const vec one = v_set1(1);
    return v_fma(v_fma(VM_POLY(r, vm_exp_q), r, one), r, one);
}

/* e^r - 1 for |r| <= ln 2 / 2, accurate in relative terms. */
FNN_INLINE vec vm_expm1_near(vec r)
{
    return v_fma(v_mul(r, r), VM_POLY(r, vm_exp_q), r);
}

/* vm_exp for x <= VM_EXP_HI, or NaN. */
FNN_INLINE vec vm_exp_to_max(vec x)
{
    vec n;
    const vec r = vm_exp_reduce(v_max(v_set1(VM_EXP_LO), x), &n);
    return vm_scale(vm_exp_near(r), n);
}

/* exp(x) where it is a normal number far from overflow, or NaN. */
FNN_INLINE vec vm_exp_normal(vec x)
{
    vec n;
    const vec r = vm_exp_reduce(x, &n);
    return v_mul(vm_exp_near(r), vm_pow2(n));
}

/* exp(x). exp(-inf) = 0, exp(inf) = inf; subnormal results are right.
 * Max error: float 0.90, double 0.86. */
FNN_INLINE vec vm_exp(vec x)
{
    return vm_exp_to_max(v_min(v_set1(VM_EXP_HI), x));
}

/* exp(x) - 1 = 2 * (2^(n-1) * (e^r - 1) + (2^(n-1) - 1/2)): halves, so that n = 128 or
 * 1024 stays in range. expm1(-0) = -0, expm1(-inf) = -1, expm1(inf) = inf.
 * Max error: float 1.47, double 1.82. */
FNN_INLINE vec vm_expm1(vec x)
{
    vec n;
    const vec clamped = v_min(v_set1(VM_EXP_HI), v_max(v_set1(VM_EXPM1_LO), x));
    const vec p = vm_expm1_near(vm_exp_reduce(clamped, &n));
    const vec s = vm_pow2(v_sub(n, v_set1(1)));
    const vec y = v_fma(s, p, v_sub(s, v_set1((real)0.5)));
    /* Below VM_TINY x is the answer, and half of it might be subnormal. */
    return v_select(v_lt(v_abs(x), v_set1(VM_TINY)), x, v_add(y, y));
}

/* 1 / (1 + exp(-x)), from e = exp(-|x|) <= 1: 1 / (1 + e) or e / (1 + e), so the left
 * tail keeps its relative accuracy down to the subnormals. sigmoid(-inf) = 0,
 * sigmoid(inf) = 1.
 * Max error: float 2.41, double 2.22. */
FNN_INLINE vec vm_sigmoid(vec x)
{
    const vec one = v_set1(1);
    const vec e = vm_exp_to_max(v_neg(v_abs(x)));
    return v_div(v_select(v_lt(x, v_zero()), e, one), v_add(one, e));
}

/* tanh(x) = e / (e + 2) with e = expm1(2 |x|) = 2^n (e^r - 1) + (2^n - 1): one formula for small
 * and large x. Odd: tanh(-0) = -0; tanh(+-inf) = +-1.
 * Max error: float 2.61, double 2.59. */
FNN_INLINE vec vm_tanh(vec x)
{
    const vec one = v_set1(1);
    const vec c = v_min(v_set1(VM_TANH_ONE), v_abs(x));
    vec n;
    const vec p = vm_expm1_near(vm_exp_reduce(v_add(c, c), &n));
    const vec s = vm_pow2(n);
    const vec e = v_fma(s, p, v_sub(s, one));
    return v_copysign(v_div(e, v_add(e, v_set1(2))), x);
}
