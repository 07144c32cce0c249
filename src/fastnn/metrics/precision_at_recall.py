"""Best precision at a given recall: a metric."""

from typing import Any, ClassVar

from fastnn.metrics._constrained import ConstrainedMetric


class PrecisionAtRecall(ConstrainedMetric):
    """Best precision at a given recall.

    The largest precision at the thresholds where recall is at least `recall`.

    Parameters
    ----------
    recall : float in [0, 1]
    num_thresholds : int, default=200
        Evenly spaced from 0 to 1; one is 0.5.
    class_id : int, default=None
        Only this column is looked at.
    name : str, default="precision_at_recall"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.PrecisionAtRecall(0.8)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> round(float(metric.result()), 4)
    0.5
    """

    _NAME: ClassVar[str] = "precision_at_recall"

    def __init__(
        self, recall: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self.recall = self._begin(recall, "recall", num_thresholds, class_id)

    def result(self) -> Any:
        """Return the best precision."""
        return self._best(self._precision(), self._sensitivity(), self.recall)

    def get_config(self) -> dict[str, Any]:
        return {"recall": self.recall, **super().get_config()}
