"""One of each kind of object that users write, and models that have all of them."""

from typing import Any

import numpy as np

import fastnn
from fastnn import constraints, initializers, layers, losses, metrics, optimizers, regularizers

RNG = np.random.default_rng(4)
X = RNG.normal(size=(12, 3)).astype("float32")
Y = (X[:, :1] - X[:, 1:2]).astype("float32")


def squares(y_true: Any, y_pred: Any) -> Any:
    return ((y_pred - y_true) ** 2).sum(axis=-1), 2 * (y_pred - y_true)


class Quartic(losses.Loss):
    """A loss with arguments, one of which is another loss."""

    def __init__(self, scale: float = 1.0, inner: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.inner = scale, inner

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.scale * ((y_pred - y_true) ** 4).mean(axis=-1)

    def gradient(self, y_true: Any, y_pred: Any) -> Any:
        return 4 * self.scale * (y_pred - y_true) ** 3 / y_pred.shape[-1]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale, "inner": self.inner}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**{**config, "inner": losses.deserialize(config.get("inner"))})


def largest(y_true: Any, y_pred: Any) -> Any:
    return abs(y_true - y_pred).max(axis=-1)


class Furthest(metrics.Metric):
    def __init__(self, factor: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor
        self.most = self.add_variable(shape=(), initializer="zeros", name="most")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.most.assign(np.maximum(self.most, abs(y_pred - y_true).max()))

    def result(self) -> Any:
        return self.factor * self.most.value

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


def quarters(shape: Any, dtype: Any = None) -> Any:
    return np.full(shape, 0.25, dtype)


class Filled(initializers.Initializer):
    def __init__(self, value: float = 0.5) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return np.full(shape, self.value, dtype or "float32")

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


class Ridge(regularizers.L2):
    """Computed by the core as what it derives from."""


class Bounded(constraints.MaxNorm):
    """As well."""


class Halving(optimizers.schedules.LearningRateSchedule):
    def __init__(self, first: float = 0.1) -> None:
        self.first = first

    def __call__(self, step: Any) -> Any:
        return self.first / 2 ** float(step)

    def get_config(self) -> dict[str, Any]:
        return {"first": self.first}


def constant_rate() -> float:
    return 0.01


class Descent(optimizers.SGD):
    """Computed by the core as what it derives from."""


class Sheet(layers.Dense):
    """As well."""


OWN = {
    own.__name__: own
    for own in (
        squares, Quartic, largest, Furthest, quarters, Filled, Ridge, Bounded, Halving,
        constant_rate, Descent, Sheet,
    )
}  # fmt: skip

# What `compile` is told.
COMPILED: dict[str, Any] = {
    "functions": lambda: (optimizers.SGD(constant_rate), squares, [largest]),
    "classes": lambda: (
        Descent(Halving(1e-3)), Quartic(2.0, losses.Huber(0.3)), [Furthest(3.0), "mae"],
    ),
    "wrapped": lambda: (
        "adam",
        losses.FunctionLoss(squares, "sum", "apart"),
        [metrics.MeanMetricWrapper(largest, name="far"), Quartic(name="fourth")],
    ),
}  # fmt: skip


def trained(kind: str, functional: bool) -> Any:
    """A model that has one of each, after some training."""
    parts = [
        layers.Dense(
            2, activation="tanh", kernel_initializer=quarters, bias_initializer=Filled(0.3),
            kernel_regularizer=Ridge(0.1), kernel_constraint=Bounded(2.0), name="first",
        ),
        Sheet(1, name="last"),
    ]  # fmt: skip
    if functional:
        entry = fastnn.Input((3,), name="entry")
        model: Any = fastnn.Model(entry, parts[1](parts[0](entry)), name="net")
    else:
        model = fastnn.Sequential([fastnn.Input((3,), name="entry"), *parts], name="net")
    optimizer, loss, measured = COMPILED[kind]()
    model.compile(optimizer, loss, metrics=measured)
    model.fit(X, Y, batch_size=5, epochs=2, verbose=0)
    return model
