"""Weights as PyTorch has them: a ``state_dict``, in memory or in a safetensors file.

PyTorch keeps the matrix of a linear layer as (outputs, inputs) and calls weights by module:
``0.weight``, ``fc1.bias``. Which module is which layer is told by names or by order, never guessed.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastnn._registry import shorten
from fastnn._validation import as_array
from fastnn.saving._files import as_path, checked, kind_of, write_atomically

if TYPE_CHECKING:
    from fastnn.layers.base import Layer
    from fastnn.models.model import Model

# fastnn's name of a weight, and PyTorch's name of it in its module.
_NAMES = {
    "kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias", "scale": "weight",
    "moving_mean": "running_mean", "moving_variance": "running_var", "embeddings": "weight",
    "alpha": "weight",
}  # fmt: skip
_TRANSPOSED = "kernel"
_COUNTER = "num_batches_tracked"  # of batch normalisation, which has no use for it here


class _State(NamedTuple):
    """Arrays by name, and whether their order means anything."""

    arrays: Mapping[str, Any]
    ordered: bool

    def modules(self) -> list[str]:
        """Return the names of the modules, in the order in which they appear."""
        found = [key.rpartition(".")[0] for key in self.arrays if not key.endswith(_COUNTER)]
        return list(dict.fromkeys(found))


# ---- public -------------------------------------------------------------------------------


def load_torch_state_dict(
    model: "Model", state_dict: Any, names: Mapping[str, str] | None = None
) -> None:
    """Take the weights of a PyTorch module; PyTorch need not be installed.

    Every weight must be there, with its shape (a linear layer's matrix transposed), and nothing
    must be left over. Without `names`, a module belongs to the layer of its name if all layers
    with weights have such modules. Else they are matched by order: that of the mapping, or the
    numbers in names like ``0``, ``2`` or ``fc1``, ``fc2``, since files are sorted by name.

    Parameters
    ----------
    model : Sequential
        Built.
    state_dict : str, Path or mapping
        A safetensors file, or arrays (or tensors) by name, as ``module.state_dict()`` is.
    names : mapping of str to str, default=None
        For each layer with weights the name of its module.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If weights and model do not fit, or only guessing could say how; then none is changed.

    Examples
    --------
    >>> import fastnn, numpy
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> state = {"0.weight": numpy.array([[3.0, 4.0]]), "0.bias": numpy.array([1.0])}
    >>> fastnn.models.load_torch_state_dict(model, state)
    >>> model.predict(numpy.array([[1.0, 1.0]]))
    array([[8.]], dtype=float32)
    """
    if not model.built:
        raise ValueError("the model has no weights yet: build it before loading weights")
    layers = [layer for layer in model.leaves if layer.weight_count()]
    if isinstance(state_dict, Mapping):
        values = matched(_State(state_dict, True), layers, names)
    else:
        path = as_path(state_dict)
        if kind_of(path) != "safetensors":
            raise ValueError(f"`state_dict` is not a safetensors file: {str(path)!r}")
        values = checked(lambda: matched(read_state(path), layers, names), path)
    for layer, weights in zip(layers, values, strict=True):
        layer.set_weights(weights)


def save_torch_state_dict(
    model: "Model", filepath: Any, names: Mapping[str, str] | None = None, overwrite: bool = True
) -> None:
    """Write the weights as a PyTorch ``state_dict`` in a safetensors file.

    ``torch_module.load_state_dict(safetensors.torch.load_file(path))`` takes them.

    Parameters
    ----------
    model : Sequential
        Built.
    filepath : str or Path
    names : mapping of str to str, default=None
        For each layer with weights the name of its module; None takes the layers' names.
    overwrite : bool, default=True

    Raises
    ------
    ValueError
        If the model is not built, or `names` is not one name for each layer.
    FileExistsError
        If the file exists and `overwrite` is False.

    Examples
    --------
    >>> import fastnn, tempfile, os
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1, name="fc")])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "weights.safetensors")
    ...     fastnn.models.save_torch_state_dict(model, path, {"fc": "head.0"})
    ...     fastnn.models.load_torch_state_dict(model, path)
    """
    from safetensors.numpy import save_file

    if not model.built:
        raise ValueError("the model has no weights yet: build it before saving weights")
    layers = [layer for layer in model.leaves if layer.weight_count()]
    modules = [layer.name for layer in layers] if names is None else _named(layers, names)
    tensors = {}
    for layer, module in zip(layers, modules, strict=True):
        for variable in layer.weights:
            value = variable.numpy()
            if variable.name == _TRANSPOSED:
                value = np.ascontiguousarray(value.T)
            tensors[f"{module}.{_torch_name(variable.name, layer)}"] = value
    write_atomically(
        as_path(filepath), overwrite, lambda path: save_file(tensors, path, {"format": "pt"})
    )


# ---- reading ------------------------------------------------------------------------------


def read_state(path: Path) -> _State:
    """Return the arrays of a safetensors file, read when they are asked for."""
    from safetensors import safe_open

    file: Any = safe_open(path, framework="np")
    return _State(_LazyArrays(file), False)


class _LazyArrays(Mapping[str, Any]):
    def __init__(self, file: Any) -> None:
        self._file = file
        self._keys = dict.fromkeys(file.keys())

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return self._file.get_tensor(key)

    def __iter__(self) -> Any:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def matched(
    state: _State, layers: "list[Layer]", names: Mapping[str, str] | None
) -> list[list[NDArray[Any]]]:
    """Return the weights of each layer; what does not fit raises."""
    modules = _modules_of(state, layers, names)
    used: set[str] = set()
    values = []
    for layer, module in zip(layers, modules, strict=True):
        found = []
        for variable in layer.weights:
            key = f"{module}.{_torch_name(variable.name, layer)}" if module else variable.name
            if key not in state.arrays:
                raise ValueError(f"layer {layer.name!r} needs {key!r}, which is missing")
            found.append(_value(state.arrays[key], variable.name, variable.shape, key))
            used.add(key)
        values.append(found)
    surplus = [key for key in state.arrays if key not in used and not key.endswith(_COUNTER)]
    if surplus:
        raise ValueError(f"weights that the model has not: {shorten(surplus)}")
    return values


def _modules_of(state: _State, layers: "list[Layer]", names: Mapping[str, str] | None) -> list[str]:
    """Return the name of the module that belongs to each layer."""
    if names is not None:
        return _named(layers, names)
    modules = state.modules()
    own = [layer.name for layer in layers]
    if set(own) == set(modules):
        return own
    if len(modules) != len(layers):
        raise ValueError(
            f"{len(modules)} modules with weights, {shorten(modules)}, for {len(layers)} layers, "
            f"{shorten(own)}"
        )
    if state.ordered:
        return modules
    return sorted(modules, key=lambda m: _number_of(m, modules))


def _number_of(module: str, modules: list[str]) -> int:
    """Return the one number in which the names of the modules differ."""
    pieces = [re.split(r"(\d+)", name) for name in modules]
    if len(modules) == 1:
        return 0
    if len({len(p) for p in pieces}) == 1:
        differing = [i for i in range(len(pieces[0])) if len({p[i] for p in pieces}) > 1]
        if len(differing) == 1 and differing[0] % 2 == 1:
            return int(re.split(r"(\d+)", module)[differing[0]])
    raise ValueError(
        f"a safetensors file does not keep the order of {shorten(modules)}: say with `names` which "
        "module belongs to which layer"
    )


def _named(layers: "list[Layer]", names: Mapping[str, str]) -> list[str]:
    own = [layer.name for layer in layers]
    if not isinstance(names, Mapping) or set(names) != set(own):
        raise ValueError(
            f"`names` must have an entry for each layer with weights, {own}, got {shorten(names)}"
        )
    modules = [names[name] for name in own]
    if len(set(modules)) != len(modules) or not all(isinstance(m, str) for m in modules):
        raise ValueError(f"`names` must give each layer a module of its own, got {shorten(names)}")
    return modules


def _torch_name(weight: str, layer: "Layer") -> str:
    if weight not in _NAMES:
        raise ValueError(f"PyTorch has no name for the weight {weight!r} of {layer.name!r}")
    return _NAMES[weight]


def _value(given: Any, weight: str, shape: tuple[int, ...], key: str) -> NDArray[Any]:
    if hasattr(given, "detach"):  # a tensor of PyTorch
        given = given.detach().cpu().numpy()
    value = as_array(given, key)
    expected = shape[::-1] if weight == _TRANSPOSED else shape
    if weight == "alpha" and value.shape == (1,):  # one slope for all, as PReLU has by default
        value = np.broadcast_to(value, expected)
    if value.shape != expected:
        raise ValueError(f"{key!r} must have shape {expected}, got {value.shape}")
    return value.T if weight == _TRANSPOSED else value
