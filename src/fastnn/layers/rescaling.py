"""Another range of the input."""

from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from fastnn._validation import as_array
from fastnn.layers._common import Common
from fastnn.layers.affine_layer import AffineLayer
from fastnn.layers.base import WeightSpec


class Rescaling(AffineLayer):
    """Multiply by a constant and add another, ``x * scale + offset``.

    Parameters
    ----------
    scale : float or array_like
        An array is broadcast against each sample.
    offset : float or array_like, default=0.0
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these, or does not fit the samples.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Rescaling(1 / 127.5, offset=-1.0)([[0, 255]])
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        scale: Any,
        offset: Any = 0.0,
        **common: Unpack[Common],
    ) -> None:
        self.scale = _constant(scale, "scale")
        self.offset = _constant(offset, "offset")
        super().__init__(**common)

    def weight_specs(self, input_shape: tuple[int, ...]) -> list[WeightSpec]:
        for argument, value in (("scale", self.scale), ("offset", self.offset)):
            try:
                np.broadcast_to(value, input_shape)
            except ValueError:
                raise ValueError(
                    f"layer {self.name!r}: `{argument}` of shape {np.shape(value)} does not fit "
                    f"samples of shape {input_shape}"
                ) from None
        return []

    def constants(self, sample: tuple[int, ...]) -> tuple[Any, Any, Any]:
        return 0.0, self.scale, self.offset

    def kept_axes(self, sample: tuple[int, ...]) -> bool:
        return any(n > 1 for value in (self.scale, self.offset) for n in np.shape(value)[:-1])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "scale": np.asarray(self.scale).tolist(),
            "offset": np.asarray(self.offset).tolist(),
        }


def _constant(value: Any, argument: str) -> float | NDArray[np.float64]:
    array = as_array(value, argument).astype(np.float64)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"`{argument}` must be finite, got {value!r}")
    return float(array) if array.ndim == 0 else array
