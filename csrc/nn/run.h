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
};

struct fnn_trainer {
    struct fnn_model *model;
    struct fnn_trainer_spec spec; /* its metrics point to `metrics` */
    struct fnn_metric_spec metrics[FNN_METRICS_MAX];
    /* Chunks the batch is worked in, each by one member through the whole step, so that its
     * activations stay in cache and no barrier is met on the way; 1: not chunked. */
    size_t chunks;
    void *gradients;        /* parameter-shaped, one a chunk; NULL when the update is fused */
    double *norms;          /* partial sums of norms; NULL until an update is staged */
    struct fnn_rows rows;   /* values of the rows of the whole batch */
    struct fnn_member *members;
    int n_members;
};

struct fnn_run_state {
    struct fnn_trainer *trainer;
    const struct fnn_run *run;
    struct fnn_result *result;
    int training;
    struct fnn_barrier barrier;
    /* A row that could not be read, as status and place: set by any member while reading,
     * looked at by all after the next barrier. */
    atomic_int bad_status;
    atomic_llong bad_row;
    atomic_int stop; /* set by member 0 before the last barrier of a step */
};

/* batch.c: reading a batch, its loss and metrics. `place`: of the batch in the epoch. */
void fnn_gather_phase(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place);
void fnn_loss_phase(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place);
/* Weights of this member's share of the batch's rows, into rows.weight. */
void fnn_gather_weights(const struct fnn_step *st, struct fnn_run_state *rs, int64_t place);
/* Factor of the gradient; needs the weights of the whole batch. */
double fnn_loss_scale(const struct fnn_step *st, const struct fnn_run_state *rs, size_t samples);
/* Adds the values of `samples` samples to the result. */
void fnn_sum_rows(const struct fnn_step *st, struct fnn_run_state *rs, size_t samples);

#endif /* FNN_RUN_H */
