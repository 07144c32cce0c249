"""Concatenation of tensors."""

import math
from typing import Any, ClassVar, Unpack

from fastnn._errors import OutOfRangeError
from fastnn._plan import Plan
from fastnn.layers._common import Common
from fastnn.layers.base import Shapes
from fastnn.layers.merging.base import Merge


class Concatenate(Merge):
    """Put tensors side by side along one axis; along the others they are alike.

    Parameters
    ----------
    axis : int, default=-1
        Any but that of the batch, 0.
    {common}

    Raises
    ------
    ValueError
        If `axis` is no integer or 0, or when it is called with inputs that do not fit.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Concatenate()([[[1.0, 2.0]], [[3.0]]])
    array([[1., 2., 3.]], dtype=float32)
    """

    _KIND: ClassVar[str] = "concatenate"

    def __init__(
        self,
        axis: int = -1,
        **common: Unpack[Common],
    ) -> None:
        if isinstance(axis, bool) or not isinstance(axis, int) or axis == 0:
            raise ValueError(f"`axis` must be an integer other than 0, got {axis!r}")
        self.axis = axis
        super().__init__(**common)

    def _along(self, shapes: Shapes) -> int:
        """Return the axis among those of a sample."""
        rank = len(shapes[0])
        place = self.axis - 1 if self.axis > 0 else self.axis + rank
        if not 0 <= place < rank:
            raise OutOfRangeError(
                f"layer {self.name!r} has `axis={self.axis}`, its inputs have {rank + 1} axes"
            )
        return place

    def merged_shape(self, shapes: Shapes) -> tuple[int, ...]:
        place = self._along(shapes)
        rest = {(*shape[:place], *shape[place + 1 :]) for shape in shapes}
        if len(rest) > 1 or len({len(shape) for shape in shapes}) > 1:
            raise ValueError(
                f"layer {self.name!r} needs inputs that differ only along axis {self.axis}, got "
                + ", ".join(str((None, *shape)) for shape in shapes)
            )
        size = sum(shape[place] for shape in shapes)
        return (*shapes[0][:place], size, *shapes[0][place + 1 :])

    def emit_merge(self, plan: Plan, tensors: tuple[int, ...], shapes: Shapes) -> None:
        place = self._along(shapes)
        last = place == len(shapes[0]) - 1
        groups = 0 if last else math.prod(shapes[0][:place])
        plan.merge(self._KIND, tensors, self.merged_shape(shapes), groups=groups)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Return `Concatenate` of a list of tensors or arrays.

    Parameters
    ----------
    inputs : list of symbolic tensors or array_like
    axis : int, default=-1
    **kwargs
        Further arguments of `Concatenate`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.concatenate([[[1.0, 2.0]], [[3.0]]])
    array([[1., 2., 3.]], dtype=float32)
    """
    return Concatenate(axis=axis, **kwargs)(inputs)
