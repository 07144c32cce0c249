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
    from fastnn.losses.cosine_similarity import CosineSimilarity, cosine_similarity
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
    from fastnn.losses.tweedie import Tweedie, tweedie

__all__ = [
    "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy", "CategoricalGeneralizedCrossEntropy", "CategoricalHinge",
    "CosineSimilarity", "FunctionLoss", "Gamma", "Hinge", "Huber", "KLDivergence", "LogCosh",
    "Loss", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Poisson", "Quantile", "SparseCategoricalCrossentropy",
    "SquaredHinge", "SumSquaredError", "Tweedie", "binary_crossentropy",
    "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "categorical_hinge", "cosine_similarity",
    "deserialize", "gamma", "get", "hinge", "huber", "kl_divergence", "log_cosh",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "poisson", "quantile", "serialize",
    "sparse_categorical_crossentropy", "squared_hinge", "sum_squared_error", "tweedie",
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
        "cosine_similarity": "CosineSimilarity cosine_similarity",
        "gamma": "Gamma gamma",
        "hinge": "Hinge hinge",
        "quantile": "Quantile quantile",
        "squared_hinge": "SquaredHinge squared_hinge",
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
        "CosineSimilarity": "cosine_similarity",
        "Gamma": "gamma",
        "Hinge": "hinge",
        "Quantile": "quantile pinball",
        "SquaredHinge": "squared_hinge",
        "Tweedie": "tweedie",
    },
)


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
    if (cls := REGISTRY.of_function(identifier)) is not None:
        return cls()
    if callable(identifier) and not isinstance(identifier, type):
        from fastnn.losses.function_loss import FunctionLoss

        return FunctionLoss(identifier)
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
