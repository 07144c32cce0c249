"""Base of the losses of margins: targets of 0 and 1 that stand for -1 and 1."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array
from fastnn.losses.base import Loss, row_losses


class MarginLoss(Loss):
    """A loss of targets -1 and 1."""

    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        """Return the loss of each row: the shape of `y_pred` without its last axis."""
        true = as_array(y_true, "y_true")
        binary = bool(np.all((true == 0) | (true == 1)))
        native = self.native()._replace(params=(-1.0 if binary else 0.0,))
        return row_losses(native, true, y_pred, False, spread=True)
