"""Root of the mean squared error: a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn.metrics._thresholds import same_shape
from fastnn.metrics.base import MeanMetric


class RootMeanSquaredError(MeanMetric):
    """Square root of the mean over all values of the squared error.

    Parameters
    ----------
    name : str, default="root_mean_squared_error"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        In a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.RootMeanSquaredError()
    >>> metric.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]])
    >>> float(metric.result())
    0.5
    """

    _NAME: ClassVar[str] = "root_mean_squared_error"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        true, pred = same_shape(y_true, y_pred)
        error: NDArray[Any] = pred.astype(np.float64) - true
        squares: NDArray[Any] = error * error
        return squares

    def result(self) -> Any:
        """Return the root of the weighted mean."""
        return np.sqrt(super().result())
