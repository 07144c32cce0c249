"""Weights that are not negative."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn.activations.base import as_float
from fastnn.constraints.base import Constraint, NativeConstraint


class NonNeg(Constraint):
    r"""Weights that are not negative: :math:`\max(w, 0)`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.constraints.NonNeg()([[-1.0, 2.0]])
    array([[0., 2.]], dtype=float32)
    """

    def native(self, shape: tuple[int, ...]) -> NativeConstraint:
        return NativeConstraint("non_negative")

    def __call__(self, w: ArrayLike) -> NDArray[Any]:
        array = as_float(w, "w")
        done = _core.constraint(self.native(array.shape).code, (), array.reshape(1, -1))
        return np.asarray(done.reshape(array.shape))


non_neg = NonNeg  # as Keras has it: another name of the class
