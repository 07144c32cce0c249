/* loss_probs.inc.h: categorical cross-entropy from probabilities y, which Keras first
 * divides by their sum: cce (targets) and scce (labels). Included by loss.inc.h only.
 *
 *   S = sum y, q = y / S, in = [q not clipped], A = sum over in of t'
 *   cce    loss = -sum t' log(clip q)     dy = (A - in t' / q) (g / S)
 *   scce   the same with t' = [label]: loss = -log(clip q[label])
 * A row whose label does not count (loss_counts) has loss and gradient 0.
 * The gradient is that of the whole expression, normalisation included.
 * fma: the loss is a chain fma(-t', log q, loss). Sums in TREE order.
 */

static void FN(fnn_loss_cce)(const struct fnn_loss_args *a)
{
    assert(a->cols >= 1 && a->row_loss && (a->t || !a->rows));
    const size_t cols = a->cols;
    const vec zero = v_zero();
    const vec keep = v_set1((real)(1.0 - a->param[0]));
    const vec add = v_set1((real)(a->param[0] / (double)cols));
    for (size_t r = 0; r < a->rows; r++) {
        const real *y = (const real *)a->y + r * a->ldy;
        const real *t = (const real *)a->t + r * a->ldt;
        real *dy = loss_row(a->dy, r, a->ldd);
        const real total = tree_sum_row(y, cols);
        const vec s = v_set1(total);
        vec loss[NVEC16], inside[NVEC16];
        for (size_t j = 0; j < NVEC16; j++)
            loss[j] = inside[j] = zero;
        for (size_t c = 0; c < cols; c += 16) {
#pragma GCC unroll 4
            for (size_t j = 0; j < NVEC16; j++) {
                const size_t at = c + j * VL;
                if (at >= cols)
                    break;
                const size_t rest = cols - at;
                const vec target = loss_present(v_fma(loss_load(t + at, rest), keep, add),
                                                rest, zero);
                const vec q = v_div(loss_load(y + at, rest), s);
                loss[j] = v_fnma(target, vm_log(loss_clip(q)), loss[j]);
                inside[j] = v_add(inside[j], v_select(loss_clipped(q), zero, target));
                if (dy)
                    loss_store(dy + at, q, rest);
            }
        }
        a->row_loss[r] = (double)tree_sum(loss);
        if (!dy)
            continue;
        const vec in_total = v_set1(tree_sum(inside));
        const vec g = v_set1(loss_weight(a, r, (real)a->scale) / total);
        for (size_t at = 0; at < cols; at += VL) {
            const size_t rest = cols - at;
            const vec target = v_fma(loss_load(t + at, rest), keep, add);
            const vec q = loss_load(dy + at, rest);
            const vec own = v_select(loss_clipped(q), zero, v_div(target, q));
            loss_store(dy + at, v_mul(v_sub(in_total, own), g), rest);
        }
    }
}

static void FN(fnn_loss_scce)(const struct fnn_loss_args *a)
{
    assert(a->cols >= 1 && a->row_loss && (a->labels || !a->rows));
    const size_t cols = a->cols;
    real total[16], q[16];
    int counts[16];
    for (size_t i = 0; i < 16; i++)
        q[i] = (real)1; /* lanes past the last row */
    for (size_t r = 0; r < a->rows; r += 16) {
        const size_t n = a->rows - r < 16 ? a->rows - r : 16;
        for (size_t i = 0; i < n; i++) {
            const real *y = (const real *)a->y + (r + i) * a->ldy;
            total[i] = tree_sum_row(y, cols);
            counts[i] = loss_counts(a, r + i);
            q[i] = counts[i] ? y[a->labels[r + i]] / total[i] : (real)1;
        }
        real value[16];
        for (size_t i = 0; i < 16; i += VL)
            v_store(value + i, v_neg(vm_log(loss_clip(v_load(q + i)))));
        for (size_t i = 0; i < n; i++)
            a->row_loss[r + i] = counts[i] ? (double)value[i] : 0.0;
        for (size_t i = 0; a->dy && i < n; i++) {
            const int clipped = q[i] < LOSS_LOW || q[i] > LOSS_HIGH;
            const real inside = clipped ? (real)0 : (real)1;
            const real weight = counts[i] ? loss_weight(a, r + i, (real)a->scale) : (real)0;
            const real g = weight / total[i];
            real *dy = loss_row(a->dy, r + i, a->ldd);
            for (size_t at = 0; at < cols; at += VL)
                loss_store(dy + at, v_set1(inside * g), cols - at);
            if (counts[i])
                dy[a->labels[r + i]] = clipped ? (real)0 * g : ((real)1 - (real)1 / q[i]) * g;
        }
    }
}
