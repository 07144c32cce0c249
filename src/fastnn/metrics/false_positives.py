"""Number of negative targets that were predicted positive: a metric."""

from typing import Any, ClassVar

from fastnn.metrics._thresholds import ThresholdMetric, check_thresholds


class FalsePositives(ThresholdMetric):
    """Number of negative targets that were predicted positive.

    Each counts with its sample weight.

    Parameters
    ----------
    thresholds : float in [0, 1] or list of them, default=None
        Predictions above it are positive; None is 0.5. Several give an array.
    name : str, default="false_positives"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If `thresholds` are outside [0, 1]; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.FalsePositives()
    >>> metric.update_state([0, 1, 0, 0], [0, 0, 1, 1])
    >>> float(metric.result())
    2.0
    """

    _NAME: ClassVar[str] = "false_positives"
    _STATE: ClassVar[tuple[str, ...]] = ("false_positives",)

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self._given = thresholds
        self._start(check_thresholds(thresholds, 0.5))

    def result(self) -> Any:
        """Return the count, or one for each of several thresholds."""
        return self._result(self.false_positives)

    def get_config(self) -> dict[str, Any]:
        return {"thresholds": self._given, **super().get_config()}
