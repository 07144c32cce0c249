"""Logarithm of the hyperbolic cosine."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import Loss, NativeLoss, row_losses


class LogCosh(Loss):
    r"""Log-cosh of the error, :math:`\frac{1}{n}\sum_i \log\cosh(\hat y_i - y_i)`.

    Parameters
    ----------
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="log_cosh"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.LogCosh()([[0.0, 0.0]], [[1.0, 1.0]])
    >>> print(f"{loss:.4f}")
    0.4338
    """

    _NAME: ClassVar[str] = "log_cosh"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def native(self) -> NativeLoss:
        return NativeLoss("log_cosh", ())


def log_cosh(y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
    """Return the logarithm of the hyperbolic cosine of each row; see `LogCosh`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.log_cosh([[0.0, 0.0]], [[1.0, 1.0]]).round(4)
    array([0.4338], dtype=float32)
    """
    return row_losses(NativeLoss("log_cosh", ()), y_true, y_pred, False)
