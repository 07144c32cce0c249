"""Initialisers that do not draw: zeros, ones, one value."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._validation import check_number
from fastnn.initializers.base import Initializer


class Zeros(Initializer):
    """All zeros; the default of biases.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return np.zeros(shape)


class Ones(Initializer):
    """All ones.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.Ones()((2,))
    array([1., 1.], dtype=float32)
    """

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return np.ones(shape)


class Constant(Initializer):
    """One value everywhere.

    Parameters
    ----------
    value : float, default=0.0

    Raises
    ------
    ValueError
        If `value` is not a finite number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.Constant(3)((2,))
    array([3., 3.], dtype=float32)
    """

    def __init__(self, value: float = 0.0) -> None:
        self.value = check_number(value, "value")

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return np.full(shape, self.value)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


class Identity(Initializer):
    """Ones on the diagonal of a matrix, zeros elsewhere.

    Parameters
    ----------
    gain : float, default=1.0
        Value on the diagonal.

    Raises
    ------
    ValueError
        If `gain` is not a finite number; in a call, if the shape is not that of a matrix.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.Identity(2)((2, 3))
    array([[2., 0., 0.],
           [0., 2., 0.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = check_number(gain, "gain")

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        if len(shape) != 2:
            raise ValueError(f"`shape` must be that of a matrix for Identity, got {shape}")
        return self.gain * np.eye(*shape)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


# As Keras has them: other names of the classes.
constant = Constant
identity = Identity
IdentityInitializer = Identity
ones = Ones
zeros = Zeros
