"""Categorical cross-entropy, targets that are class numbers."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_bool, reject
from fastnn.losses.base import Loss, NativeLoss, check_axis, row_losses


class SparseCategoricalCrossentropy(Loss):
    r"""Cross-entropy :math:`-\log \hat y_c` of targets that are class numbers :math:`c`.

    Predictions are divided by their sum and kept in :math:`[10^{-7}, 1 - 10^{-7}]`. In
    training behind a softmax, and with `from_logits`, it is computed from the logits.

    Parameters
    ----------
    from_logits : bool, default=False
        `y_pred` is the input of a softmax, not its output.
    ignore_class : None
        Keras' class to leave out; fastnn has none.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    axis : int, default=-1
        fastnn has only the last axis.
    name : str, default="sparse_categorical_crossentropy"
    dtype : {"float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree or a class number
        has no column.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])
    >>> print(f"{loss:.4f}")
    0.6931
    """

    targets: ClassVar[str] = "labels"
    _NAME: ClassVar[str] = "sparse_categorical_crossentropy"

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = check_bool(from_logits, "from_logits")
        reject("SparseCategoricalCrossentropy", ignore_class=(ignore_class, (None,)))
        check_axis(axis, "SparseCategoricalCrossentropy")

    def native(self) -> NativeLoss:
        return NativeLoss("scce_logits" if self.from_logits else "scce", ())

    def get_config(self) -> dict[str, Any]:
        return {"from_logits": self.from_logits, **super().get_config()}


def sparse_categorical_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, ignore_class: None = None,
    axis: int = -1,
) -> NDArray[Any]:  # fmt: skip
    """Return the cross-entropy of each row; see `SparseCategoricalCrossentropy`.

    Parameters
    ----------
    y_true : array_like of shape (batch,)
        Class numbers.
    y_pred : array_like of shape (batch, n_classes)
    from_logits : bool, default=False
    ignore_class : None
        Keras' class to leave out; fastnn has none.
    axis : int, default=-1
        fastnn has only the last axis.

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    loss = SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis)
    return row_losses(loss.native(), y_true, y_pred, True)
