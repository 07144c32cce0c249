"""The best of one rate while another is good enough: base of four metrics."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._validation import check_integer, check_number
from fastnn.metrics._thresholds import ThresholdMetric, even_thresholds, ratio


class ConstrainedMetric(ThresholdMetric):
    """Largest value of one rate at the thresholds where another is at least a given one."""

    def _begin(self, value: Any, argument: str, num_thresholds: Any, class_id: Any) -> float:
        number = check_number(value, argument)
        if not 0.0 <= number <= 1.0:
            raise ValueError(f"`{argument}` must be in [0, 1], got {value!r}")
        self.num_thresholds = check_integer(num_thresholds, "num_thresholds", 1)
        self._even = self.num_thresholds > 1
        thresholds = even_thresholds(self.num_thresholds) if self._even else [0.5]
        self._start(thresholds, class_id=class_id)
        return number

    def _sensitivity(self) -> NDArray[np.float64]:
        return ratio(self.true_positives, self.true_positives + self.false_negatives)

    def _specificity(self) -> NDArray[np.float64]:
        return ratio(self.true_negatives, self.true_negatives + self.false_positives)

    def _precision(self) -> NDArray[np.float64]:
        return ratio(self.true_positives, self.true_positives + self.false_positives)

    def _best(self, wanted: NDArray[np.float64], limited: NDArray[np.float64], limit: float) -> Any:
        """Return the largest wanted rate where the other reaches the limit, 0 if nowhere."""
        found = np.where(limited >= limit, wanted, 0.0).max(keepdims=True)
        return self._result(found)

    def get_config(self) -> dict[str, Any]:
        own = {"num_thresholds": self.num_thresholds, "class_id": self.class_id}
        return {**own, **super().get_config()}
