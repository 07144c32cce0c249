"""Sorting, searching, counting, and sums by segments."""

from typing import Any

import numpy as np

from fastnn.ops._arrays import array_of, common, float_of, indices, no_sparse


def lowest(dtype: np.dtype[Any]) -> Any:
    """Return what every number of the type is at least."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def highest(dtype: np.dtype[Any]) -> Any:
    """Return what every number of the type is at most."""
    return np.inf if dtype.kind == "f" else np.iinfo(dtype).max


def by_segment(function: Any, array: Any, segment_ids: Any, count: int | None, start: Any) -> Any:
    """Return a reduction of the rows of each segment."""
    places = array_of(segment_ids).astype(np.intp)
    count = int(places.max(initial=-1)) + 1 if count is None else count
    inside = (places >= 0) & (places < count)
    out = np.full((count, *array.shape[1:]), start, array.dtype)
    function.at(out, places[inside], array[inside])
    return out


def sort(x: Any, axis: Any = -1) -> Any:
    """Return ``numpy.sort``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sort([3, 1, 2])
    array([1, 2, 3], dtype=int32)
    """
    return np.sort(array_of(x), axis)


def argsort(x: Any, axis: Any = -1) -> Any:
    """Return ``numpy.argsort``, stable, as int32.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.argsort([3, 1, 2])
    array([1, 2, 0], dtype=int32)
    """
    return indices(np.argsort(array_of(x), axis, kind="stable"))


def argpartition(x: Any, kth: Any, axis: Any = -1) -> Any:
    """Return ``numpy.argpartition``, as int32.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.argpartition([3, 1, 2], 1)
    array([1, 2, 0], dtype=int32)
    """
    return indices(np.argpartition(array_of(x), kth, axis))


def searchsorted(sorted_sequence: Any, values: Any, side: Any = "left") -> Any:
    """Return ``numpy.searchsorted``, as int32.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.searchsorted([1, 2, 3], 2)
    array(1, dtype=int32)
    """
    listed, given = common(sorted_sequence, values)
    return indices(np.searchsorted(listed, given, side))


def digitize(x: Any, bins: Any) -> Any:
    """Return ``numpy.digitize``, as int32.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.digitize([0.5, 2.5], [1.0, 2.0])
    array([0, 2], dtype=int32)
    """
    return indices(np.digitize(array_of(x), array_of(bins)))


def bincount(x: Any, weights: Any = None, minlength: Any = 0, sparse: Any = False) -> Any:
    """Return ``numpy.bincount``, for each row of two axes.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.bincount([0, 2, 2])
    array([1, 0, 2], dtype=int32)
    """
    no_sparse(sparse)
    array = array_of(x)
    if array.ndim == 2:
        width = max(minlength, int(array.max(initial=-1)) + 1)
        shares = [None] * len(array) if weights is None else array_of(weights)
        pairs = zip(array, shares, strict=True)
        return np.stack([bincount(row, share, width) for row, share in pairs])
    if weights is None:
        return indices(np.bincount(array, minlength=minlength))
    factors = array_of(weights)
    return np.bincount(array, factors, minlength).astype(factors.dtype)


def histogram(x: Any, bins: Any = 10, range: Any = None) -> Any:
    """Return ``numpy.histogram``: counts and edges.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.histogram([0.0, 1.0, 1.0], 2)[0]
    array([1, 2], dtype=int32)
    """
    array = float_of(x)
    counts, edges = np.histogram(array, bins, range)
    return indices(counts), edges.astype(array.dtype)


def top_k(x: Any, k: Any, sorted: Any = True) -> Any:
    """Return the k largest of the last axis, largest first, and their places.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.top_k([1.0, 3.0, 2.0], 2)[1]
    array([1, 2], dtype=int32)
    """
    array = array_of(x)
    last = array.shape[-1]
    if not 0 <= k <= last:
        raise ValueError(f"`k` must be in [0, {last}], got {k}")
    order = last - 1 - np.argsort(np.flip(array, -1), -1, kind="stable")
    places = np.flip(order, -1)[..., :k]
    return np.take_along_axis(array, places, -1), indices(places)


def in_top_k(targets: Any, predictions: Any, k: Any) -> Any:
    """Tell for each row whether fewer than k classes have more than the target.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.in_top_k([0, 1], [[0.9, 0.1], [0.8, 0.2]], 1)
    array([ True, False])
    """
    values = array_of(predictions)
    labels = array_of(targets).astype(np.intp)[:, None]
    inside = (labels >= 0) & (labels < values.shape[-1])
    of_target = np.take_along_axis(values, np.where(inside, labels, 0), -1)
    fewer = np.sum(values > of_target, -1) < k
    return fewer & inside[:, 0] & np.isfinite(of_target[:, 0])


def segment_sum(data: Any, segment_ids: Any, num_segments: Any = None, sorted: Any = False) -> Any:
    """Return the sum of the rows of each segment; rows with a number outside count nowhere.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.segment_sum([1.0, 2.0, 4.0], [0, 0, 1])
    array([3., 4.], dtype=float32)
    """
    array = array_of(data)
    return by_segment(np.add, array, segment_ids, num_segments, 0)


def segment_prod(data: Any, segment_ids: Any, num_segments: Any = None, sorted: Any = False) -> Any:
    """Return the prod of the rows of each segment; rows with a number outside count nowhere.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.segment_prod([1.0, 2.0, 4.0], [0, 0, 1])
    array([2., 4.], dtype=float32)
    """
    array = array_of(data)
    return by_segment(np.multiply, array, segment_ids, num_segments, 1)


def segment_max(data: Any, segment_ids: Any, num_segments: Any = None, sorted: Any = False) -> Any:
    """Return the max of the rows of each segment; rows with a number outside count nowhere.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.segment_max([1.0, 2.0, 4.0], [0, 0, 1])
    array([2., 4.], dtype=float32)
    """
    array = array_of(data)
    return by_segment(np.maximum, array, segment_ids, num_segments, lowest(array.dtype))


def segment_min(data: Any, segment_ids: Any, num_segments: Any = None, sorted: Any = False) -> Any:
    """Return the min of the rows of each segment; rows with a number outside count nowhere.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.segment_min([1.0, 2.0, 4.0], [0, 0, 1])
    array([1., 4.], dtype=float32)
    """
    array = array_of(data)
    return by_segment(np.minimum, array, segment_ids, num_segments, highest(array.dtype))
