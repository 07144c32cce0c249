"""Models to files and back; one module per format."""

from typing import NoReturn

from fastnn.saving._api import load_model, load_weights, save_model, save_weights
from fastnn.saving.native import model_from_bytes as model_from_bytes
from fastnn.saving.native import model_to_bytes as model_to_bytes
from fastnn.saving.native import read_extra_metadata
from fastnn.saving.native import restore_training as restore_training

__all__ = ["load_model", "load_weights", "read_extra_metadata", "save_model", "save_weights"]


def __getattr__(name: str) -> NoReturn:
    from fastnn._keras_names import raise_absent

    raise_absent("saving", name)
