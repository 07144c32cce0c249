"""The exponential linear unit as a layer."""

from typing import Any, ClassVar, Unpack

from fastnn._plan import Plan
from fastnn._validation import check_number
from fastnn.activations.base import NativeActivation
from fastnn.layers._common import Common
from fastnn.layers.base import Layer


class ELU(Layer):
    r"""Exponential linear unit: x for :math:`x > 0`, :math:`\alpha(e^x - 1)` below.

    Parameters
    ----------
    alpha : float, default=1.0
        Minus the limit at minus infinity.
    {common}

    Raises
    ------
    ValueError
        If `alpha` is no number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.ELU()([[0.0, 2.0]])
    array([[0., 2.]], dtype=float32)
    """

    _TAKES_VECTORS: ClassVar[bool] = True

    def __init__(
        self,
        alpha: float = 1.0,
        **common: Unpack[Common],
    ) -> None:
        self.alpha = check_number(alpha, "alpha")
        super().__init__(**common)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.activation(NativeActivation("elu", (self.alpha,)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}
