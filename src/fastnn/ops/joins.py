"""Joins, repetitions and cuts of arrays."""

from typing import Any

import numpy as np

from fastnn._symbolic import all_symbolic
from fastnn.ops._arrays import array_of, common


def concatenate(xs: Any, axis: Any = 0) -> Any:
    """Return ``numpy.concatenate``; of symbolic tensors the layer `Concatenate`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.concatenate([[1, 2], [3]])
    array([1, 2, 3], dtype=int32)
    """
    tensors = all_symbolic(xs)
    if tensors is None:
        return np.concatenate(common(*xs), axis)
    from fastnn.layers import Concatenate

    return Concatenate(axis)(tensors)


def hstack(xs: Any) -> Any:
    """Return ``numpy.hstack``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.hstack([[1], [2]])
    array([1, 2], dtype=int32)
    """
    return np.hstack(common(*xs))


def vstack(xs: Any) -> Any:
    """Return ``numpy.vstack``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.vstack([[1], [2]])
    array([[1],
           [2]], dtype=int32)
    """
    return np.vstack(common(*xs))


def dstack(xs: Any) -> Any:
    """Return ``numpy.dstack``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.dstack([[1], [2]])
    array([[[1, 2]]], dtype=int32)
    """
    return np.dstack(common(*xs))


def stack(x: Any, axis: Any = 0) -> Any:
    """Return ``numpy.stack``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.stack([[1, 2], [3, 4]])
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    return np.stack(common(*x), axis)


def unstack(x: Any, num: Any = None, axis: Any = 0) -> Any:
    """Return the slices along an axis, as a list.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.unstack([1, 2])
    [np.int32(1), np.int32(2)]
    """
    array = array_of(x)
    if num is not None and num != array.shape[axis]:
        raise ValueError(f"`num` must be {array.shape[axis]}, the length of the axis, got {num}")
    return list(np.moveaxis(array, axis, 0))


def append(x1: Any, x2: Any, axis: Any = None) -> Any:
    """Return ``numpy.append``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.append([1, 2], [3])
    array([1, 2, 3], dtype=int32)
    """
    first, second = common(x1, x2)
    return np.append(first, second, axis)


def broadcast_to(x: Any, shape: Any) -> Any:
    """Return ``numpy.broadcast_to``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.broadcast_to([1, 2], (2, 2))
    array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return np.broadcast_to(array_of(x), shape)


def tile(x: Any, repeats: Any) -> Any:
    """Return ``numpy.tile``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.tile([1, 2], 2)
    array([1, 2, 1, 2], dtype=int32)
    """
    return np.tile(array_of(x), repeats)


def repeat(x: Any, repeats: Any, axis: Any = None) -> Any:
    """Return ``numpy.repeat``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.repeat([1, 2], 2)
    array([1, 1, 2, 2], dtype=int32)
    """
    return np.repeat(array_of(x), repeats, axis)


def split(x: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    """Return ``numpy.split``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.split([1, 2, 3, 4], 2)
    [array([1, 2], dtype=int32), array([3, 4], dtype=int32)]
    """
    return np.split(array_of(x), indices_or_sections, axis)


def array_split(x: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    """Return ``numpy.array_split``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.array_split([1, 2, 3, 4], 2)
    [array([1, 2], dtype=int32), array([3, 4], dtype=int32)]
    """
    return np.array_split(array_of(x), indices_or_sections, axis)


def hsplit(x: Any, indices_or_sections: Any) -> Any:
    """Return ``numpy.hsplit``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.hsplit([[1, 2]], 2)
    [array([[1]], dtype=int32), array([[2]], dtype=int32)]
    """
    return np.hsplit(array_of(x), indices_or_sections)


def vsplit(x: Any, indices_or_sections: Any) -> Any:
    """Return ``numpy.vsplit``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.vsplit([[1], [2]], 2)
    [array([[1]], dtype=int32), array([[2]], dtype=int32)]
    """
    return np.vsplit(array_of(x), indices_or_sections)


def dsplit(x: Any, indices_or_sections: Any) -> Any:
    """Return ``numpy.dsplit``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.dsplit([[[1, 2]]], 2)
    [array([[[1]]], dtype=int32), array([[[2]]], dtype=int32)]
    """
    return np.dsplit(array_of(x), indices_or_sections)


def pad(x: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = None) -> Any:
    """Return ``numpy.pad``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.pad([1, 2], 1)
    array([0, 1, 2, 0], dtype=int32)
    """
    if constant_values is None:
        return np.pad(array_of(x), pad_width, mode)
    if mode != "constant":
        raise ValueError(f"`constant_values` is for `mode='constant'`, got mode {mode!r}")
    return np.pad(array_of(x), pad_width, constant_values=constant_values)


def meshgrid(*x: Any, indexing: Any = "xy") -> Any:
    """Return ``numpy.meshgrid``, as a list.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.meshgrid([1, 2], [3])
    [array([[1, 2]], dtype=int32), array([[3, 3]], dtype=int32)]
    """
    return list(np.meshgrid(*map(array_of, x), indexing=indexing))
