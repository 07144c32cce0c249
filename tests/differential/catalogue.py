"""What random programs are made of: every layer, activation, loss, optimiser, schedule and metric.

A new feature is an entry here; `draw.py` takes entries evenly, and a test counts that each is met.
Rates and strengths are small powers of two, so that runs of a few steps stay well conditioned.
"""

from typing import Any

Options = dict[str, Any]
Entry = tuple[str, Options]

# Activations of a hidden Dense layer: by name, or with arguments through functools.partial.
ACTIVATIONS: list[Entry] = [
    *((name, {}) for name in (
        "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu",
        "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu",
        "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign",
        "sparse_plus", "sparse_sigmoid", "squareplus", "swish", "tanh", "tanh_shrink",
    )),
    ("celu", {"alpha": 0.5}),
    ("elu", {"alpha": 0.5}),
    ("gelu", {"approximate": True}),
    ("hard_shrink", {"threshold": 0.25}),
    ("leaky_relu", {"negative_slope": 0.125}),
    ("relu", {"negative_slope": 0.25, "max_value": 1.5, "threshold": 0.125}),
    ("soft_shrink", {"threshold": 0.25}),
    ("squareplus", {"b": 1.0}),
    ("threshold", {"threshold": 0.25, "default_value": -0.5}),
]  # fmt: skip

# Layers between the Dense ones, each behind a linear Dense.
LAYERS: list[Entry] = [
    ("Activation", {"activation": "tanh"}),
    ("Activation", {"activation": "softplus"}),
    ("Dropout", {"rate": 0.0}),
    ("ELU", {"alpha": 0.75}),
    ("Flatten", {}),
    ("LeakyReLU", {"negative_slope": 0.1875}),
    ("ReLU", {"max_value": 2.0, "negative_slope": 0.125, "threshold": 0.25}),
    ("ReLU", {}),
    ("Softmax", {}),
]

OPTIMIZERS: list[Entry] = [
    ("Adadelta", {"learning_rate": 1.0, "epsilon": 2.0**-10}),
    ("Adadelta", {"learning_rate": 0.5, "rho": 0.75, "epsilon": 2.0**-8}),
    ("Adagrad", {"learning_rate": 0.03125}),
    ("Adagrad", {"learning_rate": 0.03125, "initial_accumulator_value": 0.5}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.015625, "beta_1": 0.75, "beta_2": 0.9375, "epsilon": 2.0**-10}),
    ("Adam", {"learning_rate": 0.015625, "amsgrad": True, "beta_2": 0.5}),
    ("AdamW", {"learning_rate": 0.015625}),
    ("AdamW", {"learning_rate": 0.015625, "weight_decay": 0.25}),
    ("Adamax", {"learning_rate": 0.015625}),
    ("Ftrl", {"learning_rate": 0.125}),
    ("Ftrl", {"learning_rate": 0.125, "l1_regularization_strength": 0.0078125,
              "l2_regularization_strength": 0.0625, "beta": 0.5,
              "l2_shrinkage_regularization_strength": 0.03125}),
    ("Ftrl", {"learning_rate": 0.125, "learning_rate_power": -0.75}),
    ("Lion", {"learning_rate": 0.00390625}),
    ("Lion", {"learning_rate": 0.00390625, "beta_1": 0.5, "beta_2": 0.75}),
    ("Nadam", {"learning_rate": 0.015625}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.0078125, "rho": 0.75, "momentum": 0.5, "epsilon": 2.0**-10}),
    ("RMSprop", {"learning_rate": 0.0078125, "centered": True, "epsilon": 2.0**-6}),
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.0625, "momentum": 0.875}),
    ("SGD", {"learning_rate": 0.0625, "momentum": 0.5, "nesterov": True}),
]  # fmt: skip

# What any optimiser takes besides.
EXTRAS: list[Options] = [{}, {}, {"weight_decay": 0.125}, {"clipvalue": 0.0625}]

# Boundaries and ends fall within the few steps of a run. The rates are those of SGD.
SCHEDULES: list[Entry] = [
    ("CosineDecay", {"initial_learning_rate": 0.0625, "decay_steps": 9, "alpha": 0.125}),
    ("CosineDecay", {"initial_learning_rate": 0.015625, "decay_steps": 9, "warmup_target": 0.0625,
                     "warmup_steps": 3}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.0625, "first_decay_steps": 4,
                             "m_mul": 0.75, "alpha": 0.0625}),
    ("ExponentialDecay", {"initial_learning_rate": 0.0625, "decay_steps": 4, "decay_rate": 0.5}),
    ("ExponentialDecay", {"initial_learning_rate": 0.0625, "decay_steps": 4, "decay_rate": 0.5,
                          "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.0625, "decay_steps": 3, "decay_rate": 0.5}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.0625, "decay_steps": 3, "decay_rate": 0.5,
                          "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [2, 5], "values": [0.0625, 0.03125, 0.0078125]}),
    # A power of two steps: Keras compiled by JAX divides by others inexactly, and at the end takes
    # the root of a negative number.
    ("PolynomialDecay", {"initial_learning_rate": 0.0625, "decay_steps": 8, "power": 1.5,
                         "end_learning_rate": 0.0078125}),
    ("PolynomialDecay", {"initial_learning_rate": 0.0625, "decay_steps": 3, "cycle": True,
                         "end_learning_rate": 0.0078125}),
]  # fmt: skip

# Losses by the kind of target they take; "logits" entries have a linear output.
LOSSES: dict[str, list[Entry]] = {
    "values": [
        ("Huber", {"delta": 0.75}),
        ("LogCosh", {}),
        ("MeanAbsoluteError", {}),
        ("MeanSquaredError", {}),
    ],
    "positive": [
        ("KLDivergence", {}),
        ("MeanAbsolutePercentageError", {}),
        ("MeanSquaredLogarithmicError", {}),
        ("Poisson", {}),
    ],
    "binary": [
        ("BinaryCrossentropy", {}),
        ("BinaryCrossentropy", {"from_logits": True}),
        ("BinaryCrossentropy", {"label_smoothing": 0.125}),
    ],
    "one-hot": [
        ("CategoricalCrossentropy", {}),
        ("CategoricalCrossentropy", {"from_logits": True}),
        ("CategoricalCrossentropy", {"label_smoothing": 0.125}),
    ],
    "labels": [
        ("SparseCategoricalCrossentropy", {}),
        ("SparseCategoricalCrossentropy", {"from_logits": True}),
    ],
}
REDUCTIONS = ["sum_over_batch_size", "mean_with_sample_weight", "sum"]

# Names that stand for a loss with its defaults.
LOSS_NAMES: dict[str, list[str]] = {
    "values": ["mse", "mean_absolute_error", "huber", "log_cosh", "MSE"],
    "positive": ["poisson", "mape", "msle", "kl_divergence"],
    "binary": ["binary_crossentropy", "bce"],
    "one-hot": ["categorical_crossentropy"],
    "labels": ["sparse_categorical_crossentropy"],
}

# Metrics by kind of target; a string, or a class with arguments.
_ERRORS: list[Any] = [
    "mae", "mse", "MeanSquaredLogarithmicError", "root_mean_squared_error",
    ["LogCoshError", {}], ["MeanAbsolutePercentageError", {}],
]  # fmt: skip
_COUNTS: list[Any] = [
    ["AUC", {"num_thresholds": 21}], ["AUC", {"curve": "PR", "num_thresholds": 31}],
    ["Precision", {}], ["Precision", {"thresholds": [0.25, 0.5]}], ["Recall", {}],
    ["Recall", {"thresholds": 0.375}], ["TruePositives", {}], ["TrueNegatives", {}],
    ["FalsePositives", {"thresholds": 0.375}], ["FalseNegatives", {"name": "missed"}],
]  # fmt: skip
# Keras numbers the names of these over a session, fastnn within a model.
NUMBERED = frozenset(name for name, _ in _COUNTS)
# Keras' metrics do not take a vector of targets for a column: one raises, the others compare each
# row with every other.
NOT_FLAT = frozenset(["BinaryCrossentropy", "KLDivergence", "Poisson"])
METRICS: dict[str, list[Any]] = {
    "values": ["mae", "mse", "root_mean_squared_error", ["LogCoshError", {}],
               ["MeanSquaredError", {"name": "squares"}]],
    "positive": [*_ERRORS, ["Poisson", {}], ["KLDivergence", {}]],
    "binary": ["accuracy", "acc", "binary_accuracy", ["BinaryAccuracy", {"threshold": 0.375}],
               ["BinaryCrossentropy", {"label_smoothing": 0.25}], *_COUNTS],
    "one-hot": ["accuracy", "categorical_accuracy", ["CategoricalCrossentropy", {}],
                ["TopKCategoricalAccuracy", {"k": 2}], ["F1Score", {"average": "macro"}],
                ["F1Score", {}], ["FBetaScore", {"beta": 2.0, "average": "weighted"}],
                ["FBetaScore", {"average": "micro", "threshold": 0.375}]],
    "labels": ["accuracy", "sparse_categorical_accuracy",
               ["SparseCategoricalCrossentropy", {}], ["SparseTopKCategoricalAccuracy", {"k": 2}]],
}  # fmt: skip
# Areas and scores need probabilities; with logits these remain.
LOGIT_METRICS: dict[str, list[Any]] = {
    "binary": ["mae", ["BinaryCrossentropy", {"from_logits": True}],
               ["AUC", {"num_thresholds": 21, "from_logits": True}]],
    "one-hot": ["categorical_accuracy", ["CategoricalCrossentropy", {"from_logits": True}]],
    "labels": ["sparse_categorical_accuracy",
               ["SparseCategoricalCrossentropy", {"from_logits": True}]],
}  # fmt: skip

# How rows come.
INPUTS = ["float32", "float64", "int64", "uint8", "fortran", "strided", "list", "pandas"]
TARGET_FORMS = ["array", "float64", "flat", "list"]
FITS = [
    "plain", "sample_weight", "class_weight", "validation_split", "validation_data",
    "validation_data with weights", "validation_freq", "validation_freq list",
    "validation_batch_size", "validation_steps", "steps_per_epoch", "initial_epoch",
    "sample_weight and validation_split",
]  # fmt: skip
EVALUATES = ["plain", "return_dict", "batch_size", "sample_weight", "steps"]
