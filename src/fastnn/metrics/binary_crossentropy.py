"""Binary cross-entropy as a metric."""

from typing import Any, ClassVar

from fastnn._validation import check_bool
from fastnn.losses.base import NativeLoss
from fastnn.losses.binary_crossentropy import check_smoothing
from fastnn.metrics.base import LossMetric


class BinaryCrossentropy(LossMetric):
    """Mean over rows of `losses.BinaryCrossentropy`.

    Parameters
    ----------
    name : str, default="binary_crossentropy"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.
    from_logits : bool, default=False
    label_smoothing : float in [0, 1], default=0.0

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.BinaryCrossentropy()
    >>> metric.update_state([[1.0], [0.0]], [[0.5], [0.5]])
    >>> print(f"{metric.result():.4f}")
    0.6931
    """

    targets: ClassVar[str] = "values"
    _NAME: ClassVar[str] = "binary_crossentropy"

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.from_logits = check_bool(from_logits, "from_logits")
        self.label_smoothing = check_smoothing(label_smoothing)

    def _loss(self) -> NativeLoss:
        return NativeLoss("bce_logits" if self.from_logits else "bce", (self.label_smoothing,))

    def get_config(self) -> dict[str, Any]:
        return {
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            **super().get_config(),
        }
