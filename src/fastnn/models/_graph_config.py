"""Configurations of functional models, checked before anything is built."""

from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import NDArray

from fastnn._registry import shorten
from fastnn._validation import check_integer
from fastnn.layers import REGISTRY as LAYERS
from fastnn.layers.base import Layer, WeightSpec
from fastnn.layers.input_layer import InputLayer
from fastnn.layers.merging.base import Merge

# Returns the weights of each of the layers, whose numbers and shapes it has checked.
ReadWeights = Callable[[list[tuple[Layer, list[WeightSpec]]]], list[list[NDArray[Any]]]]

_KNOWN = {"name", "inputs", "layers", "nodes", "outputs", "input_keys", "output_keys"}


class Graph(NamedTuple):
    """What a configuration describes.

    Tensors are numbered: the inputs, then the result of each node, which is the number of a layer
    and those of the tensors it is called on.
    """

    inputs: list[InputLayer]
    layers: list[Layer]
    nodes: list[tuple[int, list[int]]]
    outputs: list[int]

    def build(self, read: ReadWeights) -> None:
        """Build the layers with the weights that `read` finds; nothing is drawn."""
        shapes = [each.shape for each in self.inputs]
        first: dict[int, tuple[int, ...]] = {}  # sample on which a layer is called first
        for number, given in self.nodes:
            layer = self.layers[number]
            if isinstance(layer, Merge):
                layer.check_shapes([shapes[i] for i in given])
                shapes.append(layer.merged_shape([shapes[i] for i in given]))
            else:
                first.setdefault(number, shapes[given[0]])
                shapes.append(layer.output_shape_for(shapes[given[0]]))
        asked = [(self.layers[i], self.layers[i].weight_specs(shape)) for i, shape in first.items()]
        for (layer, _), shape, values in zip(asked, first.values(), read(asked), strict=True):
            layer.build_for(shape, values)


def read_graph(config: Any) -> Graph:
    """Return what a configuration of `Functional.get_config` describes, without weights.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(config, dict) or not set(config) <= _KNOWN:
        raise ValueError(f"not the configuration of a functional model: {shorten(config)}")
    inputs = [LAYERS.deserialize(entry) for entry in _entries(config, "inputs")]
    if not inputs or not all(isinstance(each, InputLayer) for each in inputs):
        raise ValueError("the configuration's `inputs` are not all of the class InputLayer")
    layers: list[Any] = [LAYERS.deserialize(entry) for entry in _entries(config, "layers")]
    nodes: list[tuple[int, list[int]]] = []
    for entry in _entries(config, "nodes"):
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[1], list):
            raise ValueError(f"bad node in the model's configuration: {shorten(entry)}")
        layer = _number(entry[0], len(layers), "a node's layer")
        known = len(inputs) + len(nodes)
        given = [_number(t, known, "a node's input") for t in entry[1]]
        single = not isinstance(layers[layer], Merge)
        if isinstance(layers[layer], InputLayer) or not given or (single and len(given) > 1):
            raise ValueError(f"bad node in the model's configuration: {shorten(entry)}")
        nodes.append((layer, given))
    count = len(inputs) + len(nodes)
    outputs = [_number(t, count, "an output") for t in _entries(config, "outputs")]
    return Graph(inputs, layers, nodes, outputs)  # type: ignore[arg-type]


def named(tensors: list[Any], keys: Any) -> Any:
    """Return tensors by the names of a configuration, or the list if it has none."""
    if keys is None:
        return tensors
    if (
        not isinstance(keys, list)
        or len(keys) != len(tensors)
        or not all(isinstance(key, str) for key in keys)
        or len(set(keys)) != len(keys)
    ):
        raise ValueError(f"bad names in the model's configuration: {shorten(keys)}")
    return dict(zip(keys, tensors, strict=True))


def _entries(config: dict[str, Any], key: str) -> list[Any]:
    value = config.get(key)
    if not isinstance(value, list):
        raise ValueError(f"the model's configuration has no list {key!r}: {shorten(config)}")
    return value


def _number(value: Any, count: int, what: str) -> int:
    number = check_integer(value, what, 0)
    if number >= count:
        raise ValueError(f"{what} in the model's configuration is {number} of {count}")
    return number
