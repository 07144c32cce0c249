"""Root-mean-square normalisation."""

from typing import Any, Unpack

from fastnn import initializers
from fastnn._plan import Plan
from fastnn.layers._axes import check_axes, sample_axes, sizes_of
from fastnn.layers._common import Common
from fastnn.layers.base import Layer, WeightSpec
from fastnn.layers.batch_normalization import check_epsilon
from fastnn.layers.variable import Variable


class RMSNormalization(Layer):
    r"""Divide each row by its root mean square (Zhang and Sennrich, 2019).

    .. math:: y_i = s_i x_i / \sqrt{\textstyle\sum_j x_j^2 / n + \epsilon}

    Parameters
    ----------
    axis : int or list of int, default=-1
        The axes that make a row.
    epsilon : float, default=1e-6
    {common}

    Attributes
    ----------
    scale : Variable of the shape of a row
        Starts as ones.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.RMSNormalization(epsilon=0.0)([[1.0, 7.0]])
    array([[0.2, 1.4]], dtype=float32)
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-6,
        **common: Unpack[Common],
    ) -> None:
        self.axis = check_axes(axis)
        self.epsilon = check_epsilon(epsilon)
        super().__init__(**common)

    def weight_specs(self, input_shape: tuple[int, ...]) -> list[WeightSpec]:
        shape = sizes_of(input_shape, sample_axes(self.axis, input_shape, self.name))
        return [WeightSpec("scale", shape, initializers.Ones())]

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        axes = sample_axes(self.axis, input_shape, self.name)
        shape = sizes_of(input_shape, axes)

        def append() -> None:
            plan.columns("rms_norm", self, shape, use_scale=True, epsilon=self.epsilon)

        plan.along(input_shape, axes, append)

    @property
    def scale(self) -> Variable:
        """The factor of each entry."""
        return self.built_weight(0)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
        }
