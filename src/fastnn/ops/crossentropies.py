"""Cross-entropies and statistics."""

import math
from typing import Any

import numpy as np

from fastnn.ops._arrays import array_of, axes_of, common_floats, float_of


def logs(given: Any, from_logits: bool, axis: int) -> Any:
    """Return the logarithms of probabilities, or of the softmax of logits."""
    if from_logits:
        shifted = given - np.max(given, axis, keepdims=True)
        return shifted - np.log(np.sum(np.exp(shifted), axis, keepdims=True))
    shares = given / np.sum(given, axis, keepdims=True)
    return np.log(np.clip(shares, 1e-7, 1 - 1e-7))


def erf(x: Any) -> Any:
    """Return the error function.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.erf(0.0)
    array(0., dtype=float32)
    """
    array = float_of(x)
    return np.vectorize(math.erf, otypes=[array.dtype])(array)


def erfc(x: Any) -> Any:
    """Return 1 - erf(x).

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.erfc(0.0)
    array(1., dtype=float32)
    """
    array = float_of(x)
    return np.vectorize(math.erfc, otypes=[array.dtype])(array)


def binary_crossentropy(target: Any, output: Any, from_logits: Any = False) -> Any:
    """Return -t log(p) - (1 - t) log(1 - p) of every element; p is kept 1e-7 from 0 and 1.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.binary_crossentropy([1.0], [1.0], from_logits=True).shape
    (1,)
    """
    goal, given = common_floats(target, output)
    if from_logits:
        tail = np.log1p(np.exp(-np.abs(given)))
        return np.maximum(given, 0) - given * goal + tail
    kept = np.clip(given, 1e-7, 1 - 1e-7)
    return -(goal * np.log(kept) + (1 - goal) * np.log(1 - kept))


def categorical_crossentropy(
    target: Any, output: Any, from_logits: Any = False, axis: Any = -1
) -> Any:
    """Return -sum(t log(p)) along an axis; p is divided by its sum and kept 1e-7 from 0 and 1.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.categorical_crossentropy([0.0, 1.0], [0.5, 0.5]).shape
    ()
    """
    goal, given = common_floats(target, output)
    return -np.sum(goal * logs(given, from_logits, axis), axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: Any = False, axis: Any = -1
) -> Any:
    """Return -log(p) of the class that `target` numbers; see `categorical_crossentropy`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).shape
    (1,)
    """
    given = float_of(output)
    labels = array_of(target)
    if labels.ndim == given.ndim and labels.shape[-1] == 1:
        labels = np.squeeze(labels, -1)
    places = np.expand_dims(labels.astype(np.intp), axis)
    found = np.take_along_axis(logs(given, from_logits, axis), places, axis)
    return -np.squeeze(found, axis)


def moments(x: Any, axes: Any, keepdims: Any = False, synchronized: Any = False) -> Any:
    """Return mean and variance.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.moments([1.0, 3.0], 0)[1]
    np.float32(1.0)
    """
    if synchronized:
        raise ValueError("`synchronized` must be False: there is one process")
    array, over = float_of(x), axes_of(axes)
    return np.mean(array, over, keepdims=keepdims), np.var(array, over, keepdims=keepdims)


def normalize(x: Any, axis: Any = -1, order: Any = 2, epsilon: Any = None) -> Any:
    """Return x divided by its norm along an axis, at least `epsilon` (1e-7).

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.normalize([3.0, 4.0])
    array([0.6, 0.8], dtype=float32)
    """
    array = float_of(x)
    norm = np.linalg.norm(array, order, axes_of(axis), keepdims=True)
    return array / np.maximum(norm, 1e-7 if epsilon is None else epsilon)
