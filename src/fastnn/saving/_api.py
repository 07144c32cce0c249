"""The public functions: which format a path means when writing, and a content when reading."""

import functools
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from fastnn import _custom
from fastnn._validation import check_bool
from fastnn.saving import native
from fastnn.saving._files import as_path, checked, kind_of

if TYPE_CHECKING:
    from fastnn.layers.base import Layer
    from fastnn.models.model import Model

_OF_KERAS = (".keras", ".h5", ".hdf5")
_OWN = ".fnn"


def save_model(
    model: "Model",
    filepath: Any,
    overwrite: bool = True,
    zipped: bool | None = None,
    extra_metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write layers, weights, compile arguments, optimiser and training state.

    A file is written beside its place, synced and renamed: a crash leaves the old file or
    the new one. Training goes on from a loaded model with the same bits as without the break.

    Parameters
    ----------
    model : Sequential
    filepath : str or Path
        A name that ends in ``.keras`` gets an archive that Keras 3 loads, one in ``.h5`` or
        ``.hdf5`` Keras' older format, one in ``.fnn`` a file of fastnn's own.
    overwrite : bool, default=True
        False raises when the file exists; Keras asks.
    zipped : bool, default=None
        False writes Keras' format as a folder.
    extra_metadata : mapping, default=None
        Facts of the caller's own to keep in a ``.fnn`` file, such as names of classes: anything
        that JSON can hold. `read_extra_metadata` returns them; the model does not carry them.

    Raises
    ------
    ValueError
        If the name ends otherwise, the format cannot hold the model, or JSON cannot hold
        `extra_metadata`.
    FileExistsError
        If the file exists and `overwrite` is False.

    Examples
    --------
    >>> import fastnn, tempfile, os
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.fnn")
    ...     fastnn.models.save_model(model, path)
    ...     fastnn.models.load_model(path).count_params()
    3
    """
    path = as_path(filepath)
    overwrite = check_bool(overwrite, "overwrite")
    suffix = path.suffix.lower()
    unzipped = zipped is not None and not check_bool(zipped, "zipped")
    if unzipped and suffix == ".keras":
        raise ValueError(f"`zipped=False` makes a folder: no .keras in its name, got {str(path)!r}")
    if suffix == _OWN and not unzipped:
        native.write_model(model, path, overwrite, extra_metadata)
        return
    if suffix not in _OF_KERAS and not unzipped:
        raise ValueError(
            f"`filepath` must end in {_OWN}, or for Keras in .keras, .h5 or .hdf5, got "
            f"{str(path)!r}"
        )
    if extra_metadata is not None:
        raise ValueError("`extra_metadata` is kept in .fnn files only")
    if suffix == ".keras" or unzipped:
        from fastnn.saving import keras_format

        keras_format.write_model(model, path, overwrite, not unzipped)
    else:
        from fastnn.saving import keras_legacy

        keras_legacy.write_model(model, path, overwrite)


def load_model(
    filepath: Any, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """Return the model of a file of fastnn or Keras, which is known by its content.

    Parameters
    ----------
    filepath : str or Path
        A ``.fnn`` file, a ``.keras`` archive or its folder, or an HDF5 file with a whole model of
        Keras 2 or 3. Keras is not needed.
    custom_objects : dict, default=None
        Classes and functions of one's own, by the names that the file has for them. What is
        registered by `register_keras_serializable`, or in a `CustomObjectScope`, is known too.
    compile : bool, default=True
        Also take over optimiser with its state, loss, metrics and training state.
    safe_mode : bool, default=True
        Without effect: code in a file is never run.

    Raises
    ------
    FileNotFoundError
        If there is no such file; it is a `ValueError` too, as programs for Keras expect.
    ValueError
        If the file is not a whole and consistent model of things that fastnn has or the user has
        named; the message says why.

    Examples
    --------
    >>> import fastnn, tempfile, os
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.fnn")
    ...     model.save(path)
    ...     fastnn.saving.load_model(path, compile=False).output_shape
    (None, 1)
    """
    check_bool(safe_mode, "safe_mode")
    with_compile = check_bool(compile, "compile")
    path = as_path(filepath)
    kind = kind_of(path)
    with _custom.supplied(custom_objects):
        if kind == "safetensors":
            return native.read_model(path, with_compile)
        if kind == "hdf5":
            from fastnn.saving import keras_legacy

            return keras_legacy.read_model(path, with_compile)
        from fastnn.saving import keras_format

        return keras_format.read_model(path, with_compile)


def save_weights(model: "Model", filepath: Any, overwrite: bool = True) -> None:
    """Write the weights alone.

    Parameters
    ----------
    model : Sequential
    filepath : str or Path
        ``.weights.h5`` gets Keras 3's format, with the optimiser's state as Keras writes it;
        ``.safetensors`` the names and layout of a PyTorch ``state_dict``; ``.fnn`` fastnn's own
        format.
    overwrite : bool, default=True

    Raises
    ------
    ValueError
        If the model is not built, or the name is that of another format.
    FileExistsError
        If the file exists and `overwrite` is False.

    Examples
    --------
    >>> import fastnn, tempfile, os
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "weights.fnn")
    ...     fastnn.saving.save_weights(model, path)
    ...     fastnn.saving.load_weights(model, path)
    """
    path = as_path(filepath)
    overwrite = check_bool(overwrite, "overwrite")
    if not model.built:
        raise ValueError("the model has no weights yet: build it before save_weights()")
    name = path.name.lower()
    if name.endswith(".weights.h5"):
        from fastnn.saving import keras_format

        keras_format.write_weights(model, path, overwrite)
    elif name.endswith(".safetensors"):
        from fastnn.saving import torch_state

        torch_state.save_torch_state_dict(model, path, overwrite=overwrite)
    elif name.endswith(_OWN):
        native.write_weights(model, path, overwrite)
    else:
        raise ValueError(
            f"`filepath` must end in {_OWN}, in .weights.h5 for Keras, or in .safetensors for "
            f"PyTorch, got {str(path)!r}"
        )


def load_weights(
    model: "Model", filepath: Any, skip_mismatch: bool = False, by_name: bool | None = None
) -> None:
    """Take the weights of a file, which is known by its content; the optimiser stays as it is.

    Parameters
    ----------
    model : Sequential
    filepath : str or Path
        Weights or whole models: fastnn's files, matched by the names of the layers; ``.keras`` and
        ``.weights.h5`` of Keras 3, by class and order as in Keras; HDF5 of Keras 2, by order; a
        PyTorch ``state_dict`` in safetensors, as `models.load_torch_state_dict` takes it.
    skip_mismatch : bool, default=False
        Leave layers alone, with a warning, whose weights are not those of the file.
    by_name : bool, default=None
        True matches the layers of an HDF5 file of Keras 2 by their names; layers that it has not
        stay as they are.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the model is not built, or the file does not hold its weights; then none is changed.

    Examples
    --------
    >>> import fastnn, tempfile, os
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.fnn")
    ...     model.save(path)
    ...     fastnn.saving.load_weights(model, path)
    """
    if not model.built:
        raise ValueError("the model has no weights yet: build it before load_weights()")
    skip_mismatch = check_bool(skip_mismatch, "skip_mismatch")
    path = as_path(filepath)
    kind = kind_of(path)
    if by_name is not None:
        check_bool(by_name, "by_name")
        if kind != "hdf5":
            raise ValueError("`by_name` is for HDF5 files of Keras 2")
    layers = [layer for layer in model.leaves if layer.weight_count()]

    def read() -> "list[tuple[Layer, list[NDArray[Any]]]]":
        found = []
        with _readers(path, kind, model, layers, bool(by_name)) as readers:
            for layer, reader in zip(layers, readers, strict=True):
                if reader is None:
                    continue
                try:
                    found.append((layer, _checked_weights(layer, reader())))
                except ValueError as error:
                    if not skip_mismatch:
                        raise
                    warnings.warn(f"layer {layer.name!r} keeps its weights: {error}", stacklevel=4)
        return found

    for layer, values in checked(read, path):
        layer.set_weights(values)


def _checked_weights(layer: "Layer", values: list[NDArray[Any]]) -> list[NDArray[Any]]:
    variables = layer.weights
    if len(values) != len(variables):
        raise ValueError(
            f"layer {layer.name!r} has {len(variables)} weights, the file {len(values)}"
        )
    for variable, value in zip(variables, values, strict=True):
        if value.shape != variable.shape:
            raise ValueError(
                f"weight {variable.key!r} must have shape {variable.shape}, got {value.shape}"
            )
    return values


@contextmanager
def _readers(
    path: Path, kind: str, model: "Model", layers: "list[Layer]", by_name: bool
) -> Iterator[Any]:
    """Give what reads the weights of each layer, None for one that stays as it is."""
    if kind == "safetensors":
        if native.is_native(path):
            yield native.weight_readers(path, layers)
        else:
            from fastnn.saving import torch_state

            values = torch_state.matched(torch_state.read_state(path), layers, None)
            yield [functools.partial(list, weights) for weights in values]
        return
    from fastnn.saving import keras_format, keras_legacy

    with keras_format.opened_weights(path) as root:
        if kind == "hdf5" and keras_legacy.is_legacy(root):
            yield keras_legacy.weight_readers(root, layers, by_name)
        elif by_name:
            raise ValueError("`by_name` is for HDF5 files of Keras 2")
        else:
            yield keras_format.weight_readers(root, model.leaves, layers)
