/* update.h: what makes new weights of a step's gradients.
 *
 * Two ways, the same bits where both apply:
 *   plain  The optimiser alone, with its weight decay and elementwise clipping: block by
 *          block as gradients come (large nets, fnn_update_block), or over the whole
 *          arena of gradients at once (small nets).
 *   staged Whatever needs gradients as a whole, in the order of Keras:
 *            1. the chunks of the batch are added up, the scale of the loss is divided out,
 *               and the derivative of the penalties added
 *            2. accumulation: all but every n-th step end here, the n-th goes on with the mean
 *            3. clipping by the norm of each parameter, or of all
 *            4. weight decay and the optimiser's step
 *            5. the moving average of the weights
 *          Each member of the team takes the same pieces of every parameter through all
 *          stages; a barrier is met only where a norm is needed.
 * fnn_update_staged tells which. */
#ifndef FNN_UPDATE_H
#define FNN_UPDATE_H

#include "../core/threads.h"
#include "step.h"

/* Whether anything asks for the staged way: then gradients are kept in an arena. */
int fnn_update_staged(const struct fnn_model *model);

/* Doubles that the staged way needs: for its norms, and for what Muon makes of a matrix. */
size_t fnn_update_doubles(const struct fnn_model *model);

/* Lamb: root of weights / direction, both sums of squares; 1 when one is zero. */
double fnn_lamb_ratio(double weights, double direction);
/* w = w - decay w; g: n gradients or directions, finite where w is to stay so. */
void fnn_decay(const struct fnn_kernels *kern, size_t n, void *w, const void *g, double decay);
/* w = w + rate * what the kernel of an optimiser that directs left. */
void fnn_follow(const struct fnn_kernels *kern, size_t n, void *w, const void *direction, double rate);

/* Coefficients of step `iteration`, counted from 0, into st->coef; and whether the weights
 * move in this step. */
void fnn_update_begin(struct fnn_step *st, const double *hyper, double learning_rate,
                      int64_t iteration);

/* Plain: one step on elements at ... at + n - 1 of the parameter arena, with gradients g, to
 * which those of the penalties are added. */
void fnn_update_block(const struct fnn_step *st, size_t at, size_t n, void *g);

/* Adds up the gradients of the batch's chunks, in order, and updates all trained parameters;
 * the whole team together. */
void fnn_update_phase(const struct fnn_step *st, struct fnn_barrier *barrier, size_t chunks);

/* ---- pieces of parameters --------------------------------------------------- */

/* A piece is FNN_COLS rows of one panel of a kernel, contiguous in every arena; a parameter
 * that is not in panels has pieces of FNN_COLS whole rows. */
struct fnn_piece {
    int32_t param;
    size_t row0, col0;  /* of the parameter as a matrix */
    size_t at, n;       /* elements, in every parameter-shaped arena */
    size_t rows, cols;  /* n = rows * cols */
    size_t norm;        /* place of the piece's first column among the norms' partial sums */
};

/* Piece `unit` of fnn_param_pieces; `param` is not set, `norm` counted from the parameter's first. */
size_t fnn_param_pieces(const struct fnn_kernels *kern, const struct fnn_param *p);
struct fnn_piece fnn_param_piece(const struct fnn_kernels *kern, const struct fnn_param *p, size_t unit);

/* Whether an optimiser steps the parameter. */
int fnn_is_trained(const struct fnn_graph *g, const struct fnn_param *p);

/* This member's share of the pieces of all trained parameters, in order.
 * for (fnn_pieces_begin(...); fnn_pieces_next(...);) */
struct fnn_pieces {
    const struct fnn_step *st;
    size_t left, unit;      /* pieces to go; number of the next one in its parameter */
    size_t norm;            /* place of the parameter's first partial sum */
    struct fnn_piece at;    /* the last piece */
};
void fnn_pieces_begin(struct fnn_pieces *it, const struct fnn_step *st);
int fnn_pieces_next(struct fnn_pieces *it);

/* ---- norms ---------------------------------------------------------------------- */

/* Partial sums of one parameter, and of all: one for each column and block of FNN_COLS rows. */
size_t fnn_norm_count(const struct fnn_param *p);
size_t fnn_norm_section(const struct fnn_graph *g);
/* Sum over a parameter from those (blocks, cols): blocks of a column in order, then columns by
 * TREE, in double. */
double fnn_fold_squares(size_t blocks, size_t cols, const double *sums);
double fnn_sum_of_squares(const struct fnn_param *p, const double *sums);

#endif /* FNN_UPDATE_H */
