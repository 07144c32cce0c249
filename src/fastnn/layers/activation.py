"""An activation function as a layer."""

from typing import Any, ClassVar

from fastnn import activations
from fastnn._plan import Plan
from fastnn._validation import reject
from fastnn.layers.base import Layer


class Activation(Layer):
    """Apply an activation function.

    Behind a linear `Dense` it costs nothing: the core computes both in one operation.

    Parameters
    ----------
    activation : str or callable
        Name or function of `activations`. ``"glu"`` halves the last axis.
    activity_regularizer : None
        Keras' argument; fastnn has none.
    name, trainable, dtype, input_shape, input_dim
        As in `Dense`.

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
        activity_regularizer: None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: tuple[int, ...] | None = None,
        input_dim: int | None = None,
    ) -> None:
        reject("Activation", activity_regularizer=(activity_regularizer, (None,)))
        self.activation = activations.get(activation)
        super().__init__(name, trainable, dtype, input_shape, input_dim)

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return activations.activated_shape(self.activation, input_shape)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.activation(activations.to_native(self.activation))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "activation": activations.serialize(self.activation),
        }
