/* gemm_row.inc.h: the product of one row with a kernel, which is all memory traffic.
 *
 * A tile of one row and one panel has FNN_NV chains, too few to hide the latency of a
 * multiply-add; several panels side by side make ROW_VECS of them, and as many streams for
 * the hardware to read ahead of.
 */
#define ROW_VECS 8
#define ROW_PANELS (ROW_VECS / FNN_NV)

/* ROW_PANELS full panels; w is the first one, the next is k * FNN_PANEL further. */
FNN_INLINE void FN(row_panels)(size_t k, const real *x, const real *w, const real *bias, int relu,
                               real *y)
{
    const size_t next = k * FNN_PANEL;
    vec total[ROW_VECS];
#pragma GCC unroll 8
    for (int v = 0; v < ROW_VECS; v++) total[v] = v_zero(); /* else gcc 12 takes it for unset */
    for (size_t k0 = 0; k0 == 0 || k0 < k; k0 += FNN_CHUNK) {
        const size_t end = k - k0 < FNN_CHUNK ? k : k0 + FNN_CHUNK;
        vec acc[ROW_VECS];
#pragma GCC unroll 8
        for (int v = 0; v < ROW_VECS; v++) acc[v] = v_zero();
        for (size_t i = k0; i < end; i++) {
            const vec xv = v_set1(x[i]);
            const real *row = w + i * FNN_PANEL;
#pragma GCC unroll 8
            for (int v = 0; v < ROW_VECS; v++)
                acc[v] = v_fma(xv, v_load(row + (size_t)(v / FNN_NV) * next + (size_t)(v % FNN_NV) * VL),
                               acc[v]);
        }
#pragma GCC unroll 8
        for (int v = 0; v < ROW_VECS; v++) total[v] = k0 == 0 ? acc[v] : v_add(total[v], acc[v]);
    }
#pragma GCC unroll 8
    for (int v = 0; v < ROW_VECS; v++) {
        vec sum = total[v];
        if (bias != NULL) sum = v_add(sum, v_load(bias + (size_t)v * VL));
        if (relu) sum = FN(relu)(sum);
        v_store(y + (size_t)v * VL, sum);
    }
}

static void FN(fnn_dense_row)(size_t k, size_t n, const void *x, const void *w, const void *bias,
                              int relu, void *y)
{
    const size_t group = ROW_PANELS * FNN_PANEL;
    size_t c = 0;
    for (; c + group <= n; c += group)
        FN(row_panels)(k, x, (const real *)w + c * k, bias == NULL ? NULL : (const real *)bias + c, relu,
                       (real *)y + c);
    for (; c < n; c += FNN_PANEL) {
        const size_t cols = n - c < FNN_PANEL ? n - c : FNN_PANEL;
        FN(fnn_dense_fwd)(1, k, cols, x, FNN_PAD, FNN_COLS, (const real *)w + c * k, cols, 0,
                          bias == NULL ? NULL : (const real *)bias + c, relu, (real *)y + c, FNN_PAD);
    }
}
