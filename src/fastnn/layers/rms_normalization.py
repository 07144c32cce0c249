"""Root-mean-square normalisation."""

import math
from typing import Any

from fastnn import initializers
from fastnn._plan import Plan
from fastnn.layers._axes import check_axes, trailing_axes
from fastnn.layers._restrictions import (
    activity_penalty,
    check_activity,
    restrictions_config,
)
from fastnn.layers.base import Layer, WeightSpec
from fastnn.layers.batch_normalization import check_epsilon
from fastnn.layers.variable import Variable


class RMSNormalization(Layer):
    r"""Divide each row by its root mean square (Zhang and Sennrich, 2019).

    .. math:: y_i = s_i x_i / \sqrt{\textstyle\sum_j x_j^2 / n + \epsilon}

    Parameters
    ----------
    axis : int or list of int, default=-1
        The axes that make a row: the last, or several at the end of the sample.
    epsilon : float, default=1e-6
    activity_regularizer : str or Regularizer, default=None
        Penalty on the outputs, divided by the batch size: L1, L2 or L1L2.
    name, trainable, dtype, input_shape, input_dim
        As in `Dense`.

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
        *,
        activity_regularizer: Any = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: tuple[int, ...] | None = None,
        input_dim: int | None = None,
    ) -> None:
        self.axis = check_axes(axis)
        self.epsilon = check_epsilon(epsilon)
        super().__init__(name, trainable, dtype, input_shape, input_dim)
        self.activity_regularizer = check_activity(activity_regularizer)

    def weight_specs(self, input_shape: tuple[int, ...]) -> list[WeightSpec]:
        count = trailing_axes(self.axis, input_shape, self.name)
        return [WeightSpec("scale", input_shape[-count:], initializers.Ones())]

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        count = trailing_axes(self.axis, input_shape, self.name)
        plan.reshape((*input_shape[:-count], math.prod(input_shape[-count:])))
        plan.columns("rms_norm", self, input_shape[-count:], use_scale=True, epsilon=self.epsilon)
        plan.reshape(input_shape)
        plan.penalty(*activity_penalty(self.activity_regularizer))

    @property
    def scale(self) -> Variable:
        """The factor of each entry."""
        return self.built_weight(0)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            **restrictions_config(activity_regularizer=self.activity_regularizer),
        }
