"""Losses of this package that look at more than one row at a time, written in NumPy."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array, check_integer
from fastnn.activations.base import as_float
from fastnn.losses.base import Loss, same_rank


class BatchLoss(Loss):
    """Base of losses of which `call` gives values of any shape.

    `gradient` is the derivative of the sum of the values. `fit` asks for the loss of each row;
    `values_and_gradient` answers with some whose mean, or whose sum, is that of the values.
    """

    def values_and_gradient(
        self, y_true: NDArray[Any], y_pred: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return what `fit` needs."""
        values = np.asarray(self.call(y_true, y_pred), np.float64)
        counted = self._counted(y_true, values)
        rows = y_pred.shape[:-1]
        size = values.size if counted is None else max(int(counted.sum()), 1)
        rows_each = float(np.prod(rows)) / size  # how many rows share in a value
        if self.by_rows(y_pred.ndim):  # the mean of a sample's values, for the sample's weight
            each = values.reshape(len(values), -1).mean(axis=1)
            each = each.reshape(-1, *[1] * (len(rows) - 1))
        else:
            each = values.sum() / size
        if self.reduction == "sum":
            each, scale = each / rows_each, 1.0
        else:
            scale = rows_each
        gradient = self.gradient(y_true, y_pred) * y_pred.dtype.type(scale)
        return np.broadcast_to(each, rows).astype(y_pred.dtype), gradient


class OverlapLoss(BatchLoss):
    """Base of the losses that compare sets, given by a number in [0, 1] for each place."""

    def __init__(self, axis: Any, reduction: str | None, name: str | None, dtype: Any) -> None:
        super().__init__(name, reduction, dtype)
        if isinstance(axis, (list, tuple)):
            axis = [check_integer(each, "axis", -64) for each in axis]
        elif axis is not None:
            axis = check_integer(axis, "axis", -64)
        self.axis: int | list[int] | None = axis

    def check_output(self, shape: tuple[int, ...]) -> None:
        self._places(1 + len(shape))

    def by_rows(self, ndim: int) -> bool:
        return 0 not in self._places(ndim)

    def _places(self, ndim: int) -> tuple[int, ...]:
        """Return the axes of a set, counted from the front."""
        if self.axis is None:
            return tuple(range(ndim))
        axes = self.axis if isinstance(self.axis, list) else [self.axis]
        places = tuple(axis + ndim if axis < 0 else axis for axis in axes)
        if len(set(places)) < len(places) or any(not 0 <= place < ndim for place in places):
            raise ValueError(f"`axis={self.axis}` of {self.name!r} does not fit {ndim} axes")
        return places

    def _agreement(self, t: Any, p: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
        """Return how far each pair of sets agrees, and its derivative by each element of `p`.

        The sums are over `axes`, which stay with length 1.
        """
        raise NotImplementedError(f"{type(self).__name__} does not compare sets")

    def _compare(self, y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Any, Any, Any]:
        true, pred = same_rank(as_array(y_true, "y_true"), as_float(y_pred, "y_pred"))
        if true.shape != pred.shape:
            raise ValueError(f"`y_true` must have shape {pred.shape}, got {true.shape}")
        axes = self._places(pred.ndim)
        agreement, slope = self._agreement(true.astype(float), pred.astype(float), axes)
        return (1.0 - agreement.squeeze(axes)).astype(pred.dtype), -slope, pred.dtype

    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        """Return the loss of each pair of sets: the shape of `y_pred` without the axes."""
        return np.asarray(self._compare(y_true, y_pred)[0])

    def gradient(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        """Return d(sum of the losses) / d y_pred of each element, of the shape of `y_pred`."""
        _, slope, dtype = self._compare(y_true, y_pred)
        return np.asarray(slope.astype(dtype)).reshape(np.shape(y_pred))
