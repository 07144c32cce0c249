/* loss.inc.h: the loss kernels: helpers they share and their table. Values and gradients
 * are those of Keras 3: one value per row; contracts in kernels.h (struct fnn_loss_args).
 *
 * Arithmetic, for every kernel here
 *   - Terms are computed in real and summed over the row in real in TREE order; the sum
 *     becomes a double and is then divided by cols where the loss is a mean.
 *   - Gradient: dy = slope * g, g = row_weight[r] * k (g = k without weights), where
 *     k = (real)(scale * constant of the loss), rounded once.
 *   - Smoothed targets t' = fma(t, (real)(1 - s), (real)(s / n)), n = 2 for binary losses,
 *     else cols; with s = 0 that is t itself. The sparse losses have no smoothing.
 *   - Probabilities are clipped to [(real)1e-7, (real)(1 - 1e-7)] before a logarithm; the
 *     gradient is zero where that changes the value, and passes at the bounds themselves.
 *   - A parameter that has one value for each column is rounded to real.
 *   - NaN in a row gives a NaN loss (of that row only) and NaN gradients where they
 *     depend on it.
 * dy may equal y, unless p does. Padding is neither read as a number nor written.
 */
#include <math.h>

/* Lanes 0 ... rest-1 of a vector, rest < VL. */
FNN_INLINE mask loss_lanes(size_t rest)
{
    static const real lane[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return v_lt(v_load(lane), v_set1((real)rest));
}

/* rest >= VL: a whole vector, the common case, decided by a well predicted branch. */
FNN_INLINE vec loss_load(const real *p, size_t rest)
{
    return rest >= VL ? v_load(p) : v_load_part(p, rest);
}

FNN_INLINE void loss_store(real *p, vec v, size_t rest)
{
    if (rest >= VL)
        v_store(p, v);
    else
        v_store_part(p, v, rest);
}

/* v where the row has elements, `absent` in the lanes past its end. */
FNN_INLINE vec loss_present(vec v, size_t rest, vec absent)
{
    return rest >= VL ? v : v_select(loss_lanes(rest), v, absent);
}

/* Row r of an optional output. */
FNN_INLINE real *loss_row(void *base, size_t r, size_t ld)
{
    return base ? (real *)base + r * ld : NULL;
}

/* g of row r; see the top of the file. */
FNN_INLINE real loss_weight(const struct fnn_loss_args *a, size_t r, real k)
{
    return a->row_weight ? ((const real *)a->row_weight)[r] * k : k;
}

/* Clipping that keeps NaN, and the mask of what it changed. */
#define LOSS_LOW ((real)1e-7)
#define LOSS_HIGH ((real)(1.0 - 1e-7))

FNN_INLINE vec loss_clip(vec q)
{
    return v_min(v_set1(LOSS_HIGH), v_max(v_set1(LOSS_LOW), q));
}

FNN_INLINE mask loss_clipped(vec q)
{
    return m_or(v_lt(q, v_set1(LOSS_LOW)), v_gt(q, v_set1(LOSS_HIGH)));
}

/* Parameters of the columns from `at` on, `same` where there is one for all. */
FNN_INLINE vec loss_column(const double *columns, size_t at, size_t rest, double same)
{
    real part[16] = {0};
    if (!columns)
        return v_set1((real)same);
    for (size_t i = 0; i < VL && i < rest; i++)
        part[i] = (real)columns[at + i];
    return v_load(part);
}

/* Whether row r counts; the labels of others need not be columns. */
FNN_INLINE int loss_counts(const struct fnn_loss_args *a, size_t r)
{
    const int32_t label = a->labels[r];
    return label >= 0 && (size_t)label < a->cols &&
           !(a->param[1] != 0.0 && (double)label == a->param[2]);
}

#include "loss_points.inc.h"
#include "loss_margin.inc.h"
#include "loss_deviance.inc.h"
#include "loss_focal.inc.h"
#include "loss_elementwise.inc.h"
#include "loss_logits.inc.h"
#include "loss_probs.inc.h"
#include "loss_cosine.inc.h"

static fnn_loss_fn *const FN(fnn_loss)[FNN_LOSS_COUNT] = {
    [FNN_LOSS_MSE] = FN(fnn_loss_mse),
    [FNN_LOSS_SSE] = FN(fnn_loss_sse),
    [FNN_LOSS_MAE] = FN(fnn_loss_mae),
    [FNN_LOSS_BCE] = FN(fnn_loss_bce),
    [FNN_LOSS_BCE_LOGITS] = FN(fnn_loss_bce_logits),
    [FNN_LOSS_CCE] = FN(fnn_loss_cce),
    [FNN_LOSS_CCE_LOGITS] = FN(fnn_loss_cce_logits),
    [FNN_LOSS_SCCE] = FN(fnn_loss_scce),
    [FNN_LOSS_SCCE_LOGITS] = FN(fnn_loss_scce_logits),
    [FNN_LOSS_MAPE] = FN(fnn_loss_mape),
    [FNN_LOSS_MSLE] = FN(fnn_loss_msle),
    [FNN_LOSS_HUBER] = FN(fnn_loss_huber),
    [FNN_LOSS_LOG_COSH] = FN(fnn_loss_log_cosh),
    [FNN_LOSS_POISSON] = FN(fnn_loss_poisson),
    [FNN_LOSS_KLD] = FN(fnn_loss_kld),
    [FNN_LOSS_HINGE] = FN(fnn_loss_hinge),
    [FNN_LOSS_SQUARED_HINGE] = FN(fnn_loss_squared_hinge),
    [FNN_LOSS_CATEGORICAL_HINGE] = FN(fnn_loss_categorical_hinge),
    [FNN_LOSS_COSINE] = FN(fnn_loss_cosine),
    [FNN_LOSS_BINARY_FOCAL] = FN(fnn_loss_binary_focal),
    [FNN_LOSS_BINARY_FOCAL_LOGITS] = FN(fnn_loss_binary_focal_logits),
    [FNN_LOSS_CATEGORICAL_FOCAL] = FN(fnn_loss_categorical_focal),
    [FNN_LOSS_CATEGORICAL_FOCAL_LOGITS] = FN(fnn_loss_categorical_focal_logits),
    [FNN_LOSS_QUANTILE] = FN(fnn_loss_quantile),
    [FNN_LOSS_TWEEDIE] = FN(fnn_loss_tweedie),
    [FNN_LOSS_TWEEDIE_LOG] = FN(fnn_loss_tweedie_log),
    [FNN_LOSS_GENERALIZED_CE] = FN(fnn_loss_generalized_ce),
};
