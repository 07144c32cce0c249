/* norm_cols.inc.h: what works on a column at a time: batch statistics and their derivative,
 * the affine map of a column (folded batch normalisation, rescaling), PReLU, moving averages.
 * Contracts and formulas: kernels.h. Sums over rows are in CHUNK order, so it does not show
 * who works on which columns; with `mean` and so on pointing at the same columns, a caller may
 * cut the columns anywhere.
 */
#ifndef FNN_BODY_NORM_COLS_H
#define FNN_BODY_NORM_COLS_H

#include "../kernels.h"
#include "../simd/simd.h"

#define COLS_GROUP 4 /* vectors of columns whose sums go side by side: covers an add's latency */

/* The first n lanes, n >= 1. */
FNN_INLINE vec cols_load(const real *p, size_t n)
{
    return n >= VL ? v_load(p) : v_load_part(p, n);
}
FNN_INLINE void cols_store(real *p, vec v, size_t n)
{
    if (n >= VL)
        v_store(p, v);
    else
        v_store_part(p, v, n);
}

/* What is added up over the rows of a column. */
enum cols_term {
    COLS_VALUE,    /* d */
    COLS_SQUARE,   /* (x - shift)^2 */
    COLS_PRODUCT,  /* d ((x - shift) scale) */
    COLS_NEGATIVE, /* d x where x < 0 */
};

/* The two arrays that a sum reads, and what goes into its terms. */
struct cols_sum {
    size_t rows;
    const real *x;
    size_t ldx;
    const real *d;
    size_t ldd;
    const real *stats; /* (rows, 2) shift and scale of each row, or NULL: those of the columns */
    vec shift[COLS_GROUP], scale[COLS_GROUP];
};

FNN_INLINE vec cols_add(enum cols_term term, vec acc, vec x, vec d, vec shift, vec scale)
{
    switch (term) {
    case COLS_SQUARE: {
        const vec e = v_sub(x, shift);
        return v_fma(e, e, acc);
    }
    case COLS_PRODUCT: return v_fma(d, v_mul(v_sub(x, shift), scale), acc);
    case COLS_NEGATIVE: return v_select(v_lt(x, v_zero()), v_fma(d, x, acc), acc);
    default: return v_add(acc, d);
    }
}

/* total[v] = the sums of nv vectors of columns, of which the last has `part` lanes. term, nv and
 * by_rows are constants at every call. */
FNN_INLINE void cols_total(enum cols_term term, int nv, int by_rows, const struct cols_sum *s,
                           size_t part, vec total[COLS_GROUP])
{
    for (int v = 0; v < nv; v++)
        total[v] = v_zero();
    for (size_t b0 = 0; b0 < s->rows; b0 += FNN_CHUNK) {
        const size_t end = s->rows - b0 < FNN_CHUNK ? s->rows : b0 + FNN_CHUNK;
        vec sum[COLS_GROUP];
        for (int v = 0; v < nv; v++)
            sum[v] = v_zero();
        for (size_t b = b0; b < end; b++) {
            const vec row_shift = by_rows ? v_set1(s->stats[2 * b]) : v_zero();
            const vec row_scale = by_rows ? v_set1(s->stats[2 * b + 1]) : v_zero();
#pragma GCC unroll 4
            for (int v = 0; v < nv; v++) {
                const size_t at = (size_t)v * VL, n = v == nv - 1 ? part : VL;
                const vec x = term == COLS_VALUE ? v_zero() : cols_load(s->x + b * s->ldx + at, n);
                const vec d = term == COLS_SQUARE ? v_zero() : cols_load(s->d + b * s->ldd + at, n);
                sum[v] = cols_add(term, sum[v], x, d, by_rows ? row_shift : s->shift[v],
                                  by_rows ? row_scale : s->scale[v]);
            }
        }
        for (int v = 0; v < nv; v++)
            total[v] = b0 == 0 ? sum[v] : v_add(total[v], sum[v]);
    }
}

/* Columns c ... are worked in groups of COLS_GROUP whole vectors, then vector by vector. */
FNN_INLINE int cols_vectors(size_t left)
{
    return left >= COLS_GROUP * VL ? COLS_GROUP : 1;
}
FNN_INLINE size_t cols_part(size_t left)
{
    return left < VL ? left : VL;
}

/* ---- batch normalisation ------------------------------------------------------------ */

FNN_INLINE void batch_stats_group(int nv, size_t rows, const real *x, size_t ldx, size_t part,
                                  real *mean, real *var)
{
    const vec count = v_set1((real)rows);
    struct cols_sum s = {.rows = rows, .x = x, .ldx = ldx, .d = x, .ldd = ldx};
    vec total[COLS_GROUP];
    cols_total(COLS_VALUE, nv, 0, &s, part, total);
    for (int v = 0; v < nv; v++)
        s.shift[v] = v_div(total[v], count);
    cols_total(COLS_SQUARE, nv, 0, &s, part, total);
    for (int v = 0; v < nv; v++) {
        const size_t n = v == nv - 1 ? part : VL;
        cols_store(mean + v * VL, s.shift[v], n);
        cols_store(var + v * VL, v_div(total[v], count), n);
    }
}

static void FN(fnn_batch_stats)(size_t rows, size_t cols, const void *x, size_t ldx, void *mean,
                                void *var)
{
    assert(rows >= 1);
    for (size_t c = 0; c < cols;) {
        const real *at = (const real *)x + c;
        if (cols_vectors(cols - c) == COLS_GROUP) {
            batch_stats_group(COLS_GROUP, rows, at, ldx, VL, (real *)mean + c, (real *)var + c);
            c += COLS_GROUP * VL;
        } else {
            batch_stats_group(1, rows, at, ldx, cols_part(cols - c), (real *)mean + c,
                              (real *)var + c);
            c += VL;
        }
    }
}

/* 1 / max(sqrt(var + eps), floor) */
FNN_INLINE vec cols_inverse(const struct fnn_cols_args *a, size_t c, size_t n)
{
    const vec var = cols_load((const real *)a->var + c, n);
    const vec root = v_sqrt(v_add(var, v_set1((real)a->eps)));
    return v_div(v_set1(1), v_max(v_set1((real)a->floor), root));
}

/* The factor of a column, and its two other constants. */
FNN_INLINE vec cols_factor(const struct fnn_cols_args *a, size_t c, size_t n)
{
    const vec gamma = a->gamma ? cols_load((const real *)a->gamma + c, n) : v_set1(1);
    return a->var ? v_mul(cols_inverse(a, c, n), gamma) : gamma;
}
FNN_INLINE vec cols_or_zero(const void *p, size_t c, size_t n)
{
    return p ? cols_load((const real *)p + c, n) : v_zero();
}

static void FN(fnn_cols_fwd)(size_t rows, size_t cols, const void *x, size_t ldx, void *y,
                             size_t ldy, const struct fnn_cols_args *a)
{
    for (size_t c = 0; c < cols; c += VL) {
        const size_t n = cols_part(cols - c);
        const vec factor = cols_factor(a, c, n), mean = cols_or_zero(a->mean, c, n);
        const vec beta = cols_or_zero(a->beta, c, n);
        const real *from = (const real *)x + c;
        real *to = (real *)y + c;
        for (size_t r = 0; r < rows; r++, from += ldx, to += ldy)
            cols_store(to, v_fma(v_sub(cols_load(from, n), mean), factor, beta), n);
    }
}

static void FN(fnn_cols_bwd)(size_t rows, size_t cols, void *d, size_t ldd,
                             const struct fnn_cols_args *a)
{
    for (size_t c = 0; c < cols; c += VL) {
        const size_t n = cols_part(cols - c);
        const vec factor = cols_factor(a, c, n);
        real *at = (real *)d + c;
        for (size_t r = 0; r < rows; r++, at += ldd)
            cols_store(at, v_mul(cols_load(at, n), factor), n);
    }
}

FNN_INLINE void batch_bwd_group(int nv, size_t rows, size_t c, size_t part, const real *x,
                                size_t ldx, real *d, size_t ldd, const struct fnn_cols_args *a,
                                real *dgamma, real *dbeta)
{
    const vec count = v_set1((real)rows);
    struct cols_sum s = {.rows = rows, .x = x + c, .ldx = ldx, .d = d + c, .ldd = ldd};
    vec product[COLS_GROUP], plain[COLS_GROUP], factor[COLS_GROUP];
    for (int v = 0; v < nv; v++) {
        const size_t at = c + (size_t)v * VL, n = v == nv - 1 ? part : VL;
        s.shift[v] = cols_or_zero(a->mean, at, n);
        s.scale[v] = cols_inverse(a, at, n);
        factor[v] = cols_factor(a, at, n);
    }
    cols_total(COLS_PRODUCT, nv, 0, &s, part, product);
    cols_total(COLS_VALUE, nv, 0, &s, part, plain);
    for (int v = 0; v < nv; v++) {
        const size_t at = c + (size_t)v * VL, n = v == nv - 1 ? part : VL;
        if (dgamma)
            cols_store(dgamma + at, product[v], n);
        if (dbeta)
            cols_store(dbeta + at, plain[v], n);
        product[v] = v_div(product[v], count);
        plain[v] = v_div(plain[v], count);
    }
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < nv; v++) {
            const size_t at = c + (size_t)v * VL, n = v == nv - 1 ? part : VL;
            const vec hat = v_mul(v_sub(cols_load(x + r * ldx + at, n), s.shift[v]), s.scale[v]);
            const vec rest = v_sub(cols_load(d + r * ldd + at, n), v_fma(hat, product[v], plain[v]));
            cols_store(d + r * ldd + at, v_mul(factor[v], rest), n);
        }
}

static void FN(fnn_batch_bwd)(size_t rows, size_t cols, const void *x, size_t ldx, void *d,
                              size_t ldd, const struct fnn_cols_args *a, void *dgamma, void *dbeta)
{
    assert(rows >= 1 && a->var);
    for (size_t c = 0; c < cols;) {
        if (cols_vectors(cols - c) == COLS_GROUP) {
            batch_bwd_group(COLS_GROUP, rows, c, VL, x, ldx, d, ldd, a, dgamma, dbeta);
            c += COLS_GROUP * VL;
        } else {
            batch_bwd_group(1, rows, c, cols_part(cols - c), x, ldx, d, ldd, a, dgamma, dbeta);
            c += VL;
        }
    }
}

static void FN(fnn_blend)(size_t n, void *a, const void *x, double keep)
{
    const vec p = v_set1((real)keep), q = v_set1((real)(1.0 - keep));
    for (size_t i = 0; i < n; i += VL) {
        const size_t part = cols_part(n - i);
        const vec fresh = v_mul(cols_load((const real *)x + i, part), q);
        cols_store((real *)a + i, v_fma(cols_load((real *)a + i, part), p, fresh), part);
    }
}

/* ---- scale of rows that were normalised ----------------------------------------------- */

static void FN(fnn_rows_dgamma)(size_t rows, size_t cols, const void *x, size_t ldx,
                                const void *dy, size_t lddy, const void *stats, void *g)
{
    struct cols_sum s = {.rows = rows, .ldx = ldx, .ldd = lddy, .stats = stats};
    for (size_t c = 0; c < cols; c += VL) {
        vec total[COLS_GROUP];
        s.x = (const real *)x + c;
        s.d = (const real *)dy + c;
        if (cols_vectors(cols - c) == COLS_GROUP) {
            cols_total(COLS_PRODUCT, COLS_GROUP, 1, &s, VL, total);
            for (int v = 0; v < COLS_GROUP; v++)
                v_store((real *)g + c + v * VL, total[v]);
            c += (COLS_GROUP - 1) * VL;
        } else {
            cols_total(COLS_PRODUCT, 1, 1, &s, cols_part(cols - c), total);
            cols_store((real *)g + c, total[0], cols_part(cols - c));
        }
    }
}

/* ---- PReLU ------------------------------------------------------------------------------ */

static void FN(fnn_prelu_fwd)(size_t rows, size_t cols, const void *x, size_t ldx, void *y,
                              size_t ldy, const void *alpha)
{
    for (size_t c = 0; c < cols; c += VL) {
        const size_t n = cols_part(cols - c);
        const vec slope = cols_load((const real *)alpha + c, n);
        const real *from = (const real *)x + c;
        real *to = (real *)y + c;
        for (size_t r = 0; r < rows; r++, from += ldx, to += ldy) {
            const vec z = cols_load(from, n);
            cols_store(to, v_select(v_lt(z, v_zero()), v_mul(slope, z), z), n);
        }
    }
}

static void FN(fnn_prelu_bwd)(size_t rows, size_t cols, const void *x, size_t ldx, void *d,
                              size_t ldd, const void *alpha, void *dalpha)
{
    const vec zero = v_zero();
    for (size_t c = 0; c < cols; c += VL) {
        const size_t n = cols_part(cols - c);
        const real *from = (const real *)x + c;
        real *at = (real *)d + c;
        if (dalpha) {
            const struct cols_sum s = {.rows = rows, .x = from, .ldx = ldx, .d = at, .ldd = ldd};
            vec total[COLS_GROUP];
            cols_total(COLS_NEGATIVE, 1, 0, &s, n, total);
            cols_store((real *)dalpha + c, total[0], n);
        }
        const vec slope = cols_load((const real *)alpha + c, n);
        for (size_t r = 0; r < rows; r++, from += ldx, at += ldd) {
            const vec z = cols_load(from, n), g = cols_load(at, n);
            const vec below = v_select(v_lt(z, zero), v_mul(slope, g), zero);
            cols_store(at, v_select(v_gt(z, zero), g, below), n);
        }
    }
}

#endif /* FNN_BODY_NORM_COLS_H */
