"""Intersection over union from a confusion matrix: base of the metrics of that kind."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array, check_bool, check_integer
from fastnn.losses.base import check_axis, weights_like
from fastnn.metrics.base import Metric


class ConfusionMetric(Metric):
    """Mean over some classes of intersection over union, TP / (TP + FP + FN).

    Classes that neither occur nor are predicted do not count; pairs with a class out of range
    neither.
    """

    _STATE: ClassVar[tuple[str, ...]] = ("total_cm",)
    num_classes: int
    target_class_ids: list[int]
    ignore_class: int | None = None
    sparse_y_true = True
    sparse_y_pred = True
    axis = -1

    def _start(
        self, num_classes: Any, target_class_ids: Any, ignore_class: Any, sparse_y_true: Any,
        sparse_y_pred: Any, axis: Any,
    ) -> None:  # fmt: skip
        self.num_classes = check_integer(num_classes, "num_classes", 1)
        ids = range(self.num_classes) if target_class_ids is None else target_class_ids
        self.target_class_ids = [check_integer(i, "target_class_ids", 0) for i in ids]
        if not self.target_class_ids or max(self.target_class_ids) >= self.num_classes:
            raise ValueError(
                f"`target_class_ids` must be in [0, {self.num_classes}), got {target_class_ids!r}"
            )
        if ignore_class is not None:
            ignore_class = check_integer(ignore_class, "ignore_class", -(2**31))
        self.ignore_class = ignore_class
        self.sparse_y_true = check_bool(sparse_y_true, "sparse_y_true")
        self.sparse_y_pred = check_bool(sparse_y_pred, "sparse_y_pred")
        self.axis = check_axis(axis)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget what was added."""
        self.total_cm = np.zeros((self.num_classes, self.num_classes))

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Count the pairs of classes of a batch.

        Parameters
        ----------
        y_true, y_pred : array_like
            Class numbers of one shape, or where not sparse, one column per class.
        sample_weight : array_like with a weight for each pair, or one for each row, default=None
        """
        true, pred = as_array(y_true, "y_true"), as_array(y_pred, "y_pred")
        if not self.sparse_y_true:
            true = np.argmax(true, axis=self.axis)
        if not self.sparse_y_pred:
            pred = np.argmax(pred, axis=self.axis)
        if true.size != pred.size:
            raise ValueError(
                f"`y_true` and `y_pred` must hold as many classes, got shapes {true.shape} and "
                f"{pred.shape}"
            )
        weight = np.ones(pred.size)
        if sample_weight is not None:
            given = as_array(sample_weight, "sample_weight")
            fits = given.size == pred.size
            weight = np.ravel(given if fits else weights_like(given, pred)).astype(np.float64)
        rows, cols = _classes(true), _classes(pred)
        n = self.num_classes
        inside = (rows >= 0) & (rows < n) & (cols >= 0) & (cols < n)
        if self.ignore_class is not None:
            inside &= rows != self.ignore_class
        pairs = rows[inside] * n + cols[inside]
        self.total_cm += np.bincount(pairs, weight[inside], n * n).reshape(n, n)

    def result(self) -> Any:
        """Return the mean over the classes, 0 if none occurs."""
        own = np.diag(self.total_cm)[self.target_class_ids]
        both = self.total_cm.sum(axis=0) + self.total_cm.sum(axis=1)
        union = both[self.target_class_ids] - own
        seen = union > 1e-9
        value = (own[seen] / union[seen]).mean() if seen.any() else 0.0
        return np.dtype(self.dtype or "float64").type(value)

    def _config(self, *names: str) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}


def _classes(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return class numbers as a vector; what is no number is out of range."""
    flat = values.reshape(-1)
    if flat.dtype.kind == "f":
        flat = np.where(np.isfinite(flat), np.trunc(flat), -1)
    return flat.astype(np.int64)
