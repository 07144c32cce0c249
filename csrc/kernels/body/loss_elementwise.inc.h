/* loss_elementwise.inc.h: losses whose row value is a sum or mean of one term per element:
 * mse, sse, mae, bce, bce_logits, and the points of loss_points, loss_margin, loss_deviance and
 * loss_focal.inc.h. One template: a kernel is the template at one kind, or where the kind is
 * rare, the template with the kind as a value. Included by loss.inc.h only.
 *
 *   kind        term                                            slope           constant
 *   mse         (y - t)^2, mean                                 y - t           2 / cols
 *   sse         (y - t)^2, sum                                  y - t           2
 *   mae         |y - t|, mean                                   sign(y - t)     1 / cols
 *   bce         -(t' log q + (1 - t') log(1 - q)), q = clip(y)  (q - t') / (q (1 - q))
 *                                                               or 0 if clipped 1 / cols
 *   bce_logits  max(y, 0) - y t' + log1p(e), e = exp(-|y|)      p - t'          1 / cols
 *               p = (y < 0 ? e : 1) / (1 + e)
 *
 * fma: t' as in loss.inc.h; bce: fma(1 - t', log(1 - q), t' * log q); bce_logits:
 * fma(-y, t', max(y, 0)) before log1p is added. sign(0) = 0.
 */

/* What a kind is made of, besides its point. */
FNN_INLINE int loss_is_focal(enum fnn_loss kind)
{
    return kind == FNN_LOSS_BINARY_FOCAL || kind == FNN_LOSS_BINARY_FOCAL_LOGITS;
}

FNN_INLINE int loss_is_tweedie(enum fnn_loss kind)
{
    return kind == FNN_LOSS_TWEEDIE || kind == FNN_LOSS_TWEEDIE_LOG;
}

FNN_INLINE int loss_is_binary(enum fnn_loss kind)
{
    return kind == FNN_LOSS_BCE || kind == FNN_LOSS_BCE_LOGITS || loss_is_focal(kind);
}

FNN_INLINE int loss_has_prob(enum fnn_loss kind)
{
    return kind == FNN_LOSS_BCE_LOGITS || kind == FNN_LOSS_BINARY_FOCAL_LOGITS ||
           kind == FNN_LOSS_TWEEDIE_LOG;
}

/* What is the same for every row. */
struct loss_elementwise {
    real k;           /* scale times the constant of the gradient */
    double divisor;   /* of the row's sum */
    vec keep, add;    /* t' = fma(t, keep, add) */
    vec a;            /* param[0] */
    struct loss_focus focus;
    struct loss_tweedie tweedie;
};

FNN_INLINE struct loss_elementwise loss_elementwise_setup(const struct fnn_loss_args *a,
                                                          enum fnn_loss kind)
{
    const int squared = kind == FNN_LOSS_MSE || kind == FNN_LOSS_SSE || kind == FNN_LOSS_MSLE ||
                        kind == FNN_LOSS_SQUARED_HINGE;
    const int sum = kind == FNN_LOSS_SSE || kind == FNN_LOSS_KLD;
    const double smoothing = loss_is_binary(kind) ? a->param[0] : 0.0;
    struct loss_elementwise s;
    s.divisor = sum ? 1.0 : kind == FNN_LOSS_MAPE ? (double)a->cols / 100.0 : (double)a->cols;
    s.k = (real)(a->scale * ((squared ? 2.0 : 1.0) / s.divisor));
    s.keep = v_set1((real)(1.0 - smoothing));
    s.add = v_set1((real)(smoothing / 2.0));
    s.a = v_set1((real)a->param[0]);
    if (loss_is_focal(kind))
        s.focus = loss_focus_setup(a->param);
    if (loss_is_tweedie(kind))
        s.tweedie = loss_tweedie_setup(a->param[0]);
    return s;
}

FNN_INLINE struct loss_point loss_point_bce(vec y, vec t)
{
    const vec one = v_set1((real)1), q = loss_clip(y), other = v_sub(one, q);
    struct loss_point o = {v_zero(), v_zero(), v_zero()};
    o.term = v_neg(v_fma(v_sub(one, t), vm_log(other), v_mul(t, vm_log(q))));
    o.slope = v_select(loss_clipped(y), v_zero(), v_div(v_sub(q, t), v_mul(q, other)));
    return o;
}

FNN_INLINE struct loss_point loss_point_bce_logits(vec y, vec t)
{
    const vec one = v_set1((real)1), zero = v_zero();
    const vec e = vm_exp(v_neg(v_abs(y)));
    struct loss_point o = {zero, zero, zero};
    o.term = v_add(v_fnma(y, t, v_max(y, zero)), vm_log1p(e));
    o.prob = v_div(v_select(v_lt(y, zero), e, one), v_add(one, e));
    o.slope = v_sub(o.prob, t);
    return o;
}

/* The kinds that have a kernel of their own, since nets are trained with little else. */
FNN_INLINE struct loss_point loss_point(enum fnn_loss kind, vec y, vec t)
{
    struct loss_point o = {v_zero(), v_zero(), v_zero()};
    switch (kind) {
    case FNN_LOSS_MSE:
    case FNN_LOSS_SSE:
        o.slope = v_sub(y, t);
        o.term = v_mul(o.slope, o.slope);
        break;
    case FNN_LOSS_MAE: {
        const vec d = v_sub(y, t);
        o.term = v_abs(d);
        o.slope = loss_sign(d);
        break;
    }
    case FNN_LOSS_BCE: return loss_point_bce(y, t);
    default: return loss_point_bce_logits(y, t);
    }
    return o;
}

/* The others share one, to which the kind is a value, and this. column: the parameter of the
 * element's column, of the losses that have one. */
FNN_OUTLINE struct loss_point loss_other_point(enum fnn_loss kind, vec y, vec t,
                                               const struct loss_elementwise *s, vec column)
{
    switch (kind) {
    case FNN_LOSS_BINARY_FOCAL:
        return loss_focal_point(&s->focus, 0, y, t, loss_point_bce(y, t));
    case FNN_LOSS_BINARY_FOCAL_LOGITS:
        return loss_focal_point(&s->focus, 1, y, t, loss_point_bce_logits(y, t));
    case FNN_LOSS_HINGE:
    case FNN_LOSS_SQUARED_HINGE: return loss_margin_point(kind, y, t, s->a);
    case FNN_LOSS_QUANTILE: return loss_quantile_point(y, t, column);
    case FNN_LOSS_TWEEDIE: return loss_tweedie_point(&s->tweedie, 0, y, t);
    case FNN_LOSS_TWEEDIE_LOG: return loss_tweedie_point(&s->tweedie, 1, y, t);
    default: return loss_regression_point(kind, y, t, s->a);
    }
}

FNN_INLINE struct loss_point loss_any_point(enum fnn_loss kind, int own, vec y, vec t,
                                            const struct loss_elementwise *s, vec column)
{
    return own ? loss_point(kind, y, t) : loss_other_point(kind, y, t, s, column);
}

FNN_INLINE vec loss_elementwise_target(const struct loss_elementwise *s, enum fnn_loss kind,
                                       vec t)
{
    return loss_is_binary(kind) ? v_fma(t, s->keep, s->add) : t;
}

FNN_INLINE void loss_elementwise_rows(const struct fnn_loss_args *a, enum fnn_loss kind, int own)
{
    const struct loss_elementwise s = loss_elementwise_setup(a, kind);
    for (size_t r = 0; r < a->rows; r++) {
        const real *y = (const real *)a->y + r * a->ldy;
        const real *t = (const real *)a->t + r * a->ldt;
        real *dy = loss_row(a->dy, r, a->ldd);
        real *p = loss_has_prob(kind) ? loss_row(a->p, r, a->ldp) : NULL;
        const vec g = v_set1(loss_weight(a, r, s.k));
        vec sum[NVEC16];
        for (size_t j = 0; j < NVEC16; j++)
            sum[j] = v_zero();
        for (size_t c = 0; c < a->cols; c += 16) {
#pragma GCC unroll 4
            for (size_t j = 0; j < NVEC16; j++) {
                const size_t at = c + j * VL;
                if (at >= a->cols)
                    break;
                const size_t rest = a->cols - at;
                const vec target =
                    loss_elementwise_target(&s, kind, loss_load(t + at, rest));
                const vec column = kind == FNN_LOSS_QUANTILE
                                       ? loss_column(a->columns, at, rest, a->param[0])
                                       : s.a;
                const struct loss_point o =
                    loss_any_point(kind, own, loss_load(y + at, rest), target, &s, column);
                sum[j] = v_add(sum[j], loss_present(o.term, rest, v_zero()));
                if (dy)
                    loss_store(dy + at, v_mul(o.slope, g), rest);
                if (p)
                    loss_store(p + at, o.prob, rest);
            }
        }
        a->row_loss[r] = (double)tree_sum(sum) / s.divisor;
    }
}

/* Rows of one element, sixteen at a time: the lanes run over rows. The bits are those of
 * the path above, where 15 of 16 lanes would be empty: its sum is 0 + term, then + 0. */
FNN_INLINE void loss_elementwise_column(const struct fnn_loss_args *a, enum fnn_loss kind, int own)
{
    const struct loss_elementwise s = loss_elementwise_setup(a, kind);
    const real *y = a->y, *t = a->t;
    real *p = loss_has_prob(kind) ? a->p : NULL, *dy = a->dy;
    real yb[16] = {0}, tb[16] = {0}, gb[16] = {0}, term[16], slope[16], prob[16];
    const vec column = a->columns ? v_set1((real)a->columns[0]) : s.a;
    for (size_t r = 0; r < a->rows; r += 16) {
        const size_t n = a->rows - r < 16 ? a->rows - r : 16;
        for (size_t i = 0; i < n; i++) {
            yb[i] = y[(r + i) * a->ldy];
            tb[i] = t[(r + i) * a->ldt];
            gb[i] = loss_weight(a, r + i, s.k);
        }
        for (size_t i = 0; i < 16; i += VL) {
            const vec target = loss_elementwise_target(&s, kind, v_load(tb + i));
            const struct loss_point o = loss_any_point(kind, own, v_load(yb + i), target, &s, column);
            v_store(term + i, v_add(v_zero(), o.term));
            v_store(slope + i, v_mul(o.slope, v_load(gb + i)));
            v_store(prob + i, o.prob);
        }
        for (size_t i = 0; i < n; i++)
            a->row_loss[r + i] = s.divisor == 1.0 ? (double)term[i] : (double)term[i] / s.divisor;
        for (size_t i = 0; dy && i < n; i++)
            dy[(r + i) * a->ldd] = slope[i];
        for (size_t i = 0; p && i < n; i++)
            p[(r + i) * a->ldp] = prob[i];
    }
}

FNN_INLINE void loss_elementwise(const struct fnn_loss_args *a, enum fnn_loss kind, int own)
{
    assert(a->cols >= 1 && a->row_loss && (a->rows == 0 || (a->y && a->t)));
    if (a->cols == 1)
        loss_elementwise_column(a, kind, own);
    else
        loss_elementwise_rows(a, kind, own);
}

FNN_OUTLINE void loss_elementwise_other(const struct fnn_loss_args *a, enum fnn_loss kind)
{
    loss_elementwise(a, kind, 0);
}

#define LOSS_OWN(name, kind) \
    static void FN(fnn_loss_##name)(const struct fnn_loss_args *a) { loss_elementwise(a, kind, 1); }
#define LOSS_OTHER(name, kind) \
    static void FN(fnn_loss_##name)(const struct fnn_loss_args *a) { loss_elementwise_other(a, kind); }
LOSS_OWN(mse, FNN_LOSS_MSE)
LOSS_OWN(sse, FNN_LOSS_SSE)
LOSS_OWN(mae, FNN_LOSS_MAE)
LOSS_OWN(bce, FNN_LOSS_BCE)
LOSS_OWN(bce_logits, FNN_LOSS_BCE_LOGITS)
LOSS_OTHER(mape, FNN_LOSS_MAPE)
LOSS_OTHER(msle, FNN_LOSS_MSLE)
LOSS_OTHER(huber, FNN_LOSS_HUBER)
LOSS_OTHER(log_cosh, FNN_LOSS_LOG_COSH)
LOSS_OTHER(poisson, FNN_LOSS_POISSON)
LOSS_OTHER(kld, FNN_LOSS_KLD)
LOSS_OTHER(hinge, FNN_LOSS_HINGE)
LOSS_OTHER(squared_hinge, FNN_LOSS_SQUARED_HINGE)
LOSS_OTHER(binary_focal, FNN_LOSS_BINARY_FOCAL)
LOSS_OTHER(binary_focal_logits, FNN_LOSS_BINARY_FOCAL_LOGITS)
LOSS_OTHER(quantile, FNN_LOSS_QUANTILE)
LOSS_OTHER(tweedie, FNN_LOSS_TWEEDIE)
LOSS_OTHER(tweedie_log, FNN_LOSS_TWEEDIE_LOG)
#undef LOSS_OWN
#undef LOSS_OTHER
