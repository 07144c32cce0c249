# Single operations on arrays; included by _core.pyx.

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
