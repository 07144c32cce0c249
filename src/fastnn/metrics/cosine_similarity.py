"""Cosine similarity as a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import check_axis
from fastnn.losses.cosine_similarity import cosine_similarity as negative_cosine
from fastnn.metrics.base import MeanMetric


class CosineSimilarity(MeanMetric):
    """Mean over rows of the cosine of the angle between targets and predictions.

    The loss of this name is its negative.

    Parameters
    ----------
    name : str, default="cosine_similarity"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.
    axis : int, default=-1
        Along which a row lies.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.CosineSimilarity()
    >>> metric.update_state([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]])
    >>> print(f"{metric.result():.4f}")
    0.5000
    """

    _NAME: ClassVar[str] = "cosine_similarity"

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.axis = check_axis(axis)

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        return cosine_similarity(y_true, y_pred, self.axis)

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis, **super().get_config()}


def cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """Return the cosine of each row; see `CosineSimilarity`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)
    axis : int, default=-1
        Along which a row lies.

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.cosine_similarity([[3.0, 4.0]], [[8.0, 6.0]]).round(4)
    array([0.96], dtype=float32)
    """
    return np.asarray(-negative_cosine(y_true, y_pred, axis))
