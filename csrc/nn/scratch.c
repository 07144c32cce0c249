/* scratch.c: entries handed out and taken back by atomic exchange. */
#include "scratch.h"

#include "../core/alloc.h"

struct fnn_scratch *fnn_scratch_take(struct fnn_model *model, size_t bytes)
{
    for (int i = 0; i < FNN_SCRATCH_POOL; i++) {
        struct fnn_scratch *s = atomic_exchange(&model->scratch[i], NULL);
        if (s == NULL) continue;
        if (s->bytes >= bytes) return s;
        fnn_free(s); /* too small for this call: replaced by a larger one */
        break;
    }
    struct fnn_scratch *s = fnn_alloc(1, sizeof *s + bytes);
    if (s != NULL) s->bytes = bytes;
    return s;
}

void fnn_scratch_put(struct fnn_model *model, struct fnn_scratch *s)
{
    for (int i = 0; i < FNN_SCRATCH_POOL; i++) {
        void *empty = NULL;
        if (atomic_compare_exchange_strong(&model->scratch[i], &empty, s)) return;
    }
    fnn_free(s);
}
