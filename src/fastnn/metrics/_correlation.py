"""Correlation of targets and predictions along an axis: base of two metrics."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import check_axis
from fastnn.metrics._thresholds import same_shape
from fastnn.metrics.base import MeanMetric


class CorrelationMetric(MeanMetric):
    """Mean of a correlation of what lies along `axis`."""

    def __init__(self, name: str | None, dtype: Any, axis: Any) -> None:
        super().__init__(dtype, name)
        self.axis: int = check_axis(axis)

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis, **super().get_config()}


class Moments:
    """Means, variances and covariance of targets and predictions along an axis, in float64."""

    def __init__(self, y_true: ArrayLike, y_pred: ArrayLike, axis: int) -> None:
        true, pred = same_shape(y_true, y_pred)
        self._dtype = pred.dtype
        t, p = true.astype(np.float64), pred.astype(np.float64)
        means = t.mean(axis=axis, keepdims=True), p.mean(axis=axis, keepdims=True)
        t, p = t - means[0], p - means[1]
        self.variances = (t * t).mean(axis=axis), (p * p).mean(axis=axis)
        self.covariance: NDArray[np.float64] = (t * p).mean(axis=axis)
        self.apart: NDArray[np.float64] = np.squeeze(means[0] - means[1], axis)

    def rounded(self, value: Any) -> NDArray[Any]:
        """Return a result in the type of the predictions."""
        return np.asarray(value).astype(self._dtype)
