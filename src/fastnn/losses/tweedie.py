"""Half the Tweedie deviance."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_bool, check_number
from fastnn.losses.base import Loss, NativeLoss


class Tweedie(Loss):
    r"""Half the Tweedie deviance, for targets whose variance is a power of their mean.

    .. math:: \frac{y^{2-p}}{(1-p)(2-p)} - \frac{y \hat y^{1-p}}{1-p} + \frac{\hat y^{2-p}}{2-p}

    Not in Keras. With its limits: half the squared error for :math:`p = 0`, the Poisson deviance
    :math:`y \log(y / \hat y) - y + \hat y` for 1, the gamma deviance
    :math:`y / \hat y - \log(y / \hat y) - 1` for 2. Between 1 and 2, amounts that are often 0. The
    loss is 0 where the prediction is right, and half of scikit-learn's ``mean_tweedie_deviance``.

    Parameters
    ----------
    power : float, default=1.5
        0, or at least 1. Targets must not be negative; from 2 on they must be positive.
    log_link : bool, default=False
        `y_pred` is the logarithm of the mean. Otherwise it is the mean, kept at :math:`10^{-7}` or
        above, and an output with a positive activation, such as exponential or softplus, suits
        it; behind an exponential it is computed as with `log_link`.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="tweedie"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.Tweedie(power=1.5)([[1.0], [0.0]], [[4.0], [1.0]])
    >>> print(f"{loss:.4f}")
    1.5000
    """

    _NAME: ClassVar[str] = "tweedie"

    def __init__(
        self,
        power: float = 1.5,
        log_link: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tweedie",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.power = check_number(power, "power")
        if self.power < 1.0 and self.power != 0.0:
            raise ValueError(f"`power` must be 0 or at least 1, got {power!r}")
        self.log_link = check_bool(log_link, "log_link")
        if self.power:
            self.targets = "nonnegative" if self.power < 2.0 else "positive"

    def native(self) -> NativeLoss:
        return NativeLoss("tweedie_log" if self.log_link else "tweedie", (self.power,))

    def get_config(self) -> dict[str, Any]:
        return {"power": self.power, "log_link": self.log_link, **super().get_config()}


def tweedie(
    y_true: ArrayLike, y_pred: ArrayLike, power: float = 1.5, log_link: bool = False
) -> NDArray[Any]:
    """Return half the Tweedie deviance of each row; see `Tweedie`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)
    power : float, default=1.5
    log_link : bool, default=False

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.tweedie([[0.0]], [[3.0]], power=1.0)
    array([3.], dtype=float32)
    """
    return Tweedie(power, log_link).call(y_true, y_pred)
