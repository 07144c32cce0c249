"""Metrics, by name, as objects that keep a running result, and as functions of arrays."""

from collections.abc import Callable
from typing import Any, NoReturn

from fastnn import losses
from fastnn._keras_names import raise_absent
from fastnn._registry import Registry, shorten
from fastnn.metrics.auc import AUC
from fastnn.metrics.base import Metric
from fastnn.metrics.binary_accuracy import BinaryAccuracy, binary_accuracy
from fastnn.metrics.binary_crossentropy import BinaryCrossentropy
from fastnn.metrics.categorical_accuracy import CategoricalAccuracy, categorical_accuracy
from fastnn.metrics.categorical_crossentropy import CategoricalCrossentropy
from fastnn.metrics.f1_score import F1Score
from fastnn.metrics.false_negatives import FalseNegatives
from fastnn.metrics.false_positives import FalsePositives
from fastnn.metrics.fbeta_score import FBetaScore
from fastnn.metrics.kl_divergence import KLDivergence
from fastnn.metrics.log_cosh_error import LogCoshError
from fastnn.metrics.mean import Mean
from fastnn.metrics.mean_absolute_error import MeanAbsoluteError
from fastnn.metrics.mean_absolute_percentage_error import MeanAbsolutePercentageError
from fastnn.metrics.mean_metric_wrapper import MeanMetricWrapper
from fastnn.metrics.mean_squared_error import MeanSquaredError
from fastnn.metrics.mean_squared_logarithmic_error import MeanSquaredLogarithmicError
from fastnn.metrics.poisson import Poisson
from fastnn.metrics.precision import Precision
from fastnn.metrics.recall import Recall
from fastnn.metrics.root_mean_squared_error import RootMeanSquaredError
from fastnn.metrics.sparse_categorical_accuracy import (
    SparseCategoricalAccuracy,
    sparse_categorical_accuracy,
)
from fastnn.metrics.sparse_categorical_crossentropy import SparseCategoricalCrossentropy
from fastnn.metrics.sparse_top_k_categorical_accuracy import SparseTopKCategoricalAccuracy
from fastnn.metrics.sum import Sum
from fastnn.metrics.top_k_categorical_accuracy import TopKCategoricalAccuracy
from fastnn.metrics.true_negatives import TrueNegatives
from fastnn.metrics.true_positives import TruePositives

__all__ = [
    "AUC",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "Poisson",
    "Precision",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "deserialize",
    "get",
    "huber",
    "is_known",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
]  # fmt: skip

# The functions are those of the losses. Bound here, not imported above: the modules of the
# classes have the same names and would take their places.
binary_crossentropy: Callable[..., Any] = losses.binary_crossentropy
categorical_crossentropy: Callable[..., Any] = losses.categorical_crossentropy
mean_absolute_error: Callable[..., Any] = losses.mean_absolute_error
mean_squared_error: Callable[..., Any] = losses.mean_squared_error
mean_absolute_percentage_error: Callable[..., Any] = losses.mean_absolute_percentage_error
mean_squared_logarithmic_error: Callable[..., Any] = losses.mean_squared_logarithmic_error
log_cosh: Callable[..., Any] = losses.log_cosh
poisson: Callable[..., Any] = losses.poisson
kl_divergence: Callable[..., Any] = losses.kl_divergence
huber: Callable[..., Any] = losses.huber
sparse_categorical_crossentropy: Callable[..., Any] = losses.sparse_categorical_crossentropy

REGISTRY: Registry[Metric] = Registry("metric", "metrics")
REGISTRY.register(AUC, "auc")
REGISTRY.register(F1Score, "f1_score")
REGISTRY.register(FBetaScore, "fbeta_score")
REGISTRY.register(FalseNegatives, "false_negatives")
REGISTRY.register(FalsePositives, "false_positives")
REGISTRY.register(Precision, "precision")
REGISTRY.register(Recall, "recall")
REGISTRY.register(RootMeanSquaredError, "root_mean_squared_error")
REGISTRY.register(SparseTopKCategoricalAccuracy, "sparse_top_k_categorical_accuracy")
REGISTRY.register(Sum, "sum")
REGISTRY.register(TopKCategoricalAccuracy, "top_k_categorical_accuracy")
REGISTRY.register(TrueNegatives, "true_negatives")
REGISTRY.register(TruePositives, "true_positives")
REGISTRY.register(BinaryAccuracy, "binary_accuracy")
REGISTRY.register(BinaryCrossentropy, "binary_crossentropy", "bce")
REGISTRY.register(CategoricalAccuracy, "categorical_accuracy")
REGISTRY.register(CategoricalCrossentropy, "categorical_crossentropy")
REGISTRY.register(Mean, "mean")
REGISTRY.register(MeanAbsoluteError, "mean_absolute_error", "mae", "MAE")
REGISTRY.register(MeanSquaredError, "mean_squared_error", "mse", "MSE")
REGISTRY.register(MeanAbsolutePercentageError, "mean_absolute_percentage_error", "mape", "MAPE")
REGISTRY.register(MeanSquaredLogarithmicError, "mean_squared_logarithmic_error", "msle", "MSLE")
REGISTRY.register(LogCoshError, "log_cosh", "logcosh")
REGISTRY.register(Poisson, "poisson")
REGISTRY.register(KLDivergence, "kl_divergence", "kld", "KLD", "kullback_leibler_divergence")
REGISTRY.register(SparseCategoricalAccuracy, "sparse_categorical_accuracy")
REGISTRY.register(SparseCategoricalCrossentropy, "sparse_categorical_crossentropy")

# The functions stand for the classes with their defaults wherever a metric is expected.
_BY_FUNCTION: dict[Callable[..., Any], type[Metric]] = {
    binary_accuracy: BinaryAccuracy,
    categorical_accuracy: CategoricalAccuracy,
    sparse_categorical_accuracy: SparseCategoricalAccuracy,
    losses.binary_crossentropy: BinaryCrossentropy,
    losses.categorical_crossentropy: CategoricalCrossentropy,
    losses.mean_absolute_error: MeanAbsoluteError,
    losses.mean_squared_error: MeanSquaredError,
    losses.mean_absolute_percentage_error: MeanAbsolutePercentageError,
    losses.mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
    losses.log_cosh: LogCoshError,
    losses.poisson: Poisson,
    losses.kl_divergence: KLDivergence,
    losses.sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
}


def get(identifier: Any, argument: str = "metrics") -> Metric:
    """Return the metric that a name, class, function, object or configuration means.

    ``"accuracy"`` is resolved by `compile`, which knows the loss and the output.

    Raises
    ------
    ValueError
        If it means none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.get("mse")
    MeanSquaredError(name='mean_squared_error')
    """
    if isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, str):
        return REGISTRY.lookup(identifier, argument)()
    if isinstance(identifier, dict):
        return REGISTRY.deserialize(identifier)
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return identifier()
    if callable(identifier) and identifier in _BY_FUNCTION:
        return _BY_FUNCTION[identifier]()
    if callable(identifier) and not isinstance(identifier, type):
        return MeanMetricWrapper(identifier)
    raise ValueError(
        f"`{argument}` must hold names, functions or objects of fastnn.metrics, got "
        f"{shorten(identifier)}"
    )


def is_known(metric: Metric) -> bool:
    """Tell whether `serialize` can describe a metric: the user's own cannot be.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.is_known(fastnn.metrics.get(lambda y_true, y_pred: y_pred))
    False
    """
    return REGISTRY.holds(metric)


def serialize(metric: Metric) -> dict[str, Any]:
    """Return class name and arguments of a metric.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.serialize(fastnn.metrics.Mean())
    {'class_name': 'Mean', 'config': {'name': 'mean'}}
    """
    return REGISTRY.serialize(metric)


def deserialize(config: dict[str, Any]) -> Metric:
    """Return the metric that `serialize` described.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.deserialize({"class_name": "Mean", "config": {}}).name
    'mean'
    """
    return REGISTRY.deserialize(config)


def __getattr__(name: str) -> NoReturn:
    raise_absent("metrics", name)
