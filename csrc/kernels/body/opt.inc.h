/* opt.inc.h: one optimiser step on a contiguous run of parameters, and the table of these
 * kernels. Any length; elements are independent, so a run may be cut anywhere. The formulas
 * are in opt_rules.inc.h; before them, where any is asked for (factor = c[FNN_OPT_COEF_FACTOR],
 * limit = c[FNN_OPT_COEF_CLIP], decay = c[FNN_OPT_COEF_DECAY]; 1, +inf, 0 if only others are):
 *   g = clip(factor g, -limit, limit), NaN stays;  w = fma(-decay, w, w)
 */

/* Vectors in flight: covers the latency of a division and of the square root. */
#define OPT_UNROLL 4

/* n <= VL elements at i, the first `rest` of them. */
FNN_INLINE void opt_vector(enum fnn_optimizer kind, int slots, int prepared,
                           const struct opt_coefs *k, vec limit, size_t i, size_t rest, real *w,
                           real *const *at, const real *g)
{
    vec s[FNN_SLOTS_MAX];
    for (int j = 0; j < slots; j++)
        s[j] = rest == VL ? v_load(at[j] + i) : v_load_part(at[j] + i, rest);
    vec here = rest == VL ? v_load(w + i) : v_load_part(w + i, rest);
    vec slope = rest == VL ? v_load(g + i) : v_load_part(g + i, rest);
    if (prepared) {
        slope = v_mul(k->c[FNN_OPT_COEF_FACTOR], slope);
        slope = v_min(limit, v_max(v_neg(limit), slope));
        here = v_fnma(k->c[FNN_OPT_COEF_DECAY], here, here);
    }
    const vec next = opt_point(kind, k, here, slope, s);
    if (rest == VL)
        v_store(w + i, next);
    else
        v_store_part(w + i, next, rest);
    for (int j = 0; j < slots; j++) {
        if (rest == VL)
            v_store(at[j] + i, s[j]);
        else
            v_store_part(at[j] + i, s[j], rest);
    }
}

FNN_INLINE void opt_walk(enum fnn_optimizer kind, int slots, int prepared, const double *c,
                         size_t n, real *w, real *const *at, const real *g)
{
    struct opt_coefs coefs, *const k = &coefs;
    for (size_t i = 0; i < (prepared ? FNN_OPT_COEFS : FNN_OPT_COEF_DECAY); i++)
        coefs.c[i] = v_set1((real)c[i]);
    vec limit = v_zero();
    if (prepared)
        limit = c[FNN_OPT_COEF_CLIP] == 0 ? v_set1((real)INFINITY) : coefs.c[FNN_OPT_COEF_CLIP];
    size_t i = 0;
    for (; i + OPT_UNROLL * VL <= n; i += OPT_UNROLL * VL) {
#pragma GCC unroll 4
        for (size_t j = i; j < i + OPT_UNROLL * VL; j += VL)
            opt_vector(kind, slots, prepared, k, limit, j, VL, w, at, g);
    }
    for (; i < n; i += VL)
        opt_vector(kind, slots, prepared, k, limit, i, n - i < VL ? n - i : VL, w, at, g);
}

FNN_INLINE void opt_run(enum fnn_optimizer kind, int slots, size_t n, void *w,
                        void *const *arrays, const void *g, const double *c)
{
    assert(n == 0 || (w && g && (slots == 0 || arrays)));
    real *at[FNN_SLOTS_MAX] = {NULL};
    for (int j = 0; j < slots; j++) {
        at[j] = arrays[j];
        assert(n == 0 || at[j]);
    }
    if (c[FNN_OPT_COEF_CLIP] == 0 && c[FNN_OPT_COEF_DECAY] == 0 && c[FNN_OPT_COEF_FACTOR] == 1)
        opt_walk(kind, slots, 0, c, n, w, at, g);
    else
        opt_walk(kind, slots, 1, c, n, w, at, g);
}

static void FN(fnn_opt_none)(size_t n, void *w, void *const *slots, const void *g, const double *c)
{
    (void)n, (void)w, (void)slots, (void)g, (void)c;
}

#define OPT_KERNEL(name, kind, count)                                                    \
    static void FN(fnn_opt_##name)(size_t n, void *w, void *const *slots, const void *g, \
                                   const double *c)                                      \
    {                                                                                    \
        opt_run(kind, count, n, w, slots, g, c);                                         \
    }

OPT_KERNEL(sgd, FNN_OPT_SGD, 0)
OPT_KERNEL(momentum, FNN_OPT_SGD_MOMENTUM, 1)
OPT_KERNEL(nesterov, FNN_OPT_SGD_NESTEROV, 1)
OPT_KERNEL(adam, FNN_OPT_ADAM, 2)
OPT_KERNEL(amsgrad, FNN_OPT_ADAM_AMSGRAD, 3)
OPT_KERNEL(adamax, FNN_OPT_ADAMAX, 2)
OPT_KERNEL(nadam, FNN_OPT_NADAM, 2)
OPT_KERNEL(rmsprop, FNN_OPT_RMSPROP, 1)
OPT_KERNEL(rmsprop_momentum, FNN_OPT_RMSPROP_MOMENTUM, 2)
OPT_KERNEL(rmsprop_centered, FNN_OPT_RMSPROP_CENTERED, 2)
OPT_KERNEL(rmsprop_both, FNN_OPT_RMSPROP_CENTERED_MOMENTUM, 3)
OPT_KERNEL(adagrad, FNN_OPT_ADAGRAD, 1)
OPT_KERNEL(adadelta, FNN_OPT_ADADELTA, 2)
OPT_KERNEL(lion, FNN_OPT_LION, 1)
OPT_KERNEL(ftrl, FNN_OPT_FTRL, 2)
OPT_KERNEL(ftrl_power, FNN_OPT_FTRL_POWER, 2)
OPT_KERNEL(lamb, FNN_OPT_LAMB, 2)
OPT_KERNEL(muon, FNN_OPT_MUON, 1)

static fnn_opt_fn *const FN(fnn_opt)[FNN_OPT_COUNT] = {
    [FNN_OPT_NONE] = FN(fnn_opt_none),
    [FNN_OPT_SGD] = FN(fnn_opt_sgd),
    [FNN_OPT_SGD_MOMENTUM] = FN(fnn_opt_momentum),
    [FNN_OPT_SGD_NESTEROV] = FN(fnn_opt_nesterov),
    [FNN_OPT_ADAM] = FN(fnn_opt_adam),
    [FNN_OPT_ADAM_AMSGRAD] = FN(fnn_opt_amsgrad),
    [FNN_OPT_ADAMAX] = FN(fnn_opt_adamax),
    [FNN_OPT_NADAM] = FN(fnn_opt_nadam),
    [FNN_OPT_RMSPROP] = FN(fnn_opt_rmsprop),
    [FNN_OPT_RMSPROP_MOMENTUM] = FN(fnn_opt_rmsprop_momentum),
    [FNN_OPT_RMSPROP_CENTERED] = FN(fnn_opt_rmsprop_centered),
    [FNN_OPT_RMSPROP_CENTERED_MOMENTUM] = FN(fnn_opt_rmsprop_both),
    [FNN_OPT_ADAGRAD] = FN(fnn_opt_adagrad),
    [FNN_OPT_ADADELTA] = FN(fnn_opt_adadelta),
    [FNN_OPT_LION] = FN(fnn_opt_lion),
    [FNN_OPT_FTRL] = FN(fnn_opt_ftrl),
    [FNN_OPT_FTRL_POWER] = FN(fnn_opt_ftrl_power),
    [FNN_OPT_LAMB] = FN(fnn_opt_lamb),
    [FNN_OPT_MUON] = FN(fnn_opt_muon),
    [FNN_OPT_MUON_ADAM] = FN(fnn_opt_adam),
};
