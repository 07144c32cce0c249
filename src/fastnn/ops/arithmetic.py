"""Element-wise functions of two arrays."""

from typing import Any

import numpy as np

from fastnn._symbolic import all_symbolic, as_symbolic
from fastnn.ops._arrays import array_of, common, common_floats, float_of


def symbolic_pair(x1: Any, x2: Any) -> tuple[Any, Any] | None:
    """Return both with their symbolic tensors, None if there are none."""
    first, second = as_symbolic(x1), as_symbolic(x2)
    if first is None and second is None:
        return None
    return (x1 if first is None else first), (x2 if second is None else second)


def add(x1: Any, x2: Any) -> Any:
    """Return x1 + x2; of symbolic tensors the layer `Add`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.add([1.0, 2.0], 2.0)
    array([3., 4.], dtype=float32)
    """
    if (tensors := symbolic_pair(x1, x2)) is not None:
        return tensors[0] + tensors[1]
    return np.add(*common(x1, x2))


def subtract(x1: Any, x2: Any) -> Any:
    """Return x1 - x2; of symbolic tensors the layer `Subtract`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.subtract([1.0, 2.0], 2.0)
    array([-1.,  0.], dtype=float32)
    """
    if (tensors := symbolic_pair(x1, x2)) is not None:
        return tensors[0] - tensors[1]
    return np.subtract(*common(x1, x2))


def multiply(x1: Any, x2: Any) -> Any:
    """Return x1 * x2; of symbolic tensors the layer `Multiply`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.multiply([1.0, 2.0], 2.0)
    array([2., 4.], dtype=float32)
    """
    if (tensors := symbolic_pair(x1, x2)) is not None:
        return tensors[0] * tensors[1]
    return np.multiply(*common(x1, x2))


def divide(x1: Any, x2: Any) -> Any:
    """Return x1 / x2; of symbolic tensors, or one and a number, a layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.divide([1.0, 2.0], 2.0)
    array([0.5, 1. ], dtype=float32)
    """
    if (tensors := symbolic_pair(x1, x2)) is not None:
        return tensors[0] / tensors[1]
    return np.divide(*common_floats(x1, x2))


def true_divide(x1: Any, x2: Any) -> Any:
    """Return x1 / x2; of symbolic tensors, or one and a number, a layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.true_divide([1.0, 2.0], 2.0)
    array([0.5, 1. ], dtype=float32)
    """
    if (tensors := symbolic_pair(x1, x2)) is not None:
        return tensors[0] / tensors[1]
    return np.true_divide(*common_floats(x1, x2))


def maximum(x1: Any, x2: Any) -> Any:
    """Return ``numpy.maximum``; of symbolic tensors the layer `Maximum`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.maximum([1.0, 3.0], 2.0)
    array([2., 3.], dtype=float32)
    """
    if (tensors := all_symbolic([x1, x2])) is not None:
        from fastnn.layers import Maximum

        return Maximum()(tensors)
    return np.maximum(*common(x1, x2))


def minimum(x1: Any, x2: Any) -> Any:
    """Return ``numpy.minimum``; of symbolic tensors the layer `Minimum`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.minimum([1.0, 3.0], 2.0)
    array([1., 2.], dtype=float32)
    """
    if (tensors := all_symbolic([x1, x2])) is not None:
        from fastnn.layers import Minimum

        return Minimum()(tensors)
    return np.minimum(*common(x1, x2))


def floor_divide(x1: Any, x2: Any) -> Any:
    """Return ``numpy.floor_divide``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.floor_divide([6, 7], 2)
    array([3, 3], dtype=int32)
    """
    return np.floor_divide(*common(x1, x2))


def power(x1: Any, x2: Any) -> Any:
    """Return ``numpy.power``; of a symbolic tensor and a number a layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.power([6, 7], 2)
    array([36, 49], dtype=int32)
    """
    if (tensor := as_symbolic(x1)) is not None:
        return tensor**x2
    return np.power(*common(x1, x2))


def mod(x1: Any, x2: Any) -> Any:
    """Return ``numpy.mod``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.mod([6, 7], 2)
    array([0, 1], dtype=int32)
    """
    return np.mod(*common(x1, x2))


def fmod(x1: Any, x2: Any) -> Any:
    """Return ``numpy.fmod``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.fmod([6, 7], 2)
    array([0, 1], dtype=int32)
    """
    return np.fmod(*common(x1, x2))


def fmax(x1: Any, x2: Any) -> Any:
    """Return ``numpy.fmax``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.fmax([6, 7], 2)
    array([6, 7], dtype=int32)
    """
    return np.fmax(*common(x1, x2))


def fmin(x1: Any, x2: Any) -> Any:
    """Return ``numpy.fmin``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.fmin([6, 7], 2)
    array([2, 2], dtype=int32)
    """
    return np.fmin(*common(x1, x2))


def gcd(x1: Any, x2: Any) -> Any:
    """Return ``numpy.gcd``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.gcd([6, 7], 2)
    array([2, 1], dtype=int32)
    """
    return np.gcd(*common(x1, x2))


def lcm(x1: Any, x2: Any) -> Any:
    """Return ``numpy.lcm``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.lcm([6, 7], 2)
    array([ 6, 14], dtype=int32)
    """
    return np.lcm(*common(x1, x2))


def arctan2(x1: Any, x2: Any) -> Any:
    """Return ``numpy.arctan2``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.arctan2(0.0, 0.0)
    np.float32(0.0)
    """
    return np.arctan2(*common_floats(x1, x2))


def hypot(x1: Any, x2: Any) -> Any:
    """Return ``numpy.hypot``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.hypot(0.0, 0.0)
    np.float32(0.0)
    """
    return np.hypot(*common_floats(x1, x2))


def logaddexp(x1: Any, x2: Any) -> Any:
    """Return ``numpy.logaddexp``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.logaddexp(0.0, 0.0)
    np.float32(0.6931472)
    """
    return np.logaddexp(*common_floats(x1, x2))


def logaddexp2(x1: Any, x2: Any) -> Any:
    """Return ``numpy.logaddexp2``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.logaddexp2(0.0, 0.0)
    np.float32(1.0)
    """
    return np.logaddexp2(*common_floats(x1, x2))


def heaviside(x1: Any, x2: Any) -> Any:
    """Return ``numpy.heaviside``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.heaviside(0.0, 0.0)
    np.float32(0.0)
    """
    return np.heaviside(*common_floats(x1, x2))


def nextafter(x1: Any, x2: Any) -> Any:
    """Return ``numpy.nextafter``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.nextafter(0.0, 0.0)
    np.float32(0.0)
    """
    return np.nextafter(*common_floats(x1, x2))


def ldexp(x1: Any, x2: Any) -> Any:
    """Return x1 * 2**x2, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.ldexp(1.5, 2)
    np.float32(6.0)
    """
    return np.ldexp(float_of(x1), array_of(x2))


def divide_no_nan(x1: Any, x2: Any) -> Any:
    """Return x1 / x2, and 0 where x2 is 0.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.divide_no_nan([1.0, 2.0], [0.0, 4.0])
    array([0. , 0.5], dtype=float32)
    """
    top, below = np.broadcast_arrays(*common_floats(x1, x2))
    return np.divide(top, below, out=np.zeros_like(top), where=below != 0)
