"""Categorical cross-entropy, targets with one column per class."""

import warnings
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_bool
from fastnn.losses.base import Loss, NativeLoss, check_axis
from fastnn.losses.binary_crossentropy import check_smoothing


class CategoricalCrossentropy(Loss):
    r"""Cross-entropy :math:`-\sum_c y_c \log \hat y_c` of targets with one column per class.

    Predictions are divided by their sum and kept in :math:`[10^{-7}, 1 - 10^{-7}]`. In
    training behind a softmax, and with `from_logits`, it is computed from the logits.

    Parameters
    ----------
    from_logits : bool, default=False
        `y_pred` is the input of a softmax, not its output.
    label_smoothing : float in [0, 1], default=0.0
        Targets become ``y * (1 - label_smoothing) + label_smoothing / n_classes``.
    axis : int, default=-1
        Along which a row lies; the last one where a model is trained.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="categorical_crossentropy"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])
    >>> print(f"{loss:.4f}")
    0.6931
    """

    targets = "probabilities"
    _NAME: ClassVar[str] = "categorical_crossentropy"

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = check_bool(from_logits, "from_logits")
        self.label_smoothing = check_smoothing(label_smoothing)
        self.axis = check_axis(axis)

    def native(self) -> NativeLoss:
        return NativeLoss("cce_logits" if self.from_logits else "cce", (self.label_smoothing,))

    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        warn_of_one_class(y_pred, self)
        return super().call(y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        return {
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": self.axis,
            **super().get_config(),
        }


def warn_of_one_class(y_pred: ArrayLike, loss: Loss) -> None:
    """Warn of a single class, whose probability is always 1, as Keras does."""
    shape = np.shape(y_pred)
    if -len(shape) <= loss.axis < len(shape) and shape[loss.axis] == 1:
        warnings.warn(
            f"`y_pred` of shape {shape} has a single class, whose {loss.name} is always 0; for "
            "two classes and one column use 'binary_crossentropy'",
            SyntaxWarning,
            stacklevel=4,
        )


def categorical_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1,
) -> NDArray[Any]:  # fmt: skip
    """Return the categorical cross-entropy of each row; see `CategoricalCrossentropy`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_classes)
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
    >>> fastnn.losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).round(4)
    array([0.6931], dtype=float32)
    """
    loss = CategoricalCrossentropy(from_logits, label_smoothing, axis)
    return loss.call(y_true, y_pred)
