"""Share of the positive predictions that are right: a metric."""

from typing import Any, ClassVar

from fastnn.metrics._thresholds import NONE_BELOW, ThresholdMetric, check_thresholds, ratio


class Precision(ThresholdMetric):
    """Share of the positive predictions that are right.

    .. math:: TP / (TP + FP)

    0 when there are none.

    Parameters
    ----------
    thresholds : float in [0, 1] or list of them, default=None
        Predictions above it are positive; None is 0.5, or with `top_k` below everything.
        Several give an array.
    top_k : int, default=None
        Only the so many largest predictions of a row can be positive.
    class_id : int, default=None
        Only this column is looked at.
    name : str, default="precision"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.Precision()
    >>> metric.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    _NAME: ClassVar[str] = "precision"
    _STATE: ClassVar[tuple[str, ...]] = ("true_positives", "false_positives")

    def __init__(
        self, thresholds: Any = None, top_k: int | None = None, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self._given = thresholds
        default = 0.5 if top_k is None else NONE_BELOW
        self._start(check_thresholds(thresholds, default), top_k, class_id)

    def result(self) -> Any:
        """Return the share, or one for each of several thresholds."""
        found = self.true_positives
        return self._result(ratio(found, found + self.false_positives))

    def get_config(self) -> dict[str, Any]:
        own = {"thresholds": self._given, "top_k": self.top_k, "class_id": self.class_id}
        return {**own, **super().get_config()}
