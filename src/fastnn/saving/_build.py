"""From a checked description and a source of weights to a model, and what describes its class."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastnn import _custom
from fastnn._errors import ObjectError
from fastnn._registry import shorten
from fastnn.layers._names import check_name

if TYPE_CHECKING:
    from fastnn.models._graph_config import ReadWeights


def make_model(entry: Mapping[str, Any], read: "ReadWeights | None") -> Any:
    """Return the model that is described, with the weights that `read` finds.

    With None they are drawn. A chain whose input shape is not known has none.
    """
    from fastnn.models.functional import Functional
    from fastnn.models.sequential import Sequential

    if (own := _custom.described(entry)) is not None:
        return own_model(own, entry, read)
    class_name, config = entry.get("class_name"), entry.get("config")
    if class_name == "Functional":
        return Functional.from_description(config, read)
    if class_name != "Sequential":
        registered = entry.get("registered_name") or class_name
        raise ObjectError(
            f"unknown model class {shorten(registered)}: if it is your own, {_custom.ADVICE}"
        )
    if read is None:
        return Sequential.from_config(config)
    model, shape = Sequential.unbuilt_from_config(config)
    if shape is not None:
        asked, sample = [], shape
        for layer in model.leaves:
            asked.append((layer, layer.weight_specs(sample)))
            sample = layer.output_shape_for(sample)
        model.build_with_weights(shape, read(asked))
    return model


def own_model(own: Any, entry: Mapping[str, Any], read: "ReadWeights | None") -> Any:
    """Return the model of the user's own class that is described; it makes its layers itself."""
    from fastnn.models.model import Model

    if not (isinstance(own, type) and issubclass(own, Model)):
        raise ObjectError(f"{shorten(own)} is no model: it was given for {shorten(entry)}")
    model: Any = _custom.made(own, entry)
    names = [check_name(name) for name in entry.get("layer_names") or ()]
    if len(set(names)) == len(names) == len(model.leaves):
        for layer, name in zip(model.leaves, names, strict=True):
            layer.name = name  # which the weights in the file are called by
    if read is not None and model.built:
        asked = [
            (layer, [] if layer._built_for is None else layer.weight_specs(layer._built_for))
            for layer in model.leaves
        ]
        for (layer, _), values in zip(asked, read(asked), strict=True):
            layer.set_weights(values)
    return model


def is_own(model: Any) -> bool:
    """Tell whether a model is of a class of the user's own."""
    return not type(model).__module__.startswith("fastnn.")


def lists_layers(cls: type) -> bool:
    """Tell whether the configuration of a class of chains is the usual one."""
    from fastnn.models.sequential import Sequential

    return getattr(cls, "get_config", None) is Sequential.get_config


def class_entry(model: Any) -> dict[str, Any]:
    """Return what names a model's class in a description."""
    cls = type(model)
    if not is_own(model):
        return {"class_name": cls.__name__}
    module = None if cls.__module__ == "__main__" else cls.__module__
    named = {} if lists_layers(cls) else {"layer_names": [layer.name for layer in model.leaves]}
    return {
        "module": module, "class_name": cls.__name__, "registered_name": _custom.name_of(cls),
        **named,
    }  # fmt: skip


def own_config(model: Any) -> Any:
    """Return a model's configuration as fastnn's own descriptions hold it."""
    from fastnn.saving.serialization import serialize_keras_object

    config = model.get_config()
    return serialize_keras_object(config) if is_own(model) else config
