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

/* What a step does with one stage. */
struct fnn_stage_plan {
    int runs;               /* 0: the loss does its work */
    int32_t n_ewise;        /* elementwise ops of its tail that the loss does not do */
    struct fnn_buf *grad;   /* gradient of the stage's output, turned in place into that of
                               the result before the tail, or of the stage's input */
    struct fnn_buf *part;   /* DENSE: gradient of its input, before it is added to others; or NULL */
    struct fnn_buf stats;   /* BATCH: mean of each column, from `ld` on variance; ROWNORM: two
                               a row */
    struct fnn_buf dparam;  /* ROWNORM: gradient of gamma, from `ld` on of beta, where the
                               update is fused: gamma is still needed */
    int written;            /* somebody hands it a gradient; while flows are chosen */
    int tail_done;          /* whoever completes grad takes the tail along (DENSE) */
    int adds;               /* a later stage has written the gradient of its parameters */
    int wanted;             /* something at or below it is trained */
};

/* How a stage hands the gradient of an input to the stage below. A tensor that several read
 * gets its gradient from the loss, then from the last reader to the first: the first of these
 * writes, the others add. */
enum fnn_flow {
    FNN_FLOW_NONE,          /* an input of the model, or the loss does the stage's work */
    FNN_FLOW_WRITE,
    FNN_FLOW_ADD,
    FNN_FLOW_SHARE,         /* both gradients are one buffer, changed in place */
};

/* One output of the model, its loss and its targets. */
struct fnn_plan_output {
    int32_t tensor;         /* what the loss reads: logits when its activation is fused */
    int32_t prob;           /* fused: tensor where probabilities go; else -1 */
    int32_t stage;          /* that wrote `tensor`, -1 when it is an input of the model */
    enum fnn_loss loss;     /* as computed: a *_LOGITS form when fused */
    int has_loss, has_target;
    int sparse;             /* labels instead of targets */
    int tail;               /* the loss completes the stage's gradient and takes its tail along */
    int32_t first_metric;   /* among those of all outputs */
    struct fnn_buf target, labels;
};

enum fnn_phase_kind {
    FNN_PHASE_GATHER,
    FNN_PHASE_FORWARD,
    FNN_PHASE_PENALTY,   /* of the weights */
    FNN_PHASE_ACTIVITY,  /* penalties of what a stage wrote */
    FNN_PHASE_LOSS,      /* of one output: loss, metrics, gradient; then the tail of its stage */
    FNN_PHASE_SUMS,      /* one member adds up losses and metrics */
    FNN_PHASE_BACK_ROWS, /* by rows: backward of a stage without product, or the tail of one with */
    FNN_PHASE_DPARAM,    /* gradients of a ROWNORM's parameters */
    FNN_PHASE_DX,        /* gradient of the input; then the tail of the product before it */
    FNN_PHASE_DW,        /* weight gradient, and the optimiser when fused */
    FNN_PHASE_STAGE,     /* the optimiser on a ROWNORM's parameters, when fused */
    FNN_PHASE_UPDATE,    /* new weights from the whole gradient arena (update.h) */
    FNN_PHASE_CONSTRAIN, /* constraints on the new weights */
};

struct fnn_phase {
    enum fnn_phase_kind kind;
    int32_t stage;           /* or output, for LOSS */
    int barrier;
};

struct fnn_range {
    size_t begin, end; /* elements */
};

struct fnn_plan {
    const struct fnn_model *model;
    size_t batch;
    int splits;              /* rows of a batch may go through the step apart: buffers last */
    double work;             /* multiply-adds of a full training step */
    size_t scratch_elems;    /* reals each member of the team needs for itself */
    int32_t n_outputs;
    struct fnn_plan_output *outputs;

    struct fnn_buf *tensors; /* (n_tensors) activations; in-place results share data */
    struct fnn_buf *keep;    /* (n_tensors) dropout masks, by output tensor, one byte each */
    struct fnn_stage_plan *stages;
    unsigned char *flows;    /* enum fnn_flow of each input of each stage, as graph.reads */
    struct fnn_buf *pool;    /* the buffers that stages point to */
    void *arena;

    /* Rebuilt by fnn_plan_phases. */
    int staged_update;       /* fnn_update_staged() of the model */
    int fused_update;        /* optimiser applied block by block, no gradient arena */
    int32_t n_phases;
    struct fnn_phase *phases;
    int trains;              /* some stage is trained */
    int32_t n_ranges;        /* trained stretches of the parameter arenas */
    struct fnn_range *ranges;
};

/* splits: see struct fnn_plan; for nets of which fnn_plan_may_split. */
enum fnn_status fnn_plan_create(const struct fnn_model *model, const struct fnn_trainer_spec *spec,
                                int splits, struct fnn_plan **out);
/* Whether all stages work row by row, but for weight gradients that stay in cache. */
int fnn_plan_may_split(const struct fnn_graph *graph);
/* Whether weight gradients are consumed block by block rather than kept: large nets, unless
 * the update needs them whole. */
int fnn_plan_fuses_update(const struct fnn_model *model);
/* Whether the net is too large for gradients of a whole step to stay in cache. */
int fnn_plan_is_large(const struct fnn_graph *graph);
void fnn_plan_destroy(struct fnn_plan *plan);

/* Rebuilds the phase list for a training or an evaluation run; which stages are
 * trainable, and how the model is updated, may have changed since the last one. */
void fnn_plan_phases(struct fnn_plan *plan, int training, int split);

/* view.c: a plan that splits, as the member sees it that works some rows of the batch: the same
 * phases on the same buffers, which begin at its first row. */
struct fnn_view {
    struct fnn_plan plan;
    const struct fnn_plan *whole;
    size_t row0;
};
enum fnn_status fnn_view_create(const struct fnn_plan *whole, struct fnn_view **out);
void fnn_view_destroy(struct fnn_view *view);
/* Takes over the phases of the whole plan, when they are new. */
void fnn_view_renew(struct fnn_view *view);
/* Rows start at row0 from now on. */
void fnn_view_move(struct fnn_view *view, size_t row0);

/* plan_memory.c: shapes and lifetimes of all buffers, and their places in one arena. */
enum fnn_status fnn_plan_memory(struct fnn_plan *plan);

/* Elementwise ops of a stage that run outside the loss. */
static inline int32_t fnn_plan_ewise(const struct fnn_plan *plan, int32_t s)
{
    return plan->stages[s].n_ewise;
}

/* How input j of a stage gets its gradient. */
static inline enum fnn_flow fnn_plan_flow(const struct fnn_plan *plan, const struct fnn_stage *stage,
                                          int32_t j)
{
    return (enum fnn_flow)plan->flows[stage->inputs + j - plan->model->graph.reads];
}

/* Whether a stage adds its weight gradient to that of another use of the parameter. */
static inline int fnn_plan_adds(const struct fnn_plan *plan, const struct fnn_stage *stage)
{
    return plan->stages[stage - plan->model->graph.stages].adds;
}

/* Whether a training step computes the weight gradient of a product. */
static inline int fnn_plan_has_dw(const struct fnn_plan *plan, int32_t s)
{
    const struct fnn_stage *stage = &plan->model->graph.stages[s];
    return stage->kind == FNN_STAGE_DENSE && plan->stages[s].runs && stage->trainable;
}

/* The stage that wrote a tensor, -1 for an input of the model. */
static inline int32_t fnn_plan_below(const struct fnn_plan *plan, int32_t tensor)
{
    return plan->model->graph.tensors[tensor].producer;
}

#endif /* FNN_PLAN_H */
