# The C interface as the bridge sees it; included by _core.pyx.

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
        FNN_ACT_ABS, FNN_ACT_POWER
    cdef enum fnn_op_kind:
        FNN_OP_DENSE, FNN_OP_ACTIVATION, FNN_OP_DROPOUT, FNN_OP_RESHAPE
        FNN_OP_ADD, FNN_OP_SUBTRACT, FNN_OP_MULTIPLY, FNN_OP_AVERAGE, FNN_OP_MAXIMUM
        FNN_OP_DIVIDE, FNN_OP_MINIMUM, FNN_OP_CONCATENATE, FNN_OP_DOT, FNN_OP_PENALTY
        FNN_OP_ALPHA_DROPOUT, FNN_OP_GAUSSIAN_NOISE, FNN_OP_GAUSSIAN_DROPOUT
        FNN_OP_BATCH_NORM, FNN_OP_LAYER_NORM, FNN_OP_RMS_NORM, FNN_OP_UNIT_NORM
        FNN_OP_PRELU, FNN_OP_AFFINE, FNN_OP_EMBEDDING, FNN_OP_PERMUTE
        FNN_OP_SLICE
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
        int64_t first
        const int32_t *order
        int32_t same_positions, same_batch
        int32_t dot_axis[2]
        int32_t normalize
        int32_t use_scale
        double epsilon, momentum
        int64_t vocabulary
        int64_t param_rows
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
        FNN_OPT_MUON
        FNN_OPT_MUON_ADAM
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
    fnn_status fnn_model_set_matrix(fnn_model *model, int32_t index, int32_t matrix)
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
        FNN_HYPER_MUON_DECAY
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
        const void *weight
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
        int32_t own_weighs
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
                                        const double *param, int64_t groups, int64_t rows)
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
