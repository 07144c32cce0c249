"""Copies of models with new weights, or of other layers."""

from collections.abc import Callable
from typing import Any

from fastnn import _custom, optimizers
from fastnn._errors import WrongTypeError
from fastnn._registry import shorten
from fastnn._symbolic import SymbolicTensor, all_symbolic
from fastnn._validation import check_bool
from fastnn.layers.base import Layer
from fastnn.layers.input_layer import Input, InputLayer
from fastnn.layers.merging.base import Merge
from fastnn.models.described import Described
from fastnn.models.functional import Functional
from fastnn.models.model import Model
from fastnn.models.sequential import Sequential


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """Return a model of the same layers with new weights, compiled alike if the model is.

    Parameters
    ----------
    model : Model
    input_tensors : symbolic tensor, or list or dict of them, default=None
        Inputs of the copy, in the form of the model's `input`; None makes new ones.
    clone_function : callable, default=None
        Called with each layer, returns the layer to take; None makes an equal one. What returns
        the layer itself makes a model that shares its weights.
    call_function : callable, default=None
        Called with a layer and what it is to be called on, returns the result; for models made of
        symbolic tensors, not for `Sequential`.
    recursive : bool, default=False
        Go into models within a `Sequential`; without it `clone_function` gets them as they are.

    Raises
    ------
    ValueError
        If `model` is not a model of fastnn, or an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> copy = fastnn.models.clone_model(model)
    >>> copy.set_weights(model.get_weights())
    """
    if not isinstance(model, Model):
        raise WrongTypeError(f"`model` must be a model of fastnn, got {shorten(model)}")
    for name, given in (("clone_function", clone_function), ("call_function", call_function)):
        if given is not None and not callable(given):
            raise WrongTypeError(f"`{name}` must be a function, got {shorten(given)}")
    recursive = check_bool(recursive, "recursive")
    made: dict[int, Any] = {}

    def cloned(layer: Any) -> Any:
        if id(layer) not in made:
            made[id(layer)] = _clone(layer, clone_function, recursive)
        return made[id(layer)]

    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError("`call_function` is not for Sequential: its layers are only listed")
        copy: Any = _clone_chain(model, cloned, input_tensors)
    else:
        assert isinstance(model, Functional)
        copy = _clone_graph(model, cloned, input_tensors, call_function)
    if model._compiled is not None:
        optimizer = model.optimizer and _copied(optimizers, model.optimizer)
        copy.use_compiled(model._compiled.copy(optimizer))
        copy.loss = model.loss
    return copy


def _clone(layer: Any, clone_function: Callable[[Any], Any] | None, recursive: bool) -> Any:
    if isinstance(layer, Described) and (recursive or clone_function is None):
        return clone_model(layer, clone_function=clone_function, recursive=recursive)
    if clone_function is None:
        with _custom.seen() as own:
            config = layer.get_config()
        with _custom.supplied(own):  # what the layer has of the user's own, registered or not
            return type(layer).from_config(config)
    copy = clone_function(layer)
    if not isinstance(copy, (Layer, Described)):
        raise ValueError(f"`clone_function` must return a layer, got {shorten(copy)}")
    return copy


def _copied(family: Any, obj: Any) -> Any:
    """Return an equal object, which may be the user's own."""
    with _custom.seen() as own:
        described = family.serialize(obj)
    return family.deserialize(described, own)


def _clone_chain(model: Sequential, cloned: Callable[[Any], Any], input_tensors: Any) -> Sequential:
    copy = Sequential(name=model.name)
    entry: Any = None if model._input is None else _like_input(model._input)
    if input_tensors is not None:
        tensors = all_symbolic(input_tensors)
        if tensors is None or len(tensors) != 1:
            raise ValueError(
                f"`input_tensors` must be one symbolic tensor, got {shorten(input_tensors)}"
            )
        entry = tensors[0]
        if not isinstance(entry.node.layer, InputLayer):
            entry = Input(batch_shape=entry.shape, dtype=entry.dtype)
    if entry is not None:
        copy.add(entry)
    for part in model.layers:
        copy.add(cloned(part))
    if model.built and not copy.built:
        copy.build(model.input_shape)
    return copy


def _clone_graph(
    model: Functional, cloned: Callable[[Any], Any], input_tensors: Any,
    call_function: Callable[..., Any] | None,
) -> Functional:  # fmt: skip
    like = model.input
    if input_tensors is None:
        inputs = _mapped(like, lambda tensor: _like_input(tensor.node.layer))
    else:
        inputs = input_tensors
        keys = [set(value) if isinstance(value, dict) else None for value in (inputs, like)]
        found = all_symbolic(inputs)
        if found is None or len(found) != len(model.inputs) or keys[0] != keys[1]:
            raise ValueError(
                f"`input_tensors` must be symbolic tensors in the form of the model's input, "
                f"{shorten(like)}, got {shorten(inputs)}"
            )
        if isinstance(like, dict):
            inputs = {key: inputs[key] for key in like}
    tensors = {
        id(old): new for old, new in zip(model.inputs, all_symbolic(inputs) or [], strict=True)
    }
    for node in model._nodes:
        given = [tensors[id(tensor)] for tensor in node.inputs]
        layer, argument = cloned(node.layer), given if isinstance(node.layer, Merge) else given[0]
        result = layer(argument) if call_function is None else call_function(layer, argument)
        if not isinstance(result, SymbolicTensor):
            raise ValueError(f"`call_function` must return a tensor, got {shorten(result)}")
        tensors[id(node.output)] = result
    outputs = _mapped(model.output, lambda tensor: tensors[id(tensor)])
    return Functional(inputs, outputs, name=model.name)


def _mapped(value: Any, function: Callable[[Any], Any]) -> Any:
    """Apply a function to a tensor, or to each in a list or dict."""
    if isinstance(value, dict):
        return {key: function(each) for key, each in value.items()}
    return [function(each) for each in value] if isinstance(value, list) else function(value)


def _like_input(layer: Any) -> SymbolicTensor:
    return InputLayer.from_config(layer.get_config()).symbolic
