/* gemm_few.inc.h: the product of many rows with a kernel of few outputs.
 *
 * The register tile has its lanes over outputs: with one output of sixteen lanes it does a
 * sixteenth of its work for nothing else. Here lanes run over rows instead, so that each still is
 * one chain over k, with the same bits: blocks of x are transposed on the way, which costs
 * log2(VL) shuffles a vector and pays for up to a quarter of a vector of outputs.
 */
#define FNN_FEW_MAX (VL / 4)

#if FNN_FEW_MAX > 0

/* acc[c] = the chain over `terms` <= FNN_CHUNK terms of the rows in the lanes, for output c. */
FNN_INLINE void FN(few_chain)(const size_t cols, size_t terms, const real *x, size_t ldx,
                              size_t xstep, const real *w, size_t ldw, vec acc[FNN_FEW_MAX])
{
    real across[VL * VL], tail[VL * VL];
#pragma GCC unroll 4
    for (size_t c = 0; c < cols; c++) acc[c] = v_zero();
    for (size_t k = 0; k < terms; k += VL) {
        const size_t n = terms - k < VL ? terms - k : VL;
        const real *from = x + k / FNN_COLS * xstep + k % FNN_COLS;
        size_t ld = ldx;
        if (n < VL) { /* x ends with its last term */
            for (size_t r = 0; r < VL; r++) v_store(tail + r * VL, v_load_part(from + r * ldx, n));
            from = tail;
            ld = VL;
        }
        v_transpose(VL, from, ld, across, VL);
        for (size_t j = 0; j < n; j++) {
            const vec xv = v_load(across + j * VL);
            const real *row = w + (k + j) * ldw;
#pragma GCC unroll 4
            for (size_t c = 0; c < cols; c++) acc[c] = v_fma(xv, v_set1(row[c]), acc[c]);
        }
    }
}

/* VL rows of the product. */
FNN_INLINE void FN(few_rows)(const size_t cols, size_t k, const real *x, size_t ldx, size_t xstep,
                             const real *w, size_t ldw, int add, const real *bias, int relu, real *y,
                             size_t ldy)
{
    real across[VL * VL];
    vec total[FNN_FEW_MAX], acc[FNN_FEW_MAX];
    if (add) v_transpose(VL, y, ldy, across, VL);
#pragma GCC unroll 4
    for (size_t c = 0; c < cols; c++) total[c] = add ? v_load(across + c * VL) : v_zero();
    for (size_t k0 = 0; k0 < k; k0 += FNN_CHUNK) {
        const size_t terms = k - k0 < FNN_CHUNK ? k - k0 : FNN_CHUNK;
        FN(few_chain)(cols, terms, x + k0 / FNN_COLS * xstep, ldx, xstep, w + k0 * ldw, ldw, acc);
#pragma GCC unroll 4
        for (size_t c = 0; c < cols; c++)
            total[c] = add || k0 > 0 ? v_add(total[c], acc[c]) : acc[c];
    }
#pragma GCC unroll 4
    for (size_t c = 0; c < cols; c++) {
        if (bias != NULL) total[c] = v_add(total[c], v_set1(bias[c]));
        v_store(across + c * VL, relu ? FN(relu)(total[c]) : total[c]);
    }
    v_transpose(cols, across, VL, y, ldy);
}

#define FNN_FEW_ROWS(cols)                                                          \
    case cols:                                                                      \
        FN(few_rows)(cols, k, x, ldx, xstep, w, ldw, add, bias, relu, y, ldy);      \
        break;

/* As dense_fwd, for as many of the rows as there are whole vectors of; returns their number. */
FNN_OUTLINE size_t FN(dense_few)(size_t rows, size_t k, size_t cols, const real *x, size_t ldx,
                                 size_t xstep, const real *w, size_t ldw, int add,
                                 const real *bias, int relu, real *y, size_t ldy)
{
    size_t done = 0;
    for (; done + VL <= rows; done += VL, x += VL * ldx, y += VL * ldy)
        switch (cols) {
        FNN_FEW_ROWS(1)
#if FNN_FEW_MAX > 1
        FNN_FEW_ROWS(2)
#endif
#if FNN_FEW_MAX > 2
        FNN_FEW_ROWS(3)
        FNN_FEW_ROWS(4)
#endif
        }
    return done;
}
#undef FNN_FEW_ROWS

/* Whether there are few outputs, a vector of rows, and terms enough to pay for moving the result. */
FNN_INLINE int FN(few_pays)(size_t rows, size_t k, size_t cols)
{
    return cols <= FNN_FEW_MAX && rows >= VL && k >= VL;
}

#endif /* FNN_FEW_MAX > 0 */
