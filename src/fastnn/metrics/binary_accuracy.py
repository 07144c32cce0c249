"""Accuracy of yes-or-no targets."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn._validation import check_number
from fastnn.losses.base import paired
from fastnn.metrics.base import MeanMetric, NativeMetric


class BinaryAccuracy(MeanMetric):
    """Share of predictions on the right side of `threshold`.

    Parameters
    ----------
    name : str, default="binary_accuracy"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.
    threshold : float, default=0.5
        Predictions above it mean 1, others 0.

    Raises
    ------
    ValueError
        If `threshold` is not a number; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.BinaryAccuracy()
    >>> metric.update_state([1, 1, 0, 0], [0.98, 1, 0, 0.6])
    >>> float(metric.result())
    0.75
    """

    _NAME: ClassVar[str] = "binary_accuracy"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.threshold = check_number(threshold, "threshold")

    def native(self) -> NativeMetric:
        return NativeMetric("binary_accuracy", "mse", (self.threshold,))

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        return binary_accuracy(y_true, y_pred, self.threshold)

    def get_config(self) -> dict[str, Any]:
        return {"threshold": self.threshold, **super().get_config()}


def binary_accuracy(y_true: ArrayLike, y_pred: ArrayLike, threshold: float = 0.5) -> NDArray[Any]:
    """Return 1 for each prediction on the right side of `threshold`, else 0.

    Parameters
    ----------
    y_true, y_pred : array_like of one shape
    threshold : float, default=0.5

    Returns
    -------
    ndarray of the shape of y_pred

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.binary_accuracy([1, 0], [0.9, 0.8])
    array([1., 0.], dtype=float32)
    """
    true, pred, shape = paired(y_true, y_pred, False)
    values = _core.metric(
        _core.METRICS["binary_accuracy"],
        check_number(threshold, "threshold"),
        true.reshape(-1, 1),
        pred.reshape(-1, 1),
    )
    return values.astype(pred.dtype).reshape((*shape, pred.shape[-1]))
