"""New arrays, their types, and parts that are replaced."""

import builtins
from typing import Any

import numpy as np

from fastnn._symbolic import as_symbolic
from fastnn.ops._arrays import array_of, common, common_floats, no_sparse, type_of


def block(array: Any, start: Any, shape: Any) -> Any:
    """Return the index of the block at `start`, moved to lie within the array as JAX moves it."""
    ends = zip(array.shape, start, shape, strict=True)
    firsts = [max(0, min(int(first), size - length)) for size, first, length in ends]
    pairs = zip(firsts, shape, strict=True)
    return tuple(builtins.slice(first, first + length) for first, length in pairs)


def zeros(shape: Any, dtype: Any = None) -> Any:
    """Return ``numpy.zeros``, in the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.zeros(2)
    array([0., 0.], dtype=float32)
    """
    return np.zeros(shape, type_of(dtype))


def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Return ``numpy.zeros_like``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.zeros_like([1.0, 2.0])
    array([0., 0.], dtype=float32)
    """
    array = array_of(x)
    return np.zeros_like(array, type_of(dtype, array.dtype))


def ones(shape: Any, dtype: Any = None) -> Any:
    """Return ``numpy.ones``, in the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.ones(2)
    array([1., 1.], dtype=float32)
    """
    return np.ones(shape, type_of(dtype))


def ones_like(x: Any, dtype: Any = None) -> Any:
    """Return ``numpy.ones_like``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.ones_like([1.0, 2.0])
    array([1., 1.], dtype=float32)
    """
    array = array_of(x)
    return np.ones_like(array, type_of(dtype, array.dtype))


def empty(shape: Any, dtype: Any = None) -> Any:
    """Return ``numpy.empty``, in the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.empty(2).shape
    (2,)
    """
    return np.empty(shape, type_of(dtype))


def empty_like(x: Any, dtype: Any = None) -> Any:
    """Return ``numpy.empty_like``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.empty_like([1.0, 2.0]).shape
    (2,)
    """
    array = array_of(x)
    return np.empty_like(array, type_of(dtype, array.dtype))


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Return ``numpy.full``, in the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.full(2, 3.0)
    array([3., 3.], dtype=float32)
    """
    return np.full(shape, array_of(fill_value), type_of(dtype))


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Return ``numpy.full_like``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.full_like([1, 2], 7)
    array([7, 7], dtype=int32)
    """
    array = array_of(x)
    return np.full_like(array, fill_value, type_of(dtype, array.dtype))


def eye(N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> Any:
    """Return ``numpy.eye``, in the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.eye(2)
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return np.eye(N, M, k, type_of(dtype))


def identity(n: Any, dtype: Any = None) -> Any:
    """Return ``numpy.identity``, in the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.identity(2)
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return np.identity(n, type_of(dtype))


def tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> Any:
    """Return ``numpy.tri``, in the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.tri(2)
    array([[1., 0.],
           [1., 1.]], dtype=float32)
    """
    return np.tri(N, M, k, type_of(dtype))


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """Return ``numpy.arange``: int32 for integers, else the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.arange(3)
    array([0, 1, 2], dtype=int32)
    """
    if dtype is None:
        parts = (part for part in (start, stop, step) if part is not None)
        dtype = common(*parts)[0].dtype
    low: Any = 0 if stop is None else start
    high: Any = start if stop is None else stop
    by: Any = 1 if step is None else step
    return np.arange(low, high, by, dtype=type_of(dtype))


def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    retstep: Any = False,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    """Return ``numpy.linspace``, in the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.linspace(0.0, 1.0, 3)
    array([0. , 0.5, 1. ], dtype=float32)
    """
    first, last = common_floats(start, stop)
    kind = type_of(dtype, first.dtype)
    return np.linspace(first, last, num, endpoint, retstep, kind, axis)


def logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    base: Any = 10,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    """Return ``numpy.logspace``, in the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.logspace(0.0, 2.0, 3)
    array([  1.,  10., 100.], dtype=float32)
    """
    first, last = common_floats(start, stop)
    return np.logspace(first, last, num, endpoint, base, type_of(dtype, first.dtype), axis)


def array(x: Any, dtype: Any = None) -> Any:
    """Return an array: see `convert_to_tensor`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.array([1, 2])
    array([1, 2], dtype=int32)
    """
    return convert_to_tensor(x, dtype)


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Any:
    """Return an array; Python's numbers become int32 and the default type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.convert_to_tensor([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    no_sparse(sparse)
    no_sparse(ragged)
    array = array_of(x)
    return array if dtype is None else array.astype(type_of(dtype))


def convert_to_numpy(x: Any) -> Any:
    """Return ``numpy.asarray(x)``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.convert_to_numpy([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    return np.asarray(array_of(x))


def cast(x: Any, dtype: Any) -> Any:
    """Return x in another type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.cast([1.7, 2.0], 'int32')
    array([1, 2], dtype=int32)
    """
    return array_of(x).astype(type_of(dtype))


def dtype(x: Any) -> Any:
    """Return the name of the type.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.dtype([1.7, 2.0])
    'float32'
    """
    tensor = as_symbolic(x)
    return array_of(x).dtype.name if tensor is None else tensor.dtype


def shape(x: Any) -> Any:
    """Return the shape, as a tuple.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.shape([[1, 2]])
    (1, 2)
    """
    tensor = as_symbolic(x)
    return array_of(x).shape if tensor is None else tensor.shape


def is_tensor(x: Any) -> Any:
    """Tell whether x is an array.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.is_tensor([1])
    False
    """
    return isinstance(x, (np.ndarray, np.generic)) or as_symbolic(x) is not None


def stop_gradient(variable: Any) -> Any:
    """Return x: losses and metrics of fastnn are not differentiated by machine.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.stop_gradient([1.0])
    array([1.], dtype=float32)
    """
    return array_of(variable)


def one_hot(
    x: Any, num_classes: Any, axis: Any = -1, dtype: Any = None, sparse: Any = False
) -> Any:
    """Return 1 in the column of each class number; numbers outside have none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.one_hot([0, 2], 3)
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    no_sparse(sparse)
    labels = np.expand_dims(array_of(x), -1)
    columns = (labels == np.arange(num_classes)).astype(type_of(dtype))
    return np.moveaxis(columns, -1, axis)


def multi_hot(
    inputs: Any, num_classes: Any = None, axis: Any = -1, dtype: Any = None, sparse: Any = False
) -> Any:
    """Return 1 in the columns of all the class numbers of a row.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.multi_hot([0, 2], 3)
    array([1., 0., 1.], dtype=float32)
    """
    if num_classes is None:
        raise ValueError("`num_classes` must be given")
    array = array_of(inputs)
    columns = one_hot(array, num_classes, axis, dtype, sparse)
    over = 1 if array.ndim > 1 else 0
    return np.max(columns, over)


def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """Return the block of a shape that starts at the given indices.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.slice([1, 2, 3], [1], [2])
    array([2, 3], dtype=int32)
    """
    array = array_of(inputs)
    return array[block(array, start_indices, shape)]


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """Return x with a block replaced that starts at the given indices.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.slice_update([1, 2, 3], [1], [7])
    array([1, 7, 3], dtype=int32)
    """
    array, new = array_of(inputs).copy(), array_of(updates)
    array[block(array, start_indices, new.shape)] = new
    return array


def scatter(indices: Any, values: Any, shape: Any) -> Any:
    """Return zeros with the values added at the places that `indices` lists.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.scatter([[0], [2]], [1.0, 2.0], (3,))
    array([1., 0., 2.], dtype=float32)
    """
    new = array_of(values)
    out = np.zeros(shape, new.dtype)
    np.add.at(out, tuple(np.moveaxis(np.asarray(indices), -1, 0)), new)
    return out
