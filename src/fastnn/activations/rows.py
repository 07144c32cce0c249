"""Activations of all elements along an axis."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn.activations.base import as_float, checked_axis, compute, compute_along


def softmax(x: ArrayLike, axis: int | tuple[int, ...] = -1) -> NDArray[Any]:
    r"""Probabilities along an axis, :math:`e^{x_i} / \sum_j e^{x_j}`.

    Parameters
    ----------
    x : array_like of at least one dimension
    axis : int or tuple of int, default=-1
        Several axes count as one. In a layer only the last.

    Raises
    ------
    ValueError
        If `x` has no such axis.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.softmax([[0.0, 0.0]])
    array([[0.5, 0.5]], dtype=float32)
    """
    return compute_along("softmax", x, axis)


def log_softmax(x: ArrayLike, axis: int | tuple[int, ...] = -1) -> NDArray[Any]:
    r"""Logarithm of `softmax`, :math:`x_i - \log\sum_j e^{x_j}`.

    Parameters
    ----------
    x : array_like of at least one dimension
    axis : int or tuple of int, default=-1
        Several axes count as one. In a layer only the last.

    Raises
    ------
    ValueError
        If `x` has no such axis.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.log_softmax([[0.0, 100.0]])
    array([[-100.,    0.]], dtype=float32)
    """
    return compute_along("log_softmax", x, axis)


def sparsemax(x: ArrayLike, axis: int = -1) -> NDArray[Any]:
    r"""The nearest probabilities, :math:`\max(x_i - \tau, 0)` with a sum of 1.

    Martins and Astudillo, 2016 (arXiv 1602.02068). Small entries become 0.

    Parameters
    ----------
    x : array_like of at least one dimension
    axis : int, default=-1
        In a layer only the last axis.

    Raises
    ------
    ValueError
        If `x` has no such axis.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.sparsemax([[-1.0, 0.0, 0.5]])
    array([[0.  , 0.25, 0.75]], dtype=float32)
    """
    return compute_along("sparsemax", x, axis)


def glu(x: ArrayLike, axis: int = -1) -> NDArray[Any]:
    r"""Gated linear unit, :math:`a\,\sigma(b)` of the two halves a and b of an axis.

    Dauphin et al., 2016 (arXiv 1612.08083). A layer with it halves its last axis.

    Parameters
    ----------
    x : array_like of at least one dimension
    axis : int, default=-1
        An axis of even length.

    Raises
    ------
    ValueError
        If `x` has no such axis, or its length is odd.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.glu([[2.0, 4.0, 0.0, 0.0]])
    array([[1., 2.]], dtype=float32)
    """
    array = as_float(x)
    place = checked_axis(array, axis)
    if array.shape[place] % 2:
        raise ValueError(f"`axis` of glu must have an even length, got shape {array.shape}")
    value, gate = np.split(array, 2, axis=place)
    out: NDArray[Any] = value * compute("sigmoid", gate)
    return out
