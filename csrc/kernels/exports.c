/* exports.c: the table of exports.h. */
#include "exports.h"

const struct fnn_exports fnn_exports = {
    .isa_count = fnn_isa_count,
    .isa_name = fnn_isa_name,
    .isa_supported = fnn_isa_supported,
    .kernels_of = fnn_kernels_of,
    .act_needs_z = fnn_act_needs_z,
    .act_elementwise = fnn_act_elementwise,
    .loss_is_sparse = fnn_loss_is_sparse,
    .orthogonal_scratch = fnn_orthogonal_scratch,
    .optimizer_slots = fnn_optimizer_slots,
    .opt_coefficients = fnn_opt_coefficients,
};
