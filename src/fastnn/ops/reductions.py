"""Sums, means, extremes and the like along axes."""

from typing import Any

import numpy as np

from fastnn.ops._arrays import (
    array_of,
    axes_of,
    common_floats,
    float_of,
    indices,
    number_of,
    type_of,
)


def sum(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.sum``, in the type of x.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sum([1.0, 2.0])
    np.float32(3.0)
    """
    array = number_of(x)
    return np.sum(array, axes_of(axis), dtype=array.dtype, keepdims=keepdims)


def prod(x: Any, axis: Any = None, keepdims: Any = False, dtype: Any = None) -> Any:
    """Return ``numpy.prod``, in the type of x.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.prod([2.0, 3.0])
    np.float32(6.0)
    """
    array = number_of(x)
    return np.prod(array, axes_of(axis), dtype=type_of(dtype, array.dtype), keepdims=keepdims)


def mean(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.mean``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.mean([1.0, 3.0])
    np.float32(2.0)
    """
    return np.mean(float_of(x), axes_of(axis), keepdims=keepdims)


def std(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.std``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.std([1.0, 3.0])
    np.float32(1.0)
    """
    return np.std(float_of(x), axes_of(axis), keepdims=keepdims)


def var(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.var``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.var([1.0, 3.0])
    np.float32(1.0)
    """
    return np.var(float_of(x), axes_of(axis), keepdims=keepdims)


def median(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.median``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.median([1.0, 3.0])
    np.float32(2.0)
    """
    return np.median(float_of(x), axes_of(axis), keepdims=keepdims)


def max(x: Any, axis: Any = None, keepdims: Any = False, initial: Any = None) -> Any:
    """Return ``numpy.max``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.max([1.0, 3.0])
    np.float32(3.0)
    """
    array = array_of(x)
    if initial is None:
        return np.max(array, axes_of(axis), keepdims=keepdims)
    return np.max(array, axes_of(axis), keepdims=keepdims, initial=initial)


def amax(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.max``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.amax([1.0, 3.0])
    np.float32(3.0)
    """
    return max(x, axis, keepdims)


def min(x: Any, axis: Any = None, keepdims: Any = False, initial: Any = None) -> Any:
    """Return ``numpy.min``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.min([1.0, 3.0])
    np.float32(1.0)
    """
    array = array_of(x)
    if initial is None:
        return np.min(array, axes_of(axis), keepdims=keepdims)
    return np.min(array, axes_of(axis), keepdims=keepdims, initial=initial)


def amin(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.min``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.amin([1.0, 3.0])
    np.float32(1.0)
    """
    return min(x, axis, keepdims)


def argmax(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.argmax``, as int32.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.argmax([1.0, 3.0, 2.0])
    array(1, dtype=int32)
    """
    return indices(np.argmax(array_of(x), axis, keepdims=keepdims))


def argmin(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.argmin``, as int32.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.argmin([1.0, 3.0, 2.0])
    array(0, dtype=int32)
    """
    return indices(np.argmin(array_of(x), axis, keepdims=keepdims))


def ptp(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return max(x) - min(x).

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.ptp([1.0, 3.0])
    np.float32(2.0)
    """
    return np.ptp(array_of(x), axes_of(axis), keepdims=keepdims)


def count_nonzero(x: Any, axis: Any = None) -> Any:
    """Return ``numpy.count_nonzero``, as int32.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.count_nonzero([0.0, 3.0])
    array(1, dtype=int32)
    """
    return indices(np.count_nonzero(array_of(x), axes_of(axis)))


def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """Return ``numpy.average``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.average([1.0, 3.0], weights=[3.0, 1.0])
    np.float32(1.5)
    """
    if weights is None:
        return np.mean(float_of(x), axes_of(axis))
    array, factors = common_floats(x, weights)
    return np.average(array, axes_of(axis), factors)


def quantile(
    x: Any, q: Any, axis: Any = None, method: Any = "linear", keepdims: Any = False
) -> Any:
    """Return ``numpy.quantile``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.quantile([1.0, 2.0, 4.0], 0.5)
    array(2., dtype=float32)
    """
    array = float_of(x)
    place = np.asarray(q, np.float64)
    found = np.quantile(array, place, axes_of(axis), method=method, keepdims=keepdims)
    return np.asarray(found).astype(array.dtype)


def percentile(
    x: Any, q: Any, axis: Any = None, method: Any = "linear", keepdims: Any = False
) -> Any:
    """Return ``numpy.percentile``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.percentile([1.0, 2.0, 4.0], 50.0)
    array(2., dtype=float32)
    """
    array = float_of(x)
    place = np.asarray(q, np.float64)
    found = np.percentile(array, place, axes_of(axis), method=method, keepdims=keepdims)
    return np.asarray(found).astype(array.dtype)


def cumsum(x: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Return ``numpy.cumsum``, in the type of x.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.cumsum([1.0, 2.0, 3.0])
    array([1., 3., 6.], dtype=float32)
    """
    array = number_of(x)
    return np.cumsum(array, axis, dtype=type_of(dtype, array.dtype))


def cumprod(x: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Return ``numpy.cumprod``, in the type of x.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.cumprod([1.0, 2.0, 3.0])
    array([1., 2., 6.], dtype=float32)
    """
    array = number_of(x)
    return np.cumprod(array, axis, dtype=type_of(dtype, array.dtype))


def logsumexp(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return log(sum(exp(x))), from the largest on.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.logsumexp([0.0, 0.0])
    array(0.6931472, dtype=float32)
    """
    array = float_of(x)
    axes = axes_of(axis)
    top = np.max(array, axes, keepdims=True)
    top = np.where(np.isfinite(top), top, array.dtype.type(0))
    with np.errstate(divide="ignore"):
        total = np.log(np.sum(np.exp(array - top), axes, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axes)


def diff(a: Any, n: Any = 1, axis: Any = -1) -> Any:
    """Return ``numpy.diff``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.diff([1.0, 3.0, 6.0])
    array([2., 3.], dtype=float32)
    """
    return np.diff(array_of(a), n, axis)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    """Return the area below y by the trapezoidal rule.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.trapezoid([1.0, 3.0])
    np.float32(2.0)
    """
    array = np.moveaxis(float_of(y), axis, -1)
    width = dx if x is None else np.diff(float_of(x))
    heights = (array[..., 1:] + array[..., :-1]) / 2
    return np.sum(heights * np.asarray(width, array.dtype), -1)
