"""Models, and the functions that copy, save and load them."""

from typing import NoReturn

from fastnn._keras_names import raise_absent
from fastnn.models.functions import clone_model, model_from_json
from fastnn.models.sequential import Sequential
from fastnn.saving import load_model, save_model

__all__ = ["Sequential", "clone_model", "load_model", "model_from_json", "save_model"]


def __getattr__(name: str) -> NoReturn:
    raise_absent("models", name)
