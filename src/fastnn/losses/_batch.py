"""Losses of this package that look at more than one row at a time, written in NumPy."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array, check_integer
from fastnn.activations.base import as_float
from fastnn.losses.base import Loss, same_rank


class BatchLoss(Loss):
    """Base of losses of which `call` gives values of any shape.

    `fit` asks for the loss of each row; `values_and_gradient` answers with some whose mean, or
    whose sum, is that of the values. Where these are not of single rows, weights of the rows are
    in them.
    """

    def values_and_gradient(
        self,
        y_true: NDArray[Any],
        y_pred: NDArray[Any],
        weight: NDArray[Any] | None = None,
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return what `fit` needs."""
        values = np.asarray(self.call(y_true, y_pred), np.float64)
        rows = y_pred.shape[:-1]
        count = float(np.prod(rows))
        if self.by_rows(y_pred.ndim):  # the mean of a sample's values, for the sample's weight
            each = values.reshape(len(values), -1).mean(axis=1)
            each = each.reshape(-1, *[1] * (len(rows) - 1))
            scale, shares = count / values.size, np.ones(values.shape)
            each = each / scale if self.reduction == "sum" else each
        else:
            scale, shares = count, self._shares(y_true, values, weight)
            each = (shares * values).sum()
            each = each / count if self.reduction == "sum" else each
        scale = 1.0 if self.reduction == "sum" else scale
        gradient = self._shared_gradient(y_true, y_pred, scale * shares)
        return np.broadcast_to(each, rows).astype(y_pred.dtype), gradient

    def _shares(
        self, y_true: NDArray[Any], values: NDArray[Any], weight: NDArray[Any] | None
    ) -> NDArray[np.float64]:
        """Return the derivative of the reduced loss by each of the values.

        As Keras has it, a single value counts once for each weight, and a single weight of a
        single value is not divided by.
        """
        counted = self._counted(y_true, values)
        each = np.ones(values.shape) if weight is None else weight.astype(np.float64)
        count = float(each.size)
        if counted is not None:
            each, count = each * counted, float(counted.sum())
        if values.ndim == 0 and each.size == 1:
            return each.reshape(())
        divisor = {"sum": 1.0, "mean_with_sample_weight": float(each.sum())}.get(
            self.reduction, count
        )
        shares = each / divisor if divisor else np.zeros_like(each)
        return np.asarray(shares.sum()) if values.ndim == 0 else shares

    def gradient(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        """Return d(sum of the losses) / d y_pred of each element, of the shape of `y_pred`."""
        return self._shared_gradient(y_true, y_pred, np.ones(()))

    def _shared_gradient(
        self, y_true: ArrayLike, y_pred: ArrayLike, shares: NDArray[np.float64]
    ) -> NDArray[Any]:
        """Return the derivative of the sum of shares of the losses; one share is that of all."""
        raise NotImplementedError(f"{type(self).__name__} has no derivative")


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

    def takes_weights(self, ndim: int) -> bool:
        return self.by_rows(ndim) or len(self._places(ndim)) == ndim

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

    def _shared_gradient(
        self, y_true: ArrayLike, y_pred: ArrayLike, shares: NDArray[np.float64]
    ) -> NDArray[Any]:
        _, slope, dtype = self._compare(y_true, y_pred)
        if shares.ndim:
            shares = np.expand_dims(shares, self._places(slope.ndim))
        return np.asarray((slope * shares).astype(dtype)).reshape(np.shape(y_pred))
