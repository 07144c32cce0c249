"""Keras' descriptions of objects to fastnn's and back: data in, data out.

A description of Keras is ``{"module", "class_name", "config", "registered_name"}``, in older files
``{"class_name", "config"}``. The class is looked up by name in fastnn's own registries, in the one
that belongs to the module or to the argument that holds it. What the user has named (`_custom.py`)
comes first and stays as it is described; a name that nobody knows and a Lambda layer are refused.
"""

import importlib
import inspect
from collections.abc import Container
from typing import Any

from fastnn import _custom
from fastnn._errors import ObjectError
from fastnn._registry import Registry, shorten
from fastnn.saving._keras_operations import KNOWN, OPERATIONS

# Modules of Keras, and the module of fastnn whose REGISTRY holds their classes.
_FAMILIES = (
    "layers", "initializers", "regularizers", "constraints", "losses", "metrics", "optimizers",
    "optimizers.schedules",
)  # fmt: skip
_FAMILY_OF_ARGUMENT = {
    "layers": "layers", "optimizer": "optimizers", "optimizer_config": "optimizers",
    "learning_rate": "optimizers.schedules", "loss": "losses", "metrics": "metrics",
    "weighted_metrics": "metrics", "seed": "random",
}  # fmt: skip

_BY_OUTPUT = ("loss", "metrics", "weighted_metrics")
_BY_NAME = (*_BY_OUTPUT, "activation")

# Arguments that fastnn has not, with the values that switch nothing on. None always does that.
_IDLE: dict[str, dict[str, Container[Any]]] = {
    "InputLayer": {"sparse": (False,), "ragged": (False,), "optional": (False,)},
    "BatchNormalization": {"synchronized": (False,), "renorm": (False,), "renorm_momentum": (0.99,),
                           "fused": (False,)},
    "ReLU": {"threshold": (0, 0.0)},
    "Normalization": {"invert": (False,)},
    # The length of the input is that of its shape.
    "Embedding": {"mask_zero": (False,), "sparse": (False,), "input_length": range(1 << 31)},
    "Flatten": {"data_format": ("channels_last",)},
}  # fmt: skip
_IDLE_OF_FAMILY: dict[str, dict[str, Container[Any]]] = {
    "optimizers": {"decay": (0, 0.0), "jit_compile": (True, False), "is_legacy_optimizer": (
        True, False)},
    "losses": {"axis": (-1,)},
}  # fmt: skip

# Names of arguments in Keras 2.
_RENAMED = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "InputLayer": {"batch_input_shape": "batch_shape"},
}
_RENAMED_OF_FAMILY = {"optimizers": {"lr": "learning_rate"}}

# What fastnn has and Keras has not, which its files cannot hold.
_OWN = frozenset([
    "SumSquaredError", "Quantile", "Tweedie", "Gamma", "LBFGS", "LossValue", "step",
])  # fmt: skip
_OWN_VALUES = {"reduction": {"mean": "sum_over_batch_size"}}

_MAX_DEPTH = 64


# ---- reading ------------------------------------------------------------------------------


def from_keras(value: Any, argument: str = "", depth: int = 0) -> Any:
    """Return fastnn's form of a value in a configuration of Keras.

    `argument` is the name of the argument that holds it.
    """
    if depth > _MAX_DEPTH:
        raise ValueError("the configuration is nested too deeply")
    if isinstance(value, list):
        return [from_keras(item, argument, depth + 1) for item in value]
    if isinstance(value, str) and argument in _BY_NAME and _custom.find(value) is not None:
        return {"class_name": "function", "config": value}  # older files have the name alone
    if not isinstance(value, dict):
        return value
    if "class_name" not in value:
        return {key: from_keras(item, _within(argument, key), depth + 1)
                for key, item in value.items()}  # fmt: skip
    return _object_from_keras(value, argument, depth)


def _within(argument: str, key: str) -> str:
    """Return the argument that holds an entry of a dict: losses may be given by output."""
    return argument if argument in _BY_OUTPUT else key


def _object_from_keras(entry: dict[str, Any], argument: str, depth: int) -> Any:
    name, config = entry["class_name"], entry.get("config")
    if not isinstance(name, str):
        raise ValueError(f"bad 'class_name' in the configuration: {shorten(name)}")
    if name in ("Lambda", "__lambda__"):
        raise ObjectError(f"the file holds code ({name}), which fastnn does not run")
    if _custom.described(entry) is not None:
        return {**entry, **_as_layer(entry, argument, depth)}
    module, registered = entry.get("module"), entry.get("registered_name")
    # Keras names functions of its own by "builtins" too; the name is looked up here like any.
    roots = ("keras", "tf_keras", "builtins") if name == "function" else ("keras", "tf_keras")
    if not isinstance(module, (str, type(None))) or (
        module is not None and module.split(".")[0] not in roots
    ) or (registered is not None and registered not in (name, config)):  # fmt: skip
        raise ObjectError(
            f"{shorten(registered or name)} (module {shorten(module)}) is not part of Keras: if it "
            f"is your own, {_custom.ADVICE}"
        )
    if name == "function":
        if not isinstance(config, str):
            raise ValueError(f"bad description of a function: {shorten(entry)}")
        return config
    if config is None:
        config = {}
    if not isinstance(config, dict):
        raise ValueError(f"'config' of {shorten(name)} must be a dict, got {shorten(config)}")
    if name.endswith("Policy"):
        return config.get("name")
    if name in ("__keras_tensor__", "__slice__"):
        return {"class_name": name, "config": config}
    if name == "__numpy__":
        return config.get("value")
    if name == "SeedGenerator":
        return {"class_name": name, "config": config}
    family = _family(module, argument)
    operation = (module or "").startswith("keras.src.ops")
    if operation and name not in KNOWN and _parameters(name, family) is None:
        raise ValueError(
            f"the operation {name} of keras.ops on tensors of models is not part of fastnn; layers "
            "and arithmetic are"
        )
    if family == "optimizers":
        name = name.removeprefix("Custom>")  # which is where Keras 2 had registered its own
    arguments = _arguments(name, family, config, depth)
    return {"class_name": name, "config": arguments, **_as_layer(entry, argument, depth)}


def _as_layer(entry: dict[str, Any], argument: str, depth: int) -> dict[str, Any]:
    """Return what a description of a layer says of its place in the model."""
    keys = ("name", "inbound_nodes", "shared_object_id") if argument == "layers" else ()
    return {key: from_keras(entry[key], key, depth + 1) for key in keys if key in entry}


def _family(module: str | None, argument: str) -> str:
    """Return the family of a described object, "" if it is not known."""
    if module is not None:
        rest = module.partition(".")[2]
        for family in _FAMILIES:
            if rest == family:
                return family
    for ending in ("initializer", "regularizer", "constraint"):
        if argument.endswith(ending):
            return f"{ending}s"
    return _FAMILY_OF_ARGUMENT.get(argument, "")


def _arguments(name: str, family: str, config: dict[str, Any], depth: int) -> dict[str, Any]:
    """Return the arguments of a class, under fastnn's names and without those that say nothing."""
    renamed = _RENAMED.get(name, {}) | _RENAMED_OF_FAMILY.get(family, {})
    idle = _IDLE.get(name, {}) | _IDLE_OF_FAMILY.get(family, {})
    known = _parameters(name, family)
    found: dict[str, Any] = {}
    for key, value in config.items():
        target = renamed.get(key, key)
        if target in found:
            raise ValueError(f"{name} has two values for {target!r}")
        if target == "batch_input_shape":  # of the first layer, in Keras 2
            if not isinstance(value, list) or not value:
                raise ValueError(f"bad 'batch_input_shape' of {name}: {shorten(value)}")
            found["input_shape"] = value[1:]
            continue
        translated = from_keras(value, key, depth + 1)
        if key == "dtype" and family == "metrics" and str(translated).startswith("int"):
            continue  # of counts, in the metrics of intersection over union
        if key == "fn" and family == "losses" and _is_its_function(name, translated):
            continue  # as Keras 2 wrote it
        if key == "reduction" and translated == "auto":
            translated = "sum_over_batch_size"
        if target == "axis" and isinstance(translated, list) and len(translated) == 1:
            translated = translated[0]  # as Keras 2 wrote it
        says_nothing = translated is None or translated in idle.get(key, ())
        if says_nothing and known is not None and target not in known:
            continue
        found[target] = translated
    return found


def _is_its_function(name: str, function: Any) -> bool:
    """Tell whether a loss class is that of a function's name."""
    registry = registry_of("losses")
    assert registry is not None
    known = isinstance(function, str) and registry.knows(function)
    return known and registry.lookup(function, "loss") is registry.find_class(name)


def _parameters(name: str, family: str) -> set[str] | None:
    """Return the names of the arguments that fastnn's class takes, None if there is no class."""
    registry = registry_of(family)
    cls = None if registry is None else registry.find_class(name)
    if cls is None:
        return None
    return set(inspect.signature(cls).parameters)


def registry_of(family: str) -> "Registry[Any] | None":
    """Return the registry of a family, None if fastnn has none."""
    if family not in _FAMILIES:
        return None
    try:
        module = importlib.import_module(f"fastnn.{family}")
    except ModuleNotFoundError:
        return None
    registry: Registry[Any] | None = getattr(module, "REGISTRY", None)
    return registry


# ---- writing ------------------------------------------------------------------------------


def to_keras(value: Any, argument: str) -> Any:
    """Return Keras' form of a value in a configuration of fastnn."""
    if isinstance(value, (list, tuple)):
        return [to_keras(item, argument) for item in value]
    if isinstance(value, str) and value in _OWN and argument in ("activation", "loss", "metrics"):
        raise ValueError(f"Keras has no {value!r}: its files cannot hold it; save as .fnn")
    if not isinstance(value, dict):
        return _OWN_VALUES.get(argument, {}).get(value, value) if isinstance(value, str) else value
    if {"class_name", "registered_name"} <= set(value):  # the user's own, in Keras' form
        return value
    if not isinstance(value.get("class_name"), str) or not isinstance(value.get("config"), dict):
        return {key: to_keras(item, _within(argument, key)) for key, item in value.items()}
    name = value["class_name"]
    if name in _OWN:
        raise ValueError(f"Keras has no {name}: its files cannot hold it; save as .fnn")
    if argument == "activation":
        raise ValueError(
            f"Keras' files cannot hold an activation with arguments, {name} with "
            f"{shorten(value['config'])}: give it a layer of its own, or save as .fnn"
        )
    config = {key: to_keras(item, key) for key, item in value["config"].items()}
    if name == "InputLayer" and "shape" in config:
        config["batch_shape"] = [None, *config.pop("shape")]
    family = _family(None, argument)
    if argument == "layers" and name in OPERATIONS:
        return {
            "module": "keras.src.ops.numpy", "class_name": name, "registered_name": name,
            "config": {"name": config["name"]},
        }  # fmt: skip
    return {
        **{key: item for key, item in value.items() if key not in ("class_name", "config")},
        "module": f"keras.{family}" if family else "keras",
        "class_name": name,
        "config": config,
        "registered_name": None,
    }
