"""The few functions of Keras' `backend` module that programs use outside of their computations."""

from typing import NoReturn

from fastnn._keras_names import raise_absent
from fastnn.config import backend, epsilon, floatx, image_data_format, set_floatx
from fastnn.utils import clear_session

__all__ = ["backend", "clear_session", "epsilon", "floatx", "image_data_format", "set_floatx"]


def __getattr__(name: str) -> NoReturn:
    raise_absent("backend", name)
