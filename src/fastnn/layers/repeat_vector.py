"""A vector several times."""

from typing import Any, Unpack

from fastnn._plan import Plan
from fastnn._validation import check_integer
from fastnn.layers._common import Common
from fastnn.layers.base import Layer
from fastnn.layers.input_spec import InputSpec


class RepeatVector(Layer):
    """Repeat each vector `n` times: ``(batch, size)`` to ``(batch, n, size)``.

    Parameters
    ----------
    n : int
        At least 1.
    {common}

    Raises
    ------
    ValueError
        If `n` is no such number, or samples are no vectors.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.RepeatVector(2)([[1.0, 2.0, 3.0]])
    array([[[1., 2., 3.],
            [1., 2., 3.]]], dtype=float32)
    """

    def __init__(
        self,
        n: int,
        **common: Unpack[Common],
    ) -> None:
        self.n = check_integer(n, "n", 1)
        super().__init__(**common)

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        if len(input_shape) != 1:
            raise ValueError(
                f"layer {self.name!r} repeats vectors, inputs of shape (batch, size), got "
                f"{(None, *input_shape)}"
            )
        return (self.n, *input_shape)

    @property
    def input_spec(self) -> InputSpec:
        """What the layer asks of the shapes of its input."""
        return InputSpec(ndim=2)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.at = plan.repeat(plan.at, (1, *input_shape), 0, self.n)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "n": self.n}
