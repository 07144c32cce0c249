"""What weights become after each step, by name or as objects that are called with an array."""

from typing import TYPE_CHECKING, Any

from fastnn._lazy import make_lazy
from fastnn._registry import Registry
from fastnn.constraints.base import Constraint

if TYPE_CHECKING:
    from fastnn.constraints.max_norm import MaxNorm, max_norm
    from fastnn.constraints.min_max_norm import MinMaxNorm, min_max_norm
    from fastnn.constraints.non_neg import NonNeg, non_neg
    from fastnn.constraints.unit_norm import UnitNorm, unit_norm

__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "deserialize", "get", "max_norm",
    "min_max_norm", "non_neg", "serialize", "unit_norm",
]  # fmt: skip

make_lazy(
    __name__,
    {
        "max_norm": "MaxNorm max_norm",
        "min_max_norm": "MinMaxNorm min_max_norm",
        "non_neg": "NonNeg non_neg",
        "unit_norm": "UnitNorm unit_norm",
    },
)
REGISTRY: Registry[Constraint] = Registry(
    "constraint",
    "constraints",
    {
        "MaxNorm": "max_norm",
        "MinMaxNorm": "min_max_norm",
        "NonNeg": "non_neg",
        "UnitNorm": "unit_norm",
    },
    base=Constraint,
)


def get(identifier: Any, argument: str | None = None) -> Any:
    """Return the constraint that a name, a class, an object or a configuration means.

    None stays None, and a function itself.

    Parameters
    ----------
    identifier : str, class, callable, dict or None
    argument : str, default=None
        Argument of a layer, whose constraint the core must know: functions raise then.

    Raises
    ------
    ValueError
        If it means none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.constraints.get("unit_norm")
    UnitNorm(axis=0)
    """
    return REGISTRY.meant(identifier, Constraint, argument)


def serialize(constraint: Any) -> Any:
    """Return class name and arguments of a constraint.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.constraints.serialize(fastnn.constraints.UnitNorm())
    {'class_name': 'UnitNorm', 'config': {'axis': 0}}
    """
    return REGISTRY.serialize(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the constraint that `serialize` described, or that a name means.

    Parameters
    ----------
    config : dict or str
    custom_objects : dict, default=None
        Classes and functions of one's own, by name.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.constraints.deserialize({"class_name": "NonNeg", "config": {}})
    NonNeg()
    """
    return REGISTRY.read(config, custom_objects)
