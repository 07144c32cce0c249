/* gemm_tile.inc.h: the register tile every matrix product is made of.
 *
 *   c[r][v] (op)= sum_k a[r * ras + k * aks] * b[k * bs + v * VL]
 *
 * for mr <= FNN_MR rows and nv <= FNN_NV vectors, lanes over output columns, so that
 * each output is one chain of fused multiply-adds over k whatever the tile. 6 x 4 zmm
 * uses 24 accumulators, 4 vectors of b and one broadcast: 29 of 32 registers, and one
 * load (b) and 1.5 broadcasts per 6 multiply-adds. 6 x 2 ymm: 15 of 16 registers.
 *
 * Sizes must be compile-time constants: with run-time sizes gcc 12 spills the
 * accumulators (measured 52 instead of 197 GFLOP/s), hence one instance per tile shape.
 */

struct FN(tile_args) {
    size_t k;              /* terms of the sum */
    const real *a;
    size_t ras, aks;       /* a: row stride, k stride */
    size_t seg, seg_jump;  /* after every seg terms a moves by seg_jump more (panel edges) */
    const real *b;
    size_t bs;             /* b: k stride */
    real *c;
    size_t ldc;
    int resume;            /* continue the chains held in c */
    int add;               /* c = c + chain: the next chunk of a sum */
    const real *bias;      /* added last, or NULL */
    int relu;
};

typedef void FN(tile_fn)(const struct FN(tile_args) *t);

/* 0 > z ? 0 : z, so that NaN passes through, as np.maximum(z, 0). */
FNN_INLINE vec FN(relu)(vec z) { return v_max(v_zero(), z); }

FNN_INLINE void FN(tile_chain)(const int mr, const int nv, vec acc[FNN_MR][FNN_NV], size_t n,
                               const real *a, size_t ras, size_t aks, const real *b, size_t bs)
{
    for (size_t k = 0; k < n; k++) {
        vec bv[FNN_NV];
#pragma GCC unroll 8
        for (int v = 0; v < nv; v++) bv[v] = v_load(b + k * bs + (size_t)v * VL);
#pragma GCC unroll 8
        for (int r = 0; r < mr; r++) {
            vec av = v_set1(a[(size_t)r * ras + k * aks]);
#pragma GCC unroll 8
            for (int v = 0; v < nv; v++) acc[r][v] = v_fma(av, bv[v], acc[r][v]);
        }
    }
}

FNN_INLINE void FN(tile_body)(const int mr, const int nv, const struct FN(tile_args) *t)
{
    vec acc[FNN_MR][FNN_NV];
#pragma GCC unroll 8
    for (int r = 0; r < mr; r++)
#pragma GCC unroll 8
        for (int v = 0; v < nv; v++)
            acc[r][v] = t->resume ? v_load(t->c + (size_t)r * t->ldc + (size_t)v * VL) : v_zero();

    const real *a = t->a, *b = t->b;
    size_t left = t->k;
    while (left > t->seg) {
        FN(tile_chain)(mr, nv, acc, t->seg, a, t->ras, t->aks, b, t->bs);
        a += t->seg * t->aks + t->seg_jump;
        b += t->seg * t->bs;
        left -= t->seg;
    }
    FN(tile_chain)(mr, nv, acc, left, a, t->ras, t->aks, b, t->bs);

    /* Rows in order: dense_dw lets a row's surplus lanes fall on the row after it. */
#pragma GCC unroll 8
    for (int r = 0; r < mr; r++)
#pragma GCC unroll 8
        for (int v = 0; v < nv; v++) {
            real *c = t->c + (size_t)r * t->ldc + (size_t)v * VL;
            vec sum = acc[r][v];
            if (t->add) sum = v_add(v_load(c), sum);
            if (t->bias != NULL) sum = v_add(sum, v_load(t->bias + (size_t)v * VL));
            if (t->relu) sum = FN(relu)(sum);
            v_store(c, sum);
        }
}

#define FNN_TILE(mr, nv)                                                     \
    static void FN(tile_##mr##x##nv)(const struct FN(tile_args) *t)          \
    {                                                                        \
        FN(tile_body)(mr, nv, t);                                            \
    }
#if FNN_NV == 4
#define FNN_TILE_ROW(mr) FNN_TILE(mr, 1) FNN_TILE(mr, 2) FNN_TILE(mr, 3) FNN_TILE(mr, 4)
#define FNN_TILE_REFS(mr) \
    {FN(tile_##mr##x1), FN(tile_##mr##x2), FN(tile_##mr##x3), FN(tile_##mr##x4)}
#elif FNN_NV == 2
#define FNN_TILE_ROW(mr) FNN_TILE(mr, 1) FNN_TILE(mr, 2)
#define FNN_TILE_REFS(mr) {FN(tile_##mr##x1), FN(tile_##mr##x2)}
#else
#error "no tile instances for this FNN_NV"
#endif

FNN_TILE_ROW(1) FNN_TILE_ROW(2) FNN_TILE_ROW(3) FNN_TILE_ROW(4)
#if FNN_MR == 6
FNN_TILE_ROW(5) FNN_TILE_ROW(6)
#elif FNN_MR != 4
#error "no tile instances for this FNN_MR"
#endif

static FN(tile_fn) *const FN(tiles)[FNN_MR][FNN_NV] = {
    FNN_TILE_REFS(1), FNN_TILE_REFS(2), FNN_TILE_REFS(3), FNN_TILE_REFS(4),
#if FNN_MR == 6
    FNN_TILE_REFS(5), FNN_TILE_REFS(6),
#endif
};

/* The instance for the next rows of `left`, and how many rows it takes. */
FNN_INLINE FN(tile_fn) *FN(tile_for)(size_t left, size_t nv, size_t *rows)
{
    *rows = left < FNN_MR ? left : FNN_MR;
    return FN(tiles)[*rows - 1][nv - 1];
}

#define FNN_PANEL (FNN_NV * VL)
#define FNN_VECS(n) (((n) + VL - 1) / VL)
