"""From a checked configuration and a source of weights to a model."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from fastnn._registry import shorten
from fastnn.layers.base import Layer, WeightSpec

if TYPE_CHECKING:
    from fastnn.models.sequential import Sequential

# Returns the values of a layer's weights, whose number and shapes it has checked.
ReadWeights = Callable[[Layer, list[WeightSpec]], list[NDArray[Any]]]


def unbuilt_model(class_name: Any, config: Any) -> "tuple[Sequential, tuple[int, ...] | None]":
    """Return the model without weights, and the shape of one sample if it was known."""
    from fastnn.models.sequential import Sequential

    if class_name != "Sequential":
        raise ValueError(f"unknown model class {shorten(class_name)}")
    return Sequential.unbuilt_from_config(config)


def build(model: "Sequential", shape: tuple[int, ...], read: ReadWeights) -> None:
    """Give the layers the weights that `read` finds; nothing is drawn."""
    weights, sample = [], shape
    for layer in model.layers:
        weights.append(read(layer, layer.weight_specs(sample)))
        sample = layer.output_shape_for(sample)
    model.build_with_weights(shape, weights)
