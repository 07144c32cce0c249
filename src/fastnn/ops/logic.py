"""Comparisons, truth values, and choices by them."""

from typing import Any

import numpy as np

from fastnn.ops._arrays import array_of, axes_of, common, float_of, indices


def isfinite(x: Any) -> Any:
    """Return ``numpy.isfinite``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.isfinite([1.0, float('nan'), float('-inf')])
    array([ True, False, False])
    """
    return np.isfinite(array_of(x))


def isnan(x: Any) -> Any:
    """Return ``numpy.isnan``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.isnan([1.0, float('nan'), float('-inf')])
    array([False,  True, False])
    """
    return np.isnan(array_of(x))


def isinf(x: Any) -> Any:
    """Return ``numpy.isinf``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.isinf([1.0, float('nan'), float('-inf')])
    array([False, False,  True])
    """
    return np.isinf(array_of(x))


def isposinf(x: Any) -> Any:
    """Return ``numpy.isposinf``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.isposinf([1.0, float('nan'), float('-inf')])
    array([False, False, False])
    """
    return np.isposinf(float_of(x))


def isneginf(x: Any) -> Any:
    """Return ``numpy.isneginf``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.isneginf([1.0, float('nan'), float('-inf')])
    array([False, False,  True])
    """
    return np.isneginf(float_of(x))


def isreal(x: Any) -> Any:
    """Return ``numpy.isreal``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.isreal([1.0, float('nan'), float('-inf')])
    array([ True,  True,  True])
    """
    return np.isreal(array_of(x))


def signbit(x: Any) -> Any:
    """Return ``numpy.signbit``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.signbit([1.0, float('nan'), float('-inf')])
    array([False, False,  True])
    """
    return np.signbit(float_of(x))


def equal(x1: Any, x2: Any) -> Any:
    """Return ``numpy.equal``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.equal([1.0, 2.0, 3.0], 2.0)
    array([False,  True, False])
    """
    return np.equal(*common(x1, x2))


def not_equal(x1: Any, x2: Any) -> Any:
    """Return ``numpy.not_equal``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.not_equal([1.0, 2.0, 3.0], 2.0)
    array([ True, False,  True])
    """
    return np.not_equal(*common(x1, x2))


def greater(x1: Any, x2: Any) -> Any:
    """Return ``numpy.greater``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.greater([1.0, 2.0, 3.0], 2.0)
    array([False, False,  True])
    """
    return np.greater(*common(x1, x2))


def greater_equal(x1: Any, x2: Any) -> Any:
    """Return ``numpy.greater_equal``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.greater_equal([1.0, 2.0, 3.0], 2.0)
    array([False,  True,  True])
    """
    return np.greater_equal(*common(x1, x2))


def less(x1: Any, x2: Any) -> Any:
    """Return ``numpy.less``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.less([1.0, 2.0, 3.0], 2.0)
    array([ True, False, False])
    """
    return np.less(*common(x1, x2))


def less_equal(x1: Any, x2: Any) -> Any:
    """Return ``numpy.less_equal``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.less_equal([1.0, 2.0, 3.0], 2.0)
    array([ True,  True, False])
    """
    return np.less_equal(*common(x1, x2))


def logical_and(x1: Any, x2: Any) -> Any:
    """Return ``numpy.logical_and``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.logical_and([True, False], [True, True])
    array([ True, False])
    """
    return np.logical_and(array_of(x1), array_of(x2))


def logical_or(x1: Any, x2: Any) -> Any:
    """Return ``numpy.logical_or``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.logical_or([True, False], [True, True])
    array([ True,  True])
    """
    return np.logical_or(array_of(x1), array_of(x2))


def logical_xor(x1: Any, x2: Any) -> Any:
    """Return ``numpy.logical_xor``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.logical_xor([True, False], [True, True])
    array([False,  True])
    """
    return np.logical_xor(array_of(x1), array_of(x2))


def logical_not(x: Any) -> Any:
    """Return ``numpy.logical_not``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.logical_not([True, False])
    array([False,  True])
    """
    return np.logical_not(array_of(x))


def isclose(x1: Any, x2: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False) -> Any:
    """Return ``numpy.isclose``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.isclose([1.0, 2.0], [1.0, 2.1])
    array([ True, False])
    """
    first, second = common(x1, x2)
    close = np.isclose(first, second, rtol=rtol, atol=atol, equal_nan=equal_nan)
    return np.asarray(close)


def allclose(x1: Any, x2: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False) -> Any:
    """Return ``numpy.allclose``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.allclose([1.0, 2.0], [1.0, 2.1])
    array(False)
    """
    first, second = common(x1, x2)
    close = np.allclose(first, second, rtol=rtol, atol=atol, equal_nan=equal_nan)
    return np.asarray(close)


def isin(x1: Any, x2: Any, assume_unique: Any = False, invert: Any = False) -> Any:
    """Return ``numpy.isin``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.isin([1, 2, 3], [2])
    array([False,  True, False])
    """
    first, second = common(x1, x2)
    return np.isin(first, second, assume_unique=assume_unique, invert=invert)


def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """Return ``numpy.where``: x1 where the condition holds, x2 elsewhere.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.where([True, False], 1.0, 2.0)
    array([1., 2.], dtype=float32)
    """
    if x1 is None and x2 is None:
        return nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError("`x1` and `x2` must both be given, or neither")
    return np.where(array_of(condition).astype(bool), *common(x1, x2))


def nonzero(x: Any) -> Any:
    """Return ``numpy.nonzero``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nonzero([0, 2, 3])
    (array([1, 2], dtype=int32),)
    """
    return tuple(indices(place) for place in np.nonzero(array_of(x)))


def all(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.all``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.all([True, False])
    np.False_
    """
    return np.all(array_of(x).astype(bool), axes_of(axis), keepdims=keepdims)


def any(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.any``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.any([True, False])
    np.True_
    """
    return np.any(array_of(x).astype(bool), axes_of(axis), keepdims=keepdims)
