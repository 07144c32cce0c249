"""Mean squared logarithmic error."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import Loss, NativeLoss, row_losses


class MeanSquaredLogarithmicError(Loss):
    r"""Mean squared difference of logarithms of 1 + x.

    :math:`\frac{1}{n}\sum_i (\log(1 + y_i) - \log(1 + \hat y_i))^2`.

    Targets and predictions below 1e-7 count as 1e-7, without a gradient.

    Parameters
    ----------
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="mean_squared_logarithmic_error"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.MeanSquaredLogarithmicError()([[1.0, 3.0]], [[3.0, 1.0]])
    >>> print(f"{loss:.4f}")
    0.4805
    """

    _NAME: ClassVar[str] = "mean_squared_logarithmic_error"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def native(self) -> NativeLoss:
        return NativeLoss("msle", ())


def mean_squared_logarithmic_error(y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
    """Return the mean squared logarithmic error of each row; see `MeanSquaredLogarithmicError`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.mean_squared_logarithmic_error([[1.0, 3.0]], [[3.0, 1.0]]).round(4)
    array([0.4805], dtype=float32)
    """
    return row_losses(NativeLoss("msle", ()), y_true, y_pred, False)
