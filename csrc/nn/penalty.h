/* penalty.h: regularisers and constraints of one parameter, over its columns or rows.
 *
 * Sums are in double: down a column row by row in blocks of FNN_COLS rows, the blocks in order,
 * then over the columns by TREE; along a row by TREE. So neither panels nor threads show. */
#ifndef FNN_PENALTY_H
#define FNN_PENALTY_H

#include "model.h"

/* A matrix of reals: in panels, or row-major when `panel` is 0. */
struct fnn_matrix {
    void *data;
    size_t rows, cols, panel;
};

/* What applies to one parameter of a model. */
struct fnn_penalty_rule {
    enum fnn_regularizer regularizer;
    double factor[FNN_REG_PARAMS];
    double *sums;    /* L1_L2: sums of each column, of absolute values, then of squares */
    void *gradient;  /* orthogonal: the derivative, laid out as the parameter */
    void *scratch;   /* orthogonal: two plain matrices, then what the kernel asks for */
    double value;    /* orthogonal: the penalty */
    enum fnn_constraint constraint;
    double bound[FNN_CON_PARAMS];
    size_t groups, rows; /* the matrices that it sees; 0: the parameter as it is */
};

/* Frees the rules of a model. */
void fnn_penalty_drop(struct fnn_model *model);

/* Adds the derivative of the penalties on elements at ... at + n - 1 of the parameter arena to
 * their gradients g; after fnn_penalty_phase of the step. */
void fnn_penalty_gradient(const struct fnn_model *model, size_t at, size_t n, void *g);

/* Whether any parameter has a constraint. */
int fnn_has_constraints(const struct fnn_model *model);

struct fnn_matrix fnn_param_matrix(const struct fnn_model *model, int32_t index);

/* Pieces of columns that sums are made of: a panel, or FNN_COLS columns. */
size_t fnn_matrix_units(const struct fnn_matrix *m);

/* Sums of absolute values and squares of the columns of units begin ... end - 1 into sums (cols)
 * and sums + cols, where a factor is not 0. */
void fnn_penalty_sums(const struct fnn_kernels *kern, const struct fnn_matrix *m, const double *l,
                      size_t begin, size_t end, double *sums);
/* l1 sum |w| + l2 sum w^2 from the sums of all columns. */
double fnn_penalty_total(const struct fnn_matrix *m, const double *l, const double *sums);

/* Sum of TREE lanes, which are used up. */
double fnn_fold_lanes(double *lane);

/* Member tid's share of a constraint; no barrier within. */
void fnn_constrain(const struct fnn_kernels *kern, enum fnn_constraint kind, const double *param,
                   const struct fnn_matrix *m, int tid, int nt);

#endif /* FNN_PENALTY_H */
