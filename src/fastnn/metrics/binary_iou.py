"""Intersection over union of yes-or-no predictions: a metric."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike

from fastnn._validation import as_array, check_number
from fastnn.metrics._confusion import ConfusionMetric


class BinaryIoU(ConfusionMetric):
    """Intersection over union of the classes 0 and 1.

    .. math:: TP / (TP + FP + FN)

    A prediction from `threshold` on is 1.

    Parameters
    ----------
    target_class_ids : list of int, default=(0, 1)
        The classes whose mean is taken.
    threshold : float, default=0.5
    name : str, default="binary_io_u"
    dtype : {"float32", "float64"}, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
    >>> metric.update_state([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    _NAME: ClassVar[str] = "binary_io_u"

    def __init__(
        self, target_class_ids: Any = (0, 1), threshold: float = 0.5, name: str | None = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self.threshold = check_number(threshold, "threshold")
        self._start(2, target_class_ids, None, True, True, -1)

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Count the pairs of classes of a batch.

        Parameters
        ----------
        y_true, y_pred : array_like of one shape
        sample_weight : array_like with a weight for each pair, or one for each row, default=None
        """
        decided = as_array(y_pred, "y_pred") >= self.threshold
        super().update_state(y_true, decided.astype(int), sample_weight)

    def get_config(self) -> dict[str, Any]:
        own = self._config("target_class_ids", "threshold")
        return {**own, **super().get_config()}
