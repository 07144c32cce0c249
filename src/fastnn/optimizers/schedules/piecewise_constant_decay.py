"""PiecewiseConstantDecay: one rate up to each boundary."""

from collections.abc import Sequence
from typing import Any, ClassVar

from fastnn._validation import check_number
from fastnn.optimizers.schedules.base import NativeSchedule, check_steps


class PiecewiseConstantDecay(NativeSchedule):
    """``values[i]`` as long as the step is at most ``boundaries[i]``, then the last value.

    Parameters
    ----------
    boundaries : sequence of numbers, ascending
    values : sequence of float
        One more than there are boundaries.
    name : str, default="PiecewiseConstant"

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> schedule = fastnn.optimizers.schedules.PiecewiseConstantDecay([5, 10], [0.5, 0.25, 0.125])
    >>> schedule(5), schedule(6), schedule(11)
    (0.5, 0.25, 0.125)
    """

    KIND: ClassVar[str] = "piecewise"

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1 or len(boundaries) == 0:
            raise ValueError(
                "`values` must be one more than `boundaries`, of which there must be one or more, "
                f"got {len(values)} and {len(boundaries)}"
            )
        self.boundaries = [
            check_steps(b, f"boundaries[{i}]", lambda n: True, "a number")
            for i, b in enumerate(boundaries)
        ]
        for i, (low, high) in enumerate(zip(self.boundaries, self.boundaries[1:], strict=False)):
            if low >= high:
                raise ValueError(
                    f"`boundaries` must ascend, got {low!r} before {high!r} at place {i + 1}"
                )
        self.values = [check_number(v, f"values[{i}]") for i, v in enumerate(values)]
        self.name = name

    def params(self) -> tuple[float, ...]:
        return (*self.boundaries, *self.values)

    def get_config(self) -> dict[str, Any]:
        return {"boundaries": [*self.boundaries], "values": [*self.values], "name": self.name}
