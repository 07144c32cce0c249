"""Mean absolute percentage error."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import Loss, NativeLoss, row_losses


class MeanAbsolutePercentageError(Loss):
    r"""Mean absolute percentage error, :math:`\frac{100}{n}\sum_i |y_i - \hat y_i| / |y_i|`.

    A target below 1e-7 in size counts as 1e-7.

    Parameters
    ----------
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="mean_absolute_percentage_error"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.MeanAbsolutePercentageError()([[2.0, -4.0]], [[1.0, -5.0]])
    >>> print(f"{loss:.4f}")
    37.5000
    """

    _NAME: ClassVar[str] = "mean_absolute_percentage_error"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def native(self) -> NativeLoss:
        return NativeLoss("mape", ())


def mean_absolute_percentage_error(y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
    """Return the mean absolute percentage error of each row; see `MeanAbsolutePercentageError`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.mean_absolute_percentage_error([[2.0, -4.0]], [[1.0, -5.0]]).round(4)
    array([37.5], dtype=float32)
    """
    return row_losses(NativeLoss("mape", ()), y_true, y_pred, False)
