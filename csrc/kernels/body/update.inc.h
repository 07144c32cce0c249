/* update.inc.h: what an update does besides the optimiser's step (nn/update.h); contracts in
 * kernels.h. Elements are independent but in sum_squares, whose sums run down the columns. */

static void FN(fnn_accumulate)(size_t n, void *acc, const void *x)
{
    real *a = acc;
    const real *b = x;
    size_t i = 0;
    for (; i + VL <= n; i += VL) v_store(a + i, v_add(v_load(a + i), v_load(b + i)));
    for (; i < n; i++) a[i] = a[i] + b[i];
}

static void FN(fnn_divide)(size_t n, void *x, double d)
{
    real *a = x;
    const real by = (real)d;
    const vec all = v_set1(by);
    size_t i = 0;
    for (; i + VL <= n; i += VL) v_store(a + i, v_div(v_load(a + i), all));
    for (; i < n; i++) a[i] = a[i] / by;
}

static void FN(fnn_average)(size_t n, void *mean, const void *x, double share)
{
    real *a = mean;
    const real *b = x;
    const vec k = v_set1((real)share);
    size_t i = 0;
    for (; i + VL <= n; i += VL) v_store(a + i, opt_average(v_load(a + i), v_load(b + i), k));
    if (i < n) {
        const vec last = opt_average(v_load_part(a + i, n - i), v_load_part(b + i, n - i), k);
        v_store_part(a + i, last, n - i);
    }
}

/* Columns side by side in plain C, which compilers turn into conversions and sums of vectors;
 * squares of floats are exact in double. */
FNN_INLINE void sum_squares_columns(size_t rows, size_t cols, const real *x, size_t ld, double *out)
{
    double sum[8] = {0};
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++) {
            const double value = (double)x[r * ld + c];
            sum[c] += value * value;
        }
    for (size_t c = 0; c < cols; c++) out[c] = sum[c];
}

static void FN(fnn_sum_squares)(size_t rows, size_t cols, const void *x, size_t ld, double *out)
{
    const real *at = x;
    size_t c = 0;
    for (; c + 8 <= cols; c += 8) sum_squares_columns(rows, 8, at + c, ld, out + c);
    if (c < cols) sum_squares_columns(rows, cols - c, at + c, ld, out + c);
}
