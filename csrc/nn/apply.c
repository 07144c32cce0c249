/* apply.c: single operations on the caller's arrays, through the same kernels as training. */
#include <string.h>

#include "../core/status.h"
#include "../kernels/kernels.h"

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
        .ldt = (size_t)cols, .labels = labels, .scale = 1, .columns = columns, .row_loss = row_loss, .dy = dy, .ldd = (size_t)cols,
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

enum fnn_status fnn_apply_optimizer(enum fnn_dtype dtype, enum fnn_optimizer kind,
                                    const double *hyper, double learning_rate, int64_t step,
                                    size_t n, void *w, void *const *slots, const void *gradient)
{
    const struct fnn_kernels *kern;
    FNN_TRY(table(dtype, 0, 0, &kern));
    FNN_REQUIRE((int)kind > FNN_OPT_NONE && kind < FNN_OPT_COUNT && hyper != NULL, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(step >= 1, FNN_ERR_ARGUMENT);
    const int32_t count = fnn_optimizer_slots(kind);
    FNN_REQUIRE(count == 0 || slots != NULL, FNN_ERR_ARGUMENT);
    double coef[FNN_OPT_COEFS];
    fnn_opt_coefficients(kind, hyper, learning_rate, step, coef);
    kern->opt[kind](n, w, slots, gradient, coef);
    return FNN_OK;
}
