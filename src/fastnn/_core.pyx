# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The bridge: arrays to pointers, GIL released, status to exception. No policy here."""

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

cimport numpy as cnp

import numpy as np

cnp.import_array()

include "_core_extern.pxi"

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
    "sparsemax": FNN_ACT_SPARSEMAX, "abs": FNN_ACT_ABS, "power": FNN_ACT_POWER,
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
    "affine": FNN_OP_AFFINE, "embedding": FNN_OP_EMBEDDING, "permute": FNN_OP_PERMUTE,
    "slice": FNN_OP_SLICE, "divide": FNN_OP_DIVIDE,
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
    "muon": FNN_OPT_MUON, "muon_adam": FNN_OPT_MUON_ADAM,
}
HYPER_DECAY = FNN_HYPER_DECAY  # places that mean the same for all optimisers
HYPER_CLIP = FNN_HYPER_CLIP
HYPER_MUON_DECAY = FNN_HYPER_MUON_DECAY
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


include "_core_apply.pxi"
include "_core_network.pxi"
include "_core_training.pxi"
