"""Binary cross-entropy."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_bool, check_number
from fastnn.losses.base import Loss, NativeLoss, check_axis


class BinaryCrossentropy(Loss):
    r"""Cross-entropy of targets in [0, 1].

    :math:`-\frac{1}{n}\sum_i y_i \log \hat y_i + (1 - y_i) \log(1 - \hat y_i)`, with
    :math:`\hat y` kept in :math:`[10^{-7}, 1 - 10^{-7}]`. In training behind a sigmoid, and
    with `from_logits`, it is computed from the logits and needs no such limit.

    Parameters
    ----------
    from_logits : bool, default=False
        `y_pred` is the input of a sigmoid, not its output.
    label_smoothing : float in [0, 1], default=0.0
        Targets become ``y * (1 - label_smoothing) + label_smoothing / 2``.
    axis : int, default=-1
        Along which a row lies; the last one where a model is trained.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="binary_crossentropy"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.BinaryCrossentropy()([[1.0], [0.0]], [[0.5], [0.5]])
    >>> print(f"{loss:.4f}")
    0.6931
    """

    targets = "probabilities"
    _NAME: ClassVar[str] = "binary_crossentropy"

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = check_bool(from_logits, "from_logits")
        self.label_smoothing = check_smoothing(label_smoothing)
        self.axis = check_axis(axis)

    def native(self) -> NativeLoss:
        return NativeLoss("bce_logits" if self.from_logits else "bce", (self.label_smoothing,))

    def get_config(self) -> dict[str, Any]:
        return {
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": self.axis,
            **super().get_config(),
        }


def check_smoothing(value: Any) -> float:
    """Return label smoothing, a number in [0, 1]."""
    number = check_number(value, "label_smoothing")
    if not 0.0 <= number <= 1.0:
        raise ValueError(f"`label_smoothing` must be in [0, 1], got {value!r}")
    return number


def binary_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1,
) -> NDArray[Any]:  # fmt: skip
    """Return the binary cross-entropy of each row; see `BinaryCrossentropy`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)
    from_logits : bool, default=False
    label_smoothing : float in [0, 1], default=0.0
    axis : int, default=-1
        Along which a row lies.

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.binary_crossentropy([[1.0]], [[0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    loss = BinaryCrossentropy(from_logits, label_smoothing, axis)
    return loss.call(y_true, y_pred)
