"""Optimisers, by name or as objects."""

from typing import Any, NoReturn

from fastnn._keras_names import raise_absent
from fastnn._registry import Registry, shorten
from fastnn.optimizers.adam import Adam
from fastnn.optimizers.base import Optimizer
from fastnn.optimizers.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer", "deserialize", "get", "serialize"]

REGISTRY: Registry[Optimizer] = Registry("optimizer", "optimizers")
REGISTRY.register(Adam, "adam")
REGISTRY.register(SGD, "sgd")


def get(identifier: Any) -> Optimizer:
    """Return the optimiser that a name, a class, an object or a configuration means.

    Raises
    ------
    ValueError
        If it means none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.optimizers.get("sgd").learning_rate
    0.01
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        name = identifier if identifier in ("SGD", "Adam") else identifier.lower()
        identifier = REGISTRY.lookup(name, "optimizer")
    if isinstance(identifier, dict):
        return REGISTRY.deserialize(identifier)
    # Only the subclasses have defaults for all arguments.
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        made: Any = identifier
        return made()  # type: ignore[no-any-return]
    raise ValueError(
        f"`optimizer` must be a name or an object of fastnn.optimizers, got {shorten(identifier)}"
    )


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """Return class name and arguments of an optimiser.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.optimizers.serialize(fastnn.optimizers.SGD())["class_name"]
    'SGD'
    """
    return REGISTRY.serialize(optimizer)


def deserialize(config: dict[str, Any]) -> Optimizer:
    """Return the optimiser that `serialize` described.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.optimizers.deserialize({"class_name": "Adam", "config": {}}).name
    'adam'
    """
    return REGISTRY.deserialize(config)


def __getattr__(name: str) -> NoReturn:
    raise_absent("optimizers", name)
