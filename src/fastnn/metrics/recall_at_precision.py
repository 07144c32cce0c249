"""Best recall at a given precision: a metric."""

from typing import Any, ClassVar

from fastnn.metrics._constrained import ConstrainedMetric


class RecallAtPrecision(ConstrainedMetric):
    """Best recall at a given precision.

    The largest recall at the thresholds where precision is at least `precision`.

    Parameters
    ----------
    precision : float in [0, 1]
    num_thresholds : int, default=200
        Evenly spaced from 0 to 1; one is 0.5.
    class_id : int, default=None
        Only this column is looked at.
    name : str, default="recall_at_precision"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.RecallAtPrecision(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> round(float(metric.result()), 4)
    1.0
    """

    _NAME: ClassVar[str] = "recall_at_precision"

    def __init__(
        self, precision: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self.precision = self._begin(precision, "precision", num_thresholds, class_id)

    def result(self) -> Any:
        """Return the best recall."""
        return self._best(self._sensitivity(), self._precision(), self.precision)

    def get_config(self) -> dict[str, Any]:
        return {"precision": self.precision, **super().get_config()}
