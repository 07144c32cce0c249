"""Keras' own files: the zip archive ``.keras`` (or its folder) and weights in ``.weights.h5``.

Of an archive three members are read, by their names, into memory; nothing is unpacked to the
disk. What fastnn knows beyond Keras, the state of shuffles and masks, is kept in the metadata,
which Keras does not look at.
"""

import errno
import functools
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from fastnn import _custom
from fastnn._errors import ObjectError
from fastnn._registry import shorten
from fastnn.layers.base import Layer, WeightSpec
from fastnn.saving._build import class_entry, is_own, lists_layers, make_model, own_config
from fastnn.saving._files import checked, parse_json, write_atomically
from fastnn.saving._hdf5 import Group, open_hdf5
from fastnn.saving._hdf5_writer import hdf5_bytes
from fastnn.saving._keras_config import from_keras, to_keras
from fastnn.saving._keras_graph import (
    Stored,
    flattened,
    functional_config,
    has_models,
    stored_flat,
)
from fastnn.saving._keras_levels import MODELS
from fastnn.saving._keras_state import (
    layer_folder,
    layer_tree,
    matched,
    named_groups,
    optimizer_tree,
    read_layer,
    read_numbered,
    restore_optimizer,
    weights_in_order,
)
from fastnn.saving._told import made, objects, told_entry

if TYPE_CHECKING:
    from fastnn.models.model import Model

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
WRITTEN_AS = "3.15.0"  # the version of Keras whose format this is
_MAX_EXPANSION = 100  # of members of an archive
_SMALL = 1 << 20

_NO_WEIGHTS = "it holds no weights of a Keras model"

Members = Callable[[str], "bytes | None"]
Asked = list[tuple[Layer, list[WeightSpec]]]


# ---- the archive --------------------------------------------------------------------------


@contextmanager
def open_members(path: Path) -> Iterator[Members]:
    """Give a function that reads a member of an archive or a folder, None if it is not there."""
    if path.is_dir():
        yield lambda name: (path / name).read_bytes() if (path / name).is_file() else None
        return
    with _damage(), zipfile.ZipFile(path) as archive:
        yield lambda name: _read_member(archive, name)


@contextmanager
def _damage() -> Iterator[None]:
    """Turn what reading a damaged archive raises into a ValueError."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"damaged archive: {error}") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # which is for a place before the beginning of the file
            raise
        raise ValueError(f"damaged archive: {error}") from error


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes | None:
    members = [info for info in archive.infolist() if info.filename == name]
    if not members:
        return None
    if len(members) > 1:
        raise ValueError(f"the archive has {len(members)} members called {name!r}")
    info = members[0]
    if info.file_size > _SMALL + _MAX_EXPANSION * info.compress_size:
        raise ValueError(f"{name} claims {info.file_size} bytes of {info.compress_size} stored")
    with _damage(), archive.open(info) as member:
        content = member.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise ValueError(f"{name} has not the size that the archive states")
    return content


# ---- reading ------------------------------------------------------------------------------


def read_model(path: Path, with_compile: bool) -> "Model":
    """Return the model of a ``.keras`` archive or folder."""

    def read() -> "Model":
        with open_members(path) as members:
            text, weights = members(_CONFIG), members(_WEIGHTS)
            metadata = members(_METADATA)
        if text is None:
            raise ValueError(f"it has no {_CONFIG}: it is not a model of Keras")
        entry = parse_json(text, _CONFIG)
        if weights is None:
            raise ValueError(f"it has no {_WEIGHTS}")
        with open_hdf5(weights) as root:
            return _model(entry, root, metadata, with_compile)

    return checked(read, path)


def _model(
    entry: dict[str, Any], root: Group, metadata: bytes | None, with_compile: bool
) -> "Model":
    def read(stored: Stored, asked: Asked) -> list[list[NDArray[Any]]]:
        if layer_folder(root) is None:
            raise ValueError(_NO_WEIGHTS)
        return [
            matched(layer, specs, read_layer(root, stored.groups[layer.name]))
            for layer, specs in asked
        ]

    model, stored = described_model(entry, read)
    settings = entry.get("compile_config")
    if with_compile and settings:
        compile_from(model, settings)
        state = root.group("optimizer", "vars")
        if state is not None and model.built:
            restore_optimizer(model, weights_in_order(model, stored), read_numbered(state))
    if metadata is not None:
        restore_training(model, metadata)
    return model


def described_model(
    entry: dict[str, Any], read: "Callable[[Stored, Asked], list[list[NDArray[Any]]]] | None"
) -> "tuple[Model, Stored]":
    """Return the model that Keras describes, and where Keras keeps its weights.

    `read` finds the weights; None draws them.
    """
    name, config = entry.get("class_name"), entry.get("config")
    registered, own = entry.get("registered_name"), _custom.described(entry)
    if own is None and registered is not None and registered != name:
        raise ObjectError(
            f"{shorten(registered)} is not a model of Keras: if it is your own, {_custom.ADVICE}"
        )
    if not isinstance(config, dict) or not isinstance(name, str):
        raise ValueError(f"bad configuration of the model: {shorten(config)}")
    stored = None
    translated = from_keras(config) if own is None or lists_layers(own) else config
    if not isinstance(translated, dict):  # the description of something else
        raise ValueError(f"bad configuration of the model: {shorten(config)}")
    if own is None and name in MODELS and (name != "Sequential" or has_models(translated)):
        name, translated, stored = flattened(name, translated)

    def read_all(asked: Asked) -> list[list[NDArray[Any]]]:
        assert read is not None
        return read(stored or stored_flat([layer for layer, _ in asked]), asked)

    found = {**entry, "class_name": name, "config": translated}
    model: Model = make_model(found, None if read is None else read_all)
    if name == "Functional" and config.get("trainable") is False:
        model.trainable = False  # type: ignore[attr-defined]
    return model, stored or stored_flat(model.leaves)


def compile_from(model: "Model", settings: Any) -> None:
    """Compile a model as Keras' description says."""
    if not isinstance(settings, dict):
        raise ValueError(f"bad compile configuration: {shorten(settings)}")
    described = from_keras(settings)
    try:
        optimizer = described.get("optimizer")
        if isinstance(optimizer, dict):
            optimizer = made("optimizers", optimizer)
        model.compile(
            optimizer="rmsprop" if optimizer is None else optimizer,
            loss=objects("losses", described.get("loss")),
            loss_weights=described.get("loss_weights"),
            metrics=objects("metrics", described.get("metrics")),
            weighted_metrics=objects("metrics", described.get("weighted_metrics")),
            run_eagerly=described.get("run_eagerly") or False,
            steps_per_execution=described.get("steps_per_execution") or 1,
            jit_compile=described.get("jit_compile"),
        )
    except ValueError as error:
        kind = ObjectError if isinstance(error, ObjectError) else ValueError
        raise kind(
            f"{error} (compile=False loads the model without optimizer, loss and metrics)"
        ) from error


def restore_training(model: "Model", metadata: str | bytes) -> None:
    """Take over what fastnn wrote beside Keras' metadata."""
    from fastnn.saving.native import restore_training_state

    training = parse_json(metadata, _METADATA).get("fastnn")
    if training is not None:
        restore_training_state(model, training)


@contextmanager
def opened_weights(path: Path) -> Iterator[Group]:
    """Open the HDF5 of an archive, a folder or a file by itself."""
    if path.is_dir() or zipfile.is_zipfile(path):
        with open_members(path) as members:
            content = members(_WEIGHTS)
        if content is None:
            raise ValueError(f"it has no {_WEIGHTS}")
        with open_hdf5(content) as root:
            yield root
    else:
        with open_hdf5(path) as root:
            yield root


def weight_readers(
    root: Group, layers: list[Layer], wanted: list[Layer]
) -> list[Callable[[], list[NDArray[Any]]]]:
    """Return what reads the weights of each layer of `wanted`, one of the model's `layers`.

    Class and order say which they are, as in Keras; if the file's model has models in it, the names
    of the layers do.
    """
    if layer_folder(root) is None:
        raise ValueError(_NO_WEIGHTS)
    groups = named_groups(root) or stored_flat(layers).groups
    return [functools.partial(read_layer, root, groups.get(layer.name, ("",))) for layer in wanted]


# ---- writing ------------------------------------------------------------------------------


def write_model(model: "Model", path: Path, overwrite: bool, zipped: bool = True) -> None:
    """Write a model as Keras does, with optimiser and compile arguments."""
    members = {_METADATA: _metadata(model), _CONFIG: _config(model), _WEIGHTS: _state(model)}
    if zipped:
        write_atomically(path, overwrite, lambda target: _write_archive(target, members))
        return
    path.mkdir(exist_ok=True)
    for name, content in members.items():
        write_atomically(path / name, overwrite, functools.partial(put, content))


def put(content: bytes, path: Path) -> None:
    """Write a whole file."""
    path.write_bytes(content)


def _write_archive(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:  # stored, not compressed, as Keras does
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)


def write_weights(model: "Model", path: Path, overwrite: bool) -> None:
    """Write ``.weights.h5``."""
    write_atomically(path, overwrite, functools.partial(put, _state(model)))


def _metadata(model: "Model") -> bytes:
    import datetime

    from fastnn.saving.native import training_state

    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    return json.dumps(
        {"keras_version": WRITTEN_AS, "date_saved": now, "fastnn": training_state(model)}
    ).encode()


def _config(model: "Model") -> bytes:
    entry = full_entry(model)
    settings = model.get_compile_config()
    if settings:
        entry["compile_config"] = settings
    return json.dumps(entry, allow_nan=False).encode()


def full_entry(model: "Model") -> dict[str, Any]:
    """Return Keras' description of a model, with where the class is found there."""
    entry = model_entry(model)
    if is_own(model):
        return entry
    if entry["class_name"] == "Functional":
        entry |= {"module": "keras.src.models.functional", "registered_name": "Functional"}
    else:
        entry |= {"module": "keras", "registered_name": None}
    return entry


def model_entry(model: "Model") -> dict[str, Any]:
    """Return Keras' description of the layers."""
    from fastnn.models.functional import Functional

    if is_own(model) and not lists_layers(type(model)):
        return {**class_entry(model), "config": own_config(model)}
    config = model.get_config()
    for layer in config.get("inputs", config["layers"]):
        undeclared = layer["class_name"] == "InputLayer" and layer["config"]["dtype"] is None
        if undeclared and model.dtype != "float32":  # which Keras takes for what is not declared
            layer["config"]["dtype"] = model.dtype
    if isinstance(model, Functional):
        described = [to_keras(entry, "layers") for entry in config["inputs"] + config["layers"]]
        entries = {entry["config"]["name"]: entry for entry in described}
        return {"class_name": "Functional", "config": functional_config(model, entries)}
    config = {key: to_keras(value, key) for key, value in config.items()}
    return {**class_entry(model), "config": config}


def compile_entry(model: "Model", as_told: bool = True) -> dict[str, Any] | None:
    """Return Keras' description of what `compile` was told, None if nothing.

    `as_told` has names stay names; else all are objects.
    """
    compiled = model._compiled
    if compiled is None or compiled.optimizer is None:
        return None  # Keras' files have no compile without an optimiser
    settings = compiled.get_config()
    names = settings.pop("outputs", None)
    if names is not None and isinstance(model.output, dict):
        for key in ("loss", "loss_weights", "metrics", "weighted_metrics"):
            settings[key] = dict(zip(names, settings[key], strict=True))
    if settings["optimizer"]["config"].pop("exclude_from_weight_decay", None) is not None:
        raise ValueError(
            "Keras' files do not hold what exclude_from_weight_decay() was told: save as .fnn"
        )
    settings = {"loss_weights": None, **settings}
    described = {key: to_keras(item, key) for key, item in settings.items()}
    for key, item in told_entry(compiled).items() if as_told else ():
        with suppress(ValueError):  # of what only fastnn has a name for
            described[key] = to_keras(item, key)
    return described


def _state(model: "Model") -> bytes:
    """Return the HDF5 file of weights and optimiser."""
    tree: dict[str, Any] = {
        "vars": {"": {"name": model.name}},
        "layers": layer_tree(model.leaves, model.built),
    }
    if model.optimizer is not None and model.built:
        tree["optimizer"] = {"vars": optimizer_tree(model, model.optimizer)}
    return hdf5_bytes(tree)
