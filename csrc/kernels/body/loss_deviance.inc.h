/* loss_deviance.inc.h: term and slope of one element of the quantile loss and of half the
 * Tweedie deviance; loss_elementwise.inc.h makes kernels of them. Included by loss.inc.h only.
 *
 *   quantile    d = t - y; q d where d > 0, else (q - 1) d      -q, 1 - q, or 0 where d = 0
 *   tweedie     of the mean m = max(y, E), E = 1e-7             A (m - t) / m, 0 where y < E
 *   tweedie_log of the mean m = exp(y); prob is m               A (m - t)
 * q: param[0] or columns. Both tweedie by the power P = param[0], L = log m (y itself for
 * tweedie_log), A = m^(1 - P):
 *
 *   P      A                  term
 *   0      m                  (m - t)^2 / 2
 *   1      1                  (t log t - t L) + (m - t), t log t = 0 for t = 0
 *   2      exp(-L), or 1 / m  (L - log t) + (t A - 1)
 *   else   exp((1 - P) L)     c1 c2 exp((2 - P) log t) + A (c2 m - c1 t),
 *                             c1 = 1 / (1 - P), c2 = 1 / (2 - P)
 * fma: fma(-t, L, t log t); fma(t, A, -1); c2 m - c1 t; and the last sum.
 */

/* What a power means, the same for every row. */
struct loss_tweedie {
    int power; /* 0, 1, 2; 3: any other */
    vec one_less, two_less; /* 1 - P, 2 - P */
    vec c1, c2, both;
};

FNN_INLINE struct loss_tweedie loss_tweedie_setup(double power)
{
    struct loss_tweedie s;
    s.power = power == 0.0 ? 0 : power == 1.0 ? 1 : power == 2.0 ? 2 : 3;
    s.one_less = v_set1((real)(1.0 - power));
    s.two_less = v_set1((real)(2.0 - power));
    s.c1 = v_set1(s.power == 3 ? (real)(1.0 / (1.0 - power)) : (real)0);
    s.c2 = v_set1(s.power == 3 ? (real)(1.0 / (2.0 - power)) : (real)0);
    s.both = v_set1(s.power == 3 ? (real)(1.0 / ((1.0 - power) * (2.0 - power))) : (real)0);
    return s;
}

/* Term and A (m - t). */
FNN_OUTLINE struct loss_point loss_tweedie_terms(const struct loss_tweedie *s, int log_link, vec m,
                                                vec l, vec t)
{
    const vec one = v_set1(1), zero = v_zero(), d = v_sub(m, t);
    struct loss_point o = {zero, zero, m};
    switch (s->power) {
    case 0:
        o.term = v_mul(v_set1((real)0.5), v_mul(d, d));
        o.slope = v_mul(m, d);
        break;
    case 1: {
        const vec own = v_select(v_eq(t, zero), zero, v_mul(t, vm_log(t)));
        o.term = v_add(v_fnma(t, l, own), d);
        o.slope = d;
        break;
    }
    case 2: {
        const vec a = log_link ? vm_exp(v_neg(l)) : v_div(one, m);
        o.term = v_add(v_sub(l, vm_log(t)), v_fma(t, a, v_neg(one)));
        o.slope = v_mul(a, d);
        break;
    }
    default: {
        const vec a = vm_exp(v_mul(s->one_less, l));
        const vec own = v_mul(s->both, vm_exp(v_mul(s->two_less, vm_log(t))));
        o.term = v_fma(a, v_fnma(s->c1, t, v_mul(s->c2, m)), own);
        o.slope = v_mul(a, d);
        break;
    }
    }
    return o;
}

FNN_INLINE struct loss_point loss_tweedie_point(const struct loss_tweedie *s, int log_link, vec y,
                                                vec t)
{
    const vec low = v_set1(LOSS_LOW);
    if (log_link)
        return loss_tweedie_terms(s, 1, vm_exp(y), y, t);
    const vec m = v_max(low, y);
    struct loss_point o = loss_tweedie_terms(s, 0, m, vm_log(m), t);
    o.slope = v_select(v_lt(y, low), v_zero(), v_div(o.slope, m));
    return o;
}

FNN_INLINE struct loss_point loss_quantile_point(vec y, vec t, vec q)
{
    const vec zero = v_zero(), d = v_sub(t, y), less = v_sub(q, v_set1(1));
    const mask below = v_gt(d, zero); /* the prediction is below the target */
    const vec share = v_select(below, q, less);
    struct loss_point o = {v_mul(share, d), v_neg(share), zero};
    o.slope = v_select(v_eq(d, zero), zero, o.slope);
    return o;
}
