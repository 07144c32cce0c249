"""Best specificity at a given sensitivity: a metric."""

from typing import Any, ClassVar

from fastnn.metrics._constrained import ConstrainedMetric


class SpecificityAtSensitivity(ConstrainedMetric):
    """Best specificity at a given sensitivity.

    The largest specificity at the thresholds where sensitivity is at least `sensitivity`.

    Parameters
    ----------
    sensitivity : float in [0, 1]
    num_thresholds : int, default=200
        Evenly spaced from 0 to 1; one is 0.5.
    class_id : int, default=None
        Only this column is looked at.
    name : str, default="specificity_at_sensitivity"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.SpecificityAtSensitivity(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    _NAME: ClassVar[str] = "specificity_at_sensitivity"

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self.sensitivity = self._begin(sensitivity, "sensitivity", num_thresholds, class_id)

    def result(self) -> Any:
        """Return the best specificity."""
        return self._best(self._specificity(), self._sensitivity(), self.sensitivity)

    def get_config(self) -> dict[str, Any]:
        return {"sensitivity": self.sensitivity, **super().get_config()}
