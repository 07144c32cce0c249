/* gemm.inc.h: the matrix products of a dense layer, the bias gradient and the packing of
 * a transposed kernel, over the register tile. Contracts and summation order: kernels.h.
 *
 * The panel of b stays fixed and row tiles run innermost: the panel is read from L1 or
 * L2 once a tile while a streams past (the reverse order was measured 2 to 10x slower).
 */

#define FNN_NARROW_MAX 15 /* outputs of a layer that may be worked along its inputs */

static void FN(fnn_dense_fwd)(size_t rows, size_t k, size_t cols, const void *x, size_t ldx,
                              size_t xstep, const void *w, size_t ldw, int add, const void *bias,
                              int relu, void *y, size_t ldy)
{
    assert(cols >= 1 && cols <= FNN_PANEL);
#if FNN_FEW_MAX > 0
    if (FN(few_pays)(rows, k, cols)) {
        const size_t done = FN(dense_few)(rows, k, cols, x, ldx, xstep, w, ldw, add, bias, relu, y, ldy);
        rows -= done;
        if (rows == 0) return;
        x = (const real *)x + done * ldx;
        y = (real *)y + done * ldy;
    }
#endif
    const size_t nv = FNN_VECS(cols);
    size_t k0 = 0;
    do { /* once even for k = 0: an empty sum is +0, plus the bias */
        const size_t kc = k - k0 < FNN_CHUNK ? k - k0 : FNN_CHUNK;
        const int last = k0 + kc == k;
        struct FN(tile_args) t = {
            .k = kc, .a = (const real *)x + k0 / FNN_COLS * xstep, .ras = ldx, .aks = 1,
            .seg = xstep == FNN_COLS ? kc : FNN_COLS, .seg_jump = xstep - FNN_COLS,
            .b = (const real *)w + k0 * ldw, .bs = ldw, .c = y, .ldc = ldy,
            .add = add || k0 > 0, .bias = last ? bias : NULL, .relu = last && relu,
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

/* Few outputs: vectors run over the inputs, of which there are many, instead of over a few
 * columns (256 inputs by 1, batch 256: 30 -> 3 us). g[i][j] ends up where it belongs: at once for
 * a single column, else by way of a block of its transpose. */
static void FN(dw_columns)(size_t rows, size_t n, size_t cols, const real *x, size_t ldx,
                           const real *dy, size_t lddy, real *g)
{
    real block[FNN_NARROW_MAX * FNN_PANEL];
    for (size_t i = 0; i < n; i += FNN_PANEL) {
        const size_t width = n - i < FNN_PANEL ? n - i : FNN_PANEL;
        real *const to = cols == 1 ? g + i : block;
        size_t b0 = 0;
        do {
            const size_t chunk = rows - b0 < FNN_CHUNK ? rows - b0 : FNN_CHUNK;
            for (size_t j = 0, mr; j < cols; j += mr) {
                FN(tile_fn) *tile = FN(tile_for)(cols - j, FNN_VECS(width), &mr);
                tile(&(struct FN(tile_args)){
                    .k = chunk, .seg = chunk, .a = dy + b0 * lddy + j, .ras = 1, .aks = lddy,
                    .b = x + b0 * ldx + i, .bs = ldx, .c = to + j * FNN_PANEL, .ldc = FNN_PANEL,
                    .add = b0 > 0, .last_lanes = width % VL,
                });
            }
            b0 += chunk;
        } while (b0 < rows);
        for (size_t k = 0; k < width && cols > 1; k++)
            for (size_t j = 0; j < cols; j++) g[(i + k) * cols + j] = block[j * FNN_PANEL + k];
    }
}

/* Whether the multiply-adds saved are worth the moves of the result, at a few cycles each. */
static int FN(dw_by_inputs)(size_t rows, size_t n, size_t cols)
{
    const size_t by_inputs = cols * FNN_VECS(n), by_outputs = n * FNN_VECS(cols);
    if (cols == 1) return 1;
    return cols <= FNN_NARROW_MAX && by_inputs < by_outputs &&
           (by_outputs - by_inputs) * rows > 4 * n * cols;
}

static void FN(fnn_dense_dw)(size_t rows, size_t n, size_t cols, const void *x, size_t ldx,
                             const void *dy, size_t lddy, void *g)
{
    assert(cols >= 1 && cols <= FNN_PANEL);
    if (FN(dw_by_inputs)(rows, n, cols)) {
        FN(dw_columns)(rows, n, cols, x, ldx, dy, lddy, g);
        return;
    }
    const size_t nv = FNN_VECS(cols);
    size_t b0 = 0;
    do { /* once even for no rows: the gradient is +0 then */
        const size_t chunk = rows - b0 < FNN_CHUNK ? rows - b0 : FNN_CHUNK;
        struct FN(tile_args) t = {
            .k = chunk, .seg = chunk, .a = (const real *)x + b0 * ldx, .ras = 1, .aks = ldx,
            .b = (const real *)dy + b0 * lddy, .bs = lddy, .c = g, .ldc = cols, .add = b0 > 0,
            .last_lanes = cols % VL,
        };
        for (size_t i = 0, mr; i < n; i += mr) {
            FN(tile_fn) *tile = FN(tile_for)(n - i, nv, &mr);
            tile(&t);
            t.a += mr;
            t.c += mr * cols;
        }
        b0 += chunk;
    } while (b0 < rows);
}

/* nv vectors of columns side by side: a chain of additions alone would wait for each of them. */
FNN_INLINE void FN(db_vectors)(const int nv, size_t rows, size_t cols, const real *d, size_t lddy,
                               real *g)
{
    vec total[4] = {v_zero(), v_zero(), v_zero(), v_zero()};
    for (size_t b0 = 0; b0 < rows; b0 += FNN_CHUNK) {
        const size_t end = rows - b0 < FNN_CHUNK ? rows : b0 + FNN_CHUNK;
        vec sum[4] = {v_zero(), v_zero(), v_zero(), v_zero()};
        for (size_t b = b0; b < end; b++)
#pragma GCC unroll 4
            for (int v = 0; v < nv; v++) sum[v] = v_add(sum[v], v_load(d + b * lddy + (size_t)v * VL));
#pragma GCC unroll 4
        for (int v = 0; v < nv; v++) total[v] = b0 == 0 ? sum[v] : v_add(total[v], sum[v]);
    }
#pragma GCC unroll 4
    for (int v = 0; v < nv; v++) {
        const size_t at = (size_t)v * VL, rest = cols - at;
        v_store_part(g + at, total[v], rest < VL ? rest : VL);
    }
}

static void FN(fnn_dense_db)(size_t rows, size_t cols, const void *dy, size_t lddy, void *g)
{
    if (cols <= VL) { /* at once: a switch shows in a step of a microsecond */
        FN(db_vectors)(1, rows, cols, dy, lddy, g);
        return;
    }
    for (size_t c = 0; c < cols; c += 4 * VL) {
        const size_t rest = cols - c;
        const real *d = (const real *)dy + c;
        real *to = (real *)g + c;
        switch (rest < 4 * VL ? FNN_VECS(rest) : 4) {
        case 1: FN(db_vectors)(1, rows, rest, d, lddy, to); break;
        case 2: FN(db_vectors)(2, rows, rest, d, lddy, to); break;
        case 3: FN(db_vectors)(3, rows, rest, d, lddy, to); break;
        default: FN(db_vectors)(4, rows, rest, d, lddy, to); break;
        }
    }
}

/* dst[c][r] = src[r][c] for r < rows <= panel, c < cols, in VL x VL blocks: surplus rows are
 * copies of the last one, surplus columns land on rows of dst that are written later. */
FNN_INLINE void FN(transpose)(size_t rows, size_t cols, const real *src, size_t ld, real *dst,
                              size_t ldt)
{
    for (size_t c = 0; c < cols; c += VL)
        for (size_t r = 0; r < rows; r += VL)
            v_transpose(rows - r, src + r * ld + c, ld, dst + c * ldt + r, ldt);
}

/* A transposed panel is made anew for each step rather than kept: it costs rows / 8 of the
 * product's own time, and keeping it would cost the optimiser a second store a weight. */
static void FN(fnn_pack_wt)(size_t n, size_t i0, size_t k, size_t n_out, const void *w, void *dst)
{
    assert(n >= 1 && n <= FNN_PANEL);
    const size_t ldt = (n + FNN_PAD - 1) / FNN_PAD * FNN_PAD;
    if (n_out == 1) { /* a column is its own transpose */
        memcpy(dst, (const real *)w + i0, n * sizeof(real));
        return;
    }
    for (size_t j = 0; j < n_out; j += FNN_PANEL) {
        const size_t width = n_out - j < FNN_PANEL ? n_out - j : FNN_PANEL;
        FN(transpose)(n, width, (const real *)w + j * k + i0 * width, width, (real *)dst + j * ldt, ldt);
    }
}
