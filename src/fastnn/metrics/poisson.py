"""Poisson loss as a metric."""

from typing import Any, ClassVar

from fastnn.losses.base import NativeLoss
from fastnn.metrics.base import LossMetric


class Poisson(LossMetric):
    """Mean over rows of `losses.Poisson`.

    Parameters
    ----------
    name : str, default="poisson"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.

    Raises
    ------
    ValueError
        In a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.Poisson()
    >>> metric.update_state([[1.0, 0.0]], [[1.0, 1.0]])
    >>> print(f"{metric.result():.4f}")
    1.0000
    """

    _NAME: ClassVar[str] = "poisson"

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def _loss(self) -> NativeLoss:
        return NativeLoss("poisson", ())
