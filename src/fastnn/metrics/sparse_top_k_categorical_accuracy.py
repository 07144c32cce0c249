"""Accuracy of the first few classes, targets that are class numbers: a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array, check_bool, check_integer
from fastnn.config import floatx
from fastnn.metrics._top_k import in_top_k
from fastnn.metrics.base import MeanMetric


class SparseTopKCategoricalAccuracy(MeanMetric):
    """Share of rows whose class is among the `k` largest predictions.

    Parameters
    ----------
    k : int, default=5
    name : str, default="sparse_top_k_categorical_accuracy"
    dtype : {"float32", "float64"}, default=None
    from_sorted_ids : bool, default=False
        Predictions are class numbers, the most likely first, instead of a value for each class.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.SparseTopKCategoricalAccuracy(k=1)
    >>> metric.update_state([2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    >>> float(metric.result())
    0.5
    """

    _NAME: ClassVar[str] = "sparse_top_k_categorical_accuracy"

    def __init__(
        self, k: int = 5, name: str | None = "sparse_top_k_categorical_accuracy", dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self.k = check_integer(k, "k", 1)
        self.from_sorted_ids = check_bool(from_sorted_ids, "from_sorted_ids")

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        true, pred = as_array(y_true, "y_true"), as_array(y_pred, "y_pred")
        labels = true[..., 0] if true.ndim == pred.ndim and true.shape[-1] == 1 else true
        if pred.ndim == 0 or labels.shape != pred.shape[:-1]:
            raise ValueError(f"`y_true` must have shape {pred.shape[:-1]}, got {true.shape}")
        if self.from_sorted_ids:
            first = pred[..., : self.k]
            named: NDArray[Any] = (first == labels[..., np.newaxis]).any(axis=-1)
            return named.astype(np.float64)
        return in_top_k(labels, pred, self.k)

    def get_config(self) -> dict[str, Any]:
        config = {"k": self.k, **super().get_config()}
        return {**config, "from_sorted_ids": True} if self.from_sorted_ids else config


def sparse_top_k_categorical_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, k: int = 5, from_sorted_ids: bool = False
) -> NDArray[Any]:
    """Return 1 for each row that `SparseTopKCategoricalAccuracy` counts as right, else 0.

    Parameters
    ----------
    y_true : array_like of shape (batch,), int
    y_pred : array_like of shape (batch, n_classes)
    k : int, default=5
    from_sorted_ids : bool, default=False

    Returns
    -------
    ndarray of shape (batch,), dtype=config.floatx()

    Examples
    --------
    >>> import fastnn
    >>> y_true, y_pred = [2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]]
    >>> fastnn.metrics.sparse_top_k_categorical_accuracy(y_true, y_pred, k=1)
    array([0., 1.], dtype=float32)
    """
    return (
        SparseTopKCategoricalAccuracy(k, from_sorted_ids=from_sorted_ids)
        ._values(y_true, y_pred)
        .astype(floatx())
    )
