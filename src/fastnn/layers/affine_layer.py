"""Base of the layers that map the input by constants."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastnn._plan import Plan
from fastnn.layers.base import Layer, Place

if TYPE_CHECKING:
    from fastnn import _core


class AffineLayer(Layer):
    """y = (x - shift) * factor + offset, constants that broadcast against a sample.

    The network has the three constants. Weights, if there are any, stay with the layer.
    """

    @abstractmethod
    def constants(self, sample: tuple[int, ...]) -> tuple[Any, Any, Any]:
        """Return shift, factor and offset, each of a shape that broadcasts to `sample`."""

    @abstractmethod
    def kept_axes(self, sample: tuple[int, ...]) -> bool:
        """Tell whether constants differ along an axis of the sample before the last."""

    def param_count(self) -> int:
        return 3

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        if self.kept_axes(input_shape):
            plan.reshape((int(np.prod(input_shape)),))
        plan.columns("affine", self)
        plan.reshape(input_shape)

    def load(self, network: "_core.Network", first: int) -> None:
        sample = self._require_built()
        rows = 1 if self.kept_axes(sample) else int(np.prod(sample[:-1]))  # that are all alike
        for i, value in enumerate(self.constants(sample)):
            network.set_param(first + i, np.broadcast_to(value, sample).reshape(rows, -1)[0])

    def join(self, place: Place) -> None:
        self.load(place.network, place.first)
        self._place = place

    def leave(self) -> None:
        self._place = None

    def read_weight(self, index: int) -> NDArray[Any]:
        return self._own[index].copy()

    def write_weight(self, index: int, value: NDArray[Any]) -> None:
        self._own[index] = np.array(value, self.dtype, order="C")
        if self._place is not None:
            self.load(self._place.network, self._place.first)
