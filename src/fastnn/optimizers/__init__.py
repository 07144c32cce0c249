"""Optimisers, by name or as objects."""

from typing import TYPE_CHECKING, Any

from fastnn._lazy import make_lazy
from fastnn._registry import Registry, shorten
from fastnn.optimizers.base import Optimizer

if TYPE_CHECKING:
    from fastnn.optimizers import schedules
    from fastnn.optimizers.adadelta import Adadelta
    from fastnn.optimizers.adagrad import Adagrad
    from fastnn.optimizers.adam import Adam
    from fastnn.optimizers.adamax import Adamax
    from fastnn.optimizers.adamw import AdamW
    from fastnn.optimizers.ftrl import Ftrl
    from fastnn.optimizers.lamb import Lamb
    from fastnn.optimizers.lbfgs import LBFGS
    from fastnn.optimizers.lion import Lion
    from fastnn.optimizers.nadam import Nadam
    from fastnn.optimizers.rmsprop import RMSprop
    from fastnn.optimizers.sgd import SGD

__all__ = [
    "LBFGS", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion",
    "Nadam", "Optimizer", "RMSprop", "deserialize", "get", "schedules", "serialize",
]  # fmt: skip

make_lazy(
    __name__,
    {
        "adadelta": "Adadelta",
        "adagrad": "Adagrad",
        "adam": "Adam",
        "adamax": "Adamax",
        "adamw": "AdamW",
        "ftrl": "Ftrl",
        "lamb": "Lamb",
        "lbfgs": "LBFGS",
        "lion": "Lion",
        "nadam": "Nadam",
        "rmsprop": "RMSprop",
        "sgd": "SGD",
    },
    modules=["schedules"],
)
REGISTRY: Registry[Optimizer] = Registry(
    "optimizer",
    "optimizers",
    {
        "Adadelta": "adadelta",
        "Adagrad": "adagrad",
        "Adam": "adam",
        "Adamax": "adamax",
        "AdamW": "adamw",
        "Ftrl": "ftrl",
        "LBFGS": "lbfgs",
        "Lamb": "lamb",
        "Lion": "lion",
        "Nadam": "nadam",
        "RMSprop": "rmsprop",
        "SGD": "sgd",
    },
)


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
        name = identifier.lower()
        identifier = REGISTRY.lookup(name if name in REGISTRY.names() else identifier, "optimizer")
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
