"""Functions of the bits of integers."""

from typing import Any

import numpy as np

from fastnn.ops._arrays import array_of, common


def bitwise_and(x: Any, y: Any) -> Any:
    """Return ``numpy.bitwise_and``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.bitwise_and(6, 2)
    np.int32(2)
    """
    return np.bitwise_and(*common(x, y))


def bitwise_or(x: Any, y: Any) -> Any:
    """Return ``numpy.bitwise_or``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.bitwise_or(6, 2)
    np.int32(6)
    """
    return np.bitwise_or(*common(x, y))


def bitwise_xor(x: Any, y: Any) -> Any:
    """Return ``numpy.bitwise_xor``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.bitwise_xor(6, 2)
    np.int32(4)
    """
    return np.bitwise_xor(*common(x, y))


def bitwise_left_shift(x: Any, y: Any) -> Any:
    """Return ``numpy.left_shift``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.bitwise_left_shift(6, 2)
    np.int32(24)
    """
    return np.left_shift(*common(x, y))


def bitwise_right_shift(x: Any, y: Any) -> Any:
    """Return ``numpy.right_shift``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.bitwise_right_shift(6, 2)
    np.int32(1)
    """
    return np.right_shift(*common(x, y))


def left_shift(x: Any, y: Any) -> Any:
    """Return ``numpy.left_shift``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.left_shift(6, 2)
    np.int32(24)
    """
    return np.left_shift(*common(x, y))


def right_shift(x: Any, y: Any) -> Any:
    """Return ``numpy.right_shift``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.right_shift(6, 2)
    np.int32(1)
    """
    return np.right_shift(*common(x, y))


def bitwise_not(x: Any) -> Any:
    """Return ``numpy.invert``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.bitwise_not(6)
    np.int32(-7)
    """
    return np.invert(array_of(x))


def bitwise_invert(x: Any) -> Any:
    """Return ``numpy.invert``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.bitwise_invert(6)
    np.int32(-7)
    """
    return np.invert(array_of(x))
