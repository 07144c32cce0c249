"""A constant power of each element."""

from typing import Any, Unpack

from fastnn._plan import Plan
from fastnn._validation import check_number
from fastnn.activations.base import NativeActivation
from fastnn.layers._common import Common
from fastnn.layers.base import Layer


class Power(Layer):
    r"""Each element to a constant power, :math:`x^p`: ``x ** p`` of a symbolic tensor.

    Whole and half powers are multiplied out, with a square root; of a negative element other than
    whole powers are NaN.

    Parameters
    ----------
    exponent : float
    {common}

    Examples
    --------
    >>> import fastnn
    >>> x = fastnn.Input((2,))
    >>> fastnn.Model(x, x**3)([[2.0, -1.0]])
    array([[ 8., -1.]], dtype=float32)
    """

    def __init__(self, exponent: float, **common: Unpack[Common]) -> None:
        self.exponent = check_number(exponent, "exponent")
        super().__init__(**common)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.activation(NativeActivation("power", (self.exponent,)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "exponent": self.exponent}
