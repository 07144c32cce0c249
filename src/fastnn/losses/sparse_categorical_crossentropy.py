"""Categorical cross-entropy, targets that are class numbers."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_bool
from fastnn.losses.base import Loss, NativeLoss, check_axis


class SparseCategoricalCrossentropy(Loss):
    r"""Cross-entropy :math:`-\log \hat y_c` of targets that are class numbers :math:`c`.

    Predictions are divided by their sum and kept in :math:`[10^{-7}, 1 - 10^{-7}]`. In
    training behind a softmax, and with `from_logits`, it is computed from the logits.

    Parameters
    ----------
    from_logits : bool, default=False
        `y_pred` is the input of a softmax, not its output.
    ignore_class : int, default=None
        Rows of this class, which needs no column, have loss 0 and are not counted in means.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    axis : int, default=-1
        Along which a row lies; the last one where a model is trained.
    name : str, default="sparse_categorical_crossentropy"
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
    >>> loss = fastnn.losses.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])
    >>> print(f"{loss:.4f}")
    0.6931
    """

    targets = "labels"
    _NAME: ClassVar[str] = "sparse_categorical_crossentropy"

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = check_bool(from_logits, "from_logits")
        self.ignore_class = None if ignore_class is None else check_class(ignore_class)
        self.axis = check_axis(axis)

    def native(self) -> NativeLoss:
        left_out = () if self.ignore_class is None else (0.0, 1.0, float(self.ignore_class))
        return NativeLoss("scce_logits" if self.from_logits else "scce", left_out)

    def get_config(self) -> dict[str, Any]:
        own = {
            "from_logits": self.from_logits, "ignore_class": self.ignore_class, "axis": self.axis,
        }  # fmt: skip
        return {**own, **super().get_config()}


def check_class(value: Any) -> int:
    """Return a class number, which may be negative."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or abs(int(value)) >= 2**31:
        raise ValueError(f"`ignore_class` must be an integer or None, got {value!r}")
    return int(value)


def sparse_categorical_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False,
    ignore_class: int | None = None, axis: int = -1,
) -> NDArray[Any]:  # fmt: skip
    """Return the cross-entropy of each row; see `SparseCategoricalCrossentropy`.

    Parameters
    ----------
    y_true : array_like of shape (batch,)
        Class numbers.
    y_pred : array_like of shape (batch, n_classes)
    from_logits : bool, default=False
    ignore_class : int, default=None
        Rows of this class, which needs no column, have loss 0.
    axis : int, default=-1
        Along which a row lies.

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
    return loss.call(y_true, y_pred)
