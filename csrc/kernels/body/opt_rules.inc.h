/* opt_rules.inc.h: the formulas of the optimisers, one vector of parameters at a time.
 * Included by table.inc.h before opt.inc.h, which walks the memory.
 *
 * c[] comes from fnn_opt_coefficients and is rounded to real once. One rounding per
 * operation below, in this order; fma(a, b, c) = a b + c with one rounding; eps is added as
 * written. avg(s, x, k) = fma(x - s, k, s), and avg2(s, x, k) = fma(-fma(-x, x, s), k, s), is
 * the moving average of x or x^2: it stays >= 0, since s - x^2 <= s and k <= 1.
 *   none       nothing
 *   sgd        w = fma(-lr, g, w)                                   lr = c[0]
 *   momentum   s = fma(-lr, g, mu s);  w = w + s                    mu = c[1]
 *   nesterov   s = fma(-lr, g, mu s);  w = w + fma(-lr, g, mu s)    (second: the new s)
 *   adam       m = avg(m, g, k1);  v = avg2(v, g, k2)               k1 = c[1] = 1 - beta_1
 *              w = w - (alpha m) / (sqrt(v) + eps)                  k2 = c[2] = 1 - beta_2
 *                                                                   alpha = c[0], eps = c[3]
 *   amsgrad    adam with the largest v so far in place of v
 *   adamax     m = avg(m, g, k1);  u = max(b2 u, |g|)               k1 = c[1], b2 = c[2]
 *              w = w - (alpha m) / (u + eps)                        alpha = c[0], eps = c[3]
 *   nadam      m, v as adam                                         k1, k2, eps as adam
 *              w = w - fma(c0, m, c4 g) / fma(sqrt(v), r, eps)      r = c[5]
 *   lamb       w = w - (c0 m) / fma(sqrt(v), r, eps)                m, v, k1, k2, eps as adam;
 *                                                                   r = c[5]
 *   muon       m = fma(mu, m, g);  w = w - fma(c1, m, c2 g)         mu = c[0]; the slot after m is
 *                                                                   muon_adam's, which is adam
 *   rmsprop    v = avg2(v, g, k);  d = v + eps                      k = c[1] = 1 - rho
 *      centered: a = avg(a, g, k);  d = max(0, fma(-a, a, v)) + eps eps = c[2]
 *              w = w - (lr g) / sqrt(d)                             lr = c[0]
 *      momentum: s = fma(mu, s, (lr g) / sqrt(d));  w = w - s       mu = c[3]
 *   adagrad    a = fma(g, g, a);  w = w - (lr g) / sqrt(a + eps)    lr = c[0], eps = c[1]
 *   adadelta   a = avg2(a, g, k);  d = (sqrt(x + eps) g) / sqrt(a + eps)
 *              x = avg2(x, d, k);  w = fma(-lr, d, w)               lr, k = c[1], eps = c[2]
 *   lion       w = w - lr sign(fma(b1, m, k1 g));  m = avg(m, g, k2)
 *                                                  lr = c[0], b1 = c[1], k1 = c[2], k2 = c[3]
 *   ftrl       h = fma(c3, w, g);  b = fma(g, g, a);  q = b^p       p = c[4]; sqrt for 1/2,
 *              z = z + fma(-((q - a^p) c0), w, h);  a = b           else exp(p log(.))
 *              w = (clip(z, -c1, c1) - z) / fma(q, c0, c2), 0 where that is 0 / 0
 * Keras 3's formulas (keras/src/optimizers); op_info.c has the coefficients. Keras lets
 * v - a^2 of the centered rmsprop fall below zero by rounding, and has NaN for ftrl's 0 / 0.
 */

struct opt_coefs {
    vec c[FNN_OPT_COEFS];
};

FNN_INLINE vec opt_average(vec s, vec x, vec k)
{
    return v_fma(v_sub(x, s), k, s);
}

FNN_INLINE vec opt_average_square(vec s, vec x, vec k)
{
    return v_fnma(v_fnma(x, x, s), k, s);
}

FNN_INLINE vec opt_adam(const struct opt_coefs *k, vec w, vec g, vec *s, int amsgrad)
{
    s[0] = opt_average(s[0], g, k->c[1]);
    s[1] = opt_average_square(s[1], g, k->c[2]);
    if (amsgrad)
        s[2] = v_max(s[2], s[1]);
    const vec root = v_sqrt(s[amsgrad ? 2 : 1]);
    return v_sub(w, v_div(v_mul(s[0], k->c[0]), v_add(root, k->c[3])));
}

FNN_INLINE vec opt_adamax(const struct opt_coefs *k, vec w, vec g, vec *s)
{
    s[0] = opt_average(s[0], g, k->c[1]);
    s[1] = v_max(v_mul(s[1], k->c[2]), v_abs(g));
    return v_sub(w, v_div(v_mul(s[0], k->c[0]), v_add(s[1], k->c[3])));
}

FNN_INLINE vec opt_nadam(const struct opt_coefs *k, vec w, vec g, vec *s)
{
    s[0] = opt_average(s[0], g, k->c[1]);
    s[1] = opt_average_square(s[1], g, k->c[2]);
    const vec step = v_fma(k->c[0], s[0], v_mul(k->c[4], g));
    return v_sub(w, v_div(step, v_fma(v_sqrt(s[1]), k->c[5], k->c[3])));
}

FNN_INLINE vec opt_lamb(const struct opt_coefs *k, vec w, vec g, vec *s)
{
    s[0] = opt_average(s[0], g, k->c[1]);
    s[1] = opt_average_square(s[1], g, k->c[2]);
    return v_sub(w, v_div(v_mul(s[0], k->c[0]), v_fma(v_sqrt(s[1]), k->c[5], k->c[3])));
}

/* Slots: v, then the momentum, then the mean gradient, as far as there are. */
FNN_INLINE vec opt_rmsprop(const struct opt_coefs *k, vec w, vec g, vec *s, int momentum,
                           int centered)
{
    s[0] = opt_average_square(s[0], g, k->c[1]);
    vec variance = s[0];
    if (centered) {
        vec *mean = &s[momentum ? 2 : 1];
        *mean = opt_average(*mean, g, k->c[1]);
        variance = v_max(v_zero(), v_fnma(*mean, *mean, s[0]));
    }
    const vec step = v_div(v_mul(k->c[0], g), v_sqrt(v_add(variance, k->c[2])));
    if (!momentum)
        return v_sub(w, step);
    s[1] = v_fma(k->c[3], s[1], step);
    return v_sub(w, s[1]);
}

FNN_INLINE vec opt_adagrad(const struct opt_coefs *k, vec w, vec g, vec *s)
{
    s[0] = v_fma(g, g, s[0]);
    return v_sub(w, v_div(v_mul(k->c[0], g), v_sqrt(v_add(s[0], k->c[1]))));
}

FNN_INLINE vec opt_adadelta(const struct opt_coefs *k, vec w, vec g, vec *s)
{
    s[0] = opt_average_square(s[0], g, k->c[1]);
    const vec root = v_sqrt(v_add(s[1], k->c[2]));
    const vec step = v_div(v_mul(root, g), v_sqrt(v_add(s[0], k->c[2])));
    s[1] = opt_average_square(s[1], step, k->c[1]);
    return v_fnma(k->c[0], step, w);
}

FNN_INLINE vec opt_lion(const struct opt_coefs *k, vec w, vec g, vec *s)
{
    const vec blend = v_fma(k->c[1], s[0], v_mul(k->c[2], g));
    s[0] = opt_average(s[0], g, k->c[3]);
    /* A zero or NaN is its own sign. */
    vec step = v_select(v_gt(blend, v_zero()), k->c[0], blend);
    step = v_select(v_lt(blend, v_zero()), v_neg(k->c[0]), step);
    return v_sub(w, step);
}

FNN_INLINE vec opt_ftrl_power(vec a, vec p, int root)
{
    if (root)
        return v_sqrt(a);
    const vec power = vm_exp(v_mul(p, vm_log(a)));
    return v_select(v_eq(p, v_zero()), v_set1(1), power);
}

FNN_INLINE vec opt_ftrl(const struct opt_coefs *k, vec w, vec g, vec *s, int root)
{
    const vec shrunk = v_fma(k->c[3], w, g);
    const vec sum = v_fma(g, g, s[0]);
    const vec now = opt_ftrl_power(sum, k->c[4], root);
    const vec change = v_mul(v_sub(now, opt_ftrl_power(s[0], k->c[4], root)), k->c[0]);
    s[0] = sum;
    s[1] = v_add(s[1], v_fnma(change, w, shrunk));
    const vec clipped = v_min(k->c[1], v_max(v_neg(k->c[1]), s[1]));
    const vec curvature = v_fma(now, k->c[0], k->c[2]);
    const vec left = v_sub(clipped, s[1]);
    return v_select(m_and(v_eq(curvature, v_zero()), v_eq(left, v_zero())), v_zero(),
                    v_div(left, curvature));
}

/* The new parameters; slots are updated in place. */
FNN_INLINE vec opt_point(enum fnn_optimizer kind, const struct opt_coefs *k, vec w, vec g, vec *s)
{
    switch (kind) {
    case FNN_OPT_SGD:
        return v_fnma(k->c[0], g, w);
    case FNN_OPT_SGD_MOMENTUM:
        s[0] = v_fnma(k->c[0], g, v_mul(s[0], k->c[1]));
        return v_add(w, s[0]);
    case FNN_OPT_SGD_NESTEROV:
        s[0] = v_fnma(k->c[0], g, v_mul(s[0], k->c[1]));
        return v_add(w, v_fnma(k->c[0], g, v_mul(s[0], k->c[1])));
    case FNN_OPT_ADAM:
    case FNN_OPT_ADAM_AMSGRAD:
        return opt_adam(k, w, g, s, kind == FNN_OPT_ADAM_AMSGRAD);
    case FNN_OPT_ADAMAX:
        return opt_adamax(k, w, g, s);
    case FNN_OPT_NADAM:
        return opt_nadam(k, w, g, s);
    case FNN_OPT_RMSPROP:
    case FNN_OPT_RMSPROP_MOMENTUM:
        return opt_rmsprop(k, w, g, s, kind == FNN_OPT_RMSPROP_MOMENTUM, 0);
    case FNN_OPT_RMSPROP_CENTERED:
    case FNN_OPT_RMSPROP_CENTERED_MOMENTUM:
        return opt_rmsprop(k, w, g, s, kind == FNN_OPT_RMSPROP_CENTERED_MOMENTUM, 1);
    case FNN_OPT_ADAGRAD:
        return opt_adagrad(k, w, g, s);
    case FNN_OPT_ADADELTA:
        return opt_adadelta(k, w, g, s);
    case FNN_OPT_LAMB:
        return opt_lamb(k, w, g, s);
    case FNN_OPT_MUON:
        s[0] = v_fma(k->c[0], s[0], g);
        return v_sub(w, v_fma(k->c[1], s[0], v_mul(k->c[2], g)));
    case FNN_OPT_LION:
        return opt_lion(k, w, g, s);
    default: /* FNN_OPT_FTRL, FNN_OPT_FTRL_POWER */
        return opt_ftrl(k, w, g, s, kind == FNN_OPT_FTRL);
    }
}
