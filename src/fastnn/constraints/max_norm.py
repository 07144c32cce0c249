"""Vectors of at most some length."""

from typing import Any

from fastnn.activations.base import check_at_least_zero
from fastnn.constraints.base import NormConstraint, axis_config, check_axis


class MaxNorm(NormConstraint):
    r"""Weights whose vectors are no longer than `max_value`.

    :math:`w \, \min(\|w\|, \mathit{max\_value}) / (10^{-7} + \|w\|)` (Srivastava et al., JMLR 15,
    2014).

    Parameters
    ----------
    max_value : float, default=2
        At least 0.
    axis : int or list of int, default=0
        Axes along which norms are taken: 0 for the incoming weights of each unit of a kernel
        ``(n_in, n_out)``; None for all axes.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if `axis` is not an axis of the array.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.constraints.MaxNorm(1.0)([[3.0, 0.1], [4.0, 0.1]]).round(2)
    array([[0.6, 0.1],
           [0.8, 0.1]], dtype=float32)
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = check_at_least_zero(max_value, "max_value")
        self.axis = check_axis(axis)

    def bounds(self) -> tuple[float, float, float]:
        return 0.0, self.max_value, 1.0

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": axis_config(self.axis)}


max_norm = MaxNorm  # as Keras has it: another name of the class
