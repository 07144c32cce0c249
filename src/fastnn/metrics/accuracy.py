"""Share of predictions that equal their targets: a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn.metrics._thresholds import same_shape
from fastnn.metrics.base import MeanMetric


class Accuracy(MeanMetric):
    """Share of predictions that equal their targets.

    The string ``"accuracy"`` in `compile` means the binary, categorical or sparse accuracy that
    suits the loss instead.

    Parameters
    ----------
    name : str, default="accuracy"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.

    Raises
    ------
    ValueError
        In a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.Accuracy()
    >>> metric.update_state([1, 2, 3, 4], [0, 2, 3, 4])
    >>> float(metric.result())
    0.75
    """

    _NAME: ClassVar[str] = "accuracy"

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        true, pred = same_shape(y_true, y_pred)
        return np.asarray(true.astype(pred.dtype) == pred)
