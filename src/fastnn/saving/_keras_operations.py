"""Keras' operations on tensors of models, as its files describe them, and layers of fastnn."""

from collections.abc import Callable
from typing import Any, NamedTuple

from fastnn.layers.base import Layer
from fastnn.layers.merging.base import Merge
from fastnn.layers.operations.get_item import GetItem
from fastnn.layers.operations.power import Power
from fastnn.layers.operations.true_divide import TrueDivide

# What fastnn writes.
OPERATIONS = frozenset(["Absolute", "GetItem", "Power", "TrueDivide"])

# Operations of Keras on a tensor and a number, as a factor and a summand. The second argument says
# whether the tensor comes first.
_ARITHMETIC: dict[str, Callable[[float, bool], tuple[float, float] | None]] = {
    "Add": lambda number, first: (1.0, number),
    "Subtract": lambda number, first: (1.0, -number) if first else (-1.0, number),
    "Multiply": lambda number, first: (number, 0.0),
    "TrueDivide": lambda number, first: (1.0 / number, 0.0) if first and number else None,
    "Divide": lambda number, first: (1.0 / number, 0.0) if first and number else None,
    "Negative": lambda number, first: (-1.0, 0.0),
}
# Operations on one tensor.
_ALONE: dict[str, tuple[str, dict[str, Any]]] = {
    "Absolute": ("Absolute", {}),
    "Abs": ("Absolute", {}),
    "Square": ("Power", {"exponent": 2.0}),
    "Sqrt": ("Power", {"exponent": 0.5}),
    "Rsqrt": ("Power", {"exponent": -0.5}),
    "Reciprocal": ("Power", {"exponent": -1.0}),
}
_QUOTIENTS = ("TrueDivide", "Divide")
KNOWN = frozenset([*_ARITHMETIC, *_ALONE, "Power", "GetItem"])


class Operation(NamedTuple):
    """A layer that an operation stands for, and the tensors that it is called on."""

    class_name: str
    config: dict[str, Any]
    tensors: list[Any]


def read(class_name: str, calls: list[Any]) -> Operation | None:
    """Return what an operation is that is called once, None for anything else."""
    call = calls[0] if len(calls) == 1 else None
    args = call.get("args") if class_name in KNOWN and isinstance(call, dict) else None
    if not isinstance(args, list) or not args:
        return None
    tensors = [each for each in args if isinstance(each, dict)]
    if len(args) == 1 and tensors:
        if class_name in _ALONE:
            return Operation(*_ALONE[class_name], tensors)
        return _rescaling(class_name, tensors, 0.0, True) if class_name == "Negative" else None
    if len(args) != 2 or class_name in _ALONE or not tensors:
        return None
    if len(tensors) == 2:
        return Operation("TrueDivide", {}, tensors) if class_name in _QUOTIENTS else None
    first = isinstance(args[0], dict)
    other = args[1] if first else args[0]
    if class_name == "GetItem":
        key = _key(other) if first else None
        return None if key is None else Operation("GetItem", {"key": key}, tensors)
    if not isinstance(other, (int, float)):
        return None
    if class_name == "Power":
        return Operation("Power", {"exponent": float(other)}, tensors) if first else None
    return _rescaling(class_name, tensors, float(other), first)


def _rescaling(class_name: str, tensors: list[Any], number: float, first: bool) -> Operation | None:
    found = _ARITHMETIC[class_name](number, first) if class_name in _ARITHMETIC else None
    if found is None:
        return None
    return Operation("Rescaling", dict(zip(("scale", "offset"), found, strict=True)), tensors)


def _key(given: Any) -> list[Any] | None:
    """Return the key of a `GetItem`, without the slice for the batch."""
    found: list[Any] = []
    for part in given if isinstance(given, list) else [given]:
        if isinstance(part, dict) and part.get("class_name") == "__slice__":
            config = part.get("config")
            if not isinstance(config, dict):
                return None
            found.append([config.get(name) for name in ("start", "stop", "step")])
        elif isinstance(part, int) and not isinstance(part, bool):
            found.append(part)
        else:
            return None
    return found[1:] if found and found[0] == [None, None, None] else None


def arguments(layer: Layer, tensors: list[Any]) -> list[Any]:
    """Return what Keras calls a layer with, for descriptions of the tensors."""
    if isinstance(layer, Power):
        return [*tensors, layer.exponent]
    if isinstance(layer, GetItem):
        return [*tensors, [_slice(None, None, None), *map(_written, layer.key)]]
    return [tensors] if isinstance(layer, Merge) and not isinstance(layer, TrueDivide) else tensors


def _written(part: Any) -> Any:
    return _slice(*part) if isinstance(part, list) else part


def _slice(start: int | None, stop: int | None, step: int | None) -> dict[str, Any]:
    config = {"start": start, "stop": stop, "step": step}
    return {"class_name": "__slice__", "config": config}
