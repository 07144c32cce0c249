"""Nothing."""

from typing import Any

from fastnn._plan import Plan
from fastnn.layers.base import Layer


class Identity(Layer):
    """Pass the input on.

    Parameters
    ----------
    name, trainable, dtype, input_shape, input_dim
        As in `Dense`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Identity()([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: tuple[int, ...] | None = None,
        input_dim: int | None = None,
    ) -> None:
        super().__init__(name, trainable, dtype, input_shape, input_dim)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        pass
