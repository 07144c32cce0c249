"""ExponentialDecay: a rate that falls by a factor."""

from typing import Any, ClassVar

from fastnn._validation import check_bool, check_number
from fastnn.optimizers.schedules.base import NativeSchedule, positive_steps


class ExponentialDecay(NativeSchedule):
    r"""The rate times a power: :math:`\eta_t = \eta_0 r^{t / d}`.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : number above 0
    decay_rate : float
    staircase : bool, default=False
        Round :math:`t / d` down: the rate falls in steps.
    name : str, default="ExponentialDecay"

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> schedule = fastnn.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    >>> schedule(0), schedule(10), schedule(20)
    (0.5, 0.25, 0.125)
    """

    KIND: ClassVar[str] = "exponential"

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = check_number(initial_learning_rate, "initial_learning_rate")
        self.decay_steps = positive_steps(decay_steps, "decay_steps")
        self.decay_rate = check_number(decay_rate, "decay_rate")
        self.staircase = check_bool(staircase, "staircase")
        self.name = name

    def params(self) -> tuple[float, ...]:
        return (self.initial_learning_rate, self.decay_steps, self.decay_rate, self.staircase)

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }
