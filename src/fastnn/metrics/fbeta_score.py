"""F-beta score: a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array, check_in, check_number
from fastnn.losses.base import weights_like
from fastnn.metrics.base import Metric

_EPSILON = 1e-7


def _check_float(value: Any, argument: str) -> float:
    """Return a float; as in Keras, an integer is none."""
    if not isinstance(value, (float, np.floating)):
        raise ValueError(f"`{argument}` must be a float, got {value!r}")
    return check_number(value, argument)


class FBetaScore(Metric):
    """Weighted harmonic mean of precision and recall, for each column or averaged.

    .. math:: (1 + β²) P R / (β² P + R)

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}, default=None
        None: a score for each column; "micro": over all columns together; "macro": their mean;
        "weighted": their mean weighted by the number of targets of each.
    beta : float, default=1.0
        Weight of recall against precision.
    threshold : float in (0, 1], default=None
        Predictions above it are positive; None: the largest of a row.
    name : str, default="fbeta_score"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if arrays are not of one shape
        ``(batch, n_out)``.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.FBetaScore(beta=2.0, threshold=0.5)
    >>> metric.update_state([[1, 1, 1], [1, 0, 0], [1, 1, 0]],
    ...                     [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]])
    >>> metric.result().round(4)
    array([0.3846, 0.9091, 0.8333])
    """

    _NAME: ClassVar[str] = "fbeta_score"
    _STATE: ClassVar[tuple[str, ...]] = (
        "true_positives", "false_positives", "false_negatives", "intermediate_weights",
    )  # fmt: skip

    def __init__(
        self, average: str | None = None, beta: float = 1.0, threshold: float | None = None,
        name: str | None = "fbeta_score", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self.average = check_in(average, (None, "micro", "macro", "weighted"), "average")
        self.beta = _check_float(beta, "beta")
        if self.beta <= 0:
            raise ValueError(f"`beta` must be above 0, got {beta!r}")
        self.threshold = None if threshold is None else _check_float(threshold, "threshold")
        if self.threshold is not None and not 0.0 < self.threshold <= 1.0:
            raise ValueError(f"`threshold` must be in (0, 1], got {threshold!r}")
        self.reset_state()

    def reset_state(self) -> None:
        """Forget what was added."""
        # Numbers, or arrays with one for each column.
        self.true_positives: Any = None
        self.false_positives: Any = None
        self.false_negatives: Any = None
        self.intermediate_weights: Any = None

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        true, pred = as_array(y_true, "y_true"), as_array(y_pred, "y_pred")
        if pred.ndim != 2 or true.shape != pred.shape:
            raise ValueError(
                "`y_true` and `y_pred` must have one shape (batch, n_out), got "
                f"{true.shape} and {pred.shape}"
            )
        if self.threshold is None:
            decided = (pred >= pred.max(axis=-1, keepdims=True)) & (np.abs(pred) > 1e-9)
        else:
            decided = pred > self.threshold
        said, is_true = decided.astype(np.float64), true.astype(np.float64)
        weight: NDArray[np.float64] = np.ones(pred.shape)
        if sample_weight is not None:
            weight = weights_like(sample_weight, pred)
        axis = None if self.average == "micro" else 0
        parts = (said * is_true, said * (1 - is_true), (1 - said) * is_true, is_true)
        self._accumulate(*((weight * part).sum(axis=axis) for part in parts))

    def result(self) -> Any:
        """Return the score, or one for each column."""
        dtype = self.dtype or "float64"
        if self.true_positives is None:
            return np.dtype(dtype).type(0.0)
        found, targets = self.true_positives, self.intermediate_weights
        wrong, missed = self.false_positives, self.false_negatives
        precision, recall = found / (found + wrong + _EPSILON), found / (found + missed + _EPSILON)
        square = self.beta**2
        score = (1 + square) * precision * recall / (square * precision + recall + _EPSILON)
        if self.average == "weighted":
            score = (score * (targets / (targets.sum() + _EPSILON))).sum()
        elif self.average is not None:
            score = np.mean(score)
        return np.asarray(score).astype(dtype)[()]

    def get_config(self) -> dict[str, Any]:
        own = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**own, **super().get_config()}
