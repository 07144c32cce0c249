# Networks: ops, weights, prediction; included by _core.pyx.

cdef class Op:
    cdef fnn_op_spec spec
    cdef cnp.ndarray inputs, order  # what the spec points into

    def __init__(self, int kind, inputs, int output, int activation=0, act_params=(),
                 bint use_bias=False, bint trainable=True, double rate=0.0, uint32_t stream=0,
                 int shares=-1, int64_t groups=0, int64_t first=0, dot_axes=(0, 0), bint normalize=False,
                 bint use_scale=False, double epsilon=0.0, double momentum=0.0,
                 int64_t vocabulary=0, int64_t param_rows=0, order=None,
                 same=(False, False)):
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
        self.spec.first = first
        self.spec.dot_axis[0], self.spec.dot_axis[1] = dot_axes
        self.spec.normalize = normalize
        self.spec.use_scale = use_scale
        self.spec.epsilon = epsilon
        self.spec.momentum = momentum
        self.spec.vocabulary = vocabulary
        self.spec.param_rows = param_rows
        self.spec.same_positions, self.spec.same_batch = same
        if order is not None:
            self.order = np.array(order, np.int32)
            self.spec.order = <const int32_t *>cnp.PyArray_DATA(self.order)

    cdef list matrices(self):
        """Whether each parameter of the op is a matrix rather than a vector."""
        cdef int kind = self.spec.kind
        if kind == FNN_OP_DENSE:
            return [True, False] if self.spec.use_bias else [True]
        if kind == FNN_OP_EMBEDDING:
            return [True]
        if kind == FNN_OP_PRELU:
            return [self.spec.param_rows > 0]
        if kind == FNN_OP_AFFINE:
            return [False] * 3
        if kind in (FNN_OP_BATCH_NORM, FNN_OP_LAYER_NORM, FNN_OP_RMS_NORM):
            return [self.spec.param_rows > 0] * (self.spec.use_scale + self.spec.use_bias
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

    def set_matrix(self, int index, bint matrix):
        _check(fnn_model_set_matrix(self.model, index, matrix))

    def set_regularizer(self, int index, int code, params):
        cdef double values[FNN_REG_PARAMS]
        memset(values, 0, sizeof(values))
        _doubles(params, values, FNN_REG_PARAMS)
        _check(fnn_model_set_regularizer(self.model, index, <fnn_regularizer>code, values))

    def set_constraint(self, int index, int code, params, int64_t groups=0, int64_t rows=0):
        cdef double values[FNN_CON_PARAMS]
        memset(values, 0, sizeof(values))
        _doubles(params, values, FNN_CON_PARAMS)
        _check(fnn_model_set_constraint(self.model, index, <fnn_constraint>code, values, groups,
                                        rows))

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

    def predict_samples(self, x, tuple sample not None):
        cdef int i
        if type(x) is not np.ndarray or cnp.PyArray_NDIM(x) != 1 + len(sample):
            return None
        if cnp.PyArray_DIM(x, 0) == 0:
            return None
        for i in range(len(sample)):
            if cnp.PyArray_DIM(x, 1 + i) != <cnp.npy_intp>sample[i]:
                return None
        try:
            return self.predict(x)
        except TypeError:  # of a type that has to be converted first
            return None

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
