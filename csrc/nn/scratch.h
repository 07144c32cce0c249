/* scratch.h: memory of prediction calls. Scratch belongs to a call, so that any number of threads can
 * predict with one model; the model keeps that of the last few, so that a warm call allocates
 * nothing. */
#ifndef FNN_SCRATCH_H
#define FNN_SCRATCH_H

#include "model.h"

/* An entry starts with its size; callers take entries whole and put them back. */
struct fnn_scratch {
    size_t bytes;
    _Alignas(64) char data[];
};

/* At least `bytes` of scratch, NULL when out of memory. */
struct fnn_scratch *fnn_scratch_take(struct fnn_model *model, size_t bytes);
void fnn_scratch_put(struct fnn_model *model, struct fnn_scratch *scratch);

#endif /* FNN_SCRATCH_H */
