/* fastnn.h: the public C interface of fastnn.
 *
 * Dense feed-forward networks, trained and served on CPUs. The header reads as
 * a manual: process-wide calls, then arrays, models, prediction, training.
 *
 * Conventions
 *   - Every fallible call returns enum fnn_status; results go through pointers,
 *     which are left untouched on failure.
 *   - Counts are elements or rows, never bytes, except where a name says so.
 *   - "rows" of a tensor are batch * positions: a tensor is (batch, positions,
 *     width); plain networks have positions = 1.
 *   - Nothing here prints, exits, aborts or keeps the caller's pointers after a
 *     call returns.
 *   - Distinct models may be used from distinct threads freely. One model may be
 *     predicted with from many threads at once; training it, or changing its
 *     parameters, excludes every other training call on it (FNN_ERR_BUSY).
 */
#ifndef FASTNN_H
#define FASTNN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- status ------------------------------------------------------------- */

enum fnn_status {
    FNN_OK = 0,
    FNN_ERR_ARGUMENT = 1,    /* an argument breaks its contract */
    FNN_ERR_MEMORY = 2,      /* allocation failed */
    FNN_ERR_STATE = 3,       /* calls in the wrong order, e.g. fit before set_optimizer */
    FNN_ERR_ISA = 4,         /* the named instruction set is unknown or not on this CPU */
    FNN_ERR_INTERRUPTED = 5, /* the poll callback asked to stop; the last step is complete */
    FNN_ERR_LABEL = 6,       /* a class label is outside [0, classes) */
    FNN_ERR_BUSY = 7,        /* the model is being trained by another thread */
    FNN_ERR_INDEX = 8,       /* an entry of `order` is outside [0, rows) */
    FNN_ERR_VOCABULARY = 9,  /* an input of an embedding is outside [0, vocabulary) */
};

/* Name ("FNN_ERR_MEMORY") and one-line meaning; never NULL. */
const char *fnn_status_name(enum fnn_status status);
const char *fnn_status_message(enum fnn_status status);

/* ---- process ------------------------------------------------------------ */

/* Selects the instruction set: one of fnn_isa_name(), or NULL for the best this
 * CPU and its operating system support. Call once, before any model exists;
 * later calls may only name the tier already selected. */
enum fnn_status fnn_init(const char *isa);
const char *fnn_isa_selected(void);         /* "avx512", ...; "" before fnn_init */
size_t fnn_isa_count(void);                 /* tiers compiled into this library */
const char *fnn_isa_name(size_t index);     /* best first */
int fnn_isa_supported(size_t index);        /* 1 when this CPU can run it */

/* Upper bound on threads of one call; 0 restores the default (environment, then
 * affinity and container quota). Small nets use fewer. */
void fnn_set_num_threads(int count);
int fnn_get_num_threads(void);
const char *fnn_openmp_runtime(void);       /* "none" when built without OpenMP */
const char *fnn_compiler(void);

/* Number of allocations made by the core so far, in this process. */
uint64_t fnn_allocation_count(void);

/* ---- arrays ------------------------------------------------------------- */

enum fnn_dtype {
    FNN_F32 = 0, FNN_F64 = 1, FNN_F16 = 2, FNN_BOOL = 3,
    FNN_I8 = 4, FNN_U8 = 5, FNN_I16 = 6, FNN_U16 = 7,
    FNN_I32 = 8, FNN_U32 = 9, FNN_I64 = 10, FNN_U64 = 11,
    FNN_DTYPE_COUNT
};

/* A read-only matrix (rows, cols) in the caller's memory. Element (r, c) lies at
 * data + r * row_stride + (col_offset ? col_offset[c] : c * col_stride), in bytes;
 * strides may be zero or negative. No alignment is required. */
struct fnn_array {
    const void *data;
    enum fnn_dtype dtype;
    int64_t rows, cols;
    int64_t row_stride, col_stride;
    const int64_t *col_offset; /* (cols) or NULL */
};

/* ---- models ------------------------------------------------------------- */

enum fnn_activation {
    FNN_ACT_LINEAR = 0, FNN_ACT_RELU = 1, FNN_ACT_SIGMOID = 2, FNN_ACT_TANH = 3,
    FNN_ACT_SOFTMAX = 4, FNN_ACT_SOFTPLUS = 5, FNN_ACT_ELU = 6, FNN_ACT_SELU = 7,
    FNN_ACT_GELU = 8, FNN_ACT_GELU_TANH = 9, FNN_ACT_SILU = 10, FNN_ACT_LEAKY_RELU = 11,
    FNN_ACT_STEP = 12, FNN_ACT_CLIPPED_RELU = 13, FNN_ACT_CELU = 14, FNN_ACT_SOFTSIGN = 15,
    FNN_ACT_MISH = 16, FNN_ACT_EXPONENTIAL = 17, FNN_ACT_HARD_SIGMOID = 18,
    FNN_ACT_HARD_SILU = 19, FNN_ACT_HARD_TANH = 20, FNN_ACT_HARD_SHRINK = 21,
    FNN_ACT_SOFT_SHRINK = 22, FNN_ACT_TANH_SHRINK = 23, FNN_ACT_SQUAREPLUS = 24,
    FNN_ACT_SPARSE_PLUS = 25, FNN_ACT_SPARSE_SIGMOID = 26, FNN_ACT_THRESHOLD = 27,
    FNN_ACT_LOG_SIGMOID = 28, FNN_ACT_LOG_SOFTMAX = 29, FNN_ACT_SPARSEMAX = 30,
    FNN_ACT_ABS = 31, FNN_ACT_POWER = 32,
    FNN_ACT_COUNT
};

enum fnn_op_kind {
    FNN_OP_DENSE = 0,      /* output = act(input . W + b); W is (n_in, n_out) */
    FNN_OP_ACTIVATION = 1, /* output = act(input); the softmaxes over the width */
    FNN_OP_DROPOUT = 2,    /* training: input * keep / (1 - rate), 0 for a rate of 1; else the identity */
    FNN_OP_RESHAPE = 3,    /* same elements per sample, other (positions, width) */
    /* Of two or more inputs of one shape, from left to right: */
    FNN_OP_ADD = 4,
    FNN_OP_SUBTRACT = 5,   /* two inputs */
    FNN_OP_MULTIPLY = 6,
    FNN_OP_AVERAGE = 7,
    FNN_OP_MAXIMUM = 8,
    FNN_OP_MINIMUM = 9,
    FNN_OP_CONCATENATE = 10, /* inputs side by side: along the width, or along positions in
                                each of `groups` equal groups of positions */
    FNN_OP_DOT = 11,       /* two inputs: each is a matrix (positions, width) a sample, summed
                              along dot_axis; the other axis of the first by that of the second */
    FNN_OP_PENALTY = 12,   /* output = input; the loss gains (l1 sum |x| + l2 sum x^2) / batch */
    /* In training, else the identity; the random numbers are those of kernels.h: */
    FNN_OP_ALPHA_DROPOUT = 16,    /* Klambauer et al., 2017: mean and variance stay */
    FNN_OP_GAUSSIAN_NOISE = 17,   /* input + rate * normal */
    FNN_OP_GAUSSIAN_DROPOUT = 18, /* input * (1 + sqrt(rate / (1 - rate)) * normal) */
    /* output = (input - mean) / sqrt(variance + epsilon) * gamma + beta over the width: */
    FNN_OP_BATCH_NORM = 19, /* statistics of a column over the batch in training, moving
                               averages else; parameters gamma and beta if used, moving mean,
                               moving variance */
    FNN_OP_LAYER_NORM = 20, /* statistics of each row; gamma and beta if used */
    FNN_OP_RMS_NORM = 21,   /* mean 0, the mean square for the variance */
    FNN_OP_UNIT_NORM = 22,  /* input / |input| by rows; no parameters */
    FNN_OP_PRELU = 23,      /* input < 0 ? alpha * input : input; parameter alpha (width) */
    FNN_OP_AFFINE = 24,     /* (input - a) * b + c by columns; parameters a, b, c, never trained */
    FNN_OP_EMBEDDING = 25,  /* each value of an input of the model names a row of the table: from
                               (positions, width) to (positions * width, width of the table);
                               parameter the table (vocabulary, width) */
    FNN_OP_PERMUTE = 26,    /* same elements per sample in another order and shape */
    FNN_OP_SLICE = 27,      /* columns `first` ... of the input, as many as the output has */
    FNN_OP_DIVIDE = 28,     /* the first of two inputs by the second */
    FNN_OP_COUNT
};

/* Shape of one sample of a tensor. */
struct fnn_tensor_spec {
    int64_t positions, width;
};

struct fnn_op_spec {
    enum fnn_op_kind kind;
    const int32_t *inputs;      /* (n_inputs) tensor numbers; one may come twice */
    int32_t n_inputs;
    int32_t output;             /* tensor number */
    int32_t shares;             /* 0: parameters of its own; i + 1: those of op i, an earlier
                                   op of the same kind and sizes, which also says whether
                                   they are trained */
    enum fnn_activation activation;
    double act_param[4];        /* elu, celu: alpha; leaky_relu: slope; clipped_relu: slope,
                                   maximum (or infinity), threshold; hard_shrink,
                                   soft_shrink: threshold; squareplus: b; threshold:
                                   threshold, value below; power: the exponent;
                                   penalty: l1, l2 */
    int32_t use_bias;           /* dense; normalisations: beta */
    int32_t trainable;          /* ops with parameters; batch normalisation: else the moving
                                   averages are used in training too, and stay */
    double rate;                /* dropout, in [0, 1], others in [0, 1); noise: standard deviation */
    uint32_t stream;            /* dropout, noise: random stream, distinct per op */
    int32_t same_positions;     /* dropout, alpha dropout: one mask for all positions of a sample */
    int32_t same_batch;         /* the same for all samples of a batch */
    int32_t use_scale;          /* normalisations: gamma */
    double epsilon;             /* normalisations */
    double momentum;            /* batch normalisation: share of a moving average that stays */
    int64_t vocabulary;         /* embedding: rows of the table */
    int64_t param_rows;         /* layer and RMS normalisation, PReLU: rows of the parameters,
                                   when they are matrices of `width` elements; else 0 */
    int64_t groups;             /* concatenate along positions */
    int64_t first;              /* slice: first column of the input */
    const int32_t *order;       /* permute, copied: (positions * width) which element of a sample
                                   of the input each one of the output is; each once */
    int32_t dot_axis[2];        /* dot: 0 positions, 1 width, of each input */
    int32_t normalize;          /* dot: vectors are divided by their length, or by 1e-7 */
};

#define FNN_INPUTS_MAX 64       /* inputs of a model */
#define FNN_OUTPUTS_MAX 64      /* outputs of a model */

/* Ops in execution order: a directed graph without cycles. Each tensor is an input of the
 * model or the output of exactly one op, and the inputs of an op come before it. Whatever an
 * op writes is read by another or is an output of the model; outputs are distinct, and not
 * inputs. */
struct fnn_model_spec {
    enum fnn_dtype dtype;       /* FNN_F32 or FNN_F64 */
    const struct fnn_tensor_spec *tensors;
    int32_t n_tensors;
    const struct fnn_op_spec *ops;
    int32_t n_ops;
    const int32_t *inputs;      /* (n_inputs) tensor numbers, each once */
    int32_t n_inputs;
    const int32_t *outputs;     /* (n_outputs) tensor numbers, each once */
    int32_t n_outputs;
};

struct fnn_model;

/* Builds a model with all parameters zero. */
enum fnn_status fnn_model_create(const struct fnn_model_spec *spec, struct fnn_model **out);
void fnn_model_destroy(struct fnn_model *model);

/* Parameters are numbered in op order, kernel before bias, others as the op lists them; an op
 * that shares has none of its own. All but kernels, tables and those with `param_rows` have rows = 1. */
int32_t fnn_model_param_count(const struct fnn_model *model);
enum fnn_status fnn_model_param_shape(const struct fnn_model *model, int32_t index,
                                      int64_t *rows, int64_t *cols);

/* Copies one parameter (slot 0) or one optimiser slot of it (1 ...) between the
 * model and a C-contiguous array (rows, cols) of the model's dtype. */
enum fnn_status fnn_model_get_param(struct fnn_model *model, int32_t index, int32_t slot, void *out);
enum fnn_status fnn_model_set_param(struct fnn_model *model, int32_t index, int32_t slot,
                                    const void *data);

/* ---- optimisers --------------------------------------------------------- */

enum fnn_optimizer {
    FNN_OPT_NONE = 0, FNN_OPT_SGD = 1, FNN_OPT_SGD_MOMENTUM = 2, FNN_OPT_SGD_NESTEROV = 3,
    FNN_OPT_ADAM = 4, FNN_OPT_ADAM_AMSGRAD = 5, FNN_OPT_ADAMAX = 6, FNN_OPT_NADAM = 7,
    FNN_OPT_RMSPROP = 8, FNN_OPT_RMSPROP_MOMENTUM = 9,
    FNN_OPT_RMSPROP_CENTERED = 10, FNN_OPT_RMSPROP_CENTERED_MOMENTUM = 11,
    FNN_OPT_ADAGRAD = 12, FNN_OPT_ADADELTA = 13, FNN_OPT_LION = 14,
    FNN_OPT_FTRL = 15, FNN_OPT_FTRL_POWER = 16, FNN_OPT_LAMB = 17,
    FNN_OPT_MUON = 18, FNN_OPT_MUON_ADAM = 19,
    FNN_OPT_COUNT
};

/* Hyperparameters, by optimiser (the learning rate comes with each run):
 *   SGD            none
 *   SGD_MOMENTUM   [0] momentum                              also NESTEROV
 *   ADAM           [0] beta_1, [1] beta_2, [2] epsilon       also AMSGRAD, ADAMAX, NADAM, LAMB
 *   RMSPROP        [0] rho, [1] epsilon, [2] momentum        all four
 *   ADAGRAD        [0] initial accumulator (>= 0), [1] epsilon
 *   ADADELTA       [0] rho, [1] epsilon
 *   LION           [0] beta_1, [1] beta_2
 *   FTRL           [0] initial accumulator, [1] l1, [2] l2, [3] l2 shrinkage, [4] beta,
 *                  [5] minus the power of the learning rate; FTRL is FTRL_POWER for 1/2
 *   MUON           [0] beta_1, [1] beta_2, [2] epsilon of Adam, [3] momentum, [4] 1 for Nesterov's,
 *                  [5] Adam's learning rate over Muon's, and FNN_HYPER_MUON_...; for matrices (see
 *                  fnn_model_set_matrix), while all else is stepped by
 *   MUON_ADAM      the same hyperparameters; with FNN_HYPER_MUON_DECAY in place of FNN_HYPER_DECAY
 * and for all, where 0 is none:
 *   [FNN_HYPER_DECAY] weight decay: w loses decay * learning rate * w before each step
 *   [FNN_HYPER_CLIP] bound that each element of the gradient is clipped to */
#define FNN_HYPER_MAX 16
#define FNN_HYPER_DECAY 6
#define FNN_HYPER_CLIP 7
#define FNN_HYPER_MUON_DECAY 8  /* weight decay of MUON_ADAM */
#define FNN_HYPER_MUON_A 9      /* and b, c: a X + (b A + c A A) X, A = X X^T, ... */
#define FNN_HYPER_MUON_STEPS 12 /* ... so many times */
#define FNN_HYPER_MUON_RMS 13   /* w moves by learning rate * this * root of the longer side;
                                   below 0: by the learning rate */

int32_t fnn_optimizer_slots(enum fnn_optimizer kind);

/* What slot 0 ... of an optimiser starts at. hyper: (FNN_HYPER_MAX). */
double fnn_optimizer_initial(enum fnn_optimizer kind, const double *hyper, int32_t slot);

/* Gives the model an optimiser with fresh slots and iteration 0. hyper: (FNN_HYPER_MAX). */
enum fnn_status fnn_model_set_optimizer(struct fnn_model *model, enum fnn_optimizer kind,
                                        const double *hyper);

/* What else there is to an update, around the optimiser's own step; 0 is none. In the order of
 * Keras: gradients are divided by the scale of the loss, averaged over `accumulate` steps
 * (the weights move in the last one only, and the optimiser counts updates; learning rates
 * and iterations are those of steps), clipped by norm, and then the step is made. */
struct fnn_update_spec {
    double clipnorm;        /* largest norm of the gradient of each parameter */
    double global_clipnorm; /* largest norm of the gradients of all trained parameters */
    double loss_scale;
    int64_t accumulate;
    int32_t use_ema;        /* keep a moving average of the weights: */
    double ema_momentum;    /* average = momentum * average + (1 - momentum) * weight */
    int64_t ema_overwrite;  /* weights become their average in every so manieth update */
};

/* Numbers of slots for what an update keeps for each parameter. */
#define FNN_SLOT_AVERAGE 101     /* with use_ema */
#define FNN_SLOT_ACCUMULATED 102 /* with accumulate > 1: the sum since the last update */

/* After fnn_model_set_optimizer, which sets all of it to none; fresh slots. */
enum fnn_status fnn_model_set_update(struct fnn_model *model, const struct fnn_update_spec *spec);

/* Whether weight decay applies to a parameter; it does until told otherwise. */
enum fnn_status fnn_model_set_decay(struct fnn_model *model, int32_t index, int32_t decay);
/* Whether Muon takes a parameter for a matrix; it does not until told so. */
enum fnn_status fnn_model_set_matrix(struct fnn_model *model, int32_t index, int32_t matrix);
enum fnn_status fnn_model_set_trainable(struct fnn_model *model, int32_t op, int32_t trainable);
int64_t fnn_model_iterations(const struct fnn_model *model);
enum fnn_status fnn_model_set_iterations(struct fnn_model *model, int64_t iterations);

/* ---- regularisers and constraints ------------------------------------------ */

/* Parameters, by regulariser:
 *   L1_L2                [0] l1, [1] l2     l1 sum |w| + l2 sum w^2
 *   ORTHOGONAL_ROWS      [0] factor         mean |cosine| of different rows
 *   ORTHOGONAL_COLUMNS   the same of columns */
enum fnn_regularizer {
    FNN_REG_NONE = 0, FNN_REG_L1_L2 = 1, FNN_REG_ORTHOGONAL_ROWS = 2,
    FNN_REG_ORTHOGONAL_COLUMNS = 3,
    FNN_REG_COUNT
};

/* What weights become after each update: w where w > 0, else 0; or w * desired / (1e-7 + norm),
 * desired = rate * clip(norm, min, max) + (1 - rate) * norm, where norm is the length of each
 * column, of each row, or of the whole. Parameters: [0] min, [1] max, [2] rate. */
enum fnn_constraint {
    FNN_CON_NONE = 0, FNN_CON_NON_NEGATIVE = 1, FNN_CON_NORM_COLUMNS = 2, FNN_CON_NORM_ROWS = 3,
    FNN_CON_NORM_ALL = 4,
    FNN_CON_COUNT
};

#define FNN_REG_PARAMS 2
#define FNN_CON_PARAMS 3

/* Sets what applies to a parameter while it is trained: a penalty, which is part of the loss, and
 * what is done after each update. NONE takes it away.
 * With groups > 0 a constraint sees the parameter, which must not be the matrix of a dense op or an
 * embedding, as so many matrices of that number of rows, one behind the other; with 0 as it is. */
enum fnn_status fnn_model_set_regularizer(struct fnn_model *model, int32_t index,
                                          enum fnn_regularizer kind, const double *param);
enum fnn_status fnn_model_set_constraint(struct fnn_model *model, int32_t index,
                                         enum fnn_constraint kind, const double *param,
                                         int64_t groups, int64_t rows);

/* ---- prediction --------------------------------------------------------- */

/* x: (n_inputs) arrays of one number of rows and positions * width columns. out: (n_outputs)
 * C-contiguous arrays (rows, positions * width) of the model's dtype. Thread safe. */
enum fnn_status fnn_model_predict(struct fnn_model *model, const struct fnn_array *x,
                                  void *const *out);

/* ---- training ----------------------------------------------------------- */

enum fnn_loss {
    FNN_LOSS_MSE = 0, FNN_LOSS_SSE = 1, FNN_LOSS_MAE = 2,
    FNN_LOSS_BCE = 3, FNN_LOSS_BCE_LOGITS = 4,
    FNN_LOSS_CCE = 5, FNN_LOSS_CCE_LOGITS = 6,
    FNN_LOSS_SCCE = 7, FNN_LOSS_SCCE_LOGITS = 8,
    FNN_LOSS_MAPE = 9, FNN_LOSS_MSLE = 10, FNN_LOSS_HUBER = 11, FNN_LOSS_LOG_COSH = 12,
    FNN_LOSS_POISSON = 13, FNN_LOSS_KLD = 14,
    FNN_LOSS_HINGE = 15, FNN_LOSS_SQUARED_HINGE = 16, FNN_LOSS_CATEGORICAL_HINGE = 17,
    FNN_LOSS_COSINE = 18,
    FNN_LOSS_BINARY_FOCAL = 19, FNN_LOSS_BINARY_FOCAL_LOGITS = 20,
    FNN_LOSS_CATEGORICAL_FOCAL = 21, FNN_LOSS_CATEGORICAL_FOCAL_LOGITS = 22,
    FNN_LOSS_QUANTILE = 23, FNN_LOSS_TWEEDIE = 24, FNN_LOSS_TWEEDIE_LOG = 25,
    FNN_LOSS_GENERALIZED_CE = 26,
    FNN_LOSS_COUNT
};

/* Parameters, by loss:
 *   BCE, CCE, BINARY_FOCAL, CATEGORICAL_FOCAL   [0] label smoothing    also *_LOGITS
 *   BINARY_FOCAL        [1] gamma, [2] alpha, or below 0 for no balancing
 *   CATEGORICAL_FOCAL   [1] gamma, [2] alpha, or in `columns` one for each column
 *   SCCE                [1] 1 if labels of the class [2], which may be any, are left out
 *   HUBER               [0] delta
 *   HINGE, SQUARED_HINGE  [0] what a target of 0 stands for
 *   QUANTILE            [0] quantile, or in `columns` one for each column
 *   TWEEDIE             [0] power: 0, 1 or more
 *   GENERALIZED_CE      [0] q */
#define FNN_LOSS_PARAMS 4

enum fnn_reduction {
    FNN_REDUCE_MEAN = 0,        /* sum(weight * loss) / rows */
    FNN_REDUCE_SUM = 1,         /* sum(weight * loss) */
    FNN_REDUCE_MEAN_WEIGHT = 2, /* sum(weight * loss) / sum(weight) */
};

enum fnn_metric {
    FNN_METRIC_BINARY_ACCURACY = 0,      /* param[0]: threshold */
    FNN_METRIC_CATEGORICAL_ACCURACY = 1,
    FNN_METRIC_SPARSE_ACCURACY = 2,
    FNN_METRIC_LOSS = 3,                 /* the loss function `loss`, unweighted mean */
    FNN_METRIC_COUNT
};

#define FNN_METRICS_MAX 64 /* of all outputs together */

struct fnn_metric_spec {
    enum fnn_metric kind;
    enum fnn_loss loss;   /* FNN_METRIC_LOSS */
    double param[FNN_LOSS_PARAMS]; /* as the loss's, or the threshold */
    int32_t weighted;     /* apply the sample weights */
};

/* A loss of the caller's own. Called once a batch, by the thread that runs the trainer, with all
 * rows of the batch. Writes the loss of each row, and its gradient unless dy is NULL; weights
 * (unless `own_weighs`) and reduction are applied afterwards. Non-zero ends the run before this
 * step is applied, with FNN_ERR_INTERRUPTED. */
struct fnn_own_batch {
    int64_t rows, cols;
    const void *y; int64_t ldy;  /* outputs, of the model's dtype */
    const void *t; int64_t ldt;  /* targets, or NULL */
    const int32_t *labels;       /* labels, or NULL */
    const void *weight;          /* (rows) weights of the rows, of the model's dtype, or NULL */
    double *row_loss;            /* out (rows) */
    void *dy; int64_t ldd;       /* out (rows, cols), or NULL */
};
typedef int fnn_own_loss_fn(void *arg, const struct fnn_own_batch *batch);

/* What an output is trained for, and what is measured. */
struct fnn_output_spec {
    int32_t has_loss;          /* 0: only measured; targets are needed for metrics alone */
    enum fnn_loss loss;        /* a probability loss behind a sigmoid or softmax output that
                                  nothing else reads is computed from the logits (stable,
                                  fused); without a loss: says which targets metrics read */
    double loss_param[FNN_LOSS_PARAMS];
    const double *loss_columns; /* (width of the output), copied; NULL for none */
    double loss_weight;        /* the model minimises the sum of loss_weight * loss */
    fnn_own_loss_fn *own;      /* or NULL; in place of `loss`, which says the form of targets */
    void *own_arg;
    int32_t own_weighs;        /* what `own` writes has the weights of rows in it */
    enum fnn_reduction reduction;
    const struct fnn_metric_spec *metrics;
    int32_t n_metrics;
};

struct fnn_trainer_spec {
    int64_t batch;             /* rows of a full batch, >= 1 */
    const struct fnn_output_spec *outputs; /* (n_outputs of the model) */
    int32_t n_outputs;
    uint64_t seed;             /* key of dropout masks */
};

struct fnn_trainer;

/* A trainer is bound to its model, which must outlive it. */
enum fnn_status fnn_trainer_create(struct fnn_model *model, const struct fnn_trainer_spec *spec,
                                   struct fnn_trainer **out);
void fnn_trainer_destroy(struct fnn_trainer *trainer);

/* Called between steps every few tens of milliseconds; non-zero stops the run. */
typedef int fnn_poll_fn(void *arg);

struct fnn_run {
    /* One array an input of the model, and one an output, all of n rows. */
    const struct fnn_array *x;             /* (n, positions * width) */
    const struct fnn_array *y;             /* (n, positions * width), or (n, positions) labels;
                                              no data where neither loss nor metrics need it */
    const struct fnn_array *sample_weight; /* (n, 1) or (n, positions), no data for ones; or
                                              NULL when no output has weights */
    const int64_t *order;                  /* (n_rows) row of each place in the epoch, or NULL */
    int64_t n_rows;                        /* rows in the epoch */
    int64_t first_step, n_steps;           /* batches first_step ... of ceil(n_rows / batch) */
    const double *learning_rate;           /* (n_steps); fit only */
    const double *hyper;                   /* (FNN_HYPER_MAX); fit only */
    void *const *predictions;              /* or NULL; one an output: (rows of these steps,
                                              positions * width) of the model's dtype, or NULL:
                                              what the loss compared with the targets, in the
                                              order of the steps */
    fnn_poll_fn *poll;                     /* or NULL */
    void *poll_arg;
};

/* Sums over the steps done, so that calls can be added up: the epoch's loss of output o, before
 * its loss_weight, is loss_sum[o] / loss_weight[o]; to the sum of all, the penalties of
 * regularisers come, penalty_sum / penalty_weight; metric i, counting those of all outputs in
 * their order, is metric_sum[i] / metric_weight[i]. */
struct fnn_result {
    int64_t steps_done;
    int64_t bad_row;       /* place in the epoch of the offending row with FNN_ERR_LABEL/INDEX */
    double loss_sum[FNN_OUTPUTS_MAX], loss_weight[FNN_OUTPUTS_MAX];
    double penalty_sum, penalty_weight;
    double metric_sum[FNN_METRICS_MAX], metric_weight[FNN_METRICS_MAX];
};

/* Trains n_steps steps. A step that meets a bad label or index is not applied.
 * result is written for FNN_OK, INTERRUPTED, LABEL and INDEX. */
enum fnn_status fnn_trainer_fit(struct fnn_trainer *trainer, const struct fnn_run *run,
                                struct fnn_result *result);
/* How fnn_trainer_minimize works. */
struct fnn_minimize {
    double learning_rate;    /* how far a line search looks first; 1 is the method's own step */
    int64_t max_iterations, max_evaluations;
    int64_t history;         /* pairs of differences that the curvature is taken from */
    double tolerance_grad;   /* ends when no element of the gradient is larger */
    double tolerance_change; /* or when the loss, or every weight, changes by less */
};

/* Minimizes the loss over all rows as one batch (run->n_steps is 1; its rates are not read) by
 * L-BFGS with a line search. The result is of the weights it ends at; steps_done is the number
 * of iterations. Nothing is kept for a further call, and the model's optimiser is reset.
 * FNN_ERR_STATE when a parameter has a constraint. */
enum fnn_status fnn_trainer_minimize(struct fnn_trainer *trainer, const struct fnn_run *run,
                                     const struct fnn_minimize *spec, struct fnn_result *result);
/* Forward, loss and metrics only (dropout off). */
enum fnn_status fnn_trainer_evaluate(struct fnn_trainer *trainer, const struct fnn_run *run,
                                     struct fnn_result *result);

/* Whole epochs of fnn_trainer_fit, one after another: the same bits as that many calls. */
struct fnn_epochs {
    int64_t n_epochs;
    int64_t *order;      /* (n_rows) or NULL for rows as they come; epoch e writes the order it
                            takes here: fnn_random_permutation(seed, stream, first_pass + e) */
    uint64_t seed, first_pass;
    uint32_t stream;
};

/* run: as for one epoch, but learning_rate (n_epochs, n_steps), order and predictions NULL.
 * results (n_epochs): those of the epochs finished, *n_done of them, are valid whatever is
 * returned; with INTERRUPTED, LABEL and INDEX so is that of the epoch it happened in. */
enum fnn_status fnn_trainer_fit_epochs(struct fnn_trainer *trainer, const struct fnn_run *run,
                                       const struct fnn_epochs *epochs,
                                       struct fnn_result *results, int64_t *n_done);

/* ---- learning-rate schedules ---------------------------------------------- */

/* Parameters, by schedule; steps count from 0, flags are 0 or 1:
 *   EXPONENTIAL      [0] rate, [1] decay steps, [2] decay rate, [3] staircase
 *   INVERSE_TIME     the same
 *   POLYNOMIAL       [0] rate, [1] decay steps, [2] end rate, [3] power, [4] cycle
 *   COSINE           [0] rate, [1] decay steps, [2] alpha, [3] warm-up wanted,
 *                    [4] warm-up's target, [5] warm-up's steps
 *   COSINE_RESTARTS  [0] rate, [1] first decay steps, [2] t_mul, [3] m_mul, [4] alpha
 *   PIECEWISE        n boundaries in ascending order, then n + 1 rates */
enum fnn_schedule {
    FNN_SCHEDULE_EXPONENTIAL = 0, FNN_SCHEDULE_INVERSE_TIME = 1, FNN_SCHEDULE_POLYNOMIAL = 2,
    FNN_SCHEDULE_COSINE = 3, FNN_SCHEDULE_COSINE_RESTARTS = 4, FNN_SCHEDULE_PIECEWISE = 5,
    FNN_SCHEDULE_COUNT
};

/* rate[i] of step[i], i < n: Keras 3's formulas in double, the same bits on every machine.
 * Steps need not be whole. FNN_ERR_ARGUMENT if n_param is not the schedule's. */
enum fnn_status fnn_schedule_rates(enum fnn_schedule kind, const double *param, int32_t n_param,
                                   const double *step, int64_t n, double *rate);

/* ---- single operations ---------------------------------------------------- */

/* The kernels of training, on C-contiguous arrays (rows, cols) of dtype F32 or F64, for
 * callers that want one operation by itself. Thread safe; one thread. */
enum fnn_status fnn_apply_activation(enum fnn_dtype dtype, enum fnn_activation act,
                                     const double *param, int64_t rows, int64_t cols,
                                     const void *x, void *y);
/* dx = dy * act'(x); y = act(x) is written too. */
enum fnn_status fnn_apply_activation_grad(enum fnn_dtype dtype, enum fnn_activation act,
                                          const double *param, int64_t rows, int64_t cols,
                                          const void *x, void *y, const void *dy, void *dx);
/* row_loss (rows). param: (FNN_LOSS_PARAMS); columns: (cols) or NULL. t: (rows, cols); labels:
 * (rows), for the sparse losses. dy (rows, cols), the gradient of each row's loss, may be NULL. */
enum fnn_status fnn_apply_loss(enum fnn_dtype dtype, enum fnn_loss loss, const double *param,
                               const double *columns, int64_t rows, int64_t cols, const void *t,
                               const int32_t *labels, const void *y, double *row_loss, void *dy);
enum fnn_status fnn_apply_metric(enum fnn_dtype dtype, enum fnn_metric metric, double param,
                                 int64_t rows, int64_t cols, const void *t, const int32_t *labels,
                                 const void *y, double *value);
/* One update of a parameter (rows, cols); slots: fnn_optimizer_slots(kind) arrays; step counts
 * from 1; the gradient is multiplied by `factor` first. */
enum fnn_status fnn_apply_optimizer(enum fnn_dtype dtype, enum fnn_optimizer kind,
                                    const double *hyper, double learning_rate, int64_t step,
                                    double factor, int64_t rows, int64_t cols, void *w,
                                    void *const *slots, const void *gradient);
/* Sum of squares, in the order of the norms of training. */
enum fnn_status fnn_apply_sum_squares(enum fnn_dtype dtype, int64_t rows, int64_t cols,
                                      const void *x, double *sum);
/* What a norm's sum of squares makes of a gradient: the factor that brings the norm to at most
 * `most`; `global`: of all gradients together. */
double fnn_clip_factor(double sum_squares, double most, int global);
/* mean = mean + (x - mean) * share, n elements. */
enum fnn_status fnn_apply_average(enum fnn_dtype dtype, size_t n, void *mean, const void *x,
                                  double share);

/* Penalty of a matrix and, unless NULL, its derivative (rows, cols). */
enum fnn_status fnn_apply_regularizer(enum fnn_dtype dtype, enum fnn_regularizer kind,
                                      const double *param, int64_t rows, int64_t cols,
                                      const void *w, double *penalty, void *gradient);
/* In place. */
enum fnn_status fnn_apply_constraint(enum fnn_dtype dtype, enum fnn_constraint kind,
                                     const double *param, int64_t rows, int64_t cols, void *w);
/* Mean and variance of each column over rows >= 1. mean, var: (cols). */
enum fnn_status fnn_apply_batch_stats(enum fnn_dtype dtype, int64_t rows, int64_t cols,
                                      const void *x, void *mean, void *var);
/* average = keep * average + (1 - keep) * x, n elements: one step of a moving average. */
enum fnn_status fnn_apply_blend(enum fnn_dtype dtype, int64_t n, double keep, const void *x,
                                void *average);

/* ---- random numbers ----------------------------------------------------- */

/* Philox4x32-10: element i is f(seed, stream, step, i), whatever the call cuts. */
void fnn_random_uniform(uint64_t seed, uint32_t stream, uint64_t step, size_t n, double *out);
void fnn_random_normal(uint64_t seed, uint32_t stream, uint64_t step, size_t n, double *out);
/* Makes the columns of a row-major (rows, cols) matrix, rows >= cols, orthonormal in order: the
 * Q of its QR decomposition whose R has a positive diagonal. */
enum fnn_status fnn_orthonormal_columns(int64_t rows, int64_t cols, double *a);
/* Fisher-Yates permutation of 0 ... n-1. */
void fnn_random_permutation(uint64_t seed, uint32_t stream, uint64_t step, int64_t n, int64_t *out);

#ifdef __cplusplus
}
#endif

#endif /* FASTNN_H */
