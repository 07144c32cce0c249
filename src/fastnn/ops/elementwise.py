"""Element-wise functions of one array."""

from typing import Any

import numpy as np

from fastnn._symbolic import as_symbolic
from fastnn.ops._arrays import array_of, float_of, number_of


def exp(x: Any) -> Any:
    """Return ``numpy.exp``, in floats; of a symbolic tensor the layer `Activation`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.exp(0.0)
    np.float32(1.0)
    """
    tensor = as_symbolic(x)
    if tensor is not None:
        from fastnn.layers import Activation

        return Activation("exponential", dtype=tensor.dtype)(tensor)
    return np.exp(float_of(x))


def expm1(x: Any) -> Any:
    """Return ``numpy.expm1``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.expm1(0.0)
    np.float32(0.0)
    """
    return np.expm1(float_of(x))


def exp2(x: Any) -> Any:
    """Return ``numpy.exp2``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.exp2(3.0)
    np.float32(8.0)
    """
    return np.exp2(float_of(x))


def log(x: Any) -> Any:
    """Return ``numpy.log``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.log(1.0)
    np.float32(0.0)
    """
    return np.log(float_of(x))


def log1p(x: Any) -> Any:
    """Return ``numpy.log1p``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.log1p(0.0)
    np.float32(0.0)
    """
    return np.log1p(float_of(x))


def log2(x: Any) -> Any:
    """Return ``numpy.log2``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.log2(8.0)
    np.float32(3.0)
    """
    return np.log2(float_of(x))


def log10(x: Any) -> Any:
    """Return ``numpy.log10``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.log10(100.0)
    np.float32(2.0000002)
    """
    return np.log10(float_of(x))


def sqrt(x: Any) -> Any:
    """Return ``numpy.sqrt``, in floats; of a symbolic tensor a layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sqrt(4.0)
    np.float32(2.0)
    """
    tensor = as_symbolic(x)
    return tensor**0.5 if tensor is not None else np.sqrt(float_of(x))


def cbrt(x: Any) -> Any:
    """Return ``numpy.cbrt``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.cbrt(8.0)
    np.float32(2.0)
    """
    return np.cbrt(float_of(x))


def fabs(x: Any) -> Any:
    """Return ``numpy.fabs``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.fabs(-2.0)
    np.float32(2.0)
    """
    return np.fabs(float_of(x))


def trunc(x: Any) -> Any:
    """Return ``numpy.trunc``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.trunc([-1.5, 1.5])
    array([-1.,  1.], dtype=float32)
    """
    return np.trunc(array_of(x))


def ceil(x: Any) -> Any:
    """Return ``numpy.ceil``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.ceil([-1.5, 1.5])
    array([-1.,  2.], dtype=float32)
    """
    return np.ceil(float_of(x))


def floor(x: Any) -> Any:
    """Return ``numpy.floor``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.floor([-1.5, 1.5])
    array([-2.,  1.], dtype=float32)
    """
    return np.floor(float_of(x))


def rsqrt(x: Any) -> Any:
    """Return 1 / sqrt(x); of a symbolic tensor a layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.rsqrt(4.0)
    np.float32(0.5)
    """
    tensor = as_symbolic(x)
    return tensor**-0.5 if tensor is not None else np.reciprocal(np.sqrt(float_of(x)))


def reciprocal(x: Any) -> Any:
    """Return 1 / x, in floats; of a symbolic tensor a layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.reciprocal(4.0)
    np.float32(0.25)
    """
    tensor = as_symbolic(x)
    return tensor**-1 if tensor is not None else np.reciprocal(float_of(x))


def square(x: Any) -> Any:
    """Return x * x; of a symbolic tensor a layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.square([-2, 3])
    array([4, 9], dtype=int32)
    """
    tensor = as_symbolic(x)
    return tensor**2 if tensor is not None else np.square(number_of(x))


def absolute(x: Any) -> Any:
    """Return ``numpy.absolute``; of a symbolic tensor a layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.absolute([-2, 3])
    array([2, 3], dtype=int32)
    """
    tensor = as_symbolic(x)
    return tensor.__abs__() if tensor is not None else np.absolute(array_of(x))


def abs(x: Any) -> Any:
    """Return ``numpy.absolute``; of a symbolic tensor a layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.abs([-2, 3])
    array([2, 3], dtype=int32)
    """
    tensor = as_symbolic(x)
    return tensor.__abs__() if tensor is not None else np.absolute(array_of(x))


def conj(x: Any) -> Any:
    """Return ``numpy.conj``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.conj([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    array = array_of(x)
    return np.conj(array).astype(array.dtype, copy=False)


def conjugate(x: Any) -> Any:
    """Return ``numpy.conj``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.conjugate([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    array = array_of(x)
    return np.conj(array).astype(array.dtype, copy=False)


def real(x: Any) -> Any:
    """Return ``numpy.real``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.real([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    return np.real(array_of(x))


def imag(x: Any) -> Any:
    """Return ``numpy.imag``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.imag([1.0, 2.0])
    array([0., 0.], dtype=float32)
    """
    return np.imag(array_of(x))


def angle(x: Any) -> Any:
    """Return ``numpy.angle``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.angle([1.0, 2.0])
    array([0., 0.], dtype=float32)
    """
    return np.angle(float_of(x))


def sign(x: Any) -> Any:
    """Return ``numpy.sign``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sign([-2, 0, 3])
    array([-1,  0,  1], dtype=int32)
    """
    return np.sign(number_of(x))


def negative(x: Any) -> Any:
    """Return -x; of a symbolic tensor the layer `Rescaling`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.negative([1.0, -2.0])
    array([-1.,  2.], dtype=float32)
    """
    tensor = as_symbolic(x)
    return -tensor if tensor is not None else np.negative(array_of(x))


def round(x: Any, decimals: Any = 0) -> Any:
    """Return ``numpy.round``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.round([1.26, 2.5], 1)
    array([1.3, 2.5], dtype=float32)
    """
    return np.round(number_of(x), decimals)


def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """Return min(max(x, x_min), x_max), in the type of x.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.clip([-2.0, 0.5, 3.0], 0.0, 1.0)
    array([0. , 0.5, 1. ], dtype=float32)
    """
    array = number_of(x)
    return np.clip(array, x_min, x_max).astype(array.dtype, copy=False)


def nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Return ``numpy.nan_to_num``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nan_to_num([1.0, float('nan')])
    array([1., 0.], dtype=float32)
    """
    return np.nan_to_num(array_of(x), nan=nan, posinf=posinf, neginf=neginf)
