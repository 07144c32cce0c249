"""The fully connected layer."""

from typing import Any, Unpack

from fastnn import activations, initializers
from fastnn._plan import Plan
from fastnn._validation import check_bool, check_integer, reject
from fastnn.layers._common import ButActivity
from fastnn.layers._restrictions import (
    check_constraint,
    check_regularizer,
    restrictions_config,
)
from fastnn.layers.base import Layer, WeightSpec
from fastnn.layers.input_spec import InputSpec
from fastnn.layers.variable import Variable


class Dense(Layer):
    r"""Fully connected layer, :math:`y = \mathrm{act}(x W + b)` along the last axis.

    Input ``(batch, ..., n_in)``, output ``(batch, ..., units)``.

    Parameters
    ----------
    units : int
        Number of outputs, at least 1.
    activation : str or callable, default=None
        Name or function of `activations`; None is linear. With ``"glu"`` the outputs are half of
        `units`, which must be even.
    use_bias : bool, default=True
    kernel_initializer : str or Initializer, default="glorot_uniform"
    bias_initializer : str or Initializer, default="zeros"
    kernel_regularizer, bias_regularizer : str or Regularizer, default=None
        Penalty on W or b, which is part of the loss while the layer is trainable.
    activity_regularizer : str or Regularizer, default=None
        Penalty on the outputs, divided by the batch size: L1, L2 or L1L2.
    kernel_constraint, bias_constraint : str or Constraint, default=None
        What W or b becomes after each training step.
    lora_rank, lora_alpha, quantization_config : None
        Keras' further arguments; fastnn has none of them.
    name : str, default=None
        None takes ``dense``, ``dense_1`` and so on.
    trainable : bool, default=True
    dtype : {"float32", "float64"}, default=config.floatx()
    input_shape : tuple of int, default=None
        Shape of one sample; for the first layer of a model.
    input_dim : int, default=None
        The same for samples that are vectors.

    Attributes
    ----------
    kernel : Variable of shape (n_in, units)
    bias : Variable of shape (units,), or None

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> layer = fastnn.layers.Dense(2, activation="relu", kernel_initializer="ones")
    >>> layer([[1.0, 2.0, -1.0]])
    array([[2., 2.]], dtype=float32)
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: None = None,
        lora_alpha: None = None,
        quantization_config: None = None,
        **common: Unpack[ButActivity],
    ) -> None:
        reject(
            "Dense",
            lora_rank=(lora_rank, (None,)),
            lora_alpha=(lora_alpha, (None,)),
            quantization_config=(quantization_config, (None,)),
        )
        self.units = check_integer(units, "units", 1)
        self.activation = activations.get(activation)
        activations.activated_shape(self.activation, (self.units,))
        self.use_bias = check_bool(use_bias, "use_bias")
        self.kernel_initializer = initializers.get(kernel_initializer, "kernel_initializer")
        self.bias_initializer = initializers.get(bias_initializer, "bias_initializer")
        self.kernel_regularizer = check_regularizer(kernel_regularizer, "kernel_regularizer", 2)
        self.bias_regularizer = check_regularizer(bias_regularizer, "bias_regularizer", 1)
        self.kernel_constraint = check_constraint(kernel_constraint, "kernel_constraint", 2)
        self.bias_constraint = check_constraint(bias_constraint, "bias_constraint", 1)
        super().__init__(activity_regularizer=activity_regularizer, **common)

    lora_enabled = False
    lora_rank = lora_alpha = quantization_config = None

    def weight_specs(self, input_shape: tuple[int, ...]) -> list[WeightSpec]:
        specs = [
            WeightSpec(
                "kernel", (input_shape[-1], self.units), self.kernel_initializer,
                regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
            )
        ]  # fmt: skip
        if self.use_bias:
            specs.append(
                WeightSpec(
                    "bias", (self.units,), self.bias_initializer,
                    regularizer=self.bias_regularizer, constraint=self.bias_constraint,
                )
            )  # fmt: skip
        return specs

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        shape = (*input_shape[:-1], self.units)
        return activations.activated_shape(activations.get(self.activation), shape)

    @property
    def input_spec(self) -> InputSpec:
        """What the layer asks of the shapes of its input."""
        axes = None if self._built_for is None else {-1: self._built_for[-1]}
        return InputSpec(min_ndim=2, axes=axes)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.dense(
            self, self.units, activations.to_native(activations.get(self.activation)), self.use_bias
        )

    @property
    def kernel(self) -> Variable:
        """The matrix W."""
        return self.built_weight(0)

    @property
    def bias(self) -> Variable | None:
        """The vector b, None without one."""
        return self.built_weight(1) if self.use_bias else None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            **restrictions_config(
                kernel_regularizer=self.kernel_regularizer,
                bias_regularizer=self.bias_regularizer,
                kernel_constraint=self.kernel_constraint,
                bias_constraint=self.bias_constraint,
            ),
        }
