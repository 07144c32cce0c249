"""Metrics, by name, as objects that keep a running result, and as functions of arrays."""

import inspect
from typing import TYPE_CHECKING, Any

from fastnn import losses
from fastnn._lazy import make_lazy
from fastnn._registry import Registry, shorten
from fastnn.metrics.base import Metric

if TYPE_CHECKING:
    from fastnn.losses import (
        binary_crossentropy,
        binary_focal_crossentropy,
        categorical_crossentropy,
        categorical_focal_crossentropy,
        categorical_hinge,
        hinge,
        huber,
        kl_divergence,
        log_cosh,
        mean_absolute_error,
        mean_absolute_percentage_error,
        mean_squared_error,
        mean_squared_logarithmic_error,
        poisson,
        sparse_categorical_crossentropy,
        squared_hinge,
    )
    from fastnn.metrics.accuracy import Accuracy
    from fastnn.metrics.auc import AUC
    from fastnn.metrics.binary_accuracy import BinaryAccuracy, binary_accuracy
    from fastnn.metrics.binary_crossentropy import BinaryCrossentropy
    from fastnn.metrics.binary_iou import BinaryIoU
    from fastnn.metrics.categorical_accuracy import CategoricalAccuracy, categorical_accuracy
    from fastnn.metrics.categorical_crossentropy import CategoricalCrossentropy
    from fastnn.metrics.categorical_hinge import CategoricalHinge
    from fastnn.metrics.concordance_correlation import (
        ConcordanceCorrelation,
        concordance_correlation,
    )
    from fastnn.metrics.cosine_similarity import CosineSimilarity, cosine_similarity
    from fastnn.metrics.f1_score import F1Score
    from fastnn.metrics.false_negatives import FalseNegatives
    from fastnn.metrics.false_positives import FalsePositives
    from fastnn.metrics.fbeta_score import FBetaScore
    from fastnn.metrics.hinge import Hinge
    from fastnn.metrics.iou import IoU
    from fastnn.metrics.kl_divergence import KLDivergence
    from fastnn.metrics.log_cosh_error import LogCoshError
    from fastnn.metrics.loss_value import LossValue
    from fastnn.metrics.mean import Mean
    from fastnn.metrics.mean_absolute_error import MeanAbsoluteError
    from fastnn.metrics.mean_absolute_percentage_error import MeanAbsolutePercentageError
    from fastnn.metrics.mean_iou import MeanIoU
    from fastnn.metrics.mean_metric_wrapper import MeanMetricWrapper
    from fastnn.metrics.mean_squared_error import MeanSquaredError
    from fastnn.metrics.mean_squared_logarithmic_error import MeanSquaredLogarithmicError
    from fastnn.metrics.one_hot_iou import OneHotIoU
    from fastnn.metrics.one_hot_mean_iou import OneHotMeanIoU
    from fastnn.metrics.pearson_correlation import PearsonCorrelation, pearson_correlation
    from fastnn.metrics.poisson import Poisson
    from fastnn.metrics.precision import Precision
    from fastnn.metrics.precision_at_recall import PrecisionAtRecall
    from fastnn.metrics.r2_score import R2Score
    from fastnn.metrics.recall import Recall
    from fastnn.metrics.recall_at_precision import RecallAtPrecision
    from fastnn.metrics.root_mean_squared_error import RootMeanSquaredError
    from fastnn.metrics.sensitivity_at_specificity import SensitivityAtSpecificity
    from fastnn.metrics.sparse_categorical_accuracy import (
        SparseCategoricalAccuracy,
        sparse_categorical_accuracy,
    )
    from fastnn.metrics.sparse_categorical_crossentropy import SparseCategoricalCrossentropy
    from fastnn.metrics.sparse_top_k_categorical_accuracy import (
        SparseTopKCategoricalAccuracy,
        sparse_top_k_categorical_accuracy,
    )
    from fastnn.metrics.specificity_at_sensitivity import SpecificityAtSensitivity
    from fastnn.metrics.squared_hinge import SquaredHinge
    from fastnn.metrics.sum import Sum
    from fastnn.metrics.top_k_categorical_accuracy import (
        TopKCategoricalAccuracy,
        top_k_categorical_accuracy,
    )
    from fastnn.metrics.true_negatives import TrueNegatives
    from fastnn.metrics.true_positives import TruePositives

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "LossValue",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "cosine_similarity",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "is_known",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pearson_correlation",
    "poisson",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
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
        "sparse_top_k_categorical_accuracy": (
            "SparseTopKCategoricalAccuracy sparse_top_k_categorical_accuracy"
        ),
        "sum": "Sum",
        "top_k_categorical_accuracy": "TopKCategoricalAccuracy top_k_categorical_accuracy",
        "true_negatives": "TrueNegatives",
        "true_positives": "TruePositives",
        "accuracy": "Accuracy",
        "binary_iou": "BinaryIoU",
        "categorical_hinge": "CategoricalHinge",
        "concordance_correlation": "ConcordanceCorrelation concordance_correlation",
        "cosine_similarity": "CosineSimilarity cosine_similarity",
        "hinge": "Hinge",
        "iou": "IoU",
        "loss_value": "LossValue",
        "mean_iou": "MeanIoU",
        "one_hot_iou": "OneHotIoU",
        "one_hot_mean_iou": "OneHotMeanIoU",
        "pearson_correlation": "PearsonCorrelation pearson_correlation",
        "precision_at_recall": "PrecisionAtRecall",
        "r2_score": "R2Score",
        "recall_at_precision": "RecallAtPrecision",
        "sensitivity_at_specificity": "SensitivityAtSpecificity",
        "specificity_at_sensitivity": "SpecificityAtSensitivity",
        "squared_hinge": "SquaredHinge",
        # Functions that are losses too.
        "fastnn.losses": "binary_crossentropy binary_focal_crossentropy categorical_crossentropy "
        "categorical_focal_crossentropy categorical_hinge hinge huber kl_divergence log_cosh "
        "mean_absolute_error mean_absolute_percentage_error mean_squared_error "
        "mean_squared_logarithmic_error poisson sparse_categorical_crossentropy squared_hinge",
    },
)
REGISTRY: Registry[Metric] = Registry(
    "metric",
    "metrics",
    {
        "AUC": "auc",
        "F1Score": "f1_score",
        "FBetaScore": "fbeta_score f_beta_score",
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
        "BinaryCrossentropy": "binary_crossentropy bce BCE",
        "CategoricalAccuracy": "categorical_accuracy",
        "CategoricalCrossentropy": "categorical_crossentropy",
        "Mean": "mean",
        "MeanAbsoluteError": "mean_absolute_error mae MAE",
        "MeanSquaredError": "mean_squared_error mse MSE",
        "MeanAbsolutePercentageError": "mean_absolute_percentage_error mape MAPE",
        "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error msle MSLE",
        "LogCoshError": "log_cosh logcosh log_cosh_error",
        "Poisson": "poisson",
        "KLDivergence": "kl_divergence kld KLD kullback_leibler_divergence",
        "SparseCategoricalAccuracy": "sparse_categorical_accuracy",
        "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
        "Accuracy": "accuracy",
        "BinaryIoU": "binary_iou binary_io_u",
        "CategoricalHinge": "categorical_hinge",
        "ConcordanceCorrelation": "concordance_correlation",
        "CosineSimilarity": "cosine_similarity",
        "Hinge": "hinge",
        "IoU": "iou io_u",
        "LossValue": "",
        "MeanIoU": "mean_iou mean_io_u",
        "OneHotIoU": "one_hot_iou one_hot_io_u",
        "OneHotMeanIoU": "one_hot_mean_iou one_hot_mean_io_u",
        "PearsonCorrelation": "pearson_correlation",
        "PrecisionAtRecall": "precision_at_recall",
        "R2Score": "r2_score",
        "RecallAtPrecision": "recall_at_precision",
        "SensitivityAtSpecificity": "sensitivity_at_specificity",
        "SpecificityAtSensitivity": "specificity_at_sensitivity",
        "SquaredHinge": "squared_hinge",
    },
    base=Metric,
    wrapper="MeanMetricWrapper",
)


def get(identifier: Any) -> Any:
    """Return the metric that a name, class, object or configuration means.

    As in Keras, functions, objects and None stay. Names of losses of which there is no metric
    give a `LossValue`.

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
    if identifier is None or (
        callable(identifier) and not isinstance(identifier, (Metric, losses.Loss, type))
    ):
        return identifier
    return resolve(identifier, "metric")


def resolve(identifier: Any, argument: str) -> Metric:
    """Return the object for an entry of the `metrics` of `compile`; not part of the interface.

    ``"accuracy"`` is for `compile`, which knows the loss and the output.
    """
    if isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, str):
        if not REGISTRY.knows(identifier) and losses.REGISTRY.knows(identifier):
            return _of_loss(identifier)
        return _without_arguments(REGISTRY.lookup(identifier, argument), argument)
    if isinstance(identifier, dict):
        return resolve(REGISTRY.read(identifier), argument)
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return _without_arguments(identifier, argument)
    if (cls := REGISTRY.of_function(identifier)) is not None:
        return cls()
    if (loss := losses.REGISTRY.of_function(identifier)) is not None:
        return _of_loss(loss(), identifier.__name__)
    if isinstance(identifier, losses.Loss) and losses.REGISTRY.holds(identifier):
        return _of_loss(identifier)
    if callable(identifier) and not isinstance(identifier, type):
        from fastnn.metrics.mean_metric_wrapper import MeanMetricWrapper

        if isinstance(identifier, losses.Loss):  # of the user's own
            return MeanMetricWrapper(identifier.call, identifier.name)
        return MeanMetricWrapper(identifier)
    raise ValueError(
        f"`{argument}` must hold names, functions or objects of fastnn.metrics, got "
        f"{shorten(identifier)}"
    )


def _without_arguments(cls: type[Metric], argument: str) -> Metric:
    required = [
        name
        for name, parameter in inspect.signature(cls).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    if required:
        raise ValueError(
            f"`{argument}`: {cls.__name__} needs `{required[0]}`: give an object, not a name"
        )
    return cls()


def _of_loss(loss: Any, name: str | None = None) -> Metric:
    from fastnn.metrics.loss_value import LossValue

    return LossValue(loss, name)


def is_known(metric: Metric) -> bool:
    """Tell whether a metric is one of fastnn's: files need no `custom_objects` for it.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.is_known(fastnn.metrics.get(lambda y_true, y_pred: y_pred))
    False
    """
    return REGISTRY.holds(metric)


def serialize(metric: Any) -> Any:
    """Return class name and arguments of a metric.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.serialize(fastnn.metrics.Mean())
    {'class_name': 'Mean', 'config': {'name': 'mean'}}
    """
    return REGISTRY.serialize(metric)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the metric that `serialize` described, or that a name means.

    Parameters
    ----------
    config : dict or str
    custom_objects : dict, default=None
        Classes and functions of one's own, by name.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.deserialize({"class_name": "Mean", "config": {}}).name
    'mean'
    """
    return REGISTRY.read(config, custom_objects)
