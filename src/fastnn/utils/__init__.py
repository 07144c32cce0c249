"""Helpers: seeds, one-hot columns, normalisation, data sets made of batches."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._custom import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from fastnn._errors import OutOfRangeError
from fastnn._lazy import make_lazy
from fastnn._messages import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from fastnn._random import check_seed, set_global_seed
from fastnn._validation import as_array, check_integer, check_number
from fastnn.layers._names import clear_names
from fastnn.utils.arrays import (
    is_keras_tensor,
    pack_x_y_sample_weight,
    pad_sequences,
    standardize_dtype,
    unpack_x_y_sample_weight,
)
from fastnn.utils.py_dataset import PyDataset

if TYPE_CHECKING:
    from fastnn.saving.serialization import deserialize_keras_object, serialize_keras_object
    from fastnn.utils.progbar import Progbar
    from fastnn.utils.split_dataset import split_dataset
    from fastnn.utils.timeseries import timeseries_dataset_from_array

__all__ = [
    "CustomObjectScope", "Progbar", "PyDataset", "Sequence", "clear_session",
    "custom_object_scope", "deserialize_keras_object", "disable_interactive_logging",
    "enable_interactive_logging", "get_custom_objects", "get_registered_name",
    "get_registered_object", "is_interactive_logging_enabled", "is_keras_tensor", "normalize",
    "pack_x_y_sample_weight", "pad_sequences", "register_keras_serializable",
    "serialize_keras_object", "set_random_seed", "split_dataset", "standardize_dtype",
    "timeseries_dataset_from_array", "to_categorical", "unpack_x_y_sample_weight",
]  # fmt: skip

Sequence = PyDataset  # its name in older Keras


def set_random_seed(seed: int) -> None:
    """Make everything random that follows reproducible.

    Initial weights, shuffling and dropout of layers and models made from now on depend on
    `seed` alone. As in Keras, the generators of Python and NumPy are seeded too.

    Parameters
    ----------
    seed : int in [0, 2**32)

    Raises
    ------
    ValueError
        If `seed` is none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.utils.set_random_seed(7)
    >>> first = fastnn.initializers.RandomNormal()((2,))
    >>> fastnn.utils.set_random_seed(7)
    >>> bool((first == fastnn.initializers.RandomNormal()((2,))).all())
    True
    """
    import random

    value = check_seed(seed)
    if value >= 2**32:
        raise ValueError(f"`seed` must be in [0, 2**32), got {seed}")
    random.seed(value)
    np.random.seed(value)  # noqa: NPY002 - Keras seeds the old generator, which users draw from
    set_global_seed(value)


def clear_session() -> None:
    """Start automatic names (``dense``, ``dense_1``) anew.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.utils.clear_session()
    >>> fastnn.layers.Dense(1).name, fastnn.layers.Dense(1).name
    ('dense', 'dense_1')
    """
    clear_names()


def to_categorical(x: ArrayLike, num_classes: int | None = None) -> NDArray[Any]:
    """Return one column per class, 1 in that of each class number.

    Parameters
    ----------
    x : array_like of int, any shape; a last axis of length 1 is dropped
    num_classes : int, default=None
        None takes the largest class number plus one.

    Returns
    -------
    ndarray of shape (..., num_classes), dtype=float64, as NumPy makes zeros

    Raises
    ------
    ValueError
        If `x` is empty without `num_classes`, or holds a number outside the classes.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.utils.to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    labels = as_array(x, "x")
    if labels.dtype.kind == "f" and not bool((labels == np.floor(labels)).all()):
        raise ValueError("`x` must hold whole numbers")
    labels = labels.astype(np.int64)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        if labels.size == 0:
            raise ValueError("`num_classes` must be given for an empty `x`")
        num_classes = max(int(labels.max()) + 1, 1)
    num_classes = check_integer(num_classes, "num_classes", 1)
    outside = (labels < 0) | (labels >= num_classes)
    if outside.any():
        raise OutOfRangeError(
            f"`x` must hold numbers in [0, {num_classes - 1}], got {labels[outside].flat[0]}"
        )
    columns: NDArray[Any] = np.zeros((labels.size, num_classes))
    columns[np.arange(labels.size), labels.ravel()] = 1
    return columns.reshape(*labels.shape, num_classes)


def normalize(x: ArrayLike, axis: int = -1, order: float = 2) -> NDArray[Any]:
    """Divide by the norm along an axis; rows of zeros stay.

    Parameters
    ----------
    x : array_like
    axis : int, default=-1
    order : float, default=2
        Of the norm, at least 1; infinity takes the largest absolute value.

    Returns
    -------
    ndarray of the shape and the floating-point type of x, float64 for other types

    Raises
    ------
    ValueError
        If `x` does not hold numbers or `axis` or `order` does not fit it.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.utils.normalize([[3.0, 4.0]])
    array([[0.6, 0.8]])
    """
    array = np.atleast_1d(as_array(x, "x"))
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    if order != np.inf and check_number(order, "order") < 1:
        raise ValueError(f"`order` must be at least 1, got {order!r}")
    if not -array.ndim <= check_integer(axis, "axis", -array.ndim) < array.ndim:
        raise OutOfRangeError(f"`axis` must be an axis of `x`, which has {array.ndim}, got {axis}")
    norm = np.atleast_1d(np.linalg.norm(array, order, axis))
    norm[norm == 0] = 1
    result: NDArray[Any] = array / np.expand_dims(norm, axis)
    return result


make_lazy(
    __name__,
    {
        "fastnn.saving.serialization": "deserialize_keras_object serialize_keras_object",
        "progbar": "Progbar",
        "split_dataset": "split_dataset",
        "timeseries": "timeseries_dataset_from_array",
    },
)
