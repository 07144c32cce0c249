"""Ops that take tensors apart by columns: see ops.py."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .ops import ELEMENTWISE_ROUNDINGS, Context, Op

Array = NDArray[np.float64]


class Slice(Op):
    """y = columns ``first`` ... ``first + width`` of x; the others have no part in the gradient."""

    def __init__(self, first: int, width: int) -> None:
        super().__init__()
        self.first, self.width = first, width

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        return x[..., self.first : self.first + self.width].copy(), x.shape

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, tuple)
        dx = np.zeros(cache)
        dx[..., self.first : self.first + self.width] = dy
        return [dx], []


class Shift(Op):
    """y = x + c."""

    def __init__(self, offset: float) -> None:
        super().__init__()
        self.offset = offset

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        return ctx.rounded(x + self.offset, np.abs(x) + abs(self.offset)), None

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        return [dy], []


class Glu(Op):
    """y = a s(b), x = (a, b) two halves of the columns, s the logistic function.

    Dauphin et al., Language modeling with gated convolutional networks, ICML 2017.
    """

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        a, b = np.split(inputs[0], 2, axis=-1)
        s = 0.5 * (1.0 + np.tanh(0.5 * b))
        y = a * s
        return ctx.rounded(y, ELEMENTWISE_ROUNDINGS * np.abs(y)), (a, s)

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        """da = dy s;  db = dy a s (1 - s)."""
        assert isinstance(cache, tuple)
        a, s = cache
        dx = np.concatenate([dy * s, dy * a * s * (1.0 - s)], axis=-1)
        size = np.concatenate([np.abs(dy) * s, np.abs(dy * a)], axis=-1)
        return [ctx.rounded(dx, ELEMENTWISE_ROUNDINGS * size)], []
