"""Binary focal cross-entropy."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_bool, check_number
from fastnn.activations.base import check_at_least_zero
from fastnn.losses.base import Loss, NativeLoss, check_axis
from fastnn.losses.binary_crossentropy import check_smoothing


class BinaryFocalCrossentropy(Loss):
    r"""Binary cross-entropy that weighs what is still predicted wrong.

    The cross-entropy of each column is multiplied by :math:`(1 - p)^\gamma`, where :math:`p` is
    :math:`\hat y` for the target 1 and :math:`1 - \hat y` for 0 (Lin et al., 2017). In training
    behind a sigmoid, and with `from_logits`, it is computed from the logits.

    Parameters
    ----------
    apply_class_balancing : bool, default=False
        Multiply by `alpha` for the target 1 and by ``1 - alpha`` for 0.
    alpha : float in [0, 1], default=0.25
    gamma : float, default=2.0
        At least 0; 0 is the binary cross-entropy.
    from_logits : bool, default=False
        `y_pred` is the input of a sigmoid, not its output.
    label_smoothing : float in [0, 1], default=0.0
        Targets become ``y * (1 - label_smoothing) + label_smoothing / 2``.
    axis : int, default=-1
        Along which a row lies; the last one where a model is trained.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="binary_focal_crossentropy"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> loss = fastnn.losses.BinaryFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.75]])
    >>> print(f"{loss:.4f}")
    0.0956
    """

    targets = "probabilities"
    _NAME: ClassVar[str] = "binary_focal_crossentropy"

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.apply_class_balancing = check_bool(apply_class_balancing, "apply_class_balancing")
        self.alpha = check_number(alpha, "alpha")
        if not 0.0 <= self.alpha <= 1.0:
            raise ValueError(f"`alpha` must be in [0, 1], got {alpha!r}")
        self.gamma = check_at_least_zero(gamma, "gamma")
        self.from_logits = check_bool(from_logits, "from_logits")
        self.label_smoothing = check_smoothing(label_smoothing)
        self.axis = check_axis(axis)

    def native(self) -> NativeLoss:
        name = "binary_focal_logits" if self.from_logits else "binary_focal"
        balance = self.alpha if self.apply_class_balancing else -1.0
        return NativeLoss(name, (self.label_smoothing, self.gamma, balance))

    def get_config(self) -> dict[str, Any]:
        own = {
            "apply_class_balancing": self.apply_class_balancing, "alpha": self.alpha,
            "gamma": self.gamma, "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing, "axis": self.axis,
        }  # fmt: skip
        return {**own, **super().get_config()}


def binary_focal_crossentropy(
    y_true: ArrayLike, y_pred: ArrayLike, apply_class_balancing: bool = False,
    alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1,
) -> NDArray[Any]:  # fmt: skip
    """Return the binary focal cross-entropy of each row; see `BinaryFocalCrossentropy`.

    Parameters
    ----------
    y_true, y_pred : array_like of shape (batch, n_out)
    apply_class_balancing : bool, default=False
    alpha : float in [0, 1], default=0.25
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
    >>> fastnn.losses.binary_focal_crossentropy([[1.0]], [[0.5]]).round(4)
    array([0.1733], dtype=float32)
    """
    loss = BinaryFocalCrossentropy(
        apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis
    )
    return loss.call(y_true, y_pred)
