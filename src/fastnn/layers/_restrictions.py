"""Regularisers and constraints as arguments of layers: checks and configurations."""

from typing import Any

from fastnn import constraints, regularizers
from fastnn.constraints import Constraint
from fastnn.regularizers import Regularizer


def check_regularizer(value: Any, argument: str, ndim: int) -> Regularizer | None:
    """Return the regulariser of a weight of `ndim` axes, one that the core has."""
    regularizer: Regularizer | None = regularizers.get(value, argument)
    if regularizer is None:
        return None
    if regularizer.native().name != "l1_l2" and ndim != 2:
        raise ValueError(
            f"`{argument}` must be one for vectors, got {regularizer!r}, which is for matrices"
        )
    return regularizer


def check_constraint(value: Any, argument: str, ndim: int) -> Constraint | None:
    """Return the constraint of a weight of `ndim` axes, one that the core has."""
    constraint: Constraint | None = constraints.get(value, argument)
    if constraint is not None:
        _check_fits(constraint, argument, (1,) * ndim)
    return constraint


def _check_fits(constraint: Constraint, argument: str, shape: tuple[int, ...]) -> None:
    try:
        constraint.native(shape)
    except ValueError as error:
        raise ValueError(f"`{argument}`: {error}") from error


def check_restrictions(
    name: str,
    shape: tuple[int, ...],
    regularizer: Regularizer | None,
    constraint: Constraint | None,
) -> None:
    """Raise if a weight's regulariser or constraint is none for its shape."""
    check_regularizer(regularizer, f"{name}_regularizer", len(shape))
    if constraint is not None:
        _check_fits(constraint, f"{name}_constraint", shape)


def check_activity(value: Any) -> Regularizer | None:
    """Return the regulariser of a layer's outputs, one that the core has."""
    regularizer: Regularizer | None = regularizers.get(value, "activity_regularizer")
    activity_penalty(regularizer)
    return regularizer


def restrictions_config(**given: Regularizer | Constraint | None) -> dict[str, Any]:
    """Return the configurations of regularisers and constraints, None for one that is not set."""
    return {
        name: regularizers.serialize(value)
        if isinstance(value, Regularizer)
        else constraints.serialize(value)
        for name, value in given.items()
    }


def activity_penalty(regularizer: Regularizer | None) -> tuple[float, float]:
    """Return the factors l1 and l2 of an activity regulariser."""
    if regularizer is None:
        return 0.0, 0.0
    native = regularizer.native()
    if native.name != "l1_l2":
        raise ValueError(
            f"`activity_regularizer` must be L1, L2 or L1L2, got {type(regularizer).__name__}"
        )
    return native.params[0], native.params[1]
