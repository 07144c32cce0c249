/* gemm.inc.h: the three matrix products of a dense layer, the bias gradient and the
 * transposition, over the register tile. Contracts and summation order: kernels.h.
 *
 * The panel of b stays fixed and row tiles run innermost: the panel is read from L1 or
 * L2 once a tile while a streams past (the reverse order was measured 2 to 10x slower).
 */

static void FN(fnn_dense_fwd)(size_t rows, size_t k, size_t cols, const void *x, size_t ldx,
                              size_t xstep, const void *w, const void *bias, int relu, void *y,
                              size_t ldy)
{
    assert(cols >= 1 && cols <= FNN_PANEL);
    const size_t nv = FNN_VECS(cols);
    size_t k0 = 0;
    do { /* once even for k = 0: an empty sum is +0, plus the bias */
        const size_t kc = k - k0 < FNN_CHUNK ? k - k0 : FNN_CHUNK;
        const int last = k0 + kc == k;
        struct FN(tile_args) t = {
            .k = kc, .a = (const real *)x + k0 / FNN_COLS * xstep, .ras = ldx, .aks = 1,
            .seg = xstep == FNN_COLS ? kc : FNN_COLS, .seg_jump = xstep - FNN_COLS,
            .b = (const real *)w + k0 * cols, .bs = cols, .c = y, .ldc = ldy,
            .add = k0 > 0, .bias = last ? bias : NULL, .relu = last && relu,
        };
        for (size_t r = 0, mr; r < rows; r += mr) {
            FN(tile_fn) *tile = FN(tile_for)(rows - r, nv, &mr);
            tile(&t);
            t.a += mr * ldx;
            t.c += mr * ldy;
        }
        k0 += kc;
    } while (k0 < k);
}

/* g rows are stored `cols` apart while tiles store whole vectors: a row's surplus lands on
 * the next row, which is stored after it; the last rows go through a buffer instead. */
static void FN(fnn_dense_dw)(size_t rows, size_t n, size_t cols, const void *x, size_t ldx,
                             const void *dy, size_t lddy, void *g)
{
    assert(cols >= 1 && cols <= FNN_PANEL);
    const size_t nv = FNN_VECS(cols);
    const int exact = cols % VL == 0;
    real buffer[FNN_MR * FNN_PANEL];
    for (size_t i = 0, mr; i < n; i += mr) {
        FN(tile_fn) *tile = FN(tile_for)(n - i, nv, &mr);
        /* Chunks of one tile are summed in the buffer: a second chunk must not read lanes
         * that a neighbouring row has overwritten. */
        const int direct = exact || (rows <= FNN_CHUNK && nv * VL <= cols * (n - i - mr + 1));
        real *out = (real *)g + i * cols;
        struct FN(tile_args) t = {
            .ras = 1, .aks = ldx, .bs = lddy,
            .c = direct ? out : buffer, .ldc = direct ? cols : FNN_PANEL,
        };
        size_t b0 = 0;
        do {
            t.k = t.seg = rows - b0 < FNN_CHUNK ? rows - b0 : FNN_CHUNK;
            t.a = (const real *)x + b0 * ldx + i;
            t.b = (const real *)dy + b0 * lddy;
            t.add = b0 > 0;
            tile(&t);
            b0 += t.k;
        } while (b0 < rows);
        if (!direct)
            for (size_t r = 0; r < mr; r++)
                memcpy(out + r * cols, buffer + r * FNN_PANEL, cols * sizeof(real));
    }
}

static void FN(fnn_dense_db)(size_t rows, size_t cols, const void *dy, size_t lddy, void *g)
{
    for (size_t c = 0; c < cols; c += VL) {
        const real *d = (const real *)dy + c;
        vec total = v_zero();
        for (size_t b0 = 0; b0 < rows; b0 += FNN_CHUNK) {
            size_t end = rows - b0 < FNN_CHUNK ? rows : b0 + FNN_CHUNK;
            vec sum = v_zero();
            for (size_t b = b0; b < end; b++) sum = v_add(sum, v_load(d + b * lddy));
            total = b0 == 0 ? sum : v_add(total, sum);
        }
        v_store_part((real *)g + c, total, cols - c < VL ? cols - c : VL);
    }
}

/* dst[c][r] = src[r][c]. Sixteen rows at a time keep the writes of one column together. */
static void FN(fnn_transpose)(size_t rows, size_t cols, const void *src, size_t ld, void *dst,
                              size_t ldt)
{
    const real *s = src;
    real *d = dst;
    size_t r = 0;
#ifdef FNN_HAVE_V_TRANSPOSE
    for (; r + VL <= rows; r += VL) {
        size_t c = 0;
        for (; c + VL <= cols; c += VL) v_transpose(s + r * ld + c, ld, d + c * ldt + r, ldt);
        for (; c < cols; c++)
            for (size_t i = 0; i < VL; i++) d[c * ldt + r + i] = s[(r + i) * ld + c];
    }
#endif
    for (; r < rows; r += 16) {
        const size_t n = rows - r < 16 ? rows - r : 16;
        for (size_t c = 0; c < cols; c++)
            for (size_t i = 0; i < n; i++) d[c * ldt + r + i] = s[(r + i) * ld + c];
    }
}

/* One tile of dx transposed over the chunk [j0, j1) of the reduction: first the columns in
 * panels of full width, then the last, narrower panel, which continues the same chains. */
static void FN(dx_chunk)(FN(tile_fn) *tile, size_t j0, size_t j1, size_t row, size_t k,
                         size_t n_out, const real *w, const real *dyt, size_t ldt, real *c)
{
    const size_t full = n_out - n_out % FNN_PANEL, rest = n_out - full;
    struct FN(tile_args) t = {.aks = 1, .bs = ldt, .c = c, .ldc = FNN_PANEL};
    if (j0 < full) {
        t.k = (j1 < full ? j1 : full) - j0;
        t.a = w + j0 * k + row * FNN_PANEL;
        t.ras = t.seg = FNN_PANEL;
        t.seg_jump = FNN_PANEL * k - FNN_PANEL;
        t.b = dyt + j0 * ldt;
        tile(&t);
        t.resume = 1;
    }
    if (j1 > full) {
        t.k = t.seg = t.ras = rest;
        t.a = w + full * k + row * rest;
        t.b = dyt + full * ldt;
        tile(&t);
    }
}

/* Computes dx transposed, (n, rows), by broadcasting w straight from its panels against
 * vectors of dyt, so that no transposed copy of w is needed; then turns the block, which
 * is still in L1, into batch-major dx. */
static void FN(fnn_dense_dx)(size_t rows, size_t n, size_t i0, size_t k, size_t n_out,
                             const void *w, const void *dyt, size_t ldt, void *scratch, void *dx,
                             size_t lddx)
{
    assert(rows >= 1 && rows <= FNN_PANEL && n <= FNN_DX_BLOCK);
    const size_t nv = FNN_VECS(rows);
    real part[FNN_MR * FNN_PANEL];
    /* Chunks outermost: the part of dyt that one takes stays in L2 for all tiles. */
    for (size_t j0 = 0; j0 < n_out; j0 += FNN_CHUNK) {
        const size_t j1 = n_out - j0 < FNN_CHUNK ? n_out : j0 + FNN_CHUNK;
        for (size_t i = 0, mr; i < n; i += mr) {
            FN(tile_fn) *tile = FN(tile_for)(n - i, nv, &mr);
            real *total = (real *)scratch + i * FNN_PANEL;
            FN(dx_chunk)(tile, j0, j1, i0 + i, k, n_out, w, dyt, ldt, j0 == 0 ? total : part);
            if (j0 == 0) continue;
            for (size_t r = 0; r < mr; r++)
                for (size_t v = 0; v < nv; v++) {
                    real *c = total + r * FNN_PANEL + v * VL;
                    v_store(c, v_add(v_load(c), v_load(part + r * FNN_PANEL + v * VL)));
                }
        }
    }
    FN(fnn_transpose)(n, rows, scratch, FNN_PANEL, dx, lddx);
}
