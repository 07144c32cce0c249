/* gemm_tile.inc.h: the register tile every matrix product is made of.
 *
 *   c[r][v] (op)= sum_k a[r * ras + k * aks] * b[k * bs + v * VL]
 *
 * for up to 12 rows and nv <= FNN_NV vectors, lanes over output columns, so that
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
    int add;               /* c = c + chain: the next chunk of a sum */
    const real *bias;      /* added last, or NULL */
    int relu;
    size_t last_lanes;     /* lanes of the last vector of a row that c has; 0: all */
};

typedef void FN(tile_fn)(const struct FN(tile_args) *t);

/* 0 > z ? 0 : z, so that NaN passes through, as np.maximum(z, 0). */
FNN_INLINE vec FN(relu)(vec z) { return v_max(v_zero(), z); }

/* The sums of a tile: only [mr][nv] of it is ever used, and that stays in registers. */
#define FNN_ACC vec acc[12][FNN_NV]

FNN_INLINE void FN(tile_chain)(const int mr, const int nv, FNN_ACC, size_t n,
                               const real *a, size_t ras, size_t aks, const real *b, size_t bs)
{
    for (size_t k = 0; k < n; k++) {
        vec bv[FNN_NV];
#pragma GCC unroll 12
        for (int v = 0; v < nv; v++) bv[v] = v_load(b + k * bs + (size_t)v * VL);
#pragma GCC unroll 12
        for (int r = 0; r < mr; r++) {
            vec av = v_set1(a[(size_t)r * ras + k * aks]);
#pragma GCC unroll 12
            for (int v = 0; v < nv; v++) acc[r][v] = v_fma(av, bv[v], acc[r][v]);
        }
    }
}

FNN_INLINE void FN(tile_body)(const int mr, const int nv, const struct FN(tile_args) *t)
{
    FNN_ACC;
#pragma GCC unroll 12
    for (int r = 0; r < mr; r++)
#pragma GCC unroll 12
        for (int v = 0; v < nv; v++)
            acc[r][v] = v_zero();

    const real *a = t->a, *b = t->b;
    size_t left = t->k;
    while (left > t->seg) {
        FN(tile_chain)(mr, nv, acc, t->seg, a, t->ras, t->aks, b, t->bs);
        a += t->seg * t->aks + t->seg_jump;
        b += t->seg * t->bs;
        left -= t->seg;
    }
    FN(tile_chain)(mr, nv, acc, left, a, t->ras, t->aks, b, t->bs);

#pragma GCC unroll 12
    for (int r = 0; r < mr; r++)
#pragma GCC unroll 12
        for (int v = 0; v < nv; v++) {
            real *c = t->c + (size_t)r * t->ldc + (size_t)v * VL;
            vec sum = acc[r][v];
            const int part = v == nv - 1 && t->last_lanes != 0;
            if (t->add) sum = v_add(part ? v_load_part(c, t->last_lanes) : v_load(c), sum);
            if (t->bias != NULL) sum = v_add(sum, v_load(t->bias + (size_t)v * VL));
            if (t->relu) sum = FN(relu)(sum);
            if (part)
                v_store_part(c, sum, t->last_lanes);
            else
                v_store(c, sum);
        }
}

/* Rows a tile may have by its width in vectors: narrow tiles take more rows, as their sums
 * leave registers free and fewer than eight chains do not fill the multiply-add units. */
#if FNN_NV == 4 && FNN_MR == 6 /* 32 registers */
static const unsigned char FN(tile_rows)[FNN_NV] = {12, 12, 8, 6};
#elif FNN_NV == 2 && FNN_MR == 6 /* 16 registers */
static const unsigned char FN(tile_rows)[FNN_NV] = {12, 6};
#elif FNN_NV == 4 && FNN_MR == 4 /* portable: scalars */
static const unsigned char FN(tile_rows)[FNN_NV] = {4, 4, 4, 4};
#else
#error "no tile instances for this FNN_MR and FNN_NV"
#endif
#define FNN_TILE_ROWS_MAX 12

#define FNN_TILE(mr, nv)                                            \
    static void FN(tile_##mr##x##nv)(const struct FN(tile_args) *t) \
    {                                                               \
        FN(tile_body)(mr, nv, t);                                   \
    }
#define FNN_TILES_4(nv) FNN_TILE(1, nv) FNN_TILE(2, nv) FNN_TILE(3, nv) FNN_TILE(4, nv)
#define FNN_TILES_6(nv) FNN_TILES_4(nv) FNN_TILE(5, nv) FNN_TILE(6, nv)
#define FNN_TILES_8(nv) FNN_TILES_6(nv) FNN_TILE(7, nv) FNN_TILE(8, nv)
#define FNN_TILES_12(nv) \
    FNN_TILES_8(nv) FNN_TILE(9, nv) FNN_TILE(10, nv) FNN_TILE(11, nv) FNN_TILE(12, nv)
#define FNN_REFS_4(nv) FN(tile_1x##nv), FN(tile_2x##nv), FN(tile_3x##nv), FN(tile_4x##nv)
#define FNN_REFS_6(nv) FNN_REFS_4(nv), FN(tile_5x##nv), FN(tile_6x##nv)
#define FNN_REFS_8(nv) FNN_REFS_6(nv), FN(tile_7x##nv), FN(tile_8x##nv)
#define FNN_REFS_12(nv) \
    FNN_REFS_8(nv), FN(tile_9x##nv), FN(tile_10x##nv), FN(tile_11x##nv), FN(tile_12x##nv)

#if FNN_MR == 4
FNN_TILES_4(1) FNN_TILES_4(2) FNN_TILES_4(3) FNN_TILES_4(4)
#elif FNN_NV == 4
FNN_TILES_12(1) FNN_TILES_12(2) FNN_TILES_8(3) FNN_TILES_6(4)
#else
FNN_TILES_12(1) FNN_TILES_6(2)
#endif

static FN(tile_fn) *const FN(tiles)[FNN_NV][FNN_TILE_ROWS_MAX] = {
#if FNN_MR == 4
    {FNN_REFS_4(1)}, {FNN_REFS_4(2)}, {FNN_REFS_4(3)}, {FNN_REFS_4(4)},
#elif FNN_NV == 4
    {FNN_REFS_12(1)}, {FNN_REFS_12(2)}, {FNN_REFS_8(3)}, {FNN_REFS_6(4)},
#else
    {FNN_REFS_12(1)}, {FNN_REFS_6(2)},
#endif
};

/* The instance for the next rows of `left`, and how many rows it takes. The last two tiles
 * share what is left evenly: a tile of one row would be all latency. */
FNN_INLINE FN(tile_fn) *FN(tile_for)(size_t left, size_t nv, size_t *rows)
{
    const size_t most = FN(tile_rows)[nv - 1];
    *rows = left <= most ? left : left >= 2 * most ? most : (left + 1) / 2;
    return FN(tiles)[nv - 1][*rows - 1];
}

#define FNN_PANEL (FNN_NV * VL)
#define FNN_VECS(n) (((n) + VL - 1) / VL)
