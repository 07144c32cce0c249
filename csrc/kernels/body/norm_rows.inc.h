/* norm_rows.inc.h: normalisation of each row by its own statistics (layer, root mean square,
 * unit length) and its derivative. Contracts and formulas: kernels.h. Sums are in TREE order.
 */
#ifndef FNN_BODY_NORM_ROWS_H
#define FNN_BODY_NORM_ROWS_H

#include "norm_cols.inc.h"
#include "tree.inc.h"

#define UNIT_LIMIT ((real)1e12) /* largest factor of a unit row, Keras' 1 / 1e-12 */

/* sum of (x - mean)^2 over a row, the lanes chained by fma. */
FNN_INLINE real rows_square_sum(const real *x, size_t cols, vec mean)
{
    vec acc[NVEC16];
    size_t c = 0;
    for (int v = 0; v < NVEC16; v++)
        acc[v] = v_zero();
    for (; c + 16 <= cols; c += 16)
        for (int v = 0; v < NVEC16; v++) {
            const vec e = v_sub(v_load(x + c + (size_t)v * VL), mean);
            acc[v] = v_fma(e, e, acc[v]);
        }
    for (int v = 0; v < NVEC16 && c < cols; v++, c += VL) {
        const size_t n = tree_part(cols - c);
        const vec e = v_select(tree_first(n), v_sub(v_load_part(x + c, n), mean), v_zero());
        acc[v] = v_fma(e, e, acc[v]);
    }
    return tree_sum(acc);
}

/* mean and factor of a row, in every lane. */
FNN_INLINE void rows_stats(enum fnn_norm kind, const real *x, size_t cols, real eps, vec *mean,
                           vec *factor)
{
    const vec one = v_set1(1), count = v_set1((real)cols);
    *mean = kind == FNN_NORM_LAYER ? v_div(v_set1(tree_sum_row(x, cols)), count) : v_zero();
    const vec square = v_set1(rows_square_sum(x, cols, *mean));
    if (kind == FNN_NORM_UNIT) {
        *factor = v_min(v_set1(UNIT_LIMIT), v_div(one, v_sqrt(square)));
        return;
    }
    *factor = v_div(one, v_sqrt(v_add(v_div(square, count), v_set1(eps))));
}

static void FN(fnn_rows_fwd)(enum fnn_norm kind, size_t rows, size_t cols, const void *x,
                             size_t ldx, void *y, size_t ldy, const void *gamma, const void *beta,
                             double eps, void *stats)
{
    assert(cols >= 1);
    for (size_t r = 0; r < rows; r++) {
        const real *from = (const real *)x + r * ldx;
        real *to = (real *)y + r * ldy;
        vec mean, factor;
        rows_stats(kind, from, cols, (real)eps, &mean, &factor);
        if (stats) {
            v_store_part((real *)stats + 2 * r, mean, 1);
            v_store_part((real *)stats + 2 * r + 1, factor, 1);
        }
        for (size_t c = 0; c < cols; c += VL) {
            const size_t n = cols_part(cols - c);
            const vec hat = v_mul(v_sub(cols_load(from + c, n), mean), factor);
            const vec scale = gamma ? cols_load((const real *)gamma + c, n) : v_set1(1);
            cols_store(to + c, v_fma(hat, scale, cols_or_zero(beta, c, n)), n);
        }
    }
}

/* Sums over a row of g = d gamma and of g hat. */
FNN_INLINE void rows_bwd_sums(const real *x, const real *d, const real *gamma, size_t cols,
                              vec mean, vec factor, real *plain, real *product)
{
    vec a[NVEC16], b[NVEC16];
    for (int v = 0; v < NVEC16; v++)
        a[v] = b[v] = v_zero();
    for (size_t c = 0; c < cols; c += 16)
        for (int v = 0; v < NVEC16 && c + (size_t)v * VL < cols; v++) {
            const size_t at = c + (size_t)v * VL, n = cols_part(cols - at);
            vec g = cols_load(d + at, n);
            if (gamma)
                g = v_mul(g, cols_load(gamma + at, n));
            const vec hat = v_mul(v_sub(cols_load(x + at, n), mean), factor);
            a[v] = v_add(a[v], g);
            /* Beyond the row g is +0: the product of a finite hat adds nothing. */
            b[v] = v_fma(g, hat, b[v]);
        }
    *plain = tree_sum(a);
    *product = tree_sum(b);
}

static void FN(fnn_rows_bwd)(enum fnn_norm kind, size_t rows, size_t cols, const void *x,
                             size_t ldx, void *d, size_t ldd, const void *gamma, const void *stats)
{
    assert(cols >= 1);
    for (size_t r = 0; r < rows; r++) {
        const real *from = (const real *)x + r * ldx;
        real *to = (real *)d + r * ldd, plain, product;
        const real *s = (const real *)stats + 2 * r;
        const vec mean = v_set1(s[0]), factor = v_set1(s[1]), count = v_set1((real)cols);
        rows_bwd_sums(from, to, gamma, cols, mean, factor, &plain, &product);
        vec p = v_set1(product), q = v_zero();
        if (kind == FNN_NORM_UNIT)
            p = s[1] == UNIT_LIMIT ? v_zero() : p; /* a factor at its limit does not move */
        else
            p = v_div(p, count);
        if (kind == FNN_NORM_LAYER)
            q = v_div(v_set1(plain), count);
        for (size_t c = 0; c < cols; c += VL) {
            const size_t n = cols_part(cols - c);
            vec g = cols_load(to + c, n);
            if (gamma)
                g = v_mul(g, cols_load((const real *)gamma + c, n));
            const vec hat = v_mul(v_sub(cols_load(from + c, n), mean), factor);
            cols_store(to + c, v_mul(factor, v_sub(g, v_fma(hat, p, q))), n);
        }
    }
}

#endif /* FNN_BODY_NORM_ROWS_H */
