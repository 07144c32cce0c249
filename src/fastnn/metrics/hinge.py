"""Hinge loss as a metric."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import NativeLoss
from fastnn.losses.hinge import hinge
from fastnn.metrics.base import LossMetric


class Hinge(LossMetric):
    """Mean over rows of `losses.Hinge`.

    Parameters
    ----------
    name : str, default="hinge"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.

    Raises
    ------
    ValueError
        In a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.Hinge()
    >>> metric.update_state([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
    >>> print(f"{metric.result():.4f}")
    1.3000
    """

    _NAME: ClassVar[str] = "hinge"

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def _loss(self) -> NativeLoss:
        return NativeLoss("hinge", (-1.0,))

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        return hinge(y_true, y_pred)
