"""Shapes, parts and joins of arrays."""

from typing import Any

import numpy as np

from fastnn._symbolic import as_symbolic
from fastnn.ops._arrays import array_of, axes_of


def reshape(x: Any, newshape: Any) -> Any:
    """Return ``numpy.reshape``; of a symbolic tensor the layer `Reshape`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.reshape([1, 2, 3, 4], (2, 2))
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    tensor = as_symbolic(x)
    if tensor is None:
        return np.reshape(array_of(x), newshape)
    if isinstance(newshape, int) or newshape[0] not in (-1, None):
        raise ValueError(f"`newshape` must begin with -1 for the batch, got {newshape}")
    from fastnn.layers import Reshape

    return Reshape(tuple(newshape[1:]))(tensor)


def expand_dims(x: Any, axis: Any) -> Any:
    """Return ``numpy.expand_dims``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.expand_dims([1, 2], 0)
    array([[1, 2]], dtype=int32)
    """
    return np.expand_dims(array_of(x), axes_of(axis))


def squeeze(x: Any, axis: Any = None) -> Any:
    """Return ``numpy.squeeze``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.squeeze([[1, 2]])
    array([1, 2], dtype=int32)
    """
    return np.squeeze(array_of(x), axes_of(axis))


def transpose(x: Any, axes: Any = None) -> Any:
    """Return ``numpy.transpose``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.transpose([[1, 2]])
    array([[1],
           [2]], dtype=int32)
    """
    return np.transpose(array_of(x), axes)


def swapaxes(x: Any, axis1: Any, axis2: Any) -> Any:
    """Return ``numpy.swapaxes``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.swapaxes([[1, 2]], 0, 1)
    array([[1],
           [2]], dtype=int32)
    """
    return np.swapaxes(array_of(x), axis1, axis2)


def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Return ``numpy.moveaxis``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.moveaxis([[1, 2]], 0, 1)
    array([[1],
           [2]], dtype=int32)
    """
    return np.moveaxis(array_of(x), source, destination)


def ravel(x: Any) -> Any:
    """Return ``numpy.ravel``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.ravel([[1, 2]])
    array([1, 2], dtype=int32)
    """
    return np.ravel(array_of(x))


def flip(x: Any, axis: Any = None) -> Any:
    """Return ``numpy.flip``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.flip([1, 2])
    array([2, 1], dtype=int32)
    """
    return np.flip(array_of(x), axes_of(axis))


def fliplr(x: Any) -> Any:
    """Return ``numpy.fliplr``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.fliplr([[1, 2]])
    array([[2, 1]], dtype=int32)
    """
    return np.fliplr(array_of(x))


def flipud(x: Any) -> Any:
    """Return ``numpy.flipud``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.flipud([[1], [2]])
    array([[2],
           [1]], dtype=int32)
    """
    return np.flipud(array_of(x))


def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Return ``numpy.roll``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.roll([1, 2, 3], 1)
    array([3, 1, 2], dtype=int32)
    """
    return np.roll(array_of(x), shift, axis)


def rot90(array: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    """Return ``numpy.rot90``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.rot90([[1, 2]])
    array([[2],
           [1]], dtype=int32)
    """
    return np.rot90(array_of(array), k, axes)


def take(x: Any, indices: Any, axis: Any = None) -> Any:
    """Return ``numpy.take``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.take([1, 2, 3], [2, 0])
    array([3, 1], dtype=int32)
    """
    return np.take(array_of(x), np.asarray(indices), axis)


def take_along_axis(x: Any, indices: Any, axis: Any = None) -> Any:
    """Return ``numpy.take_along_axis``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.take_along_axis([3, 1, 2], [1, 2, 0], 0)
    array([1, 2, 3], dtype=int32)
    """
    return np.take_along_axis(array_of(x), np.asarray(indices), axis)


def diag(x: Any, k: Any = 0) -> Any:
    """Return ``numpy.diag``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.diag([1, 2])
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return np.diag(array_of(x), k)


def diagflat(x: Any, k: Any = 0) -> Any:
    """Return ``numpy.diagflat``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.diagflat([1, 2])
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return np.diagflat(array_of(x), k)


def diagonal(x: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    """Return ``numpy.diagonal``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.diagonal([[1, 2], [3, 4]])
    array([1, 4], dtype=int32)
    """
    return np.diagonal(array_of(x), offset, axis1, axis2)


def tril(x: Any, k: Any = 0) -> Any:
    """Return ``numpy.tril``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.tril([[1, 2], [3, 4]])
    array([[1, 0],
           [3, 4]], dtype=int32)
    """
    return np.tril(array_of(x), k)


def triu(x: Any, k: Any = 0) -> Any:
    """Return ``numpy.triu``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.triu([[1, 2], [3, 4]])
    array([[1, 2],
           [0, 4]], dtype=int32)
    """
    return np.triu(array_of(x), k)


def copy(x: Any) -> Any:
    """Return ``numpy.copy``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.copy([1, 2])
    array([1, 2], dtype=int32)
    """
    return np.copy(array_of(x))


def get_item(x: Any, key: Any) -> Any:
    """Return ``x[key]``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.get_item([1, 2], 0)
    np.int32(1)
    """
    return array_of(x)[key]


def ndim(x: Any) -> Any:
    """Return the number of axes.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.ndim([[1]])
    2
    """
    return np.ndim(array_of(x))


def size(x: Any) -> Any:
    """Return the number of elements.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.size([[1, 2]])
    2
    """
    return np.size(array_of(x))
