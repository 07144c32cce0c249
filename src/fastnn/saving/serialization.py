"""Keras' descriptions of any object, and back: data in, data out; names are only looked up."""

import importlib
from collections.abc import Mapping
from types import FunctionType
from typing import Any

import numpy as np

from fastnn import _custom
from fastnn._errors import NamelessError, ObjectError
from fastnn._registry import Registry, shorten
from fastnn._validation import check_bool

_PLAIN = (str, int, float, bool)
_MAX_DEPTH = 64
# The modules of fastnn that have a REGISTRY.
_FAMILIES = (
    "layers", "losses", "metrics", "optimizers", "optimizers.schedules", "initializers",
    "regularizers", "constraints",
)  # fmt: skip


# ---- writing ------------------------------------------------------------------------------


def serialize_keras_object(obj: Any) -> Any:
    """Return an object's description, in Keras' form, as numbers, texts, lists and dicts.

    Parameters
    ----------
    obj : Any
        Objects and functions of fastnn, and of the user's own with `get_config`; numbers, texts,
        lists, tuples and dicts of what is described; arrays, slices, bytes and ``...``.

    Raises
    ------
    ValueError
        If it is none of these, or has no name that a file could hold, as a lambda.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.saving.serialize_keras_object(slice(1, None))
    {'class_name': '__slice__', 'config': {'start': 1, 'stop': None, 'step': None}}
    >>> fastnn.saving.serialize_keras_object(fastnn.initializers.Ones())["module"]
    'keras.initializers'
    """
    if obj is None or type(obj) in _PLAIN:
        return obj
    if isinstance(obj, (list, tuple)):
        items = [serialize_keras_object(item) for item in obj]
        return tuple(items) if isinstance(obj, tuple) else items
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, slice):
        parts = {"start": obj.start, "stop": obj.stop, "step": obj.step}
        return {"class_name": "__slice__", "config": serialize_keras_object(parts)}
    if obj is ...:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, (np.ndarray, np.generic)):
        return _array_entry(obj)
    if isinstance(obj, _PLAIN):
        return obj
    return _object_entry(obj)


def _array_entry(array: Any) -> Any:
    if array.dtype.kind not in "bfiu":
        raise ObjectError(f"an array of {array.dtype} cannot be described: numbers only")
    if array.ndim == 0:
        return array.item()
    config = {"value": array.tolist(), "dtype": str(array.dtype)}
    return {"class_name": "__numpy__", "config": config}


def _object_entry(obj: Any) -> dict[str, Any]:
    from fastnn.models.model import Model
    from fastnn.saving._keras_config import to_keras

    if isinstance(obj, Model):
        from fastnn.saving.keras_format import full_entry

        return {**full_entry(obj), "compile_config": obj.get_compile_config()}
    function = _builtin_function(obj)
    if function is not None:
        return function_entry(function)
    for family in _FAMILIES:
        registry = _registry(family)
        if registry.find_class(type(obj).__name__) is type(obj):
            return _of_family(to_keras(registry.serialize(obj), _argument(family)), family, obj)
    return own_entry(obj)


def _of_family(entry: dict[str, Any], family: str, obj: Any) -> dict[str, Any]:
    """Return a description with all that Keras has: it names the module even of one by itself."""
    if entry.get("class_name") == "function":
        return entry
    entry["module"] = f"keras.{family}"
    shape = getattr(obj, "_built_for", None) if family == "layers" else None
    if shape is not None:
        entry["build_config"] = {"input_shape": [None, *shape]}
    return entry


def _builtin_function(obj: Any) -> str | None:
    """Return the name of a function of fastnn, None for anything else."""
    from fastnn import activations

    name = getattr(obj, "__name__", None)
    if not isinstance(name, str) or isinstance(obj, type):
        return None
    if name in activations.NATIVE and getattr(activations, name) is obj:
        return name
    known = (_registry(family).of_function(obj) for family in ("losses", "metrics"))
    return name if any(cls is not None for cls in known) else None


def function_entry(name: str) -> dict[str, Any]:
    """Return the description of a function of that name."""
    return {
        "module": "builtins", "class_name": "function", "config": name,
        "registered_name": "function",
    }  # fmt: skip


def own_entry(obj: Any) -> dict[str, Any]:
    """Return the description of an object or function of the user's own.

    Raises
    ------
    NamelessError
        If it has no name: a lambda, a method, a functools.partial.
    """
    if isinstance(obj, FunctionType):
        if obj.__name__ == "<lambda>":
            raise NamelessError("a lambda has no name to be saved by: use a function with one")
        return function_entry(_custom.name_of(obj))
    cls = type(obj)
    if isinstance(obj, type) or not callable(getattr(obj, "get_config", None)):
        error = NamelessError if callable(obj) and not isinstance(obj, type) else ObjectError
        raise error(
            f"{shorten(obj)} of type {cls.__name__} cannot be described: it needs `get_config()`"
        )
    config = obj.get_config()
    if not isinstance(config, dict):
        raise ObjectError(f"get_config() of {cls.__name__} must return a dict, got {config!r}")
    module = None if cls.__module__ == "__main__" else cls.__module__
    return {
        "module": module, "class_name": cls.__name__, "config": serialize_keras_object(config),
        "registered_name": _custom.name_of(cls),
    }  # fmt: skip


# ---- reading ------------------------------------------------------------------------------


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """Return what a description of Keras or fastnn stands for.

    Objects of the user's own are found by the names they were registered by, in a scope, or in
    `custom_objects`. A description without ``class_name`` is a dict of them, a list a list.

    Parameters
    ----------
    config : Any
    custom_objects : dict, default=None
        Classes and functions of one's own, by name.
    safe_mode : bool, default=True
        Without effect: no code is run and no module imported because a description names it.

    Raises
    ------
    ValueError
        If it names what is not known, or is no description.

    Examples
    --------
    >>> import fastnn
    >>> described = fastnn.saving.serialize_keras_object(fastnn.losses.Huber(0.5))
    >>> fastnn.saving.deserialize_keras_object(described).delta
    0.5
    >>> def largest(y_true, y_pred):
    ...     return abs(y_true - y_pred).max(axis=-1)
    >>> described = fastnn.saving.serialize_keras_object(largest)
    >>> fastnn.saving.deserialize_keras_object(described, {"largest": largest}) is largest
    True
    """
    check_bool(safe_mode, "safe_mode")
    with _custom.supplied(custom_objects):
        return _read(config, 0)


def _read(config: Any, depth: int) -> Any:
    from fastnn.saving._keras_levels import MODELS

    if depth > _MAX_DEPTH:
        raise ObjectError("the description is nested too deeply")
    if config is None or isinstance(config, (int, float)):
        return config
    if isinstance(config, str):
        own = _custom.find(config)
        return config if own is None else own
    if isinstance(config, (list, tuple)):
        return [_read(item, depth + 1) for item in config]
    if not isinstance(config, dict):
        raise ObjectError(f"not a description: {shorten(config)}")
    if "class_name" not in config or "config" not in config:
        return {key: _read(value, depth + 1) for key, value in config.items()}
    name = config["class_name"]
    if not isinstance(name, str):
        raise ObjectError(f"bad 'class_name' in the description: {shorten(name)}")
    if name.startswith("__"):
        return _read_special(name, config["config"], depth)
    if name == "function":
        return _read_function(config)
    own = _custom.described(config)
    if name in MODELS if own is None else _is_model(own):
        return _read_model(config)
    return _read_builtin(name, config) if own is None else _custom.made(own, config)


def _is_model(own: Any) -> bool:
    from fastnn.models.model import Model

    return isinstance(own, type) and issubclass(own, Model)


def _read_model(config: dict[str, Any]) -> Any:
    from fastnn.saving.keras_format import compile_from, described_model

    model = described_model(config, None)[0]
    if config.get("compile_config"):
        compile_from(model, config["compile_config"])
    return model


def _read_special(name: str, config: Any, depth: int) -> Any:
    if name == "__lambda__":
        raise ObjectError(
            "the description holds a lambda, which is code: fastnn does not run it, whatever "
            "`safe_mode` says; give a function by its name"
        )
    if name == "__ellipsis__":
        return ...
    if not isinstance(config, dict):
        raise ObjectError(f"'config' of {name} must be a dict, got {shorten(config)}")
    try:
        if name == "__slice__":
            return slice(*(_read(config[key], depth + 1) for key in ("start", "stop", "step")))
        if name == "__bytes__":
            return str(config["value"]).encode("utf-8")
        if name in ("__numpy__", "__tensor__"):
            dtype = np.dtype(str(config["dtype"]))
            if dtype.kind in "bfiu":
                return np.array(config["value"], dtype)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ObjectError(f"bad description {name}: {error}") from error
    raise ObjectError(f"fastnn has nothing for a description {shorten(name)}, {shorten(config)}")


def _read_function(config: dict[str, Any]) -> Any:
    from fastnn import activations

    name = config["config"]
    if not isinstance(name, str):
        raise ObjectError(f"a function is described by its name, got {shorten(name)}")
    own = _custom.find_function(name)
    if own is not None:
        return own
    family = _family_of(config.get("module"))
    families = [family] if family in ("losses", "metrics") else ["losses", "metrics"]
    for each in families if family != "activations" else ():
        registry = _registry(each)
        if registry.knows(name) and registry.find_class(name) is None:
            function = getattr(importlib.import_module(f"fastnn.{each}"), name, None)
            return registry.named(name, "config") if function is None else function
    if name in activations.NATIVE:
        return activations.get(name)
    raise ObjectError(f"unknown function {shorten(name)}: if it is your own, {_custom.ADVICE}")


def _read_builtin(name: str, config: dict[str, Any]) -> Any:
    from fastnn.saving._keras_config import from_keras

    module = config.get("module")
    family = _family_of(module)
    if family not in _FAMILIES:
        families = [f for f in _FAMILIES if _registry(f).find_class(name) is not None]
        if module is not None or not families:
            registered = config.get("registered_name") or name
            raise ObjectError(
                f"unknown class {shorten(registered)}: if it is your own, {_custom.ADVICE}"
            )
        if len(families) > 1:
            raise ObjectError(f"{name} may be of {families}: `module` must say of which")
        family = families[0]
    argument = _argument(family)
    translated = from_keras(config, argument)
    if name.endswith("Policy"):
        return translated
    made = _registry(family).deserialize(translated)
    shape = config.get("build_config")
    shape = shape.get("input_shape") if isinstance(shape, dict) else None
    if family == "layers" and shape is not None:
        made.build(shape)
    return made


def _family_of(module: Any) -> str | None:
    """Return the family that a module of Keras or fastnn belongs to, None for any other module."""
    if not isinstance(module, str):
        return None
    root, _, rest = module.partition(".")
    if root not in ("keras", "tf_keras", "fastnn"):
        return None
    rest = rest.removeprefix("src.")
    if rest.startswith("optimizers.schedules"):
        return "optimizers.schedules"
    family = rest.partition(".")[0]
    return family if family in (*_FAMILIES, "activations") else None


def _argument(family: str) -> str:
    """Return the argument that objects of a family are given by, in descriptions of models."""
    special = {"optimizers": "optimizer", "optimizers.schedules": "learning_rate", "losses": "loss"}
    singular = family.removesuffix("s") if family.endswith(("izers", "raints")) else family
    return special.get(family, f"{singular}")


def _registry(family: str) -> "Registry[Any]":
    from fastnn.saving._keras_config import registry_of

    registry = registry_of(family)
    assert registry is not None
    return registry
