"""Vectors of length one."""

from typing import Any

from fastnn.constraints.base import NormConstraint, axis_config, check_axis


class UnitNorm(NormConstraint):
    r"""Weights whose vectors have length 1: :math:`w / (10^{-7} + \|w\|)`.

    Parameters
    ----------
    axis : int or list of int, default=0
        As in `MaxNorm`.

    Raises
    ------
    ValueError
        If `axis` is none of these; in a call, if it is not an axis of the array.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.constraints.UnitNorm()([[3.0], [4.0]]).round(2)
    array([[0.6],
           [0.8]], dtype=float32)
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = check_axis(axis)

    def bounds(self) -> tuple[float, float, float]:
        return 1.0, 1.0, 1.0

    def get_config(self) -> dict[str, Any]:
        return {"axis": axis_config(self.axis)}


unit_norm = UnitNorm  # as Keras has it: another name of the class
