"""Linear algebra."""

from typing import Any

import numpy as np

from fastnn.ops._arrays import axes_of, common, common_floats, float_of, number_of


def matmul(x1: Any, x2: Any) -> Any:
    """Return ``numpy.matmul``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.matmul([[1.0, 2.0]], [[3.0], [4.0]])
    array([[11.]], dtype=float32)
    """
    return np.matmul(*common(x1, x2))


def dot(x1: Any, x2: Any) -> Any:
    """Return ``numpy.dot``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.dot([1.0, 2.0], [3.0, 4.0])
    np.float32(11.0)
    """
    return np.dot(*common(x1, x2))


def inner(x1: Any, x2: Any) -> Any:
    """Return ``numpy.inner``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.inner([1.0, 2.0], [3.0, 4.0])
    np.float32(11.0)
    """
    return np.inner(*common(x1, x2))


def outer(x1: Any, x2: Any) -> Any:
    """Return ``numpy.outer``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.outer([1.0, 2.0], [3.0, 4.0])
    array([[3., 4.],
           [6., 8.]], dtype=float32)
    """
    return np.outer(*common(x1, x2))


def vdot(x1: Any, x2: Any) -> Any:
    """Return ``numpy.vdot``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.vdot([1.0, 2.0], [3.0, 4.0])
    np.float32(11.0)
    """
    return np.vdot(*common(x1, x2))


def kron(x1: Any, x2: Any) -> Any:
    """Return ``numpy.kron``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.kron([1.0, 2.0], [3.0, 4.0])
    array([3., 4., 6., 8.], dtype=float32)
    """
    return np.kron(*common(x1, x2))


def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    """Return ``numpy.tensordot``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.tensordot([1.0, 2.0], [3.0, 4.0], 1)
    array(11., dtype=float32)
    """
    first, second = common(x1, x2)
    return np.tensordot(first, second, axes)


def einsum(subscripts: Any, *operands: Any) -> Any:
    """Return ``numpy.einsum``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.einsum('i,i->', [1.0, 2.0], [3.0, 4.0])
    np.float32(11.0)
    """
    return np.einsum(subscripts, *common(*operands))


def cross(
    x1: Any, x2: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None
) -> Any:
    """Return ``numpy.cross``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    array([0., 0., 1.], dtype=float32)
    """
    first, second = common(x1, x2)
    return np.cross(first, second, axisa, axisb, axisc, axis)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    """Return ``numpy.linalg.norm``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.norm([3.0, 4.0])
    np.float32(5.0)
    """
    return np.linalg.norm(float_of(x), ord, axes_of(axis), keepdims)


def trace(x: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    """Return ``numpy.trace``, in the type of x.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.trace([[1.0, 2.0], [3.0, 4.0]])
    np.float32(5.0)
    """
    array = number_of(x)
    return np.trace(array, offset, axis1, axis2, array.dtype)


def inv(x: Any) -> Any:
    """Return ``numpy.linalg.inv``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.inv([[2.0, 0.0], [0.0, 4.0]])
    array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    return np.linalg.inv(float_of(x))


def det(x: Any) -> Any:
    """Return ``numpy.linalg.det``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.det([[2.0, 0.0], [0.0, 4.0]])
    np.float32(8.0)
    """
    return np.linalg.det(float_of(x))


def eigh(x: Any) -> Any:
    """Return ``numpy.linalg.eigh``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.eigh([[2.0, 0.0], [0.0, 4.0]])[0]
    array([2., 4.], dtype=float32)
    """
    return tuple(np.linalg.eigh(float_of(x)))


def slogdet(x: Any) -> Any:
    """Return sign and logarithm of the determinant.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.slogdet([[1.0, 0.0], [0.0, 1.0]])[1]
    np.float32(0.0)
    """
    return tuple(np.linalg.slogdet(float_of(x)))


def logdet(x: Any) -> Any:
    """Return the logarithm of the determinant of a positive definite matrix.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.logdet([[1.0, 0.0], [0.0, 1.0]])
    np.float32(0.0)
    """
    return np.linalg.slogdet(float_of(x))[1]


def pinv(x: Any, rcond: Any = None) -> Any:
    """Return ``numpy.linalg.pinv``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.pinv([[2.0]])
    array([[0.5]], dtype=float32)
    """
    array = float_of(x)
    return np.linalg.pinv(array) if rcond is None else np.linalg.pinv(array, rcond)


def qr(x: Any, mode: Any = "reduced") -> Any:
    """Return ``numpy.linalg.qr``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.qr([[2.0, 0.0], [0.0, 4.0]])[1].shape
    (2, 2)
    """
    return tuple(np.linalg.qr(float_of(x), mode))


def svd(x: Any, full_matrices: Any = True, compute_uv: Any = True) -> Any:
    """Return ``numpy.linalg.svd``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.svd([[2.0, 0.0], [0.0, 4.0]])[1]
    array([4., 2.], dtype=float32)
    """
    found: Any = np.linalg.svd(float_of(x), full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def cholesky(x: Any, upper: Any = False) -> Any:
    """Return ``numpy.linalg.cholesky``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.cholesky([[4.0]])
    array([[2.]], dtype=float32)
    """
    lower = np.linalg.cholesky(float_of(x))
    return np.swapaxes(lower, -1, -2) if upper else lower


def solve(a: Any, b: Any) -> Any:
    """Return ``numpy.linalg.solve``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.solve([[2.0]], [4.0])
    array([2.], dtype=float32)
    """
    return np.linalg.solve(*common_floats(a, b))


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Return the solution of ``numpy.linalg.lstsq``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.lstsq([[2.0]], [4.0])
    array([2.], dtype=float32)
    """
    left, right = common_floats(a, b)
    return np.linalg.lstsq(left, right, rcond=rcond)[0]


def corrcoef(x: Any) -> Any:
    """Return ``numpy.corrcoef``, in floats.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.corrcoef([[1.0, 2.0], [2.0, 4.0]]).shape
    (2, 2)
    """
    array = float_of(x)
    return np.corrcoef(array).astype(array.dtype)
