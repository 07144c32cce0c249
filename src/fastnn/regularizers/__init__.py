"""Penalties on weights and outputs, by name or as objects that are called with an array."""

from typing import TYPE_CHECKING, Any

from fastnn._lazy import make_lazy
from fastnn._registry import Registry
from fastnn.regularizers.base import Regularizer

if TYPE_CHECKING:
    from fastnn.regularizers.l1 import L1, l1
    from fastnn.regularizers.l1_l2 import L1L2, l1_l2
    from fastnn.regularizers.l2 import L2, l2
    from fastnn.regularizers.orthogonal_regularizer import (
        OrthogonalRegularizer,
        orthogonal_regularizer,
    )

__all__ = [
    "L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer", "deserialize", "get", "l1",
    "l1_l2", "l2", "orthogonal_regularizer", "serialize",
]  # fmt: skip

make_lazy(
    __name__,
    {
        "l1": "L1 l1",
        "l1_l2": "L1L2 l1_l2",
        "l2": "L2 l2",
        "orthogonal_regularizer": "OrthogonalRegularizer orthogonal_regularizer",
    },
)
REGISTRY: Registry[Regularizer] = Registry(
    "regularizer",
    "regularizers",
    {
        "L1": "l1",
        "L1L2": "l1_l2 l1l2",
        "L2": "l2",
        "OrthogonalRegularizer": "orthogonal_regularizer",
    },
    base=Regularizer,
)


def get(identifier: Any, argument: str | None = None) -> Any:
    """Return the regulariser that a name, a class, an object or a configuration means.

    None stays None, and a function itself.

    Parameters
    ----------
    identifier : str, class, callable, dict or None
    argument : str, default=None
        Argument of a layer, whose derivative the core must know: functions raise then.

    Raises
    ------
    ValueError
        If it means none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.regularizers.get("l2")
    L2(l2=0.01)
    """
    return REGISTRY.meant(identifier, Regularizer, argument)


def serialize(regularizer: Any) -> Any:
    """Return class name and arguments of a regulariser.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.regularizers.serialize(fastnn.regularizers.L1(0.5))
    {'class_name': 'L1', 'config': {'l1': 0.5}}
    """
    return REGISTRY.serialize(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the regulariser that `serialize` described, or that a name means.

    Parameters
    ----------
    config : dict or str
    custom_objects : dict, default=None
        Classes and functions of one's own, by name.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.regularizers.deserialize({"class_name": "L2", "config": {"l2": 0.5}})
    L2(l2=0.5)
    """
    return REGISTRY.read(config, custom_objects)
