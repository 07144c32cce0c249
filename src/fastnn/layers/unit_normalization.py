"""Rows of length one."""

from typing import Any, Unpack

from fastnn._plan import Plan
from fastnn.layers._axes import check_axes, sample_axes
from fastnn.layers._common import Common
from fastnn.layers.base import Layer


class UnitNormalization(Layer):
    r"""Divide each row by its length, :math:`y = x \min(1 / \lVert x \rVert_2, 10^{12})`.

    Parameters
    ----------
    axis : int or list of int, default=-1
        The axes that make a row.
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.UnitNormalization()([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]], dtype=float32)
    """

    def __init__(
        self,
        axis: Any = -1,
        **common: Unpack[Common],
    ) -> None:
        self.axis = check_axes(axis)
        super().__init__(**common)

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        sample_axes(self.axis, input_shape, self.name)
        return input_shape

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        axes = sample_axes(self.axis, input_shape, self.name)
        plan.along(input_shape, axes, lambda: plan.columns("unit_norm", self))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
