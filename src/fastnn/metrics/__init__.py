"""Metrics, by name, as objects that keep a running result, and as functions of arrays."""

from typing import TYPE_CHECKING, Any

from fastnn._lazy import make_lazy
from fastnn._registry import Registry, shorten
from fastnn.metrics.base import Metric

if TYPE_CHECKING:
    from fastnn.losses import (
        binary_crossentropy,
        categorical_crossentropy,
        huber,
        kl_divergence,
        log_cosh,
        mean_absolute_error,
        mean_absolute_percentage_error,
        mean_squared_error,
        mean_squared_logarithmic_error,
        poisson,
        sparse_categorical_crossentropy,
    )
    from fastnn.metrics.auc import AUC
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

make_lazy(
    __name__,
    {
        "auc": "AUC",
        "binary_accuracy": "BinaryAccuracy binary_accuracy",
        "binary_crossentropy": "BinaryCrossentropy",
        "categorical_accuracy": "CategoricalAccuracy categorical_accuracy",
        "categorical_crossentropy": "CategoricalCrossentropy",
        "f1_score": "F1Score",
        "false_negatives": "FalseNegatives",
        "false_positives": "FalsePositives",
        "fbeta_score": "FBetaScore",
        "kl_divergence": "KLDivergence",
        "log_cosh_error": "LogCoshError",
        "mean": "Mean",
        "mean_absolute_error": "MeanAbsoluteError",
        "mean_absolute_percentage_error": "MeanAbsolutePercentageError",
        "mean_metric_wrapper": "MeanMetricWrapper",
        "mean_squared_error": "MeanSquaredError",
        "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError",
        "poisson": "Poisson",
        "precision": "Precision",
        "recall": "Recall",
        "root_mean_squared_error": "RootMeanSquaredError",
        "sparse_categorical_accuracy": "SparseCategoricalAccuracy sparse_categorical_accuracy",
        "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
        "sparse_top_k_categorical_accuracy": "SparseTopKCategoricalAccuracy",
        "sum": "Sum",
        "top_k_categorical_accuracy": "TopKCategoricalAccuracy",
        "true_negatives": "TrueNegatives",
        "true_positives": "TruePositives",
        # Functions that are losses too.
        "fastnn.losses": "binary_crossentropy categorical_crossentropy huber kl_divergence "
        "log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error "
        "mean_squared_logarithmic_error poisson sparse_categorical_crossentropy",
    },
)
REGISTRY: Registry[Metric] = Registry(
    "metric",
    "metrics",
    {
        "AUC": "auc",
        "F1Score": "f1_score",
        "FBetaScore": "fbeta_score",
        "FalseNegatives": "false_negatives",
        "FalsePositives": "false_positives",
        "Precision": "precision",
        "Recall": "recall",
        "RootMeanSquaredError": "root_mean_squared_error",
        "SparseTopKCategoricalAccuracy": "sparse_top_k_categorical_accuracy",
        "Sum": "sum",
        "TopKCategoricalAccuracy": "top_k_categorical_accuracy",
        "TrueNegatives": "true_negatives",
        "TruePositives": "true_positives",
        "BinaryAccuracy": "binary_accuracy",
        "BinaryCrossentropy": "binary_crossentropy bce",
        "CategoricalAccuracy": "categorical_accuracy",
        "CategoricalCrossentropy": "categorical_crossentropy",
        "Mean": "mean",
        "MeanAbsoluteError": "mean_absolute_error mae MAE",
        "MeanSquaredError": "mean_squared_error mse MSE",
        "MeanAbsolutePercentageError": "mean_absolute_percentage_error mape MAPE",
        "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error msle MSLE",
        "LogCoshError": "log_cosh logcosh",
        "Poisson": "poisson",
        "KLDivergence": "kl_divergence kld KLD kullback_leibler_divergence",
        "SparseCategoricalAccuracy": "sparse_categorical_accuracy",
        "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    },
)


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
    if (cls := REGISTRY.of_function(identifier)) is not None:
        return cls()
    if callable(identifier) and not isinstance(identifier, type):
        from fastnn.metrics.mean_metric_wrapper import MeanMetricWrapper

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
