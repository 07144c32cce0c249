/* tree.inc.h: the TREE reduction of kernels.h. Sixteen virtual lanes, held in NVEC16
 * vectors, are combined l += l+8, l += l+4, l += l+2, l += l+1, so that a sum or a
 * maximum over a row has the same bits whatever the vector width.
 *
 * A caller keeps `vec acc[NVEC16]`, feeds element c of the row to lane c % 16, in order,
 * and finishes with tree_sum or tree_max. A tail is fed with v_load_part: its missing
 * lanes add +0, which leaves every sum that starts at +0 as it was.
 */
#ifndef FNN_BODY_TREE_H
#define FNN_BODY_TREE_H

#include "../kernels.h"
#include "../simd/simd.h"

/* Sum of the sixteen lanes. */
FNN_INLINE real tree_sum(const vec acc[NVEC16])
{
    vec part[NVEC16];
    for (int v = 0; v < NVEC16; v++)
        part[v] = acc[v];
    for (int half = NVEC16 / 2; half > 0; half /= 2)
        for (int v = 0; v < half; v++)
            part[v] = v_add(part[v], part[v + half]);
    return v_fold_add(part[0]);
}

/* Maximum of the sixteen lanes by a > b ? a : b, the rule of v_max. */
FNN_INLINE real tree_max(const vec acc[NVEC16])
{
    vec part[NVEC16];
    for (int v = 0; v < NVEC16; v++)
        part[v] = acc[v];
    for (int half = NVEC16 / 2; half > 0; half /= 2)
        for (int v = 0; v < half; v++)
            part[v] = v_max(part[v], part[v + half]);
    return v_fold_max(part[0]);
}

/* Lanes of the next vector when `left` elements of the row are left. */
FNN_INLINE size_t tree_part(size_t left)
{
    return left < VL ? left : VL;
}

/* The first n lanes. */
FNN_INLINE mask tree_first(size_t n)
{
    static const real index[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return v_lt(v_load(index), v_set1((real)n));
}

/* The first n lanes from memory, the rest `fill`. */
FNN_INLINE vec tree_load_part(const real *p, size_t n, real fill)
{
    return v_select(tree_first(n), v_load_part(p, n), v_set1(fill));
}

/* Sum of one row of cols reals, TREE order. */
FNN_INLINE real tree_sum_row(const real *x, size_t cols)
{
    vec acc[NVEC16];
    size_t c = 0;
    for (int v = 0; v < NVEC16; v++)
        acc[v] = v_zero();
    for (; c + 16 <= cols; c += 16)
        for (int v = 0; v < NVEC16; v++)
            acc[v] = v_add(acc[v], v_load(x + c + (size_t)v * VL));
    for (int v = 0; v < NVEC16 && c < cols; v++, c += VL)
        acc[v] = v_add(acc[v], v_load_part(x + c, tree_part(cols - c)));
    return tree_sum(acc);
}

/* Maximum of one row of cols reals; NaN elements are passed over, and an empty row gives
 * -inf. */
FNN_INLINE real tree_max_row(const real *x, size_t cols)
{
    vec acc[NVEC16];
    size_t c = 0;
    for (int v = 0; v < NVEC16; v++)
        acc[v] = v_set1(-(real)INFINITY);
    for (; c + 16 <= cols; c += 16)
        for (int v = 0; v < NVEC16; v++)
            acc[v] = v_max(v_load(x + c + (size_t)v * VL), acc[v]);
    for (int v = 0; v < NVEC16 && c < cols; v++, c += VL)
        acc[v] = v_max(tree_load_part(x + c, tree_part(cols - c), -(real)INFINITY), acc[v]);
    return tree_max(acc);
}

#endif /* FNN_BODY_TREE_H */
