"""Objects that `fit`, `evaluate` and `predict` call on their way."""

from typing import NoReturn

from fastnn._keras_names import raise_absent
from fastnn.callbacks.callback import Callback
from fastnn.callbacks.callback_list import CallbackList
from fastnn.callbacks.early_stopping import EarlyStopping
from fastnn.callbacks.history import History
from fastnn.callbacks.lambda_callback import LambdaCallback

__all__ = ["Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback"]


def __getattr__(name: str) -> NoReturn:
    raise_absent("callbacks", name)
