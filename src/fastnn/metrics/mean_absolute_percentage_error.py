"""Mean absolute percentage error as a metric."""

from typing import Any, ClassVar

from fastnn.losses.base import NativeLoss
from fastnn.metrics.base import LossMetric


class MeanAbsolutePercentageError(LossMetric):
    """Mean over rows of `losses.MeanAbsolutePercentageError`.

    Parameters
    ----------
    name : str, default="mean_absolute_percentage_error"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.

    Raises
    ------
    ValueError
        In a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.MeanAbsolutePercentageError()
    >>> metric.update_state([[2.0, -4.0]], [[1.0, -5.0]])
    >>> print(f"{metric.result():.4f}")
    37.5000
    """

    _NAME: ClassVar[str] = "mean_absolute_percentage_error"

    def __init__(
        self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)

    def _loss(self) -> NativeLoss:
        return NativeLoss("mape", ())
