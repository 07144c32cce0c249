/* act_sparsemax.inc.h: log_softmax and sparsemax over each row, and their derivatives.
 * Included by act.inc.h only. All sums and maxima in TREE order; y may equal z.
 *
 *   log_softmax  d - log sum exp(d), d = z - max z. Rows with a NaN or +inf, or nothing but
 *                -inf, are NaN; -inf beside finite numbers stays. Derivative: d - exp(y) sum d.
 *   sparsemax    max(d - tau, 0) with tau so that the row sums to 1: the projection onto the
 *                probability simplex (Martins and Astudillo, arXiv 1602.02068). tau comes from
 *                Michelot's iteration, which needs no sorting: the mean excess over the elements
 *                above the last tau, until none falls out. Derivative: where y > 0, d minus
 *                its mean over the elements with y > 0; elsewhere 0.
 */
#ifndef FNN_BODY_ACT_SPARSEMAX_H
#define FNN_BODY_ACT_SPARSEMAX_H

#include "tree.inc.h"

/* Sum of exp(z - top) over a row. */
FNN_INLINE real log_softmax_total(const real *z, size_t cols, real top)
{
    const vec shift = v_set1(top);
    vec acc[NVEC16];
    for (int v = 0; v < NVEC16; v++)
        acc[v] = v_zero();
    for (size_t c = 0; c < cols;)
        for (int v = 0; v < NVEC16 && c < cols; v++, c += VL) {
            const size_t n = tree_part(cols - c);
            const vec e = vm_exp_to_max(v_sub(tree_load_part(z + c, n, top), shift));
            acc[v] = v_add(acc[v], v_select(tree_first(n), e, v_zero()));
        }
    return tree_sum(acc);
}

/* The logarithm of one number, as every lane of vm_log has it. */
FNN_INLINE real log_softmax_log(real x)
{
    real lanes[VL];
    v_store(lanes, vm_log(v_set1(x)));
    return lanes[0];
}

static void FN(fnn_act_fwd_log_softmax)(size_t rows, size_t cols, const void *z, size_t ldz,
                                        void *y, size_t ldy, const double *param)
{
    (void)param;
    for (size_t r = 0; r < rows; r++) {
        const real *from = (const real *)z + r * ldz;
        real *to = (real *)y + r * ldy;
        const real top = tree_max_row(from, cols);
        const vec shift = v_set1(top);
        const vec total = v_set1(log_softmax_log(log_softmax_total(from, cols, top)));
        for (size_t c = 0; c < cols; c += VL) {
            const size_t n = tree_part(cols - c);
            v_store_part(to + c, v_sub(v_sub(v_load_part(from + c, n), shift), total), n);
        }
    }
}

static void FN(fnn_act_bwd_log_softmax)(size_t rows, size_t cols, const void *ref, size_t ldr,
                                        void *d, size_t ldd, const double *param)
{
    (void)param;
    for (size_t r = 0; r < rows; r++) {
        const real *y = (const real *)ref + r * ldr;
        real *g = (real *)d + r * ldd;
        const vec s = v_set1(tree_sum_row(g, cols));
        for (size_t c = 0; c < cols; c += VL) {
            const size_t n = tree_part(cols - c);
            const vec p = vm_exp(v_load_part(y + c, n));
            v_store_part(g + c, v_fnma(p, s, v_load_part(g + c, n)), n);
        }
    }
}

/* Sum of x over the elements of a row whose gate - shift lies above `above`; *count of them. */
FNN_INLINE real sparsemax_sum(const real *x, const real *gate, size_t cols, vec shift, real above,
                              real *count)
{
    const vec zero = v_zero(), bound = v_set1(above);
    vec acc[NVEC16], number[NVEC16];
    for (int v = 0; v < NVEC16; v++)
        acc[v] = number[v] = zero;
    for (size_t c = 0; c < cols;)
        for (int v = 0; v < NVEC16 && c < cols; v++, c += VL) {
            const size_t n = tree_part(cols - c);
            const vec place = v_sub(v_load_part(gate + c, n), shift);
            const mask in = m_and(tree_first(n), v_gt(place, bound));
            acc[v] = v_add(acc[v], v_select(in, v_sub(v_load_part(x + c, n), shift), zero));
            number[v] = v_add(number[v], v_select(in, v_set1(1), zero));
        }
    *count = tree_sum(number);
    return tree_sum(acc);
}

static void FN(fnn_act_fwd_sparsemax)(size_t rows, size_t cols, const void *z, size_t ldz, void *y,
                                      size_t ldy, const double *param)
{
    (void)param;
    for (size_t r = 0; r < rows; r++) {
        const real *from = (const real *)z + r * ldz;
        real *to = (real *)y + r * ldy;
        const vec shift = v_set1(tree_max_row(from, cols));
        /* tau is at least max d - 1 = -1; it only grows, and with it elements fall out. */
        real tau = (real)-1, count, before;
        real total = sparsemax_sum(from, from, cols, shift, tau, &count);
        do {
            before = count;
            tau = (total - (real)1) / count;
            total = sparsemax_sum(from, from, cols, shift, tau, &count);
        } while (count > (real)0 && count < before);
        const vec cut = v_set1(tau);
        for (size_t c = 0; c < cols; c += VL) {
            const size_t n = tree_part(cols - c);
            const vec above = v_sub(v_sub(v_load_part(from + c, n), shift), cut);
            v_store_part(to + c, v_max(v_zero(), above), n);
        }
    }
}

static void FN(fnn_act_bwd_sparsemax)(size_t rows, size_t cols, const void *ref, size_t ldr, void *d,
                                      size_t ldd, const double *param)
{
    (void)param;
    for (size_t r = 0; r < rows; r++) {
        const real *y = (const real *)ref + r * ldr;
        real *g = (real *)d + r * ldd;
        real count;
        const real total = sparsemax_sum(g, y, cols, v_zero(), (real)0, &count);
        const vec mean = v_set1(total / count);
        for (size_t c = 0; c < cols; c += VL) {
            const size_t n = tree_part(cols - c);
            const vec slope = v_sub(v_load_part(g + c, n), mean);
            const mask in = v_gt(v_load_part(y + c, n), v_zero());
            v_store_part(g + c, v_select(in, slope, v_zero()), n);
        }
    }
}

#endif /* FNN_BODY_ACT_SPARSEMAX_H */
