"""An activation function as a layer."""

from typing import Any, ClassVar, Unpack

from fastnn import activations
from fastnn._plan import Plan
from fastnn.layers._common import Common
from fastnn.layers.base import Layer


class Activation(Layer):
    """Apply an activation function.

    Behind a linear `Dense` it costs nothing: the core computes both in one operation.

    Parameters
    ----------
    activation : str or callable
        Name or function of `activations`. ``"glu"`` halves the last axis.
    {common}

    Raises
    ------
    ValueError
        If `activation` is unknown.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Activation("relu")([[-1.0, 2.0]])
    array([[0., 2.]], dtype=float32)
    """

    _TAKES_VECTORS: ClassVar[bool] = True

    def __init__(
        self,
        activation: Any,
        **common: Unpack[Common],
    ) -> None:
        self.activation = activations.get(activation)
        super().__init__(**common)

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return activations.activated_shape(self.activation, input_shape)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.activation(activations.to_native(self.activation))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "activation": activations.serialize(self.activation),
        }
