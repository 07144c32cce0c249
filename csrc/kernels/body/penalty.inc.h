/* penalty.inc.h: sums behind penalties and norms, the derivative of L1 and L2, scaling to a
 * norm, and the orthogonal regulariser; contracts in kernels.h. Sums are in double and in plain
 * C, side by side, which compilers turn into conversions and sums of vectors.
 */

FNN_INLINE void sum_abs_columns(size_t rows, size_t cols, const real *x, size_t ld, double *out)
{
    double sum[8] = {0};
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            sum[c] += fabs((double)x[r * ld + c]);
    for (size_t c = 0; c < cols; c++) out[c] = sum[c];
}

static void FN(fnn_sum_abs)(size_t rows, size_t cols, const void *x, size_t ld, double *out)
{
    const real *at = x;
    size_t c = 0;
    for (; c + 8 <= cols; c += 8) sum_abs_columns(rows, 8, at + c, ld, out + c);
    if (c < cols) sum_abs_columns(rows, cols - c, at + c, ld, out + c);
}

FNN_INLINE void lane_sums_of(size_t cols, const real *x, size_t first, int squares, double *lane)
{
    size_t c = 0;
    if (first == 0)
        for (; c + 16 <= cols; c += 16)
            for (size_t l = 0; l < 16; l++) {
                const double value = (double)x[c + l];
                lane[l] += squares ? value * value : fabs(value);
            }
    for (; c < cols; c++) {
        const double value = (double)x[c];
        lane[(first + c) % 16] += squares ? value * value : fabs(value);
    }
}

static void FN(fnn_lane_sums)(size_t cols, const void *x, size_t first, double *abs_lanes,
                              double *square_lanes)
{
    if (abs_lanes) lane_sums_of(cols, x, first, 0, abs_lanes);
    if (square_lanes) lane_sums_of(cols, x, first, 1, square_lanes);
}

/* l1 where w > 0, -l1 where w < 0; a zero or NaN is its own sign. */
FNN_INLINE vec penalty_slope(vec w, vec g, vec l1, vec twice)
{
    vec sign = v_select(v_gt(w, v_zero()), l1, w);
    sign = v_select(v_lt(w, v_zero()), v_neg(l1), sign);
    return v_add(v_fma(twice, w, g), sign);
}

static void FN(fnn_regularize)(size_t rows, size_t cols, const void *w, size_t ldw, void *g,
                               size_t ldg, double l1, double l2)
{
    const vec one = v_set1((real)l1), twice = v_set1((real)(2 * l2));
    for (size_t r = 0; r < rows; r++) {
        const real *x = (const real *)w + r * ldw;
        real *d = (real *)g + r * ldg;
        size_t c = 0;
        for (; c + VL <= cols; c += VL)
            v_store(d + c, penalty_slope(v_load(x + c), v_load(d + c), one, twice));
        if (c < cols) {
            const size_t n = cols - c;
            v_store_part(d + c, penalty_slope(v_load_part(x + c, n), v_load_part(d + c, n), one, twice), n);
        }
    }
}

static void FN(fnn_scale)(size_t rows, size_t cols, void *w, size_t ld, const double *row,
                          const double *col)
{
    for (size_t r = 0; r < rows; r++) {
        real *x = (real *)w + r * ld;
        for (size_t c = 0; c < cols; c++)
            x[c] = x[c] * (real)(row ? row[r] : col[c]);
    }
}

/* ---- orthogonal rows ---------------------------------------------------------- */

/* The places of the arrays in the scratch: count rows of `length` reals each. */
struct FN(ortho) {
    size_t count, length;
    size_t ldm, lds;  /* of unit and sign */
    real *unit;       /* rows divided by their length, plain */
    real *across;     /* its transpose, in panels */
    real *panels;     /* itself, in panels */
    real *sign;       /* products of rows, then their signs without the diagonal */
    real *slope;      /* a panel of sign * unit */
    real *factor;     /* 1 / length of each row, at most ORTHO_LIMIT */
    real *total;      /* sum of the absolute products of a row with the others */
};

#define ORTHO_LIMIT 1e7 /* Keras: the length counts as at least 1e-7 */
#define ORTHO_LD_PANEL (FNN_COLS + FNN_PAD)

static void FN(ortho_place)(struct FN(ortho) *o, size_t count, size_t length, real *scratch)
{
    o->count = count;
    o->length = length;
    o->ldm = (length + FNN_PAD - 1) / FNN_PAD * FNN_PAD;
    o->lds = (count + FNN_PAD - 1) / FNN_PAD * FNN_PAD + FNN_PAD;
    o->unit = scratch;
    o->across = o->unit + count * o->ldm;
    o->panels = o->across + count * length + FNN_PAD;
    o->sign = o->panels + count * length + FNN_PAD;
    o->slope = o->sign + count * o->lds;
    o->factor = o->slope + count * ORTHO_LD_PANEL;
    o->total = o->factor + count;
}

/* Row i of the matrix, or its column i, is w[i * row + c * step], c < length. */
static void FN(ortho_units)(const struct FN(ortho) *o, const real *w, size_t row, size_t step)
{
    for (size_t i = 0; i < o->count; i++) {
        double lane[16] = {0};
        real *unit = o->unit + i * o->ldm;
        for (size_t c = 0; c < o->length; c++) unit[c] = w[i * row + c * step];
        FN(fnn_lane_sums)(o->length, unit, 0, NULL, lane);
        for (size_t half = 8; half > 0; half /= 2)
            for (size_t l = 0; l < half; l++) lane[l] += lane[l + half];
        const double inverse = 1 / sqrt(lane[0]);
        o->factor[i] = (real)(inverse < ORTHO_LIMIT ? inverse : ORTHO_LIMIT);
        for (size_t c = 0; c < o->length; c++) {
            unit[c] = unit[c] * o->factor[i];
            const size_t p = c / FNN_PANEL * FNN_PANEL, q = i / FNN_PANEL * FNN_PANEL;
            const size_t wide = o->length - p < FNN_PANEL ? o->length - p : FNN_PANEL;
            const size_t high = o->count - q < FNN_PANEL ? o->count - q : FNN_PANEL;
            o->panels[p * o->count + i * wide + c - p] = unit[c];
            o->across[q * o->length + c * high + i - q] = unit[c];
        }
    }
}

/* Products of all pairs of rows; returns the sum of their absolute values. */
static double FN(ortho_products)(const struct FN(ortho) *o)
{
    double sum = 0;
    for (size_t q = 0; q < o->count; q += FNN_PANEL) {
        const size_t high = o->count - q < FNN_PANEL ? o->count - q : FNN_PANEL;
        FN(fnn_dense_fwd)(o->count, o->length, high, o->unit, o->ldm, FNN_COLS,
                          o->across + q * o->length, high, 0, NULL, 0, o->sign + q, o->lds);
    }
    for (size_t i = 0; i < o->count; i++) {
        double lane[16] = {0};
        real *row = o->sign + i * o->lds;
        row[i] = 0;
        FN(fnn_lane_sums)(o->count, row, 0, lane, NULL);
        for (size_t half = 8; half > 0; half /= 2)
            for (size_t l = 0; l < half; l++) lane[l] += lane[l + half];
        o->total[i] = (real)lane[0];
        sum += lane[0];
        for (size_t j = 0; j < o->count; j++) row[j] = row[j] > 0 ? (real)1 : row[j] < 0 ? (real)-1 : row[j];
    }
    return sum;
}

static void FN(fnn_orthogonal)(size_t rows, size_t cols, const void *w, int columns, double factor,
                               void *scratch, double *penalty, void *g)
{
    struct FN(ortho) o;
    FN(ortho_place)(&o, columns ? cols : rows, columns ? rows : cols, scratch);
    const size_t row = columns ? 1 : cols, step = columns ? cols : 1;
    *penalty = 0;
    if (g) memset(g, 0, rows * cols * sizeof(real));
    if (o.count < 2) return;
    FN(ortho_units)(&o, w, row, step);
    const double share = factor / ((double)o.count * ((double)o.count - 1));
    *penalty = share * FN(ortho_products)(&o);
    real *out = g;
    for (size_t p = 0; g && p < o.length; p += FNN_PANEL) {
        const size_t wide = o.length - p < FNN_PANEL ? o.length - p : FNN_PANEL;
        FN(fnn_dense_fwd)(o.count, o.count, wide, o.sign, o.lds, FNN_COLS, o.panels + p * o.count,
                          wide, 0, NULL, 0, o.slope, ORTHO_LD_PANEL);
        for (size_t i = 0; i < o.count; i++) {
            /* A length at the limit is a constant. */
            const real along = o.factor[i] < (real)ORTHO_LIMIT ? o.total[i] : 0;
            const real by = (real)(2 * share) * o.factor[i];
            for (size_t c = 0; c < wide; c++)
                out[i * row + (p + c) * step] =
                    by * (o.slope[i * ORTHO_LD_PANEL + c] - along * o.unit[i * o.ldm + p + c]);
        }
    }
}
