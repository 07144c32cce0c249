/* opt.inc.h: one optimiser step on a contiguous run of parameters, and the table of these
 * kernels. Any length; elements are independent, so a run may be cut anywhere.
 *
 * c[] comes from fnn_opt_coefficients and is rounded to real once. One rounding per
 * operation below, in this order; fma(a, b, c) = a b + c with one rounding:
 *   none       nothing
 *   sgd        w = fma(-lr, g, w)                                   lr = c[0]
 *   momentum   s = fma(-lr, g, mu s);  w = w + s                    mu = c[1]
 *   nesterov   s = fma(-lr, g, mu s);  w = w + fma(-lr, g, mu s)    (second: the new s)
 *   adam       m = fma(g - m, k1, m)                                k1 = c[1] = 1 - beta_1
 *              v = fma(-fma(-g, g, v), k2, v)                       k2 = c[2] = 1 - beta_2
 *              w = w - (alpha m) / (sqrt(v) + eps)                  alpha = c[0], eps = c[3]
 * Keras 3's formulas (keras/src/optimizers), alpha = lr sqrt(1 - beta_2^t) / (1 - beta_1^t).
 * v stays >= 0: v - g^2 <= v, and k2 < 1.
 */

/* Vectors in flight: covers the latency of a division and of the square root. */
#define OPT_UNROLL 4

struct opt_coefs {
    vec c[FNN_OPT_COEFS];
};

/* The new parameters; slots are updated in place. */
FNN_INLINE vec opt_point(enum fnn_optimizer kind, const struct opt_coefs *k, vec w, vec g,
                         vec *s0, vec *s1)
{
    switch (kind) {
    case FNN_OPT_SGD:
        return v_fnma(k->c[0], g, w);
    case FNN_OPT_SGD_MOMENTUM:
        *s0 = v_fnma(k->c[0], g, v_mul(*s0, k->c[1]));
        return v_add(w, *s0);
    case FNN_OPT_SGD_NESTEROV:
        *s0 = v_fnma(k->c[0], g, v_mul(*s0, k->c[1]));
        return v_add(w, v_fnma(k->c[0], g, v_mul(*s0, k->c[1])));
    default: /* FNN_OPT_ADAM */
        *s0 = v_fma(v_sub(g, *s0), k->c[1], *s0);
        *s1 = v_fnma(v_fnma(g, g, *s1), k->c[2], *s1);
        return v_sub(w, v_div(v_mul(*s0, k->c[0]), v_add(v_sqrt(*s1), k->c[3])));
    }
}

FNN_INLINE void opt_run(enum fnn_optimizer kind, int slots, size_t n, real *w, real *s0,
                        real *s1, const real *g, const double *c)
{
    assert(n == 0 || (w && g && (slots < 1 || s0) && (slots < 2 || s1)));
    struct opt_coefs k;
    for (size_t i = 0; i < FNN_OPT_COEFS; i++)
        k.c[i] = v_set1((real)c[i]);
    size_t i = 0;
    for (; i + OPT_UNROLL * VL <= n; i += OPT_UNROLL * VL) {
#pragma GCC unroll 4
        for (size_t j = i; j < i + OPT_UNROLL * VL; j += VL) {
            vec a = v_zero(), b = v_zero();
            if (slots >= 1)
                a = v_load(s0 + j);
            if (slots >= 2)
                b = v_load(s1 + j);
            v_store(w + j, opt_point(kind, &k, v_load(w + j), v_load(g + j), &a, &b));
            if (slots >= 1)
                v_store(s0 + j, a);
            if (slots >= 2)
                v_store(s1 + j, b);
        }
    }
    for (; i < n; i += VL) {
        const size_t rest = n - i < VL ? n - i : VL;
        vec a = v_zero(), b = v_zero();
        if (slots >= 1)
            a = v_load_part(s0 + i, rest);
        if (slots >= 2)
            b = v_load_part(s1 + i, rest);
        const vec next = opt_point(kind, &k, v_load_part(w + i, rest), v_load_part(g + i, rest),
                                   &a, &b);
        v_store_part(w + i, next, rest);
        if (slots >= 1)
            v_store_part(s0 + i, a, rest);
        if (slots >= 2)
            v_store_part(s1 + i, b, rest);
    }
}

static void FN(fnn_opt_none)(size_t n, void *w, void *s0, void *s1, const void *g,
                             const double *c)
{
    (void)n, (void)w, (void)s0, (void)s1, (void)g, (void)c;
}

static void FN(fnn_opt_sgd)(size_t n, void *w, void *s0, void *s1, const void *g, const double *c)
{
    opt_run(FNN_OPT_SGD, 0, n, w, s0, s1, g, c);
}

static void FN(fnn_opt_momentum)(size_t n, void *w, void *s0, void *s1, const void *g,
                                 const double *c)
{
    opt_run(FNN_OPT_SGD_MOMENTUM, 1, n, w, s0, s1, g, c);
}

static void FN(fnn_opt_nesterov)(size_t n, void *w, void *s0, void *s1, const void *g,
                                 const double *c)
{
    opt_run(FNN_OPT_SGD_NESTEROV, 1, n, w, s0, s1, g, c);
}

static void FN(fnn_opt_adam)(size_t n, void *w, void *s0, void *s1, const void *g,
                             const double *c)
{
    opt_run(FNN_OPT_ADAM, 2, n, w, s0, s1, g, c);
}

static fnn_opt_fn *const FN(fnn_opt)[FNN_OPT_COUNT] = {
    [FNN_OPT_NONE] = FN(fnn_opt_none),
    [FNN_OPT_SGD] = FN(fnn_opt_sgd),
    [FNN_OPT_SGD_MOMENTUM] = FN(fnn_opt_momentum),
    [FNN_OPT_SGD_NESTEROV] = FN(fnn_opt_nesterov),
    [FNN_OPT_ADAM] = FN(fnn_opt_adam),
};
