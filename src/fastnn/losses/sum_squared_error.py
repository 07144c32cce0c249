"""Sum of squared errors."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import Loss, NativeLoss, row_losses


class SumSquaredError(Loss):
    r"""Sum of squared errors, :math:`\sum_i (y_i - \hat y_i)^2`, summed over rows too.

    Not in Keras. Without the mean the gradient is :math:`2(\hat y_i - y_i)`, as textbooks
    derive it by hand.

    Parameters
    ----------
    reduction : str, default="sum"
        See `Loss`.
    name : str, default="sum_squared_error"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If `reduction` is unknown; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> float(fastnn.losses.SumSquaredError()([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]]))
    2.0
    """

    _NAME: ClassVar[str] = "sum_squared_error"

    def __init__(
        self,
        reduction: str | None = "sum",
        name: str | None = "sum_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def native(self) -> NativeLoss:
        return NativeLoss("sse", ())


def sum_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
    r"""Sum of squared errors of each row, :math:`\sum_i (y_i - \hat y_i)^2`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.sum_squared_error([[0.0, 1.0]], [[1.0, 1.0]])
    array([1.], dtype=float32)
    """
    return row_losses(NativeLoss("sse", ()), y_true, y_pred, False)
