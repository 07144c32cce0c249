"""Ops that take tensors apart by columns, or treat columns apart: see ops.py."""

from collections.abc import Sequence
from typing import Any

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


class Affine(Op):
    """y = (x - mean) scale + offset by columns, constants all."""

    def __init__(self, mean: Any, scale: Any, offset: Any) -> None:
        super().__init__()
        self.mean, self.scale, self.offset = mean, scale, offset

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        size = (np.abs(x) + np.abs(self.mean)) * np.abs(self.scale) + np.abs(self.offset)
        return ctx.rounded((x - self.mean) * self.scale + self.offset, 4.0 * size), None

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        return [ctx.rounded(dy * self.scale, 2.0 * np.abs(dy * self.scale))], []


class Repeat(Op):
    """y (batch, n, width) has each row x (batch, width) n times."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        return np.repeat(inputs[0][:, None], self.n, axis=1), None

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        return [ctx.rounded(dy.sum(axis=1), self.n * np.abs(dy).sum(axis=1))], []


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
