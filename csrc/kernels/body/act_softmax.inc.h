/* act_softmax.inc.h: softmax over each row and its derivative. Included by act.inc.h only.
 *
 * y[c] = exp(z[c] - max z) / sum_j exp(z[j] - max z), both reductions in TREE order.
 * A NaN, a +inf or nothing but -inf in a row makes the whole row NaN; -inf beside finite
 * numbers gives 0.
 * Derivative: d[c] = y[c] (d[c] - s), s = sum_j y[j] d[j], the lanes of the sum chained by
 * fma: acc = fma(y[j], d[j], acc). */
#ifndef FNN_BODY_ACT_SOFTMAX_H
#define FNN_BODY_ACT_SOFTMAX_H

#include "tree.inc.h"

/* e = exp(z - top) of a row, and their sum. The first cols - cols % 16 go to y; the rest
 * stays in registers: reloading what a masked store wrote would stall, and most output
 * layers have fewer than 16 columns. */
FNN_INLINE real softmax_exp_row(const real *z, real *y, size_t cols, real top, vec tail[NVEC16])
{
    const vec shift = v_set1(top);
    vec acc[NVEC16];
    size_t c = 0;
    for (int v = 0; v < NVEC16; v++)
        acc[v] = tail[v] = v_zero();
    for (; c + 16 <= cols; c += 16)
        for (int v = 0; v < NVEC16; v++) {
            const size_t at = c + (size_t)v * VL;
            const vec e = vm_exp_to_max(v_sub(v_load(z + at), shift));
            v_store(y + at, e);
            acc[v] = v_add(acc[v], e);
        }
    for (int v = 0; v < NVEC16 && c < cols; v++, c += VL) {
        /* Beyond the row exp(0), then +0: exp(-inf) is a slow underflow on some CPUs. */
        const size_t n = tree_part(cols - c);
        const vec e = vm_exp_to_max(v_sub(tree_load_part(z + c, n, top), shift));
        tail[v] = v_select(tree_first(n), e, v_zero());
        acc[v] = v_add(acc[v], tail[v]);
    }
    return tree_sum(acc);
}

static void FN(fnn_act_fwd_softmax)(size_t rows, size_t cols, const void *z, size_t ldz, void *y,
                                    size_t ldy, const double *param)
{
    (void)param;
    for (size_t r = 0; r < rows; r++) {
        const real *from = (const real *)z + r * ldz;
        real *to = (real *)y + r * ldy;
        vec tail[NVEC16];
        const real top = tree_max_row(from, cols);
        const vec sum = v_set1(softmax_exp_row(from, to, cols, top, tail));
        size_t c = 0;
        for (; c + 16 <= cols; c += 16)
            for (int v = 0; v < NVEC16; v++) {
                real *at = to + c + (size_t)v * VL;
                v_store(at, v_div(v_load(at), sum));
            }
        for (int v = 0; v < NVEC16 && c < cols; v++, c += VL)
            v_store_part(to + c, v_div(tail[v], sum), tree_part(cols - c));
    }
}

FNN_INLINE real softmax_dot_row(const real *y, const real *d, size_t cols)
{
    vec acc[NVEC16];
    size_t c = 0;
    for (int v = 0; v < NVEC16; v++)
        acc[v] = v_zero();
    for (; c + 16 <= cols; c += 16)
        for (int v = 0; v < NVEC16; v++) {
            const size_t at = c + (size_t)v * VL;
            acc[v] = v_fma(v_load(y + at), v_load(d + at), acc[v]);
        }
    for (int v = 0; v < NVEC16 && c < cols; v++, c += VL) {
        const size_t n = tree_part(cols - c);
        acc[v] = v_fma(v_load_part(y + c, n), v_load_part(d + c, n), acc[v]);
    }
    return tree_sum(acc);
}

static void FN(fnn_act_bwd_softmax)(size_t rows, size_t cols, const void *ref, size_t ldr, void *d,
                                    size_t ldd, const double *param)
{
    (void)param;
    for (size_t r = 0; r < rows; r++) {
        const real *y = (const real *)ref + r * ldr;
        real *g = (real *)d + r * ldd;
        const vec s = v_set1(softmax_dot_row(y, g, cols));
        size_t c = 0;
        for (; c + VL <= cols; c += VL)
            v_store(g + c, v_mul(v_load(y + c), v_sub(v_load(g + c), s)));
        if (c < cols)
            v_store_part(g + c, v_mul(v_load_part(y + c, cols - c),
                                      v_sub(v_load_part(g + c, cols - c), s)), cols - c);
    }
}

#endif /* FNN_BODY_ACT_SOFTMAX_H */
