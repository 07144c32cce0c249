/* loss_cosine.inc.h: the cosine of the angle between targets and predictions, negative so that
 * it is minimized. Included by loss.inc.h only.
 *
 *   loss = -(T Y sum t y), T = min(1 / sqrt(sum t^2), 1e7), Y the same of y
 *   dy = (-(T Y) t - (loss Y^2) y) g; without the second term where 1e7 limits Y
 * A row of zeros has loss 0. fma: the three sums are chains fma(a, b, sum), in TREE order; dy is
 * fma(-(loss Y^2), y, -(T Y) t) times g.
 */
#define LOSS_NORM_MOST ((real)1e7)

FNN_INLINE real loss_inverse_norm(real squares)
{
    const real inverse = (real)1 / (real)sqrt(squares);
    return inverse > LOSS_NORM_MOST ? LOSS_NORM_MOST : inverse;
}

static void FN(fnn_loss_cosine)(const struct fnn_loss_args *a)
{
    assert(a->cols >= 1 && a->row_loss && (a->t || !a->rows));
    const size_t cols = a->cols;
    for (size_t r = 0; r < a->rows; r++) {
        const real *y = (const real *)a->y + r * a->ldy;
        const real *t = (const real *)a->t + r * a->ldt;
        vec yy[NVEC16], tt[NVEC16], ty[NVEC16];
        for (size_t j = 0; j < NVEC16; j++)
            yy[j] = tt[j] = ty[j] = v_zero();
        for (size_t at = 0; at < cols; at += VL) {
            const size_t rest = cols - at, j = at / VL % NVEC16;
            const vec q = loss_load(y + at, rest), target = loss_load(t + at, rest);
            yy[j] = v_fma(q, q, yy[j]);
            tt[j] = v_fma(target, target, tt[j]);
            ty[j] = v_fma(target, q, ty[j]);
        }
        const real size = loss_inverse_norm(tree_sum(yy)), other = loss_inverse_norm(tree_sum(tt));
        const real both = other * size, loss = -(both * tree_sum(ty));
        a->row_loss[r] = (double)loss;
        real *dy = loss_row(a->dy, r, a->ldd);
        if (!dy)
            continue;
        const real along = size == LOSS_NORM_MOST ? (real)0 : loss * (size * size);
        const vec turn = v_set1(-both), shrink = v_set1(-along);
        const vec g = v_set1(loss_weight(a, r, (real)a->scale));
        for (size_t at = 0; at < cols; at += VL) {
            const size_t rest = cols - at;
            const vec slope = v_fma(shrink, loss_load(y + at, rest),
                                    v_mul(turn, loss_load(t + at, rest)));
            loss_store(dy + at, v_mul(slope, g), rest);
        }
    }
}
