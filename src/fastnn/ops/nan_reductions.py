"""Reductions that leave NaN out."""

from typing import Any

import numpy as np

from fastnn.ops._arrays import array_of, axes_of, float_of, indices, number_of, type_of


def nansum(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.nansum``, in the type of x.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nansum([1.0, float('nan')])
    np.float32(1.0)
    """
    array = number_of(x)
    return np.nansum(array, axes_of(axis), dtype=array.dtype, keepdims=keepdims)


def nanmean(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.nanmean``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nanmean([1.0, 3.0, float('nan')])
    np.float32(2.0)
    """
    return np.nanmean(float_of(x), axes_of(axis), keepdims=keepdims)


def nanstd(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.nanstd``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nanstd([1.0, 3.0, float('nan')])
    np.float32(1.0)
    """
    return np.nanstd(float_of(x), axes_of(axis), keepdims=keepdims)


def nanvar(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.nanvar``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nanvar([1.0, 3.0, float('nan')])
    np.float32(1.0)
    """
    return np.nanvar(float_of(x), axes_of(axis), keepdims=keepdims)


def nanmedian(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.nanmedian``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nanmedian([1.0, 3.0, float('nan')])
    np.float32(2.0)
    """
    return np.nanmedian(float_of(x), axes_of(axis), keepdims=keepdims)


def nanmax(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.nanmax``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nanmax([1.0, float('nan')])
    np.float32(1.0)
    """
    return np.nanmax(array_of(x), axes_of(axis), keepdims=keepdims)


def nanmin(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.nanmin``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nanmin([1.0, float('nan')])
    np.float32(1.0)
    """
    return np.nanmin(array_of(x), axes_of(axis), keepdims=keepdims)


def nanargmax(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.nanargmax``, as int32.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nanargmax([1.0, 3.0, 2.0])
    array(1, dtype=int32)
    """
    return indices(np.nanargmax(array_of(x), axis, keepdims=keepdims))


def nanargmin(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.nanargmin``, as int32.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nanargmin([1.0, 3.0, 2.0])
    array(0, dtype=int32)
    """
    return indices(np.nanargmin(array_of(x), axis, keepdims=keepdims))


def nanquantile(
    x: Any, q: Any, axis: Any = None, method: Any = "linear", keepdims: Any = False
) -> Any:
    """Return ``numpy.nanquantile``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nanquantile([1.0, 2.0, 4.0], 0.5)
    array(2., dtype=float32)
    """
    array = float_of(x)
    place = np.asarray(q, np.float64)
    found = np.nanquantile(array, place, axes_of(axis), method=method, keepdims=keepdims)
    return np.asarray(found).astype(array.dtype)


def nanpercentile(
    x: Any, q: Any, axis: Any = None, method: Any = "linear", keepdims: Any = False
) -> Any:
    """Return ``numpy.nanpercentile``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nanpercentile([1.0, 2.0, 4.0], 50.0)
    array(2., dtype=float32)
    """
    array = float_of(x)
    place = np.asarray(q, np.float64)
    found = np.nanpercentile(array, place, axes_of(axis), method=method, keepdims=keepdims)
    return np.asarray(found).astype(array.dtype)


def nancumsum(x: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Return ``numpy.nancumsum``, in the type of x.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nancumsum([1.0, 2.0, 3.0])
    array([1., 3., 6.], dtype=float32)
    """
    array = number_of(x)
    return np.nancumsum(array, axis, dtype=type_of(dtype, array.dtype))


def nancumprod(x: Any, axis: Any = None, dtype: Any = None) -> Any:
    """Return ``numpy.nancumprod``, in the type of x.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nancumprod([1.0, 2.0, 3.0])
    array([1., 2., 6.], dtype=float32)
    """
    array = number_of(x)
    return np.nancumprod(array, axis, dtype=type_of(dtype, array.dtype))
