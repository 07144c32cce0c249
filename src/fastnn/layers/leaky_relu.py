"""The leaky rectifier as a layer."""

from typing import Any, ClassVar

from fastnn._plan import Plan
from fastnn._validation import check_number, reject
from fastnn.activations.base import NativeActivation
from fastnn.layers.base import Layer


class LeakyReLU(Layer):
    r"""Leaky rectifier: x for :math:`x > 0`, `negative_slope` times x below.

    Parameters
    ----------
    negative_slope : float, default=0.3
        Slope for negative input.
    activity_regularizer : None
        Keras' argument; fastnn has none.
    name, trainable, dtype, input_shape, input_dim
        As in `Dense`.

    Raises
    ------
    ValueError
        If `negative_slope` is no number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.LeakyReLU()([[-1.0, 2.0]])
    array([[-0.3,  2. ]], dtype=float32)
    """

    _TAKES_VECTORS: ClassVar[bool] = True

    def __init__(
        self,
        negative_slope: float = 0.3,
        *,
        activity_regularizer: None = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: tuple[int, ...] | None = None,
        input_dim: int | None = None,
    ) -> None:
        reject("LeakyReLU", activity_regularizer=(activity_regularizer, (None,)))
        self.negative_slope = check_number(negative_slope, "negative_slope")
        super().__init__(name, trainable, dtype, input_shape, input_dim)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.activation(NativeActivation("leaky_relu", (self.negative_slope,)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}
