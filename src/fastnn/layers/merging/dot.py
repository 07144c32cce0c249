"""Products of two tensors along one axis of each."""

from typing import Any, ClassVar, Unpack

from fastnn._errors import OutOfRangeError
from fastnn._plan import Plan
from fastnn._validation import check_bool
from fastnn.layers._common import Common
from fastnn.layers.base import Shapes
from fastnn.layers.merging.base import Merge


class Dot(Merge):
    r"""Sum of products along one axis of each of two tensors, sample by sample.

    For vectors :math:`\sum_k a_k b_k`, shape ``(batch, 1)``; for samples of two axes a matrix
    product, whose axes are those that are left of the first, then of the second.

    Parameters
    ----------
    axes : int or tuple of two ints
        The axis of both, or of each; not that of the batch, 0.
    normalize : bool, default=False
        Divide vectors along the axis by their length, or by 1e-7 if they are shorter: then the
        result is the cosine of the angle between them.
    {common}

    Raises
    ------
    ValueError
        If `axes` is neither, or when it is called with inputs that do not fit.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Dot(axes=1)([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[13.]], dtype=float32)
    """

    _LEAST: ClassVar[int] = 2
    _MOST: ClassVar[int | None] = 2
    _KIND: ClassVar[str] = "dot"

    def __init__(
        self,
        axes: Any,
        normalize: bool = False,
        **common: Unpack[Common],
    ) -> None:
        given = (axes,) if isinstance(axes, int) else axes
        if (
            not isinstance(given, (list, tuple))
            or len(given) != (1 if isinstance(axes, int) else 2)
            or any(isinstance(a, bool) or not isinstance(a, int) or a == 0 for a in given)
        ):
            raise ValueError(
                f"`axes` must be an integer other than 0 or a tuple of two, got {axes!r}"
            )
        self.axes = axes if isinstance(axes, int) else tuple(axes)
        self.normalize = check_bool(normalize, "normalize")
        super().__init__(**common)

    def _places(self, shapes: Shapes) -> tuple[int, int]:
        """Return the axes among those of a sample."""
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        places = []
        for axis, shape in zip(axes, shapes, strict=True):
            place = axis - 1 if axis > 0 else axis + len(shape)
            if not 0 <= place < len(shape) or len(shape) > 2:
                raise OutOfRangeError(
                    f"layer {self.name!r} has `axes={self.axes}`, and takes inputs of two or three "
                    f"axes, got shape {(None, *shape)}"
                )
            places.append(place)
        if shapes[0][places[0]] != shapes[1][places[1]]:
            raise ValueError(
                f"layer {self.name!r} sums along axes of one size, got shapes "
                f"{(None, *shapes[0])} and {(None, *shapes[1])} with `axes={self.axes}`"
            )
        return places[0], places[1]

    def merged_shape(self, shapes: Shapes) -> tuple[int, ...]:
        a, b = self._places(shapes)
        left = (*shapes[0][:a], *shapes[0][a + 1 :], *shapes[1][:b], *shapes[1][b + 1 :])
        return left or (1,)

    def emit_merge(self, plan: Plan, tensors: tuple[int, ...], shapes: Shapes) -> None:
        places = self._places(shapes)
        # In the core a sample is (positions, width), and a vector has one position.
        axes = tuple(1 if len(s) == 1 else place for s, place in zip(shapes, places, strict=True))
        plan.merge(
            self._KIND, tensors, self.merged_shape(shapes), dot_axes=axes, normalize=self.normalize
        )

    def get_config(self) -> dict[str, Any]:
        axes = self.axes if isinstance(self.axes, int) else list(self.axes)
        return {**super().get_config(), "axes": axes, "normalize": self.normalize}


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """Return `Dot` of two tensors or arrays.

    Parameters
    ----------
    inputs : list of two symbolic tensors or array_like
    axes : int or tuple of two ints, default=-1
    **kwargs
        Further arguments of `Dot`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.dot([[[1.0, 2.0]], [[3.0, 5.0]]], axes=1)
    array([[13.]], dtype=float32)
    """
    return Dot(axes=axes, **kwargs)(inputs)
