"""Dice loss."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses._batch import OverlapLoss


class Dice(OverlapLoss):
    r"""Dice loss :math:`1 - 2 \sum y \hat y / (\sum y + \sum \hat y)` of sets.

    Targets and predictions say of each place how far it is in a set; :math:`10^{-7}` is added
    to the divisor. In `fit` it is computed by NumPy once a batch. The loss of a batch that is one
    set counts with the mean of the weights of its rows, as with Keras; where the sets are columns
    of a batch, its rows cannot have weights.

    Parameters
    ----------
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="dice"
    axis : int or tuple of int, default=None
        Along which a set extends; None: all places of a batch are one set.
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> y_true, y_pred = [[1.0, 1.0], [0.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]
    >>> print(f"{fastnn.losses.Dice()(y_true, y_pred):.4f}")
    0.5000
    >>> fastnn.losses.Dice(axis=1, reduction="none")(y_true, y_pred).round(4)
    array([0.3333, 1.    ], dtype=float32)
    """

    _NAME: ClassVar[str] = "dice"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(axis, reduction, name, dtype)

    def _agreement(self, t: Any, p: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
        both = (t * p).sum(axis=axes, keepdims=True)
        sizes = t.sum(axis=axes, keepdims=True) + p.sum(axis=axes, keepdims=True) + 1e-7
        return 2.0 * both / sizes, 2.0 * t / sizes - 2.0 * both / sizes**2

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis, **super().get_config()}


def dice(y_true: ArrayLike, y_pred: ArrayLike, axis: Any = None) -> NDArray[Any]:
    """Return the Dice loss of each pair of sets; see `Dice`.

    Parameters
    ----------
    y_true, y_pred : array_like of one shape
    axis : int or tuple of int, default=None
        Along which a set extends; None: all places are one set.

    Returns
    -------
    ndarray of the shape of y_pred without the axes

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.dice([[1.0, 1.0]], [[0.0, 1.0]], axis=1).round(4)
    array([0.3333], dtype=float32)
    """
    return Dice(axis=axis).call(y_true, y_pred)
