"""Ops of several inputs beside the sum and the concatenation of ops.py."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .ops import Context, Op, probable_roundings

Array = NDArray[np.float64]


class Merge(Op):
    """subtract, multiply, divide, average, maximum or minimum of the inputs, from left to right.

    Of two equal inputs of a maximum or minimum each gets half the gradient.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def _pair(self, a: Array, b: Array, count: int) -> Array:
        return {
            "subtract": lambda: a - b,
            "multiply": lambda: a * b,
            "divide": lambda: a / b,
            "average": lambda: a + b / count,
            "maximum": lambda: np.maximum(a, b),
            "minimum": lambda: np.minimum(a, b),
        }[self.kind]()

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        n = len(inputs)
        y = inputs[0] / n if self.kind == "average" else inputs[0]
        partial = [y]
        for x in inputs[1:]:
            y = self._pair(y, x, n)
            partial.append(y)
        size = np.abs(y)
        if self.kind != "divide":
            size = size + np.abs(inputs[0]) + np.abs(inputs[-1])
        exact = self.kind in ("maximum", "minimum")
        return (y if exact else ctx.rounded(y, n * size)), (list(inputs), partial)

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, tuple)
        inputs, partial = cache
        grads: list[Array] = [np.zeros_like(x) for x in inputs]
        if self.kind == "average":
            return [dy / len(inputs)] * len(inputs), []
        for i in range(len(inputs) - 1, 0, -1):
            a, b = partial[i - 1], inputs[i]
            if self.kind == "subtract":
                share_a, share_b = np.ones_like(a), -np.ones_like(b)
            elif self.kind == "multiply":
                share_a, share_b = b, a
            elif self.kind == "divide":
                share_a, share_b = 1.0 / b, -a / b**2
            else:
                sign = 1.0 if self.kind == "maximum" else -1.0
                share_a = np.where(a == b, 0.5, (sign * a > sign * b) * 1.0)
                share_b = 1.0 - share_a
            grads[i] = ctx.rounded(dy * share_b, 3.0 * np.abs(dy * share_b))
            dy = ctx.rounded(dy * share_a, 2.0 * np.abs(dy * share_a))
        grads[0] = dy
        return grads, []


class Dot(Op):
    """y = sum_k a_k b_k along one axis of each input, of unit vectors if normalize.

    Axes count the batch. The other axis of a, if it has one, by that of b; of vectors (batch, 1).
    """

    def __init__(self, normalize: bool = False, axes: tuple[int, int] = (1, 1)) -> None:
        super().__init__()
        self.normalize, self.axes = normalize, axes

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        moved = [np.moveaxis(x, axis, -1) for x, axis in zip(inputs, self.axes, strict=True)]
        a, b = (x.reshape(len(x), -1, x.shape[-1]) for x in moved)
        lengths = [np.maximum(np.linalg.norm(x, axis=2, keepdims=True), 1e-7) for x in (a, b)]
        if not self.normalize:
            lengths = [np.ones_like(x) for x in lengths]
        u, v = a / lengths[0], b / lengths[1]
        y, size = u @ v.swapaxes(1, 2), np.abs(u) @ np.abs(v).swapaxes(1, 2)
        roundings = probable_roundings(a.shape[2]) + 8.0 * self.normalize
        shape = (*moved[0].shape[:-1], *moved[1].shape[1:-1])
        y = ctx.rounded(y, roundings * size).reshape(shape if len(shape) > 1 else (-1, 1))
        return y, (u, v, lengths, [x.shape for x in moved])

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, tuple)
        u, v, lengths, shapes = cache
        dy = dy.reshape(len(dy), u.shape[1], v.shape[1])
        grads = []
        for k, (mine, other) in enumerate(((u, v), (v, u))):
            weights = dy if k == 0 else dy.swapaxes(1, 2)
            d, size = weights @ other, np.abs(weights) @ np.abs(other)
            if self.normalize:
                d = (d - mine * (d * mine).sum(axis=2, keepdims=True)) / lengths[k]
                size = size + np.abs(mine) * (size * np.abs(mine)).sum(axis=2, keepdims=True)
                size = size / lengths[k]
            roundings = 2.0 + probable_roundings(other.shape[1])
            roundings += (8.0 + probable_roundings(mine.shape[2])) * self.normalize
            d = ctx.rounded(d, roundings * size).reshape(shapes[k])
            grads.append(np.moveaxis(d, -1, self.axes[k]))
        return grads, []
