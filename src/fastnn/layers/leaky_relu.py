"""The leaky rectifier as a layer."""

from typing import Any, ClassVar, Unpack

from fastnn._plan import Plan
from fastnn._validation import check_number
from fastnn.activations.base import NativeActivation
from fastnn.layers._common import Common
from fastnn.layers.base import Layer


class LeakyReLU(Layer):
    r"""Leaky rectifier: x for :math:`x > 0`, `negative_slope` times x below.

    Parameters
    ----------
    negative_slope : float, default=0.3
        Slope for negative input, at least 0.
    {common}

    Raises
    ------
    ValueError
        If `negative_slope` is no such number.

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
        **common: Unpack[Common],
    ) -> None:
        self.negative_slope = check_number(negative_slope, "negative_slope")
        if self.negative_slope < 0:
            raise ValueError(f"`negative_slope` must be at least 0, got {negative_slope!r}")
        super().__init__(**common)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.activation(NativeActivation("leaky_relu", (self.negative_slope,)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "negative_slope": self.negative_slope}
