"""Kullback-Leibler divergence as a metric."""

from typing import Any, ClassVar

from fastnn.losses.base import NativeLoss
from fastnn.metrics.base import LossMetric


class KLDivergence(LossMetric):
    """Mean over rows of `losses.KLDivergence`.

    Parameters
    ----------
    name : str, default="kl_divergence"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.

    Raises
    ------
    ValueError
        In a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.KLDivergence()
    >>> metric.update_state([[0.5, 0.25]], [[0.25, 0.5]])
    >>> print(f"{metric.result():.4f}")
    0.1733
    """

    _NAME: ClassVar[str] = "kl_divergence"

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def _loss(self) -> NativeLoss:
        return NativeLoss("kld", ())
