"""Models of Keras, with models in them, to one graph of layers, and back.

fastnn's models have no models in them: here the layers of all become those of one, and it is noted
where Keras keeps their weights, which goes by its own order of layers (`sorted_nodes`) in each.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from fastnn.layers._names import snake_case
from fastnn.layers.base import Layer
from fastnn.saving._keras_levels import MODELS, Entry, Level, read_level
from fastnn.saving._keras_operations import arguments

if TYPE_CHECKING:
    from fastnn._symbolic import SymbolicTensor
    from fastnn.models.functional import Functional

_MAX_CALLS = 1 << 16  # of layers, counting those of a model each time that it is called

_Path = tuple[str, ...]


class Stored(NamedTuple):
    """Where Keras keeps the weights of a model's layers.

    `groups`: the HDF5 groups that lead to each layer, by its name. `parts`: the layers of the
    outermost model in Keras' order, each with the layers that it consists of: itself, or those of
    a model.
    """

    groups: dict[str, _Path]
    parts: list[tuple[str, list[str]]]


def has_models(config: Any) -> bool:
    """Tell whether a description of a chain has models among its layers."""
    layers = config.get("layers") if isinstance(config, dict) else None
    return isinstance(layers, list) and any(
        isinstance(layer, dict) and layer.get("class_name") in MODELS for layer in layers
    )


def flattened(class_name: str, config: dict[str, Any]) -> "tuple[str, dict[str, Any], Stored]":
    """Return class and configuration of fastnn's model, and where its weights are."""
    return _Flat(class_name, read_level(class_name, config, {})).described()


# ---- all of them ------------------------------------------------------------------------------


class _Flat:
    """The layers of all models as those of one."""

    def __init__(self, class_name: str, top: Level) -> None:
        self.class_name, self.top = class_name, top
        self.layers: dict[Any, int] = {}  # numbers of layers, by their keys
        self.entries: list[Entry] = []
        self.nodes: list[tuple[int, list[int]]] = []
        self.calls = 0
        self.outputs = self._follow(top, list(range(len(top.inputs))))
        self.names = self._names()

    def _follow(self, level: Level, given: list[int]) -> list[int]:
        """Call the layers of a model on tensors; returns the numbers of its outputs."""
        number = {id(tensor): n for tensor, n in zip(level.given, given, strict=True)}
        for call in level.calls:
            self.calls += 1
            if self.calls > _MAX_CALLS:
                raise ValueError(f"the model calls layers more than {_MAX_CALLS} times")
            entry, tensors = call.entry, [number[id(tensor)] for tensor in call.inputs]
            if entry.model is not None:
                results = self._follow(entry.model, tensors)
            else:
                if entry.key not in self.layers:
                    self.layers[entry.key] = len(self.entries)
                    self.entries.append(entry)
                results = [len(self.top.inputs) + len(self.nodes)]
                self.nodes.append((self.layers[entry.key], tensors))
            for tensor, result in zip(call.results, results, strict=True):
                number[id(tensor)] = result
        return [number[id(tensor)] for tensor in level.outputs]

    def _names(self) -> list[str]:
        """Return a name for each layer: its own, or one that the others have not.

        What a model within gives as an output is called by that model's name, as Keras calls it
        in losses and metrics.
        """
        outermost = {entry.key: entry.name for entry in self.top.layers}
        names: list[str | None] = [outermost.get(entry.key) for entry in self.entries]
        taken = {entry.name for entry in self.top.inputs} | {name for name in names if name}
        for tensor, number in zip(self.top.outputs, self.outputs, strict=True):
            place = number - len(self.top.inputs)
            layer = self.nodes[place][0] if place >= 0 else -1
            model = cast(Entry, tensor.node.layer)
            if layer >= 0 and names[layer] is None and model.model is not None:
                names[layer] = _free(model.name, taken)
        owners = dict(self._owners(self.top))
        for i, entry in enumerate(self.entries):
            if names[i] is None:
                name = entry.name if entry.name not in taken else f"{owners[i]}_{entry.name}"
                names[i] = _free(name, taken)
        return cast(list[str], names)

    def _owners(self, level: Level) -> Iterator[tuple[int, str]]:
        """Give the number of each layer and the name of the model that it is in."""
        for entry in level.layers:
            if entry.model is not None:
                yield from self._owners(entry.model)
            elif entry.key in self.layers:
                yield self.layers[entry.key], level.name

    def stored(self) -> Stored:
        """Return where the weights are."""
        groups: dict[str, _Path] = {}
        parts: list[tuple[str, list[str]]] = []

        def walk(level: Level, path: _Path, part: list[str] | None) -> None:
            counts: dict[str, int] = {}
            for entry in level.layers:
                group = numbered(snake_case(entry.class_name), counts)
                found = part
                if found is None:
                    found = []
                    parts.append((entry.name, found))
                if entry.model is not None:
                    walk(entry.model, (*path, group), found)
                elif entry.key in self.layers:
                    name = self.names[self.layers[entry.key]]
                    groups.setdefault(name, (*path, group))
                    found.append(name)

        walk(self.top, (), None)
        return Stored(groups, parts)

    def described(self) -> tuple[str, dict[str, Any], Stored]:
        entries = [
            {
                "class_name": entry.class_name,
                **entry.known_as,
                "config": {**entry.config, "name": name},
            }
            for entry, name in zip(self.entries, self.names, strict=True)
        ]
        inputs = [
            {"class_name": "InputLayer", "config": {**entry.config, "name": entry.name}}
            for entry in self.top.inputs
        ]
        if self.class_name == "Sequential" and self._is_chain():
            chain = {"name": self.top.name, "layers": [*inputs, *entries]}
            return "Sequential", chain, self.stored()
        config = {
            "name": self.top.name,
            "inputs": inputs,
            "layers": entries,
            "nodes": [list(node) for node in self.nodes],
            "outputs": self.outputs,
            "input_keys": self.top.input_keys,
            "output_keys": self.top.output_keys,
        }
        return "Functional", config, self.stored()

    def _is_chain(self) -> bool:
        return len(self.top.inputs) == 1 and all(
            layer == i and given == [i] for i, (layer, given) in enumerate(self.nodes)
        ) and self.outputs == [len(self.nodes)]  # fmt: skip


def numbered(base: str, counts: dict[str, int]) -> str:
    """Return a name that is new in `counts`: ``dense``, ``dense_1`` and so on."""
    count = counts.get(base, 0)
    counts[base] = count + 1
    return f"{base}_{count}" if count else base


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a number if others have it, and note it as taken."""
    found, count = name, 0
    while found in taken:
        count += 1
        found = f"{name}_{count}"
    taken.add(found)
    return found


# ---- writing ----------------------------------------------------------------------------------


def stored_flat(layers: list[Layer]) -> Stored:
    """Return where Keras looks for the weights of a model of these layers."""
    counts: dict[str, int] = {}
    groups: dict[str, _Path] = {
        layer.name: (numbered(snake_case(type(layer).__name__), counts),) for layer in layers
    }
    return Stored(groups, [(layer.name, [layer.name]) for layer in layers])


def functional_config(model: "Functional", layer_entries: dict[str, dict[str, Any]]) -> Any:
    """Return Keras' configuration of a model, given those of its inputs and layers by name."""
    tensors: dict[int, list[Any]] = {}
    calls: dict[str, list[Any]] = {name: [] for name in layer_entries}
    for tensor in model.inputs:
        tensors[id(tensor)] = [tensor.name, 0, 0]
    for node in model.nodes:
        given = [_keras_tensor(tensor, tensors[id(tensor)]) for tensor in node.inputs]
        args = arguments(node.layer, given)
        tensors[id(node.output)] = [node.layer.name, len(calls[node.layer.name]), 0]
        calls[node.layer.name].append({"args": args, "kwargs": {}})

    def ends(given: Any) -> Any:
        if isinstance(given, dict):
            return {key: tensors[id(tensor)] for key, tensor in given.items()}
        if isinstance(given, list):
            return [tensors[id(tensor)] for tensor in given]
        return tensors[id(given)]

    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": [
            {**entry, "name": name, "inbound_nodes": calls[name]}
            for name, entry in layer_entries.items()
        ],
        "input_layers": ends(model.input),
        "output_layers": ends(model.output),
    }


def _keras_tensor(tensor: "SymbolicTensor", history: list[Any]) -> dict[str, Any]:
    config = {"shape": list(tensor.shape), "dtype": tensor.dtype, "keras_history": history}
    return {"class_name": "__keras_tensor__", "config": config}
