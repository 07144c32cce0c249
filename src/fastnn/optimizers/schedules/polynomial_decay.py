"""PolynomialDecay: a rate that falls to another as a power of the time."""

from typing import Any, ClassVar

from fastnn._validation import check_bool, check_number
from fastnn.optimizers.schedules.base import NativeSchedule, positive_steps


class PolynomialDecay(NativeSchedule):
    r"""From one rate to another:
    :math:`\eta_t = (\eta_0 - \eta_e)(1 - \min(t, d) / d)^p + \eta_e`.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : number above 0
    end_learning_rate : float, default=0.0001
    power : float, default=1.0
    cycle : bool, default=False
        Take for `d` its first multiple that :math:`t` has not passed.
    name : str, default="PolynomialDecay"

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> schedule = fastnn.optimizers.schedules.PolynomialDecay(0.75, 10, 0.25)
    >>> schedule(0), schedule(5), schedule(30)
    (0.75, 0.5, 0.25)
    """

    KIND: ClassVar[str] = "polynomial"

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = check_number(initial_learning_rate, "initial_learning_rate")
        self.decay_steps = positive_steps(decay_steps, "decay_steps")
        self.end_learning_rate = check_number(end_learning_rate, "end_learning_rate")
        self.power = check_number(power, "power")
        self.cycle = check_bool(cycle, "cycle")
        self.name = name

    def params(self) -> tuple[float, ...]:
        return (
            self.initial_learning_rate,
            self.decay_steps,
            self.end_learning_rate,
            self.power,
            self.cycle,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }
