"""fastnn's own format: one safetensors file, whose metadata holds versioned JSON.

Tensors: ``layer/weight`` for weights, ``optimizer/slot/layer/weight`` for optimiser slots.
What only saving and loading need is imported there, so that `import fastnn` stays quick.
Nothing in a file is run: classes come from the registries, by name. Every size, shape, dtype
and name is checked before anything is built, and a bad file gives a ValueError.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastnn import _custom
from fastnn._compile import Compiled
from fastnn._errors import DamagedFileError, MissingFileError
from fastnn._random import check_seed
from fastnn._registry import shorten
from fastnn._validation import check_integer
from fastnn.layers.base import Layer, WeightSpec
from fastnn.saving._build import class_entry, make_model, own_config
from fastnn.saving._files import as_path, checked, parse_json, write_atomically
from fastnn.saving._told import told_entry, told_from

if TYPE_CHECKING:
    from pathlib import Path

    from fastnn.models.model import Model

_KEY = "fastnn"  # of the metadata entry
_VERSION = 1
_DTYPES = {"F32": "float32", "F64": "float64"}


class Contents(NamedTuple):
    """An opened file: the JSON, dtype and shape of each tensor, and how to read one."""

    header: dict[str, Any]
    tensors: Mapping[str, tuple[str, tuple[int, ...]]]
    read: Callable[[str], NDArray[Any]]


# ---- public -------------------------------------------------------------------------------


def write_model(
    model: "Model", path: "Path", overwrite: bool, extra_metadata: Mapping[str, Any] | None
) -> None:
    """Write a whole model; see `saving.save_model`."""
    import json

    tensors, header = _pack(model)
    if extra_metadata is not None:
        try:
            header["extra"] = json.loads(json.dumps(dict(extra_metadata), allow_nan=False))
        except (TypeError, ValueError) as error:
            raise ValueError(f"`extra_metadata` must be a mapping for JSON: {error}") from None
    _write(tensors, header, path, overwrite)


def read_extra_metadata(filepath: Any) -> dict[str, Any]:
    """Return what `save_model` was given as `extra_metadata`; empty if it was given nothing.

    Parameters
    ----------
    filepath : str or Path

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file was not written by fastnn.

    Examples
    --------
    >>> import fastnn, tempfile, os
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.fnn")
    ...     fastnn.saving.save_model(model, path, extra_metadata={"unit": "m"})
    ...     fastnn.saving.read_extra_metadata(path)
    {'unit': 'm'}
    """
    path = as_path(filepath)

    def read() -> dict[str, Any]:
        extra = _open(path).header.get("extra", {})
        if not isinstance(extra, dict):
            raise ValueError(f"bad 'extra' entry: {shorten(extra)}")
        return extra

    return checked(read, path)


def read_model(path: "Path", with_compile: bool) -> Any:
    """Return the model of a file; see `saving.load_model`."""
    return checked(lambda: _unpack(_open(path), with_compile), path)


def write_weights(model: "Model", path: "Path", overwrite: bool) -> None:
    """Write the weights alone; the model is built."""
    _write(_weights(model), {"version": _VERSION, "kind": "weights"}, path, overwrite)


def is_native(path: "Path") -> bool:
    """Tell whether a safetensors file was written by fastnn."""
    from safetensors import safe_open

    file: Any = safe_open(path, framework="np")
    return _KEY in (file.metadata() or {})


def weight_readers(path: "Path", layers: list[Layer]) -> list[Callable[[], list[NDArray[Any]]]]:
    """Return what reads the weights of each layer, by its name."""
    contents = _open(path)

    def read(layer: Layer) -> list[NDArray[Any]]:
        for variable in layer.weights:
            _expect(contents, variable.key, variable.shape, None)
        return [contents.read(variable.key) for variable in layer.weights]

    return [functools.partial(read, layer) for layer in layers]


def restore_training(model: "Model", filepath: Any) -> dict[str, Any]:
    """Put a model that is built and compiled into the state of a file of `save_model`.

    Weights, optimiser slots, step count, learning rate and training state are taken over; the
    layers only have to agree in their weights, not in their names. Returns `extra_metadata`,
    whose entry "backup" names the weights in their order.
    """
    path = as_path(filepath)

    def restore() -> dict[str, Any]:
        contents = _open(path)
        extra = contents.header.get("extra", {})
        backup = extra.get("backup") if isinstance(extra, dict) else None
        if not isinstance(backup, dict) or not isinstance(backup.get("weights"), list):
            raise ValueError("it is no backup of a training run")
        settings, optimizer = model.require_compiled(), model.require_optimizer()
        compiled = contents.header.get("compile")
        if not isinstance(compiled, dict) or not isinstance(compiled.get("optimizer"), dict):
            raise ValueError("it has no optimizer")
        saved = compiled["optimizer"]
        if saved.get("class_name") != type(optimizer).__name__:
            raise ValueError(
                f"its optimizer is {shorten(saved.get('class_name'))}, the model's is "
                f"{type(optimizer).__name__}"
            )
        contents = _renamed(contents, backup["weights"], [v.key for v in model.weights])
        weights = []
        for variable in model.weights:
            _expect(contents, variable.key, variable.shape, variable.dtype)
            weights.append(contents.read(variable.key))
        _read_state(contents, model, settings)
        model.set_weights(weights)
        rate = saved.get("config", {}).get("learning_rate")
        if isinstance(rate, float):
            optimizer.learning_rate = rate
        model.forget_plans()  # they hold the key of the dropout masks
        found: dict[str, Any] = extra
        return found

    return checked(restore, path)


def _renamed(contents: Contents, old: list[Any], new: list[str]) -> Contents:
    """See the tensors of weights called `old` under the names `new`."""
    if len(old) != len(new):
        raise ValueError(f"it has {len(old)} weights, the model has {len(new)}")
    names = dict(zip(old, new, strict=True))
    keys = {}
    for key in contents.tensors:
        *slot, path = key.split("/", 2) if key.startswith("optimizer/") else (key,)
        if path in names:
            keys["/".join((*slot, names[path]))] = key
    tensors = {key: contents.tensors[there] for key, there in keys.items()}
    return Contents(contents.header, tensors, lambda key: contents.read(keys[key]))


def model_to_bytes(model: "Model") -> bytes:
    """Return the contents of the file that `save_model` would write."""
    import json

    from safetensors.numpy import save

    tensors, header = _pack(model)
    data: bytes = save(tensors, {_KEY: json.dumps(header)})
    return data


def model_from_bytes(data: bytes, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the model whose file has these contents."""
    with _custom.supplied(custom_objects):
        return checked(lambda: _unpack(_open_bytes(data), True), "the saved model")


# ---- writing ------------------------------------------------------------------------------


def _weights(model: "Model") -> dict[str, NDArray[Any]]:
    if not model.built:
        return {}
    return {variable.key: variable.numpy() for variable in model.weights}


def _pack(model: "Model") -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return tensors and JSON of a model."""
    tensors = _weights(model)
    header: dict[str, Any] = {
        "version": _VERSION,
        "kind": "model",
        **class_entry(model),
        "config": own_config(model),
        "compile": None,
        "training": {**training_state(model), "iterations": 0},
    }
    if model._compiled is not None:
        header["compile"] = model._compiled.get_config()
        header["told"] = told_entry(model._compiled)
    optimizer = model.optimizer
    if optimizer is not None:
        header["training"]["iterations"] = optimizer.steps
        if model.built:
            model.network()
            for variable in model.weights:
                for name, slot in optimizer.slots().items():
                    if variable.learns:
                        tensors[f"optimizer/{name}/{variable.key}"] = variable.read_slot(slot)
    return tensors, header


def _write(
    tensors: dict[str, NDArray[Any]], header: dict[str, Any], path: "Path", overwrite: bool
) -> None:
    import json

    from safetensors.numpy import save_file

    metadata = {_KEY: json.dumps(header)}
    write_atomically(path, overwrite, lambda target: save_file(tensors, target, metadata))


# ---- reading ------------------------------------------------------------------------------


def _open(path: "Path") -> Contents:
    from safetensors import safe_open

    if not path.exists():
        raise MissingFileError(f"no such file: {str(path)!r}")
    if not path.is_file():
        raise DamagedFileError("it is not a file")
    file: Any = safe_open(path, framework="np")
    tensors = {}
    for key in file.keys():  # noqa: SIM118 - not a mapping
        part = file.get_slice(key)
        tensors[key] = (str(part.get_dtype()), tuple(part.get_shape()))
    return Contents(_header(file.metadata()), tensors, file.get_tensor)


def _open_bytes(data: bytes) -> Contents:
    import json

    import safetensors

    if not isinstance(data, bytes):
        raise ValueError(f"expected bytes, got {type(data).__name__}")
    deserialize: Any = safetensors.deserialize
    parts = dict(deserialize(data))  # the library has checked sizes and offsets
    size = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + size]).get("__metadata__")
    tensors = {key: (str(part["dtype"]), tuple(part["shape"])) for key, part in parts.items()}

    def read(key: str) -> NDArray[Any]:
        dtype, shape = tensors[key]
        return np.frombuffer(parts[key]["data"], _DTYPES[dtype]).reshape(shape)

    return Contents(_header(metadata), tensors, read)


def _header(metadata: Any) -> dict[str, Any]:
    if not isinstance(metadata, dict) or _KEY not in metadata:
        raise ValueError("it was not written by fastnn: the metadata has no 'fastnn' entry")
    header = parse_json(metadata[_KEY], "its 'fastnn' entry")
    version = header.get("version")
    if version != _VERSION:
        raise ValueError(
            f"it has format version {shorten(version)}; this fastnn reads version {_VERSION}"
        )
    return header


def _unpack(contents: Contents, with_compile: bool) -> Any:
    """Build the model that a file holds."""
    header = contents.header
    if header.get("kind") != "model":
        raise ValueError(f"it holds no model but {shorten(header.get('kind'))}")
    expected: set[str] = set()

    def read(asked: list[tuple[Layer, list[WeightSpec]]]) -> list[list[NDArray[Any]]]:
        for layer, specs in asked:
            for spec in specs:
                _expect(contents, f"{layer.name}/{spec.name}", spec.shape, layer.dtype)
                expected.add(f"{layer.name}/{spec.name}")
        return [
            [contents.read(f"{layer.name}/{spec.name}") for spec in specs] for layer, specs in asked
        ]

    model = make_model(header, read)
    compiled = header.get("compile")
    weights = model.weights if model.built else []
    learning = [variable.key for variable in weights if variable.learns]
    if compiled is None:
        slots: Iterable[str] = ()
    elif with_compile:
        settings = Compiled.from_config(compiled)
        settings.told = told_from(header.get("told", {}))
        model.loss = settings.told.get("loss", settings.loss)
        model.use_compiled(settings)
        _read_state(contents, model, settings)
        slots = settings.optimizer.slot_names() if settings.optimizer else ()
    else:  # the optimiser may be one that nobody knows here
        slots = {key.split("/")[1] for key in contents.tensors if key.startswith("optimizer/")}
    expected |= {f"optimizer/{name}/{path}" for name in slots for path in learning}
    surplus = set(contents.tensors) - expected
    if surplus:
        raise ValueError(f"it holds tensors that the model has not: {shorten(sorted(surplus))}")
    return model


def _read_state(contents: Contents, model: "Model", settings: Compiled) -> None:
    """Read optimiser slots, step count and training state."""
    training = contents.header.get("training")
    restore_training_state(model, training)
    assert isinstance(training, dict)
    iterations = check_integer(training.get("iterations"), "training iterations", 0)
    if not model.built:
        return
    if settings.measures and not settings.waits:  # a loss without a name is not in the file
        model.require_objective()
    network = model.network()
    for variable in model.weights:
        for name, slot in settings.optimizer.slots().items() if settings.optimizer else ():
            if variable.learns:
                key = f"optimizer/{name}/{variable.key}"
                _expect(contents, key, variable.shape, variable.dtype)
                variable.write_slot(slot, contents.read(key))
    network.iterations = iterations


def training_state(model: "Model") -> dict[str, Any]:
    """Return what a resumed run needs besides weights and optimiser."""
    state = model.training_state
    return {"seed": state.seed, "passes": state.passes, "epochs": state.epochs}


def restore_training_state(model: "Model", training: Any) -> None:
    """Take over what `training_state` returned."""
    if not isinstance(training, dict):
        raise ValueError(f"bad 'training' entry: {shorten(training)}")
    state = model.training_state
    state.seed = check_seed(training.get("seed"), "training seed")
    state.passes = check_integer(training.get("passes"), "training passes", 0)
    state.epochs = check_integer(training.get("epochs"), "training epochs", 0)


def _expect(contents: Contents, key: str, shape: tuple[int, ...], dtype: str | None) -> None:
    """Raise unless the file has the tensor, of that shape and dtype."""
    if key not in contents.tensors:
        raise ValueError(f"tensor {key!r} is missing")
    found_dtype, found_shape = contents.tensors[key]
    if found_shape != shape:
        raise ValueError(f"tensor {key!r} must have shape {shape}, got {found_shape}")
    if _DTYPES.get(found_dtype) is None or dtype not in (None, _DTYPES[found_dtype]):
        wanted = dtype or "float32 or float64"
        raise ValueError(f"tensor {key!r} must be {wanted}, got {found_dtype}")
