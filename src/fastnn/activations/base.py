"""What the activation functions share: arrays in and out of the core."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn._validation import as_array, check_number
from fastnn.config import floatx


class NativeActivation(NamedTuple):
    """What the core needs: the code of `_core.ACTIVATIONS` and the parameters."""

    name: str
    params: tuple[float, ...]

    @property
    def code(self) -> int:
        return _core.ACTIVATIONS[self.name]


def as_float(x: ArrayLike, argument: str = "x") -> NDArray[Any]:
    """Return float arrays as they are in float32 or float64; other types in the default type."""
    array = as_array(x, argument)
    if array.dtype.char in "fd" and isinstance(x, (np.ndarray, np.generic)):
        return array
    return array.astype(floatx())


def compute(name: str, x: ArrayLike, params: Sequence[float] = ()) -> NDArray[Any]:
    """Return the core's activation of every element, or of every row of the last axis."""
    array = as_float(x)
    if array.ndim == 0:
        array = array.reshape(1)
        return compute(name, array, params).reshape(())
    width = array.shape[-1]
    rows = array.reshape(-1, width) if array.size else array.reshape(0, max(width, 1))
    out: NDArray[Any] = _core.activation(_core.ACTIVATIONS[name], params, rows)
    return out.reshape(array.shape)


def checked_axis(array: NDArray[Any], axis: int) -> int:
    """Return an axis of an array, counted from the front."""
    if array.ndim and not isinstance(axis, bool) and hasattr(axis, "__index__"):
        index = int(axis.__index__())
        if -array.ndim <= index < array.ndim:
            return index % array.ndim
    raise ValueError(f"`axis` must be an axis of `x`, which has shape {array.shape}, got {axis!r}")


def compute_along(name: str, x: ArrayLike, axis: int | tuple[int, ...]) -> NDArray[Any]:
    """Return the core's activation of every run of elements along an axis, or several as one."""
    array = as_float(x)
    if isinstance(axis, (tuple, list)):
        return _compute_over(name, array, axis)
    place = checked_axis(array, axis)
    if place == array.ndim - 1:
        return compute(name, array)
    last = np.ascontiguousarray(np.moveaxis(array, place, -1))
    return np.ascontiguousarray(np.moveaxis(compute(name, last), -1, place))


def _compute_over(name: str, array: NDArray[Any], axes: Sequence[int]) -> NDArray[Any]:
    places = [checked_axis(array, axis) for axis in axes]
    if not places or len(set(places)) < len(places):
        raise ValueError(f"`axis` must name different axes of `x`, got {tuple(axes)}")
    back = range(-len(places), 0)
    last = np.ascontiguousarray(np.moveaxis(array, places, back))
    rest = last.shape[: array.ndim - len(places)]
    out = compute(name, last.reshape(*rest, math.prod(last.shape[len(rest) :])))
    return np.ascontiguousarray(np.moveaxis(out.reshape(last.shape), back, places))


def check_at_least_zero(value: Any, argument: str) -> float:
    """Return a finite float that is not negative."""
    number = check_number(value, argument)
    if number < 0:
        raise ValueError(f"`{argument}` must not be negative, got {value!r}")
    return number
