"""Poisson loss."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import Loss, NativeLoss, row_losses


class Poisson(Loss):
    r"""Poisson loss, :math:`\frac{1}{n}\sum_i \hat y_i - y_i \log(\hat y_i + 10^{-7})`.

    Parameters
    ----------
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="poisson"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.Poisson()([[1.0, 0.0]], [[1.0, 1.0]])
    >>> print(f"{loss:.4f}")
    1.0000
    """

    _NAME: ClassVar[str] = "poisson"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def native(self) -> NativeLoss:
        return NativeLoss("poisson", ())


def poisson(y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
    """Return the poisson loss of each row; see `Poisson`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.poisson([[1.0, 0.0]], [[1.0, 1.0]]).round(4)
    array([1.], dtype=float32)
    """
    return row_losses(NativeLoss("poisson", ()), y_true, y_pred, False)
