"""Two parts of a data set."""

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._errors import WrongTypeError
from fastnn._registry import shorten
from fastnn._validation import as_array, check_bool
from fastnn.utils.samples import Samples


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Samples, Samples]:
    """Return the first samples and the last ones of a data set, such as for training and testing.

    Parameters
    ----------
    dataset : ndarray, list or tuple of ndarray, or samples by number
        Samples are rows, or tuples of one row of each array. Or an object with ``__len__`` and
        ``__getitem__`` that returns them, such as a data set of PyTorch's.
    left_size, right_size : float or int, default=None
        Share of the samples, between 0 and 1, or their number. None takes all that the other
        leaves; one of the two must be given.
    shuffle : bool, default=False
        Split in another order: that of Keras for the same seed.
    seed : int, default=None
    preferred_backend : None
        Keras' choice of the kind of the result.

    Returns
    -------
    left, right : Samples
        Can be iterated over; `batch` makes what `fit` takes.

    Raises
    ------
    TypeError
        If `dataset` is no such thing or a size no number.
    ValueError
        If the sizes are not within the data set.

    Examples
    --------
    >>> import fastnn, numpy
    >>> x, y = numpy.arange(20.0).reshape(10, 2), numpy.arange(10.0)
    >>> left, right = fastnn.utils.split_dataset((x, y), left_size=0.8, shuffle=True, seed=1)
    >>> len(left), len(right)
    (8, 2)
    >>> model = fastnn.Sequential([fastnn.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> fit = model.fit(left.batch(4), validation_data=right.batch(2), verbose=0)
    """
    if preferred_backend not in (None, "jax", "numpy", "tensorflow", "torch"):
        raise ValueError(f"`preferred_backend` must be None, got {preferred_backend!r}")
    arrays, alone = _arrays(dataset)
    count = len(arrays[0])
    left, right = _sizes(left_size, right_size, count)
    if check_bool(shuffle, "shuffle"):
        seed = random.randint(0, 1_000_000) if seed is None else seed
        order = list(range(count))
        random.Random(seed).shuffle(order)
        arrays = [array[order] for array in arrays]
    return (
        Samples(*(array[:left] for array in arrays), alone=alone),
        Samples(*(array[count - right :] for array in arrays), alone=alone),
    )


def _arrays(dataset: Any) -> tuple[list[NDArray[Any]], bool]:
    """Return the arrays that samples lie in, and whether one is a row instead of a tuple."""
    if isinstance(dataset, np.ndarray):
        if dataset.ndim == 0 or len(dataset) == 0:
            raise ValueError(f"`dataset` must have rows, got an array of shape {dataset.shape}")
        return [dataset], True
    if not isinstance(dataset, (list, tuple)):
        return _gathered(dataset)
    if not dataset:
        raise ValueError("`dataset` must hold arrays, got an empty list")
    for i, array in enumerate(dataset):
        if not isinstance(array, np.ndarray):
            raise WrongTypeError(
                f"`dataset[{i}]` must be a NumPy array, got {type(array).__name__}"
            )
        if array.ndim == 0 or len(array) != len(dataset[0]) or len(array) == 0:
            raise ValueError(
                f"arrays of `dataset` must have as many rows each, got shapes "
                f"{', '.join(str(np.shape(each)) for each in dataset)}"
            )
    return list(dataset), False


def _gathered(dataset: Any) -> tuple[list[NDArray[Any]], bool]:
    """Return the samples of an object that has them by number, as arrays."""
    if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
        raise WrongTypeError(
            "`dataset` must be an array, a list or tuple of arrays, or have __len__ and "
            f"__getitem__, got {shorten(dataset)}"
        )
    samples = [dataset[i] for i in range(len(dataset))]
    if not samples:
        raise ValueError("`dataset` is empty")
    if isinstance(samples[0], Sequence):
        return [as_array(np.stack(part), "dataset") for part in zip(*samples, strict=True)], False
    return [as_array(np.stack(samples), "dataset")], True


def _sizes(left: Any, right: Any, count: int) -> tuple[int, int]:
    """Return how many samples each part has."""
    if left is None and right is None:
        raise ValueError("`left_size` or `right_size` must be given")
    first, last = _size(left, "left_size", count), _size(right, "right_size", count)
    sizes = (
        count - (last or 0) if first is None else first,
        count - (first or 0) if last is None else last,
    )
    shares = isinstance(left, float) and isinstance(right, float) and left + right > 1
    if shares or sum(sizes) > count:
        raise ValueError(
            f"`left_size` and `right_size` must be at most {count} samples together, got {left!r} "
            f"and {right!r}"
        )
    if 0 in sizes:
        raise ValueError(
            f"`left_size={left!r}` and `right_size={right!r}` of {count} samples leave no sample "
            "on one side"
        )
    return sizes


def _size(given: Any, argument: str, count: int) -> int | None:
    if given is None:
        return None
    if isinstance(given, (bool, np.bool_)) or not isinstance(given, (int, float, np.number)):
        raise WrongTypeError(f"`{argument}` must be a number, got {given!r}")
    whole = isinstance(given, (int, np.integer))
    if not 0 < given < (count if whole else 1) or math.isnan(given):
        raise ValueError(
            f"`{argument}` must be a share between 0 and 1 or a number of samples below {count}, "
            f"got {given!r}"
        )
    return int(given) if whole else round(float(given) * count)
