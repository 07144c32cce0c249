/* kernels.h: the contract of every kernel slot, and the table that holds them.
 *
 * One table per (instruction set, dtype). Pointers are void * so that the layers
 * above are written once for both dtypes; "real" below is float or double.
 *
 * Rules for every slot (docs/numerics.md gives the reasons):
 *   - void, cannot fail; contracts are asserted. No allocation, no threads.
 *   - Reads and writes exactly the extents named, unless a slot says "padded".
 *   - The same bits for every table of a dtype: fused multiply-add only where a
 *     formula says fma, reductions in the fixed orders given here.
 *   - Leading dimensions (ld...) and counts are in elements.
 *
 * Fixed orders
 *   CHUNK  a reduction over k is cut into chunks of FNN_CHUNK; each chunk is a chain
 *          acc = fma(a[k], b[k], acc) from +0; total = chunk 0, then total = total +
 *          chunk c in order; a bias is added last.
 *   TREE   lane l of 16 sums elements l, l+16, ... in order from +0; then lanes are
 *          combined l += l+8, l += l+4, l += l+2, l += l+1. Missing elements are
 *          skipped (they count as +0 for sums, as absent for maxima).
 */
#ifndef FNN_KERNELS_H
#define FNN_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "fastnn.h"

#define FNN_CHUNK 512   /* reduction chunk, part of the arithmetic contract */
#define FNN_PAD 16      /* internal buffers: leading dimensions are multiples of this */
#define FNN_COLS 64     /* columns of a panel of activations; every weight panel divides it */
#define FNN_LANES 16    /* virtual lanes of TREE */
#define FNN_SLOTS_MAX 4 /* arrays that an optimiser keeps for each parameter, at most */

/* Arguments of a loss kernel. targets: (rows, cols) real, or labels: (rows) for the
 * sparse losses. Gradient: dy[r][c] = row_weight[r] * scale * d loss_r / d y[r][c]. */
struct fnn_loss_args {
    size_t rows, cols;
    const void *y; size_t ldy;        /* predictions; logits for the *_LOGITS losses */
    const void *t; size_t ldt;        /* targets, or NULL */
    const int32_t *labels;            /* labels, or NULL: in [0, cols) by the caller's check but
                                         for a class that is left out */
    const void *row_weight;           /* (rows) real, or NULL for ones */
    double scale;                     /* converted to real once */
    double param[FNN_LOSS_PARAMS];    /* see fastnn.h */
    const double *columns;            /* (cols) parameter of each column, or NULL */
    double *row_loss;                 /* out (rows): unweighted loss of each row */
    void *dy; size_t ldd;             /* out (rows, cols) gradient, or NULL */
    void *p; size_t ldp;              /* *_LOGITS: out probabilities, TWEEDIE_LOG: exp(y),
                                         or NULL; may equal y */
};

struct fnn_dropout_args {
    uint64_t seed, step;
    uint32_t stream;
    uint32_t threshold;        /* round(rate * 2^32) */
    size_t width, row0, col0;  /* of the whole tensor; place of this block in it */
    double scale;              /* 1 / (1 - rate); noise: standard deviation */
    double shift, fill;        /* alpha dropout only */
};

/* Elementwise ops of two tensors. */
enum fnn_merge {
    FNN_MERGE_ADD, FNN_MERGE_SUBTRACT, FNN_MERGE_MULTIPLY, FNN_MERGE_AVERAGE,
    FNN_MERGE_MAXIMUM, FNN_MERGE_MINIMUM, FNN_MERGE_DIVIDE, FNN_MERGE_COUNT
};

struct fnn_merge_args {
    size_t rows, cols;
    const void *a; size_t lda;
    const void *b; size_t ldb;
    double param;                     /* average: number of inputs */
    void *y; size_t ldy;              /* fwd: the result, may be a or b.
                                         bwd: the gradient of a (side 0) or b (1), may be dy */
    const void *dy; size_t lddy;      /* bwd */
    int side, add;                    /* bwd; add: to what is in y */
};

/* A tensor as vectors: element k of vector i of sample s at s * sample + i * free + k * along. */
struct fnn_dot_side {
    const void *data;
    size_t sample, free, along, count; /* count: vectors of a sample */
};

struct fnn_dot_args {
    size_t samples, n;                /* n: elements of a vector */
    struct fnn_dot_side a, b;
    int normalize;
    void *y;                          /* element e = i * b.count + j of a sample at */
    size_t y_sample, ldy, width;      /* (e / width) * ldy + e % width */
    const void *dy;                   /* bwd: as y */
    void *dx;                         /* bwd: gradient of side, with its strides */
    int side, add;                    /* bwd; add: to what is in dx */
};

typedef void fnn_merge_fn(const struct fnn_merge_args *args);
/* The constants of columns, y = fma(x - mean, factor, beta): each (cols) reals or NULL, which
 * for mean and beta is 0, for gamma 1. factor = gamma, times 1 / max(sqrt(var + eps), floor)
 * unless var is NULL. */
struct fnn_cols_args {
    const void *mean, *var, *gamma, *beta;
    double eps, floor;
};

/* Normalisation of rows by their own statistics; n columns, sums TREE:
 *   LAYER  hat = (x - mean) factor, factor = 1 / sqrt(sum (x - mean)^2 / n + eps)
 *   RMS    hat = x factor, factor = 1 / sqrt(sum x^2 / n + eps)
 *   UNIT   hat = x factor, factor = min(1 / sqrt(sum x^2), 1e12) */
enum fnn_norm { FNN_NORM_LAYER = 0, FNN_NORM_RMS = 1, FNN_NORM_UNIT = 2 };

typedef void fnn_act_fn(size_t rows, size_t cols, const void *z_or_ref, size_t ld_in,
                        void *y_or_d, size_t ld_out, const double *param);
typedef void fnn_loss_fn(const struct fnn_loss_args *args);
typedef void fnn_metric_fn(size_t rows, size_t cols, const void *y, size_t ldy, const void *t,
                           size_t ldt, const int32_t *labels, double threshold, double *value);
typedef void fnn_opt_fn(size_t n, void *w, void *const *slots, const void *g, const double *c);

struct fnn_kernels {
    const char *isa;
    enum fnn_dtype dtype;
    size_t elem;        /* bytes of a real */
    size_t panel;       /* columns of a full weight panel: a power of two, divides FNN_CHUNK */
    size_t mr;          /* rows of the register tile */

    /* y[r][c] = sum_k x[r][k] * w[k][c] (+ bias[c]), then max(., 0) if relu; CHUNK order.
     * add: y holds the sum of chunks before these and is added to.
     * Element (r, c) of x lies at x[(c / FNN_COLS) * xstep + r * ldx + c % FNN_COLS], which
     * for xstep = FNN_COLS is a plain row-major matrix.
     * w is one panel (k, cols), cols <= panel. bias (cols) or NULL.
     * The gradient of the input is the same product, of dy with a panel from pack_wt.
     * Padded: reads w and bias and writes y up to cols rounded up to FNN_PAD; the
     * values in the padding are unspecified. */
    void (*dense_fwd)(size_t rows, size_t k, size_t cols, const void *x, size_t ldx,
                      size_t xstep, const void *w, size_t ldw, int add, const void *bias, int relu,
                      void *y, size_t ldy);

    /* One row: y[c] = sum_k x[k] * w[k][c] (+ bias[c]), max(., 0) if relu, c < n, over all
     * panels of the (k, n) matrix; CHUNK order. x is plain. Padded like dense_fwd. */
    void (*dense_row)(size_t k, size_t n, const void *x, const void *w, const void *bias, int relu,
                      void *y);

    /* g[i][c] = sum_b x[b][i] * dy[b][c], i < n, c < cols; CHUNK order over b < rows.
     * x points at the first of the n columns, dy at the first of cols <= panel. g: row stride
     * cols, exact extent.
     * Padded: reads dy up to cols, and x up to n, rounded up to FNN_PAD. */
    void (*dense_dw)(size_t rows, size_t n, size_t cols, const void *x, size_t ldx,
                     const void *dy, size_t lddy, void *g);

    /* g[c] = sum_b dy[b][c]; CHUNK order with plain adds. Exact extent of g; padded reads. */
    void (*dense_db)(size_t rows, size_t cols, const void *dy, size_t lddy, void *g);

    /* Turns n <= panel rows of a kernel, w[i0 ...] of the (k, n_out) matrix whose panel p
     * starts at p * panel * k, into a panel of its transpose: dst[j][i] = w[i0 + i][j], row
     * stride n rounded up to FNN_PAD. Padded: may write FNN_PAD further rows of dst, and
     * read w's rows up to FNN_PAD past their end. */
    void (*pack_wt)(size_t n, size_t i0, size_t k, size_t n_out, const void *w, void *dst);

    /* Elementwise activations, on a block (rows, cols). fwd: y = act(z), y may equal z.
     * bwd: d = d * act'(.), in place, where ref is z if fnn_act_needs_z(act), else y.
     * The softmaxes work on each row over cols (TREE for maximum and sums). */
    fnn_act_fn *const *act_fwd; /* [FNN_ACT_COUNT] */
    fnn_act_fn *const *act_bwd;

    /* Dropout over rows row0 ... and columns col0 ... of a (*, width) tensor (col0 a
     * multiple of 4): element e = row * round_up(width, 4) + col takes word e % 4 of
     * Philox(seed; e / 4, step, stream); kept where word >= threshold. keep: one byte per
     * element, written by fwd (y = kept ? z * scale : 0), read by bwd. */
    void (*dropout_fwd)(size_t rows, size_t cols, const void *z, size_t ldz, void *y, size_t ldy,
                        uint8_t *keep, size_t ldk, const struct fnn_dropout_args *args);
    void (*dropout_bwd)(size_t rows, size_t cols, const uint8_t *keep, size_t ldk, void *d,
                        size_t ldd, double scale);

    /* y = a op b, elementwise, and the gradient of one of the two. */
    fnn_merge_fn *const *merge_fwd; /* [FNN_MERGE_COUNT] */
    fnn_merge_fn *const *merge_bwd;

    /* y[i][j] = sum_k a_i[k] b_j[k] in each sample, of vectors divided by their norm if
     * normalize; TREE over k. bwd needs y then. */
    void (*dot_fwd)(const struct fnn_dot_args *args);
    void (*dot_bwd)(const struct fnn_dot_args *args);
    /* The same mask; y = kept ? fma(z, scale, shift) : fill. Backward: dropout_bwd. */
    void (*alpha_dropout_fwd)(size_t rows, size_t cols, const void *z, size_t ldz, void *y,
                              size_t ldy, uint8_t *keep, size_t ldk,
                              const struct fnn_dropout_args *args);

    /* Normal numbers by Box and Muller from the same words (body/noise.inc.h): words 2p and
     * 2p + 1 of the tensor give elements 2p and 2p + 1. y = fma(scale, normal, z), or with
     * `multiply` z * fma(scale, normal, 1), which serves the backward pass too. y may equal z. */
    void (*noise)(int multiply, size_t rows, size_t cols, const void *z, size_t ldz, void *y,
                  size_t ldy, const struct fnn_dropout_args *args);

    /* mean[c] = sum_r x[r][c] / rows, var[c] = sum_r (x[r][c] - mean[c])^2 / rows, rows >= 1;
     * sums CHUNK (the second by fma), divisions in real. */
    void (*batch_stats)(size_t rows, size_t cols, const void *x, size_t ldx, void *mean, void *var);
    /* Backward of cols_fwd where mean and var are batch_stats of x; hat = (x - mean) inverse,
     * inverse = 1 / max(sqrt(var + eps), floor). CHUNK: p = sum_r d hat by fma (to dgamma),
     * q = sum_r d (to dbeta); then in place d = inverse gamma (d - fma(hat, p / rows, q / rows)).
     * dgamma, dbeta: (cols) or NULL. */
    void (*batch_bwd)(size_t rows, size_t cols, const void *x, size_t ldx, void *d, size_t ldd,
                      const struct fnn_cols_args *args, void *dgamma, void *dbeta);
    /* a[i] = fma(a[i], keep, x[i] * (1 - keep)). */
    void (*blend)(size_t n, void *a, const void *x, double keep);

    /* y = fma(x - mean, factor, beta) by columns, y may equal x; backward d = d * factor. */
    void (*cols_fwd)(size_t rows, size_t cols, const void *x, size_t ldx, void *y, size_t ldy,
                     const struct fnn_cols_args *args);
    void (*cols_bwd)(size_t rows, size_t cols, void *d, size_t ldd,
                     const struct fnn_cols_args *args);

    /* y = fma(hat, gamma, beta); gamma (1 if NULL), beta (0 if NULL): (cols). y may equal x.
     * stats: out (rows, 2) mean (0 unless LAYER) and factor, or NULL. */
    void (*rows_fwd)(enum fnn_norm kind, size_t rows, size_t cols, const void *x, size_t ldx,
                     void *y, size_t ldy, const void *gamma, const void *beta, double eps,
                     void *stats);
    /* In place, with g = d gamma and TREE sums P of g hat (by fma), Q of g:
     *   LAYER d = factor (g - fma(hat, P / n, Q / n))    RMS the same with Q = 0
     *   UNIT  d = factor (g - fma(hat, P, 0)), P = 0 where factor is at its limit */
    void (*rows_bwd)(enum fnn_norm kind, size_t rows, size_t cols, const void *x, size_t ldx,
                     void *d, size_t ldd, const void *gamma, const void *stats);
    /* g[c] = sum_r dy[r][c] hat[r][c]; CHUNK by fma. The gradient of beta is dense_db. */
    void (*rows_dgamma)(size_t rows, size_t cols, const void *x, size_t ldx, const void *dy,
                        size_t lddy, const void *stats, void *g);

    /* y = x < 0 ? alpha[c] x : x, y may equal x. Backward in place: d = x > 0 ? d : x < 0 ?
     * alpha[c] d : 0; dalpha[c] = sum_r of d x where x < 0, CHUNK by fma, or NULL. */
    void (*prelu_fwd)(size_t rows, size_t cols, const void *x, size_t ldx, void *y, size_t ldy,
                      const void *alpha);
    void (*prelu_bwd)(size_t rows, size_t cols, const void *x, size_t ldx, void *d, size_t ldd,
                      const void *alpha, void *dalpha);

    fnn_loss_fn *const *loss; /* [FNN_LOSS_COUNT] */

    /* value[r] of each row. y, t (rows, cols); labels (rows) for the sparse one. */
    fnn_metric_fn *const *metric; /* [FNN_METRIC_COUNT] */

    /* acc[i] = acc[i] + x[i]. */
    void (*accumulate)(size_t n, void *acc, const void *x);
    /* x[i] = x[i] / d, d rounded to real once. */
    void (*divide)(size_t n, void *x, double d);
    /* mean[i] = fma(x[i] - mean[i], share, mean[i]), share rounded to real once. */
    void (*average)(size_t n, void *mean, const void *x, double share);
    /* out[c] = sum_r x[r][c]^2 over the rows of a (rows, cols) block in order, from +0: squares
     * and sums in double. Exact extents; row stride ld. */
    void (*sum_squares)(size_t rows, size_t cols, const void *x, size_t ld, double *out);

    /* The same of |x[r][c]|. */
    void (*sum_abs)(size_t rows, size_t cols, const void *x, size_t ld, double *out);
    /* Element c of a piece of a row is added, as |x[c]| and as x[c]^2, in double, to the TREE
     * lane (first + c) % 16 of either array, which may be NULL. */
    void (*lane_sums)(size_t cols, const void *x, size_t first, double *abs_lanes,
                      double *square_lanes);

    /* The derivative of l1 |w| + l2 w^2, added to g: g = fma(2 l2, w, g), then + l1, - l1, or + w
     * where that is zero or NaN. l1 and 2 l2 are rounded to real once. Exact extents. */
    void (*regularize)(size_t rows, size_t cols, const void *w, size_t ldw, void *g, size_t ldg,
                       double l1, double l2);
    /* w[r][c] = w[r][c] * row[r], or * col[c] when row is NULL; factors are rounded to real. */
    void (*scale)(size_t rows, size_t cols, void *w, size_t ld, const double *row, const double *col);
    /* Orthogonal regulariser of a contiguous row-major matrix, over its rows or its columns, r of
     * them: penalty = factor / (r (r - 1)) * sum of |u_i . u_j|, i != j, u the rows divided by
     * their length (at least 1e-7); 0 for one row. Products in CHUNK order, their sums by TREE in
     * double. g (rows, cols): the derivative, or NULL. scratch: fnn_orthogonal_scratch() reals. */
    void (*orthogonal)(size_t rows, size_t cols, const void *w, int columns, double factor,
                       void *scratch, double *penalty, void *g);

    /* One optimiser step on n contiguous parameters with n gradients; slots points at the
     * fnn_optimizer_slots(kind) arrays (n) that are updated with them (unused if there is none).
     * c: FNN_OPT_COEFS coefficients from fnn_opt_coefficients. */
    fnn_opt_fn *const *opt; /* [FNN_OPT_COUNT] */

    /* Converts rows of a user array to real: dst[r][c] = (real)src[index ? index[r] : row0 + r][c],
     * exact extents. Values are converted by C's rules, float16 exactly, bool as 0/1. */
    void (*gather)(const struct fnn_array *src, const int64_t *index, int64_t row0, size_t rows,
                   void *dst, size_t ldd);
};

/* Facts of the ops that do not depend on the instruction set (op_info.c). */
int fnn_act_needs_z(enum fnn_activation act);   /* act_bwd's ref is z, not y */
int fnn_act_elementwise(enum fnn_activation act); /* 0 for those over a whole row */
int fnn_loss_is_sparse(enum fnn_loss loss);     /* takes labels, not targets */
/* Whether the loss leaves rows out, and whether those of this label: their value and gradient
 * are 0, and means do not count them. */
int fnn_loss_leaves_some_out(enum fnn_loss loss, const double *param);
int fnn_loss_leaves_out(enum fnn_loss loss, const double *param, double label);
/* Reals that `orthogonal` works on for a (rows, cols) matrix. */
size_t fnn_orthogonal_scratch(size_t rows, size_t cols, int columns);

/* Coefficients of a step; the first are the optimiser's own (body/opt_rules.inc.h), three are
 * the same for all: */
#define FNN_OPT_COEFS 11
#define FNN_OPT_COEF_DECAY 8 /* share of a weight that goes before the step; 0 for none */
#define FNN_OPT_COEF_CLIP 9  /* largest gradient, elementwise; 0 for no limit */
#define FNN_OPT_COEF_FACTOR 10 /* what gradients are multiplied with before that; usually 1 */
/* Per-step coefficients of an optimiser: step counts from 1. Powers by repeated
 * squaring in double, so that a resumed run sees the same bits. */
void fnn_opt_coefficients(enum fnn_optimizer kind, const double *hyper, double learning_rate,
                          int64_t step, double *c);

/* Whether the kernel gives a direction, on parameters that are zero, which the parameters as a
 * whole have a say in before they move: minus the direction is what it makes of the zeros. */
int fnn_opt_directs(enum fnn_optimizer kind);

/* Dispatch (dispatch.c). */
enum fnn_status fnn_kernels_init(const char *isa);
const struct fnn_kernels *fnn_kernels_get(enum fnn_dtype dtype);          /* selected tier */
const struct fnn_kernels *fnn_kernels_of(size_t isa_index, enum fnn_dtype dtype);

/* Defined by isa/isa_<name>.c, once per dtype. */
extern const struct fnn_kernels fnn_kernels_f32_portable, fnn_kernels_f64_portable;
#if defined(FNN_HAVE_AVX2)
extern const struct fnn_kernels fnn_kernels_f32_avx2, fnn_kernels_f64_avx2;
#endif
#if defined(FNN_HAVE_AVX512)
extern const struct fnn_kernels fnn_kernels_f32_avx512, fnn_kernels_f64_avx512;
#endif
#if defined(FNN_HAVE_NEON)
extern const struct fnn_kernels fnn_kernels_f32_neon, fnn_kernels_f64_neon;
#endif

#endif /* FNN_KERNELS_H */
