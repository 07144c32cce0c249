/* graph.h: the ops of a model, fused into stages. Shapes only; no memory, no arithmetic.
 *
 * A stage is what one pass over a block of rows does: a dense product or a merge of two
 * tensors, followed by the elementwise ops that are alone in reading its result, or one of
 * the ops that nothing can ride on. Activations of dense ops become ops of their own here, on
 * a hidden tensor that holds the pre-activation; a merge of n tensors becomes n - 1 stages,
 * from left to right, over hidden tensors. Stages are in execution order. */
#ifndef FNN_GRAPH_H
#define FNN_GRAPH_H

#include "../kernels/kernels.h"

static inline size_t fnn_round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

enum fnn_stage_kind {
    FNN_STAGE_DENSE,
    FNN_STAGE_EWISE,   /* elementwise ops on their own */
    FNN_STAGE_SOFTMAX, /* softmax, log_softmax or sparsemax, over the width of each row */
    FNN_STAGE_RESHAPE,
    FNN_STAGE_MERGE,   /* elementwise, of two tensors */
    FNN_STAGE_CONCAT,
    FNN_STAGE_DOT,
    FNN_STAGE_BATCH,   /* batch normalisation */
    FNN_STAGE_AFFINE,  /* constants of each column */
    FNN_STAGE_PRELU,
    FNN_STAGE_ROWNORM, /* normalisation of each row by its own statistics */
    FNN_STAGE_PERMUTE, /* the elements of each sample in another order */
    FNN_STAGE_SLICE,   /* a range of columns */
    FNN_STAGE_EMBED,   /* rows of a table, named by the values of a model's input */
};

/* Stages that work on a column at a time, and can on any block of a tensor. */
static inline int fnn_by_columns(enum fnn_stage_kind kind)
{
    return kind == FNN_STAGE_BATCH || kind == FNN_STAGE_AFFINE || kind == FNN_STAGE_PRELU;
}

enum fnn_noise {
    FNN_NOISE_NONE = 0,
    FNN_NOISE_DROPOUT,
    FNN_NOISE_ALPHA,  /* alpha dropout */
    FNN_NOISE_ADD,    /* of Gaussian noise */
    FNN_NOISE_FACTOR, /* of Gaussian dropout */
};

/* An elementwise op: activation, or one that is random in training when `dropout` is set, or a
 * penalty on what goes through it unchanged. */
struct fnn_ewise {
    enum fnn_noise dropout;
    int32_t penalty;       /* 0, or 1 + its number among the penalties; act is linear */
    enum fnn_activation act;
    double param[4];
    double rate;
    uint32_t stream;
    int same_positions, same_batch; /* DROPOUT, ALPHA: what has one mask */
    int32_t input, output; /* tensors */
};

struct fnn_stage {
    enum fnn_stage_kind kind;
    int32_t op;                 /* the user's op that it starts with */
    int32_t owner;              /* DENSE: the op whose parameters it uses, mostly its own */
    enum fnn_activation act;    /* SOFTMAX: which */
    enum fnn_merge merge;       /* MERGE: which */
    double param;               /* MERGE: as fnn_merge_args */
    int dot_axis[2], normalize; /* DOT */
    size_t groups;              /* CONCAT: groups of positions, 0 along the width */
    size_t first;               /* SLICE: first column */
    const int32_t *order;       /* PERMUTE: (elements of a sample), as the op has it */
    const int32_t *inputs;      /* tensors */
    int32_t n_inputs;
    int32_t input, output;      /* tensors, the first before and the one after everything fused */
    int32_t raw;                /* DENSE, MERGE: tensor that is written before the tail */
    size_t k, n;                /* DENSE: n_in, n_out */
    int32_t kernel, bias;       /* DENSE: parameter numbers, bias -1 when absent */
    /* Parameter numbers of the other stages, -1 when absent: gamma (PRELU: alpha, EMBED: table),
     * beta, and those without gradient: mean (moving, or AFFINE's a) and moving variance. */
    int32_t gamma, beta, mean, var;
    enum fnn_norm norm;         /* ROWNORM: which */
    double eps, momentum;
    int trainable;
    /* In a prediction (fold.c). DENSE: batch normalisations that its matrix takes over, numbers
     * among `serving` and `stages`, or -1. BATCH: 1 + its number among those that may then be left
     * out, or 0. */
    int32_t before, after, optional;
    size_t folded_kernel, folded_bias; /* DENSE with one of these: where, in the folded copy */
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
    int32_t producer;        /* stage that writes it, -1 for an input of the model */
    int32_t uses;            /* how often stages read it, and 1 more for an output of the model */
    int32_t slot;            /* prediction: number of its buffer */
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
    int is_state;               /* without gradient: the optimiser leaves it alone */
    int32_t stage;
};

struct fnn_graph {
    int32_t n_tensors, n_stages, n_params, n_ops, n_inputs, n_outputs;
    int32_t n_penalties;
    int32_t n_slots;            /* buffers a prediction needs at once */
    int shares;                 /* some parameters are used by several stages */
    int32_t inputs[FNN_INPUTS_MAX], outputs[FNN_OUTPUTS_MAX]; /* tensors of the model */
    struct fnn_tensor *tensors;
    struct fnn_stage *stages;
    struct fnn_stage *serving;  /* (n_serving) those of a prediction: `stages` itself, unless */
    int32_t n_serving;
    int32_t n_optional;
    size_t folded_elems;        /* ... this is not 0: the reals of the folded copy, */
    size_t folded_width;        /* and the most that one of its products reads */
    struct fnn_ewise *ewise;    /* storage the stages point into */
    int32_t *reads;             /* the same: their inputs, */
    int32_t *orders;            /* and orders of elements */
    struct fnn_param *params;
    size_t param_elems;         /* length of a parameter-shaped arena */
};

/* Checks the spec and builds the stages. On failure the graph is empty. */
enum fnn_status fnn_graph_init(struct fnn_graph *graph, const struct fnn_model_spec *spec);
void fnn_graph_free(struct fnn_graph *graph);

/* graph_check.c: whether the spec describes a model. */
enum fnn_status fnn_graph_check(const struct fnn_model_spec *spec);

/* graph_layout.c: layouts of tensors and buffers of a prediction, once the stages are known. */
enum fnn_status fnn_graph_layout(struct fnn_graph *graph);

/* fold.c: the stages of a prediction, once layouts and buffers are known. */
enum fnn_status fnn_graph_fold(struct fnn_graph *graph);

static inline int fnn_same_layout(const struct fnn_tensor *a, const struct fnn_tensor *b)
{
    return a->ld == b->ld && a->width == b->width && a->positions == b->positions;
}

#endif /* FNN_GRAPH_H */
