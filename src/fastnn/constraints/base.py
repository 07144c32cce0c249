"""Base of the constraints: what weights become after each training step."""

import math
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn._validation import check_integer
from fastnn.activations.base import as_float

Axis = int | tuple[int, ...] | None


class NativeConstraint(NamedTuple):
    """What the core needs: the name in `_core.CONSTRAINTS` and the parameters.

    `view`: the weight is seen as so many matrices, of so many rows; (0, 0) as it is.
    """

    name: str
    params: tuple[float, ...] = ()
    view: tuple[int, int] = (0, 0)

    @property
    def code(self) -> int:
        return _core.CONSTRAINTS[self.name]


class Constraint:
    """Base class of the constraints.

    Calling a constraint with an array returns the array that it allows; the base class allows
    any. Layers take the constraints of this module; a subclass written in Python works by itself,
    but not in a layer.

    Examples
    --------
    >>> import fastnn, numpy
    >>> class Rounded(fastnn.constraints.Constraint):
    ...     def __call__(self, w):
    ...         return numpy.round(w, 1)
    >>> float(Rounded()(0.125))
    0.1
    """

    def __call__(self, w: ArrayLike) -> Any:
        """Return the constrained array.

        Parameters
        ----------
        w : array_like
        """
        return w

    def native(self, shape: tuple[int, ...]) -> NativeConstraint:
        """Return the core's constraint for a weight of that shape."""
        raise ValueError(
            f"{type(self).__name__} has no form in the core: layers take MaxNorm, MinMaxNorm, "
            "NonNeg and UnitNorm of fastnn.constraints"
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal constraint."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the constraint that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


class NormConstraint(Constraint):
    """Base of the constraints on the lengths of vectors along axes.

    Each vector is multiplied with ``desired / (1e-7 + norm)``.
    """

    axis: Axis

    def bounds(self) -> tuple[float, float, float]:
        """Return the least and the largest norm, and the rate at which it is reached."""
        raise NotImplementedError(f"{type(self).__name__} does not say its bounds")

    def native(self, shape: tuple[int, ...]) -> NativeConstraint:
        last = len(shape) - 1
        axes = set(_axes(self.axis, len(shape)))
        # A matrix of the core: the last axis as columns, all others as rows, of which a vector has
        # one. Along an axis of size 1 there is nothing to add up.
        rows = {axis for axis in range(last) if shape[axis] > 1}
        inside = rows & axes
        if last not in axes and inside == rows:
            return NativeConstraint("norm_columns", self.bounds())
        if last in axes and (not inside or inside == rows):
            return NativeConstraint("norm_all" if inside else "norm_rows", self.bounds())
        return self._native_view(shape, axes)

    def _native_view(self, shape: tuple[int, ...], axes: set[int]) -> NativeConstraint:
        """Return the constraint for other matrices of the same elements."""
        long = [axis for axis, size in enumerate(shape) if size > 1]
        places = [i for i, axis in enumerate(long) if axis in axes]
        if not places:  # vectors of one element
            return NativeConstraint("norm_columns", self.bounds(), (1, 1))
        first, end = places[0], places[-1] + 1
        if len(places) < end - first:
            raise ValueError(
                f"`axis={self.axis}` is not supported for a weight of shape {shape}: axes must be "
                "beside each other"
            )
        before = math.prod(shape[axis] for axis in long[:first])
        if end == len(long):
            return NativeConstraint("norm_rows", self.bounds(), (1, before))
        length = math.prod(shape[axis] for axis in long[first:end])
        return NativeConstraint("norm_columns", self.bounds(), (before, length))

    def __call__(self, w: ArrayLike) -> NDArray[Any]:
        array = as_float(w, "w")
        axes = _axes(self.axis, array.ndim)
        if array.size == 0 or array.ndim == 0:
            raise ValueError(f"`w` must have an axis and values, got shape {array.shape}")
        # The axes of the norm in front: one column for each vector.
        front = np.moveaxis(array, axes, range(len(axes)))
        vectors = front.reshape(int(np.prod(front.shape[: len(axes)])), -1)
        code = _core.CONSTRAINTS["norm_columns"]
        done = _core.constraint(code, self.bounds(), vectors).reshape(front.shape)
        return np.ascontiguousarray(np.moveaxis(done, range(len(axes)), axes))


def check_axis(axis: Any) -> Axis:
    """Return `axis`: None for all axes, one, or several."""
    if axis is None:
        return None
    if isinstance(axis, (list, tuple)):
        return tuple(check_integer(each, "axis", -64) for each in axis)
    return check_integer(axis, "axis", -64)


def axis_config(axis: Axis) -> Any:
    """Return `axis` as JSON holds it."""
    return list(axis) if isinstance(axis, tuple) else axis


def _axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return the axes, counted from the front, of an array of `ndim` axes."""
    given = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    counted = tuple(each + ndim if each < 0 else each for each in given)
    if any(not 0 <= each < ndim for each in counted) or len(set(counted)) < len(counted):
        raise ValueError(f"`axis={axis}` does not fit an array of {ndim} axes")
    return counted
