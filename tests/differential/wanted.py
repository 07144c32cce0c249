"""What a dense network needs of Keras: every item must be in a program, or say why it cannot."""

WANTED: dict[str, list[str]] = {
    "layers": [
        "Dense", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Dropout",
        "AlphaDropout", "GaussianNoise", "GaussianDropout", "BatchNormalization",
        "LayerNormalization", "RMSNormalization", "UnitNormalization", "Normalization",
        "Rescaling", "Flatten", "Reshape", "ActivityRegularization", "Embedding",
    ],
    "functional layers": [
        "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot",
        "residual", "shared", "two inputs", "two outputs", "two outputs weighted", "add", "sub",
        "mul", "truediv", "neg", "pow", "abs", "getitem",
    ],
    "arguments of layers": [
        "kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint",
        "bias_constraint", "use_bias", "L1", "L2", "L1L2", "OrthogonalRegularizer", "MaxNorm",
        "NonNeg", "UnitNorm", "MinMaxNorm",
    ],
    "activations": [
        "relu", "leaky_relu", "relu6", "elu", "celu", "selu", "gelu", "approximate", "sigmoid",
        "tanh", "softmax", "log_softmax", "softplus", "softsign", "silu", "mish", "exponential",
        "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink",
        "squareplus", "sparse_plus", "sparse_sigmoid", "threshold", "log_sigmoid", "glu",
        "linear",
    ],
    "losses": [
        "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError",
        "MeanSquaredLogarithmicError", "CosineSimilarity", "Huber", "LogCosh", "Poisson",
        "KLDivergence", "Hinge", "SquaredHinge", "CategoricalHinge", "BinaryCrossentropy",
        "CategoricalCrossentropy", "SparseCategoricalCrossentropy", "ignore_class",
        "BinaryFocalCrossentropy", "CategoricalFocalCrossentropy",
        "CategoricalGeneralizedCrossEntropy", "sum_over_batch_size", "sum",
        "mean_with_sample_weight", "label_smoothing", "from_logits", "own", "Circle", "Dice",
        "Tversky",
    ],
    "metrics": [
        "Accuracy", "BinaryAccuracy", "categorical_accuracy", "sparse_categorical_accuracy",
        "TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "accuracy", "mse", "mae",
        "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "root_mean_squared_error",
        "LogCoshError", "CosineSimilarity", "Poisson", "KLDivergence", "BinaryCrossentropy",
        "CategoricalCrossentropy", "SparseCategoricalCrossentropy", "Hinge", "SquaredHinge",
        "CategoricalHinge", "AUC", "Precision", "Recall", "TruePositives", "TrueNegatives",
        "FalsePositives", "FalseNegatives", "SensitivityAtSpecificity",
        "SpecificityAtSensitivity", "PrecisionAtRecall", "RecallAtPrecision", "F1Score",
        "FBetaScore", "PearsonCorrelation", "ConcordanceCorrelation", "R2Score", "IoU", "MeanIoU",
        "BinaryIoU", "OneHotIoU", "OneHotMeanIoU", "Mean", "Sum", "MeanMetricWrapper", "own",
    ],
    "optimisers": [
        "SGD", "momentum", "nesterov", "Adam", "amsgrad", "AdamW", "Adamax", "Nadam", "RMSprop",
        "centered", "Adagrad", "Adadelta", "Lion", "Ftrl", "Lamb", "Muon", "weight_decay",
        "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_overwrite_frequency",
        "gradient_accumulation_steps", "loss_scale_factor",
    ],
    "schedules": [
        "ExponentialDecay", "PiecewiseConstantDecay", "PolynomialDecay", "InverseTimeDecay",
        "CosineDecay", "warmup_steps", "CosineDecayRestarts",
    ],
    "callbacks": [
        "History", "EarlyStopping", "ModelCheckpoint", "BackupAndRestore", "ReduceLROnPlateau",
        "LearningRateScheduler", "CSVLogger", "TerminateOnNaN", "LambdaCallback", "ProgbarLogger",
        "SwapEMAWeights",
    ],
    "fit, evaluate, predict": [
        "steps_per_epoch", "validation_freq", "validation_freq list", "validation_batch_size",
        "validation_steps", "validation_split", "validation_data", "initial_epoch",
        "class_weight", "sample_weight", "generator", "PyDataset", "list of arrays", "dict",
        "list", "pandas", "return_dict", "batch_size", "train_on_batch", "weighted_metrics",
    ],
    "models": ["frozen", "pop", "clone_model", "weights file"],
}  # fmt: skip

# What cannot be compared: `Input` begins every program; the others Keras has not, or has as another
# function (docs/keras-differences.md), or needs packages for that it does not come with.
ELSEWHERE = {
    "sparsemax": "activations: Keras' is another function; tests/kernels/test_act.py",
    "step": "activations: Keras has none; tests/kernels/test_act.py",
    "Quantile, Tweedie, Gamma": "losses: Keras has none; tests/test_trajectory.py",
    "LBFGS": "optimisers: Keras has none; tests/optimizers/test_lbfgs.py",
    "TensorBoard": "callbacks: Keras' needs TensorBoard; tests/callbacks/test_files.py",
    "polars, iterables": "fit: Keras takes none; tests/test_training_api.py, test_streams.py",
}
