"""Flattening."""

import math
from typing import Any, Unpack

from fastnn._plan import Plan
from fastnn._validation import check_in
from fastnn.layers._common import Common
from fastnn.layers.base import Layer
from fastnn.layers.input_spec import InputSpec


class Flatten(Layer):
    """Make one axis of all but the batch axis: ``(batch, ...)`` to ``(batch, n)``.

    At the input of a model it is only another view of the data.

    Parameters
    ----------
    data_format : {None, "channels_last"}, default=None
    {common}

    Raises
    ------
    ValueError
        If `data_format` is another.

    Examples
    --------
    >>> import fastnn, numpy
    >>> fastnn.layers.Flatten()(numpy.zeros((3, 28, 28))).shape
    (3, 784)
    """

    def __init__(
        self,
        data_format: str | None = None,
        **common: Unpack[Common],
    ) -> None:
        check_in(data_format, (None, "channels_last"), "data_format")
        super().__init__(**common)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": "channels_last"}

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return (math.prod(input_shape),)

    @property
    def input_spec(self) -> InputSpec:
        """What the layer asks of the shapes of its input."""
        return InputSpec(min_ndim=1)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.reshape(self.output_shape_for(input_shape))
