"""Softmax as a layer."""

from typing import Any, ClassVar, Unpack

from fastnn._plan import Plan
from fastnn.activations.base import NativeActivation
from fastnn.layers._axes import check_axes, sample_axes
from fastnn.layers._common import Common
from fastnn.layers.base import Layer


class Softmax(Layer):
    r"""Probabilities along an axis, or several, :math:`e^{x_i} / \sum_j e^{x_j}`.

    Parameters
    ----------
    axis : int or list of int, default=-1
        The axes whose entries sum to 1.
    {common}

    Raises
    ------
    ValueError
        If `axis` names no axes of the samples.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Softmax()([[0.0, 0.0]])
    array([[0.5, 0.5]], dtype=float32)
    """

    _TAKES_VECTORS: ClassVar[bool] = True

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
        softmax = NativeActivation("softmax", ())
        plan.along(input_shape, axes, lambda: plan.activation(softmax))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
