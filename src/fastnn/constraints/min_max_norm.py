"""Vectors with a length between two bounds."""

from typing import Any

from fastnn._validation import check_number
from fastnn.activations.base import check_at_least_zero
from fastnn.constraints.base import NormConstraint, axis_config, check_axis


class MinMaxNorm(NormConstraint):
    r"""Weights whose vectors have a length between two bounds.

    :math:`w \, d / (10^{-7} + n)` with :math:`n = \|w\|` and
    :math:`d = \mathit{rate}\,\mathrm{clip}(n, \mathit{min\_value}, \mathit{max\_value}) +
    (1 - \mathit{rate})\,n`.

    Parameters
    ----------
    min_value : float, default=0.0
        At least 0.
    max_value : float, default=1.0
        At least `min_value`.
    rate : float, default=1.0
        Share of the way to the bounds that one step goes.
    axis : int or list of int, default=0
        As in `MaxNorm`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if `axis` is not an axis of the array.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.constraints.MinMaxNorm(1.0, 2.0, rate=0.5)([[3.0], [4.0]]).round(2)
    array([[2.1],
           [2.8]], dtype=float32)
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value = check_at_least_zero(min_value, "min_value")
        self.max_value = check_number(max_value, "max_value")
        if self.max_value < self.min_value:
            raise ValueError(
                f"`max_value` must be at least `min_value={self.min_value}`, got {max_value!r}"
            )
        self.rate = check_number(rate, "rate")
        self.axis = check_axis(axis)

    def bounds(self) -> tuple[float, float, float]:
        return self.min_value, self.max_value, self.rate

    def get_config(self) -> dict[str, Any]:
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": axis_config(self.axis),
        }


min_max_norm = MinMaxNorm  # as Keras has it: another name of the class
