"""Models to files and back, one module per format; objects of the user's own by name."""

from typing import NoReturn

from fastnn._custom import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from fastnn.saving._api import load_model, load_weights, save_model, save_weights
from fastnn.saving.native import model_from_bytes as model_from_bytes
from fastnn.saving.native import model_to_bytes as model_to_bytes
from fastnn.saving.native import read_extra_metadata
from fastnn.saving.native import restore_training as restore_training
from fastnn.saving.serialization import deserialize_keras_object, serialize_keras_object

__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "get_custom_objects",
    "get_registered_name", "get_registered_object", "load_model", "load_weights",
    "read_extra_metadata", "register_keras_serializable", "save_model", "save_weights",
    "serialize_keras_object",
]  # fmt: skip


def __getattr__(name: str) -> NoReturn:
    from fastnn._keras_names import raise_absent

    raise_absent("saving", name)
