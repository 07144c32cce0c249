"""CosineDecay: half a cosine wave, with a linear rise before it if asked."""

from typing import Any, ClassVar

from fastnn._validation import check_number
from fastnn.optimizers.schedules.base import NativeSchedule, check_steps, positive_steps


class CosineDecay(NativeSchedule):
    r"""Cosine decay (Loshchilov and Hutter, 2016, arXiv 1608.03983), after a warm-up if asked.

    :math:`\eta_t = \eta ((1 - \alpha) (1 + \cos(\pi \min(t, d) / d)) / 2 + \alpha)`. With a
    `warmup_target` the rate first rises to it in a line, for `warmup_steps` steps; then
    :math:`\eta` is the target and :math:`t` counts from there.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : number above 0
    alpha : float, default=0.0
        Share of the rate that is left at the end.
    name : str, default="CosineDecay"
    warmup_target : float, default=None
        None for no warm-up.
    warmup_steps : number of at least 0, default=0

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> schedule = fastnn.optimizers.schedules.CosineDecay(
    ...     0.0, 10, warmup_target=0.5, warmup_steps=2)
    >>> schedule(0), schedule(1), schedule(2), schedule(7)
    (0.0, 0.25, 0.5, 0.25)
    """

    KIND: ClassVar[str] = "cosine"

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate = check_number(initial_learning_rate, "initial_learning_rate")
        self.decay_steps = positive_steps(decay_steps, "decay_steps")
        self.alpha = check_number(alpha, "alpha")
        self.name = name
        self.warmup_target = (
            None if warmup_target is None else check_number(warmup_target, "warmup_target")
        )
        self.warmup_steps = check_steps(
            warmup_steps, "warmup_steps", lambda n: n >= 0, "at least 0"
        )

    def params(self) -> tuple[float, ...]:
        target = self.warmup_target
        return (
            self.initial_learning_rate,
            self.decay_steps,
            self.alpha,
            target is not None,
            0.0 if target is None else target,
            self.warmup_steps,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }
