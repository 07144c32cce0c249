"""Mean squared logarithmic error as a metric."""

from typing import Any, ClassVar

from fastnn.losses.base import NativeLoss
from fastnn.metrics.base import LossMetric


class MeanSquaredLogarithmicError(LossMetric):
    """Mean over rows of `losses.MeanSquaredLogarithmicError`.

    Parameters
    ----------
    name : str, default="mean_squared_logarithmic_error"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.

    Raises
    ------
    ValueError
        In a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.MeanSquaredLogarithmicError()
    >>> metric.update_state([[1.0, 3.0]], [[3.0, 1.0]])
    >>> print(f"{metric.result():.4f}")
    0.4805
    """

    _NAME: ClassVar[str] = "mean_squared_logarithmic_error"

    def __init__(
        self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)

    def _loss(self) -> NativeLoss:
        return NativeLoss("msle", ())
