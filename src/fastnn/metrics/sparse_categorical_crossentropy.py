"""Cross-entropy of class numbers as a metric."""

from typing import Any, ClassVar

from fastnn._validation import check_bool
from fastnn.losses.base import NativeLoss, check_axis
from fastnn.metrics.base import LossMetric


class SparseCategoricalCrossentropy(LossMetric):
    """Mean over rows of `losses.SparseCategoricalCrossentropy`.

    Parameters
    ----------
    name : str, default="sparse_categorical_crossentropy"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.
    from_logits : bool, default=False
    axis : int, default=-1
        Along which a row lies; the last one in `compile`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.SparseCategoricalCrossentropy()
    >>> metric.update_state([1], [[0.5, 0.5]])
    >>> print(f"{metric.result():.4f}")
    0.6931
    """

    targets: ClassVar[str] = "labels"
    _NAME: ClassVar[str] = "sparse_categorical_crossentropy"

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = check_bool(from_logits, "from_logits")
        self.axis = check_axis(axis)

    def _loss(self) -> NativeLoss:
        return NativeLoss("scce_logits" if self.from_logits else "scce", ())

    def get_config(self) -> dict[str, Any]:
        return {
            "from_logits": self.from_logits,
            "axis": self.axis,
            **super().get_config(),
        }
