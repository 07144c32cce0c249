"""Counts of right and wrong decisions at thresholds: the base of the confusion metrics."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array, check_integer, check_number
from fastnn.losses.base import weights_like
from fastnn.metrics.base import Metric

NONE_BELOW = -1e10  # what Keras puts in place of predictions outside the top k


def check_thresholds(thresholds: Any, default: float) -> list[float]:
    """Return the thresholds as a list, each in [0, 1]."""
    if thresholds is None:
        return [default]
    given = thresholds if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds]
    found = [check_number(value, "thresholds") for value in given]
    if not found or any(not 0.0 <= value <= 1.0 for value in found):
        raise ValueError(f"`thresholds` must be in [0, 1], got {thresholds!r}")
    return found


class ThresholdMetric(Metric):
    """Base of the metrics made of true and false positives and negatives at thresholds.

    A prediction above a threshold is positive; a target other than 0 is. Targets and
    predictions have one shape; each of their values is a decision of its own.
    """

    _STATE: ClassVar[tuple[str, ...]] = (
        "true_positives", "false_positives", "true_negatives", "false_negatives",
    )  # fmt: skip
    thresholds: list[float]
    top_k: int | None = None
    class_id: int | None = None
    # Evenly spaced thresholds from 0 to 1; as in Keras, which of them a prediction is above then
    # follows from its product with their number, not from comparisons with rounded values.
    _even = False
    _outside = False  # the outermost lie a little outside: every prediction is above the first
    _shape: tuple[int, ...] = ()  # of the counts at each threshold

    def _start(self, thresholds: list[float], top_k: Any = None, class_id: Any = None) -> None:
        self.thresholds = thresholds
        self.top_k = None if top_k is None else check_integer(top_k, "top_k", 1)
        self.class_id = None if class_id is None else check_integer(class_id, "class_id", 0)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget what was added."""
        shape = (len(self.thresholds), *self._shape)
        self.true_positives, self.false_positives = np.zeros(shape), np.zeros(shape)
        self.true_negatives, self.false_negatives = np.zeros(shape), np.zeros(shape)

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Count the decisions of a batch.

        Parameters
        ----------
        y_true, y_pred : array_like of one shape
        sample_weight : array_like of shape (batch,) or of the shape of `y_pred`, default=None
        """
        true, pred = same_shape(y_true, y_pred)
        weight = np.ones(pred.shape)
        if sample_weight is not None:
            weight = np.array(weights_like(sample_weight, pred))
        if self.top_k is not None:
            pred = keep_top(pred, self.top_k)
        if self.class_id is not None:
            if pred.ndim < 2 or self.class_id >= pred.shape[-1]:
                raise ValueError(
                    f"`class_id={self.class_id}` needs predictions with a column of that number, "
                    f"got shape {pred.shape}"
                )
            true, pred = true[..., self.class_id], pred[..., self.class_id]
            weight = weight[..., self.class_id]
        self._decide(true.ravel() != 0, pred.ravel(), weight.ravel())

    def _decide(
        self, positive: NDArray[np.bool_], pred: NDArray[Any], weight: NDArray[np.float64],
        column: int | None = None,
    ) -> None:  # fmt: skip
        """Count decisions, in a column of the counts where they have some."""
        counts = (
            self.true_positives, self.false_negatives, self.false_positives, self.true_negatives,
        )  # fmt: skip
        if column is not None:
            counts = tuple(count[:, column] for count in counts)  # type: ignore[assignment]
        own, misses, alarms, rest = counts
        if self._even:
            n = len(self.thresholds)
            steps = np.ceil(np.clip(pred, 0, 1) * pred.dtype.type(n - 1)).astype(np.int64)
            if self._outside:
                steps = np.maximum(steps, 1)
            for mask, over, under in ((positive, own, misses), (~positive, alarms, rest)):
                found = np.bincount(steps[mask], weight[mask], n + 1)
                above = found[1:][::-1].cumsum()[::-1]
                over += above
                under += found.sum() - above
            return
        # Number of thresholds that each prediction is above; they need not be sorted.
        order = np.argsort(self.thresholds, kind="stable")
        above = np.searchsorted(np.asarray(self.thresholds, pred.dtype)[order], pred, side="left")
        n = len(self.thresholds)
        for mask, over, under in ((positive, own, misses), (~positive, alarms, rest)):
            found = np.bincount(above[mask], weight[mask], n + 1)
            at_least = found[::-1].cumsum()[::-1]  # above at least so many thresholds
            over[order] += at_least[1:]
            under[order] += found.cumsum()[:-1]

    def _result(self, values: NDArray[np.float64]) -> Any:
        """Return one number for one threshold, an array for several."""
        typed = values.astype(self.dtype or "float64")
        return typed[0] if len(typed) == 1 else typed


def even_thresholds(count: int) -> list[float]:
    """Return so many evenly spaced thresholds from 0 to 1."""
    return [0.0, *(i / (count - 1) for i in range(1, count - 1)), 1.0]


def same_shape(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return targets and predictions of one shape; a column and a vector are the same thing."""
    true, pred = as_array(y_true, "y_true"), as_array(y_pred, "y_pred")
    if pred.dtype.char not in "fd":
        pred = pred.astype(np.float64 if pred.dtype.itemsize > 4 else np.float32)
    if true.ndim == pred.ndim + 1 and true.shape[-1] == 1:
        true = true[..., 0]
    elif pred.ndim == true.ndim + 1 and pred.shape[-1] == 1:
        pred = pred[..., 0]
    if true.shape != pred.shape:
        raise ValueError(f"`y_true` must have shape {pred.shape}, got {true.shape}")
    return true, pred


def keep_top(pred: NDArray[Any], k: int) -> NDArray[Any]:
    """Return `pred` with all but the `k` largest of each row far below every threshold."""
    if k > pred.shape[-1]:
        raise ValueError(f"`top_k={k}` is more than the {pred.shape[-1]} columns of `y_pred`")
    best = np.argsort(-pred, axis=-1, kind="stable")[..., :k]
    kept = np.full_like(pred, NONE_BELOW)
    np.put_along_axis(kept, best, np.take_along_axis(pred, best, -1), -1)
    return kept


def ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part / whole, 0 where whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
