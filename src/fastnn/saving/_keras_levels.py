"""Keras' descriptions of models, each with its layers, their calls and the models in it.

A layer is described with the calls of it, whose tensors are named by the layer they come from, the
number of its call and the number of the result. What comes in was translated by `from_keras`.
"""

import collections
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from fastnn._registry import shorten
from fastnn._symbolic import Node, SymbolicTensor, sorted_nodes
from fastnn.saving import _keras_operations

_GRAPHS = ("Functional", "Model")  # "Model" in old files
MODELS = (*_GRAPHS, "Sequential")
_MAX_CALLS = 1 << 16  # of one layer


class _Reference(NamedTuple):
    """A tensor: a result of a call of a layer."""

    layer: str
    call: int
    result: int


_Given = tuple[list[_Reference], list[str] | None]  # of a call: tensors, and names if it is a dict


class Call(Node):
    """A call of a layer, or of a model that is one: then with several results, perhaps."""

    def __init__(self, entry: "Entry", inputs: tuple[SymbolicTensor, ...]) -> None:
        super().__init__(cast(Any, entry), inputs, ())
        count = 1 if entry.model is None else len(entry.model.outputs)
        self.results = [self.output, *(SymbolicTensor(self, ()) for _ in range(count - 1))]

    @property
    def entry(self) -> "Entry":
        return cast(Entry, self.layer)


class Entry:
    """A layer in a model's description, or a model."""

    def __init__(self, described: Any, models: "dict[Any, Level]") -> None:
        if not isinstance(described, dict) or not isinstance(described.get("class_name"), str):
            raise ValueError(f"bad layer in the model's configuration: {shorten(described)}")
        self.class_name: str = described["class_name"]
        config = described.get("config")
        if not isinstance(config, dict):
            raise ValueError(f"'config' of {shorten(self.class_name)} must be a dict")
        self.config: dict[str, Any] = config
        # Of a class of the user's own, which it is looked up by.
        known_as = ("module", "registered_name")
        self.known_as = {key: described[key] for key in known_as if key in described}
        name = described.get("name", config.get("name"))
        if not isinstance(name, str):
            raise ValueError(f"a layer without a name: {shorten(described)}")
        self.name = name
        # What Keras saved as one object has one number: then it is one layer in all models.
        shared = described.get("shared_object_id")
        self.key: Any = ("shared", shared) if isinstance(shared, int) else object()
        self.calls = described.get("inbound_nodes") or []
        if not isinstance(self.calls, list):
            raise ValueError(f"bad calls of layer {name!r}: {shorten(self.calls)}")
        operation = _keras_operations.read(self.class_name, self.calls)
        if operation is not None:
            self.class_name, self.calls = operation.class_name, [{"args": operation.tensors}]
            self.config = {"name": name, **operation.config}
        self.model: Level | None = None
        if self.class_name in MODELS:
            if self.key not in models:
                models[self.key] = read_level(self.class_name, config, models)
            self.model = models[self.key]


class Level(NamedTuple):
    """One of the models: its inputs, calls in order of execution, layers in Keras' order."""

    name: str
    inputs: list[Entry]
    input_keys: list[str] | None
    given: list[SymbolicTensor]
    calls: list[Call]
    layers: list[Entry]
    outputs: list[SymbolicTensor]
    output_keys: list[str] | None


# ---- one of the models ------------------------------------------------------------------------


def read_level(class_name: str, config: dict[str, Any], models: "dict[Any, Level]") -> Level:
    """Return what a model's configuration describes; `models` are those known, by their keys."""
    if not isinstance(config.get("layers"), list):
        raise ValueError(f"not the configuration of a model: {shorten(config)}")
    name = config.get("name")
    if not isinstance(name, str):
        raise ValueError(f"a model without a name: {shorten(config)}")
    entries = [Entry(described, models) for described in config["layers"]]
    if class_name == "Sequential":
        return _chain(name, entries, config.get("build_input_shape"))
    return _graph(name, entries, config)


def _chain(name: str, entries: list[Entry], built_for: Any) -> Level:
    if entries and entries[0].class_name == "InputLayer":
        entry, entries = entries[0], entries[1:]
    else:
        entry = _input_of(name, entries, built_for)
    given = tensor = _input_tensor(entry)
    calls = []
    for layer in entries:
        layer.config.pop("input_shape", None)  # said by `entry`
        calls.append(Call(layer, (tensor,)))
        if len(calls[-1].results) > 1:
            raise ValueError(f"model {layer.name!r} has several outputs, within a chain")
        tensor = calls[-1].output
    return Level(name, [entry], None, [given], calls, entries, [tensor], None)


def _input_of(name: str, entries: list[Entry], built_for: Any) -> Entry:
    """Return a declaration of the input of a chain that has none."""
    first = entries[0] if entries else None
    shape = built_for[1:] if isinstance(built_for, list) and built_for else None
    if shape is None and first is not None:
        shape = first.config.get("input_shape")
    if shape is None and first is not None and first.model is not None:
        return first.model.inputs[0]
    # A chain that is called by another model needs none: its place is taken by what it is given.
    config = {"name": f"{name}_input", **({} if shape is None else {"shape": shape})}
    return Entry({"class_name": "InputLayer", "config": config}, {})


def _input_tensor(entry: Entry) -> SymbolicTensor:
    """Return the tensor of a declaration; `sorted_nodes` ends there."""
    return Node(cast(Any, entry), (), ()).output


def _graph(name: str, entries: list[Entry], config: dict[str, Any]) -> Level:
    by_name = {entry.name: entry for entry in entries}
    if len(by_name) != len(entries):
        raise ValueError(f"model {name!r} has two layers of one name")
    in_refs, input_keys = _references(config.get("input_layers"), "input_layers")
    out_refs, output_keys = _references(config.get("output_layers"), "output_layers")
    inputs = []
    for ref in in_refs:
        entry = by_name.get(ref.layer)
        if entry is None or entry.class_name != "InputLayer":
            raise ValueError(f"{shorten(ref.layer)} is not an input of model {name!r}")
        inputs.append(entry)
    given = [_input_tensor(entry) for entry in inputs]
    made = dict(zip(((entry.name, 0) for entry in inputs), ([t] for t in given), strict=True))
    made |= _made_calls(name, entries, by_name, made, out_refs)
    outputs = [_tensor(made, ref, name) for ref in out_refs]
    followed = sorted(zip(output_keys, outputs, strict=True)) if output_keys else enumerate(outputs)
    nodes, layers, _ = sorted_nodes([tensor for _, tensor in followed], given)
    return Level(
        name, inputs, input_keys, given, cast(list[Call], nodes), cast(list[Entry], layers),
        outputs, output_keys,
    )  # fmt: skip


def _tensor(
    made: dict[tuple[str, int], list[SymbolicTensor]], ref: _Reference, name: str
) -> SymbolicTensor:
    results = made.get((ref.layer, ref.call))
    if results is None or ref.result >= len(results):
        raise ValueError(f"model {name!r} has no tensor {list(ref)}")
    return results[ref.result]


def _made_calls(
    name: str, entries: list[Entry], by_name: dict[str, Entry],
    inputs: dict[tuple[str, int], list[SymbolicTensor]], out_refs: list[_Reference],
) -> dict[tuple[str, int], list[SymbolicTensor]]:  # fmt: skip
    """Return the results of all calls, made when what they are given is there."""
    described = {
        (entry.name, i): _described_call(entry, call, by_name, name)
        for entry in entries
        for i, call in enumerate(entry.calls)
    }
    _count_from_zero(entries, described, out_refs)
    made = dict(inputs)
    waiting: dict[tuple[str, int], list[tuple[str, int]]] = collections.defaultdict(list)
    missing = {}
    for key, (refs, _) in described.items():
        needed = {(ref.layer, ref.call) for ref in refs} - set(inputs)
        missing[key] = len(needed)
        for other in needed:
            waiting[other].append(key)
    ready = [key for key, count in missing.items() if count == 0]
    while ready:
        key = ready.pop()
        refs, names = described[key]
        tensors = [_tensor(made, ref, name) for ref in refs]
        entry = by_name[key[0]]
        made[key] = Call(entry, _in_order(entry, tensors, names)).results
        for other in waiting[key]:
            missing[other] -= 1
            if missing[other] == 0:
                ready.append(other)
    stuck = sorted(layer for layer, call in described if (layer, call) not in made)
    if stuck:
        raise ValueError(
            f"the layers of model {name!r} wait for each other, or for one that is not there: "
            f"{shorten(stuck)}"
        )
    return made


def _in_order(
    entry: Entry, tensors: list[SymbolicTensor], names: list[str] | None
) -> tuple[SymbolicTensor, ...]:
    """Return what a layer is called on in the order of its inputs."""
    model = entry.model
    if model is None:
        return tuple(tensors)
    if len(tensors) != len(model.inputs):
        raise ValueError(
            f"model {entry.name!r} takes {len(model.inputs)} inputs, got {len(tensors)}"
        )
    wanted = model.input_keys or [each.name for each in model.inputs]
    if names is None and model.input_keys is not None:
        names = sorted(model.input_keys)
    if names is None:
        return tuple(tensors)
    if sorted(names) != sorted(wanted):
        raise ValueError(f"model {entry.name!r} has inputs {wanted}, got {shorten(names)}")
    by_name = dict(zip(names, tensors, strict=True))
    return tuple(by_name[each] for each in wanted)


# ---- references -------------------------------------------------------------------------------


def _reference(value: Any) -> _Reference | None:
    """Return the tensor that ``[layer, call, result]`` names, None for anything else."""
    if (
        isinstance(value, list)
        and len(value) == 3
        and isinstance(value[0], str)
        and all(type(part) is int and 0 <= part < _MAX_CALLS for part in value[1:])
    ):
        return _Reference(*value)
    return None


def _references(value: Any, what: str) -> tuple[list[_Reference], list[str] | None]:
    """Return the tensors of a model's inputs or outputs, and their names if they have any."""
    keys = list(value) if isinstance(value, dict) else None
    values = list(value.values()) if isinstance(value, dict) else value
    single = _reference(values)
    found = [single] if single else [_reference(v) for v in values if isinstance(values, list)]
    if not found or None in found:
        raise ValueError(f"bad {what!r} of a model: {shorten(value)}")
    return cast(list[_Reference], found), keys


def _described_call(entry: Entry, call: Any, by_name: dict[str, Entry], name: str) -> _Given:
    """Return what a layer is called on.

    `training` does not count: as in Keras 3, what the model is told comes before it.
    """
    names: list[str] | None = None
    if isinstance(call, list):  # of Keras 2
        refs = [_reference(part[:3] if isinstance(part, list) else part) for part in call]
        options: Any = {}
        for part in call:
            options |= part[3] if len(part) == 4 and isinstance(part[3], dict) else {}
    elif isinstance(call, dict):
        args, options = call.get("args"), call.get("kwargs") or {}
        if isinstance(args, list) and len(args) == 1 and isinstance(args[0], dict):
            names = None if "class_name" in args[0] else list(args[0])
        given = list(_leaves(args))
        refs = [_history(each) for each in given]
        if None in refs:
            what = given[refs.index(None)]
            raise ValueError(
                f"bad call of layer {entry.name!r}: {shorten(what)} is no tensor of a model"
            )
    else:
        refs, options = [], None
    if not refs or None in refs or not isinstance(options, dict):
        raise ValueError(f"bad call of layer {entry.name!r}: {shorten(call)}")
    missing = [ref.layer for ref in refs if ref is not None and ref.layer not in by_name]
    if missing:
        raise ValueError(
            f"layer {entry.name!r} is called on {shorten(missing[0])}, which model {name!r} has not"
        )
    said = {key: value for key, value in options.items() if key != "training"}
    surplus = {key: value for key, value in said.items() if any(_leaves(value))}
    if surplus:
        raise ValueError(
            f"layer {entry.name!r} is called with {shorten(surplus)}, which fastnn does not know"
        )
    return cast(list[_Reference], refs), names


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and "class_name" not in value:
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


def _history(tensor: Any) -> _Reference | None:
    """Return where a described tensor comes from."""
    if not isinstance(tensor, dict) or not isinstance(tensor.get("config"), dict):
        return None
    return _reference(tensor["config"].get("keras_history"))


def _count_from_zero(
    entries: list[Entry],
    described: dict[tuple[str, int], _Given],
    out_refs: list[_Reference],
) -> None:
    """Make the numbers of calls of models begin with 0.

    Keras 2 counts from 1, since a model by itself was its first call; Keras 3 does so in the
    outputs alone, and for chains not there either.
    """
    old = any(isinstance(call, list) for entry in entries for call in entry.calls)
    for entry in entries:
        if entry.model is None:
            continue
        used = [ref.call for ref in out_refs if ref.layer == entry.name]
        if old:
            used += [r.call for refs, _ in described.values() for r in refs
                     if r.layer == entry.name]  # fmt: skip
            first = 1 if used and min(used) == 1 else 0
        else:
            first = 1 if entry.class_name in _GRAPHS else 0
        if first == 0:
            continue
        places = [out_refs, *(refs for refs, _ in described.values() if old)]
        for refs in places:
            refs[:] = [r._replace(call=r.call - 1) if r.layer == entry.name else r for r in refs]
