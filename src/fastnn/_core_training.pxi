# Trainers and losses in Python; included by _core.pyx.

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
    """A loss in Python that the core calls, for values of rows and their gradient.

    With (y_true, y_pred), or, if it `weighs`, with the weights of the rows too, or None.
    """
    cdef object function
    cdef object error  # what it raised, to be raised by the call that ran it
    cdef int type_num  # of the network's reals
    cdef bint weighs

    def __cinit__(self, function, bint weighs, int type_num):
        self.function = function
        self.weighs = weighs
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
            if not self.weighs:
                values, gradient = self.function(true, pred)
            elif batch.weight == NULL:
                values, gradient = self.function(true, pred, None)
            else:
                values, gradient = self.function(
                    true, pred, self._copied(batch.weight, 1, batch.rows, batch.rows)[0])
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
                callback = _OwnLoss(own[0], own[1], network.type_num)
                specs[o].own_weighs = callback.weighs
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
        _check(status)
        # One that came since the last poll: left to the interpreter it may be raised, and lost, in
        # a finalizer that runs when the results are allocated.
        return PyErr_CheckSignals()

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
            try:
                self._check_run(status, &found[min(n_done, n_epochs - 1)])
            finally:  # not before, as an interruption is pending until it is raised
                for i in range(n_done):
                    results.append(self._result(&found[i]))
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
