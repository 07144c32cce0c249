/* test_gemm_contract.c: every tier's matrix kernels against the loops that define them
 * in kernels.h, bit for bit, with faults and patterns round every buffer. Compiled once
 * per dtype (FNN_REAL), as the kernels are. */
#define _GNU_SOURCE
#include <math.h>

#include "guarded.h"
#include "kernels.h"

#if FNN_REAL == 32
typedef float real;
#define DTYPE FNN_F32
#define FMA fmaf
#define NAME "gemm_contract_f32"
#else
typedef double real;
#define DTYPE FNN_F64
#define FMA fma
#define NAME "gemm_contract_f64"
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define R sizeof(real)

/* The slabs hold the largest case: 1031 x 130 in 64-column panels. */
enum { SLAB_REALS = 1100 * 160 };

static struct slab slab_a, slab_b, slab_bias, slab_out;
static real reference[SLAB_REALS];

static size_t min_size(size_t a, size_t b) { return a < b ? a : b; }
static size_t padded(size_t n) { return (n + FNN_PAD - 1) / FNN_PAD * FNN_PAD; }

/* Values of mixed sign and magnitude that use every bit of the significand, so that order
 * and fusion show; exact zeros of both signs among them. From a small integer generator. */
static void fill(real *p, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t high = seed = seed * 1664525u + 1013904223u;
        const uint32_t low = seed = seed * 1664525u + 1013904223u;
        const double value = (double)(int32_t)high + (double)low / 4294967296.0;
        p[i] = (real)(value / (double)(1 << ((low >> 8) % 24)));
        if (high % 61 == 0) p[i] = low & 64 ? (real)0 : -(real)0;
    }
}

static void fill_nan(real *p, size_t n)
{
    for (size_t i = 0; i < n; i++) p[i] = (real)NAN;
}

/* (rows, cols) of known values with row stride ld; the gaps between rows are NaN. */
static real *matrix(const struct slab *slab, size_t rows, size_t cols, size_t ld, size_t extent,
                    uint32_t seed)
{
    real *p = slab_take(slab, extent * R);
    fill_nan(p, extent);
    for (size_t r = 0; r < rows; r++) fill(p + r * ld, cols, seed + (uint32_t)r);
    return p;
}

/* The extent of a matrix whose last row ends after `last` elements. */
static size_t extent(size_t rows, size_t ld, size_t last) { return rows ? (rows - 1) * ld + last : 0; }

static int equal_bits(const real *got, const real *want, size_t n)
{
    return n == 0 || memcmp(got, want, n * R) == 0;
}

/* CHUNK order over n terms a[i * sa] * b[i * sb]. */
static real chunk_dot(size_t n, const real *a, size_t sa, const real *b, size_t sb)
{
    real total = 0;
    for (size_t i0 = 0; i0 < n; i0 += FNN_CHUNK) {
        real sum = 0;
        for (size_t i = i0; i < min_size(i0 + FNN_CHUNK, n); i++)
            sum = FMA(a[i * sa], b[i * sb], sum);
        total = i0 == 0 ? sum : total + sum;
    }
    return total;
}

static void tell(const struct fnn_kernels *t, const char *slot, size_t a, size_t b, size_t c)
{
    if (check_failures <= CHECK_PRINTED_MAX)
        fprintf(stderr, "  in %s of %s at (%zu, %zu, %zu)\n", slot, t->isa, a, b, c);
}

/* x of dense_fwd: row-major, or in panels of FNN_COLS columns with gaps between them. */
struct x_matrix {
    size_t ld, step;
    real *data;
};

static real *x_at(const struct x_matrix *x, size_t r, size_t c)
{
    return x->data + c / FNN_COLS * x->step + r * x->ld + c % FNN_COLS;
}

static struct x_matrix x_create(size_t rows, size_t k, int in_panels)
{
    struct x_matrix x = {in_panels ? FNN_COLS : k + 3, in_panels ? rows * FNN_COLS + 9 : FNN_COLS,
                         NULL};
    const size_t n = rows == 0 || k == 0 ? 0 : (size_t)(x_at(&x, rows - 1, k - 1) - x.data) + 1;
    x.data = slab_take(&slab_a, n * R);
    fill_nan(x.data, n);
    for (size_t r = 0; r < rows; r++) {
        fill(reference, k, 1 + (uint32_t)r);
        for (size_t c = 0; c < k; c++) *x_at(&x, r, c) = reference[c];
    }
    return x;
}

static void test_dense_fwd(const struct fnn_kernels *t, size_t rows, size_t k, size_t cols,
                           int with_bias, int relu, int in_panels)
{
    /* Panels of the weights are packed tightly, those of their transpose are padded. */
    const size_t ldy = padded(cols) + FNN_PAD, ldw = in_panels ? padded(cols) : cols;
    const struct x_matrix x = x_create(rows, k, in_panels);
    real *w = matrix(&slab_b, k, cols, ldw, extent(k, ldw, padded(cols)), 2);
    real *bias = matrix(&slab_bias, 1, cols, cols, padded(cols), 3);
    const size_t y_extent = extent(rows, ldy, padded(cols));
    real *y = slab_take(&slab_out, y_extent * R);
    static real row[1100];

    /* Whole chunks may come in a call before the rest of the sum. */
    const size_t before = k > FNN_CHUNK ? (k - 1) / FNN_CHUNK * FNN_CHUNK : 0;
    if (before > 0) t->dense_fwd(rows, before, cols, x.data, x.ld, x.step, w, ldw, 0, NULL, 0, y, ldy);
    t->dense_fwd(rows, k - before, cols, x_at(&x, 0, before), x.ld, x.step, w + before * ldw, ldw,
                 before > 0, with_bias ? bias : NULL, relu, y, ldy);

    int same = 1, gaps = slab_intact(y);
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < k; c++) row[c] = *x_at(&x, r, c);
        for (size_t c = 0; c < cols; c++) {
            real sum = chunk_dot(k, row, 1, w + c, ldw);
            if (with_bias) sum += bias[c];
            reference[c] = relu && 0 > sum ? 0 : sum;
        }
        same &= equal_bits(y + r * ldy, reference, cols);
        if (r + 1 < rows) gaps &= is_pattern(y + r * ldy + padded(cols), (ldy - padded(cols)) * R);
    }
    if (!(CHECK(same) & CHECK(gaps))) tell(t, "dense_fwd", rows, k, cols);
}

static void test_dense_dw(const struct fnn_kernels *t, size_t rows, size_t n, size_t cols)
{
    const size_t ldx = padded(n) + 5, lddy = padded(cols) + FNN_PAD;
    real *x = matrix(&slab_a, rows, n, ldx, extent(rows, ldx, padded(n)), 4);
    real *dy = matrix(&slab_b, rows, cols, lddy, extent(rows, lddy, padded(cols)), 5);
    real *g = slab_take(&slab_out, n * cols * R);

    t->dense_dw(rows, n, cols, x, ldx, dy, lddy, g);

    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < cols; c++)
            reference[i * cols + c] = chunk_dot(rows, x + i, ldx, dy + c, lddy);
    if (!(CHECK(equal_bits(g, reference, n * cols)) & CHECK(slab_intact(g))))
        tell(t, "dense_dw", rows, n, cols);
}

static void test_dense_db(const struct fnn_kernels *t, size_t rows, size_t cols)
{
    const size_t lddy = padded(cols) + FNN_PAD;
    real *dy = matrix(&slab_b, rows, cols, lddy, extent(rows, lddy, padded(cols)), 6);
    real *g = slab_take(&slab_out, cols * R);

    t->dense_db(rows, cols, dy, lddy, g);

    for (size_t c = 0; c < cols; c++) {
        real total = 0;
        for (size_t b0 = 0; b0 < rows; b0 += FNN_CHUNK) {
            real sum = 0;
            for (size_t b = b0; b < min_size(b0 + FNN_CHUNK, rows); b++) sum += dy[b * lddy + c];
            total = b0 == 0 ? sum : total + sum;
        }
        reference[c] = total;
    }
    if (!(CHECK(equal_bits(g, reference, cols)) & CHECK(slab_intact(g))))
        tell(t, "dense_db", rows, cols, 0);
}

/* Element (i, j) of a (k, n_out) matrix stored as panels. */
static real *panel_at(const struct fnn_kernels *t, real *w, size_t k, size_t n_out, size_t i,
                      size_t j)
{
    const size_t first = j / t->panel * t->panel;
    const size_t width = min_size(t->panel, n_out - first);
    return w + first * k + i * width + (j - first);
}

static void test_pack_wt(const struct fnn_kernels *t, size_t n, size_t i0, size_t k, size_t n_out)
{
    const size_t ldt = padded(n);
    real *w = matrix(&slab_a, 1, k * n_out, 0, k * n_out + FNN_PAD, 7);
    real *dst = slab_take(&slab_out, (n_out + FNN_PAD) * ldt * R);

    t->pack_wt(n, i0, k, n_out, w, dst);

    int same = 1;
    for (size_t j = 0; j < n_out; j++)
        for (size_t i = 0; i < n; i++)
            same &= equal_bits(dst + j * ldt + i, panel_at(t, w, k, n_out, i0 + i, j), 1);
    if (!(CHECK(same) & CHECK(slab_intact(dst)))) tell(t, "pack_wt", n, k, n_out);
}

/* Below, at and past the register tiles and panels of every tier, and primes. */
static const size_t ROWS[] = {0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 17};
static const size_t COLS[] = {1, 2, 3, 4, 5, 7, 8, 9, 13, 15, 16, 17, 23, 31, 32, 33, 47, 48, 49, 63, 64};
static const size_t SHORT[] = {0, 1, 2, 3, 5, 8, 13, 17};
/* Round the first and second chunk boundary. */
static const size_t LONG[] = {511, 512, 513, 1023, 1024, 1025, 1031};
static const size_t FEW_ROWS[] = {1, 5, 7};

static void test_small(const struct fnn_kernels *t)
{
    for (size_t c = 0; c < COUNT(COLS) && COLS[c] <= t->panel; c++)
        for (size_t r = 0; r < COUNT(ROWS); r++) {
            for (size_t k = 0; k < COUNT(SHORT); k++) {
                const int variant = (int)(r + k) % 4; /* bias and relu take turns */
                test_dense_fwd(t, ROWS[r], SHORT[k], COLS[c], variant & 1, variant >> 1, k & 1);
                test_dense_dw(t, SHORT[k], ROWS[r], COLS[c]);
            }
            test_dense_db(t, ROWS[r], COLS[c]);
        }
    for (size_t c = 0; c < COUNT(COLS); c++)
        for (size_t r = 0; r < COUNT(COLS) && COLS[r] <= t->panel; r++) {
            test_pack_wt(t, COLS[r], 0, COLS[r], COLS[c]);
            test_pack_wt(t, COLS[r], 3, COLS[r] + 5, t->panel + COLS[c]);
        }
}

static void test_long(const struct fnn_kernels *t)
{
    for (size_t l = 0; l < COUNT(LONG); l++) {
        const size_t cols[] = {1, t->panel - 1, t->panel};
        for (size_t c = 0; c < COUNT(cols); c++) {
            for (size_t r = 0; r < COUNT(FEW_ROWS); r++) {
                test_dense_fwd(t, FEW_ROWS[r], LONG[l], cols[c], c & 1, r == 1, 0);
                test_dense_fwd(t, FEW_ROWS[r], LONG[l], cols[c], c & 1, r == 0, 1);
                test_dense_dw(t, LONG[l], FEW_ROWS[r], cols[c]);
            }
            test_dense_db(t, LONG[l], cols[c]);
            test_pack_wt(t, cols[c], 2, cols[c] + 3, LONG[l]);
        }
    }
    for (size_t k = 60; k <= 2 * FNN_COLS + 1; k += 4 + k % 5)
        test_dense_fwd(t, 7, k, t->panel, 1, 0, 1);
}

/* Few outputs of many rows, where lanes run over rows. */
static void test_few(const struct fnn_kernels *t)
{
    static const size_t rows[] = {4, 8, 15, 16, 33}, terms[] = {4, 8, 15, 16, 17, 64, 67, 130, 513, 1031};
    for (size_t r = 0; r < COUNT(rows); r++)
        for (size_t k = 0; k < COUNT(terms); k++)
            for (size_t c = 1; c <= 5 && c <= t->panel; c++) {
                const int variant = (int)(r + k + c) % 4;
                test_dense_fwd(t, rows[r], terms[k], c, variant & 1, variant >> 1, 0);
                test_dense_fwd(t, rows[r], terms[k], c, variant >> 1, variant & 1, 1);
            }
}

int main(void)
{
    slab_a = slab_create(SLAB_REALS * R);
    slab_b = slab_create(SLAB_REALS * R);
    slab_bias = slab_create(SLAB_REALS * R);
    slab_out = slab_create(SLAB_REALS * R);
    for (size_t i = 0; i < fnn_isa_count(); i++) {
        if (!fnn_isa_supported(i)) {
            printf("%s: %s not on this CPU\n", NAME, fnn_isa_name(i));
            continue;
        }
        const struct fnn_kernels *t = fnn_kernels_of(i, DTYPE);
        REQUIRE(t != NULL && t->dtype == DTYPE && t->elem == R);
        CHECK(strcmp(t->isa, fnn_isa_name(i)) == 0);
        test_small(t);
        test_long(t);
        test_few(t);
        printf("%s: %s done\n", NAME, t->isa);
    }
    return check_done(NAME);
}
