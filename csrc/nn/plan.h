/* plan.h: where every buffer of a training step lives, and which phases a step runs.
 *
 * Buffers have a shape and a lifetime in phases and are laid into one arena; nothing is
 * allocated afterwards. A phase is work that the whole team shares; a barrier follows it
 * where the next phase needs what other members wrote. */
#ifndef FNN_PLAN_H
#define FNN_PLAN_H

#include "model.h"

struct fnn_buf {
    void *data;
    size_t ld, step;   /* leading dimension; from panel to panel (graph.h), elements */
    size_t bytes;
    int first, last;   /* ticks of a step between which it is live, inclusive */
};

/* Buffers of one stage; those that do not apply stay NULL. */
struct fnn_stage_bufs {
    struct fnn_buf *grad;   /* gradient of the stage's output, turned in place into that of
                               the product's result (DENSE) or of the stage's input */
};

enum fnn_phase_kind {
    FNN_PHASE_GATHER,
    FNN_PHASE_FORWARD,
    FNN_PHASE_LOSS,      /* loss, metrics, gradient; then the elementwise tail of the last stage */
    FNN_PHASE_SUMS,      /* one member adds up losses and metrics */
    FNN_PHASE_BACK_ROWS, /* by rows: backward of a stage without product, or the tail of one with */
    FNN_PHASE_DX,        /* gradient of the input; then the tail of the product before it */
    FNN_PHASE_DW,        /* weight gradient, and the optimiser when fused */
    FNN_PHASE_UPDATE,    /* new weights from the whole gradient arena (update.h) */
};

struct fnn_phase {
    enum fnn_phase_kind kind;
    int32_t stage;
    int barrier;
};

struct fnn_range {
    size_t begin, end; /* elements */
};

struct fnn_plan {
    const struct fnn_model *model;
    size_t batch;
    int32_t n_stages;        /* stages that run before the loss */
    int cut;                 /* the last elementwise op of the last stage is part of the loss */
    int32_t out_tensor;      /* what the loss reads: logits when its activation is fused */
    int32_t prob_tensor;     /* fused: where probabilities go; else -1 */
    enum fnn_loss loss;      /* as computed: a *_LOGITS form when fused */
    int sparse;              /* labels instead of targets */
    double work;             /* multiply-adds of a full training step */
    size_t scratch_elems;    /* reals each member of the team needs for itself */

    struct fnn_buf *tensors; /* (n_tensors) activations; in-place results share data */
    struct fnn_buf *keep;    /* (n_tensors) dropout masks, by output tensor, one byte each */
    struct fnn_stage_bufs *stages;
    struct fnn_buf *pool;    /* the gradient buffers that stages point to */
    struct fnn_buf target, labels;
    void *arena;

    /* Rebuilt by fnn_plan_phases. */
    int staged_update;       /* fnn_update_staged() of the model */
    int fused_update;        /* optimiser applied block by block, no gradient arena */
    int32_t n_phases;
    struct fnn_phase *phases;
    int32_t lowest;          /* first stage that is trained; gradients stop there */
    int32_t n_ranges;        /* trained stretches of the parameter arenas */
    struct fnn_range *ranges;
};

enum fnn_status fnn_plan_create(const struct fnn_model *model, const struct fnn_trainer_spec *spec,
                                struct fnn_plan **out);
/* Whether weight gradients are consumed block by block rather than kept: large nets, unless
 * the update needs them whole. */
int fnn_plan_fuses_update(const struct fnn_model *model);
/* Whether the net is too large for gradients of a whole step to stay in cache. */
int fnn_plan_is_large(const struct fnn_graph *graph);
void fnn_plan_destroy(struct fnn_plan *plan);

/* Rebuilds the phase list for a training or an evaluation run; which stages are
 * trainable, and how the model is updated, may have changed since the last one. */
void fnn_plan_phases(struct fnn_plan *plan, int training);

/* Elementwise ops of a stage that run outside the loss. */
static inline int32_t fnn_plan_ewise(const struct fnn_plan *plan, int32_t s)
{
    return plan->model->graph.stages[s].n_ewise - (plan->cut && s == plan->n_stages - 1);
}

#endif /* FNN_PLAN_H */
