"""Intersection over union, averaged over all classes, one column per class: a metric."""

from typing import Any, ClassVar

from fastnn.metrics._confusion import ConfusionMetric


class OneHotMeanIoU(ConfusionMetric):
    """Intersection over union, averaged over all classes, one column per class.

    .. math:: TP / (TP + FP + FN)

    Classes that neither occur nor are predicted do not count.

    Parameters
    ----------
    num_classes : int
    ignore_class : int, default=None
        Pairs whose target is this class do not count.
    sparse_y_pred : bool, default=False
        Predictions are class numbers.
    axis : int, default=-1
        Where the columns are.
    name : str, default="one_hot_mean_io_u"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.OneHotMeanIoU(num_classes=3)
    >>> y_true = [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]]
    >>> y_pred = [[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.5, 0.3, 0.1], [0.1, 0.4, 0.5]]
    >>> metric.update_state(y_true, y_pred, sample_weight=[0.1, 0.2, 0.3, 0.4])
    >>> round(float(metric.result()), 4)
    0.0476
    """

    _NAME: ClassVar[str] = "one_hot_mean_io_u"

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_pred: bool = False, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self._start(num_classes, None, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        own = self._config("num_classes", "ignore_class", "sparse_y_pred", "axis")
        return {**own, **super().get_config()}
