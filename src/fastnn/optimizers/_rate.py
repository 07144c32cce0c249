"""The learning rate as an optimiser hands it out: a float that can also be assigned to."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from fastnn.optimizers.base import Optimizer


class Rate(float):
    """Value of an optimiser's learning rate when it was asked for.

    Programs written for Keras, where it is a variable, read it with ``float()``, `numpy` or
    `value` and set it with `assign`.

    Examples
    --------
    >>> import fastnn
    >>> adam = fastnn.optimizers.Adam(0.5)
    >>> adam.learning_rate.assign(0.25)
    >>> adam.learning_rate
    0.25
    """

    __slots__ = ("_optimizer",)

    _optimizer: "Optimizer"

    def __new__(cls, value: float, optimizer: "Optimizer") -> Self:
        rate = super().__new__(cls, value)
        rate._optimizer = optimizer
        return rate

    def assign(self, value: Any) -> None:
        """Set the learning rate of the optimiser."""
        self._optimizer.learning_rate = value

    def numpy(self) -> np.float32:
        """Return the value as a NumPy number."""
        return np.float32(self)

    @property
    def value(self) -> float:
        """The value as a plain float."""
        return float(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return float, (float(self),)
