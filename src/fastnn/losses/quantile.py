"""Quantile (pinball) loss."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array, check_number
from fastnn.losses.base import Loss, NativeLoss


class Quantile(Loss):
    r"""Quantile loss: mean of :math:`\max(q d, (q - 1) d)` with :math:`d = y - \hat y`.

    Not in Keras. The minimum is where a share :math:`q` of the targets lies below the prediction
    (Koenker and Bassett, 1978); scikit-learn calls it the pinball loss. With several quantiles
    each column of the output predicts one; the targets then have these columns or a single one.

    Parameters
    ----------
    quantile : float in (0, 1), or list of them, default=0.5
        One for all columns, or one for each.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="quantile"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.Quantile([0.25, 0.5, 0.75])([1.0], [[0.0, 1.0, 5.0]])
    >>> print(f"{loss:.4f}")
    0.4167
    """

    _NAME: ClassVar[str] = "quantile"

    def __init__(
        self,
        quantile: Any = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "quantile",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.quantile: float | list[float]
        self.one_target = isinstance(quantile, (list, tuple, np.ndarray)) and np.ndim(quantile) > 0
        if self.one_target:
            self.quantile = [_check_quantile(value) for value in quantile]
        else:
            self.quantile = _check_quantile(quantile)

    def native(self) -> NativeLoss:
        if isinstance(self.quantile, list):
            return NativeLoss("quantile", (), tuple(self.quantile))
        return NativeLoss("quantile", (self.quantile,))

    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        """Return the loss of each row: the shape of `y_pred` without its last axis."""
        if self.one_target:
            shape = np.shape(y_pred)
            true = as_array(y_true, "y_true")
            if true.shape == shape[:-1]:
                true = true[..., np.newaxis]
            if true.shape == (*shape[:-1], 1):
                y_true = np.broadcast_to(true, shape)
        return super().call(y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        return {"quantile": self.quantile, **super().get_config()}


def _check_quantile(value: Any) -> float:
    number = check_number(value, "quantile")
    if not 0.0 < number < 1.0:
        raise ValueError(f"`quantile` must be in (0, 1), got {value!r}")
    return number


def quantile(y_true: ArrayLike, y_pred: ArrayLike, quantile: Any = 0.5) -> NDArray[Any]:
    """Return the quantile loss of each row; see `Quantile`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)
    quantile : float in (0, 1), or list of them, default=0.5

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.quantile([[1.0]], [[3.0]], quantile=0.75)
    array([0.5], dtype=float32)
    """
    return Quantile(quantile).call(y_true, y_pred)
