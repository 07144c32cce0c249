"""Half the gamma deviance."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_bool
from fastnn.losses.base import Loss, NativeLoss


class Gamma(Loss):
    r"""Half the gamma deviance, :math:`y / \hat y - \log(y / \hat y) - 1`, of positive targets.

    Not in Keras. `Tweedie` with power 2: half of scikit-learn's ``mean_gamma_deviance``.

    Parameters
    ----------
    log_link : bool, default=False
        `y_pred` is the logarithm of the mean; otherwise the mean, see `Tweedie`.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="gamma"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.Gamma()([[2.0]], [[1.0]])
    >>> print(f"{loss:.4f}")
    0.3069
    """

    targets = "positive"
    _NAME: ClassVar[str] = "gamma"

    def __init__(
        self,
        log_link: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "gamma",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.log_link = check_bool(log_link, "log_link")

    def native(self) -> NativeLoss:
        return NativeLoss("tweedie_log" if self.log_link else "tweedie", (2.0,))

    def get_config(self) -> dict[str, Any]:
        return {"log_link": self.log_link, **super().get_config()}


def gamma(y_true: ArrayLike, y_pred: ArrayLike, log_link: bool = False) -> NDArray[Any]:
    """Return half the gamma deviance of each row; see `Gamma`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)
    log_link : bool, default=False

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.gamma([[2.0]], [[1.0]]).round(4)
    array([0.3069], dtype=float32)
    """
    return Gamma(log_link).call(y_true, y_pred)
