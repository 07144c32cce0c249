/* apply.c: single operations on the caller's arrays, through the same kernels as training. */
#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "muon.h"
#include "penalty.h"
#include "update.h"

static enum fnn_status table(enum fnn_dtype dtype, int64_t rows, int64_t cols,
                             const struct fnn_kernels **kern)
{
    FNN_REQUIRE(dtype == FNN_F32 || dtype == FNN_F64, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(rows >= 0 && cols >= 0, FNN_ERR_ARGUMENT);
    *kern = fnn_kernels_get(dtype);
    FNN_REQUIRE(*kern != NULL, FNN_ERR_ISA);
    return FNN_OK;
}

enum fnn_status fnn_apply_activation(enum fnn_dtype dtype, enum fnn_activation act,
                                     const double *param, int64_t rows, int64_t cols,
                                     const void *x, void *y)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, rows, cols, &kern));
    FNN_REQUIRE((int)act >= 0 && act < FNN_ACT_COUNT && param != NULL, FNN_ERR_ARGUMENT);
    if (rows == 0 || cols == 0) return FNN_OK;
    kern->act_fwd[act]((size_t)rows, (size_t)cols, x, (size_t)cols, y, (size_t)cols, param);
    return FNN_OK;
}

enum fnn_status fnn_apply_activation_grad(enum fnn_dtype dtype, enum fnn_activation act,
                                          const double *param, int64_t rows, int64_t cols,
                                          const void *x, void *y, const void *dy, void *dx)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, rows, cols, &kern));
    FNN_TRY(fnn_apply_activation(dtype, act, param, rows, cols, x, y));
    if (rows == 0 || cols == 0) return FNN_OK;
    memcpy(dx, dy, (size_t)rows * (size_t)cols * kern->elem);
    kern->act_bwd[act]((size_t)rows, (size_t)cols, fnn_act_needs_z(act) ? x : y, (size_t)cols, dx,
                       (size_t)cols, param);
    return FNN_OK;
}

/* Targets of the form the operation takes, labels within range. */
static enum fnn_status targets_ok(int sparse, int64_t rows, int64_t cols, const void *t,
                                  const int32_t *labels, enum fnn_loss loss, const double *param)
{
    FNN_REQUIRE(rows == 0 || cols >= 1, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(sparse ? labels != NULL : t != NULL, FNN_ERR_ARGUMENT);
    for (int64_t r = 0; sparse && r < rows; r++)
        FNN_REQUIRE((labels[r] >= 0 && labels[r] < cols) ||
                        fnn_loss_leaves_out(loss, param, labels[r]), FNN_ERR_LABEL);
    return FNN_OK;
}

enum fnn_status fnn_apply_loss(enum fnn_dtype dtype, enum fnn_loss loss, const double *param,
                               const double *columns, int64_t rows, int64_t cols, const void *t,
                               const int32_t *labels, const void *y, double *row_loss, void *dy)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, rows, cols, &kern));
    FNN_REQUIRE((int)loss >= 0 && loss < FNN_LOSS_COUNT && param != NULL, FNN_ERR_ARGUMENT);
    FNN_TRY(targets_ok(fnn_loss_is_sparse(loss), rows, cols, t, labels, loss, param));
    if (rows == 0) return FNN_OK;
    struct fnn_loss_args args = {
        .rows = (size_t)rows, .cols = (size_t)cols, .y = y, .ldy = (size_t)cols, .t = t,
        .ldt = (size_t)cols, .labels = labels, .scale = 1, .columns = columns,
        .row_loss = row_loss, .dy = dy, .ldd = (size_t)cols,
    };
    memcpy(args.param, param, sizeof args.param);
    kern->loss[loss](&args);
    return FNN_OK;
}

enum fnn_status fnn_apply_metric(enum fnn_dtype dtype, enum fnn_metric metric, double param,
                                 int64_t rows, int64_t cols, const void *t, const int32_t *labels,
                                 const void *y, double *value)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, rows, cols, &kern));
    FNN_REQUIRE((int)metric >= 0 && metric < FNN_METRIC_LOSS, FNN_ERR_ARGUMENT);
    FNN_TRY(targets_ok(metric == FNN_METRIC_SPARSE_ACCURACY, rows, cols, t, labels, FNN_LOSS_MSE, NULL));
    if (rows == 0) return FNN_OK;
    kern->metric[metric]((size_t)rows, (size_t)cols, y, (size_t)cols, t, (size_t)cols, labels, param,
                         value);
    return FNN_OK;
}

/* Sums of squares over blocks of FNN_COLS rows, as training takes them, folded. */
static enum fnn_status sum_squares(const struct fnn_kernels *kern, size_t rows, size_t cols,
                                   const void *x, double *sum)
{
    const size_t blocks = (rows + FNN_COLS - 1) / FNN_COLS;
    double *sums = fnn_alloc(blocks * cols + 1, sizeof *sums);
    FNN_REQUIRE(sums != NULL, FNN_ERR_MEMORY);
    for (size_t b = 0; b < blocks; b++) {
        const size_t row0 = b * FNN_COLS, n = rows - row0 < FNN_COLS ? rows - row0 : FNN_COLS;
        kern->sum_squares(n, cols, fnn_at(kern, x, row0 * cols), cols, sums + b * cols);
    }
    *sum = blocks == 0 ? 0 : fnn_fold_squares(blocks, cols, sums);
    fnn_free(sums);
    return FNN_OK;
}

enum fnn_status fnn_apply_sum_squares(enum fnn_dtype dtype, int64_t rows, int64_t cols,
                                      const void *x, double *sum)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, rows, cols, &kern));
    FNN_REQUIRE(sum != NULL && (x != NULL || rows * cols == 0), FNN_ERR_ARGUMENT);
    return sum_squares(kern, (size_t)rows, (size_t)cols, x, sum);
}

enum fnn_status fnn_apply_average(enum fnn_dtype dtype, size_t n, void *mean, const void *x,
                                  double share)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, 0, 0, &kern));
    kern->average(n, mean, x, share);
    return FNN_OK;
}

static enum fnn_status iterate(const struct fnn_kernels *kern, const double *hyper, size_t rows,
                               size_t cols, double squares, void *direction)
{
    const struct fnn_param whole = {.rows = rows, .cols = cols, .size = rows * cols};
    void *scratch = fnn_alloc(fnn_muon_scratch(rows, cols), kern->elem);
    FNN_REQUIRE(scratch != NULL, FNN_ERR_MEMORY);
    fnn_muon_iterate(kern, &whole, direction, squares, hyper, scratch, 0, 1, NULL);
    fnn_free(scratch);
    return FNN_OK;
}

/* An optimiser that directs: a direction from zeros, then a step that depends on norms. */
static enum fnn_status apply_direction(const struct fnn_kernels *kern, enum fnn_optimizer kind,
                                       const double *hyper, const double *coef,
                                       double learning_rate, size_t rows,
                                       size_t cols, void *w, void *const *slots, const void *g)
{
    const size_t n = rows * cols;
    double weights, directions;
    void *direction = fnn_alloc(n + 1, kern->elem);
    FNN_REQUIRE(direction != NULL, FNN_ERR_MEMORY);
    kern->opt[kind](n, direction, slots, g, coef);
    fnn_decay(kern, n, w, direction, coef[FNN_OPT_COEF_DECAY]);
    double ratio = 1;
    enum fnn_status status = sum_squares(kern, rows, cols, w, &weights);
    if (status == FNN_OK) status = sum_squares(kern, rows, cols, direction, &directions);
    if (status == FNN_OK && kind == FNN_OPT_MUON) {
        status = iterate(kern, hyper, rows, cols, directions, direction);
        ratio = fnn_muon_rate(hyper, rows, cols);
    } else if (status == FNN_OK) {
        ratio = fnn_lamb_ratio(weights, directions);
    }
    if (status == FNN_OK) fnn_follow(kern, n, w, direction, learning_rate * ratio);
    fnn_free(direction);
    return status;
}

enum fnn_status fnn_apply_optimizer(enum fnn_dtype dtype, enum fnn_optimizer kind,
                                    const double *hyper, double learning_rate, int64_t step,
                                    double factor, int64_t rows, int64_t cols, void *w,
                                    void *const *slots, const void *gradient)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, rows, cols, &kern));
    FNN_REQUIRE((int)kind > FNN_OPT_NONE && kind < FNN_OPT_COUNT && hyper != NULL, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(step >= 1, FNN_ERR_ARGUMENT);
    const int32_t count = fnn_optimizer_slots(kind);
    FNN_REQUIRE(count == 0 || slots != NULL, FNN_ERR_ARGUMENT);
    double coef[FNN_OPT_COEFS];
    fnn_opt_coefficients(kind, hyper, learning_rate, step, coef);
    coef[FNN_OPT_COEF_FACTOR] = factor;
    if (fnn_opt_directs(kind))
        return apply_direction(kern, kind, hyper, coef, learning_rate, (size_t)rows, (size_t)cols, w, slots,
                               gradient);
    kern->opt[kind]((size_t)rows * (size_t)cols, w, slots, gradient, coef);
    return FNN_OK;
}

static enum fnn_status apply_orthogonal(const struct fnn_kernels *kern, int columns, double factor,
                                        const struct fnn_matrix *m, double *penalty, void *gradient)
{
    void *scratch = fnn_alloc(fnn_orthogonal_scratch(m->rows, m->cols, columns), kern->elem);
    FNN_REQUIRE(scratch != NULL, FNN_ERR_MEMORY);
    kern->orthogonal(m->rows, m->cols, m->data, columns, factor, scratch, penalty, gradient);
    fnn_free(scratch);
    return FNN_OK;
}

static enum fnn_status apply_l1_l2(const struct fnn_kernels *kern, const double *param,
                                   const struct fnn_matrix *m, double *penalty, void *gradient)
{
    double *sums = fnn_alloc(2 * m->cols, sizeof *sums);
    FNN_REQUIRE(sums != NULL, FNN_ERR_MEMORY);
    fnn_penalty_sums(kern, m, param, 0, fnn_matrix_units(m), sums);
    *penalty = fnn_penalty_total(m, param, sums);
    fnn_free(sums);
    if (gradient == NULL) return FNN_OK;
    memset(gradient, 0, m->rows * m->cols * kern->elem);
    kern->regularize(m->rows, m->cols, m->data, m->cols, gradient, m->cols, param[0], param[1]);
    return FNN_OK;
}

enum fnn_status fnn_apply_regularizer(enum fnn_dtype dtype, enum fnn_regularizer kind,
                                      const double *param, int64_t rows, int64_t cols,
                                      const void *w, double *penalty, void *gradient)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, rows, cols, &kern));
    FNN_REQUIRE((int)kind > FNN_REG_NONE && kind < FNN_REG_COUNT, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(param != NULL && penalty != NULL, FNN_ERR_ARGUMENT);
    const struct fnn_matrix m = {(void *)(uintptr_t)w, (size_t)rows, (size_t)cols, 0};
    if (kind == FNN_REG_L1_L2) return apply_l1_l2(kern, param, &m, penalty, gradient);
    return apply_orthogonal(kern, kind == FNN_REG_ORTHOGONAL_COLUMNS, param[0], &m, penalty, gradient);
}

enum fnn_status fnn_apply_constraint(enum fnn_dtype dtype, enum fnn_constraint kind,
                                     const double *param, int64_t rows, int64_t cols, void *w)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, rows, cols, &kern));
    FNN_REQUIRE((int)kind > FNN_CON_NONE && kind < FNN_CON_COUNT && param != NULL, FNN_ERR_ARGUMENT);
    const struct fnn_matrix m = {w, (size_t)rows, (size_t)cols, 0};
    fnn_constrain(kern, kind, param, &m, 0, 1);
    return FNN_OK;
}

enum fnn_status fnn_apply_batch_stats(enum fnn_dtype dtype, int64_t rows, int64_t cols,
                                      const void *x, void *mean, void *var)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, rows, cols, &kern));
    FNN_REQUIRE(rows >= 1, FNN_ERR_ARGUMENT);
    kern->batch_stats((size_t)rows, (size_t)cols, x, (size_t)cols, mean, var);
    return FNN_OK;
}

enum fnn_status fnn_apply_blend(enum fnn_dtype dtype, int64_t n, double keep, const void *x,
                                void *average)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, n, 1, &kern));
    kern->blend((size_t)n, average, x, keep);
    return FNN_OK;
}
