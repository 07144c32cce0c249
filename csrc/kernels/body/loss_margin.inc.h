/* loss_margin.inc.h: the hinge losses. hinge and squared_hinge have one term per element and are
 * made kernels by loss_elementwise.inc.h; categorical_hinge needs the whole row. Included by
 * loss.inc.h only. u = t, but param[0] where t is 0.
 *
 *   kind            term                    slope                    row, constant
 *   hinge           h = max(1 - u y, 0)     -u, 0 where h is 0       mean
 *   squared_hinge   h^2                     -u h                     mean, times 2
 *
 *   categorical_hinge   loss = max(N - P + 1, 0), P = sum t y, N = max v, v = (1 - t) y
 *                       dy = ([v = N] (1 - t) / n - t) g, n the number of v that are N;
 *                       0 where the loss is 0
 * fma: 1 - u y; P's sum is a chain fma(t, y, P). Sums and the maximum in TREE order. A NaN in
 * v is passed over by the maximum, but makes P and with it the loss NaN.
 */

FNN_INLINE struct loss_point loss_margin_point(enum fnn_loss kind, vec y, vec t, vec at_zero)
{
    const vec zero = v_zero();
    const vec u = v_select(v_eq(t, zero), at_zero, t);
    const vec h = v_max(zero, v_fnma(u, y, v_set1(1)));
    struct loss_point o = {h, zero, zero};
    if (kind == FNN_LOSS_HINGE) {
        o.slope = v_select(v_eq(h, zero), zero, v_neg(u));
    } else {
        o.term = v_mul(h, h);
        o.slope = v_neg(v_mul(u, h));
    }
    return o;
}

/* v = (1 - t) y of up to VL elements. */
FNN_INLINE vec loss_others(const real *t, const real *y, size_t rest)
{
    return v_mul(v_sub(v_set1(1), loss_load(t, rest)), loss_load(y, rest));
}

FNN_INLINE void loss_categorical_hinge_slope(const real *t, const real *y, size_t cols, real most,
                                             real g, int active, real *dy)
{
    const vec one = v_set1(1), zero = v_zero(), top = v_set1(most), weight = v_set1(g);
    vec ties[NVEC16];
    for (size_t j = 0; j < NVEC16; j++)
        ties[j] = zero;
    for (size_t at = 0; at < cols; at += VL) {
        const size_t rest = cols - at, j = at / VL % NVEC16;
        const vec tied = v_select(v_eq(loss_others(t + at, y + at, rest), top), one, zero);
        ties[j] = v_add(ties[j], loss_present(tied, rest, zero));
    }
    const vec share = v_div(one, v_set1(tree_sum(ties)));
    for (size_t at = 0; at < cols; at += VL) {
        const size_t rest = cols - at;
        const vec target = loss_load(t + at, rest);
        const mask tied = v_eq(loss_others(t + at, y + at, rest), top);
        const vec rival = v_select(tied, v_mul(v_sub(one, target), share), zero);
        const vec slope = active ? v_sub(rival, target) : zero;
        loss_store(dy + at, v_mul(slope, weight), rest);
    }
}

static void FN(fnn_loss_categorical_hinge)(const struct fnn_loss_args *a)
{
    assert(a->cols >= 1 && a->row_loss && (a->t || !a->rows));
    const size_t cols = a->cols;
    const vec zero = v_zero(), lowest = v_set1(-(real)INFINITY);
    for (size_t r = 0; r < a->rows; r++) {
        const real *y = (const real *)a->y + r * a->ldy;
        const real *t = (const real *)a->t + r * a->ldt;
        vec own[NVEC16], rival[NVEC16];
        for (size_t j = 0; j < NVEC16; j++) {
            own[j] = zero;
            rival[j] = lowest;
        }
        for (size_t at = 0; at < cols; at += VL) {
            const size_t rest = cols - at, j = at / VL % NVEC16;
            const vec target = loss_load(t + at, rest); /* +0 past the end of the row */
            own[j] = v_fma(target, loss_load(y + at, rest), own[j]);
            rival[j] = v_max(loss_present(loss_others(t + at, y + at, rest), rest, lowest), rival[j]);
        }
        const real most = tree_max(rival), margin = most - tree_sum(own) + (real)1;
        const int active = !(margin <= 0); /* NaN too */
        a->row_loss[r] = active ? (double)margin : 0.0;
        if (a->dy)
            loss_categorical_hinge_slope(t, y, cols, most, loss_weight(a, r, (real)a->scale),
                                         active, loss_row(a->dy, r, a->ldd));
    }
}
