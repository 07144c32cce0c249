/* loss_logits.inc.h: categorical cross-entropy from logits z, stable, with the softmax it
 * contains: cce_logits (targets) and scce_logits (labels). Included by loss.inc.h only.
 *
 *   m = max z, e = exp(z - m), s = sum e, p = e / s
 *   scce   loss = log s - (z[label] - m)             dy = (p - [label]) g
 *   cce    loss = T log s - U, T = sum t',           dy = (p T - t') g
 *          U = sum t' (z - m)
 * A row whose label does not count (loss_counts) has loss and gradient 0.
 * For t' >= 0 both parts of the cce value are >= 0: nothing cancels.
 * fma: U's sum is a chain fma(t', z - m, U); T log s - U and p T - t' are fma's. Sums and
 * the maximum in TREE order. The logarithms of 16 rows are taken at once.
 */

/* What the value of a row still needs when its logarithm is taken. */
struct loss_logits_block {
    real s[16];      /* sum of exponentials */
    real total[16];  /* T; 1 for the sparse loss */
    real inner[16];  /* U; z[label] - m for the sparse loss */
};

/* Stores e = exp(z - m) to out (which may be z, or NULL) and returns s. With targets, also
 * T and U. */
FNN_INLINE real loss_row_exp(const real *z, const real *t, vec keep, vec add, size_t cols,
                             real m, real *out, real *total, real *inner)
{
    const vec top = v_set1(m), zero = v_zero();
    vec s[NVEC16], sum_t[NVEC16], sum_u[NVEC16];
    for (size_t j = 0; j < NVEC16; j++)
        s[j] = sum_t[j] = sum_u[j] = zero;
    for (size_t c = 0; c < cols; c += 16) {
#pragma GCC unroll 4
        for (size_t j = 0; j < NVEC16; j++) {
            const size_t at = c + j * VL;
            if (at >= cols)
                break;
            const size_t rest = cols - at;
            const vec d = v_sub(loss_load(z + at, rest), top);
            const vec e = vm_exp(d);
            s[j] = v_add(s[j], loss_present(e, rest, zero));
            if (t) {
                const vec target = v_fma(loss_load(t + at, rest), keep, add);
                const vec present = loss_present(target, rest, zero);
                sum_t[j] = v_add(sum_t[j], present);
                sum_u[j] = v_fma(present, d, sum_u[j]);
            }
            if (out)
                loss_store(out + at, e, rest);
        }
    }
    if (t) {
        *total = tree_sum(sum_t);
        *inner = tree_sum(sum_u);
    }
    return tree_sum(s);
}

/* From e (in p or dy) to p and dy, each optional. t NULL: the label is seen to later. */
FNN_INLINE void loss_row_finish(const real *e, const real *t, vec keep, vec add, size_t cols,
                                real s, real total, real weight, real *p, real *dy)
{
    const vec sum = v_set1(s), scale = v_set1(total), g = v_set1(weight);
    for (size_t at = 0; at < cols; at += VL) {
        const size_t rest = cols - at;
        const vec prob = v_div(loss_load(e + at, rest), sum);
        if (p)
            loss_store(p + at, prob, rest);
        if (dy) {
            const vec slope =
                t ? v_fma(prob, scale, v_neg(v_fma(loss_load(t + at, rest), keep, add))) : prob;
            loss_store(dy + at, v_mul(slope, g), rest);
        }
    }
}

/* Everything of row r but its value. */
FNN_INLINE void loss_logits_row(const struct fnn_loss_args *a, int sparse, size_t r, size_t i,
                                struct loss_logits_block *b)
{
    const size_t cols = a->cols;
    const double smoothing = sparse ? 0.0 : a->param[0];
    const vec keep = v_set1((real)(1.0 - smoothing));
    const vec add = v_set1((real)(smoothing / (double)cols));
    const real *z = (const real *)a->y + r * a->ldy;
    const real *t = sparse ? NULL : (const real *)a->t + r * a->ldt;
    real *p = loss_row(a->p, r, a->ldp), *dy = loss_row(a->dy, r, a->ldd);
    real *e = p ? p : dy;

    const real m = tree_max_row(z, cols);
    const int counts = !sparse || loss_counts(a, r);
    const size_t label = sparse && counts ? (size_t)a->labels[r] : 0;
    if (sparse) {
        b->total[i] = counts ? (real)1 : (real)0;
        b->inner[i] = counts ? z[label] - m : (real)0; /* before e may overwrite z */
    }
    const real s = loss_row_exp(z, t, keep, add, cols, m, e, &b->total[i], &b->inner[i]);
    b->s[i] = counts ? s : (real)1;
    if (!e)
        return;
    const real g = counts ? loss_weight(a, r, (real)a->scale) : (real)0;
    const real e_label = e[label];
    loss_row_finish(e, t, keep, add, cols, s, b->total[i], g, p, dy);
    if (sparse && counts && dy)
        dy[label] = (e_label / s - (real)1) * g;
}

FNN_INLINE void loss_logits(const struct fnn_loss_args *a, int sparse)
{
    assert(a->cols >= 1 && a->row_loss && (sparse ? a->labels || !a->rows : a->t || !a->rows));
    struct loss_logits_block b;
    for (size_t i = 0; i < 16; i++) {
        b.s[i] = b.total[i] = (real)1; /* lanes past the last row */
        b.inner[i] = (real)0;
    }
    for (size_t r = 0; r < a->rows; r += 16) {
        const size_t n = a->rows - r < 16 ? a->rows - r : 16;
        for (size_t i = 0; i < n; i++)
            loss_logits_row(a, sparse, r + i, i, &b);
        real value[16];
        for (size_t i = 0; i < 16; i += VL)
            v_store(value + i, v_fma(v_load(b.total + i), vm_log(v_load(b.s + i)),
                                     v_neg(v_load(b.inner + i))));
        for (size_t i = 0; i < n; i++)
            a->row_loss[r + i] = (double)value[i];
    }
}

static void FN(fnn_loss_cce_logits)(const struct fnn_loss_args *a) { loss_logits(a, 0); }
static void FN(fnn_loss_scce_logits)(const struct fnn_loss_args *a) { loss_logits(a, 1); }
