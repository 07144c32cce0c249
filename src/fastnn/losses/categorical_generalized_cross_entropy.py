"""Generalized cross-entropy, targets that are class numbers."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_number
from fastnn.losses.base import Loss, NativeLoss


class CategoricalGeneralizedCrossEntropy(Loss):
    r"""Generalized cross-entropy :math:`(1 - \hat y_c^q) / q` of class numbers :math:`c`.

    Between the cross-entropy (`q` near 0) and the absolute error (`q` near 1), it forgives wrong
    labels (Zhang and Sabuncu, 2018). Predictions are probabilities.

    Parameters
    ----------
    q : float in (0, 1), default=0.5
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="categorical_generalized_cross_entropy"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree or a class number
        has no column.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]])
    >>> print(f"{loss:.4f}")
    1.0000
    """

    targets = "labels"
    _NAME: ClassVar[str] = "categorical_generalized_cross_entropy"

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.q = check_number(q, "q")
        if not 0.0 < self.q < 1.0:
            raise ValueError(f"`q` must be in (0, 1), got {q!r}")

    def native(self) -> NativeLoss:
        return NativeLoss("generalized_ce", (self.q,))

    def get_config(self) -> dict[str, Any]:
        return {"q": self.q, **super().get_config()}


def categorical_generalized_cross_entropy(
    y_true: ArrayLike, y_pred: ArrayLike, q: float
) -> NDArray[Any]:
    """Return the loss of each row; see `CategoricalGeneralizedCrossEntropy`.

    Parameters
    ----------
    y_true : array_like of shape (batch,)
        Class numbers.
    y_pred : array_like of shape (batch, n_classes)
    q : float in (0, 1)

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5)
    array([1.], dtype=float32)
    """
    return CategoricalGeneralizedCrossEntropy(q).call(y_true, y_pred)
