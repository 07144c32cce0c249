"""Softmax as a layer."""

from typing import Any, ClassVar

from fastnn._plan import Plan
from fastnn._validation import reject
from fastnn.activations.base import NativeActivation
from fastnn.layers.base import Layer


class Softmax(Layer):
    r"""Probabilities of the last axis, :math:`e^{x_i} / \sum_j e^{x_j}`.

    Parameters
    ----------
    axis : int, default=-1
        fastnn's layers have only the last axis.
    activity_regularizer : None
        Keras' argument; fastnn has none.
    name, trainable, dtype, input_shape, input_dim
        As in `Dense`.

    Raises
    ------
    ValueError
        If `axis` is another.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Softmax()([[0.0, 0.0]])
    array([[0.5, 0.5]], dtype=float32)
    """

    _TAKES_VECTORS: ClassVar[bool] = True

    def __init__(
        self,
        axis: int = -1,
        *,
        activity_regularizer: None = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: tuple[int, ...] | None = None,
        input_dim: int | None = None,
    ) -> None:
        reject("Softmax", activity_regularizer=(activity_regularizer, (None,)))
        reject("Softmax", axis=(axis, (-1,)))
        self.axis = axis
        super().__init__(name, trainable, dtype, input_shape, input_dim)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.activation(NativeActivation("softmax", ()))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
