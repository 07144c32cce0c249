"""Kullback-Leibler divergence."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import Loss, NativeLoss, row_losses


class KLDivergence(Loss):
    r"""Kullback-Leibler divergence, :math:`\sum_i y_i \log(y_i / \hat y_i)`.

    Targets and predictions are kept in :math:`[10^{-7}, 1]`.

    Parameters
    ----------
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="kl_divergence"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.KLDivergence()([[0.5, 0.25]], [[0.25, 0.5]])
    >>> print(f"{loss:.4f}")
    0.1733
    """

    _NAME: ClassVar[str] = "kl_divergence"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def native(self) -> NativeLoss:
        return NativeLoss("kld", ())


def kl_divergence(y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
    """Return the Kullback-Leibler divergence of each row; see `KLDivergence`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.kl_divergence([[0.5, 0.25]], [[0.25, 0.5]]).round(4)
    array([0.1733], dtype=float32)
    """
    return row_losses(NativeLoss("kld", ()), y_true, y_pred, False)
