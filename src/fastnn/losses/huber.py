"""Huber loss."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.activations.base import check_at_least_zero
from fastnn.losses.base import Loss, NativeLoss, row_losses


class Huber(Loss):
    r"""Huber loss: mean of :math:`d^2 / 2` where :math:`|d| \le \delta`.

    Elsewhere :math:`\delta |d| - \delta^2 / 2`.

    With :math:`d = \hat y - y` (Huber, 1964).

    Parameters
    ----------
    delta : float, default=1.0
        Where the parabola ends, at least 0.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="huber_loss"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.Huber()([[0.0, 0.0]], [[0.5, -3.0]])
    >>> print(f"{loss:.4f}")
    1.3125
    """

    _NAME: ClassVar[str] = "huber_loss"

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.delta = check_at_least_zero(delta, "delta")

    def native(self) -> NativeLoss:
        return NativeLoss("huber", (self.delta,))

    def get_config(self) -> dict[str, Any]:
        return {"delta": self.delta, **super().get_config()}


def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> NDArray[Any]:
    """Return the huber loss of each row; see `Huber`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)
    delta : float, default=1.0
        Where the parabola ends, at least 0.

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.huber([[0.0, 0.0]], [[0.5, -3.0]]).round(4)
    array([1.3125], dtype=float32)
    """
    return row_losses(Huber(delta).native(), y_true, y_pred, False)
