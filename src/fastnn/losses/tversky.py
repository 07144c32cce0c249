"""Tversky loss."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_number
from fastnn.losses._batch import OverlapLoss


class Tversky(OverlapLoss):
    r"""Tversky loss of sets (Salehi et al., 2017).

    .. math:: 1 - \frac{\sum y \hat y}
        {\sum y \hat y + \alpha \sum y (1 - \hat y) + \beta \sum (1 - y) \hat y}

    Like `Dice`, which it is for :math:`\alpha = \beta = 1/2`, with weights of what is missed and
    of what is wrongly said.

    Parameters
    ----------
    alpha : float, default=0.5
        Weight of places that were missed, as Keras 3.15 computes.
    beta : float, default=0.5
        Weight of places wrongly said to be in the set.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="tversky"
    axis : int or tuple of int, default=None
        Along which a set extends; None: all places of a batch are one set.
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.Tversky(alpha=0.25, beta=0.75)
    >>> print(f"{loss([[1.0, 1.0, 0.0]], [[0.0, 1.0, 1.0]]):.4f}")
    0.5000
    """

    _NAME: ClassVar[str] = "tversky"

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(axis, reduction, name, dtype)
        self.alpha, self.beta = check_number(alpha, "alpha"), check_number(beta, "beta")

    def _agreement(self, t: Any, p: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
        both = (t * p).sum(axis=axes, keepdims=True)
        missed = (t * (1.0 - p)).sum(axis=axes, keepdims=True)
        wrong = ((1.0 - t) * p).sum(axis=axes, keepdims=True)
        whole = both + self.alpha * missed + self.beta * wrong + 1e-7
        growth = t - self.alpha * t + self.beta * (1.0 - t)  # of the whole with p
        return both / whole, t / whole - both * growth / whole**2

    def get_config(self) -> dict[str, Any]:
        own = {"alpha": self.alpha, "beta": self.beta, "axis": self.axis}
        return {**own, **super().get_config()}


def tversky(
    y_true: ArrayLike, y_pred: ArrayLike, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> NDArray[Any]:
    """Return the Tversky loss of each pair of sets; see `Tversky`.

    Parameters
    ----------
    y_true, y_pred : array_like of one shape
    alpha : float, default=0.5
    beta : float, default=0.5
    axis : int or tuple of int, default=None
        Along which a set extends; None: all places are one set.

    Returns
    -------
    ndarray of the shape of y_pred without the axes

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.tversky([[1.0, 1.0]], [[0.0, 1.0]], alpha=1.0, axis=1).round(4)
    array([0.5], dtype=float32)
    """
    return Tversky(alpha, beta, axis=axis).call(y_true, y_pred)
