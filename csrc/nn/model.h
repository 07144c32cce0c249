/* model.h: a model's parameters, optimiser slots and locks, shared by training and inference. */
#ifndef FNN_MODEL_H
#define FNN_MODEL_H

#include <stdatomic.h>

#include "graph.h"

#define FNN_SCRATCH_POOL 8

/* What applies to one parameter apart from the others. */
struct fnn_param_rule {
    unsigned char decay; /* weight decay: usually 1 */
    unsigned char matrix; /* a matrix to Muon: usually 0 */
};

struct fnn_penalty_rule;

/* What predictions use in place of the parameters of products that a batch normalisation is
 * folded into (fold.c). Belongs to `version` of the weights. */
struct fnn_folded {
    void *data;                    /* (graph.folded_elems), once asked for */
    atomic_uint_least64_t version; /* 1 + that of the weights; 0 for none */
    atomic_uint_least64_t left_out; /* bits: which optional stages */
    atomic_int lock;               /* of whoever makes it */
};

struct fnn_model {
    const struct fnn_kernels *kern;
    struct fnn_graph graph;
    void *weights;              /* parameter-shaped arena; kernels in panels */
    void *slots[FNN_SLOTS_MAX]; /* the same shape */
    enum fnn_optimizer optimizer;
    struct fnn_update_spec update;
    void *average, *accumulated; /* the same shape; NULL unless `update` asks for them */
    struct fnn_param_rule *rules; /* (n_params) */
    int own_rules;              /* some parameter's rule is not the usual one */
    struct fnn_penalty_rule *penalties; /* (n_params), or NULL: no regularisers or constraints */
    int64_t iterations;
    atomic_int lock;            /* enum fnn_lock */
    atomic_uint_least64_t version; /* of the weights; odd while they change */
    struct fnn_folded folded;
    /* Prediction scratch, handed out by atomic exchange; more callers than entries
     * allocate their own. */
    _Atomic(void *) scratch[FNN_SCRATCH_POOL];
};

/* Takes the model for a training run or for a short change of its parameters. A run in
 * progress elsewhere is FNN_ERR_BUSY; a short change is waited for. */
enum fnn_lock { FNN_LOCK_NONE = 0, FNN_LOCK_RUN = 1, FNN_LOCK_SHORT = 2 };
enum fnn_status fnn_model_lock(struct fnn_model *model, enum fnn_lock kind);
void fnn_model_unlock(struct fnn_model *model);

/* Around whatever changes weights, while the model is locked: predictions then fold anew. */
static inline void fnn_model_begin_change(struct fnn_model *model) { atomic_fetch_add(&model->version, 1); }
static inline void fnn_model_end_change(struct fnn_model *model) { atomic_fetch_add(&model->version, 1); }

/* Width and start of panel p of a kernel (k, n). */
static inline size_t fnn_panel_count(const struct fnn_kernels *kern, size_t n)
{
    /* A shift, panels being powers of two: a division would show in a tiny step. */
    return (n + kern->panel - 1) >> __builtin_ctzll(kern->panel);
}
static inline size_t fnn_panel_width(const struct fnn_kernels *kern, size_t n, size_t p)
{
    size_t left = n - p * kern->panel;
    return left < kern->panel ? left : kern->panel;
}

/* Reals that pack_wt's panel of `terms` rows takes beside others. */
static inline size_t fnn_packed_panel(const struct fnn_kernels *kern, size_t terms)
{
    return fnn_round_up(kern->panel, FNN_PAD) * fnn_round_up(terms, FNN_PAD);
}

/* Address of element `index` of an array of the model's reals. */
static inline void *fnn_at(const struct fnn_kernels *kern, const void *base, size_t index)
{
    return (char *)(uintptr_t)base + index * kern->elem;
}

/* Copies between a parameter as an arena has it and a row-major matrix. */
void fnn_copy_matrix(const struct fnn_kernels *kern, const struct fnn_param *param, void *stored,
                     void *matrix, int to_stored);

/* Frees what fnn_model_set_optimizer and fnn_model_set_update made. */
void fnn_model_drop_optimizer(struct fnn_model *model);

#endif /* FNN_MODEL_H */
