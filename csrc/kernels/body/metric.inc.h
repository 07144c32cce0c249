/* metric.inc.h: accuracies of single rows, as doubles, and their table. Counts and indices
 * are integers, so no order of summation shows; contract in kernels.h.
 *
 *   binary        mean over cols of [(y > threshold) == t]   (t is 0 or 1 in real)
 *   categorical   [argmax y == argmax t]
 *   sparse        [argmax y == label]
 * argmax: the first index of the largest value; NaN counts as larger than any number, so
 * the first NaN wins (as in NumPy and JAX). NaN > threshold is false.
 */

static void FN(fnn_metric_binary_accuracy)(size_t rows, size_t cols, const void *y, size_t ldy,
                                           const void *t, size_t ldt, const int32_t *labels,
                                           double threshold, double *value)
{
    (void)labels;
    assert(cols >= 1);
    const real limit = (real)threshold;
    for (size_t r = 0; r < rows; r++) {
        const real *yr = (const real *)y + r * ldy, *tr = (const real *)t + r * ldt;
        size_t hits = 0;
        for (size_t c = 0; c < cols; c++)
            hits += (yr[c] > limit ? (real)1 : (real)0) == tr[c];
        value[r] = (double)hits / (double)cols;
    }
}

/* a comes before b as the largest: NaN over numbers, then by value. */
FNN_INLINE int metric_larger(real a, real b) { return a > b || (a != a && b == b); }

FNN_INLINE size_t metric_argmax_short(const real *v, size_t first, size_t cols, size_t best)
{
    for (size_t c = first; c < cols; c++)
        if (metric_larger(v[c], v[best]))
            best = c;
    return best;
}

/* Sixteen lanes, each with its own first largest element and the number of its block of
 * 16; then the lanes are compared by value and index. Block numbers fit a float: 2^28
 * columns. */
static size_t FN(metric_argmax)(const real *v, size_t cols)
{
    if (cols < 32)
        return metric_argmax_short(v, 1, cols, 0);
    vec top[NVEC16], block[NVEC16];
    for (size_t j = 0; j < NVEC16; j++) {
        top[j] = v_load(v + j * VL);
        block[j] = v_zero();
    }
    const size_t whole = cols / 16;
    for (size_t b = 1; b < whole; b++) {
        const vec number = v_set1((real)b);
#pragma GCC unroll 4
        for (size_t j = 0; j < NVEC16; j++) {
            const vec x = v_load(v + b * 16 + j * VL);
            const mask m = m_or(v_gt(x, top[j]), m_and(v_isnan(x), m_not(v_isnan(top[j]))));
            top[j] = v_select(m, x, top[j]);
            block[j] = v_select(m, number, block[j]);
        }
    }
    real numbers[16];
    for (size_t j = 0; j < NVEC16; j++)
        v_store(numbers + j * VL, block[j]);
    size_t best = (size_t)numbers[0] * 16;
    for (size_t l = 1; l < 16; l++) {
        const size_t c = (size_t)numbers[l] * 16 + l;
        if (metric_larger(v[c], v[best]) || (c < best && !metric_larger(v[best], v[c])))
            best = c;
    }
    return metric_argmax_short(v, whole * 16, cols, best);
}

static void FN(fnn_metric_categorical_accuracy)(size_t rows, size_t cols, const void *y,
                                                size_t ldy, const void *t, size_t ldt,
                                                const int32_t *labels, double threshold,
                                                double *value)
{
    (void)labels, (void)threshold;
    assert(cols >= 1);
    for (size_t r = 0; r < rows; r++)
        value[r] = FN(metric_argmax)((const real *)y + r * ldy, cols) ==
                   FN(metric_argmax)((const real *)t + r * ldt, cols);
}

static void FN(fnn_metric_sparse_accuracy)(size_t rows, size_t cols, const void *y, size_t ldy,
                                           const void *t, size_t ldt, const int32_t *labels,
                                           double threshold, double *value)
{
    (void)t, (void)ldt, (void)threshold;
    assert(cols >= 1);
    for (size_t r = 0; r < rows; r++)
        value[r] = (int64_t)FN(metric_argmax)((const real *)y + r * ldy, cols) == labels[r];
}

/* FNN_METRIC_LOSS has no kernel: the caller runs loss[]. */
static fnn_metric_fn *const FN(fnn_metric)[FNN_METRIC_COUNT] = {
    [FNN_METRIC_BINARY_ACCURACY] = FN(fnn_metric_binary_accuracy),
    [FNN_METRIC_CATEGORICAL_ACCURACY] = FN(fnn_metric_categorical_accuracy),
    [FNN_METRIC_SPARSE_ACCURACY] = FN(fnn_metric_sparse_accuracy),
};
