/* exports.h: what the test bridge needs of the kernels, as one table of pointers.
 *
 * src/fastnn/_kernels.pyx calls every kernel of every tier. It gets them from the extension
 * module that carries the core, through a capsule: linked a second time, the kernels were
 * a third of the wheel.
 */
#ifndef FNN_EXPORTS_H
#define FNN_EXPORTS_H

#include "kernels.h"

#define FNN_EXPORTS_CAPSULE "fastnn._core._kernel_exports"

struct fnn_exports {
    size_t (*isa_count)(void);
    const char *(*isa_name)(size_t index);
    int (*isa_supported)(size_t index);
    const struct fnn_kernels *(*kernels_of)(size_t isa_index, enum fnn_dtype dtype);
    int (*act_needs_z)(enum fnn_activation act);
    int (*act_elementwise)(enum fnn_activation act);
    int (*loss_is_sparse)(enum fnn_loss loss);
    size_t (*orthogonal_scratch)(size_t rows, size_t cols, int columns);
    int32_t (*optimizer_slots)(enum fnn_optimizer kind);
    void (*opt_coefficients)(enum fnn_optimizer kind, const double *hyper, double learning_rate,
                             int64_t step, double *c);
};

extern const struct fnn_exports fnn_exports;

#endif /* FNN_EXPORTS_H */
