/* loss_elementwise.inc.h: losses whose row value is a sum or mean of one term per element:
 * mse, sse, mae, bce, bce_logits, and those of loss_points.inc.h. One template; a kernel is the template at one kind.
 * Included by loss.inc.h only.
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

FNN_INLINE struct loss_point loss_point(enum fnn_loss kind, vec y, vec t, vec a)
{
    const vec one = v_set1((real)1), zero = v_zero();
    struct loss_point o = {zero, zero, zero};
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
    case FNN_LOSS_BCE: {
        const vec q = loss_clip(y), other = v_sub(one, q);
        o.term = v_neg(v_fma(v_sub(one, t), vm_log(other), v_mul(t, vm_log(q))));
        o.slope = v_select(loss_clipped(y), zero, v_div(v_sub(q, t), v_mul(q, other)));
        break;
    }
    case FNN_LOSS_BCE_LOGITS: {
        const vec e = vm_exp(v_neg(v_abs(y)));
        o.term = v_add(v_fnma(y, t, v_max(y, zero)), vm_log1p(e));
        o.prob = v_div(v_select(v_lt(y, zero), e, one), v_add(one, e));
        o.slope = v_sub(o.prob, t);
        break;
    }
    default: return loss_regression_point(kind, y, t, a);
    }
    return o;
}

/* What is the same for every row. */
struct loss_elementwise {
    real k;           /* scale times the constant of the gradient */
    double divisor;   /* of the row's sum */
    vec keep, add;    /* t' = fma(t, keep, add) */
    vec a;            /* param[0] */
};

FNN_INLINE struct loss_elementwise loss_elementwise_setup(const struct fnn_loss_args *a,
                                                          enum fnn_loss kind)
{
    const int binary = kind == FNN_LOSS_BCE || kind == FNN_LOSS_BCE_LOGITS;
    const int squared = kind == FNN_LOSS_MSE || kind == FNN_LOSS_SSE || kind == FNN_LOSS_MSLE;
    const int sum = kind == FNN_LOSS_SSE || kind == FNN_LOSS_KLD;
    const double smoothing = binary ? a->param[0] : 0.0;
    struct loss_elementwise s;
    s.divisor = sum ? 1.0 : kind == FNN_LOSS_MAPE ? (double)a->cols / 100.0 : (double)a->cols;
    s.k = (real)(a->scale * ((squared ? 2.0 : 1.0) / s.divisor));
    s.keep = v_set1((real)(1.0 - smoothing));
    s.add = v_set1((real)(smoothing / 2.0));
    s.a = v_set1((real)a->param[0]);
    return s;
}

FNN_INLINE vec loss_elementwise_target(const struct loss_elementwise *s, enum fnn_loss kind,
                                       vec t)
{
    const int binary = kind == FNN_LOSS_BCE || kind == FNN_LOSS_BCE_LOGITS;
    return binary ? v_fma(t, s->keep, s->add) : t;
}

FNN_INLINE void loss_elementwise_rows(const struct fnn_loss_args *a, enum fnn_loss kind)
{
    const struct loss_elementwise s = loss_elementwise_setup(a, kind);
    for (size_t r = 0; r < a->rows; r++) {
        const real *y = (const real *)a->y + r * a->ldy;
        const real *t = (const real *)a->t + r * a->ldt;
        real *dy = loss_row(a->dy, r, a->ldd);
        real *p = kind == FNN_LOSS_BCE_LOGITS ? loss_row(a->p, r, a->ldp) : NULL;
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
                const struct loss_point o = loss_point(kind, loss_load(y + at, rest), target, s.a);
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
FNN_INLINE void loss_elementwise_column(const struct fnn_loss_args *a, enum fnn_loss kind)
{
    const struct loss_elementwise s = loss_elementwise_setup(a, kind);
    const real *y = a->y, *t = a->t;
    real *p = kind == FNN_LOSS_BCE_LOGITS ? a->p : NULL, *dy = a->dy;
    real yb[16] = {0}, tb[16] = {0}, gb[16] = {0}, term[16], slope[16], prob[16];
    for (size_t r = 0; r < a->rows; r += 16) {
        const size_t n = a->rows - r < 16 ? a->rows - r : 16;
        for (size_t i = 0; i < n; i++) {
            yb[i] = y[(r + i) * a->ldy];
            tb[i] = t[(r + i) * a->ldt];
            gb[i] = loss_weight(a, r + i, s.k);
        }
        for (size_t i = 0; i < 16; i += VL) {
            const vec target = loss_elementwise_target(&s, kind, v_load(tb + i));
            const struct loss_point o = loss_point(kind, v_load(yb + i), target, s.a);
            v_store(term + i, v_add(v_zero(), o.term));
            v_store(slope + i, v_mul(o.slope, v_load(gb + i)));
            v_store(prob + i, o.prob);
        }
        for (size_t i = 0; i < n; i++)
            a->row_loss[r + i] = (double)term[i] / s.divisor;
        for (size_t i = 0; dy && i < n; i++)
            dy[(r + i) * a->ldd] = slope[i];
        for (size_t i = 0; p && i < n; i++)
            p[(r + i) * a->ldp] = prob[i];
    }
}

FNN_INLINE void loss_elementwise(const struct fnn_loss_args *a, enum fnn_loss kind)
{
    assert(a->cols >= 1 && a->row_loss && (a->rows == 0 || (a->y && a->t)));
    if (a->cols == 1)
        loss_elementwise_column(a, kind);
    else
        loss_elementwise_rows(a, kind);
}

static void FN(fnn_loss_mse)(const struct fnn_loss_args *a) { loss_elementwise(a, FNN_LOSS_MSE); }
static void FN(fnn_loss_sse)(const struct fnn_loss_args *a) { loss_elementwise(a, FNN_LOSS_SSE); }
static void FN(fnn_loss_mae)(const struct fnn_loss_args *a) { loss_elementwise(a, FNN_LOSS_MAE); }
static void FN(fnn_loss_bce)(const struct fnn_loss_args *a) { loss_elementwise(a, FNN_LOSS_BCE); }
static void FN(fnn_loss_bce_logits)(const struct fnn_loss_args *a)
{
    loss_elementwise(a, FNN_LOSS_BCE_LOGITS);
}
static void FN(fnn_loss_mape)(const struct fnn_loss_args *a) { loss_elementwise(a, FNN_LOSS_MAPE); }
static void FN(fnn_loss_msle)(const struct fnn_loss_args *a) { loss_elementwise(a, FNN_LOSS_MSLE); }
static void FN(fnn_loss_huber)(const struct fnn_loss_args *a)
{
    loss_elementwise(a, FNN_LOSS_HUBER);
}
static void FN(fnn_loss_log_cosh)(const struct fnn_loss_args *a)
{
    loss_elementwise(a, FNN_LOSS_LOG_COSH);
}
static void FN(fnn_loss_poisson)(const struct fnn_loss_args *a)
{
    loss_elementwise(a, FNN_LOSS_POISSON);
}
static void FN(fnn_loss_kld)(const struct fnn_loss_args *a) { loss_elementwise(a, FNN_LOSS_KLD); }
