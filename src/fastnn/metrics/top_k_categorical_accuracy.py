"""Accuracy of the first few classes, targets in one column per class: a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array, check_integer
from fastnn.config import floatx
from fastnn.metrics._top_k import in_top_k
from fastnn.metrics.base import MeanMetric


class TopKCategoricalAccuracy(MeanMetric):
    """Share of rows whose class is among the `k` largest predictions.

    Parameters
    ----------
    k : int, default=5
    name : str, default="top_k_categorical_accuracy"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.TopKCategoricalAccuracy(k=1)
    >>> metric.update_state([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    >>> float(metric.result())
    0.5
    """

    _NAME: ClassVar[str] = "top_k_categorical_accuracy"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.k = check_integer(k, "k", 1)

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        true, pred = as_array(y_true, "y_true"), as_array(y_pred, "y_pred")
        if pred.ndim == 0 or true.shape != pred.shape:
            raise ValueError(f"`y_true` must have shape {pred.shape}, got {true.shape}")
        labels = np.argmax(true, axis=-1)
        return in_top_k(labels, pred, self.k)

    def get_config(self) -> dict[str, Any]:
        return {"k": self.k, **super().get_config()}


def top_k_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike, k: int = 5) -> NDArray[Any]:
    """Return 1 for each row that `TopKCategoricalAccuracy` counts as right, else 0.

    Parameters
    ----------
    y_true : array_like of shape (batch, n_classes)
    y_pred : array_like of shape (batch, n_classes)
    k : int, default=5

    Returns
    -------
    ndarray of shape (batch,), dtype=config.floatx()

    Examples
    --------
    >>> import fastnn
    >>> y_true, y_pred = [[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]]
    >>> fastnn.metrics.top_k_categorical_accuracy(y_true, y_pred, k=1)
    array([0., 1.], dtype=float32)
    """
    return TopKCategoricalAccuracy(k)._values(y_true, y_pred).astype(floatx())
