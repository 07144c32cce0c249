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
    from fastnn.optimizers.muon import Muon
    from fastnn.optimizers.nadam import Nadam
    from fastnn.optimizers.rmsprop import RMSprop
    from fastnn.optimizers.sgd import SGD

__all__ = [
    "LBFGS", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion",
    "Muon", "Nadam", "Optimizer", "RMSprop", "deserialize", "get", "schedules", "serialize",
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
        "muon": "Muon",
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
        "Muon": "muon",
        "Nadam": "nadam",
        "RMSprop": "rmsprop",
        "SGD": "sgd",
    },
    base=Optimizer,
    callables=False,
)


def get(identifier: Any) -> Any:
    """Return the optimiser that a name, an object or a configuration means.

    None stays None.

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
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        name = identifier.lower()
        # Only the subclasses have defaults for all arguments.
        found: Any = REGISTRY.lookup(name if name in REGISTRY.names() else identifier, "optimizer")
        return found()
    if isinstance(identifier, dict):
        return deserialize(identifier)
    raise ValueError(
        f"`optimizer` must be a name or an object of fastnn.optimizers, got {shorten(identifier)}"
    )


def serialize(optimizer: Any) -> Any:
    """Return class name and arguments of an optimiser.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.optimizers.serialize(fastnn.optimizers.SGD())["class_name"]
    'SGD'
    """
    return REGISTRY.serialize(optimizer)


def resolve(identifier: Any) -> Optimizer | None:
    """Return what `get` does, for `compile`; not part of the interface."""
    optimizer: Optimizer | None = get(identifier)
    return optimizer


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the optimiser that `serialize` described; case does not matter in its class name.

    Parameters
    ----------
    config : dict or str
    custom_objects : dict, default=None
        Classes of one's own, by name.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.optimizers.deserialize({"class_name": "Adam", "config": {}}).name
    'adam'
    """
    if isinstance(config, dict) and isinstance(config.get("class_name"), str):
        lower = config["class_name"].lower()
        config = {**config, "class_name": lower} if lower in REGISTRY.names() else config
    return REGISTRY.read(config, custom_objects)
