/* vmath_erf.inc.h: erf, the normal distribution function phi, and GELU with its
 * derivative. Included by vmath.inc.h only.
 *
 * The tail Q(t) = 1 - phi(t) = E(t) S(t), t >= 0, with E(t) = exp(-t^2 / 2). The slowly
 * varying S(t) = P(u) / (t + k), u = (t - k) / (t + k), is accurate in relative terms to
 * the end of the range (published for erfcx by M. M. Shepherd and J. G. Laframboise,
 * Math. Comp. 36, 1981). Forming u as 2t / (t + k) - 1 makes the errors of the reciprocal
 * in u and in S cancel for the most part. */

FNN_INLINE vec vm_tail_ratio(vec t)
{
    const vec inverse = v_div(v_set1(1), v_add(t, v_set1(VM_PHI_K)));
    const vec u = v_fma(v_add(t, t), inverse, v_set1(-1));
    return v_mul(inverse, VM_POLY(u, vm_phi_p));
}

/* exp(-t^2 / 2) = result * 2^n, for 0 <= t <= VM_PHI_END: the rounding error of t^2, up
 * to 50 units in the last place of the result, is put back as a tail. */
FNN_INLINE vec vm_gauss(vec t, vec *n)
{
    const vec half = v_set1((real)-0.5);
    const vec square = v_mul(t, t);
    const vec tail = v_fma(t, t, v_neg(square));
    const vec r = vm_exp_reduce(v_mul(half, square), n);
    return vm_exp_near(v_fma(half, tail, r));
}

/* m * phi(x). In the left tail it is scaled last, so that a subnormal phi(x) costs no
 * accuracy where the product is a normal number; near 0 a polynomial of its own does
 * without the reciprocal's error. */
FNN_INLINE vec vm_phi_times(vec m, vec x)
{
    const vec one = v_set1(1);
    const vec a = v_abs(x);
    const vec t = v_min(v_set1(VM_PHI_END), a);
    const mask left = v_lt(x, v_zero());
    vec n;
    const vec g = vm_gauss(t, &n);
    const vec q = vm_scale(v_mul(v_mul(g, vm_tail_ratio(t)), v_select(left, m, one)), n);
    const vec far = v_select(left, q, v_mul(m, v_sub(one, q)));
    const vec near = v_fma(x, VM_POLY(v_mul(x, x), vm_phi_near_p), v_set1((real)0.5));
    return v_select(v_lt(a, one), v_mul(m, near), far);
}

/* phi(x) = erfc(-x / sqrt 2) / 2, the normal distribution function. phi(-inf) = 0,
 * phi(inf) = 1; relative accuracy holds in the whole left tail.
 * Max error: float 3.66, double 3.02. */
FNN_INLINE vec vm_phi(vec x) { return vm_phi_times(v_set1(1), x); }

/* x * phi(x). gelu(-inf) = -0 (the limit), gelu(inf) = inf, gelu(-0) = -0.
 * Max error: float 4.28, double 3.61. */
FNN_INLINE vec vm_gelu(vec x) { return vm_phi_times(v_max(v_set1(-VM_PHI_END), x), x); }

/* phi(x) + x phi'(x) = D or 1 - D with D = E(t) (S(t) - t / sqrt(2 pi)), t = |x|.
 * It crosses zero near -0.7518, so only the absolute error is bounded: float 1.5e-7,
 * double 2.8e-16. */
FNN_INLINE vec vm_gelu_slope(vec x)
{
    const vec t = v_min(v_set1(VM_PHI_END), v_abs(x));
    vec n;
    const vec g = vm_gauss(t, &n);
    const vec d = vm_scale(v_mul(g, v_fnma(t, v_set1(VM_RSQRT_2PI), vm_tail_ratio(t))), n);
    return v_select(v_lt(x, v_zero()), d, v_sub(v_set1(1), d));
}

/* erfc(a) for VM_ERF_SPLIT <= a <= VM_ERF_ONE, as a correction to 1: float takes
 * exp(-q(a)) with a polynomial q, double the tail of the normal distribution. */
FNN_INLINE vec vm_erfc_far(vec a)
{
#if FNN_REAL == 32
    return vm_exp_normal(v_neg(VM_POLY(v_sub(a, v_set1(1)), vm_erf_q)));
#else
    const vec e = vm_exp_normal(v_neg(v_mul(a, a)));
    const vec s = vm_tail_ratio(v_mul(a, v_set1(VM_SQRT2)));
    return v_mul(v_add(e, e), s);
#endif
}

/* erf(x): x + x P(x^2) below VM_ERF_SPLIT, else 1 - erfc(|x|). Odd: erf(-0) = -0;
 * erf(+-inf) = +-1.
 * Max error: float 1.04, double 1.17. */
FNN_INLINE vec vm_erf(vec x)
{
    const vec a = v_abs(x);
    const vec near = v_fma(a, VM_POLY(v_mul(x, x), vm_erf_p), a);
    const vec far = v_sub(v_set1(1), vm_erfc_far(v_min(v_set1(VM_ERF_ONE), a)));
    return v_copysign(v_select(v_lt(a, v_set1(VM_ERF_SPLIT)), near, far), x);
}
