/* graph.h: the ops of a model, fused into stages. Shapes only; no memory, no arithmetic.
 *
 * A stage is what one pass over a block of rows does: a dense product followed by the
 * elementwise ops that consume nothing but its result, or one of the ops that cannot
 * ride on a product. Activations of dense ops become ops of their own here, on a hidden
 * tensor that holds the pre-activation. */
#ifndef FNN_GRAPH_H
#define FNN_GRAPH_H

#include "../kernels/kernels.h"

static inline size_t fnn_round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

enum fnn_stage_kind {
    FNN_STAGE_DENSE,
    FNN_STAGE_EWISE,   /* elementwise ops on their own */
    FNN_STAGE_SOFTMAX, /* softmax, log_softmax or sparsemax, over the width of each row */
    FNN_STAGE_RESHAPE,
};

/* An elementwise op: activation, or dropout when `dropout` is set. */
struct fnn_ewise {
    int dropout;
    enum fnn_activation act;
    double param[4];
    double rate;
    uint32_t stream;
    int32_t input, output; /* tensors */
};

struct fnn_stage {
    enum fnn_stage_kind kind;
    int32_t op;                 /* number of the user's op it starts with */
    enum fnn_activation act;    /* SOFTMAX: which */
    int32_t input, output;      /* tensors, before and after everything fused */
    int32_t dense_out;          /* DENSE: tensor the product writes */
    size_t k, n;                /* DENSE: n_in, n_out */
    int32_t kernel, bias;       /* DENSE: parameter numbers, bias -1 when absent */
    int trainable;
    int32_t n_ewise;
    struct fnn_ewise *ewise;
};

/* Activations wider than FNN_COLS between dense products are kept in panels of FNN_COLS
 * columns, (width / FNN_COLS, rows, FNN_COLS): whichever way a product walks them, it
 * touches few pages. Ops that work on whole rows get plain row-major tensors. */
struct fnn_tensor {
    size_t positions, width; /* rows per sample, columns */
    size_t ld;               /* leading dimension, a multiple of FNN_PAD */
    int plain;               /* row-major even when wide */
};

/* Elements from one panel to the next, and of the whole tensor, with `rows` rows. */
static inline size_t fnn_tensor_step(const struct fnn_tensor *t, size_t rows)
{
    return t->ld == FNN_COLS && t->width > FNN_COLS ? rows * FNN_COLS : FNN_COLS;
}
static inline size_t fnn_tensor_elems(const struct fnn_tensor *t, size_t rows)
{
    if (t->ld == FNN_COLS) return (t->width + FNN_COLS - 1) / FNN_COLS * rows * FNN_COLS;
    return rows * t->ld;
}

struct fnn_param {
    size_t rows, cols;
    size_t offset, size;        /* elements, in every parameter-shaped arena */
    int is_kernel;
    int32_t stage;
};

struct fnn_graph {
    int32_t n_tensors, n_stages, n_params, n_ops;
    struct fnn_tensor *tensors;
    struct fnn_stage *stages;
    struct fnn_ewise *ewise;    /* storage the stages point into */
    struct fnn_param *params;
    size_t param_elems;         /* length of a parameter-shaped arena */
};

/* Checks the spec and builds the stages. On failure the graph is empty. */
enum fnn_status fnn_graph_init(struct fnn_graph *graph, const struct fnn_model_spec *spec);
void fnn_graph_free(struct fnn_graph *graph);

#endif /* FNN_GRAPH_H */
