"""Learning-rate schedules: a rate for every step, given to an optimiser as its learning rate."""

from typing import TYPE_CHECKING, Any

from fastnn._lazy import make_lazy
from fastnn._registry import Registry
from fastnn.optimizers.schedules.base import LearningRateSchedule

if TYPE_CHECKING:
    from fastnn.optimizers.schedules.cosine_decay import CosineDecay
    from fastnn.optimizers.schedules.cosine_decay_restarts import CosineDecayRestarts
    from fastnn.optimizers.schedules.exponential_decay import ExponentialDecay
    from fastnn.optimizers.schedules.inverse_time_decay import InverseTimeDecay
    from fastnn.optimizers.schedules.piecewise_constant_decay import PiecewiseConstantDecay
    from fastnn.optimizers.schedules.polynomial_decay import PolynomialDecay

__all__ = [
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay",
    "LearningRateSchedule", "PiecewiseConstantDecay", "PolynomialDecay", "deserialize",
    "serialize",
]  # fmt: skip

make_lazy(
    __name__,
    {
        "cosine_decay": "CosineDecay",
        "cosine_decay_restarts": "CosineDecayRestarts",
        "exponential_decay": "ExponentialDecay",
        "inverse_time_decay": "InverseTimeDecay",
        "piecewise_constant_decay": "PiecewiseConstantDecay",
        "polynomial_decay": "PolynomialDecay",
    },
)
REGISTRY: Registry[LearningRateSchedule] = Registry(
    "schedule",
    "optimizers.schedules",
    {
        "CosineDecay": "",
        "CosineDecayRestarts": "",
        "ExponentialDecay": "",
        "InverseTimeDecay": "",
        "PiecewiseConstantDecay": "",
        "PolynomialDecay": "",
    },
    base=LearningRateSchedule,
)


def serialize(learning_rate_schedule: Any) -> Any:
    """Return class name and arguments of a schedule.

    Examples
    --------
    >>> from fastnn.optimizers import schedules
    >>> schedules.serialize(schedules.CosineDecay(0.1, 50))["class_name"]
    'CosineDecay'
    """
    return REGISTRY.serialize(learning_rate_schedule)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the schedule that `serialize` described.

    Parameters
    ----------
    config : dict
    custom_objects : dict, default=None
        Classes of one's own, by name.

    Examples
    --------
    >>> from fastnn.optimizers import schedules
    >>> schedules.deserialize(schedules.serialize(schedules.CosineDecay(0.1, 50)))(50)
    0.0
    """
    return REGISTRY.read(config, custom_objects)
