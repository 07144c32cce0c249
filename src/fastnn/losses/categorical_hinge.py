"""Categorical hinge loss."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import Loss, NativeLoss


class CategoricalHinge(Loss):
    r"""Categorical hinge loss, :math:`\max(N - P + 1, 0)`.

    :math:`P = \sum_i y_i \hat y_i` and :math:`N = \max_i (1 - y_i) \hat y_i`: the prediction for
    the right class must be larger by 1 than the largest other one (Crammer and Singer, 2001).
    Targets have one column per class.

    Parameters
    ----------
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="categorical_hinge"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.CategoricalHinge()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
    >>> print(f"{loss:.4f}")
    1.4000
    """

    _NAME: ClassVar[str] = "categorical_hinge"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def native(self) -> NativeLoss:
        return NativeLoss("categorical_hinge", ())


def categorical_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
    """Return the categorical hinge loss of each row; see `CategoricalHinge`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.categorical_hinge([[0.0, 1.0]], [[0.75, 0.5]])
    array([1.25], dtype=float32)
    """
    return CategoricalHinge().call(y_true, y_pred)
