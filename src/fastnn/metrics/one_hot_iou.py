"""Intersection over union of some classes, one column per class: a metric."""

from typing import Any, ClassVar

from fastnn.metrics._confusion import ConfusionMetric


class OneHotIoU(ConfusionMetric):
    """Intersection over union of some classes, one column per class.

    .. math:: TP / (TP + FP + FN)

    Averaged over the classes that occur or are predicted.

    Parameters
    ----------
    num_classes : int
    target_class_ids : list of int
        The classes whose mean is taken.
    ignore_class : int, default=None
        Pairs whose target is this class do not count.
    sparse_y_pred : bool, default=False
        Predictions are class numbers.
    axis : int, default=-1
        Where the columns are.
    name : str, default="one_hot_io_u"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.OneHotIoU(num_classes=3, target_class_ids=[0, 2])
    >>> y_true = [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]]
    >>> y_pred = [[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.5, 0.3, 0.1], [0.1, 0.4, 0.5]]
    >>> metric.update_state(y_true, y_pred, sample_weight=[0.1, 0.2, 0.3, 0.4])
    >>> round(float(metric.result()), 4)
    0.0714
    """

    _NAME: ClassVar[str] = "one_hot_io_u"

    def __init__(
        self, num_classes: int, target_class_ids: Any, name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_pred: bool = False, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self._start(num_classes, target_class_ids, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        own = self._config(
            "num_classes", "target_class_ids", "ignore_class", "sparse_y_pred", "axis"
        )
        return {**own, **super().get_config()}
