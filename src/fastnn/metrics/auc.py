"""Area under the ROC or the precision-recall curve: a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import activations
from fastnn._validation import check_bool, check_in, check_integer, check_number
from fastnn.losses.base import weights_like
from fastnn.metrics._thresholds import (
    ThresholdMetric,
    check_thresholds,
    even_thresholds,
    ratio,
    same_shape,
)

_EPSILON = 1e-7  # how far the outermost thresholds lie outside [0, 1]


class AUC(ThresholdMetric):
    """Area under a curve, from counts at thresholds.

    ``"ROC"``: true positive rate over false positive rate; ``"PR"``: precision over recall. The
    curve is known at the thresholds; between them it is interpolated, for PR as Davis and
    Goadrich (2006, section 4) derive. ``"PRGAIN"``: precision gain over recall gain, of Flach and
    Kull (2015).

    Parameters
    ----------
    num_thresholds : int, default=200
        Evenly spaced, the first below 0 and the last above 1.
    curve : {"ROC", "PR", "PRGAIN"}, default="ROC"
    summation_method : {"interpolation", "minoring", "majoring"}, default="interpolation"
        Height between two thresholds: interpolated, the smaller or the larger of both.
    name : str, default="auc"
    dtype : {"float32", "float64"}, default=None
    thresholds : list of float in [0, 1], default=None
        Instead of `num_thresholds`.
    multi_label : bool, default=False
        The mean of the areas of the columns, instead of one area over all their values.
    num_labels : int, default=None
        Number of columns, with `multi_label`; None takes it from the first batch.
    label_weights : list of float, default=None
        Weight of each column: of its area with `multi_label`, else of its decisions.
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
        thresholds: Any = None, multi_label: bool = False, num_labels: int | None = None,
        label_weights: Any = None, from_logits: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        # As in Keras, some may be written otherwise.
        curve = curve.upper() if curve in ("roc", "pr", "prgain") else curve
        self.curve = check_in(curve, ("ROC", "PR", "PRGAIN"), "curve")
        how = ("interpolation", "minoring", "majoring")
        if summation_method in [name.title() for name in how]:
            summation_method = summation_method.lower()
        self.summation_method = check_in(summation_method, how, "summation_method")
        self.multi_label = check_bool(multi_label, "multi_label")
        if num_labels is not None and not self.multi_label:
            raise ValueError("`num_labels` is for `multi_label=True` only")
        self.num_labels = None if num_labels is None else check_integer(num_labels, "num_labels", 1)
        self.label_weights = _check_weights(label_weights, self.num_labels)
        self.from_logits = check_bool(from_logits, "from_logits")
        self._given = None if thresholds is None else sorted(check_thresholds(thresholds, 0.5))
        if self._given is None:
            inner = even_thresholds(check_integer(num_thresholds, "num_thresholds", 2))[1:-1]
        else:
            inner = self._given
        self.num_thresholds = len(inner) + 2
        even = np.arange(self.num_thresholds) / (self.num_thresholds - 1)
        self._even = bool(np.allclose([0.0, *inner, 1.0], even, atol=_EPSILON))
        self._outside = True
        self._shape = () if self.num_labels is None else (self.num_labels,)
        self._start([-_EPSILON, *inner, 1.0 + _EPSILON])

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Count the decisions of a batch.

        Parameters
        ----------
        y_true, y_pred : array_like of one shape
        sample_weight : array_like of shape (batch,) or of the shape of `y_pred`, default=None
        """
        if self.from_logits:
            y_pred = activations.sigmoid(y_pred)
        if not self.multi_label and self.label_weights is None:
            super().update_state(y_true, y_pred, sample_weight)
            return
        true, pred = same_shape(y_true, y_pred)
        self._check_columns(pred)
        weight = np.ones(pred.shape)
        if sample_weight is not None:
            weight = np.array(weights_like(sample_weight, pred))
        if not self.multi_label:
            weight = weight * np.asarray(self.label_weights)
            self._decide(true.ravel() != 0, pred.ravel(), weight.ravel())
            return
        for column in range(pred.shape[1]):
            values = pred[:, column]
            self._decide(true[:, column] != 0, values, weight[:, column], column)

    def _check_columns(self, pred: NDArray[Any]) -> None:
        columns = pred.shape[-1] if pred.ndim else 0
        if self.multi_label:
            if pred.ndim != 2:
                raise ValueError(
                    f"`y_pred` must have shape (batch, n_labels) for `multi_label`, got "
                    f"{pred.shape}"
                )
            if not self._shape:
                self._shape = (columns,)
                self.reset_state()
            if self._shape != (columns,):
                raise ValueError(f"`y_pred` must have {self._shape[0]} columns, got {columns}")
        if self.label_weights is not None and len(self.label_weights) != columns:
            raise ValueError(
                f"`label_weights` are {len(self.label_weights)}, `y_pred` has {columns} columns"
            )

    def result(self) -> Any:
        """Return the area."""
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = self._interpolated()
        else:
            x, y = self._points()
            if self.summation_method == "interpolation":
                heights = (y[:-1] + y[1:]) / 2
            elif self.summation_method == "minoring":
                heights = np.minimum(y[:-1], y[1:])
            else:
                heights = np.maximum(y[:-1], y[1:])
            areas = ((x[:-1] - x[1:]) * heights).sum(axis=0)
        if areas.ndim and self.label_weights is not None:
            weights = np.asarray(self.label_weights)
            areas = ratio((areas * weights).sum(keepdims=True), weights.sum(keepdims=True))
        return self._result(np.atleast_1d(areas.mean()))

    def _points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the curve at the thresholds."""
        found, wrong = self.true_positives, self.false_positives
        missed, right = self.false_negatives, self.true_negatives
        if self.curve == "ROC":
            return ratio(wrong, wrong + right), ratio(found, found + missed)
        if self.curve == "PR":
            return ratio(found, found + missed), ratio(found, found + wrong)
        odds = ratio(found + missed, right + wrong)
        recall = np.where(found == 0, 0.0, 1.0 - odds * ratio(missed, found))
        precision = np.where(found == 0, 1.0, 1.0 - odds * ratio(wrong, found))
        return np.maximum(recall, 0.0), precision

    def _interpolated(self) -> NDArray[np.float64]:
        """Return the area under precision over recall, true positives linear in positives."""
        found = self.true_positives
        positives = found + self.false_positives
        more = found[:-1] - found[1:]
        slope = ratio(more, np.maximum(positives[:-1] - positives[1:], 0))
        intercept = found[1:] - slope * positives[1:]
        both = (positives[:-1] > 0) & (positives[1:] > 0)
        quotient = np.where(both, ratio(positives[:-1], np.maximum(positives[1:], 0)), 1.0)
        areas = slope * (more + intercept * np.log(quotient))
        targets = np.maximum(found[1:] + self.false_negatives[1:], 0)
        return np.asarray(ratio(areas, targets).sum(axis=0))

    def get_config(self) -> dict[str, Any]:
        config = {
            "num_thresholds": self.num_thresholds, "curve": self.curve,
            "summation_method": self.summation_method, "from_logits": self.from_logits,
            "multi_label": self.multi_label, "num_labels": self.num_labels,
            "label_weights": self.label_weights, **super().get_config(),
        }  # fmt: skip
        if self._given is not None:
            config["thresholds"] = self._given
        return config


def _check_weights(label_weights: Any, count: int | None) -> list[float] | None:
    if label_weights is None:
        return None
    weights = [check_number(value, "label_weights") for value in label_weights]
    if not weights or any(value < 0 for value in weights):
        raise ValueError(f"`label_weights` must not be negative, got {label_weights!r}")
    if count is not None and len(weights) != count:
        raise ValueError(f"`label_weights` must be {count}, got {len(weights)}")
    return weights
