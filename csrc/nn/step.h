/* step.h: one training or evaluation step, as one member of the team sees it, and the
 * phases it runs. Phases do the arithmetic through the kernel table; they allocate
 * nothing and cannot fail. */
#ifndef FNN_STEP_H
#define FNN_STEP_H

#include "blocks.h"
#include "plan.h"

/* Values of every row of a batch for one output, in the order of its rows. */
struct fnn_rows {
    size_t capacity;
    void *weight;   /* reals */
    double *loss;
    double *metric; /* one after another, `capacity` apart */
};

/* Penalties of the rows of a batch on the way through the net. */
struct fnn_activity {
    size_t capacity;
    double *value; /* one penalty after another, `capacity` apart */
};

struct fnn_step {
    const struct fnn_plan *plan;
    const struct fnn_kernels *kern;
    int training;
    int tid, nt;
    int split;                    /* weight gradients of all stages are worked in one go */
    size_t rows;                  /* samples of this batch, or chunk */
    size_t batch_rows;            /* samples of the batch */
    uint64_t seed, iteration;     /* of dropout masks */
    double coef[FNN_OPT_COEFS];   /* optimiser coefficients of this step */
    double learning_rate;
    const double *hyper;          /* (FNN_HYPER_MAX) of the optimiser */
    int64_t update_number;        /* of the update that this step is part of, from 0 */
    int moves;                    /* this step ends an update: the weights move */
    double loss_scale[FNN_OUTPUTS_MAX]; /* factor of the gradient, from each reduction; beside ... */
    double grad_scale;            /* the scale of the loss, divided out in the update; or 1 */
    size_t row0;                  /* first sample of this chunk in its batch, or 0 */
    void *gradients;              /* where weight gradients go, unless fused */
    double *norms;                /* fnn_update_doubles(), when staged: partial sums, then scratch */
    const struct fnn_rows *rows_out; /* (n_outputs) */
    const struct fnn_activity *activity;
    void *scratch;                /* this member's own, plan->scratch_elems reals */
};

#define FNN_ROW_BLOCK 64 /* rows of one unit of row-wise work */

/* Rows of a tensor in this batch. */
static inline size_t fnn_step_rows(const struct fnn_step *st, int32_t tensor)
{
    return st->rows * st->plan->model->graph.tensors[tensor].positions;
}

/* Element (row, col) of a buffer of reals. */
static inline void *fnn_cell(const struct fnn_kernels *kern, const struct fnn_buf *buf, size_t row,
                             size_t col)
{
    return fnn_at(kern, buf->data, col / FNN_COLS * buf->step + row * buf->ld + col % FNN_COLS);
}
static inline uint8_t *fnn_keep_cell(const struct fnn_buf *buf, size_t row, size_t col)
{
    return (uint8_t *)buf->data + col / FNN_COLS * buf->step + row * buf->ld + col % FNN_COLS;
}

/* How many columns from col on lie side by side in a tensor's buffer: all of a plain
 * tensor, the panel of a panelled one; padding included. */
static inline size_t fnn_span(const struct fnn_tensor *t, size_t col)
{
    const size_t end = fnn_round_up(t->width, FNN_PAD);
    if (t->ld != FNN_COLS || end - col < FNN_COLS) return end - col;
    return FNN_COLS;
}

void fnn_forward_phase(const struct fnn_step *st, int32_t stage);

/* Turns the gradient of a stage's output into that of its product's result (or its input)
 * on a block. */
void fnn_backward_tail(const struct fnn_step *st, int32_t stage, const struct fnn_block *block);

void fnn_backward_rows_phase(const struct fnn_step *st, int32_t stage);
void fnn_backward_dx_phase(const struct fnn_step *st, int32_t stage);
void fnn_backward_dw_phase(const struct fnn_step *st, int32_t stage);

/* merge.c: stages of several inputs, on this member's share of the batch. */
void fnn_merge_forward(const struct fnn_step *st, int32_t stage);
void fnn_concat_forward(const struct fnn_step *st, int32_t stage);
void fnn_dot_forward(const struct fnn_step *st, int32_t stage);
void fnn_merge_backward(const struct fnn_step *st, int32_t stage, const struct fnn_block *block);
void fnn_concat_backward(const struct fnn_step *st, int32_t stage);
void fnn_dot_backward(const struct fnn_step *st, int32_t stage);

/* Elementwise ops `from` ... of a stage, on one block. */
void fnn_forward_tail(const struct fnn_step *st, int32_t stage, int32_t from,
                      const struct fnn_block *block);

/* The gradient that input j of a stage contributes to, NULL when nobody wants it. */
static inline const struct fnn_buf *fnn_grad_below(const struct fnn_step *st,
                                                   const struct fnn_stage *stage, int32_t j)
{
    const int32_t below = fnn_plan_below(st->plan, stage->inputs[j]);
    if (below < 0 || !st->plan->stages[below].wanted) return NULL;
    return st->plan->stages[below].grad;
}

/* Writes or adds a block of gradient, as the flow says. Both blocks lie within a panel. */
void fnn_put_gradient(const struct fnn_kernels *kern, enum fnn_flow flow, size_t rows, size_t cols,
                      const void *from, size_t ld_from, void *to, size_t ld_to);

/* The same ops of prediction, on `samples` samples that start at the pointers. */
void fnn_merge_block(const struct fnn_kernels *kern, const struct fnn_stage *stage, size_t rows,
                     size_t cols, const void *a, size_t lda, const void *b, size_t ldb, void *y,
                     size_t ldy);
void fnn_concat_input(const struct fnn_kernels *kern, const struct fnn_graph *graph,
                      const struct fnn_stage *stage, int32_t j, size_t samples, const void *from,
                      void *to);
void fnn_dot_samples(const struct fnn_kernels *kern, const struct fnn_graph *graph,
                     const struct fnn_stage *stage, size_t samples, const void *a, const void *b,
                     void *y);

/* Random numbers and constants of an op that is random in training, on a block. */
struct fnn_dropout_args fnn_noise_args(const struct fnn_step *st, const struct fnn_ewise *op,
                                       const struct fnn_block *block);

/* The gradient of a stage's input is that of its output by now: hand it down. */
void fnn_hand_down(const struct fnn_step *st, int32_t stage, const struct fnn_block *block);

/* norm.c: normalisations and other stages whose parameters belong to columns. By columns, over
 * this member's share of them: batch normalisation in training, every backward pass but ROWNORM's. */
void fnn_columns_forward(const struct fnn_step *st, int32_t stage);
void fnn_columns_backward(const struct fnn_step *st, int32_t stage);
void fnn_rownorm_backward(const struct fnn_step *st, int32_t stage, const struct fnn_block *block);
void fnn_rownorm_dparam_phase(const struct fnn_step *st, int32_t stage);
void fnn_rownorm_update_phase(const struct fnn_step *st, int32_t stage);

/* What such a stage does outside training, on a block of a tensor from column col0 on; y may
 * equal x. Shared with inference. */
void fnn_columns_apply(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                       size_t col0, size_t cols, const void *x, size_t ldx, void *y, size_t ldy);
/* Constants of the columns from col on, with the parameters as they are: moving statistics. */
struct fnn_cols_args fnn_columns_constants(const struct fnn_model *model,
                                           const struct fnn_stage *stage, size_t col);
void fnn_rownorm_apply(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                       const void *x, size_t ldx, void *y, size_t ldy, void *stats);

/* slice.c: a range of columns; the first shared with inference. */
void fnn_slice_samples(const struct fnn_kernels *kern, const struct fnn_graph *graph,
                       const struct fnn_stage *stage, size_t samples, const void *from, void *to);
void fnn_slice_forward(const struct fnn_step *st, int32_t stage);
void fnn_slice_backward(const struct fnn_step *st, int32_t stage);

/* permute.c: shared with inference. */
void fnn_permute_samples(const struct fnn_kernels *kern, const struct fnn_graph *graph,
                         const struct fnn_stage *stage, size_t samples, const void *from, void *to);
void fnn_permute_backward(const struct fnn_step *st, int32_t stage);

/* fold.c: makes the folded copy of the weights as they are, if there is none; which optional
 * stages to leave out goes to *left_out. */
enum fnn_status fnn_fold_renew(struct fnn_model *model, uint64_t *left_out);

/* embed.c: rows of the table for the values of `samples` samples, to `to`. Values must be
 * within the vocabulary, which fnn_embed_bad looks up: the first sample with one that is not,
 * or -1. Shared with inference. */
void fnn_embed_samples(const struct fnn_model *model, const struct fnn_stage *stage, size_t samples,
                       const void *from, void *to);
int64_t fnn_embed_bad(const struct fnn_model *model, const struct fnn_stage *stage, size_t samples,
                      const void *from);
/* Gradient of the table, and the optimiser when fused, over this member's rows of it. */
void fnn_embed_backward(const struct fnn_step *st, int32_t stage);

/* Elementwise op on a block of a tensor; shared with inference. y may equal z. */
void fnn_ewise_forward(const struct fnn_kernels *kern, const struct fnn_ewise *op, size_t rows,
                       size_t cols, const void *z, size_t ldz, void *y, size_t ldy);

/* Reads samples of a user array into a tensor-shaped buffer whose panels are `step` apart:
 * rows index[0 ... n), or row0 ... when index is NULL. Shared with inference. */
void fnn_gather_samples(const struct fnn_kernels *kern, const struct fnn_array *src,
                        const int64_t *index, int64_t row0, size_t n, const struct fnn_tensor *shape,
                        void *dst, size_t step);

/* Copies samples between two shapes of the same elements, or adds them; shared with
 * inference. */
void fnn_reshape_samples(const struct fnn_kernels *kern, const struct fnn_tensor *in,
                         const struct fnn_tensor *out, size_t samples, const void *from, void *to,
                         int add);

static inline int fnn_is_relu(const struct fnn_ewise *op)
{
    return !op->dropout && op->act == FNN_ACT_RELU;
}

#endif /* FNN_STEP_H */
