"""The few functions of Keras' `backend` module that programs use outside of their computations."""

from typing import Any, NoReturn

from fastnn._keras_names import raise_absent
from fastnn.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from fastnn.layers._names import next_uid
from fastnn.utils import clear_session, is_keras_tensor, standardize_dtype

__all__ = [
    "backend", "clear_session", "epsilon", "floatx", "get_uid", "image_data_format",
    "is_float_dtype", "is_int_dtype", "is_keras_tensor", "set_epsilon", "set_floatx",
    "set_image_data_format", "standardize_dtype",
]  # fmt: skip


def get_uid(prefix: str = "") -> int:
    """Return how many times it was asked for that prefix since `clear_session`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.backend.clear_session()
    >>> fastnn.backend.get_uid("row"), fastnn.backend.get_uid("row")
    (1, 2)
    """
    return next_uid(prefix)


def is_float_dtype(dtype: Any) -> bool:
    """Tell whether a type is one of floating-point numbers.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.backend.is_float_dtype("float16")
    True
    """
    return standardize_dtype(dtype).startswith("float")


def is_int_dtype(dtype: Any) -> bool:
    """Tell whether a type is one of integers, with or without a sign.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.backend.is_int_dtype("uint8")
    True
    """
    return standardize_dtype(dtype).startswith(("int", "uint"))


def __getattr__(name: str) -> NoReturn:
    raise_absent("backend", name)
