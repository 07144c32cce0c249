"""Base of the learning-rate schedules; the values come from the core."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn._validation import as_array, check_number


class LearningRateSchedule:
    """Base class of the schedules: a learning rate for every step, counted from 0.

    A subclass of yours overrides `__call__`, and `get_config` if it is to be saved.

    Examples
    --------
    >>> import fastnn
    >>> class Halving(fastnn.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 / 2**step
    >>> fastnn.optimizers.SGD(Halving()).learning_rate
    0.1
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        raise NotImplementedError(f"{type(self).__name__} must override `__call__(self, step)`")

    def rates(self, first: int, count: int) -> NDArray[np.float64]:
        """Return the learning rates of `count` steps from `first` on."""
        name = f"{type(self).__name__}(step)"
        return np.array([check_number(self(i), name) for i in range(first, first + count)])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal schedule."""
        raise NotImplementedError(f"{type(self).__name__} must override `get_config()` to be saved")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the schedule that `get_config` described."""
        return cls(**config)


class FunctionSchedule(LearningRateSchedule):
    """A function without arguments, which is called for each step."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function

    def __call__(self, step: Any) -> Any:
        return self._function()

    @property
    def source(self) -> Callable[[], Any]:
        """The function."""
        return self._function

    def __repr__(self) -> str:
        return repr(self._function)


class NativeSchedule(LearningRateSchedule):
    """A schedule that the core computes, with the same bits on every machine."""

    KIND: ClassVar[str]  # its name in `_core.SCHEDULES`

    def params(self) -> tuple[float, ...]:
        """Return the parameters in the core's order."""
        raise NotImplementedError(f"{type(self).__name__} does not name its parameters")

    def __call__(self, step: ArrayLike) -> Any:
        """Return the learning rate of a step, or of each step of an array."""
        array = as_array(step, "step").astype(np.float64)
        flat = np.ascontiguousarray(array.reshape(-1))
        out = _core.schedule_rates(_core.SCHEDULES[self.KIND], self.params(), flat)
        return float(out[0]) if array.ndim == 0 else out.reshape(array.shape)

    def rates(self, first: int, count: int) -> NDArray[np.float64]:
        steps = np.arange(first, first + count, dtype=np.float64)
        return _core.schedule_rates(_core.SCHEDULES[self.KIND], self.params(), steps)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


def check_steps(value: Any, argument: str, check: Callable[[float], bool], rule: str) -> float:
    """Return a number of steps, as given, for which `check` holds; `rule` says what it asks."""
    number = check_number(value, argument)
    if not check(number):
        raise ValueError(f"`{argument}` must be {rule}, got {value!r}")
    return int(value) if isinstance(value, (int, np.integer)) else number


def positive_steps(value: Any, argument: str) -> float:
    """Return a number of steps above 0."""
    return check_steps(value, argument, lambda n: n > 0, "above 0")
