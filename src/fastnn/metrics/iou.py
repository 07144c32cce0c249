"""Intersection over union of some classes: a metric."""

from typing import Any, ClassVar

from fastnn.metrics._confusion import ConfusionMetric


class IoU(ConfusionMetric):
    """Intersection over union of some classes.

    .. math:: TP / (TP + FP + FN)

    Averaged over the classes that occur or are predicted.

    Parameters
    ----------
    num_classes : int
    target_class_ids : list of int
        The classes whose mean is taken.
    ignore_class : int, default=None
        Pairs whose target is this class do not count.
    sparse_y_true, sparse_y_pred : bool, default=True
        Targets and predictions are class numbers; otherwise they have one column per class, and
        the class is that of the largest.
    axis : int, default=-1
        Where the columns are.
    name : str, default="io_u"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.IoU(num_classes=2, target_class_ids=[0])
    >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    _NAME: ClassVar[str] = "io_u"

    def __init__(
        self, num_classes: int, target_class_ids: Any, name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_true: bool = True, sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self._start(num_classes, target_class_ids, ignore_class, sparse_y_true, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        own = self._config(
            "num_classes",
            "target_class_ids",
            "ignore_class",
            "sparse_y_true",
            "sparse_y_pred",
            "axis",
        )
        return {**own, **super().get_config()}
