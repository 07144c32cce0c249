"""Best sensitivity at a given specificity: a metric."""

from typing import Any, ClassVar

from fastnn.metrics._constrained import ConstrainedMetric


class SensitivityAtSpecificity(ConstrainedMetric):
    """Best sensitivity at a given specificity.

    The largest sensitivity at the thresholds where specificity is at least `specificity`.

    Parameters
    ----------
    specificity : float in [0, 1]
    num_thresholds : int, default=200
        Evenly spaced from 0 to 1; one is 0.5.
    class_id : int, default=None
        Only this column is looked at.
    name : str, default="sensitivity_at_specificity"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.SensitivityAtSpecificity(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> round(float(metric.result()), 4)
    0.5
    """

    _NAME: ClassVar[str] = "sensitivity_at_specificity"

    def __init__(
        self, specificity: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self.specificity = self._begin(specificity, "specificity", num_thresholds, class_id)

    def result(self) -> Any:
        """Return the best sensitivity."""
        return self._best(self._sensitivity(), self._specificity(), self.specificity)

    def get_config(self) -> dict[str, Any]:
        return {"specificity": self.specificity, **super().get_config()}
