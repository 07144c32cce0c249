"""Accuracy of classes, targets that are class numbers."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn.losses.base import paired
from fastnn.metrics.base import MeanMetric, NativeMetric


class SparseCategoricalAccuracy(MeanMetric):
    """Share of rows whose largest prediction is in the column of the class number.

    Parameters
    ----------
    name : str, default="sparse_categorical_accuracy"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.

    Raises
    ------
    ValueError
        In a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.SparseCategoricalAccuracy()
    >>> metric.update_state([1, 1], [[0.9, 0.1], [0.2, 0.8]])
    >>> float(metric.result())
    0.5
    """

    targets: ClassVar[str] = "labels"
    _NAME: ClassVar[str] = "sparse_categorical_accuracy"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def native(self) -> NativeMetric:
        return NativeMetric("sparse_accuracy", "mse", ())

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        return sparse_categorical_accuracy(y_true, y_pred)


def sparse_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
    """Return 1 for each row that `SparseCategoricalAccuracy` counts as right, else 0.

    Parameters
    ----------
    y_true : array_like of shape (batch,), class numbers
    y_pred : array_like of shape (batch, n_classes)

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.sparse_categorical_accuracy([1, 1], [[0.9, 0.1], [0.2, 0.8]])
    array([0., 1.], dtype=float32)
    """
    true, pred, shape = paired(y_true, y_pred, True)
    values = _core.metric(_core.METRICS["sparse_accuracy"], 0.0, true, pred)
    return values.astype(pred.dtype).reshape(shape)
