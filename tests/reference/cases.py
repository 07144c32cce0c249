"""Training runs that the twin, fastnn and Keras can all do: one description, three executions.

A ``Case`` names a small network, its loss, optimiser, weights of samples and batches. ``data``
and ``initial`` draw what it is fed with; ``run_twin`` and ``run_api`` train it and return the
same named quantities, the first axis counting epochs. ``api`` is the module fastnn or keras:
the same calls serve both, which is itself a part of what is tested.
"""

import functools
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import regularizers
from .losses import LOSSES, one_hot
from .optimizers import Optimizer, twin_of
from .regularizers import Penalized, Regularizer
from .schedules import schedule
from .training import Twin, dense_chain

Array = NDArray[np.float64]

REDUCTION_NAMES = {
    "mean": "sum_over_batch_size",
    "sum": "sum",
    "mean_weight": "mean_with_sample_weight",
}
# The mean absolute error goes with every other loss.
METRIC_OF_LOSS = {
    "mae": ("mse", "mean_squared_error"),
    "bce": ("binary_accuracy", "binary_accuracy"),
    "cce": ("categorical_accuracy", "categorical_accuracy"),
    "scce": ("sparse_categorical_accuracy", "sparse_categorical_accuracy"),
    "generalized_ce": ("sparse_categorical_accuracy", "sparse_categorical_accuracy"),
}


@dataclass(frozen=True)
class Case:
    """One training run; ``layers`` are (width, activation) of dense layers with biases."""

    name: str
    layers: tuple[tuple[int, str], ...] = ((7, "tanh"), (3, "linear"))
    loss: str = "mse"
    optimizer: str = "SGD"  # Keras' class name
    options: tuple[tuple[str, Any], ...] = ()
    schedule: tuple[str, tuple[tuple[str, Any], ...]] | None = None
    reduction: str = "mean"
    smoothing: float = 0.0  # or the loss's own parameter
    weighted: bool = False
    n_in: int = 5
    rows: int = 20
    batch: int = 20
    epochs: int = 10
    # Regularisers and constraints: number of the layer, its argument, Keras' class name, options.
    restricted: tuple[tuple[int, str, str, tuple[tuple[str, Any], ...]], ...] = ()
    dropped: float = 1.0  # the input whose products a run with `drop_term` loses

    @property
    def metric(self) -> tuple[str, str]:
        """The metric's name in the twin, and in Keras."""
        base = LOSSES[self.loss].kernel.removesuffix("_logits")
        return METRIC_OF_LOSS.get(base, ("mae", "mean_absolute_error"))

    def data(self) -> tuple[Array, Array, Array | None]:
        """Inputs, targets and sample weights: float64 arrays of values that float32 can hold."""
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        cols = self.layers[-1][0]
        x = rng.normal(size=(self.rows, self.n_in))
        x[0, 0] = self.dropped
        twin = LOSSES[self.loss]
        if twin.binary or (twin.kernel.endswith("hinge") and not twin.classes):
            y = rng.integers(0, 2, (self.rows, cols)).astype(np.float64)
        elif twin.classes or twin.sparse:
            labels = rng.integers(0, cols, self.rows).astype(np.float64)
            if twin.left_out is not None:
                labels[0] = 0.0  # row 0 counts
            y = labels[:, None] if twin.sparse else one_hot(labels, cols)
        elif twin.positive or self.loss == "mape":  # mape divides by its targets
            y = rng.uniform(0.25, 2.0, (self.rows, cols))
        else:
            y = rng.normal(size=(self.rows, cols))
        w = rng.uniform(0.2, 2.0, self.rows) if self.weighted else None
        return _held(x), _held(y), None if w is None else _held(w)

    @property
    def of_keras(self) -> bool:
        """Whether Keras has the loss, or can be given it.

        Its generalized cross-entropy makes a matrix of all rows by all of labels in a column.
        """
        return not LOSSES[self.loss].kernel.startswith(("quantile", "tweedie", "generalized"))

    def initial(self) -> list[Array]:
        """Kernels of variance 1 / n_in and small biases, kernel before bias."""
        rng = np.random.default_rng([1, zlib.crc32(self.name.encode())])
        weights, n_in = [], self.n_in
        for width, _ in self.layers:
            weights.append(_held(rng.normal(size=(n_in, width)) / np.sqrt(n_in)))
            weights.append(_held(0.1 * rng.normal(size=width)))
            n_in = width
        return weights


def _held(values: Array) -> Array:
    """The nearest values that float32 can hold: one run is then the same run in both dtypes."""
    return values.astype(np.float32).astype(np.float64)


def twin_restrictions(case: Case) -> tuple[dict[int, Penalized], dict[str, Regularizer]]:
    """What the twin's parameters obey, and what its tensors are penalised for."""
    penalized: dict[int, Penalized] = {}
    activities: dict[str, Regularizer] = {}
    for layer, argument, name, options in case.restricted:
        made = regularizers.twin_of(name, **dict(options))
        weight, kind = argument.split("_")
        if weight == "activity":
            activities[str(2 * layer + 2)] = made  # behind the layer's activation
            continue
        number = 2 * layer + (weight == "bias")
        old = penalized.get(number, Penalized())
        penalized[number] = replace(old, **{kind: made})
    return penalized, activities


def api_restrictions(api: Any, case: Case, layer: int) -> dict[str, Any]:
    """The arguments of a layer."""
    out = {}
    for number, argument, name, options in case.restricted:
        family = api.constraints if argument.endswith("constraint") else api.regularizers
        if number == layer:
            out[argument] = getattr(family, name)(**dict(options))
    return out


def make_optimizer(case: Case) -> Optimizer:
    """The twin's optimiser of a case."""
    options = dict(case.options)
    if case.schedule is not None:
        name, arguments = case.schedule
        options["learning_rate"] = schedule(name, **dict(arguments))
    return twin_of(case.optimizer, **options)


def run_twin(
    case: Case,
    perturb: Callable[[Array, Array], Array] | None = None,
    *,
    drop_term: bool = False,
    step_roundings: float | None = None,
) -> dict[str, Array]:
    """Train the twin. ``drop_term`` loses the first term of the first product of row 0."""
    x, y, w = case.data()
    if drop_term:
        x[0, 0] = 0.0
    metric, name = case.metric
    optimizer = make_optimizer(case)
    if step_roundings is not None:
        optimizer.step_roundings = step_roundings
    penalized, activities = twin_restrictions(case)
    twin = Twin(
        dense_chain(case.initial(), [a for _, a in case.layers]),
        case.loss,
        optimizer,
        smoothing=case.smoothing,
        reduction=case.reduction,
        metrics={name: metric},
        penalized=penalized,
        activities=activities,
    )
    parts: list[dict[str, Array]] = []
    for _ in range(case.epochs):
        logs = twin.fit(
            x, y, epochs=1, batch_size=case.batch, sample_weight=w, perturb=perturb
        ).epochs[0]
        parts.append(_quantities(logs, name, twin.graph.params))
    return _stack(parts)


def _quantities(
    logs: Mapping[str, float], metric: str, weights: Sequence[NDArray[Any]]
) -> dict[str, Array]:
    """Loss, metric and weights after one epoch."""
    out = {k: np.array(float(logs[k])) for k in ("loss", metric)}
    return out | {f"weight {i}": np.array(v, np.float64) for i, v in enumerate(weights)}


def _stack(parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    return {k: np.stack([p[k] for p in parts]) for k in parts[0]}


# ---- fastnn and Keras -------------------------------------------------------------------------


def api_activation(api: Any, name: str) -> Any:
    """The activation argument of a layer."""
    if name == "gelu_tanh":
        return functools.partial(api.activations.gelu, approximate=True)
    return name


def api_loss(api: Any, case: Case) -> Any:
    """The loss object of a case; Keras has no sum of squared errors, so it gets a subclass."""
    reduction = REDUCTION_NAMES[case.reduction]
    twin = LOSSES[case.loss]
    base = twin.kernel.removesuffix("_logits")
    logits = {"from_logits": True} if twin.logits else {}
    smooth = {"label_smoothing": case.smoothing} if twin.smooths else {}
    losses = api.losses
    width = case.layers[-1][0]
    columns = None if twin.columns is None else twin.columns(width).tolist()
    extra: dict[str, Any] = {}
    if base == "scce" and twin.left_out is not None:
        extra = {"ignore_class": int(twin.left_out)}
    if base == "binary_focal":
        gamma, alpha = twin.extra
        extra = {"gamma": gamma, "apply_class_balancing": alpha >= 0, "alpha": max(alpha, 0.0)}
    elif base == "categorical_focal":
        extra = {"gamma": twin.extra[0], "alpha": columns or twin.extra[1]}
    elif base.startswith("tweedie"):
        extra = {"power": case.smoothing, "log_link": base == "tweedie_log"}
    elif base == "quantile":
        extra = {"quantile": columns or case.smoothing}
    elif base == "generalized_ce":
        extra = {"q": case.smoothing}
    if base == "sse" and not hasattr(losses, "SumSquaredError"):

        class SumSquaredError(losses.Loss):  # type: ignore[misc]
            def call(self, y_true: Any, y_pred: Any) -> Any:
                return api.ops.sum(api.ops.square(y_pred - y_true), axis=-1)

        return SumSquaredError(reduction=reduction)
    if base == "sse":
        return losses.SumSquaredError(reduction=reduction)
    if base == "huber":
        return losses.Huber(delta=case.smoothing, reduction=reduction)
    kind = {
        "mape": "MeanAbsolutePercentageError",
        "msle": "MeanSquaredLogarithmicError",
        "log_cosh": "LogCosh",
        "poisson": "Poisson",
        "kld": "KLDivergence",
        "mse": "MeanSquaredError",
        "mae": "MeanAbsoluteError",
        "bce": "BinaryCrossentropy",
        "cce": "CategoricalCrossentropy",
        "scce": "SparseCategoricalCrossentropy",
        "hinge": "Hinge",
        "squared_hinge": "SquaredHinge",
        "categorical_hinge": "CategoricalHinge",
        "cosine": "CosineSimilarity",
        "binary_focal": "BinaryFocalCrossentropy",
        "categorical_focal": "CategoricalFocalCrossentropy",
        "quantile": "Quantile",
        "tweedie": "Tweedie",
        "tweedie_log": "Tweedie",
        "generalized_ce": "CategoricalGeneralizedCrossEntropy",
    }[base]
    return getattr(losses, kind)(reduction=reduction, **extra, **logits, **smooth)


def api_optimizer(api: Any, case: Case) -> Any:
    """The optimiser object of a case."""
    options = dict(case.options)
    if case.schedule is not None:
        name, arguments = case.schedule
        options["learning_rate"] = getattr(api.optimizers.schedules, name)(**dict(arguments))
    return getattr(api.optimizers, case.optimizer)(**options)


def build_api(api: Any, case: Case, dtype: str) -> Any:
    """A compiled model with the case's initial weights."""
    model = api.Sequential([api.Input((case.n_in,), dtype=dtype)])
    for number, (width, name) in enumerate(case.layers):
        restricted = api_restrictions(api, case, number)
        model.add(
            api.layers.Dense(width, activation=api_activation(api, name), dtype=dtype, **restricted)
        )
    model.compile(
        optimizer=api_optimizer(api, case), loss=api_loss(api, case), metrics=[case.metric[1]]
    )
    model.set_weights([w.astype(dtype) for w in case.initial()])
    return model


def run_api(api: Any, case: Case, dtype: str) -> dict[str, Array]:
    """Train with fastnn or Keras, an epoch at a time, the rows in order."""
    model = build_api(api, case, dtype)
    x, y, w = (None if v is None else v.astype(dtype) for v in case.data())
    parts = []
    for _ in range(case.epochs):
        history = model.fit(
            x, y, batch_size=case.batch, epochs=1, shuffle=False, sample_weight=w, verbose=0
        ).history
        logs = {k: v[0] for k, v in history.items()}
        parts.append(_quantities(logs, case.metric[1], model.get_weights()))
    return _stack(parts)


# ---- the list ---------------------------------------------------------------------------------


def _options(**values: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(values.items())


def _output(loss: str) -> str:
    """The activation that suits a loss."""
    twin = LOSSES[loss]
    if not twin.probabilities:
        return "linear"
    if twin.positive:
        return "softplus"
    return "sigmoid" if twin.binary else "softmax"


def _cases() -> list[Case]:
    sgd, slow = _options(learning_rate=0.125), _options(learning_rate=0.03125)
    hidden = (
        "relu", "sigmoid", "tanh", "softplus", "elu", "selu", "gelu", "gelu_tanh", "silu",
        "leaky_relu", "softmax", "linear",
    )  # fmt: skip
    adam = _options(learning_rate=0.015625)
    momentum = _options(learning_rate=0.0625, momentum=0.875)
    out = [
        Case(f"{act} inside", layers=((7, act), (6, act), (2, "linear")), options=sgd, batch=8)
        for act in hidden
    ]
    out += [
        Case(f"{act} at the end", layers=((7, "tanh"), (3, act)), options=sgd) for act in hidden
    ]
    for loss in LOSSES:
        layers = ((7, "tanh"), (4, _output(loss)))
        # mape's slope is 100 / target: a smaller step keeps the run from magnifying roundings
        rate = _options(learning_rate=2.0**-12) if loss == "mape" else slow
        plain = Case(
            loss, layers=layers, loss=loss, options=rate, batch=8,
            smoothing=LOSSES[loss].param or 0.0,
        )  # fmt: skip
        out.append(plain)
        if " " in loss:  # the same kernel with other parameters
            continue
        for reduction in REDUCTION_NAMES:
            out.append(
                replace(plain, name=f"{loss} {reduction} weighted", reduction=reduction,
                        weighted=True, optimizer="Adam", options=adam)
            )  # fmt: skip
        if LOSSES[loss].smooths:
            out.append(replace(plain, name=f"{loss} smoothed", smoothing=0.125))
    inner = ((4, "softmax"), (4, "sigmoid"))
    out += [
        Case(
            f"{loss} behind sigmoid",
            layers=inner,
            loss=loss,
            options=sgd,
            smoothing=LOSSES[loss].param or 0.0,
        )
        for loss in ("cce", "scce", "categorical_focal", "generalized_ce")
    ]
    out += [
        Case("scce ignoring, by weight", layers=((7, "tanh"), (4, "softmax")), options=sgd,
             loss="scce ignoring", reduction="mean_weight", weighted=True, batch=8),
        Case("scce ignoring, summed", layers=((7, "tanh"), (4, "softmax")), options=slow,
             loss="scce ignoring", reduction="sum", weighted=True, batch=8),
        Case("tweedie behind exponential", layers=((7, "tanh"), (3, "exponential")), options=slow,
             loss="tweedie", smoothing=1.5, batch=8),
        Case("binary_focal behind softmax", layers=inner[::-1], loss="binary_focal", options=sgd),
    ]  # fmt: skip
    out.append(Case("bce behind softmax", layers=inner[::-1], loss="bce", options=sgd))
    out += [
        Case("momentum", options=momentum, batch=8),
        Case("nesterov", options=(*momentum, ("nesterov", True)), batch=8),
        Case("adam", optimizer="Adam", options=adam, batch=8),
        Case("adam defaults", layers=((9, "relu"), (1, "linear")), optimizer="Adam", batch=3),
        Case(
            "adam betas",
            optimizer="Adam",
            options=_options(learning_rate=0.03125, beta_1=0.75, beta_2=0.9375, epsilon=2.0**-10),
        ),
        Case("one row", rows=1, batch=32, options=sgd),
        Case("wide", layers=((40, "relu"), (33, "relu"), (17, "linear")), n_in=70, rows=50,
             batch=16, optimizer="Adam", epochs=4),
        Case("long sums", layers=((20, "relu"), (1, "linear")), n_in=1100, rows=700, batch=600,
             options=sgd, epochs=2, dropped=4.0),
        Case("deep", layers=((8, "relu"),) * 6 + ((2, "linear"),), optimizer="Adam", batch=10),
    ]  # fmt: skip
    return out


def _optimizer_cases() -> list[Case]:
    """Every optimiser with its options, weight decay, clipping, and every schedule."""
    rate = 0.015625
    runs: list[tuple[str, dict[str, Any]]] = [
        ("RMSprop", {}),
        ("RMSprop", {"rho": 0.75, "momentum": 0.5, "epsilon": 2.0**-10}),
        ("RMSprop", {"centered": True, "epsilon": 2.0**-10}),
        ("RMSprop", {"centered": True, "momentum": 0.5, "epsilon": 2.0**-10}),
        ("Adam", {"amsgrad": True, "beta_2": 0.5}),
        ("Adam", {"weight_decay": 0.25, "clipvalue": 0.0625}),
        ("AdamW", {}),
        ("AdamW", {"weight_decay": 0.5, "amsgrad": True, "beta_2": 0.75}),
        ("Adamax", {}),
        ("Nadam", {}),
        ("Nadam", {"beta_1": 0.5, "beta_2": 0.9375, "weight_decay": 0.125}),
        ("Adagrad", {}),
        ("Adagrad", {"initial_accumulator_value": 0.5, "epsilon": 2.0**-10}),
        ("Adadelta", {"learning_rate": 1.0, "epsilon": 2.0**-10}),
        ("Lion", {"learning_rate": 2.0**-9}),
        ("Lion", {"learning_rate": 2.0**-9, "beta_1": 0.5, "weight_decay": 1.0}),
        ("Ftrl", {"learning_rate": 0.25}),
        ("Ftrl", {"learning_rate": 0.25, "l1_regularization_strength": 0.03125,
                  "l2_regularization_strength": 0.0625, "beta": 0.5,
                  "l2_shrinkage_regularization_strength": 0.03125}),
        ("Ftrl", {"learning_rate": 0.25, "learning_rate_power": -0.75}),
        ("SGD", {"momentum": 0.5, "weight_decay": 0.25}),
        ("SGD", {"clipvalue": 0.0625, "learning_rate": 0.125}),
        ("Lamb", {}),
        ("Lamb", {"weight_decay": 0.125, "beta_1": 0.5, "beta_2": 0.9375, "epsilon": 2.0**-10}),
        ("SGD", {"clipnorm": 0.125, "learning_rate": 0.125}),
        ("Adam", {"global_clipnorm": 0.25, "weight_decay": 0.125}),
        ("Adam", {"gradient_accumulation_steps": 2}),
        ("RMSprop", {"gradient_accumulation_steps": 3, "clipnorm": 0.125, "momentum": 0.5}),
        ("SGD", {"loss_scale_factor": 12.0, "learning_rate": 0.125}),
        ("SGD", {"learning_rate": 0.125, "use_ema": True, "ema_momentum": 0.75,
                 "ema_overwrite_frequency": 2, "gradient_accumulation_steps": 2}),
        ("Adam", {"use_ema": True, "ema_momentum": 0.5}),
        ("Lamb", {"gradient_accumulation_steps": 2, "global_clipnorm": 0.25, "use_ema": True}),
        ("Muon", {}),
        ("Muon", {"nesterov": False, "rms_rate": None, "weight_decay": 0.25, "ns_steps": 3,
                  "adam_weight_decay": None, "momentum": 0.5, "adam_lr_ratio": 0.5}),
        ("Muon", {"muon_a": 2.0, "muon_b": -1.5, "muon_c": 0.5, "adam_beta_1": 0.5,
                  "adam_beta_2": 0.9375, "epsilon": 2.0**-10, "adam_weight_decay": 0.25}),
        ("Muon", {"gradient_accumulation_steps": 2, "clipnorm": 0.25, "use_ema": True}),
    ]  # fmt: skip
    out = []
    for name, options in runs:
        given = _options(**{"learning_rate": rate, **options})
        label = ", ".join([name, *options])
        out.append(Case(label, optimizer=name, options=given, batch=8, epochs=8))
    for number, (name, arguments) in enumerate(SCHEDULES):
        out.append(
            Case(f"{name} {number}", schedule=(name, _options(**arguments)), batch=8, epochs=8,
                 optimizer="AdamW" if name.startswith("Cosine") else "SGD")
        )  # fmt: skip
    return out


# 24 steps of each: boundaries, restarts and warm-ups fall within them.
SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("ExponentialDecay", {"initial_learning_rate": 0.125, "decay_steps": 7, "decay_rate": 0.5}),
    ("ExponentialDecay", {"initial_learning_rate": 0.125, "decay_steps": 7, "decay_rate": 0.5,
                          "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.125, "decay_steps": 5, "decay_rate": 0.75}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.125, "decay_steps": 5, "decay_rate": 0.75,
                          "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [3, 10], "values": [0.125, 0.03125, 0.0625]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.125, "decay_steps": 9}),
    ("PolynomialDecay", {"initial_learning_rate": 0.125, "decay_steps": 9, "power": 2.5,
                         "end_learning_rate": 0.03125, "cycle": True}),
    ("CosineDecay", {"initial_learning_rate": 0.0625, "decay_steps": 15, "alpha": 0.125}),
    ("CosineDecay", {"initial_learning_rate": 0.015625, "decay_steps": 15, "warmup_target": 0.0625,
                     "warmup_steps": 5}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.0625, "first_decay_steps": 4,
                             "m_mul": 0.75, "alpha": 0.0625}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.0625, "first_decay_steps": 8,
                             "t_mul": 1.0, "m_mul": 0.5}),
]  # fmt: skip


def _restricted_cases() -> list[Case]:
    """Every regulariser and constraint, alone and together, on one layer and on several."""
    rate = _options(learning_rate=0.03125)
    singles: list[tuple[str, str, dict[str, Any]]] = [
        ("kernel_regularizer", "L1", {"l1": 0.0625}),
        ("kernel_regularizer", "L2", {"l2": 0.125}),
        ("kernel_regularizer", "L1L2", {"l1": 0.03125, "l2": 0.0625}),
        ("kernel_regularizer", "OrthogonalRegularizer", {"factor": 0.5, "mode": "rows"}),
        ("kernel_regularizer", "OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
        ("bias_regularizer", "L2", {"l2": 0.25}),
        ("activity_regularizer", "L1", {"l1": 0.0625}),
        ("activity_regularizer", "L2", {"l2": 0.0625}),
        ("kernel_constraint", "MaxNorm", {"max_value": 0.75}),
        ("kernel_constraint", "UnitNorm", {"axis": 1}),
        ("kernel_constraint", "MinMaxNorm", {"min_value": 1.25, "max_value": 1.5, "rate": 0.25}),
        ("kernel_constraint", "MaxNorm", {"max_value": 1.0, "axis": [0, 1]}),
        ("kernel_constraint", "NonNeg", {}),
        ("bias_constraint", "MaxNorm", {"max_value": 0.125}),
    ]
    out = [
        Case(
            f"{argument} {name} {' '.join(str(v) for v in options.values())}".strip(),
            restricted=((0, argument, name, _options(**options)),), options=rate, batch=8,
            epochs=6,
        )
        for argument, name, options in singles
    ]  # fmt: skip
    everything = (
        (0, "kernel_regularizer", "L1L2", _options(l1=0.0625, l2=0.03125)),
        (0, "activity_regularizer", "L1L2", _options(l1=0.0625, l2=0.03125)),
        (0, "kernel_constraint", "MaxNorm", _options(max_value=0.875)),
        (1, "kernel_regularizer", "OrthogonalRegularizer", _options(factor=0.25)),
        (1, "bias_regularizer", "L2", _options(l2=0.125)),
        (2, "activity_regularizer", "L2", _options(l2=0.0625)),
        (2, "kernel_constraint", "UnitNorm", _options(axis=1)),
    )
    smooth = (
        (0, "activity_regularizer", "L2", _options(l2=0.0625)),
        (0, "kernel_constraint", "MaxNorm", _options(max_value=0.875)),
        (1, "kernel_regularizer", "L2", _options(l2=0.03125)),
        (1, "bias_regularizer", "L2", _options(l2=0.125)),
        (1, "activity_regularizer", "L2", _options(l2=0.0625)),
        (1, "kernel_constraint", "UnitNorm", _options(axis=1)),
    )
    out += [
        Case("restricted", layers=((9, "tanh"), (6, "tanh"), (3, "softmax")), loss="scce",
             restricted=everything, optimizer="Adam", options=rate, batch=8, epochs=5),
        # More than FUSED_UPDATE_FROM parameters, wider than a panel. Nothing with a sign: among so
        # many weights and pairs of rows some are so near zero that a rounding turns it.
        Case("restricted and large", layers=((130, "tanh"), (270, "tanh"), (3, "linear")),
             n_in=6, restricted=smooth, options=rate, batch=8, epochs=2),
    ]  # fmt: skip
    # The penalty is part of what is clipped and accumulated; constraints come last, each step.
    updates: list[tuple[str, dict[str, Any]]] = [
        ("SGD", {"clipnorm": 0.125, "gradient_accumulation_steps": 2, "momentum": 0.5}),
        ("Adam", {"global_clipnorm": 0.25, "weight_decay": 0.125}),
        ("SGD", {"use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": 2,
                 "loss_scale_factor": 12.0}),
        ("Lamb", {"gradient_accumulation_steps": 3, "use_ema": True, "clipnorm": 0.5}),
    ]  # fmt: skip
    out += [
        Case(", ".join(["restricted", name, *options]), layers=((7, "tanh"), (4, "linear")),
             restricted=smooth, optimizer=name, options=(*rate, *_options(**options)), batch=8,
             epochs=6)
        for name, options in updates
    ]  # fmt: skip
    return out


CASES = {case.name: case for case in [*_cases(), *_optimizer_cases(), *_restricted_cases()]}
