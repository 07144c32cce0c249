"""InverseTimeDecay: a rate that falls as 1 / t."""

from typing import Any, ClassVar

from fastnn._validation import check_bool, check_number
from fastnn.optimizers.schedules.base import NativeSchedule, positive_steps


class InverseTimeDecay(NativeSchedule):
    r"""The rate over the time: :math:`\eta_t = \eta_0 / (1 + r t / d)`.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : number above 0
    decay_rate : float
    staircase : bool, default=False
        Round :math:`t / d` down: the rate falls in steps.
    name : str, default="InverseTimeDecay"

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> schedule = fastnn.optimizers.schedules.InverseTimeDecay(0.5, 10, 1.0)
    >>> schedule(0), schedule(10), schedule(30)
    (0.5, 0.25, 0.125)
    """

    KIND: ClassVar[str] = "inverse_time"

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
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
