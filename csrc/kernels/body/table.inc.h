/* table.inc.h: includes every body and fills the table of one (instruction set, dtype).
 * An isa/isa_<name>.c file is nothing but this include. */
#include "kernels.h"
#include "simd/simd.h"

#include "body/tree.inc.h"
#include "body/vmath.inc.h"

#include "simd/transpose.h"

#include "body/gemm_tile.inc.h"
#include "body/gemm_few.inc.h"
#include "body/gemm.inc.h"
#include "body/gemm_row.inc.h"
#include "body/act.inc.h"
#include "body/merge.inc.h"
#include "body/dot.inc.h"
#include "body/loss.inc.h"
#include "body/metric.inc.h"
#include "body/opt_rules.inc.h"
#include "body/opt.inc.h"
#include "body/update.inc.h"
#include "body/penalty.inc.h"
#include "body/norm_cols.inc.h"
#include "body/norm_rows.inc.h"
#include "body/dropout.inc.h"
#include "body/gather.inc.h"

#define FNN_STRING_(x) #x
#define FNN_STRING(x) FNN_STRING_(x)

const struct fnn_kernels FN(fnn_kernels) = {
    .isa = FNN_STRING(FNN_ISA_NAME),
    .dtype = FNN_DTYPE,
    .elem = sizeof(real),
    .panel = FNN_PANEL,
    .mr = FNN_MR,
    .dense_fwd = FN(fnn_dense_fwd),
    .dense_row = FN(fnn_dense_row),
    .dense_dw = FN(fnn_dense_dw),
    .dense_db = FN(fnn_dense_db),
    .pack_wt = FN(fnn_pack_wt),
    .act_fwd = FN(fnn_act_fwd),
    .act_bwd = FN(fnn_act_bwd),
    .dropout_fwd = FN(fnn_dropout_fwd),
    .dropout_bwd = FN(fnn_dropout_bwd),
    .merge_fwd = FN(fnn_merge_fwd),
    .merge_bwd = FN(fnn_merge_bwd),
    .dot_fwd = FN(fnn_dot_fwd),
    .dot_bwd = FN(fnn_dot_bwd),
    .alpha_dropout_fwd = FN(fnn_alpha_dropout_fwd),
    .noise = FN(fnn_noise),
    .batch_stats = FN(fnn_batch_stats),
    .batch_bwd = FN(fnn_batch_bwd),
    .blend = FN(fnn_blend),
    .cols_fwd = FN(fnn_cols_fwd),
    .cols_bwd = FN(fnn_cols_bwd),
    .rows_fwd = FN(fnn_rows_fwd),
    .rows_bwd = FN(fnn_rows_bwd),
    .rows_dgamma = FN(fnn_rows_dgamma),
    .prelu_fwd = FN(fnn_prelu_fwd),
    .prelu_bwd = FN(fnn_prelu_bwd),
    .loss = FN(fnn_loss),
    .metric = FN(fnn_metric),
    .accumulate = FN(fnn_accumulate),
    .divide = FN(fnn_divide),
    .average = FN(fnn_average),
    .sum_squares = FN(fnn_sum_squares),
    .sum_abs = FN(fnn_sum_abs),
    .lane_sums = FN(fnn_lane_sums),
    .regularize = FN(fnn_regularize),
    .scale = FN(fnn_scale),
    .orthogonal = FN(fnn_orthogonal),
    .opt = FN(fnn_opt),
    .gather = FN(fnn_gather),
};
