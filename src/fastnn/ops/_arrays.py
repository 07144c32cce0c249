"""What the functions of `ops` share: arrays with Keras' types, and symbolic tensors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._symbolic import as_symbolic
from fastnn.config import floatx


def array_of(x: Any) -> NDArray[Any]:
    """Return `x` as an array: Python's floats in the default type, its integers as int32."""
    if as_symbolic(x) is not None:
        raise TypeError(
            "this function of fastnn.ops computes with numbers, got a symbolic tensor: use layers "
            "there (Add, Multiply, Rescaling, Activation, Concatenate, Dot, Reshape, ...)"
        )
    array = np.asarray(x)
    if array.dtype.kind == "O":
        raise TypeError(f"`x` must hold numbers of one shape, got {type(x).__name__}")
    if hasattr(x, "dtype"):
        return array
    if array.dtype == np.float64:
        return array.astype(floatx())
    return array.astype(np.int32) if array.dtype == np.int64 else array


def float_of(x: Any) -> NDArray[Any]:
    """Return `x` as an array of floats: integers and truth values in the default type."""
    array = array_of(x)
    return array if array.dtype.kind in "fc" else array.astype(floatx())


def number_of(x: Any) -> NDArray[Any]:
    """Return `x` as an array, truth values as int32."""
    array = array_of(x)
    return array.astype(np.int32) if array.dtype.kind == "b" else array


def common(*values: Any) -> list[Any]:
    """Return arrays of one type: of the widest float there is, else of the widest integer.

    A Python number takes the type of the arrays beside it, and integers do not widen floats.
    """
    arrays = [array_of(value) for value in values]
    weak = [isinstance(value, (bool, int, float)) for value in values]
    strong = [a.dtype for a, is_weak in zip(arrays, weak, strict=True) if not is_weak]
    inexact = [dtype for dtype in strong if dtype.kind in "fc"]
    if inexact:
        target = np.result_type(*inexact)
    elif any(array.dtype.kind in "fc" for array in arrays):
        target = np.dtype(floatx())
    else:
        target = np.result_type(*(strong or [array.dtype for array in arrays]))
        if target.kind == "b" and any(array.dtype.kind != "b" for array in arrays):
            target = np.dtype(np.int32)
    return [array.astype(target, copy=False) for array in arrays]


def common_floats(*values: Any) -> list[Any]:
    """Return arrays of one floating-point type."""
    return [float_of(array) for array in common(*values)]


def axes_of(axis: Any) -> Any:
    """Return an axis, or several of them as the tuple that NumPy wants."""
    return tuple(axis) if isinstance(axis, list) else axis


def type_of(dtype: Any, default: Any = None) -> Any:
    """Return the type that is meant, by default `default`, or the default type of floats."""
    return np.dtype(dtype if dtype is not None else floatx() if default is None else default)


def indices(x: Any) -> Any:
    """Return places as int32, as Keras does."""
    return np.asarray(x).astype(np.int32)


def no_sparse(value: Any) -> None:
    """Raise unless plain arrays are asked for."""
    if value:
        raise ValueError(
            "arrays are neither sparse nor ragged: `sparse` and `ragged` must be False"
        )
