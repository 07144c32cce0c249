"""From a checked configuration and a source of weights to a model."""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from fastnn._registry import shorten
from fastnn.layers.base import Layer, WeightSpec

# Returns the values of a layer's weights, whose number and shapes it has checked.
ReadWeights = Callable[[Layer, list[WeightSpec]], list[NDArray[Any]]]


def unbuilt_model(class_name: Any, config: Any) -> "tuple[Any, tuple[int, ...] | None]":
    """Return the model without weights, and the shape of one sample if it was known.

    A functional model has weights, drawn when its layers were called, which `build` replaces.
    """
    from fastnn.models.sequential import Sequential

    if class_name == "Functional":
        from fastnn.models.functional import Functional

        functional = Functional.from_config(config)
        return functional, functional.sample_shape
    if class_name != "Sequential":
        raise ValueError(f"unknown model class {shorten(class_name)}")
    return Sequential.unbuilt_from_config(config)


def build(model: Any, shape: tuple[int, ...], read: ReadWeights) -> None:
    """Give the layers the weights that `read` finds; nothing is drawn."""
    from fastnn.models.functional import Functional

    if isinstance(model, Functional):
        model.use_weights(
            [read(layer, layer.weight_specs(layer._require_built())) for layer in model.layers]
        )
        return
    weights, sample = [], shape
    for layer in model.layers:
        weights.append(read(layer, layer.weight_specs(sample)))
        sample = layer.output_shape_for(sample)
    model.build_with_weights(shape, weights)
