"""Cross-entropy of class numbers as a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from fastnn._validation import as_array, check_bool, check_integer
from fastnn.losses.base import NativeLoss, check_axis, weights_like
from fastnn.metrics.base import LossMetric, NativeMetric


class SparseCategoricalCrossentropy(LossMetric):
    """Mean over rows of `losses.SparseCategoricalCrossentropy`.

    Parameters
    ----------
    name : str, default="sparse_categorical_crossentropy"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.
    from_logits : bool, default=False
    ignore_class : int, default=None
        Label of rows that do not count; for calls on arrays only.
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
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.from_logits = check_bool(from_logits, "from_logits")
        self.ignore_class = None
        if ignore_class is not None:
            self.ignore_class = check_integer(ignore_class, "ignore_class", -(2**63))
        self.axis = check_axis(axis)

    def _loss(self) -> NativeLoss:
        return NativeLoss("scce_logits" if self.from_logits else "scce", ())

    def native(self) -> NativeMetric:
        if self.ignore_class is not None:
            raise ValueError(
                f"the metric {self.name!r} with `ignore_class` is for calls on arrays; in "
                "compile() give it to `weighted_metrics` without, and those rows the weight 0"
            )
        return super().native()

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        if self.ignore_class is None:
            super().update_state(y_true, y_pred, sample_weight)
            return
        true = as_array(y_true, "y_true")
        seen = true != self.ignore_class
        values = self._values(np.where(seen, true, 0), y_pred)
        seen = seen.reshape(values.shape)
        if sample_weight is not None:
            sample_weight = seen * weights_like(sample_weight, values)
        self._add(values * seen, sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {
            "from_logits": self.from_logits,
            "ignore_class": self.ignore_class,
            "axis": self.axis,
            **super().get_config(),
        }
