"""Coefficient of determination: a metric."""

import warnings
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_in, check_integer
from fastnn.losses.base import weights_like
from fastnn.metrics._thresholds import same_shape
from fastnn.metrics.base import Metric


class R2Score(Metric):
    r"""Coefficient of determination.

    .. math:: R^2 = 1 - \frac{\sum_i w_i (y_i - \hat y_i)^2}{\sum_i w_i (y_i - \bar y)^2}

    of each column, over all rows: 1 for right predictions, 0 for the mean; 0 too for a column of
    equal targets.

    Parameters
    ----------
    class_aggregation : str or None, default="uniform_average"
        Mean over columns, with ``"variance_weighted_average"`` the mean weighted by the variance of
        their targets, with None a value for each.
    num_regressors : int, default=0
        Number of independent regressors; other than 0 gives the adjusted score.
    name : str, default="r2_score"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if arrays are not of one shape
        ``(batch, n_out)``.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.R2Score()
    >>> metric.update_state([[1], [4], [3]], [[2], [4], [4]])
    >>> print(f"{metric.result():.4f}")
    0.5714
    """

    _NAME: ClassVar[str] = "r2_score"
    _STATE: ClassVar[tuple[str, ...]] = ("squared_sum", "sum", "total_mse", "count", "num_samples")

    def __init__(
        self, class_aggregation: str | None = "uniform_average", num_regressors: int = 0,
        name: str | None = "r2_score", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        known = (None, "uniform_average", "variance_weighted_average")
        self.class_aggregation = check_in(class_aggregation, known, "class_aggregation")
        self.num_regressors = check_integer(num_regressors, "num_regressors", 0)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget what was added."""
        self.squared_sum: Any = None  # like the next three an array with one for each column
        self.sum: Any = None
        self.total_mse: Any = None
        self.count: Any = None
        self.num_samples: Any = 0

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        true, pred = same_shape(y_true, y_pred)
        if pred.ndim == 1 and max(np.ndim(y_true), np.ndim(y_pred)) == 2:
            true, pred = true[:, np.newaxis], pred[:, np.newaxis]
        if pred.ndim != 2:
            raise ValueError(
                f"`y_true` and `y_pred` must have one shape (batch, n_out), got {pred.shape}"
            )
        t, p = true.astype(np.float64), pred.astype(np.float64)
        weight: NDArray[np.float64] = np.ones(t.shape)
        if sample_weight is not None:
            weight = weights_like(sample_weight, t)
        parts = (weight * t * t, weight * t, weight * (t - p) ** 2, weight)
        self._accumulate(*(part.sum(axis=0) for part in parts), t.size)

    def result(self) -> Any:
        """Return the score, or one for each column."""
        if self.count is None:
            return np.dtype(self.dtype or "float64").type(0.0)
        squares, total, errors, count = self.squared_sum, self.sum, self.total_mse, self.count
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = squares - total * total / count
            # Of a constant column only the rounding is left, some 2^-53 a term.
            spread = np.where(np.abs(spread) <= 2.0**-48 * squares, 0.0, spread)
            scores = 1.0 - errors / spread
            scores = np.where(np.isinf(scores), 0.0, scores)
            if self.class_aggregation == "uniform_average":
                scores = scores.mean()
            elif self.class_aggregation == "variance_weighted_average":
                scores = (spread * scores).sum() / spread.sum()
        if self.num_regressors:
            scores = self._adjusted(scores)
        return np.asarray(scores).astype(self.dtype or "float64")[()]

    def _adjusted(self, scores: Any) -> Any:
        free = self.num_samples - self.num_regressors - 1
        if free > 0:
            return 1.0 - (1.0 - scores) * (self.num_samples - 1) / free
        warnings.warn(
            f"the adjusted score needs more than {self.num_regressors + 1} samples, there are "
            f"{self.num_samples}: the score is not adjusted",
            stacklevel=3,
        )
        return scores

    def get_config(self) -> dict[str, Any]:
        own = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**own, **super().get_config()}
