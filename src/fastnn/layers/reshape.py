"""Another shape of the sample."""

import math
from typing import Any, Unpack

from fastnn._plan import Plan
from fastnn._validation import check_integer
from fastnn.layers._common import Common
from fastnn.layers.base import Layer


class Reshape(Layer):
    """Give each sample another shape: ``(batch, ...)`` to ``(batch, *target_shape)``.

    At the input of a model it is only another view of the data.

    Parameters
    ----------
    target_shape : tuple of int
        One entry may be -1: what is left over.
    {common}

    Raises
    ------
    ValueError
        If `target_shape` is no shape, or samples do not have as many elements.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Reshape((-1, 2))([[1.0, 2.0, 3.0, 4.0]])
    array([[[1., 2.],
            [3., 4.]]], dtype=float32)
    """

    def __init__(
        self,
        target_shape: Any,
        **common: Unpack[Common],
    ) -> None:
        try:
            sizes = tuple(target_shape)
        except TypeError:
            raise ValueError(f"`target_shape` must be a tuple, got {target_shape!r}") from None
        self.target_shape = tuple(
            check_integer(n, f"target_shape[{i}]", -1) for i, n in enumerate(sizes)
        )
        if not sizes or 0 in self.target_shape or self.target_shape.count(-1) > 1:
            raise ValueError(
                "`target_shape` must have positive entries, of which one may be -1, got "
                f"{target_shape!r}"
            )
        super().__init__(**common)

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        size = math.prod(input_shape)
        known = math.prod(n for n in self.target_shape if n != -1)
        if size % known or (-1 not in self.target_shape and size != known):
            raise ValueError(
                f"layer {self.name!r}: `target_shape={self.target_shape}` does not fit samples of "
                f"shape {input_shape}, which have {size} elements"
            )
        return tuple(size // known if n == -1 else n for n in self.target_shape)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.reshape(self.output_shape_for(input_shape))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": list(self.target_shape)}
