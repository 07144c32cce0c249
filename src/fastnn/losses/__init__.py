"""Losses, by name, as objects, and as functions of NumPy arrays."""

from collections.abc import Callable
from typing import Any, NoReturn

from fastnn._keras_names import raise_absent
from fastnn._registry import Registry, shorten
from fastnn.losses.base import Loss
from fastnn.losses.binary_crossentropy import BinaryCrossentropy, binary_crossentropy
from fastnn.losses.categorical_crossentropy import (
    CategoricalCrossentropy,
    categorical_crossentropy,
)
from fastnn.losses.huber import Huber, huber
from fastnn.losses.kl_divergence import KLDivergence, kl_divergence
from fastnn.losses.log_cosh import LogCosh, log_cosh
from fastnn.losses.mean_absolute_error import MeanAbsoluteError, mean_absolute_error
from fastnn.losses.mean_absolute_percentage_error import (
    MeanAbsolutePercentageError,
    mean_absolute_percentage_error,
)
from fastnn.losses.mean_squared_error import MeanSquaredError, mean_squared_error
from fastnn.losses.mean_squared_logarithmic_error import (
    MeanSquaredLogarithmicError,
    mean_squared_logarithmic_error,
)
from fastnn.losses.poisson import Poisson, poisson
from fastnn.losses.sparse_categorical_crossentropy import (
    SparseCategoricalCrossentropy,
    sparse_categorical_crossentropy,
)
from fastnn.losses.sum_squared_error import SumSquaredError, sum_squared_error

__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "Huber", "KLDivergence", "LogCosh", "Loss",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Poisson", "SparseCategoricalCrossentropy",
    "SumSquaredError", "binary_crossentropy", "categorical_crossentropy", "deserialize", "get",
    "huber", "kl_divergence", "log_cosh", "mean_absolute_error",
    "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error",
    "poisson", "serialize", "sparse_categorical_crossentropy", "sum_squared_error",
]  # fmt: skip

REGISTRY: Registry[Loss] = Registry("loss", "losses")
REGISTRY.register(BinaryCrossentropy, "binary_crossentropy", "bce")
REGISTRY.register(CategoricalCrossentropy, "categorical_crossentropy")
REGISTRY.register(MeanAbsoluteError, "mean_absolute_error", "mae", "MAE")
REGISTRY.register(MeanSquaredError, "mean_squared_error", "mse", "MSE")
REGISTRY.register(MeanAbsolutePercentageError, "mean_absolute_percentage_error", "mape", "MAPE")
REGISTRY.register(MeanSquaredLogarithmicError, "mean_squared_logarithmic_error", "msle", "MSLE")
REGISTRY.register(Huber, "huber")
REGISTRY.register(LogCosh, "log_cosh", "logcosh")
REGISTRY.register(Poisson, "poisson")
REGISTRY.register(KLDivergence, "kl_divergence", "kld", "KLD", "kullback_leibler_divergence")
REGISTRY.register(SparseCategoricalCrossentropy, "sparse_categorical_crossentropy")
REGISTRY.register(SumSquaredError, "sum_squared_error", "sse")

# The functions stand for the classes with their defaults wherever a loss is expected.
_BY_FUNCTION: dict[Callable[..., Any], type[Loss]] = {
    binary_crossentropy: BinaryCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
    mean_absolute_error: MeanAbsoluteError,
    mean_squared_error: MeanSquaredError,
    mean_absolute_percentage_error: MeanAbsolutePercentageError,
    mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
    huber: Huber,
    log_cosh: LogCosh,
    poisson: Poisson,
    kl_divergence: KLDivergence,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
    sum_squared_error: SumSquaredError,
}


def get(identifier: Any, argument: str = "loss") -> Loss:
    """Return the loss that a name, class, function, object or configuration means.

    Unlike Keras, a name gives an object, never a function.

    Raises
    ------
    ValueError
        If it means none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.get("mse")
    MeanSquaredError(name='mean_squared_error', reduction='sum_over_batch_size')
    """
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, str):
        return REGISTRY.lookup(identifier, argument)()
    if isinstance(identifier, dict):
        return REGISTRY.deserialize(identifier)
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    if callable(identifier) and identifier in _BY_FUNCTION:
        return _BY_FUNCTION[identifier]()
    raise ValueError(
        f"`{argument}` must be a name, function or object of fastnn.losses, got "
        f"{shorten(identifier)}"
    )


def serialize(loss: Loss) -> dict[str, Any]:
    """Return class name and arguments of a loss.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.serialize(fastnn.losses.MeanAbsoluteError())["class_name"]
    'MeanAbsoluteError'
    """
    return REGISTRY.serialize(loss)


def deserialize(config: dict[str, Any]) -> Loss:
    """Return the loss that `serialize` described.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.deserialize({"class_name": "MeanSquaredError", "config": {}}).name
    'mean_squared_error'
    """
    return REGISTRY.deserialize(config)


def __getattr__(name: str) -> NoReturn:
    raise_absent("losses", name)
