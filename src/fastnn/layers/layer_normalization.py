"""Layer normalisation."""

from typing import Any, Unpack

from fastnn import initializers
from fastnn._plan import Plan
from fastnn._validation import check_bool, reject
from fastnn.layers._axes import check_axes, sample_axes, sizes_of
from fastnn.layers._common import Common
from fastnn.layers._restrictions import (
    check_constraint,
    check_regularizer,
    restrictions_config,
)
from fastnn.layers.base import Layer, WeightSpec
from fastnn.layers.batch_normalization import check_epsilon
from fastnn.layers.variable import Variable


class LayerNormalization(Layer):
    r"""Normalise each row, :math:`y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta`.

    :math:`\mu` and :math:`\sigma^2` are mean and variance of the row, in training and outside
    (Ba et al., 2016).

    Parameters
    ----------
    axis : int or list of int, default=-1
        The axes that make a row.
    epsilon : float, default=0.001
    center, scale : bool, default=True
        Whether there is a beta, and a gamma.
    beta_initializer, gamma_initializer : str or Initializer, default="zeros", "ones"
    beta_regularizer, gamma_regularizer : str or Regularizer, default=None
        Penalty on beta or gamma, which is part of the loss while the layer is trainable.
    beta_constraint, gamma_constraint : str or Constraint, default=None
        What beta or gamma becomes after each training step.
    rms_scaling : False
        Keras' deprecated argument; use `RMSNormalization`.
    {common}

    Attributes
    ----------
    gamma, beta : Variable of the shape of a row, or None

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.LayerNormalization(epsilon=0.0)([[1.0, 3.0], [10.0, 30.0]])
    array([[-1.,  1.],
           [-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        rms_scaling: bool = False,
        **common: Unpack[Common],
    ) -> None:
        reject(
            "LayerNormalization",
            rms_scaling=(rms_scaling, (False,)),
        )
        self.axis = check_axes(axis)
        self.epsilon = check_epsilon(epsilon)
        self.center = check_bool(center, "center")
        self.scale = check_bool(scale, "scale")
        self.beta_initializer = initializers.get(beta_initializer, "beta_initializer")
        self.gamma_initializer = initializers.get(gamma_initializer, "gamma_initializer")
        axes = len(self.axis) if isinstance(self.axis, list) else 1
        self.beta_regularizer = check_regularizer(beta_regularizer, "beta_regularizer", axes)
        self.gamma_regularizer = check_regularizer(gamma_regularizer, "gamma_regularizer", axes)
        self.beta_constraint = check_constraint(beta_constraint, "beta_constraint", axes)
        self.gamma_constraint = check_constraint(gamma_constraint, "gamma_constraint", axes)
        super().__init__(**common)

    def weight_specs(self, input_shape: tuple[int, ...]) -> list[WeightSpec]:
        shape = sizes_of(input_shape, sample_axes(self.axis, input_shape, self.name))
        specs = []
        if self.scale:
            specs.append(
                WeightSpec(
                    "gamma", shape, self.gamma_initializer,
                    regularizer=self.gamma_regularizer, constraint=self.gamma_constraint,
                )
            )  # fmt: skip
        if self.center:
            specs.append(
                WeightSpec(
                    "beta", shape, self.beta_initializer,
                    regularizer=self.beta_regularizer, constraint=self.beta_constraint,
                )
            )  # fmt: skip
        return specs

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        axes = sample_axes(self.axis, input_shape, self.name)

        def append() -> None:
            plan.columns(
                "layer_norm", self, sizes_of(input_shape, axes),
                use_scale=self.scale, use_bias=self.center, epsilon=self.epsilon,
            )  # fmt: skip

        plan.along(input_shape, axes, append)

    @property
    def gamma(self) -> Variable | None:
        """The factor of each entry, None without one."""
        return self.built_weight(0) if self.scale else None

    @property
    def beta(self) -> Variable | None:
        """What is added to each entry, None without one."""
        return self.built_weight(-1) if self.center else None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "rms_scaling": False,
            **restrictions_config(
                beta_regularizer=self.beta_regularizer,
                gamma_regularizer=self.gamma_regularizer,
                beta_constraint=self.beta_constraint,
                gamma_constraint=self.gamma_constraint,
            ),
        }
