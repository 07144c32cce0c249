/* orthonormal.c: the Q of a QR decomposition, for initial weights: block Gram-Schmidt, each block
 * of columns cleared of the columns before it by two matrix products, twice, as once leaves what
 * rounding made of nearly dependent columns (Giraud, Langou, Rozloznik, 2005). Everything in
 * double, the order of operations a matter of the shape alone. */
#include <math.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "../kernels/kernels.h"

enum { BLOCK = 32 }; /* columns that are cleared together */

struct work {
    const struct fnn_kernels *kern;
    size_t rows, ld; /* of `a`, padded */
    double *a;       /* (rows, cols), row stride ld */
    double *shares;  /* (cols, panel): products of the columns before with a piece of a block */
    double *sum;     /* (rows, FNN_COLS): what is subtracted from the piece */
    double *block;   /* (BLOCK, rows): the block, column by column */
};

/* a . b by TREE. */
static double dot(const double *a, const double *b, size_t n)
{
    double lane[FNN_LANES] = {0};
    size_t i = 0;
    for (; i + FNN_LANES <= n; i += FNN_LANES)
        for (size_t l = 0; l < FNN_LANES; l++) lane[l] += a[i + l] * b[i + l];
    for (; i < n; i++) lane[i % FNN_LANES] += a[i] * b[i];
    for (size_t half = FNN_LANES / 2; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

/* Takes the part along columns 0 ... first - 1 out of columns first ... first + cols - 1. */
static void clear_before(const struct work *w, size_t first, size_t cols)
{
    const size_t panel = w->kern->panel;
    for (size_t c = 0; c < cols; c += panel) {
        const size_t n = cols - c < panel ? cols - c : panel;
        double *piece = w->a + first + c;
        for (size_t i = 0; i < first; i += FNN_COLS)
            w->kern->dense_dw(w->rows, first - i < FNN_COLS ? first - i : FNN_COLS, n, w->a + i, w->ld,
                              piece, w->ld, w->shares + i * n);
        w->kern->dense_fwd(w->rows, first, n, w->a, w->ld, FNN_COLS, w->shares, n, 0, NULL, 0, w->sum,
                           FNN_COLS);
        for (size_t r = 0; r < w->rows; r++)
            for (size_t j = 0; j < n; j++) piece[r * w->ld + j] -= w->sum[r * FNN_COLS + j];
    }
}

/* Makes the columns of the block orthonormal among themselves. */
static void clear_within(const struct work *w, size_t cols)
{
    for (size_t j = 0; j < cols; j++) {
        double *x = w->block + j * w->rows;
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < j; i++) {
                const double *q = w->block + i * w->rows, share = dot(q, x, w->rows);
                for (size_t r = 0; r < w->rows; r++) x[r] -= share * q[r];
            }
        const double length = sqrt(dot(x, x, w->rows));
        for (size_t r = 0; length > 0 && r < w->rows; r++) x[r] /= length;
    }
}

static void copy_block(const struct work *w, size_t first, size_t cols, int back)
{
    for (size_t r = 0; r < w->rows; r++)
        for (size_t c = 0; c < cols; c++) {
            double *in_a = &w->a[r * w->ld + first + c], *in_block = &w->block[c * w->rows + r];
            if (back) *in_a = *in_block;
            else *in_block = *in_a;
        }
}

static void orthonormalize(const struct work *w, size_t all)
{
    for (size_t first = 0; first < all; first += BLOCK) {
        const size_t cols = all - first < BLOCK ? all - first : BLOCK;
        for (int pass = 0; pass < 2; pass++) {
            if (first > 0) clear_before(w, first, cols);
            copy_block(w, first, cols, 0);
            clear_within(w, cols);
            copy_block(w, first, cols, 1);
        }
    }
}

enum fnn_status fnn_orthonormal_columns(int64_t rows, int64_t cols, double *a)
{
    FNN_REQUIRE(a != NULL && rows >= cols && cols >= 1, FNN_ERR_ARGUMENT);
    struct work w = {.kern = fnn_kernels_get(FNN_F64), .rows = (size_t)rows};
    FNN_REQUIRE(w.kern != NULL, FNN_ERR_ISA);
    const size_t n = (size_t)cols;
    w.ld = (n + FNN_PAD - 1) / FNN_PAD * FNN_PAD + FNN_PAD; /* kernels read past a block's end */
    const size_t elems = w.rows * w.ld, shares = n * FNN_COLS, sums = w.rows * FNN_COLS;
    double *memory = fnn_alloc(elems + shares + sums + BLOCK * w.rows + 4 * FNN_COLS, sizeof *memory);
    FNN_REQUIRE(memory != NULL, FNN_ERR_MEMORY);
    w.a = memory;
    w.shares = w.a + elems + FNN_COLS;
    w.sum = w.shares + shares + FNN_COLS;
    w.block = w.sum + sums + FNN_COLS;
    for (size_t r = 0; r < w.rows; r++)
        for (size_t c = 0; c < n; c++) w.a[r * w.ld + c] = a[r * n + c];
    orthonormalize(&w, n);
    for (size_t r = 0; r < w.rows; r++)
        for (size_t c = 0; c < n; c++) a[r * n + c] = w.a[r * w.ld + c];
    fnn_free(memory);
    return FNN_OK;
}
