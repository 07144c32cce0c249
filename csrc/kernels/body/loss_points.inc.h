/* loss_points.inc.h: term and slope of one element for the regression losses beyond the squared
 * and absolute error. Included by loss.inc.h only; loss_elementwise.inc.h makes kernels of them.
 * d = y - t, E = 1e-7, a = param[0].
 *
 *   kind      term                                      slope                       row, constant
 *   mape      |d / max(|t|, E)|                         sign(d) / max(|t|, E)       100 mean
 *   msle      w^2, w = log1p(max(y, E))                 w / (1 + y), 0 where y < E  mean, times 2
 *                      - log1p(max(t, E))
 *   huber     |d| <= a ? d^2 / 2 : a |d| - a^2 / 2      |d| <= a ? d : a sign(d)    mean
 *   log_cosh  |d| + log1p(exp(-2 |d|)) - log 2; for     tanh(d)                     mean
 *             |d| < 1/2 log1p(sinh(d)^2) / 2, which
 *             does not cancel, sinh from expm1
 *   poisson   y - t log(y + E)                          1 - t / (y + E)             mean
 *   kld       u log(u / q), u = clip(t), q = clip(y)    -u / q, 0 where y is        sum
 *             to [E, 1]                                 clipped
 *
 * fma: huber a |d| - a^2 / 2; poisson fma(-t, log, y). sign(0) = 0.
 */
#ifndef FNN_BODY_LOSS_POINTS_H
#define FNN_BODY_LOSS_POINTS_H

struct loss_point {
    vec term, slope, prob;
};

FNN_INLINE vec loss_sign(vec d)
{
    const vec zero = v_zero();
    return v_select(m_or(v_gt(d, zero), v_lt(d, zero)), v_copysign(v_set1(1), d), d);
}

FNN_INLINE vec loss_log_cosh(vec d)
{
    const vec a = v_abs(d), half = v_set1((real)0.5);
    const vec m = vm_expm1(v_min(half, a)); /* sinh = (m + m / (m + 1)) / 2 */
    const vec sinh = v_mul(half, v_add(m, v_div(m, v_add(m, v_set1(1)))));
    const vec near = v_mul(half, vm_log1p(v_mul(sinh, sinh)));
    const vec tail = vm_log1p(vm_exp(v_mul(v_set1(-2), a)));
    const vec far = v_add(v_sub(a, v_set1((real)0.69314718055994530942)), tail);
    return v_select(v_lt(a, half), near, far);
}

FNN_INLINE struct loss_point loss_regression_point(enum fnn_loss kind, vec y, vec t, vec a)
{
    const vec one = v_set1(1), zero = v_zero(), low = v_set1(LOSS_LOW), d = v_sub(y, t);
    struct loss_point o = {zero, zero, zero};
    switch (kind) {
    case FNN_LOSS_MAPE: {
        const vec size = v_max(low, v_abs(t));
        o.term = v_abs(v_div(d, size));
        o.slope = v_div(loss_sign(d), size);
        break;
    }
    case FNN_LOSS_MSLE: {
        const vec w = v_sub(vm_log1p(v_max(low, y)), vm_log1p(v_max(low, t)));
        o.term = v_mul(w, w);
        o.slope = v_select(v_lt(y, low), zero, v_div(w, v_add(one, y)));
        break;
    }
    case FNN_LOSS_HUBER: {
        const vec size = v_abs(d), half = v_set1((real)0.5);
        const mask inner = v_le(size, a);
        const vec outer = v_fma(a, size, v_neg(v_mul(v_mul(half, a), a)));
        o.term = v_select(inner, v_mul(half, v_mul(d, d)), outer);
        o.slope = v_select(inner, d, v_mul(a, loss_sign(d)));
        break;
    }
    case FNN_LOSS_LOG_COSH:
        o.term = loss_log_cosh(d);
        o.slope = vm_tanh(d);
        break;
    case FNN_LOSS_POISSON: {
        const vec q = v_add(y, low);
        o.term = v_fnma(t, vm_log(q), y);
        o.slope = v_sub(one, v_div(t, q));
        break;
    }
    default: { /* FNN_LOSS_KLD */
        const vec u = v_min(one, v_max(low, t)), q = v_min(one, v_max(low, y));
        const vec ratio = v_div(u, q);
        o.term = v_mul(u, vm_log(ratio));
        o.slope = v_select(m_or(v_lt(y, low), v_gt(y, one)), zero, v_neg(ratio));
        break;
    }
    }
    return o;
}

#endif /* FNN_BODY_LOSS_POINTS_H */
