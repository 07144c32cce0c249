"""Logarithm of the hyperbolic cosine as a metric."""

from typing import Any, ClassVar

from fastnn.losses.base import NativeLoss
from fastnn.metrics.base import LossMetric


class LogCoshError(LossMetric):
    """Mean over rows of `losses.LogCosh`.

    Parameters
    ----------
    name : str, default="logcosh"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.

    Raises
    ------
    ValueError
        In a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.LogCoshError()
    >>> metric.update_state([[0.0, 0.0]], [[1.0, 1.0]])
    >>> print(f"{metric.result():.4f}")
    0.4338
    """

    _NAME: ClassVar[str] = "logcosh"

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def _loss(self) -> NativeLoss:
        return NativeLoss("log_cosh", ())
