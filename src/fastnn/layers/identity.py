"""Nothing."""

from typing import Unpack

from fastnn._plan import Plan
from fastnn.layers._common import Common
from fastnn.layers.base import Layer


class Identity(Layer):
    """Pass the input on.

    Parameters
    ----------
    {common}

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Identity()([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        pass
