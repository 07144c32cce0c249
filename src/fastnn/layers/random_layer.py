"""Base of the layers that are random in training. Numbers in a model come from the core."""

import math
from typing import Any, ClassVar, Unpack

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._random import STREAM_STANDALONE_DROPOUT, next_seed, seed_or_generator
from fastnn.layers._common import Common
from fastnn.layers.base import Layer

_OF_KERAS = 2**31  # Keras' layers take seeds below it


class RandomLayer(Layer):
    """A layer with a seed that changes its input in training only."""

    _DIFFERS_IN_TRAINING: ClassVar[bool] = True

    def __init__(self, seed: Any, **common: Unpack[Common]) -> None:
        self.seed: int | None = None
        if seed is not None:
            given = seed_or_generator(seed)
            self.seed = given if isinstance(given, int) else given.next() % _OF_KERAS
        self._call_seed: int | None = self.seed
        self._calls = 0
        super().__init__(**common)

    def changes(self) -> bool:
        """Tell whether training does anything."""
        raise NotImplementedError

    def change(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return what training makes of values of the layer's dtype."""
        raise NotImplementedError

    def call(self, inputs: NDArray[Any], training: bool) -> NDArray[Any]:
        out = inputs.astype(self.dtype)
        return self.change(out) if training and self.changes() else out

    def uniform(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Return new numbers in [0, 1)."""
        return self._draw(_core.random_uniform, shape)

    def normal(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Return new normal numbers."""
        return self._draw(_core.random_normal, shape)

    def _draw(self, source: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
        if self._call_seed is None:
            self._call_seed = next_seed()
        drawn = source(self._call_seed, STREAM_STANDALONE_DROPOUT, self._calls, math.prod(shape))
        self._calls += 1
        numbers: NDArray[np.float64] = drawn.reshape(shape)
        return numbers

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}
