"""The rectifier as a layer."""

from typing import Any, ClassVar, Unpack

from fastnn._plan import Plan
from fastnn.activations.base import check_at_least_zero
from fastnn.activations.rectifiers import native_relu
from fastnn.layers._common import Common
from fastnn.layers.base import Layer


class ReLU(Layer):
    r"""Rectifier, `activations.relu` with its options.

    Parameters
    ----------
    max_value : float, default=None
        Upper limit, at least 0; None is none.
    negative_slope : float, default=0.0
        At least 0.
    threshold : float, default=0.0
        At least 0.
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.ReLU(max_value=6.0)([[-1.0, 2.0, 8.0]])
    array([[0., 2., 6.]], dtype=float32)
    """

    _TAKES_VECTORS: ClassVar[bool] = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **common: Unpack[Common],
    ) -> None:
        self.max_value = None if max_value is None else check_at_least_zero(max_value, "max_value")
        self.negative_slope = check_at_least_zero(negative_slope, "negative_slope")
        self.threshold = check_at_least_zero(threshold, "threshold")
        super().__init__(**common)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.activation(native_relu(self.negative_slope, self.max_value, self.threshold))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }
