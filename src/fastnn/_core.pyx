# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The bridge: arrays to pointers, GIL released, status to exception. No policy here."""

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

cimport numpy as cnp

import numpy as np

cnp.import_array()

cdef extern from "Python.h":
    # Declared without "except": the pending exception is raised after the native call.
    int PyErr_CheckSignals() nogil

cdef extern from "fastnn.h" nogil:
    cdef enum fnn_status:
        FNN_OK
        FNN_ERR_ARGUMENT
        FNN_ERR_MEMORY
        FNN_ERR_STATE
        FNN_ERR_ISA
        FNN_ERR_INTERRUPTED
        FNN_ERR_LABEL
        FNN_ERR_BUSY
        FNN_ERR_INDEX
        FNN_ERR_VOCABULARY
    const char *fnn_status_message(fnn_status status)
    const char *fnn_status_name(fnn_status status)
    fnn_status fnn_init(const char *isa)
    const char *fnn_isa_selected()
    size_t fnn_isa_count()
    const char *fnn_isa_name(size_t index)
    int fnn_isa_supported(size_t index)
    void fnn_set_num_threads(int count)
    int fnn_get_num_threads()
    const char *fnn_openmp_runtime()
    const char *fnn_compiler()
    uint64_t fnn_allocation_count()

    cdef enum fnn_dtype:
        FNN_F32, FNN_F64, FNN_F16, FNN_BOOL, FNN_I8, FNN_U8, FNN_I16, FNN_U16
        FNN_I32, FNN_U32, FNN_I64, FNN_U64
    cdef struct fnn_array:
        const void *data
        fnn_dtype dtype
        int64_t rows, cols, row_stride, col_stride
        const int64_t *col_offset

    cdef enum fnn_activation:
        FNN_ACT_LINEAR, FNN_ACT_RELU, FNN_ACT_SIGMOID, FNN_ACT_TANH, FNN_ACT_SOFTMAX
        FNN_ACT_SOFTPLUS, FNN_ACT_ELU, FNN_ACT_SELU, FNN_ACT_GELU, FNN_ACT_GELU_TANH
        FNN_ACT_SILU, FNN_ACT_LEAKY_RELU, FNN_ACT_STEP
        FNN_ACT_CLIPPED_RELU, FNN_ACT_CELU, FNN_ACT_SOFTSIGN, FNN_ACT_MISH
        FNN_ACT_EXPONENTIAL, FNN_ACT_HARD_SIGMOID, FNN_ACT_HARD_SILU, FNN_ACT_HARD_TANH
        FNN_ACT_HARD_SHRINK, FNN_ACT_SOFT_SHRINK, FNN_ACT_TANH_SHRINK
        FNN_ACT_SQUAREPLUS, FNN_ACT_SPARSE_PLUS, FNN_ACT_SPARSE_SIGMOID
        FNN_ACT_THRESHOLD, FNN_ACT_LOG_SIGMOID, FNN_ACT_LOG_SOFTMAX, FNN_ACT_SPARSEMAX
    cdef enum fnn_op_kind:
        FNN_OP_DENSE, FNN_OP_ACTIVATION, FNN_OP_DROPOUT, FNN_OP_RESHAPE
        FNN_OP_ADD, FNN_OP_SUBTRACT, FNN_OP_MULTIPLY, FNN_OP_AVERAGE, FNN_OP_MAXIMUM
        FNN_OP_MINIMUM, FNN_OP_CONCATENATE, FNN_OP_DOT, FNN_OP_PENALTY
        FNN_OP_ALPHA_DROPOUT, FNN_OP_GAUSSIAN_NOISE, FNN_OP_GAUSSIAN_DROPOUT
        FNN_OP_BATCH_NORM, FNN_OP_LAYER_NORM, FNN_OP_RMS_NORM, FNN_OP_UNIT_NORM
        FNN_OP_PRELU, FNN_OP_AFFINE, FNN_OP_EMBEDDING
    cdef struct fnn_tensor_spec:
        int64_t positions, width
    cdef struct fnn_op_spec:
        fnn_op_kind kind
        const int32_t *inputs
        int32_t n_inputs, output, shares
        fnn_activation activation
        double act_param[4]
        int32_t use_bias, trainable
        double rate
        uint32_t stream
        int64_t groups
        int32_t dot_axis[2]
        int32_t normalize
        int32_t use_scale
        double epsilon, momentum
        int64_t vocabulary
    cdef struct fnn_model_spec:
        fnn_dtype dtype
        const fnn_tensor_spec *tensors
        int32_t n_tensors
        const fnn_op_spec *ops
        int32_t n_ops
        const int32_t *inputs
        int32_t n_inputs
        const int32_t *outputs
        int32_t n_outputs
    cdef struct fnn_model:
        pass
    fnn_status fnn_model_create(const fnn_model_spec *spec, fnn_model **out)
    void fnn_model_destroy(fnn_model *model)
    int32_t fnn_model_param_count(const fnn_model *model)
    fnn_status fnn_model_param_shape(const fnn_model *model, int32_t index, int64_t *rows,
                                     int64_t *cols)
    fnn_status fnn_model_get_param(fnn_model *model, int32_t index, int32_t slot, void *out)
    fnn_status fnn_model_set_param(fnn_model *model, int32_t index, int32_t slot, const void *data)

    cdef enum fnn_optimizer:
        FNN_OPT_NONE, FNN_OPT_SGD, FNN_OPT_SGD_MOMENTUM, FNN_OPT_SGD_NESTEROV, FNN_OPT_ADAM
        FNN_OPT_ADAM_AMSGRAD, FNN_OPT_ADAMAX, FNN_OPT_NADAM
        FNN_OPT_RMSPROP, FNN_OPT_RMSPROP_MOMENTUM
        FNN_OPT_RMSPROP_CENTERED, FNN_OPT_RMSPROP_CENTERED_MOMENTUM
        FNN_OPT_ADAGRAD, FNN_OPT_ADADELTA, FNN_OPT_LION, FNN_OPT_FTRL, FNN_OPT_FTRL_POWER
        FNN_OPT_LAMB
    int32_t fnn_optimizer_slots(fnn_optimizer kind)
    double fnn_optimizer_initial(fnn_optimizer kind, const double *hyper, int32_t slot)
    fnn_status fnn_model_set_optimizer(fnn_model *model, fnn_optimizer kind, const double *hyper)
    cdef struct fnn_update_spec:
        double clipnorm, global_clipnorm, loss_scale
        int64_t accumulate
        int32_t use_ema
        double ema_momentum
        int64_t ema_overwrite
    cdef enum:
        FNN_SLOT_AVERAGE
        FNN_SLOT_ACCUMULATED
    fnn_status fnn_model_set_update(fnn_model *model, const fnn_update_spec *spec)
    fnn_status fnn_model_set_decay(fnn_model *model, int32_t index, int32_t decay)
    fnn_status fnn_model_set_trainable(fnn_model *model, int32_t op, int32_t trainable)
    int64_t fnn_model_iterations(const fnn_model *model)
    fnn_status fnn_model_set_iterations(fnn_model *model, int64_t iterations)
    fnn_status fnn_model_predict(fnn_model *model, const fnn_array *x, void **out)

    cdef enum fnn_loss:
        FNN_LOSS_MSE, FNN_LOSS_SSE, FNN_LOSS_MAE, FNN_LOSS_BCE, FNN_LOSS_BCE_LOGITS
        FNN_LOSS_CCE, FNN_LOSS_CCE_LOGITS, FNN_LOSS_SCCE, FNN_LOSS_SCCE_LOGITS
        FNN_LOSS_MAPE, FNN_LOSS_MSLE, FNN_LOSS_HUBER, FNN_LOSS_LOG_COSH, FNN_LOSS_POISSON
        FNN_LOSS_KLD
        FNN_LOSS_HINGE, FNN_LOSS_SQUARED_HINGE, FNN_LOSS_CATEGORICAL_HINGE, FNN_LOSS_COSINE
        FNN_LOSS_BINARY_FOCAL, FNN_LOSS_BINARY_FOCAL_LOGITS
        FNN_LOSS_CATEGORICAL_FOCAL, FNN_LOSS_CATEGORICAL_FOCAL_LOGITS
        FNN_LOSS_QUANTILE, FNN_LOSS_TWEEDIE, FNN_LOSS_TWEEDIE_LOG, FNN_LOSS_GENERALIZED_CE
    cdef enum fnn_reduction:
        FNN_REDUCE_MEAN, FNN_REDUCE_SUM, FNN_REDUCE_MEAN_WEIGHT
    cdef enum fnn_metric:
        FNN_METRIC_BINARY_ACCURACY, FNN_METRIC_CATEGORICAL_ACCURACY
        FNN_METRIC_SPARSE_ACCURACY, FNN_METRIC_LOSS
    cdef enum:
        FNN_METRICS_MAX
        FNN_INPUTS_MAX
        FNN_OUTPUTS_MAX
        FNN_LOSS_PARAMS
        FNN_HYPER_MAX
        FNN_HYPER_DECAY
        FNN_HYPER_CLIP
    cdef struct fnn_metric_spec:
        fnn_metric kind
        fnn_loss loss
        double param[4]
        int32_t weighted
    cdef struct fnn_own_batch:
        int64_t rows, cols
        const void *y
        int64_t ldy
        const void *t
        int64_t ldt
        const int32_t *labels
        double *row_loss
        void *dy
        int64_t ldd
    ctypedef int fnn_own_loss_fn(void *arg, const fnn_own_batch *batch) noexcept nogil
    cdef struct fnn_output_spec:
        int32_t has_loss
        fnn_loss loss
        double loss_param[4]
        const double *loss_columns
        double loss_weight
        fnn_own_loss_fn *own
        void *own_arg
        fnn_reduction reduction
        const fnn_metric_spec *metrics
        int32_t n_metrics
    cdef struct fnn_trainer_spec:
        int64_t batch
        const fnn_output_spec *outputs
        int32_t n_outputs
        uint64_t seed
    cdef struct fnn_trainer:
        pass
    fnn_status fnn_trainer_create(fnn_model *model, const fnn_trainer_spec *spec,
                                  fnn_trainer **out)
    void fnn_trainer_destroy(fnn_trainer *trainer)
    ctypedef int fnn_poll_fn(void *arg)
    cdef struct fnn_run:
        const fnn_array *x
        const fnn_array *y
        const fnn_array *sample_weight
        const int64_t *order
        int64_t n_rows, first_step, n_steps
        const double *learning_rate
        const double *hyper
        void **predictions
        fnn_poll_fn *poll
        void *poll_arg
    cdef struct fnn_result:
        int64_t steps_done, bad_row
        double loss_sum[64]
        double loss_weight[64]
        double penalty_sum, penalty_weight
        double metric_sum[64]
        double metric_weight[64]
    fnn_status fnn_trainer_fit(fnn_trainer *trainer, const fnn_run *run, fnn_result *result)
    cdef struct fnn_minimize:
        double learning_rate
        int64_t max_iterations, max_evaluations, history
        double tolerance_grad, tolerance_change
    fnn_status fnn_trainer_minimize(fnn_trainer *trainer, const fnn_run *run,
                                    const fnn_minimize *spec, fnn_result *result)
    fnn_status fnn_trainer_evaluate(fnn_trainer *trainer, const fnn_run *run, fnn_result *result)
    cdef struct fnn_epochs:
        int64_t n_epochs
        int64_t *order
        uint64_t seed, first_pass
        uint32_t stream
    fnn_status fnn_trainer_fit_epochs(fnn_trainer *trainer, const fnn_run *run,
                                      const fnn_epochs *epochs, fnn_result *results,
                                      int64_t *n_done)

    cdef enum fnn_schedule:
        FNN_SCHEDULE_EXPONENTIAL, FNN_SCHEDULE_INVERSE_TIME, FNN_SCHEDULE_POLYNOMIAL
        FNN_SCHEDULE_COSINE, FNN_SCHEDULE_COSINE_RESTARTS, FNN_SCHEDULE_PIECEWISE
    fnn_status fnn_schedule_rates(fnn_schedule kind, const double *param, int32_t n_param,
                                  const double *step, int64_t n, double *rate)

    cdef enum fnn_regularizer:
        FNN_REG_NONE, FNN_REG_L1_L2, FNN_REG_ORTHOGONAL_ROWS, FNN_REG_ORTHOGONAL_COLUMNS
    cdef enum fnn_constraint:
        FNN_CON_NONE, FNN_CON_NON_NEGATIVE, FNN_CON_NORM_COLUMNS, FNN_CON_NORM_ROWS
        FNN_CON_NORM_ALL
    cdef enum:
        FNN_REG_PARAMS
        FNN_CON_PARAMS
    fnn_status fnn_model_set_regularizer(fnn_model *model, int32_t index, fnn_regularizer kind,
                                         const double *param)
    fnn_status fnn_model_set_constraint(fnn_model *model, int32_t index, fnn_constraint kind,
                                        const double *param)
    fnn_status fnn_apply_regularizer(fnn_dtype dtype, fnn_regularizer kind, const double *param,
                                     int64_t rows, int64_t cols, const void *w, double *penalty,
                                     void *gradient)
    fnn_status fnn_apply_constraint(fnn_dtype dtype, fnn_constraint kind, const double *param,
                                    int64_t rows, int64_t cols, void *w)

    fnn_status fnn_apply_activation(fnn_dtype dtype, fnn_activation act, const double *param,
                                    int64_t rows, int64_t cols, const void *x, void *y)
    fnn_status fnn_apply_activation_grad(fnn_dtype dtype, fnn_activation act, const double *param,
                                         int64_t rows, int64_t cols, const void *x, void *y,
                                         const void *dy, void *dx)
    fnn_status fnn_apply_loss(fnn_dtype dtype, fnn_loss loss, const double *param,
                              const double *columns, int64_t rows, int64_t cols, const void *t, const int32_t *labels, const void *y,
                              double *row_loss, void *dy)
    fnn_status fnn_apply_metric(fnn_dtype dtype, fnn_metric metric, double param, int64_t rows,
                                int64_t cols, const void *t, const int32_t *labels, const void *y,
                                double *value)
    fnn_status fnn_apply_optimizer(fnn_dtype dtype, fnn_optimizer kind, const double *hyper,
                                   double learning_rate, int64_t step, double factor,
                                   int64_t rows, int64_t cols, void *w, void *const *slots,
                                   const void *gradient)
    fnn_status fnn_apply_sum_squares(fnn_dtype dtype, int64_t rows, int64_t cols, const void *x,
                                     double *sum)
    double fnn_clip_factor(double sum_squares, double most, int global_)
    fnn_status fnn_apply_average(fnn_dtype dtype, size_t n, void *mean, const void *x,
                                 double share)
    fnn_status fnn_apply_batch_stats(fnn_dtype dtype, int64_t rows, int64_t cols, const void *x,
                                     void *mean, void *var)
    fnn_status fnn_apply_blend(fnn_dtype dtype, int64_t n, double keep, const void *x,
                               void *average)
    void fnn_random_uniform(uint64_t seed, uint32_t stream, uint64_t step, size_t n, double *out)
    void fnn_random_normal(uint64_t seed, uint32_t stream, uint64_t step, size_t n, double *out)
    fnn_status fnn_orthonormal_columns(int64_t rows, int64_t cols, double *a)
    void fnn_random_permutation(uint64_t seed, uint32_t stream, uint64_t step, int64_t n,
                                int64_t *out)

cdef extern from "exports.h":
    const char *FNN_EXPORTS_CAPSULE
    cdef struct fnn_exports:
        pass
    const fnn_exports kernel_exports "fnn_exports"

cdef extern from *:
    const char *FASTNN_VERSION  # set by the build

ACTIVATIONS = {
    "linear": FNN_ACT_LINEAR, "relu": FNN_ACT_RELU, "sigmoid": FNN_ACT_SIGMOID,
    "tanh": FNN_ACT_TANH, "softmax": FNN_ACT_SOFTMAX, "softplus": FNN_ACT_SOFTPLUS,
    "elu": FNN_ACT_ELU, "selu": FNN_ACT_SELU, "gelu": FNN_ACT_GELU,
    "gelu_tanh": FNN_ACT_GELU_TANH, "silu": FNN_ACT_SILU, "leaky_relu": FNN_ACT_LEAKY_RELU,
    "step": FNN_ACT_STEP,
    "clipped_relu": FNN_ACT_CLIPPED_RELU, "celu": FNN_ACT_CELU, "softsign": FNN_ACT_SOFTSIGN,
    "mish": FNN_ACT_MISH, "exponential": FNN_ACT_EXPONENTIAL,
    "hard_sigmoid": FNN_ACT_HARD_SIGMOID, "hard_silu": FNN_ACT_HARD_SILU,
    "hard_tanh": FNN_ACT_HARD_TANH, "hard_shrink": FNN_ACT_HARD_SHRINK,
    "soft_shrink": FNN_ACT_SOFT_SHRINK, "tanh_shrink": FNN_ACT_TANH_SHRINK,
    "squareplus": FNN_ACT_SQUAREPLUS, "sparse_plus": FNN_ACT_SPARSE_PLUS,
    "sparse_sigmoid": FNN_ACT_SPARSE_SIGMOID, "threshold": FNN_ACT_THRESHOLD,
    "log_sigmoid": FNN_ACT_LOG_SIGMOID, "log_softmax": FNN_ACT_LOG_SOFTMAX,
    "sparsemax": FNN_ACT_SPARSEMAX,
}
OP_KINDS = {
    "dense": FNN_OP_DENSE, "activation": FNN_OP_ACTIVATION, "dropout": FNN_OP_DROPOUT,
    "reshape": FNN_OP_RESHAPE, "add": FNN_OP_ADD, "subtract": FNN_OP_SUBTRACT,
    "multiply": FNN_OP_MULTIPLY, "average": FNN_OP_AVERAGE, "maximum": FNN_OP_MAXIMUM,
    "minimum": FNN_OP_MINIMUM, "concatenate": FNN_OP_CONCATENATE, "dot": FNN_OP_DOT,
    "penalty": FNN_OP_PENALTY,
    "alpha_dropout": FNN_OP_ALPHA_DROPOUT,
    "gaussian_noise": FNN_OP_GAUSSIAN_NOISE, "gaussian_dropout": FNN_OP_GAUSSIAN_DROPOUT,
    "batch_norm": FNN_OP_BATCH_NORM, "layer_norm": FNN_OP_LAYER_NORM,
    "rms_norm": FNN_OP_RMS_NORM, "unit_norm": FNN_OP_UNIT_NORM, "prelu": FNN_OP_PRELU,
    "affine": FNN_OP_AFFINE, "embedding": FNN_OP_EMBEDDING,
}
LOSSES = {
    "mse": FNN_LOSS_MSE, "sse": FNN_LOSS_SSE, "mae": FNN_LOSS_MAE, "bce": FNN_LOSS_BCE,
    "bce_logits": FNN_LOSS_BCE_LOGITS, "cce": FNN_LOSS_CCE, "cce_logits": FNN_LOSS_CCE_LOGITS,
    "scce": FNN_LOSS_SCCE, "scce_logits": FNN_LOSS_SCCE_LOGITS,
    "mape": FNN_LOSS_MAPE, "msle": FNN_LOSS_MSLE, "huber": FNN_LOSS_HUBER,
    "log_cosh": FNN_LOSS_LOG_COSH, "poisson": FNN_LOSS_POISSON, "kld": FNN_LOSS_KLD,
    "hinge": FNN_LOSS_HINGE, "squared_hinge": FNN_LOSS_SQUARED_HINGE,
    "categorical_hinge": FNN_LOSS_CATEGORICAL_HINGE, "cosine": FNN_LOSS_COSINE,
    "binary_focal": FNN_LOSS_BINARY_FOCAL, "binary_focal_logits": FNN_LOSS_BINARY_FOCAL_LOGITS,
    "categorical_focal": FNN_LOSS_CATEGORICAL_FOCAL,
    "categorical_focal_logits": FNN_LOSS_CATEGORICAL_FOCAL_LOGITS,
    "quantile": FNN_LOSS_QUANTILE, "tweedie": FNN_LOSS_TWEEDIE,
    "tweedie_log": FNN_LOSS_TWEEDIE_LOG, "generalized_ce": FNN_LOSS_GENERALIZED_CE,
}
METRICS = {
    "binary_accuracy": FNN_METRIC_BINARY_ACCURACY,
    "categorical_accuracy": FNN_METRIC_CATEGORICAL_ACCURACY,
    "sparse_accuracy": FNN_METRIC_SPARSE_ACCURACY, "loss": FNN_METRIC_LOSS,
}
OPTIMIZERS = {
    "none": FNN_OPT_NONE, "sgd": FNN_OPT_SGD, "sgd_momentum": FNN_OPT_SGD_MOMENTUM,
    "sgd_nesterov": FNN_OPT_SGD_NESTEROV, "adam": FNN_OPT_ADAM,
    "adam_amsgrad": FNN_OPT_ADAM_AMSGRAD, "adamax": FNN_OPT_ADAMAX, "nadam": FNN_OPT_NADAM,
    "rmsprop": FNN_OPT_RMSPROP, "rmsprop_momentum": FNN_OPT_RMSPROP_MOMENTUM,
    "rmsprop_centered": FNN_OPT_RMSPROP_CENTERED,
    "rmsprop_centered_momentum": FNN_OPT_RMSPROP_CENTERED_MOMENTUM,
    "adagrad": FNN_OPT_ADAGRAD, "adadelta": FNN_OPT_ADADELTA, "lion": FNN_OPT_LION,
    "ftrl": FNN_OPT_FTRL, "ftrl_power": FNN_OPT_FTRL_POWER, "lamb": FNN_OPT_LAMB,
}
HYPER_DECAY = FNN_HYPER_DECAY  # places that mean the same for all optimisers
HYPER_CLIP = FNN_HYPER_CLIP
SLOT_AVERAGE, SLOT_ACCUMULATED = FNN_SLOT_AVERAGE, FNN_SLOT_ACCUMULATED
SCHEDULES = {
    "exponential": FNN_SCHEDULE_EXPONENTIAL, "inverse_time": FNN_SCHEDULE_INVERSE_TIME,
    "polynomial": FNN_SCHEDULE_POLYNOMIAL, "cosine": FNN_SCHEDULE_COSINE,
    "cosine_restarts": FNN_SCHEDULE_COSINE_RESTARTS, "piecewise": FNN_SCHEDULE_PIECEWISE,
}
REGULARIZERS = {
    "none": FNN_REG_NONE, "l1_l2": FNN_REG_L1_L2, "orthogonal_rows": FNN_REG_ORTHOGONAL_ROWS,
    "orthogonal_columns": FNN_REG_ORTHOGONAL_COLUMNS,
}
CONSTRAINTS = {
    "none": FNN_CON_NONE, "non_negative": FNN_CON_NON_NEGATIVE,
    "norm_columns": FNN_CON_NORM_COLUMNS, "norm_rows": FNN_CON_NORM_ROWS,
    "norm_all": FNN_CON_NORM_ALL,
}
REDUCTIONS = {
    "mean": FNN_REDUCE_MEAN, "sum": FNN_REDUCE_SUM, "mean_weight": FNN_REDUCE_MEAN_WEIGHT,
}
# How _kernels.pyx, the bridge of the tests, reaches the kernels without carrying them again.
_kernel_exports = PyCapsule_New(<void *>&kernel_exports, FNN_EXPORTS_CAPSULE, NULL)


class InternalError(RuntimeError):
    """The core refused what the layers above had accepted: a bug worth reporting."""


cdef int _check(fnn_status status) except -1:
    """The one place where a status becomes an exception."""
    if status == FNN_OK:
        return 0
    message = fnn_status_message(status).decode()
    if status == FNN_ERR_MEMORY:
        raise MemoryError(message)
    if status == FNN_ERR_LABEL or status == FNN_ERR_INDEX or status == FNN_ERR_VOCABULARY:
        raise ValueError(message)
    if status == FNN_ERR_STATE or status == FNN_ERR_BUSY:
        raise RuntimeError(message)
    raise InternalError(f"{fnn_status_name(status).decode()}: {message}")


# ---- process --------------------------------------------------------------------------

def init(isa):
    cdef bytes name = b"" if isa is None else isa.encode()
    cdef const char *c_name = NULL
    if isa is not None:
        c_name = name
    if fnn_init(c_name) != FNN_OK:
        here = [fnn_isa_name(i).decode() for i in range(fnn_isa_count()) if fnn_isa_supported(i)]
        raise ImportError(
            f"FASTNN_ISA={isa!r} is unknown or not supported by this CPU; it has: "
            + ", ".join(here)
        )


def config():
    return {
        "version": FASTNN_VERSION.decode(),
        "compiler": fnn_compiler().decode(),
        "isa": fnn_isa_selected().decode(),
        "isa_available": [
            fnn_isa_name(i).decode() for i in range(fnn_isa_count()) if fnn_isa_supported(i)
        ],
        "openmp": fnn_openmp_runtime().decode(),
        "num_threads": fnn_get_num_threads(),
    }


def set_num_threads(int count):
    fnn_set_num_threads(count)


def get_num_threads():
    return fnn_get_num_threads()


def allocation_count():
    return fnn_allocation_count()


def random_uniform(uint64_t seed, uint32_t stream, uint64_t step, size_t n):
    cdef cnp.ndarray out = np.empty(n, np.float64)
    fnn_random_uniform(seed, stream, step, n, <double *>cnp.PyArray_DATA(out))
    return out


def random_normal(uint64_t seed, uint32_t stream, uint64_t step, size_t n):
    cdef cnp.ndarray out = np.empty(n, np.float64)
    fnn_random_normal(seed, stream, step, n, <double *>cnp.PyArray_DATA(out))
    return out


def orthonormal_columns(a):
    cdef cnp.ndarray out = np.array(_matrix(a), np.float64, order="C")
    cdef double *data = <double *>cnp.PyArray_DATA(out)
    cdef int64_t rows = out.shape[0], cols = out.shape[1]
    cdef fnn_status status
    with nogil:
        status = fnn_orthonormal_columns(rows, cols, data)
    _check(status)
    return out


def random_permutation(uint64_t seed, uint32_t stream, uint64_t step, int64_t n):
    out = np.empty(n, np.int64)
    fill_permutation(seed, stream, step, out)
    return out


def fill_permutation(uint64_t seed, uint32_t stream, uint64_t step, cnp.ndarray out not None):
    cdef int64_t *data = _int64_data(out)
    cdef int64_t n = cnp.PyArray_SIZE(out)
    with nogil:
        fnn_random_permutation(seed, stream, step, n, data)


# ---- arrays ---------------------------------------------------------------------------

cdef int _dtype_code(cnp.ndarray a) except -1:
    cdef int num = cnp.PyArray_TYPE(a)
    if not cnp.PyArray_ISNOTSWAPPED(a):
        raise TypeError(f"array of dtype {a.dtype} is not in native byte order")
    if num == cnp.NPY_FLOAT32: return FNN_F32
    if num == cnp.NPY_FLOAT64: return FNN_F64
    if num == cnp.NPY_FLOAT16: return FNN_F16
    if num == cnp.NPY_BOOL: return FNN_BOOL
    # By kind and size: long and long long may both be 64 bits wide.
    cdef str kind = a.dtype.kind
    cdef cnp.npy_intp size = cnp.PyArray_ITEMSIZE(a)
    if kind == "i":
        return FNN_I8 if size == 1 else FNN_I16 if size == 2 else FNN_I32 if size == 4 else FNN_I64
    if kind == "u":
        return FNN_U8 if size == 1 else FNN_U16 if size == 2 else FNN_U32 if size == 4 else FNN_U64
    raise TypeError(f"array of dtype {a.dtype} cannot be read; expected a bool, integer or float dtype")


cdef object _describe(cnp.ndarray a, fnn_array *out):
    """Fills the descriptor. Returns the object that owns its column offsets, to be kept."""
    cdef int nd = cnp.PyArray_NDIM(a), i
    cdef cnp.npy_intp *shape = cnp.PyArray_DIMS(a)
    cdef cnp.npy_intp *strides = cnp.PyArray_STRIDES(a)
    if nd < 1:
        raise ValueError("expected an array of one dimension or more")
    out.data = cnp.PyArray_DATA(a)
    out.dtype = <fnn_dtype>_dtype_code(a)
    out.rows = shape[0]
    out.row_stride = strides[0]
    out.col_offset = NULL
    out.cols = 1
    out.col_stride = 0
    # Axes after the first that lie as one evenly spaced run need no offsets.
    cdef bint even = True
    for i in range(nd - 1, 0, -1):
        if shape[i] != 1:
            if out.cols == 1:
                out.col_stride = strides[i]
            elif strides[i] != out.cols * out.col_stride:
                even = False
        out.cols *= shape[i]
    if even:
        return None
    cdef cnp.ndarray offsets = np.zeros((), np.int64)
    for i in range(1, nd):
        offsets = np.add.outer(offsets, np.arange(shape[i], dtype=np.int64) * strides[i])
    offsets = np.ascontiguousarray(offsets)
    out.col_offset = <const int64_t *>cnp.PyArray_DATA(offsets)
    return offsets


cdef object _describe_all(arrays, int n, fnn_array *out):
    """The descriptors of one array, or of a tuple of n of which some may be None."""
    cdef int i
    if isinstance(arrays, np.ndarray):
        if n != 1:
            raise ValueError(f"expected {n} arrays, got one")
        return _describe(arrays, out)
    if len(arrays) != n:
        raise ValueError(f"expected {n} arrays, got {len(arrays)}")
    keep = []
    for i in range(n):
        memset(&out[i], 0, sizeof(fnn_array))
        if arrays[i] is not None:
            keep.append(_describe(arrays[i], &out[i]))
    return keep


cdef int64_t *_int64_data(cnp.ndarray a) except NULL:
    if cnp.PyArray_TYPE(a) != cnp.NPY_INT64 or not cnp.PyArray_IS_C_CONTIGUOUS(a):
        raise TypeError("expected a C-contiguous int64 array")
    return <int64_t *>cnp.PyArray_DATA(a)


ctypedef fused checked:
    float
    double
    int32_t
    int64_t
    uint8_t


cdef bint _all_within(const checked *data, cnp.npy_intp n, double low, double high) noexcept nogil:
    cdef bint good = True
    cdef cnp.npy_intp i
    for i in range(n):
        good = good & (data[i] >= low) & (data[i] <= high)
    return good


def all_within(cnp.ndarray a not None, double low, double high):
    cdef void *data = cnp.PyArray_DATA(a)
    cdef cnp.npy_intp n = cnp.PyArray_SIZE(a)
    cdef int num = cnp.PyArray_TYPE(a)
    if not cnp.PyArray_ISCARRAY_RO(a):
        return False
    if num == cnp.NPY_FLOAT32: return _all_within(<float *>data, n, low, high)
    if num == cnp.NPY_FLOAT64: return _all_within(<double *>data, n, low, high)
    if num == cnp.NPY_INT64: return _all_within(<int64_t *>data, n, low, high)
    if num == cnp.NPY_INT32: return _all_within(<int32_t *>data, n, low, high)
    if num == cnp.NPY_UINT8: return _all_within(<uint8_t *>data, n, low, high)
    return False


cdef fnn_dtype _real_code(object dtype) except *:
    if dtype == np.float32:
        return FNN_F32
    if dtype == np.float64:
        return FNN_F64
    raise TypeError(f"expected dtype float32 or float64, got {dtype}")


cdef int _doubles(object values, double *out, int most) except -1:
    if len(values) > most:
        raise ValueError(f"at most {most} parameters, got {len(values)}")
    for i in range(len(values)):
        out[i] = values[i]
    return 0


# ---- single operations ------------------------------------------------------------------

def _matrix(x):
    x = np.ascontiguousarray(x)
    if x.ndim != 2:
        raise ValueError(f"expected a 2-D array, got shape {x.shape}")
    return x


def activation(int code, params, x):
    cdef double param[4]
    memset(param, 0, sizeof(param))
    _doubles(params, param, 4)
    cdef cnp.ndarray source = _matrix(x), out = np.empty_like(source)
    _check(fnn_apply_activation(_real_code(source.dtype), <fnn_activation>code, param,
                                source.shape[0], source.shape[1], cnp.PyArray_DATA(source),
                                cnp.PyArray_DATA(out)))
    return out


def activation_grad(int code, params, x, dy):
    cdef double param[4]
    memset(param, 0, sizeof(param))
    _doubles(params, param, 4)
    cdef cnp.ndarray source = _matrix(x), upstream = _matrix(dy)
    cdef cnp.ndarray y = np.empty_like(source), dx = np.empty_like(source)
    if upstream.dtype != source.dtype or np.shape(upstream) != np.shape(source):
        raise ValueError("x and dy must have one shape and dtype")
    _check(fnn_apply_activation_grad(_real_code(source.dtype), <fnn_activation>code, param,
                                     source.shape[0], source.shape[1], cnp.PyArray_DATA(source),
                                     cnp.PyArray_DATA(y), cnp.PyArray_DATA(upstream),
                                     cnp.PyArray_DATA(dx)))
    return dx


cdef object _targets(y_true, cnp.ndarray y_pred, bint sparse):
    """Targets as the kernels read them: int32 labels, or a matrix of y_pred's dtype."""
    if sparse:
        target = np.ascontiguousarray(np.reshape(y_true, -1), np.int32)
        if target.shape[0] != y_pred.shape[0]:
            raise ValueError(f"expected {y_pred.shape[0]} labels, got {target.shape[0]}")
        return target
    target = np.ascontiguousarray(y_true, y_pred.dtype)
    if np.shape(target) != np.shape(y_pred):
        raise ValueError(f"y_true has shape {np.shape(target)}, y_pred {np.shape(y_pred)}")
    return target


cdef object _columns(values):
    """Parameters of each column as float64, to be kept; None for none."""
    return None if values is None else np.ascontiguousarray(values, np.float64)


cdef tuple _loss(int code, params, y_true, y_pred, bint with_grad, columns):
    cdef double param[FNN_LOSS_PARAMS]
    memset(param, 0, sizeof(param))
    _doubles(params, param, FNN_LOSS_PARAMS)
    cdef bint sparse = (code == FNN_LOSS_SCCE or code == FNN_LOSS_SCCE_LOGITS
                        or code == FNN_LOSS_GENERALIZED_CE)
    cdef cnp.ndarray each = _columns(columns)
    cdef const double *each_data = NULL
    if each is not None:
        if np.shape(each) != np.shape(y_pred)[1:]:
            raise ValueError(f"expected {np.shape(y_pred)[1:]} parameters, got {np.shape(each)}")
        each_data = <const double *>cnp.PyArray_DATA(each)
    cdef cnp.ndarray pred = _matrix(y_pred), value = np.zeros(pred.shape[0], np.float64)
    cdef cnp.ndarray target = _targets(y_true, pred, sparse)
    cdef cnp.ndarray grad = np.zeros_like(pred) if with_grad else value
    _check(fnn_apply_loss(_real_code(pred.dtype), <fnn_loss>code, param,
                          each_data, pred.shape[0], pred.shape[1], NULL if sparse else cnp.PyArray_DATA(target),
                          <const int32_t *>cnp.PyArray_DATA(target) if sparse else NULL,
                          cnp.PyArray_DATA(pred), <double *>cnp.PyArray_DATA(value),
                          cnp.PyArray_DATA(grad) if with_grad else NULL))
    return value, grad


def loss(int code, params, y_true, y_pred, columns=None):
    return _loss(code, params, y_true, y_pred, False, columns)[0]


def loss_grad(int code, params, y_true, y_pred, columns=None):
    return _loss(code, params, y_true, y_pred, True, columns)[1]


def metric(int code, double param, y_true, y_pred):
    cdef bint sparse = code == FNN_METRIC_SPARSE_ACCURACY
    cdef cnp.ndarray pred = _matrix(y_pred), value = np.zeros(pred.shape[0], np.float64)
    cdef cnp.ndarray target = _targets(y_true, pred, sparse)
    _check(fnn_apply_metric(_real_code(pred.dtype), <fnn_metric>code, param, pred.shape[0],
                            pred.shape[1], NULL if sparse else cnp.PyArray_DATA(target),
                            <const int32_t *>cnp.PyArray_DATA(target) if sparse else NULL,
                            cnp.PyArray_DATA(pred), <double *>cnp.PyArray_DATA(value)))
    return value


def optimizer_initial(int code, hyper):
    cdef double values[FNN_HYPER_MAX]
    memset(values, 0, sizeof(values))
    _doubles(hyper, values, FNN_HYPER_MAX)
    return tuple(fnn_optimizer_initial(<fnn_optimizer>code, values, i)
                 for i in range(fnn_optimizer_slots(<fnn_optimizer>code)))


def schedule_rates(int code, params, cnp.ndarray steps not None):
    if cnp.PyArray_TYPE(steps) != cnp.NPY_FLOAT64 or not cnp.PyArray_IS_C_CONTIGUOUS(steps):
        raise TypeError("steps must be a C-contiguous float64 array")
    cdef cnp.ndarray values = np.ascontiguousarray(params, np.float64)
    cdef cnp.ndarray out = np.empty_like(steps)
    _check(fnn_schedule_rates(<fnn_schedule>code, <const double *>cnp.PyArray_DATA(values),
                              <int32_t>cnp.PyArray_SIZE(values),
                              <const double *>cnp.PyArray_DATA(steps), cnp.PyArray_SIZE(steps),
                              <double *>cnp.PyArray_DATA(out)))
    return out


def optimizer_step(int code, hyper, double learning_rate, int64_t step, cnp.ndarray w not None,
                   slots, cnp.ndarray g not None, double factor=1.0):
    cdef double values[FNN_HYPER_MAX]
    cdef void *pointers[8]
    cdef cnp.ndarray each
    cdef int32_t count = fnn_optimizer_slots(<fnn_optimizer>code), i
    memset(values, 0, sizeof(values))
    _doubles(hyper, values, FNN_HYPER_MAX)
    if len(slots) != count:
        raise ValueError(f"expected {count} slots, got {len(slots)}")
    for i, array in enumerate([w, g, *slots]):
        each = array
        if (not cnp.PyArray_IS_C_CONTIGUOUS(each) or each.dtype != w.dtype
                or cnp.PyArray_SIZE(each) != cnp.PyArray_SIZE(w)):
            raise ValueError("w, g and slots must be C-contiguous, of one dtype and size")
        if i != 1 and not cnp.PyArray_ISWRITEABLE(each):
            raise ValueError("w and slots must be writeable")
        if i >= 2:
            pointers[i - 2] = cnp.PyArray_DATA(each)
    rows, cols = _as_matrix(w)
    _check(fnn_apply_optimizer(_real_code(w.dtype), <fnn_optimizer>code, values, learning_rate, step,
                               factor, rows, cols, cnp.PyArray_DATA(w), pointers,
                               cnp.PyArray_DATA(g)))


def regularizer(int code, params, w, bint with_grad):
    cdef double param[FNN_REG_PARAMS]
    cdef double penalty = 0
    memset(param, 0, sizeof(param))
    _doubles(params, param, FNN_REG_PARAMS)
    cdef cnp.ndarray source = _matrix(w)
    cdef cnp.ndarray grad = np.empty_like(source) if with_grad else source
    _check(fnn_apply_regularizer(_real_code(source.dtype), <fnn_regularizer>code, param,
                                 source.shape[0], source.shape[1], cnp.PyArray_DATA(source),
                                 &penalty, cnp.PyArray_DATA(grad) if with_grad else NULL))
    return penalty, grad if with_grad else None


def constraint(int code, params, w):
    cdef double param[FNN_CON_PARAMS]
    memset(param, 0, sizeof(param))
    _doubles(params, param, FNN_CON_PARAMS)
    cdef cnp.ndarray out = np.array(_matrix(w), order="C")
    _check(fnn_apply_constraint(_real_code(out.dtype), <fnn_constraint>code, param, out.shape[0],
                                out.shape[1], cnp.PyArray_DATA(out)))
    return out


cdef tuple _as_matrix(cnp.ndarray a):
    """Rows and columns of an array seen as a matrix: all axes but the last are rows."""
    cdef int64_t size = cnp.PyArray_SIZE(a)
    cdef int64_t cols = a.shape[a.ndim - 1] if a.ndim else 1
    return (size // cols if cols else 0), cols


def sum_squares(cnp.ndarray x not None):
    cdef double total = 0
    if not cnp.PyArray_IS_C_CONTIGUOUS(x):
        raise ValueError("x must be C-contiguous")
    rows, cols = _as_matrix(x)
    _check(fnn_apply_sum_squares(_real_code(x.dtype), rows, cols, cnp.PyArray_DATA(x), &total))
    return total


def clip_factor(double sum_of_squares, double most, bint of_all):
    return fnn_clip_factor(sum_of_squares, most, of_all)


def average(cnp.ndarray mean not None, cnp.ndarray x not None, double share):
    if (mean.dtype != x.dtype or cnp.PyArray_SIZE(mean) != cnp.PyArray_SIZE(x)
            or not cnp.PyArray_IS_C_CONTIGUOUS(mean) or not cnp.PyArray_IS_C_CONTIGUOUS(x)
            or not cnp.PyArray_ISWRITEABLE(mean)):
        raise ValueError("mean and x must be C-contiguous, of one dtype and size")
    _check(fnn_apply_average(_real_code(mean.dtype), cnp.PyArray_SIZE(mean),
                             cnp.PyArray_DATA(mean), cnp.PyArray_DATA(x), share))


def batch_stats(x):
    cdef cnp.ndarray rows = _matrix(x)
    cdef cnp.ndarray mean = np.empty(rows.shape[1], rows.dtype), var = np.empty_like(mean)
    _check(fnn_apply_batch_stats(_real_code(rows.dtype), rows.shape[0], rows.shape[1],
                                 cnp.PyArray_DATA(rows), cnp.PyArray_DATA(mean),
                                 cnp.PyArray_DATA(var)))
    return mean, var


def blend(average, fresh, double keep):
    cdef cnp.ndarray out = np.array(average, order="C")
    cdef cnp.ndarray x = np.ascontiguousarray(fresh, out.dtype)
    if cnp.PyArray_SIZE(x) != cnp.PyArray_SIZE(out):
        raise ValueError("average and fresh must have one size")
    _check(fnn_apply_blend(_real_code(out.dtype), cnp.PyArray_SIZE(out), keep,
                           cnp.PyArray_DATA(x), cnp.PyArray_DATA(out)))
    return out


# ---- networks ------------------------------------------------------------------------------

cdef class Op:
    cdef fnn_op_spec spec
    cdef cnp.ndarray inputs  # what spec.inputs points into

    def __init__(self, int kind, inputs, int output, int activation=0, act_params=(),
                 bint use_bias=False, bint trainable=True, double rate=0.0, uint32_t stream=0,
                 int shares=-1, int64_t groups=0, dot_axes=(0, 0), bint normalize=False,
                 bint use_scale=False, double epsilon=0.0, double momentum=0.0,
                 int64_t vocabulary=0):
        memset(&self.spec, 0, sizeof(self.spec))
        self.inputs = np.array(inputs, np.int32)
        self.spec.kind = <fnn_op_kind>kind
        self.spec.inputs = <const int32_t *>cnp.PyArray_DATA(self.inputs)
        self.spec.n_inputs = <int32_t>cnp.PyArray_SIZE(self.inputs)
        self.spec.output = output
        self.spec.activation = <fnn_activation>activation
        _doubles(act_params, self.spec.act_param, 4)
        self.spec.use_bias = use_bias
        self.spec.trainable = trainable
        self.spec.rate = rate
        self.spec.stream = stream
        self.spec.shares = shares + 1
        self.spec.groups = groups
        self.spec.dot_axis[0], self.spec.dot_axis[1] = dot_axes
        self.spec.normalize = normalize
        self.spec.use_scale = use_scale
        self.spec.epsilon = epsilon
        self.spec.momentum = momentum
        self.spec.vocabulary = vocabulary

    cdef list matrices(self):
        """Whether each parameter of the op is a matrix rather than a vector."""
        cdef int kind = self.spec.kind
        if kind == FNN_OP_DENSE:
            return [True, False] if self.spec.use_bias else [True]
        if kind == FNN_OP_EMBEDDING:
            return [True]
        if kind == FNN_OP_PRELU:
            return [False]
        if kind == FNN_OP_AFFINE:
            return [False] * 3
        if kind in (FNN_OP_BATCH_NORM, FNN_OP_LAYER_NORM, FNN_OP_RMS_NORM):
            return [False] * (self.spec.use_scale + self.spec.use_bias
                              + (2 if kind == FNN_OP_BATCH_NORM else 0))
        return []


cdef class Network:
    cdef fnn_model *model
    cdef int type_num
    cdef int n_inputs, n_outputs
    cdef int64_t widths[64]
    cdef int64_t n_in[64]
    cdef int64_t n_out[64]
    cdef readonly str dtype
    cdef readonly int optimizer_slots

    def __cinit__(self, str dtype, tensors, ops, inputs=(0,), outputs=None):
        cdef fnn_model_spec spec
        cdef int i
        if outputs is None:
            outputs = (len(tensors) - 1,)
        if len(inputs) > FNN_INPUTS_MAX or len(outputs) > FNN_OUTPUTS_MAX:
            raise ValueError(f"at most {FNN_INPUTS_MAX} inputs and {FNN_OUTPUTS_MAX} outputs, got "
                             f"{len(inputs)} and {len(outputs)}")
        cdef cnp.ndarray ins = np.array(inputs, np.int32), outs = np.array(outputs, np.int32)
        spec.dtype = _real_code(np.dtype(dtype))
        spec.n_tensors = len(tensors)
        spec.n_ops = len(ops)
        cdef fnn_tensor_spec *shapes = <fnn_tensor_spec *>calloc(len(tensors) + 1, sizeof(fnn_tensor_spec))
        cdef fnn_op_spec *specs = <fnn_op_spec *>calloc(len(ops) + 1, sizeof(fnn_op_spec))
        try:
            if shapes == NULL or specs == NULL:
                raise MemoryError()
            for i in range(len(tensors)):
                shapes[i].positions, shapes[i].width = tensors[i]
            for i in range(len(ops)):
                specs[i] = (<Op?>ops[i]).spec
            spec.tensors = shapes
            spec.ops = specs
            spec.inputs = <const int32_t *>cnp.PyArray_DATA(ins)
            spec.n_inputs = self.n_inputs = len(inputs)
            spec.outputs = <const int32_t *>cnp.PyArray_DATA(outs)
            spec.n_outputs = self.n_outputs = len(outputs)
            _check(fnn_model_create(&spec, &self.model))
            for i, t in enumerate(inputs):
                self.n_in[i] = shapes[<int>t].positions * shapes[<int>t].width
            for i, t in enumerate(outputs):
                self.n_out[i] = shapes[<int>t].positions * shapes[<int>t].width
                self.widths[i] = shapes[<int>t].width
        finally:
            free(shapes)
            free(specs)
        self.dtype = dtype
        self.type_num = cnp.NPY_FLOAT32 if spec.dtype == FNN_F32 else cnp.NPY_FLOAT64

    def __dealloc__(self):
        fnn_model_destroy(self.model)

    @property
    def n_params(self):
        return fnn_model_param_count(self.model)

    cdef tuple _rows_cols(self, int index):
        cdef int64_t rows = 0, cols = 0
        if fnn_model_param_shape(self.model, index, &rows, &cols) != FNN_OK:
            raise IndexError(f"parameter {index} of {self.n_params}")
        return rows, cols

    def param_shape(self, int index):
        rows, cols = self._rows_cols(index)
        # A vector has one row; a matrix of one row is told by its place.
        return (rows, cols) if self.matrices[index] else (cols,)

    cdef list matrices

    def __init__(self, str dtype, tensors, ops, inputs=(0,), outputs=None):
        self.matrices = []
        for op in ops:
            if (<Op>op).spec.shares == 0:
                self.matrices += (<Op>op).matrices()

    def get_param(self, int index, int slot=0):
        cdef cnp.ndarray out = np.empty(self.param_shape(index), self.dtype)
        _check(fnn_model_get_param(self.model, index, slot, cnp.PyArray_DATA(out)))
        return out

    def set_param(self, int index, value, int slot=0):
        shape = self.param_shape(index)
        cdef cnp.ndarray data = np.ascontiguousarray(value, self.dtype)
        if np.shape(data) != shape:
            raise ValueError(f"parameter {index} has shape {shape}, got {np.shape(data)}")
        _check(fnn_model_set_param(self.model, index, slot, cnp.PyArray_DATA(data)))

    def set_optimizer(self, int code, hyper=()):
        cdef double values[FNN_HYPER_MAX]
        memset(values, 0, sizeof(values))
        _doubles(hyper, values, FNN_HYPER_MAX)
        _check(fnn_model_set_optimizer(self.model, <fnn_optimizer>code, values))
        self.optimizer_slots = fnn_optimizer_slots(<fnn_optimizer>code)

    def set_update(self, double clipnorm, double global_clipnorm, double loss_scale,
                   int64_t accumulate, bint use_ema, double ema_momentum, int64_t ema_overwrite):
        cdef fnn_update_spec spec
        spec.clipnorm, spec.global_clipnorm = clipnorm, global_clipnorm
        spec.loss_scale, spec.accumulate = loss_scale, accumulate
        spec.use_ema, spec.ema_momentum = use_ema, ema_momentum
        spec.ema_overwrite = ema_overwrite
        _check(fnn_model_set_update(self.model, &spec))

    def set_decay(self, int index, bint decay):
        _check(fnn_model_set_decay(self.model, index, decay))

    def set_regularizer(self, int index, int code, params):
        cdef double values[FNN_REG_PARAMS]
        memset(values, 0, sizeof(values))
        _doubles(params, values, FNN_REG_PARAMS)
        _check(fnn_model_set_regularizer(self.model, index, <fnn_regularizer>code, values))

    def set_constraint(self, int index, int code, params):
        cdef double values[FNN_CON_PARAMS]
        memset(values, 0, sizeof(values))
        _doubles(params, values, FNN_CON_PARAMS)
        _check(fnn_model_set_constraint(self.model, index, <fnn_constraint>code, values))

    def set_trainable(self, int op, bint trainable):
        _check(fnn_model_set_trainable(self.model, op, trainable))

    @property
    def iterations(self):
        return fnn_model_iterations(self.model)

    @iterations.setter
    def iterations(self, int64_t value):
        if value < 0:
            raise ValueError(f"`iterations` must not be negative, got {value}")
        _check(fnn_model_set_iterations(self.model, value))

    def predict(self, cnp.ndarray x not None, cnp.ndarray out=None):
        cdef fnn_array source
        cdef cnp.npy_intp shape[2]
        cdef fnn_status status
        cdef void *data
        if self.n_inputs != 1 or self.n_outputs != 1:
            return self.predict_all([x])[0]
        keep = _describe(x, &source)
        if source.cols != self.n_in[0]:
            raise ValueError(f"expected {self.n_in[0]} values a row, got {source.cols}")
        shape[0] = source.rows
        shape[1] = self.n_out[0]
        if out is None:
            out = cnp.PyArray_SimpleNew(2, shape, self.type_num)
        elif (cnp.PyArray_TYPE(out) != self.type_num or not cnp.PyArray_IS_C_CONTIGUOUS(out)
              or not cnp.PyArray_ISWRITEABLE(out) or cnp.PyArray_SIZE(out) != shape[0] * shape[1]):
            raise ValueError(f"out must be a C-contiguous writeable {self.dtype} array of "
                             f"{shape[0] * shape[1]} elements")
        data = cnp.PyArray_DATA(out)
        with nogil:
            status = fnn_model_predict(self.model, &source, &data)
        _check(status)
        return out

    def predict_all(self, arrays):
        cdef fnn_array sources[64]
        cdef void *data[64]
        cdef fnn_status status
        cdef cnp.ndarray each
        if len(arrays) != self.n_inputs:
            raise ValueError(f"expected {self.n_inputs} arrays, got {len(arrays)}")
        keep = [_describe(array, &sources[i]) for i, array in enumerate(arrays)]
        for i in range(self.n_inputs):
            if sources[i].cols != self.n_in[i] or sources[i].rows != sources[0].rows:
                raise ValueError(f"expected {sources[0].rows} rows of {self.n_in[i]} values in array "
                                 f"{i}, got {sources[i].rows} of {sources[i].cols}")
        outs = []
        for i in range(self.n_outputs):
            each = np.empty((sources[0].rows, self.n_out[i]), self.dtype)
            data[i] = cnp.PyArray_DATA(each)
            outs.append(each)
        with nogil:
            status = fnn_model_predict(self.model, sources, data)
        _check(status)
        return outs


# ---- training -----------------------------------------------------------------------------

cdef class Result:
    cdef readonly int64_t steps_done
    cdef readonly double loss_sum, loss_weight, penalty_sum, penalty_weight
    cdef readonly list metric_sum, metric_weight
    cdef readonly list loss_sums, loss_weights  # of several outputs


cdef int _poll(void *arg) noexcept nogil:
    cdef int stop
    with gil:
        stop = PyErr_CheckSignals()
    return stop


cdef int _raise_pending() except -1:
    return -1


cdef class _OwnLoss:
    """A loss in Python that the core calls: (y_true, y_pred) -> values of rows, gradient."""
    cdef object function
    cdef object error  # what it raised, to be raised by the call that ran it
    cdef int type_num  # of the network's reals

    def __cinit__(self, function, int type_num):
        self.function = function
        self.type_num = type_num

    cdef int run(self, const fnn_own_batch *batch) noexcept:
        cdef cnp.npy_intp n = batch.rows
        cdef cnp.ndarray true, pred
        try:
            pred = self._copied(batch.y, batch.rows, batch.cols, batch.ldy)
            if batch.labels == NULL:
                true = self._copied(batch.t, batch.rows, batch.cols, batch.ldt)
            else:
                true = cnp.PyArray_SimpleNew(1, &n, cnp.NPY_INT32)
                memcpy(cnp.PyArray_DATA(true), batch.labels, batch.rows * sizeof(int32_t))
            values, gradient = self.function(true, pred)
            self._take(values, batch.rows, 1, cnp.NPY_FLOAT64, batch.row_loss, 1)
            if batch.dy != NULL:
                self._take(gradient, batch.rows, batch.cols, self.type_num, batch.dy,
                           batch.ldd)
        except BaseException as error:
            self.error = error
            return 1
        return 0

    cdef cnp.ndarray _copied(self, const void *data, int64_t rows, int64_t cols, int64_t ld):
        """A new array (rows, cols) of the network's dtype."""
        cdef cnp.npy_intp shape[2]
        cdef int64_t r
        shape[0], shape[1] = rows, cols
        cdef cnp.ndarray out = cnp.PyArray_SimpleNew(2, shape, self.type_num)
        cdef size_t size = cnp.PyArray_ITEMSIZE(out)
        for r in range(rows):
            memcpy(<char *>cnp.PyArray_DATA(out) + r * cols * size, <const char *>data + r * ld * size,
                   cols * size)
        return out

    cdef int _take(self, values, int64_t rows, int64_t cols, int type_num, void *data,
                   int64_t ld) except -1:
        """Writes an array of rows * cols elements to rows of a buffer."""
        cdef cnp.ndarray given = np.ascontiguousarray(
            values, np.float64 if type_num == cnp.NPY_FLOAT64 else np.float32)
        cdef size_t size = cnp.PyArray_ITEMSIZE(given)
        cdef int64_t r
        if cnp.PyArray_SIZE(given) != rows * cols:
            raise ValueError(f"expected {rows * cols} values, got {cnp.PyArray_SIZE(given)}")
        for r in range(rows):
            memcpy(<char *>data + r * ld * size, <char *>cnp.PyArray_DATA(given) + r * cols * size,
                   cols * size)
        return 0


cdef int _own_loss(void *arg, const fnn_own_batch *batch) noexcept nogil:
    with gil:
        return (<_OwnLoss>arg).run(batch)


cdef class Trainer:
    cdef fnn_trainer *trainer
    cdef list own  # losses in Python, of the outputs that have one
    cdef readonly Network network
    cdef int n_metrics
    cdef void *kept[64]
    cdef readonly int64_t batch

    def __cinit__(self, Network network not None, int64_t batch, outputs, uint64_t seed):
        cdef fnn_trainer_spec spec
        cdef fnn_output_spec specs[64]
        cdef fnn_metric_spec metric_specs[FNN_METRICS_MAX]
        memset(&spec, 0, sizeof(spec))
        memset(metric_specs, 0, sizeof(metric_specs))
        if len(outputs) != network.n_outputs:
            raise ValueError(f"expected {network.n_outputs} outputs, got {len(outputs)}")
        self.n_metrics = 0
        self.own = []
        cdef _OwnLoss callback
        cdef cnp.ndarray columns
        keep = []  # until the trainer has its own copy
        for o, (loss, loss_params, loss_weight, reduction, metrics, loss_columns,
                own) in enumerate(outputs):
            memset(&specs[o], 0, sizeof(fnn_output_spec))
            if self.n_metrics + len(metrics) > FNN_METRICS_MAX:
                raise ValueError(f"at most {FNN_METRICS_MAX} metrics of all outputs")
            specs[o].has_loss = loss_weight is not None
            specs[o].loss = <fnn_loss><int>loss
            specs[o].loss_weight = 0.0 if loss_weight is None else loss_weight
            _doubles(loss_params, specs[o].loss_param, FNN_LOSS_PARAMS)
            columns = _columns(loss_columns)
            if columns is not None:
                if np.shape(columns) != (network.widths[o],):
                    raise ValueError(f"expected {network.widths[o]} parameters, got "
                                     f"{np.shape(columns)}")
                specs[o].loss_columns = <const double *>cnp.PyArray_DATA(columns)
                keep.append(columns)
            if own is not None:
                callback = _OwnLoss(own, network.type_num)
                self.own.append(callback)
                specs[o].own = &_own_loss
                specs[o].own_arg = <void *>callback
            specs[o].reduction = <fnn_reduction><int>reduction
            specs[o].metrics = &metric_specs[self.n_metrics]
            specs[o].n_metrics = len(metrics)
            for kind, of_loss, params, weighted in metrics:
                metric_specs[self.n_metrics].kind = <fnn_metric><int>kind
                metric_specs[self.n_metrics].loss = <fnn_loss><int>of_loss
                _doubles(params, metric_specs[self.n_metrics].param, FNN_LOSS_PARAMS)
                metric_specs[self.n_metrics].weighted = weighted
                self.n_metrics += 1
        spec.batch = batch
        spec.outputs = specs
        spec.n_outputs = network.n_outputs
        spec.seed = seed
        _check(fnn_trainer_create(network.model, &spec, &self.trainer))
        self.network = network
        self.batch = batch

    def __dealloc__(self):
        fnn_trainer_destroy(self.trainer)

    cdef object _arrays(self, x, y, sample_weight, fnn_run *run, fnn_array *described):
        """Describes the arrays of a run in (3, 64) descriptors. Returns what is to be kept."""
        keep = [_describe_all(x, self.network.n_inputs, described),
                _describe_all(y, self.network.n_outputs, described + 64), None]
        run.x = described
        run.y = described + 64
        if sample_weight is not None:
            keep[2] = _describe_all(sample_weight, self.network.n_outputs, described + 128)
            run.sample_weight = described + 128
        return keep

    cdef Result _run(self, x, y, sample_weight, order, fnn_run *run, bint training,
                     const fnn_minimize *search=NULL):
        cdef fnn_array described[192]
        cdef fnn_result result
        cdef fnn_status status
        memset(&result, 0, sizeof(result))
        keep = self._arrays(x, y, sample_weight, run, described)
        if order is not None:
            run.order = _int64_data(order)
            if cnp.PyArray_SIZE(order) < run.n_rows:
                raise ValueError(f"order has {cnp.PyArray_SIZE(order)} entries, n_rows is {run.n_rows}")
        run.poll = &_poll
        with nogil:
            if search != NULL:
                status = fnn_trainer_minimize(self.trainer, run, search, &result)
            elif training:
                status = fnn_trainer_fit(self.trainer, run, &result)
            else:
                status = fnn_trainer_evaluate(self.trainer, run, &result)
        self._check_run(status, &result)
        return self._result(&result)

    cdef int _check_run(self, fnn_status status, const fnn_result *result) except -1:
        cdef _OwnLoss own
        for own in self.own:
            if own.error is not None:
                error, own.error = own.error, None
                raise error
        if status == FNN_ERR_INTERRUPTED:
            _raise_pending()
        if status in (FNN_ERR_LABEL, FNN_ERR_INDEX, FNN_ERR_VOCABULARY):
            raise ValueError(f"{fnn_status_message(status).decode()}, at place {result.bad_row} "
                             "of the epoch")
        return _check(status)

    cdef Result _result(self, const fnn_result *result):
        cdef Result out = Result.__new__(Result)
        out.steps_done = result.steps_done
        out.loss_sum = result.loss_sum[0]
        out.loss_weight = result.loss_weight[0]
        out.penalty_sum = result.penalty_sum
        out.penalty_weight = result.penalty_weight
        if self.network.n_outputs > 1:
            out.loss_sums = [result.loss_sum[i] for i in range(self.network.n_outputs)]
            out.loss_weights = [result.loss_weight[i] for i in range(self.network.n_outputs)]
        out.metric_sum = [result.metric_sum[i] for i in range(self.n_metrics)]
        out.metric_weight = [result.metric_weight[i] for i in range(self.n_metrics)]
        return out

    cdef int _keep(self, out, fnn_run *run) except -1:
        """Where the outputs of the run's rows go; their place and size are those of the run."""
        cdef int64_t first = run.first_step * self.batch
        cdef int64_t rows = min(run.n_rows - first, run.n_steps * self.batch)
        cdef cnp.ndarray each
        cdef int i
        if out is None:
            return 0
        if isinstance(out, np.ndarray):
            out = (out,)
        if len(out) != self.network.n_outputs:
            raise ValueError(f"predictions must be {self.network.n_outputs} arrays, got {len(out)}")
        for i in range(self.network.n_outputs):
            self.kept[i] = NULL
            if out[i] is None:
                continue
            each = out[i]
            if (cnp.PyArray_TYPE(each) != self.network.type_num
                    or not cnp.PyArray_IS_C_CONTIGUOUS(each) or not cnp.PyArray_ISWRITEABLE(each)
                    or cnp.PyArray_SIZE(each) < rows * self.network.n_out[i]):
                raise ValueError(
                    f"predictions must be a C-contiguous writeable {self.network.dtype} array of "
                    f"{rows * self.network.n_out[i]} elements")
            self.kept[i] = cnp.PyArray_DATA(each)
        run.predictions = self.kept
        return 0

    cdef int _training(self, fnn_run *run, int64_t n_rows, cnp.ndarray learning_rate, hyper,
                       double *values) except -1:
        """What a run of training needs besides its arrays and its steps."""
        memset(run, 0, sizeof(run[0]))
        memset(values, 0, FNN_HYPER_MAX * sizeof(double))
        _doubles(hyper, values, FNN_HYPER_MAX)
        if (cnp.PyArray_TYPE(learning_rate) != cnp.NPY_FLOAT64
                or not cnp.PyArray_IS_C_CONTIGUOUS(learning_rate)):
            raise TypeError("learning_rate must be a C-contiguous float64 array")
        run.n_rows = n_rows
        run.learning_rate = <const double *>cnp.PyArray_DATA(learning_rate)
        run.hyper = values
        return 0

    def fit(self, x, y, sample_weight, order, int64_t n_rows, int64_t first_step,
            cnp.ndarray learning_rate not None, hyper, predictions=None):
        cdef fnn_run run
        cdef double values[FNN_HYPER_MAX]
        self._training(&run, n_rows, learning_rate, hyper, values)
        run.first_step = first_step
        run.n_steps = cnp.PyArray_SIZE(learning_rate)
        self._keep(predictions, &run)
        return self._run(x, y, sample_weight, order, &run, True)

    def minimize(self, x, y, sample_weight,
                 int64_t n_rows, double learning_rate, search, predictions=None):
        cdef fnn_run run
        cdef fnn_minimize spec
        memset(&run, 0, sizeof(run))
        spec.learning_rate = learning_rate
        (spec.max_iterations, spec.max_evaluations, spec.history, spec.tolerance_grad,
         spec.tolerance_change) = search
        run.n_rows = n_rows
        run.n_steps = 1
        self._keep(predictions, &run)
        return self._run(x, y, sample_weight, None, &run, True, &spec)

    def fit_epochs(self, x, y, sample_weight, order,
                   uint64_t shuffle_seed, uint32_t shuffle_stream, uint64_t first_pass,
                   int64_t n_epochs, int64_t n_rows, cnp.ndarray learning_rate not None, hyper,
                   list results not None):
        cdef fnn_array described[192]
        cdef fnn_run run
        cdef fnn_epochs epochs
        cdef fnn_status status
        cdef int64_t n_done = 0, i
        cdef double values[FNN_HYPER_MAX]
        self._training(&run, n_rows, learning_rate, hyper, values)
        memset(&epochs, 0, sizeof(epochs))
        keep = self._arrays(x, y, sample_weight, &run, described)
        if n_epochs < 1 or n_rows < 1:
            raise ValueError(f"expected epochs and rows, got {n_epochs} of {n_rows}")
        run.n_steps = (n_rows - 1) // self.batch + 1
        if cnp.PyArray_SIZE(learning_rate) != n_epochs * run.n_steps:
            raise ValueError(f"learning_rate must have {n_epochs} times {run.n_steps} entries, "
                             f"got {cnp.PyArray_SIZE(learning_rate)}")
        run.poll = &_poll
        epochs.n_epochs = n_epochs
        epochs.seed, epochs.stream, epochs.first_pass = shuffle_seed, shuffle_stream, first_pass
        if order is not None:
            epochs.order = _int64_data(order)
            if cnp.PyArray_SIZE(order) != n_rows:
                raise ValueError(f"order has {cnp.PyArray_SIZE(order)} entries, n_rows is {n_rows}")
        cdef fnn_result *found = <fnn_result *>calloc(n_epochs, sizeof(fnn_result))
        if found == NULL:
            raise MemoryError()
        try:
            with nogil:
                status = fnn_trainer_fit_epochs(self.trainer, &run, &epochs, found, &n_done)
            for i in range(n_done):
                results.append(self._result(&found[i]))
            self._check_run(status, &found[min(n_done, n_epochs - 1)])
        finally:
            free(found)

    def evaluate(self, x, y, sample_weight, order, int64_t n_rows, int64_t first_step,
                 int64_t n_steps, predictions=None):
        cdef fnn_run run
        memset(&run, 0, sizeof(run))
        run.n_rows = n_rows
        run.first_step = first_step
        run.n_steps = n_steps
        self._keep(predictions, &run)
        return self._run(x, y, sample_weight, order, &run, False)
