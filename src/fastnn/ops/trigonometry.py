"""Angles and their functions."""

from typing import Any

import numpy as np

from fastnn.ops._arrays import float_of


def sin(x: Any) -> Any:
    """Return ``numpy.sin``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sin(0.0)
    np.float32(0.0)
    """
    return np.sin(float_of(x))


def cos(x: Any) -> Any:
    """Return ``numpy.cos``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.cos(0.0)
    np.float32(1.0)
    """
    return np.cos(float_of(x))


def tan(x: Any) -> Any:
    """Return ``numpy.tan``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.tan(0.0)
    np.float32(0.0)
    """
    return np.tan(float_of(x))


def arcsin(x: Any) -> Any:
    """Return ``numpy.arcsin``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.arcsin(0.0)
    np.float32(0.0)
    """
    return np.arcsin(float_of(x))


def arccos(x: Any) -> Any:
    """Return ``numpy.arccos``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.arccos(1.0)
    np.float32(0.0)
    """
    return np.arccos(float_of(x))


def arctan(x: Any) -> Any:
    """Return ``numpy.arctan``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.arctan(0.0)
    np.float32(0.0)
    """
    return np.arctan(float_of(x))


def sinh(x: Any) -> Any:
    """Return ``numpy.sinh``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sinh(0.0)
    np.float32(0.0)
    """
    return np.sinh(float_of(x))


def cosh(x: Any) -> Any:
    """Return ``numpy.cosh``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.cosh(0.0)
    np.float32(1.0)
    """
    return np.cosh(float_of(x))


def arcsinh(x: Any) -> Any:
    """Return ``numpy.arcsinh``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.arcsinh(0.0)
    np.float32(0.0)
    """
    return np.arcsinh(float_of(x))


def arccosh(x: Any) -> Any:
    """Return ``numpy.arccosh``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.arccosh(1.0)
    np.float32(0.0)
    """
    return np.arccosh(float_of(x))


def arctanh(x: Any) -> Any:
    """Return ``numpy.arctanh``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.arctanh(0.0)
    np.float32(0.0)
    """
    return np.arctanh(float_of(x))


def deg2rad(x: Any) -> Any:
    """Return ``numpy.deg2rad``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.deg2rad(0.0)
    np.float32(0.0)
    """
    return np.deg2rad(float_of(x))


def rad2deg(x: Any) -> Any:
    """Return ``numpy.rad2deg``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.rad2deg(0.0)
    np.float32(0.0)
    """
    return np.rad2deg(float_of(x))


def sinc(x: Any) -> Any:
    """Return ``numpy.sinc``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sinc(0.0)
    np.float32(1.0)
    """
    return np.sinc(float_of(x))
