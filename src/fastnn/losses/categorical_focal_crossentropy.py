"""Categorical focal cross-entropy, targets with one column per class."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_bool, check_number
from fastnn.activations.base import check_at_least_zero
from fastnn.losses.base import Loss, NativeLoss, check_axis
from fastnn.losses.binary_crossentropy import check_smoothing
from fastnn.losses.categorical_crossentropy import warn_of_one_class


class CategoricalFocalCrossentropy(Loss):
    r"""Cross-entropy that weighs what is still predicted wrong.

    :math:`-\sum_c \alpha_c (1 - \hat y_c)^\gamma y_c \log \hat y_c` (Lin et al., 2017). Predictions
    are divided by their sum and kept in :math:`[10^{-7}, 1 - 10^{-7}]`. In training behind a
    softmax, and with `from_logits`, it is computed from the logits.

    Parameters
    ----------
    alpha : float or list of float, default=0.25
        Weight of all classes, or of each.
    gamma : float, default=2.0
        At least 0; 0 is the cross-entropy times `alpha`.
    from_logits : bool, default=False
        `y_pred` is the input of a softmax, not its output.
    label_smoothing : float in [0, 1], default=0.0
        Targets become ``y * (1 - label_smoothing) + label_smoothing / n_classes``.
    axis : int, default=-1
        Along which a row lies; the last one where a model is trained.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="categorical_focal_crossentropy"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])
    >>> print(f"{loss:.4f}")
    0.0433
    """

    targets = "probabilities"
    _NAME: ClassVar[str] = "categorical_focal_crossentropy"

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.alpha: float | list[float]
        if isinstance(alpha, (list, tuple, np.ndarray)) and np.ndim(alpha) > 0:
            self.alpha = [check_number(value, "alpha") for value in alpha]
        else:
            self.alpha = check_number(alpha, "alpha")
        self.gamma = check_at_least_zero(gamma, "gamma")
        self.from_logits = check_bool(from_logits, "from_logits")
        self.label_smoothing = check_smoothing(label_smoothing)
        self.axis = check_axis(axis)

    def native(self) -> NativeLoss:
        name = "categorical_focal_logits" if self.from_logits else "categorical_focal"
        if isinstance(self.alpha, list):
            return NativeLoss(name, (self.label_smoothing, self.gamma, 0.0), tuple(self.alpha))
        return NativeLoss(name, (self.label_smoothing, self.gamma, self.alpha))

    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        warn_of_one_class(y_pred, self)
        return super().call(y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        own = {
            "alpha": self.alpha, "gamma": self.gamma, "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing, "axis": self.axis,
        }  # fmt: skip
        return {**own, **super().get_config()}


def categorical_focal_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, alpha: Any = 0.25, gamma: float = 2.0,
    from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
) -> NDArray[Any]:  # fmt: skip
    """Return the focal cross-entropy of each row; see `CategoricalFocalCrossentropy`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_classes)
    alpha : float or list of float, default=0.25
    gamma : float, default=2.0
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
    >>> fastnn.losses.categorical_focal_crossentropy([[0, 0, 1]], [[0.1, 0.85, 0.05]]).round(4)
    array([0.6759], dtype=float32)
    """
    loss = CategoricalFocalCrossentropy(alpha, gamma, from_logits, label_smoothing, axis)
    return loss.call(y_true, y_pred)
