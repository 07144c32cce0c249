"""Losses, by name, as objects, and as functions of NumPy arrays."""

from typing import TYPE_CHECKING, Any

from fastnn._lazy import make_lazy
from fastnn._registry import Registry, shorten
from fastnn.losses.base import Loss

if TYPE_CHECKING:
    from fastnn.losses.binary_crossentropy import BinaryCrossentropy, binary_crossentropy
    from fastnn.losses.binary_focal_crossentropy import (
        BinaryFocalCrossentropy,
        binary_focal_crossentropy,
    )
    from fastnn.losses.categorical_crossentropy import (
        CategoricalCrossentropy,
        categorical_crossentropy,
    )
    from fastnn.losses.categorical_focal_crossentropy import (
        CategoricalFocalCrossentropy,
        categorical_focal_crossentropy,
    )
    from fastnn.losses.categorical_generalized_cross_entropy import (
        CategoricalGeneralizedCrossEntropy,
        categorical_generalized_cross_entropy,
    )
    from fastnn.losses.categorical_hinge import CategoricalHinge, categorical_hinge
    from fastnn.losses.circle import Circle, circle
    from fastnn.losses.cosine_similarity import CosineSimilarity, cosine_similarity
    from fastnn.losses.dice import Dice, dice
    from fastnn.losses.function_loss import FunctionLoss
    from fastnn.losses.gamma import Gamma, gamma
    from fastnn.losses.hinge import Hinge, hinge
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
    from fastnn.losses.quantile import Quantile, quantile
    from fastnn.losses.sparse_categorical_crossentropy import (
        SparseCategoricalCrossentropy,
        sparse_categorical_crossentropy,
    )
    from fastnn.losses.squared_hinge import SquaredHinge, squared_hinge
    from fastnn.losses.sum_squared_error import SumSquaredError, sum_squared_error
    from fastnn.losses.tversky import Tversky, tversky
    from fastnn.losses.tweedie import Tweedie, tweedie

__all__ = [
    "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy", "CategoricalGeneralizedCrossEntropy", "CategoricalHinge",
    "Circle", "CosineSimilarity", "Dice", "FunctionLoss", "Gamma", "Hinge", "Huber", "KLDivergence",
    "LogCosh", "Loss", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Poisson", "Quantile", "SparseCategoricalCrossentropy",
    "SquaredHinge", "SumSquaredError", "Tversky", "Tweedie", "binary_crossentropy",
    "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "categorical_hinge", "circle", "cosine_similarity",
    "deserialize", "dice", "gamma", "get", "hinge", "huber", "kl_divergence", "log_cosh",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "poisson", "quantile", "serialize",
    "sparse_categorical_crossentropy", "squared_hinge", "sum_squared_error", "tversky", "tweedie",
]  # fmt: skip

make_lazy(
    __name__,
    {
        "binary_crossentropy": "BinaryCrossentropy binary_crossentropy",
        "categorical_crossentropy": "CategoricalCrossentropy categorical_crossentropy",
        "huber": "Huber huber",
        "kl_divergence": "KLDivergence kl_divergence",
        "log_cosh": "LogCosh log_cosh",
        "mean_absolute_error": "MeanAbsoluteError mean_absolute_error",
        "mean_absolute_percentage_error": "MeanAbsolutePercentageError "
        "mean_absolute_percentage_error",
        "mean_squared_error": "MeanSquaredError mean_squared_error",
        "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError "
        "mean_squared_logarithmic_error",
        "poisson": "Poisson poisson",
        "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy "
        "sparse_categorical_crossentropy",
        "sum_squared_error": "SumSquaredError sum_squared_error",
        "binary_focal_crossentropy": "BinaryFocalCrossentropy binary_focal_crossentropy",
        "categorical_focal_crossentropy": "CategoricalFocalCrossentropy "
        "categorical_focal_crossentropy",
        "categorical_generalized_cross_entropy": "CategoricalGeneralizedCrossEntropy "
        "categorical_generalized_cross_entropy",
        "categorical_hinge": "CategoricalHinge categorical_hinge",
        "circle": "Circle circle",
        "cosine_similarity": "CosineSimilarity cosine_similarity",
        "dice": "Dice dice",
        "gamma": "Gamma gamma",
        "hinge": "Hinge hinge",
        "quantile": "Quantile quantile",
        "squared_hinge": "SquaredHinge squared_hinge",
        "tversky": "Tversky tversky",
        "tweedie": "Tweedie tweedie",
        "function_loss": "FunctionLoss",
    },
)
REGISTRY: Registry[Loss] = Registry(
    "loss",
    "losses",
    {
        "BinaryCrossentropy": "binary_crossentropy bce BCE",
        "CategoricalCrossentropy": "categorical_crossentropy",
        "MeanAbsoluteError": "mean_absolute_error mae MAE",
        "MeanSquaredError": "mean_squared_error mse MSE",
        "MeanAbsolutePercentageError": "mean_absolute_percentage_error mape MAPE",
        "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error msle MSLE",
        "Huber": "huber",
        "LogCosh": "log_cosh logcosh",
        "Poisson": "poisson",
        "KLDivergence": "kl_divergence kld KLD kullback_leibler_divergence",
        "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
        "SumSquaredError": "sum_squared_error sse",
        "BinaryFocalCrossentropy": "binary_focal_crossentropy",
        "CategoricalFocalCrossentropy": "categorical_focal_crossentropy",
        "CategoricalGeneralizedCrossEntropy": "categorical_generalized_cross_entropy",
        "CategoricalHinge": "categorical_hinge",
        "Circle": "circle",
        "CosineSimilarity": "cosine_similarity",
        "Dice": "dice",
        "Gamma": "gamma",
        "Hinge": "hinge",
        "Quantile": "quantile pinball",
        "SquaredHinge": "squared_hinge",
        "Tversky": "tversky",
        "Tweedie": "tweedie",
    },
    base=Loss,
    wrapper="FunctionLoss",
    functions=True,
)


def get(identifier: Any) -> Any:
    """Return the loss that a name, class, function, object or configuration means.

    As in Keras, the name of a function gives the function, that of a class an object; functions,
    objects and None stay.

    Raises
    ------
    ValueError
        If it means none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.get("mse") is fastnn.losses.mean_squared_error
    True
    >>> fastnn.losses.get("MeanSquaredError")
    MeanSquaredError(name='mean_squared_error', reduction='sum_over_batch_size')
    """
    if identifier is None or isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, str):
        return REGISTRY.named(identifier, "loss")
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    if callable(identifier):
        return identifier
    raise ValueError(
        f"`loss` must be a name, function or object of fastnn.losses, got {shorten(identifier)}"
    )


def resolve(identifier: Any) -> Loss:
    """Return the object for what `compile` was given as its loss; not part of the interface."""
    loss = get(identifier)
    if isinstance(loss, Loss):
        return loss
    if (cls := REGISTRY.of_function(loss)) is not None:
        return cls()
    from fastnn.losses.function_loss import FunctionLoss

    return FunctionLoss(loss)


def serialize(loss: Any) -> Any:
    """Return class name and arguments of a loss, or those of a function of this module.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.serialize(fastnn.losses.MeanAbsoluteError())["class_name"]
    'MeanAbsoluteError'
    """
    return REGISTRY.serialize(loss)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the loss that `serialize` described, or that a name means.

    Parameters
    ----------
    config : dict or str
    custom_objects : dict, default=None
        Classes and functions of one's own, by name.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.deserialize({"class_name": "MeanSquaredError", "config": {}}).name
    'mean_squared_error'
    """
    return REGISTRY.read(config, custom_objects)
