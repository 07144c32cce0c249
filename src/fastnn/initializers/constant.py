"""Initialisers that do not draw: zeros, ones, one value."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastnn._validation import as_array, check_number
from fastnn.initializers.base import Initializer


class _Plain(Initializer):
    """Base of the initialisers whose values are no random numbers, and may be integers."""

    _ALSO: ClassVar[tuple[str, ...]] = (
        "float16", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
        "uint64",
    )  # fmt: skip


class Zeros(_Plain):
    """All zeros; the default of biases.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return np.zeros(shape)


class Ones(_Plain):
    """All ones.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.Ones()((2,))
    array([1., 1.], dtype=float32)
    """

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return np.ones(shape)


class Constant(_Plain):
    """One value everywhere.

    Parameters
    ----------
    value : float or array_like, default=0.0
        An array is repeated along the axes that it lacks.

    Raises
    ------
    ValueError
        If `value` is neither; in a call, if an array does not fit the shape.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.Constant(3)((2,))
    array([3., 3.], dtype=float32)
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value: Any = None
        if isinstance(value, (list, tuple)) or np.ndim(value):
            self.value = as_array(value, "value")
        else:
            self.value = check_number(value, "value")

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        try:
            return np.broadcast_to(np.asarray(self.value, np.float64), shape)
        except ValueError:
            raise ValueError(
                f"`value` of shape {np.shape(self.value)} does not fit the shape {shape}"
            ) from None

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value if np.ndim(self.value) == 0 else self.value.tolist()}


class Identity(_Plain):
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
