"""CosineDecayRestarts: a cosine that starts again and again."""

from typing import Any, ClassVar

from fastnn._validation import check_number
from fastnn.optimizers.schedules.base import NativeSchedule, positive_steps


class CosineDecayRestarts(NativeSchedule):
    r"""Cosine decay with warm restarts (Loshchilov and Hutter, 2016, arXiv 1608.03983).

    Period :math:`i` has :math:`d\,t_{mul}^i` steps; at share :math:`x` of it the rate is
    :math:`\eta_0 ((1 - \alpha) m_{mul}^i (1 + \cos \pi x) / 2 + \alpha)`.

    Parameters
    ----------
    initial_learning_rate : float
    first_decay_steps : number above 0
    t_mul : number above 0, default=2.0
        How much longer each period is.
    m_mul : float, default=1.0
        How much higher each period starts.
    alpha : float, default=0.0
        Share of the rate that is left at the end of a period.
    name : str, default="SGDRDecay"

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> schedule = fastnn.optimizers.schedules.CosineDecayRestarts(0.5, 10)
    >>> schedule(0), schedule(5), schedule(10), schedule(20)
    (0.5, 0.25, 0.5, 0.25)
    """

    KIND: ClassVar[str] = "cosine_restarts"

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = check_number(initial_learning_rate, "initial_learning_rate")
        self.first_decay_steps = positive_steps(first_decay_steps, "first_decay_steps")
        self.t_mul = positive_steps(t_mul, "t_mul")
        self.m_mul = check_number(m_mul, "m_mul")
        self.alpha = check_number(alpha, "alpha")
        self.name = name

    def params(self) -> tuple[float, ...]:
        return (
            self.initial_learning_rate,
            self.first_decay_steps,
            self.t_mul,
            self.m_mul,
            self.alpha,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self.t_mul,
            "m_mul": self.m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }
