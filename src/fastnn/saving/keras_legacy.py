"""Whole models and weights in HDF5 as Keras 2 wrote them and Keras 3 still does."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastnn.layers.base import Layer, WeightSpec
from fastnn.optimizers._variable import slot_order
from fastnn.saving._files import checked, parse_json, write_atomically
from fastnn.saving._hdf5 import Group, open_hdf5
from fastnn.saving._hdf5_writer import hdf5_bytes
from fastnn.saving._keras_graph import Stored
from fastnn.saving._keras_state import (
    matched,
    optimizer_values,
    restore_optimizer,
    weights_in_order,
)
from fastnn.saving.keras_format import (
    WRITTEN_AS,
    Asked,
    compile_entry,
    compile_from,
    described_model,
    model_entry,
    put,
    restore_training,
)

if TYPE_CHECKING:
    from fastnn.models.model import Model

# Parts of the names of optimiser weights in Keras 2, and the slots that they are in fastnn.
_SLOTS = {
    "m": "momentum", "v": "velocity", "vhat": "velocity_hat", "momentum": "momentum",
    "velocity": "velocity", "rms": "velocity", "mg": "average_gradient",
    "accumulator": "accumulator", "linear": "linear", "accum_grad": "accumulated_grad",
    "accum_var": "accumulated_delta_var",
}  # fmt: skip


def read_model(path: Path, with_compile: bool) -> "Model":
    """Return the model of an HDF5 file with the attribute ``model_config``."""

    def read() -> "Model":
        with open_hdf5(path) as root:
            text = root.text("model_config")
            if text is None:
                raise ValueError("it holds no model of Keras but weights or other data")
            entry = parse_json(text, "model_config")
            model, stored = described_model(
                entry, lambda stored, asked: _read_parts(weights_folder(root), stored, asked)
            )
            settings = root.text("training_config")
            if with_compile and settings is not None:
                arguments = parse_json(settings, "training_config")
                arguments["optimizer"] = arguments.pop("optimizer_config", None)
                for key in ("metrics", "weighted_metrics"):
                    _name_by_metric(arguments.get(key), model.output_names)
                compile_from(model, arguments)
                if model.built:
                    _restore_optimizer(model, root, stored)
            metadata = root.text("fastnn")
            if metadata is not None:
                restore_training(model, metadata)
            return model

    return checked(read, path)


def _name_by_metric(given: Any, outputs: list[str]) -> None:
    """Take the names of the outputs from those of metrics, in front of which Keras 2 wrote them."""
    if not isinstance(given, list) or len(given) != len(outputs) or len(outputs) < 2:
        return
    for output, metrics in zip(outputs, given, strict=True):
        for metric in metrics if isinstance(metrics, list) else ():
            config = metric.get("config") if isinstance(metric, dict) else None
            if isinstance(config, dict) and isinstance(config.get("name"), str):
                config["name"] = config["name"].removeprefix(f"{output}_")


def _read_parts(folder: Group, stored: Stored, asked: Asked) -> list[list[NDArray[Any]]]:
    """Return the weights of each layer; of a model they lie together, trained ones first."""
    known = {layer.name: (layer, specs) for layer, specs in asked}
    found: dict[str, list[NDArray[Any]]] = {}
    for name, part in stored.parts:
        places = [(layer, i) for layer in part if layer in known
                  for i in range(len(known[layer][1]))]  # fmt: skip
        places.sort(key=lambda place: not _is_trained(*known[place[0]], place[1]))
        values = read_layer(folder, name)
        if len(values) != len(places):
            raise ValueError(f"layer {name!r} has {len(places)} weights, the file {len(values)}")
        by_place = dict(zip(places, values, strict=True))
        for layer in part:
            if layer in known:
                found[layer] = [by_place[layer, i] for i in range(len(known[layer][1]))]
    return [matched(layer, specs, found[layer.name]) for layer, specs in asked]


def _is_trained(layer: Layer, specs: list[WeightSpec], index: int) -> bool:
    return layer.trainable and specs[index].learns


def is_legacy(root: Group) -> bool:
    """Tell whether an opened file has the layout of Keras 2."""
    return _has_layers(root) or root.group("model_weights") is not None


def _has_layers(group: Group) -> bool:
    return group.has_attribute("layer_names") or group.has_attribute("layer_names0")


def weights_folder(root: Group) -> Group:
    """Return the group that holds the layers' weights."""
    if _has_layers(root):
        return root
    group = root.group("model_weights")
    if group is None:
        raise ValueError("it holds no weights of a Keras model")
    return group


def read_layer(folder: Group, name: str) -> list[NDArray[Any]]:
    """Return the arrays of the layer of that name."""
    group = folder.group(name)
    return [] if group is None else _named(group)


def _named(group: Group) -> list[NDArray[Any]]:
    return [group.array(name) for name in group.texts("weight_names")]


def weight_readers(
    root: Group, layers: list[Layer], by_name: bool
) -> list[Callable[[], list[NDArray[Any]]] | None]:
    """Return what reads the weights of each layer: by its name, or as in Keras by its place.

    None stands for a layer that is not in the file, when names decide.
    """
    folder = weights_folder(root)
    stored = folder.texts("layer_names")
    if by_name:
        return [
            functools.partial(read_layer, folder, layer.name) if layer.name in stored else None
            for layer in layers
        ]
    with_weights = [n for n in stored if (g := folder.group(n)) and g.texts("weight_names")]
    if len(with_weights) != len(layers):
        within = _named_in_models(folder, with_weights)
        if set(within) == {layer.name for layer in layers}:
            return [functools.partial(_arrays, within[layer.name]) for layer in layers]
        raise ValueError(
            f"it has {len(with_weights)} layers with weights, the model has {len(layers)}"
        )
    return [functools.partial(read_layer, folder, name) for name in with_weights]


def _named_in_models(folder: Group, stored: list[str]) -> dict[str, list[tuple[Group, str]]]:
    """Return where the arrays of each layer are, also of those in models, by the layers' names.

    An array's name ends with that of its layer and its own.
    """
    found: dict[str, list[tuple[Group, str]]] = {}
    for outer in stored:
        group = folder.group(outer)
        for name in [] if group is None else group.texts("weight_names"):
            layer = name.split("/")[-2] if "/" in name else outer
            if group is not None:
                found.setdefault(layer, []).append((group, name))
    return found


def _arrays(places: list[tuple[Group, str]]) -> list[NDArray[Any]]:
    return [group.array(name) for group, name in places]


# ---- the optimiser ------------------------------------------------------------------------


def _restore_optimizer(model: "Model", root: Group, stored: Stored) -> None:
    group = root.group("optimizer_weights")
    if group is None:
        return
    values = _named(group)
    if not (root.text("keras_version") or "").startswith("3"):
        values = _in_order_of_keras_3(model, group.texts("weight_names"), values)
    restore_optimizer(model, weights_in_order(model, stored), values)


def _in_order_of_keras_3(
    model: "Model", names: list[str], values: list[NDArray[Any]]
) -> list[NDArray[Any]]:
    """Sort the optimiser's weights of Keras 2, whose slots are told by their names."""
    optimizer = model.require_optimizer()
    slots: dict[str, list[NDArray[Any]]] = {name: [] for name in optimizer.slot_names()}
    steps: list[NDArray[Any]] = []
    for name, value in zip(names, values, strict=True):
        parts = [part.partition(":")[0] for part in name.split("/")]
        slot = next((_SLOTS[p] for p in (parts[-1], *parts[:-1]) if p in _SLOTS), None)
        if parts[-1] in ("iter", "iteration"):
            steps.append(value)
        elif slot in slots:
            slots[slot].append(value)
    trained = [variable for variable in model.weights if variable.trainable]
    if len(steps) != 1 or any(len(found) != len(trained) for found in slots.values()):
        return values  # of another layout: left out with a warning
    head = [] if optimizer.schedule is not None else [np.float32(optimizer.learning_rate)]
    by_number = [*slots.values()]
    order = slot_order(optimizer, trained)
    return [steps[0], *map(np.asarray, head), *(by_number[s][v] for s, v in order)]


# ---- writing ------------------------------------------------------------------------------

_LIST_BYTES = 60_000  # of an attribute; Keras cuts longer lists into pieces too


def write_model(model: "Model", path: Path, overwrite: bool) -> None:
    """Write a whole model as Keras 3 still does."""
    from fastnn.saving.native import training_state

    facts = {
        "keras_version": WRITTEN_AS, "backend": "jax", "model_config": _json(model_entry(model)),
        "fastnn": _json({"fastnn": training_state(model)}),
    }  # fmt: skip
    settings = compile_entry(model, as_told=False)  # Keras 3.15 does not read all names there
    if settings is not None:
        settings["optimizer_config"] = settings.pop("optimizer")
        facts["training_config"] = _json(settings)
    layers = {layer.name: _layer_tree(layer, model) for layer in model.leaves}
    names = _listed("layer_names", [layer.name for layer in model.leaves])
    tree = {"": facts, "model_weights": {"": names, "top_level_model_weights": {}, **layers}}
    if model.optimizer is not None and model.built:
        values = optimizer_values(model, model.optimizer)
        tree["optimizer_weights"] = {
            "": _listed("weight_names", [str(i) for i in range(len(values))]),
            **{str(i): value for i, value in enumerate(values)},
        }
    write_atomically(path, overwrite, functools.partial(put, hdf5_bytes(tree)))


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, allow_nan=False)


def _layer_tree(layer: Layer, model: "Model") -> dict[str, Any]:
    weights = layer.weights if model.built else []
    return {
        "": _listed("weight_names", [weight.name for weight in weights]),
        **{weight.name: weight.numpy() for weight in weights},
    }


def _listed(name: str, texts: list[str]) -> dict[str, list[str]]:
    """Return a list of texts as attributes, in pieces if it is long."""
    width = max((len(text.encode()) for text in texts), default=1)
    step = max(1, _LIST_BYTES // max(1, width))
    if len(texts) <= step:
        return {name: texts}
    pieces = range(0, len(texts), step)
    return {f"{name}{i}": texts[start : start + step] for i, start in enumerate(pieces)}
