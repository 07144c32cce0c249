"""Functions on models."""

from collections.abc import Callable
from typing import Any

from fastnn._registry import shorten
from fastnn._validation import check_bool, reject
from fastnn.layers.base import Layer
from fastnn.models.model import Model
from fastnn.models.sequential import Sequential


def clone_model(
    model: Any,
    input_tensors: None = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: None = None,
    recursive: bool = False,
) -> Any:
    """Return a model of the same layers with new weights, not compiled.

    Parameters
    ----------
    model : Model
    input_tensors, call_function : None
        Keras' further arguments; fastnn has none of them.
    clone_function : callable, default=None
        Called with each layer, returns the layer to take; None makes an equal one.
    recursive : bool, default=False
        Without effect: models are not nested.

    Raises
    ------
    ValueError
        If `model` is not a model of fastnn, or `clone_function` does not return a new layer.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> copy = fastnn.models.clone_model(model)
    >>> copy.set_weights(model.get_weights())
    """
    if not isinstance(model, Model):
        raise ValueError(f"`model` must be a model of fastnn, got {shorten(model)}")
    reject(
        "clone_model",
        input_tensors=(input_tensors, (None,)),
        call_function=(call_function, (None,)),
    )
    check_bool(recursive, "recursive")
    if clone_function is None:
        return type(model).from_config(model.get_config())
    if not callable(clone_function):
        raise ValueError(f"`clone_function` must be a function, got {shorten(clone_function)}")
    if not isinstance(model, Sequential):
        raise ValueError("`clone_function` is for Sequential models")
    copy = Sequential(name=model.name)
    for layer in model.layers:
        copy.add(clone_function(layer))
    if model.built and not copy.built:
        copy.build(model.input_shape)
    return copy


def model_from_json(json_string: str, custom_objects: None = None) -> Any:
    """Return the model that `to_json` of fastnn or Keras described, with new weights.

    Parameters
    ----------
    json_string : str
    custom_objects : None
        Keras' classes of the user's own; fastnn has none of them.

    Raises
    ------
    ValueError
        If it is not such a description.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> fastnn.models.model_from_json(model.to_json()).count_params()
    3
    """
    from fastnn.saving._build import make_model
    from fastnn.saving._files import parse_json

    reject("model_from_json", custom_objects=(custom_objects, (None, {})))
    if not isinstance(json_string, str):
        raise ValueError(f"`json_string` must be a string, got {shorten(json_string)}")
    described = parse_json(json_string, "`json_string`")
    if "module" in described or "registered_name" in described:
        from fastnn.saving.keras_format import described_model

        return described_model(described, None)[0]
    return make_model(described.get("class_name"), described.get("config"), None)
