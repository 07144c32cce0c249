"""Cosine similarity."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import Loss, NativeLoss, check_axis


class CosineSimilarity(Loss):
    r"""Cosine of the angle between targets and predictions, negative so that it is minimized.

    :math:`-\sum_i y_i \hat y_i / (|y| |\hat y|)`, from -1 (the same direction) to 1; 0 for a row
    of zeros.

    Parameters
    ----------
    axis : int, default=-1
        Along which a row lies; the last one where a model is trained.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="cosine_similarity"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.CosineSimilarity()([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]])
    >>> print(f"{loss:.4f}")
    -0.5000
    """

    _NAME: ClassVar[str] = "cosine_similarity"

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = check_axis(axis)

    def native(self) -> NativeLoss:
        return NativeLoss("cosine", ())

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis, **super().get_config()}


def cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """Return the negative cosine of each row; see `CosineSimilarity`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)
    axis : int, default=-1
        Along which a row lies.

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.cosine_similarity([[3.0, 4.0]], [[8.0, 6.0]]).round(4)
    array([-0.96], dtype=float32)
    """
    return CosineSimilarity(axis).call(y_true, y_pred)
