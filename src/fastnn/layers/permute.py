"""The axes of the sample in another order."""

from typing import Any, Unpack

from fastnn._plan import Plan
from fastnn._validation import check_integer
from fastnn.layers._common import Common
from fastnn.layers.base import Layer
from fastnn.layers.input_spec import InputSpec


class Permute(Layer):
    r"""Put the axes of each sample in another order, :math:`y_{i_{d_1} \ldots i_{d_n}} =
    x_{i_1 \ldots i_n}`.

    Parameters
    ----------
    dims : tuple of int
        Axis of the input, counted from 1, that each axis of the output is; every one once.
    {common}

    Raises
    ------
    ValueError
        If `dims` is no order of axes, or samples have another number of them.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Permute((2, 1))([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
    array([[[1., 4.],
            [2., 5.],
            [3., 6.]]], dtype=float32)
    """

    def __init__(
        self,
        dims: Any,
        **common: Unpack[Common],
    ) -> None:
        try:
            given = tuple(dims)
        except TypeError:
            raise ValueError(f"`dims` must be a tuple of axes, got {dims!r}") from None
        self.dims = tuple(check_integer(d, f"dims[{i}]", 1) for i, d in enumerate(given))
        if not given or sorted(self.dims) != list(range(1, len(given) + 1)):
            raise ValueError(
                f"`dims` must have each axis of the sample once, counted from 1, got {dims!r}"
            )
        super().__init__(**common)

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        if len(self.dims) != len(input_shape):
            raise ValueError(
                f"layer {self.name!r}: `dims={self.dims}` is for samples of {len(self.dims)} axes, "
                f"got {input_shape}"
            )
        return tuple(input_shape[d - 1] for d in self.dims)

    @property
    def input_spec(self) -> InputSpec:
        """What the layer asks of the shapes of its input."""
        return InputSpec(ndim=1 + len(self.dims))

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        self.output_shape_for(input_shape)
        plan.permute(input_shape, [d - 1 for d in self.dims])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": list(self.dims)}
