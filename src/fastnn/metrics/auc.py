"""Area under the ROC or the precision-recall curve: a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import activations
from fastnn._validation import check_bool, check_in, check_integer, reject
from fastnn.metrics._thresholds import ThresholdMetric, check_thresholds, ratio

_EPSILON = 1e-7  # how far the outermost thresholds lie outside [0, 1]


class AUC(ThresholdMetric):
    """Area under a curve, from counts at thresholds.

    ``"ROC"``: true positive rate over false positive rate; ``"PR"``: precision over recall. The
    curve is known at the thresholds; between them it is interpolated, for PR as Davis and
    Goadrich (2006, section 4) derive.

    Parameters
    ----------
    num_thresholds : int, default=200
        Evenly spaced, the first below 0 and the last above 1.
    curve : {"ROC", "PR"}, default="ROC"
    summation_method : {"interpolation", "minoring", "majoring"}, default="interpolation"
        Height between two thresholds: interpolated, the smaller or the larger of both.
    name : str, default="auc"
    dtype : {"float32", "float64"}, default=None
    thresholds : list of float in [0, 1], default=None
        Instead of `num_thresholds`.
    multi_label, num_labels, label_weights
        One area for each column is not part of fastnn: leave them.
    from_logits : bool, default=False
        Predictions go through a sigmoid first.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.AUC(num_thresholds=3)
    >>> metric.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    >>> float(metric.result())
    0.75
    """

    _NAME: ClassVar[str] = "auc"

    def __init__(
        self, num_thresholds: int = 200, curve: str = "ROC",
        summation_method: str = "interpolation", name: str | None = None, dtype: Any = None,
        thresholds: Any = None, multi_label: bool = False, num_labels: None = None,
        label_weights: None = None, from_logits: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(name, dtype)
        reject(
            "AUC", multi_label=(multi_label, (False,)), num_labels=(num_labels, (None,)),
            label_weights=(label_weights, (None,)),
        )  # fmt: skip
        self.curve = check_in(curve, ("ROC", "PR"), "curve")
        self.summation_method = check_in(
            summation_method, ("interpolation", "minoring", "majoring"), "summation_method"
        )
        self.from_logits = check_bool(from_logits, "from_logits")
        self._given = None if thresholds is None else sorted(check_thresholds(thresholds, 0.5))
        if self._given is None:
            count = check_integer(num_thresholds, "num_thresholds", 2)
            inner = [i / (count - 1) for i in range(1, count - 1)]
        else:
            inner = self._given
        self.num_thresholds = len(inner) + 2
        even = np.arange(self.num_thresholds) / (self.num_thresholds - 1)
        self._even = bool(np.allclose([0.0, *inner, 1.0], even, atol=_EPSILON))
        self._start([-_EPSILON, *inner, 1.0 + _EPSILON])

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        if self.from_logits:
            y_pred = activations.sigmoid(y_pred)
        super().update_state(y_true, y_pred, sample_weight)

    def _decide(
        self, positive: NDArray[np.bool_], pred: NDArray[Any], weight: NDArray[np.float64]
    ) -> None:
        if not self._even:
            super()._decide(positive, pred, weight)
            return
        # As in Keras: which of the evenly spaced thresholds a prediction is above follows from
        # its product with their number, not from comparisons with their rounded values.
        steps = pred.dtype.type(self.num_thresholds - 1)
        top = np.maximum(np.ceil(np.clip(pred, 0, 1) * steps) - 1, 0).astype(np.int64)
        n = self.num_thresholds
        for mask, over, under in (
            (positive, self.true_positives, self.false_negatives),
            (~positive, self.false_positives, self.true_negatives),
        ):
            found = np.bincount(top[mask], weight[mask], n)
            above = found[::-1].cumsum()[::-1]
            over += above
            under += found.sum() - above

    def result(self) -> Any:
        """Return the area."""
        found, wrong = self.true_positives, self.false_positives
        recall = ratio(found, found + self.false_negatives)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._result(np.array([self._interpolated()]))
        if self.curve == "ROC":
            x, y = ratio(wrong, wrong + self.true_negatives), recall
        else:
            x, y = recall, ratio(found, found + wrong)
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2
        elif self.summation_method == "minoring":
            heights = np.minimum(y[:-1], y[1:])
        else:
            heights = np.maximum(y[:-1], y[1:])
        return self._result(np.array([((x[:-1] - x[1:]) * heights).sum()]))

    def _interpolated(self) -> float:
        """Return the area under precision over recall, true positives linear in positives."""
        found = self.true_positives
        positives = found + self.false_positives
        more = found[:-1] - found[1:]
        slope = ratio(more, np.maximum(positives[:-1] - positives[1:], 0))
        intercept = found[1:] - slope * positives[1:]
        both = (positives[:-1] > 0) & (positives[1:] > 0)
        quotient = np.where(both, ratio(positives[:-1], np.maximum(positives[1:], 0)), 1.0)
        areas = slope * (more + intercept * np.log(quotient))
        return float(ratio(areas, np.maximum(found[1:] + self.false_negatives[1:], 0)).sum())

    def get_config(self) -> dict[str, Any]:
        config = {
            "num_thresholds": self.num_thresholds, "curve": self.curve,
            "summation_method": self.summation_method, "from_logits": self.from_logits,
            **super().get_config(),
        }  # fmt: skip
        if self._given is not None:
            config["thresholds"] = self._given
        return config
