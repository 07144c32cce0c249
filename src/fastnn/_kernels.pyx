# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""Every kernel of every compiled tier, for tests and benchmarks; the package never imports this.

A function is named after its slot of struct fnn_kernels (csrc/kernels/kernels.h has the contracts)
and takes the tier's name first. Buffers are flat C-contiguous arrays that begin at the first
element; "block" is a pair (buffer, leading dimension). The dtype is that of the buffers. Extents,
padding included, are checked before the call, so a wrong test raises and does not crash. Whether a
kernel keeps to its extents is for the tests to find out.
"""

from cpython.pycapsule cimport PyCapsule_Import
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

cimport numpy as cnp

import numpy as np

cnp.import_array()

cdef extern from "fastnn.h":
    ctypedef int fnn_dtype "enum fnn_dtype"
    ctypedef int fnn_activation "enum fnn_activation"
    ctypedef int fnn_loss "enum fnn_loss"
    ctypedef int fnn_optimizer "enum fnn_optimizer"
    cdef struct fnn_array:
        const void *data
        fnn_dtype dtype
        int64_t rows, cols, row_stride, col_stride
        const int64_t *col_offset
    enum:
        FNN_F32, FNN_F64, FNN_F16, FNN_BOOL, FNN_I8, FNN_U8, FNN_I16, FNN_U16
        FNN_I32, FNN_U32, FNN_I64, FNN_U64
        FNN_ACT_COUNT, FNN_LOSS_COUNT, FNN_METRIC_COUNT, FNN_OPT_COUNT, FNN_HYPER_MAX
        FNN_LOSS_PARAMS

cdef extern from "kernels.h":
    enum:
        FNN_CHUNK, FNN_PAD, FNN_COLS, FNN_LANES, FNN_OPT_COEFS, FNN_SLOTS_MAX
    cdef struct fnn_loss_args:
        size_t rows, cols
        const void *y
        size_t ldy
        const void *t
        size_t ldt
        const int32_t *labels
        const void *row_weight
        double scale
        double param[4]
        const double *columns
        double *row_loss
        void *dy
        size_t ldd
        void *p
        size_t ldp
    cdef enum:
        FNN_MERGE_ADD, FNN_MERGE_SUBTRACT, FNN_MERGE_MULTIPLY, FNN_MERGE_AVERAGE
        FNN_MERGE_MAXIMUM, FNN_MERGE_MINIMUM, FNN_MERGE_DIVIDE
    cdef struct fnn_merge_args:
        size_t rows, cols
        const void *a
        size_t lda
        const void *b
        size_t ldb
        double param
        void *y
        size_t ldy
        const void *dy
        size_t lddy
        int side, add
    cdef struct fnn_dot_side:
        const void *data
        size_t sample, free, along, count
    cdef struct fnn_dot_args:
        size_t samples, n
        fnn_dot_side a, b
        int normalize
        void *y
        size_t y_sample, ldy, width
        const void *dy
        void *dx
        int side, add
    cdef struct fnn_dropout_args:
        uint64_t seed, step
        uint32_t stream, threshold
        size_t width, row0, col0
        double scale, shift, fill
    cdef struct fnn_cols_args:
        const void *mean
        const void *var
        const void *gamma
        const void *beta
        double eps, floor
    ctypedef int fnn_norm "enum fnn_norm"
    ctypedef void fnn_act_fn(size_t, size_t, const void *, size_t, void *, size_t, const double *)
    ctypedef void fnn_loss_fn(const fnn_loss_args *)
    ctypedef void fnn_metric_fn(size_t, size_t, const void *, size_t, const void *, size_t,
                                const int32_t *, double, double *)
    ctypedef void fnn_opt_fn(size_t, void *, void *const *, const void *, const double *)
    cdef struct fnn_kernels:
        size_t elem, panel, mr
        void (*dense_fwd)(size_t, size_t, size_t, const void *, size_t, size_t, const void *,
                          size_t, int, const void *, int, void *, size_t)
        void (*dense_row)(size_t, size_t, const void *, const void *, const void *, int, void *)
        void (*dense_dw)(size_t, size_t, size_t, const void *, size_t, const void *, size_t, void *)
        void (*dense_db)(size_t, size_t, const void *, size_t, void *)
        void (*pack_wt)(size_t, size_t, size_t, size_t, const void *, void *)
        fnn_act_fn *const *act_fwd
        fnn_act_fn *const *act_bwd
        void (*dropout_fwd)(size_t, size_t, const void *, size_t, void *, size_t, uint8_t *,
                            size_t, const fnn_dropout_args *)
        void (*dropout_bwd)(size_t, size_t, const uint8_t *, size_t, void *, size_t, double)
        void (*alpha_dropout_fwd)(size_t, size_t, const void *, size_t, void *, size_t, uint8_t *,
                                  size_t, const fnn_dropout_args *)
        void (*noise)(int, size_t, size_t, const void *, size_t, void *, size_t,
                      const fnn_dropout_args *)
        void (*batch_stats)(size_t, size_t, const void *, size_t, void *, void *)
        void (*batch_bwd)(size_t, size_t, const void *, size_t, void *, size_t,
                          const fnn_cols_args *, void *, void *)
        void (*blend)(size_t, void *, const void *, double)
        void (*cols_fwd)(size_t, size_t, const void *, size_t, void *, size_t,
                         const fnn_cols_args *)
        void (*cols_bwd)(size_t, size_t, void *, size_t, const fnn_cols_args *)
        void (*rows_fwd)(fnn_norm, size_t, size_t, const void *, size_t, void *, size_t,
                         const void *, const void *, double, void *)
        void (*rows_bwd)(fnn_norm, size_t, size_t, const void *, size_t, void *, size_t,
                         const void *, const void *)
        void (*rows_dgamma)(size_t, size_t, const void *, size_t, const void *, size_t,
                            const void *, void *)
        void (*prelu_fwd)(size_t, size_t, const void *, size_t, void *, size_t, const void *)
        void (*prelu_bwd)(size_t, size_t, const void *, size_t, void *, size_t, const void *,
                          void *)
        void (*const *merge_fwd)(const fnn_merge_args *)
        void (*const *merge_bwd)(const fnn_merge_args *)
        void (*dot_fwd)(const fnn_dot_args *)
        void (*dot_bwd)(const fnn_dot_args *)
        fnn_loss_fn *const *loss
        fnn_metric_fn *const *metric
        void (*accumulate)(size_t, void *, const void *)
        void (*divide)(size_t, void *, double)
        void (*average)(size_t, void *, const void *, double)
        void (*sum_squares)(size_t, size_t, const void *, size_t, double *)
        void (*sum_abs)(size_t, size_t, const void *, size_t, double *)
        void (*lane_sums)(size_t, const void *, size_t, double *, double *)
        void (*regularize)(size_t, size_t, const void *, size_t, void *, size_t, double, double)
        void (*scale)(size_t, size_t, void *, size_t, const double *, const double *)
        void (*orthogonal)(size_t, size_t, const void *, int, double, void *, double *, void *)
        fnn_opt_fn *const *opt
        void (*gather)(const fnn_array *, const int64_t *, int64_t, size_t, void *, size_t)

cdef extern from "exports.h":
    const char *FNN_EXPORTS_CAPSULE
    cdef struct fnn_exports:
        size_t (*isa_count)()
        const char *(*isa_name)(size_t index)
        int (*isa_supported)(size_t index)
        const fnn_kernels *(*kernels_of)(size_t isa_index, fnn_dtype dtype)
        int (*act_needs_z)(fnn_activation act)
        int (*act_elementwise)(fnn_activation act)
        int (*loss_is_sparse)(fnn_loss loss)
        size_t (*orthogonal_scratch)(size_t rows, size_t cols, int columns)
        int32_t (*optimizer_slots)(fnn_optimizer kind)
        void (*opt_coefficients)(fnn_optimizer kind, const double *hyper, double learning_rate,
                                 int64_t step, double *c)

# The core is linked into _core, and once in a wheel is enough.
cdef const fnn_exports *core = <const fnn_exports *>PyCapsule_Import(FNN_EXPORTS_CAPSULE, 0)

CHUNK, PAD, COLS, LANES = FNN_CHUNK, FNN_PAD, FNN_COLS, FNN_LANES
ACT_COUNT, LOSS_COUNT, METRIC_COUNT = FNN_ACT_COUNT, FNN_LOSS_COUNT, FNN_METRIC_COUNT
OPT_COUNT, HYPER_MAX = FNN_OPT_COUNT, FNN_HYPER_MAX

DTYPES = {
    "float32": FNN_F32, "float64": FNN_F64, "float16": FNN_F16, "bool": FNN_BOOL,
    "int8": FNN_I8, "uint8": FNN_U8, "int16": FNN_I16, "uint16": FNN_U16,
    "int32": FNN_I32, "uint32": FNN_U32, "int64": FNN_I64, "uint64": FNN_U64,
}


# ---- tables -----------------------------------------------------------------------------

def tiers():
    return {core.isa_name(i).decode(): bool(core.isa_supported(i)) for i in range(core.isa_count())}


cdef const fnn_kernels *_table(str isa, dtype) except NULL:
    cdef size_t i
    for i in range(core.isa_count()):
        if core.isa_name(i).decode() == isa:
            if not core.isa_supported(i):
                raise ValueError(f"this CPU cannot run the tier `{isa}`")
            if dtype not in (np.float32, np.float64):
                raise TypeError(f"expected buffers of float32 or float64, got {dtype}")
            return core.kernels_of(i, FNN_F32 if dtype == np.float32 else FNN_F64)
    raise ValueError(f"`isa` must be one of {list(tiers())}, got {isa!r}")


def table(str isa, dtype):
    cdef const fnn_kernels *k = _table(isa, np.dtype(dtype))
    return {"elem": k.elem, "panel": k.panel, "mr": k.mr}


def act_needs_z(int code):
    return bool(core.act_needs_z(_code(code, FNN_ACT_COUNT)))


def act_elementwise(int code):
    return bool(core.act_elementwise(_code(code, FNN_ACT_COUNT)))


def loss_is_sparse(int code):
    return bool(core.loss_is_sparse(_code(code, FNN_LOSS_COUNT)))


def optimizer_slots(int code):
    return core.optimizer_slots(_code(code, FNN_OPT_COUNT))


def opt_coefficients(int code, hyper, double learning_rate, int64_t step):
    cdef cnp.ndarray h = np.zeros(FNN_HYPER_MAX), c = np.zeros(FNN_OPT_COEFS)
    h[: len(hyper)] = hyper
    if step < 1:
        raise ValueError(f"`step` counts from 1, got {step}")
    core.opt_coefficients(_code(code, FNN_OPT_COUNT), <double *>cnp.PyArray_DATA(h), learning_rate,
                         step, <double *>cnp.PyArray_DATA(c))
    return c


# ---- checks -----------------------------------------------------------------------------

cdef int _code(int code, int count) except -1:
    if not 0 <= code < count:
        raise ValueError(f"`code` must be in [0, {count}), got {code}")
    return code


cdef size_t _pad(size_t n):
    return (n + FNN_PAD - 1) // FNN_PAD * FNN_PAD


cdef int _small(size_t n) except -1:
    """Products of two counts below 2^31 cannot overflow."""
    if n >= 1 << 31:
        raise ValueError(f"counts and leading dimensions must be below 2**31, got {n}")
    return 0


cdef size_t _extent(size_t rows, size_t ld, size_t last) except? 0:
    """Elements from the first to the end of the last row, which has `last` of them."""
    _small(rows)
    _small(ld)
    _small(last)
    return (rows - 1) * ld + last if rows and last else 0


cdef void *_at(cnp.ndarray a, dtype, size_t need, str name) except? NULL:
    if a.dtype != dtype or not cnp.PyArray_IS_C_CONTIGUOUS(a) or cnp.PyArray_NDIM(a) != 1:
        raise TypeError(f"`{name}` must be a flat contiguous array of {dtype}, got {a.dtype} "
                        f"of shape {np.shape(a)}")
    if <size_t>cnp.PyArray_SIZE(a) < need:
        raise ValueError(f"`{name}` must hold {need} elements, got {cnp.PyArray_SIZE(a)}")
    return cnp.PyArray_DATA(a)


cdef void *_block(block, dtype, size_t rows, size_t cols, str name, bint padded=False) except? NULL:
    cdef size_t ld = block[1], last = _pad(cols) if padded else cols
    if rows > 1 and ld < last:
        raise ValueError(f"rows of `{name}` overlap: leading dimension {ld} for {last} columns")
    return _at(block[0], dtype, _extent(rows, ld, last), name)


cdef int _panel(const fnn_kernels *t, size_t cols) except -1:
    if not 1 <= cols <= t.panel:
        raise ValueError(f"a panel has 1 to {t.panel} columns, got {cols}")
    return 0


# ---- dense ------------------------------------------------------------------------------

def dense_fwd(str isa, size_t rows, size_t k, size_t cols, x, size_t xstep, w, bias, bint relu, y,
              bint add=False):
    dtype = w[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef size_t row = k, last = (k - 1) // FNN_COLS if k else 0
    _panel(t, cols)
    if xstep != FNN_COLS:  # panels of x: FNN_COLS columns of each but the last
        _small(xstep)
        _small(last)
        row = last * xstep + k - last * FNN_COLS
        if last:
            row = max(row, (last - 1) * xstep + FNN_COLS)
    cdef void *px = _at(x[0], dtype, _extent(rows, x[1], row), "x")
    cdef void *pw = _at(w[0], dtype, _extent(k, w[1], _pad(cols)), "w")
    cdef void *pb = NULL if bias is None else _at(bias, dtype, _pad(cols), "bias")
    cdef void *py = _block(y, dtype, rows, cols, "y", True)
    t.dense_fwd(rows, k, cols, px, x[1], xstep, pw, w[1], add, pb, relu, py, y[1])


def dense_row(str isa, size_t k, size_t n, x, w, bias, bint relu, y):
    dtype = w.dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef void *px = _at(x, dtype, k, "x")
    cdef void *pw = _at(w, dtype, _extent(k, n, n) + (_pad(n) - n if k else 0), "w")
    cdef void *pb = NULL if bias is None else _at(bias, dtype, _pad(n), "bias")
    t.dense_row(k, n, px, pw, pb, relu, _at(y, dtype, _pad(n), "y"))


def dense_dw(str isa, size_t rows, size_t n, size_t cols, x, dy, g):
    dtype = g.dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    _panel(t, cols)
    cdef void *px = _at(x[0], dtype, _extent(rows, x[1], _pad(n)), "x")
    cdef void *pd = _block(dy, dtype, rows, cols, "dy", True)
    t.dense_dw(rows, n, cols, px, x[1], pd, dy[1], _at(g, dtype, _extent(n, cols, cols), "g"))


def dense_db(str isa, size_t rows, size_t cols, dy, g):
    dtype = g.dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef void *pd = _block(dy, dtype, rows, cols, "dy", True)
    t.dense_db(rows, cols, pd, dy[1], _at(g, dtype, cols, "g"))


def pack_wt(str isa, size_t n, size_t i0, size_t k, size_t n_out, w, dst):
    dtype = dst.dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    _panel(t, n)
    _small(i0)
    if i0 + n > k:
        raise ValueError(f"`i0` + `n` must be at most `k`, got {i0} + {n} and {k}")
    cdef void *pw = _at(w, dtype, _extent(k, n_out, n_out) + FNN_PAD, "w")
    t.pack_wt(n, i0, k, n_out, pw,
              _at(dst, dtype, _extent(n_out + FNN_PAD, _pad(n), _pad(n)), "dst"))


# ---- elementwise ------------------------------------------------------------------------

cdef _activation(str isa, bint backward, int code, size_t rows, size_t cols, a, b, params):
    dtype = b[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef fnn_act_fn *const *slots = t.act_bwd if backward else t.act_fwd
    cdef double param[4]
    for i in range(4):
        param[i] = params[i] if i < len(params) else 0.0
    cdef void *pa = _block(a, dtype, rows, cols, "ref" if backward else "z")
    cdef void *pb = _block(b, dtype, rows, cols, "d" if backward else "y")
    if slots[_code(code, FNN_ACT_COUNT)] is NULL:
        raise ValueError(f"activation {code} has no kernel in the tier `{isa}`")
    slots[code](rows, cols, pa, a[1], pb, b[1], param)


def act_fwd(str isa, int code, size_t rows, size_t cols, z, y, params=()):
    _activation(isa, False, code, rows, cols, z, y, params)


def act_bwd(str isa, int code, size_t rows, size_t cols, ref, d, params=()):
    _activation(isa, True, code, rows, cols, ref, d, params)


cdef fnn_dropout_args _dropout_args(size_t cols, uint64_t seed, uint32_t stream, uint64_t step,
                                    uint32_t threshold, size_t width, size_t row0, size_t col0,
                                    double scale, double shift, double fill) except *:
    _small(width)
    if col0 % 4 or col0 + cols > width:
        raise ValueError(f"`col0` must be a multiple of 4 and `col0` + `cols` at most `width`, got "
                         f"{col0}, {cols}, {width}")
    return fnn_dropout_args(seed, step, stream, threshold, width, row0, col0, scale, shift, fill)


def dropout_fwd(str isa, size_t rows, size_t cols, z, y, keep, *, uint64_t seed, uint32_t stream,
                uint64_t step, uint32_t threshold, size_t width, size_t row0, size_t col0,
                double scale):
    dtype = y[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef fnn_dropout_args args = _dropout_args(cols, seed, stream, step, threshold, width, row0,
                                               col0, scale, 0, 0)
    cdef void *pz = _block(z, dtype, rows, cols, "z")
    cdef void *py = _block(y, dtype, rows, cols, "y")
    cdef void *pk = _block(keep, np.uint8, rows, cols, "keep")
    t.dropout_fwd(rows, cols, pz, z[1], py, y[1], <uint8_t *>pk, keep[1], &args)


def alpha_dropout_fwd(str isa, size_t rows, size_t cols, z, y, keep, *, uint64_t seed,
                      uint32_t stream, uint64_t step, uint32_t threshold, size_t width,
                      size_t row0, size_t col0, double scale, double shift, double fill):
    dtype = y[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef fnn_dropout_args args = _dropout_args(cols, seed, stream, step, threshold, width, row0,
                                               col0, scale, shift, fill)
    cdef void *pz = _block(z, dtype, rows, cols, "z")
    cdef void *py = _block(y, dtype, rows, cols, "y")
    cdef void *pk = _block(keep, np.uint8, rows, cols, "keep")
    t.alpha_dropout_fwd(rows, cols, pz, z[1], py, y[1], <uint8_t *>pk, keep[1], &args)


def noise(str isa, bint multiply, size_t rows, size_t cols, z, y, *, uint64_t seed,
          uint32_t stream, uint64_t step, size_t width, size_t row0, size_t col0, double scale):
    dtype = y[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef fnn_dropout_args args = _dropout_args(cols, seed, stream, step, 0, width, row0, col0,
                                               scale, 0, 0)
    cdef void *pz = _block(z, dtype, rows, cols, "z")
    t.noise(multiply, rows, cols, pz, z[1], _block(y, dtype, rows, cols, "y"), y[1], &args)


def dropout_bwd(str isa, size_t rows, size_t cols, keep, d, double scale):
    dtype = d[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef void *pk = _block(keep, np.uint8, rows, cols, "keep")
    t.dropout_bwd(rows, cols, <uint8_t *>pk, keep[1], _block(d, dtype, rows, cols, "d"), d[1],
                  scale)


# ---- normalisation ----------------------------------------------------------------------

cdef void *_maybe(a, dtype, size_t need, str name) except? NULL:
    return NULL if a is None else _at(a, dtype, need, name)


cdef fnn_cols_args _columns(dtype, size_t cols, mean, var, gamma, beta, double eps,
                            double floor) except *:
    cdef fnn_cols_args args
    args.mean = _maybe(mean, dtype, cols, "mean")
    args.var = _maybe(var, dtype, cols, "var")
    args.gamma = _maybe(gamma, dtype, cols, "gamma")
    args.beta = _maybe(beta, dtype, cols, "beta")
    args.eps, args.floor = eps, floor
    return args


cdef int _some(size_t n, str name) except -1:
    if n < 1:
        raise ValueError(f"`{name}` must be at least 1")
    return 0


def batch_stats(str isa, size_t rows, size_t cols, x, mean, var):
    dtype = mean.dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    _some(rows, "rows")
    cdef void *px = _block(x, dtype, rows, cols, "x")
    cdef void *pm = _at(mean, dtype, cols, "mean")
    t.batch_stats(rows, cols, px, x[1], pm, _at(var, dtype, cols, "var"))


def batch_bwd(str isa, size_t rows, size_t cols, x, d, mean, var, gamma, double eps, double floor,
              dgamma, dbeta):
    dtype = d[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef fnn_cols_args args = _columns(dtype, cols, mean, var, gamma, None, eps, floor)
    _some(rows, "rows")
    if var is None:
        raise ValueError("`var` must be given")
    cdef void *px = _block(x, dtype, rows, cols, "x")
    cdef void *pd = _block(d, dtype, rows, cols, "d")
    cdef void *pg = _maybe(dgamma, dtype, cols, "dgamma")
    t.batch_bwd(rows, cols, px, x[1], pd, d[1], &args, pg, _maybe(dbeta, dtype, cols, "dbeta"))


def blend(str isa, size_t n, a, x, double keep):
    dtype = a.dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef void *pa = _at(a, dtype, n, "a")
    t.blend(n, pa, _at(x, dtype, n, "x"), keep)


def cols_fwd(str isa, size_t rows, size_t cols, x, y, mean, var, gamma, beta, double eps,
             double floor):
    dtype = y[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef fnn_cols_args args = _columns(dtype, cols, mean, var, gamma, beta, eps, floor)
    cdef void *px = _block(x, dtype, rows, cols, "x")
    t.cols_fwd(rows, cols, px, x[1], _block(y, dtype, rows, cols, "y"), y[1], &args)


def cols_bwd(str isa, size_t rows, size_t cols, d, var, gamma, double eps, double floor):
    dtype = d[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef fnn_cols_args args = _columns(dtype, cols, None, var, gamma, None, eps, floor)
    t.cols_bwd(rows, cols, _block(d, dtype, rows, cols, "d"), d[1], &args)


def rows_fwd(str isa, int kind, size_t rows, size_t cols, x, y, gamma, beta, double eps, stats):
    dtype = y[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    _some(cols, "cols")
    cdef void *px = _block(x, dtype, rows, cols, "x")
    cdef void *py = _block(y, dtype, rows, cols, "y")
    cdef void *pg = _maybe(gamma, dtype, cols, "gamma")
    cdef void *pb = _maybe(beta, dtype, cols, "beta")
    t.rows_fwd(_code(kind, 3), rows, cols, px, x[1], py, y[1], pg, pb, eps,
               _maybe(stats, dtype, 2 * rows, "stats"))


def rows_bwd(str isa, int kind, size_t rows, size_t cols, x, d, gamma, stats):
    dtype = d[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    _some(cols, "cols")
    cdef void *px = _block(x, dtype, rows, cols, "x")
    cdef void *pd = _block(d, dtype, rows, cols, "d")
    cdef void *pg = _maybe(gamma, dtype, cols, "gamma")
    t.rows_bwd(_code(kind, 3), rows, cols, px, x[1], pd, d[1], pg,
               _at(stats, dtype, 2 * rows, "stats"))


def rows_dgamma(str isa, size_t rows, size_t cols, x, dy, stats, g):
    dtype = g.dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef void *px = _block(x, dtype, rows, cols, "x")
    cdef void *pd = _block(dy, dtype, rows, cols, "dy")
    cdef void *ps = _at(stats, dtype, 2 * rows, "stats")
    t.rows_dgamma(rows, cols, px, x[1], pd, dy[1], ps, _at(g, dtype, cols, "g"))


def prelu_fwd(str isa, size_t rows, size_t cols, x, y, alpha):
    dtype = y[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef void *px = _block(x, dtype, rows, cols, "x")
    cdef void *py = _block(y, dtype, rows, cols, "y")
    t.prelu_fwd(rows, cols, px, x[1], py, y[1], _at(alpha, dtype, cols, "alpha"))


def prelu_bwd(str isa, size_t rows, size_t cols, x, d, alpha, dalpha):
    dtype = d[0].dtype
    cdef const fnn_kernels *t = _table(isa, dtype)
    cdef void *px = _block(x, dtype, rows, cols, "x")
    cdef void *pd = _block(d, dtype, rows, cols, "d")
    cdef void *pa = _at(alpha, dtype, cols, "alpha")
    t.prelu_bwd(rows, cols, px, x[1], pd, d[1], pa, _maybe(dalpha, dtype, cols, "dalpha"))


# ---- ops of several inputs ---------------------------------------------------------------

MERGES = {
    "add": FNN_MERGE_ADD, "subtract": FNN_MERGE_SUBTRACT, "multiply": FNN_MERGE_MULTIPLY,
    "average": FNN_MERGE_AVERAGE, "maximum": FNN_MERGE_MAXIMUM, "minimum": FNN_MERGE_MINIMUM,
    "divide": FNN_MERGE_DIVIDE,
}


cdef fnn_merge_args _merge(dtype, size_t rows, size_t cols, a, b, y, double param) except *:
    cdef fnn_merge_args args
    args.rows, args.cols, args.param = rows, cols, param
    args.a, args.lda = _block(a, dtype, rows, cols, "a"), a[1]
    args.b, args.ldb = _block(b, dtype, rows, cols, "b"), b[1]
    args.y, args.ldy = _block(y, dtype, rows, cols, "y"), y[1]
    args.dy, args.lddy, args.side, args.add = NULL, 0, 0, 0
    return args


def merge_fwd(str isa, str name, size_t rows, size_t cols, a, b, y, double param=0.0):
    cdef const fnn_kernels *k = _table(isa, y[0].dtype)
    cdef fnn_merge_args args = _merge(y[0].dtype, rows, cols, a, b, y, param)
    cdef int code = MERGES[name]
    k.merge_fwd[code](&args)


def merge_bwd(str isa, str name, size_t rows, size_t cols, a, b, dy, dx, *, int side, bint add,
              double param=0.0):
    cdef const fnn_kernels *k = _table(isa, dx[0].dtype)
    cdef fnn_merge_args args = _merge(dx[0].dtype, rows, cols, a, b, dx, param)
    cdef int code = MERGES[name]
    args.dy, args.lddy = _block(dy, dx[0].dtype, rows, cols, "dy"), dy[1]
    args.side, args.add = side != 0, add
    k.merge_bwd[code](&args)


cdef int _dot_side(fnn_dot_side *side, dtype, size_t samples, shape, int axis, block,
                   str name) except -1:
    cdef size_t positions = shape[0], width = shape[1], ld = block[1]
    side.data = _block(block, dtype, samples * positions, width, name)
    side.sample = positions * ld
    side.free = ld if axis else 1
    side.along = 1 if axis else ld
    side.count = positions if axis else width
    return 0


cdef fnn_dot_args _dot(size_t samples, shapes, axes, a, b, y, bint normalize) except *:
    cdef fnn_dot_args args
    dtype = y[0].dtype
    args.samples, args.n, args.normalize = samples, shapes[0][axes[0]], normalize
    if shapes[0][axes[0]] != shapes[1][axes[1]]:
        raise ValueError(f"axes of one size, got {shapes} along {axes}")
    _dot_side(&args.a, dtype, samples, shapes[0], axes[0], a, "a")
    _dot_side(&args.b, dtype, samples, shapes[1], axes[1], b, "b")
    args.ldy, args.width = y[1], args.b.count
    args.y_sample = args.a.count * args.ldy
    args.y = _block(y, dtype, samples * args.a.count, args.width, "y")
    args.dy, args.dx, args.side, args.add = NULL, NULL, 0, 0
    return args


def dot_fwd(str isa, size_t samples, shapes, axes, a, b, y, *, bint normalize):
    cdef const fnn_kernels *k = _table(isa, y[0].dtype)
    cdef fnn_dot_args args = _dot(samples, shapes, axes, a, b, y, normalize)
    k.dot_fwd(&args)


def dot_bwd(str isa, size_t samples, shapes, axes, a, b, y, dy, dx, *, bint normalize, int side,
            bint add):
    cdef const fnn_kernels *k = _table(isa, y[0].dtype)
    cdef fnn_dot_args args = _dot(samples, shapes, axes, a, b, y, normalize)
    mine = b if side else a
    if dy[1] != y[1] or dx[1] != mine[1]:
        raise ValueError("dy has the strides of y, dx those of its side")
    args.dy = _block(dy, y[0].dtype, samples * args.a.count, args.width, "dy")
    args.dx = _block(dx, y[0].dtype, samples * <size_t>shapes[side][0], shapes[side][1], "dx")
    args.side, args.add = side, add
    k.dot_bwd(&args)


# ---- losses, metrics, optimisers --------------------------------------------------------

def loss(str isa, int code, size_t rows, size_t cols, y, t, labels, row_weight, double scale,
         params, row_loss, dy=None, p=None, columns=None):
    dtype = y[0].dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef fnn_loss_args a
    if core.loss_is_sparse(_code(code, FNN_LOSS_COUNT)) != (labels is not None):
        raise ValueError("`labels` must be given for sparse losses only")
    if labels is None and t is None or cols < 1:
        raise ValueError("a loss needs `t` or `labels`, and one column or more")
    a.rows, a.cols, a.scale = rows, cols, scale
    for i in range(FNN_LOSS_PARAMS):
        a.param[i] = params[i] if i < len(params) else 0.0
    a.y, a.ldy = _block(y, dtype, rows, cols, "y"), y[1]
    a.t, a.ldt, a.labels = NULL, 0, NULL
    if labels is not None:
        a.labels = <const int32_t *>_at(labels, np.int32, rows, "labels")
        seen = labels[:rows]
        if a.param[1] != 0.0:  # a class that is left out
            seen = seen[seen != a.param[2]]
        if len(seen) and not (0 <= seen.min() and seen.max() < cols):
            raise ValueError(f"`labels` must be in [0, {cols})")
    else:
        a.t, a.ldt = _block(t, dtype, rows, cols, "t"), t[1]
    a.columns = NULL
    if columns is not None:
        a.columns = <const double *>_at(columns, np.float64, cols, "columns")
    a.row_weight = NULL if row_weight is None else _at(row_weight, dtype, rows, "row_weight")
    a.row_loss = <double *>_at(row_loss, np.float64, rows, "row_loss")
    a.dy, a.ldd, a.p, a.ldp = NULL, 0, NULL, 0
    if dy is not None:
        a.dy, a.ldd = _block(dy, dtype, rows, cols, "dy"), dy[1]
    if p is not None:
        a.p, a.ldp = _block(p, dtype, rows, cols, "p"), p[1]
    if k.loss[code] is NULL:
        raise ValueError(f"loss {code} has no kernel in the tier `{isa}`")
    k.loss[code](&a)


def metric(str isa, int code, size_t rows, size_t cols, y, t, labels, double threshold, value):
    dtype = y[0].dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef void *py = _block(y, dtype, rows, cols, "y")
    cdef void *pt = NULL if t is None else _block(t, dtype, rows, cols, "t")
    cdef void *pl = NULL if labels is None else _at(labels, np.int32, rows, "labels")
    cdef void *pv = _at(value, np.float64, rows, "value")
    if (t is None) == (labels is None) or cols < 1:
        raise ValueError("a metric needs `t` or `labels`, and one column or more")
    if k.metric[_code(code, FNN_METRIC_COUNT)] is NULL:
        raise ValueError(f"metric {code} has no kernel in the tier `{isa}`")
    k.metric[code](rows, cols, py, y[1], pt, 0 if t is None else t[1], <const int32_t *>pl,
                   threshold, <double *>pv)


def accumulate(str isa, size_t n, acc, x):
    dtype = acc.dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef void *pa = _at(acc, dtype, n, "acc")
    k.accumulate(n, pa, _at(x, dtype, n, "x"))


def divide(str isa, size_t n, x, double d):
    dtype = x.dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    k.divide(n, _at(x, dtype, n, "x"), d)


def average(str isa, size_t n, mean, x, double share):
    dtype = mean.dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef void *pm = _at(mean, dtype, n, "mean")
    k.average(n, pm, _at(x, dtype, n, "x"), share)


def sum_squares(str isa, size_t rows, size_t cols, x, out):
    dtype = x[0].dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef void *px = _block(x, dtype, rows, cols, "x")
    k.sum_squares(rows, cols, px, x[1], <double *>_at(out, np.float64, cols, "out"))


def opt(str isa, int code, size_t n, w, slots, g, coefs):
    dtype = w.dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef void *s[FNN_SLOTS_MAX]
    if len(slots) != optimizer_slots(code):
        raise ValueError(f"optimiser {code} has {optimizer_slots(code)} slots, got {len(slots)}")
    for i in range(FNN_SLOTS_MAX):
        s[i] = _at(slots[i], dtype, n, "slots") if i < len(slots) else NULL
    cdef void *pc = _at(coefs, np.float64, FNN_OPT_COEFS, "coefs")
    cdef void *pw = _at(w, dtype, n, "w")
    cdef void *pg = _at(g, dtype, n, "g")
    if k.opt[code] is NULL:
        raise ValueError(f"optimiser {code} has no kernel in the tier `{isa}`")
    k.opt[code](n, pw, s, pg, <const double *>pc)


# ---- regularisers and constraints --------------------------------------------------------

def sum_abs(str isa, size_t rows, size_t cols, x, out):
    dtype = x[0].dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef void *px = _block(x, dtype, rows, cols, "x")
    k.sum_abs(rows, cols, px, x[1], <double *>_at(out, np.float64, cols, "out"))


def lane_sums(str isa, size_t cols, x, size_t first, abs_lanes, square_lanes):
    cdef const fnn_kernels *k = _table(isa, x.dtype)
    cdef void *a = NULL if abs_lanes is None else _at(abs_lanes, np.float64, FNN_LANES, "abs_lanes")
    cdef void *b = NULL
    if square_lanes is not None:
        b = _at(square_lanes, np.float64, FNN_LANES, "square_lanes")
    k.lane_sums(cols, _at(x, x.dtype, cols, "x"), first, <double *>a, <double *>b)


def regularize(str isa, size_t rows, size_t cols, w, g, double l1, double l2):
    dtype = w[0].dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef void *pw = _block(w, dtype, rows, cols, "w")
    k.regularize(rows, cols, pw, w[1], _block(g, dtype, rows, cols, "g"), g[1], l1, l2)


def scale(str isa, size_t rows, size_t cols, w, row, col):
    dtype = w[0].dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef void *pr = NULL if row is None else _at(row, np.float64, rows, "row")
    cdef void *pc = NULL if col is None else _at(col, np.float64, cols, "col")
    if pr is NULL and pc is NULL and cols:
        raise ValueError("`row` or `col` must be given")
    cdef void *pw = _block(w, dtype, rows, cols, "w")
    k.scale(rows, cols, pw, w[1], <const double *>pr, <const double *>pc)


def orthogonal_scratch(size_t rows, size_t cols, bint columns):
    return core.orthogonal_scratch(rows, cols, columns)


def orthogonal(str isa, size_t rows, size_t cols, w, bint columns, double factor, scratch, penalty,
               g):
    dtype = w.dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef void *ps = _at(scratch, dtype, core.orthogonal_scratch(rows, cols, columns), "scratch")
    cdef void *pg = NULL if g is None else _at(g, dtype, rows * cols, "g")
    k.orthogonal(rows, cols, _at(w, dtype, rows * cols, "w"), columns, factor, ps,
                 <double *>_at(penalty, np.float64, 1, "penalty"), pg)


# ---- gather -----------------------------------------------------------------------------

def gather(str isa, memory, int64_t offset, str src_dtype, int64_t rows, int64_t cols,
           int64_t row_stride, int64_t col_stride, col_offset, index, int64_t row0, size_t count,
           dst):
    """memory: bytes of the source array; element (0, 0) begins at `offset`."""
    dtype = dst[0].dtype
    cdef const fnn_kernels *k = _table(isa, dtype)
    cdef fnn_array src
    cdef char *base = <char *>_at(memory, np.uint8, 0, "memory")
    cdef void *pi = NULL if index is None else _at(index, np.int64, count, "index")
    cdef void *pc = NULL if col_offset is None else _at(col_offset, np.int64, cols, "col_offset")
    cdef void *pd = _block(dst, dtype, count, cols, "dst")
    if count and cols:
        r = index[:count] if index is not None else np.array([row0, row0 + <int64_t>count - 1])
        c = col_offset[:cols] if col_offset is not None else np.array([0, (cols - 1) * col_stride])
        if r.min() < 0 or r.max() >= rows:
            raise ValueError(f"rows {r.min()} ... {r.max()} are not all in [0, {rows})")
        first = offset + (r * row_stride).min() + c.min()
        end = offset + (r * row_stride).max() + c.max() + np.dtype(src_dtype).itemsize
        if first < 0 or end > len(memory):
            raise ValueError(f"bytes {first} ... {end} are outside of `memory` ({len(memory)})")
    src.data, src.dtype = base + offset, DTYPES[src_dtype]
    src.rows, src.cols, src.row_stride, src.col_stride = rows, cols, row_stride, col_stride
    src.col_offset = <const int64_t *>pc
    k.gather(&src, <const int64_t *>pi, row0, count, pd, dst[1])
