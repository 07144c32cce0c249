/* infer.h: the products of prediction. */
#ifndef FNN_INFER_H
#define FNN_INFER_H

#include "step.h"

/* Rows of a product's input: leading dimension, and from panel to panel. */
struct fnn_source {
    const void *data;
    size_t ld, step;
};

/* Elementwise ops `from` ... of a stage, in place. */
void fnn_infer_tail(const struct fnn_kernels *kern, const struct fnn_stage *stage, int32_t from,
                    size_t rows, size_t cols, void *y, size_t ld);

/* A product over a member's share of the panels of weights, all rows at once. */
void fnn_infer_panels(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                      struct fnn_source x, void *y, int tid, int nt);

/* The same over its share of the product's blocks, in the order of training (blocks.h). */
void fnn_infer_blocks(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                      struct fnn_source x, void *y, int tid, int nt);

#endif /* FNN_INFER_H */
