/* infer.h: what the stages of prediction share. */
#ifndef FNN_INFER_H
#define FNN_INFER_H

#include "step.h"

/* The buffers of a block of rows, one behind the other. */
struct fnn_buffers {
    const struct fnn_model *model;
    size_t slot_elems; /* reals from one to the next */
};

/* Where a tensor of a block is. */
static inline void *fnn_infer_tensor(const struct fnn_buffers *b, char *scratch, int32_t tensor)
{
    const size_t slot = (size_t)b->model->graph.tensors[tensor].slot;
    return scratch + slot * b->slot_elems * b->model->kern->elem;
}

/* Elementwise ops `from` ... of a stage, in place. */
static inline void fnn_infer_tail(const struct fnn_kernels *kern, const struct fnn_stage *stage,
                                  int32_t from, size_t rows, size_t cols, void *y, size_t ld)
{
    for (int32_t e = from; e < stage->n_ewise; e++)
        fnn_ewise_forward(kern, &stage->ewise[e], rows, cols, y, ld, y, ld);
}

/* A stage that is no product, on all samples of a block. */
void fnn_infer_stage(const struct fnn_buffers *buffers, const struct fnn_stage *stage, size_t samples,
                     char *scratch);

#endif /* FNN_INFER_H */
