"""Squared hinge loss."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses._margin import MarginLoss
from fastnn.losses.base import NativeLoss


class SquaredHinge(MarginLoss):
    r"""Squared hinge loss, :math:`\frac{1}{n}\sum_i \max(1 - y_i \hat y_i, 0)^2`.

    Targets are -1 and 1. Those that are 0 and 1 are taken for these: in a call if all are; in
    training every 0 is taken for -1.

    Parameters
    ----------
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="squared_hinge"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.SquaredHinge()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
    >>> print(f"{loss:.4f}")
    1.8600
    """

    _NAME: ClassVar[str] = "squared_hinge"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def native(self) -> NativeLoss:
        return NativeLoss("squared_hinge", (-1.0,))


def squared_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
    """Return the squared hinge loss of each row; see `SquaredHinge`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.squared_hinge([[-1.0, 1.0]], [[0.5, 0.5]])
    array([1.25], dtype=float32)
    """
    return SquaredHinge().call(y_true, y_pred)
