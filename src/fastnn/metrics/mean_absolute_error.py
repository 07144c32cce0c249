"""Mean absolute error as a metric."""

from typing import Any, ClassVar

from fastnn.losses.base import NativeLoss
from fastnn.metrics.base import LossMetric


class MeanAbsoluteError(LossMetric):
    """Mean over rows of `losses.MeanAbsoluteError`.

    Parameters
    ----------
    name : str, default="mean_absolute_error"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.

    Raises
    ------
    ValueError
        In a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.MeanAbsoluteError()
    >>> metric.update_state([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]])
    >>> float(metric.result())
    0.25
    """

    _NAME: ClassVar[str] = "mean_absolute_error"

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def _loss(self) -> NativeLoss:
        return NativeLoss("mae", ())
