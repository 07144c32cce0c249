/* run.h: a trainer, and the state its team shares during one run of steps. */
#ifndef FNN_RUN_H
#define FNN_RUN_H

#include <stdatomic.h>

#include "../core/threads.h"
#include "step.h"

/* What a member of the team needs for itself. */
struct fnn_member {
    struct fnn_plan *plan;  /* its own when the batch is worked in chunks, else member 0's */
    void *scratch;          /* plan->scratch_elems reals */
    struct fnn_view *view;  /* when the batch may be split, else NULL */
};

struct fnn_trainer {
    struct fnn_model *model;
    struct fnn_trainer_spec spec; /* its outputs point to `outputs` */
    struct fnn_output_spec *outputs; /* their metrics point to `metrics`, their loss_columns to the next */
    double *loss_columns;   /* those of all outputs, or NULL */
    struct fnn_metric_spec metrics[FNN_METRICS_MAX];
    /* Chunks the batch is worked in, each by one member through the whole step, so that its
     * activations stay in cache and no barrier is met on the way; 1: not chunked. */
    size_t chunks;
    int joint;              /* a loss needs all rows of a batch at once */
    void *gradients;        /* parameter-shaped, one a chunk; NULL when the update is fused */
    double *norms;          /* (n_norms) partial sums of norms, for a staged update */
    size_t n_norms;
    struct fnn_rows *rows;  /* (n_outputs) values of the rows of the whole batch */
    struct fnn_activity activity;
    struct fnn_member *members;
    int n_members;
};

struct fnn_run_state {
    struct fnn_trainer *trainer;
    const struct fnn_run *run;
    struct fnn_result *result;
    int training;
    int split; /* members work rows of the batch on their own */
    struct fnn_barrier barrier;
    /* A row that could not be read, as status and place: set by any member while reading,
     * looked at by all after the next barrier. */
    atomic_int bad_status;
    atomic_llong bad_row;
    atomic_int stop; /* set by member 0 before the last barrier of a step */
};

/* steps.c: one member's part in all steps; arg: struct fnn_run_state. */
void fnn_run_member(void *arg, int tid, int nt);

/* Sample weights of an output, or NULL. */
static inline const struct fnn_array *fnn_run_weight(const struct fnn_run_state *rs, int32_t o)
{
    const struct fnn_array *w = rs->run->sample_weight;
    return w != NULL && w[o].data != NULL ? &w[o] : NULL;
}

/* batch.c: reading a batch. `place`: of the batch in the epoch. */
/* Ends the run without this step; the first report counts. */
void fnn_report_bad(struct fnn_run_state *rs, enum fnn_status status, int64_t place);
void fnn_gather_phase(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place);
/* Weights of this member's share of the batch's rows, into rows.weight. */
void fnn_gather_weights(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place);

/* output.c: loss and metrics of one output, and their sums. */
void fnn_loss_phase(const struct fnn_step *st, struct fnn_run_state *rs, int32_t output, int64_t place);
/* Factors of the gradients, into loss_scale; needs the weights of the whole batch. */
void fnn_loss_scales(struct fnn_step *st, const struct fnn_run_state *rs, size_t samples);
/* Adds the values of `samples` samples to the result. */
void fnn_sum_rows(const struct fnn_step *st, struct fnn_run_state *rs, size_t samples);

/* penalize.c: regularisers and constraints in a step. */

/* This member's share of the penalties of the weights, as they are before the update. */
void fnn_penalty_phase(const struct fnn_step *st, const struct fnn_run_state *rs);
/* This member's share of the penalties of what a stage wrote, row by row. */
void fnn_activity_phase(const struct fnn_step *st, int32_t stage);
/* Adds the batch's penalties to the result. */
void fnn_sum_penalties(const struct fnn_step *st, struct fnn_run_state *rs);
/* This member's share of the constraints; all weights are new. */
void fnn_constrain_phase(const struct fnn_step *st);

static inline size_t fnn_out_positions(const struct fnn_step *st, int32_t o)
{
    return st->plan->model->graph.tensors[st->plan->outputs[o].tensor].positions;
}

static inline double fnn_real_at(const struct fnn_kernels *kern, const void *data, size_t i)
{
    return kern->dtype == FNN_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

#endif /* FNN_RUN_H */
