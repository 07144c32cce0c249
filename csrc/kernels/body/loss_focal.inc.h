/* loss_focal.inc.h: the focal cross-entropies (Lin et al., 2017) and the generalized one (Zhang
 * and Sabuncu, 2018), which all raise a probability to a power. binary_focal has one term per
 * element and is made a kernel by loss_elementwise.inc.h. Included by loss.inc.h only.
 * G = param[1] is the focusing parameter gamma.
 *
 *   binary_focal: c and c' the term and slope of bce or bce_logits (loss_elementwise.inc.h),
 *   w = t' A + (1 - t') (1 - A) with A = param[2], or 1 where that is negative;
 *     y a probability:  m = 1 - (t' y + (1 - t')(1 - y))
 *                       term w m^G c      slope w (m^G c' + G m^(G-1) (1 - 2 t') c)
 *     from logits:      p and n = 1 - p from e = exp(-|y|), m = t' n + (1 - t') p
 *                       term w m^G c      slope w m^G (c' + G (1 - 2 t') p n / m c),
 *                                         p n / m = 0 where m is 0
 *   categorical_focal: a = param[2] or columns; q = the share y / S of a row, clipped as for cce,
 *   or the softmax e / s of y with
 *   log q = (y - max y) - log s
 *     loss = sum of -t' a (1 - q)^G log q
 *     D = -t' a ((1 - q)^G / q - G (1 - q)^(G-1) log q), 0 where q is clipped
 *     shares:  dy = (D - sum D q) (g / S)
 *     logits:  dy = (D q - q sum D q) g, with D q = -t' a ((1 - q)^G - G q (1 - q)^(G-1) log q)
 *   generalized_ce: q = y[label], Q = param[0]
 *     loss = (1 - q^Q) / Q          dy[label] = -q^(Q-1) g, 0 where q is 0; 0 elsewhere
 *
 * A power with a whole exponent from 0 to 8 is multiplied out from the left, any other is
 * exp(exponent log x). fma: w = fma(t', 2 A - 1, 1 - A); the sums inside m; the second terms of
 * slopes and D; categorical sums are chains fma(., ., sum), in TREE order.
 */

struct loss_exponent {
    int whole; /* -1: not a whole number that is multiplied out */
    vec value;
};

FNN_INLINE struct loss_exponent loss_exponent_of(double value)
{
    struct loss_exponent e = {-1, v_set1((real)value)};
    for (int n = 0; n <= 8; n++)
        if (value == (double)n)
            e.whole = n;
    return e;
}

FNN_OUTLINE vec loss_power(vec x, const struct loss_exponent *e)
{
    if (e->whole < 0)
        return vm_exp(v_mul(e->value, vm_log(x)));
    vec power = v_set1(1);
    for (int n = 0; n < e->whole; n++)
        power = v_mul(power, x);
    return power;
}

/* What focusing means, the same for every row. */
struct loss_focus {
    vec gamma;
    struct loss_exponent power, below; /* G and G - 1; 0 for G = 0, where it is multiplied by 0 */
    vec balance, base;                 /* w = fma(t', balance, base) */
};

FNN_INLINE struct loss_focus loss_focus_setup(const double *param)
{
    const double gamma = param[1], alpha = param[2];
    struct loss_focus f = {
        .gamma = v_set1((real)gamma),
        .power = loss_exponent_of(gamma),
        .below = loss_exponent_of(gamma == 0.0 ? 0.0 : gamma - 1.0),
        .balance = v_set1(alpha < 0.0 ? (real)0 : (real)(2.0 * alpha - 1.0)),
        .base = v_set1(alpha < 0.0 ? (real)1 : (real)(1.0 - alpha)),
    };
    return f;
}

/* entropy: term and slope of the cross-entropy of y and t, and from logits its probability. */
FNN_INLINE struct loss_point loss_focal_point(const struct loss_focus *f, int logits, vec y, vec t,
                                              struct loss_point entropy)
{
    const vec one = v_set1(1), zero = v_zero(), other = v_sub(one, t);
    const vec w = v_fma(t, f->balance, f->base);
    const vec turn = v_mul(f->gamma, v_sub(other, t));
    struct loss_point o = entropy;
    if (logits) {
        const vec e = vm_exp(v_neg(v_abs(y)));
        const vec n = v_div(v_select(v_lt(y, zero), one, e), v_add(one, e));
        const vec m = v_fma(t, n, v_mul(other, entropy.prob));
        const vec share = v_select(v_eq(m, zero), zero, v_div(v_mul(entropy.prob, n), m));
        const vec weight = v_mul(w, loss_power(m, &f->power));
        o.term = v_mul(weight, entropy.term);
        o.slope = v_mul(weight, v_fma(v_mul(turn, share), entropy.term, entropy.slope));
        return o;
    }
    const vec right = v_fma(t, y, v_mul(other, v_sub(one, y)));
    const vec m = v_sub(one, right), power = loss_power(m, &f->power);
    const vec drift = v_mul(v_mul(turn, loss_power(m, &f->below)), entropy.term);
    o.term = v_mul(w, v_mul(power, entropy.term));
    o.slope = v_mul(w, v_fma(power, entropy.slope, drift));
    return o;
}

/* ---- categorical ------------------------------------------------------------- */

/* Term and derivative of one element: from logits D q, else D. */
FNN_INLINE struct loss_point loss_focal_class(const struct loss_focus *f, int logits, vec q,
                                              vec log_q, vec weight)
{
    const vec rest = v_sub(v_set1(1), q), power = loss_power(rest, &f->power);
    const vec drift = v_mul(f->gamma, v_mul(loss_power(rest, &f->below), log_q));
    struct loss_point o = {v_mul(weight, v_mul(power, log_q)), v_zero(), q};
    o.slope = v_mul(weight, logits ? v_fnma(q, drift, power) : v_sub(v_div(power, q), drift));
    return o;
}

/* What the elements of a row share. */
struct loss_focal_row {
    int logits;
    real sum;            /* S, or s of the softmax */
    vec top, total, log_total; /* max y; the sum; its logarithm, from logits */
    vec keep, add;
    double alpha;
    const double *columns;
};

FNN_OUTLINE void loss_focal_start(struct loss_focal_row *row, const real *y, size_t cols)
{
    vec sum[NVEC16];
    if (!row->logits) {
        row->sum = tree_sum_row(y, cols);
        row->total = v_set1(row->sum);
        return;
    }
    row->top = v_set1(tree_max_row(y, cols));
    for (size_t j = 0; j < NVEC16; j++)
        sum[j] = v_zero();
    for (size_t at = 0; at < cols; at += VL) {
        const size_t rest = cols - at, j = at / VL % NVEC16;
        const vec e = vm_exp(v_sub(loss_load(y + at, rest), row->top));
        sum[j] = v_add(sum[j], loss_present(e, rest, v_zero()));
    }
    row->sum = tree_sum(sum);
    row->total = v_set1(row->sum);
    row->log_total = vm_log(row->total);
}

/* Term, derivative and probability of the elements from column `at` on. */
FNN_OUTLINE struct loss_point loss_focal_at(const struct loss_focus *f,
                                           const struct loss_focal_row *row, const real *y,
                                           const real *t, size_t at, size_t rest)
{
    const vec target = v_fma(loss_load(t + at, rest), row->keep, row->add);
    const vec alpha = loss_column(row->columns, at, rest, row->alpha);
    const vec weight = v_neg(v_mul(target, alpha)), value = loss_load(y + at, rest);
    if (row->logits) {
        const vec d = v_sub(value, row->top);
        return loss_focal_class(f, 1, v_div(vm_exp(d), row->total), v_sub(d, row->log_total),
                                weight);
    }
    const vec share = v_div(value, row->total), q = loss_clip(share);
    struct loss_point o = loss_focal_class(f, 0, q, vm_log(q), weight);
    o.slope = v_select(loss_clipped(share), v_zero(), o.slope);
    o.prob = share;
    return o;
}

FNN_OUTLINE void loss_categorical_focal(const struct fnn_loss_args *a, int logits)
{
    assert(a->cols >= 1 && a->row_loss && (a->t || !a->rows));
    const size_t cols = a->cols;
    const struct loss_focus f = loss_focus_setup(a->param);
    struct loss_focal_row row = {
        .logits = logits, .alpha = a->param[2], .columns = a->columns, .top = v_zero(),
        .total = v_zero(), .log_total = v_zero(),
        .keep = v_set1((real)(1.0 - a->param[0])), .add = v_set1((real)(a->param[0] / (double)cols)),
    };
    for (size_t r = 0; r < a->rows; r++) {
        const real *y = (const real *)a->y + r * a->ldy, *t = (const real *)a->t + r * a->ldt;
        real *dy = loss_row(a->dy, r, a->ldd), *p = logits ? loss_row(a->p, r, a->ldp) : NULL;
        loss_focal_start(&row, y, cols);
        vec loss[NVEC16], drift[NVEC16];
        for (size_t j = 0; j < NVEC16; j++)
            loss[j] = drift[j] = v_zero();
        for (size_t at = 0; at < cols; at += VL) {
            const size_t rest = cols - at, j = at / VL % NVEC16;
            const struct loss_point o = loss_focal_at(&f, &row, y, t, at, rest);
            const vec each = logits ? o.slope : v_mul(o.slope, o.prob);
            loss[j] = v_add(loss[j], loss_present(o.term, rest, v_zero()));
            drift[j] = v_add(drift[j], loss_present(each, rest, v_zero()));
        }
        a->row_loss[r] = (double)tree_sum(loss);
        const vec mean = v_set1(tree_sum(drift));
        const real scaled = loss_weight(a, r, (real)a->scale);
        const vec g = v_set1(logits ? scaled : scaled / row.sum);
        /* y is read for the last time before dy or p takes its place. */
        for (size_t at = 0; (dy || p) && at < cols; at += VL) {
            const size_t rest = cols - at;
            const struct loss_point o = loss_focal_at(&f, &row, y, t, at, rest);
            const vec slope = logits ? v_fnma(o.prob, mean, o.slope) : v_sub(o.slope, mean);
            if (dy)
                loss_store(dy + at, v_mul(slope, g), rest);
            if (p)
                loss_store(p + at, o.prob, rest);
        }
    }
}

static void FN(fnn_loss_categorical_focal)(const struct fnn_loss_args *a)
{
    loss_categorical_focal(a, 0);
}

static void FN(fnn_loss_categorical_focal_logits)(const struct fnn_loss_args *a)
{
    loss_categorical_focal(a, 1);
}

/* ---- generalized ------------------------------------------------------------- */

static void FN(fnn_loss_generalized_ce)(const struct fnn_loss_args *a)
{
    assert(a->cols >= 1 && a->row_loss && (a->labels || !a->rows));
    const real share = (real)a->param[0];
    const struct loss_exponent power = loss_exponent_of(a->param[0]);
    const struct loss_exponent below = loss_exponent_of(a->param[0] - 1.0);
    real q[16], value[16], slope[16];
    int counts[16];
    for (size_t i = 0; i < 16; i++)
        q[i] = (real)1; /* lanes past the last row */
    for (size_t r = 0; r < a->rows; r += 16) {
        const size_t n = a->rows - r < 16 ? a->rows - r : 16;
        for (size_t i = 0; i < n; i++) {
            const real *y = (const real *)a->y + (r + i) * a->ldy;
            counts[i] = loss_counts(a, r + i);
            q[i] = counts[i] ? y[a->labels[r + i]] : (real)1; /* 1 has no loss */
        }
        for (size_t i = 0; i < 16; i += VL) {
            const vec x = v_load(q + i), zero = v_zero();
            v_store(value + i, v_div(v_sub(v_set1(1), loss_power(x, &power)), v_set1(share)));
            v_store(slope + i, v_select(v_eq(x, zero), zero, v_neg(loss_power(x, &below))));
        }
        for (size_t i = 0; i < n; i++)
            a->row_loss[r + i] = (double)value[i];
        for (size_t i = 0; a->dy && i < n; i++) {
            real *dy = loss_row(a->dy, r + i, a->ldd);
            for (size_t at = 0; at < a->cols; at += VL)
                loss_store(dy + at, v_zero(), a->cols - at);
            if (counts[i])
                dy[a->labels[r + i]] = slope[i] * loss_weight(a, r + i, (real)a->scale);
        }
    }
}
