"""Normalisation, PReLU, embedding and noise as ops of the twin.

Rounding scales follow ops.py: in units of u, the error that a right evaluation may commit. A
normalised value is a difference with a mean, times an inverse root, so what rounds is of the size
of the terms |x - mean| and |mean|, each times the factor; statistics carry the probable error of
their sums.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .ops import Context, Op, kept_elements, probable_roundings
from .random import noise_normals

Array = NDArray[np.float64]

# Roundings of mean, variance, root, division, products and the last addition.
_ROUNDINGS = 8.0


def _vector(values: Array | Sequence[float]) -> Array:
    return np.array(values, np.float64)


class BatchNorm(Op):
    """y = gamma (x - mean) / sqrt(var + eps) + beta, statistics of the columns of a batch.

    Ioffe and Szegedy, Batch normalization, ICML 2015. In training ``moving`` follows them,
    moving = momentum moving + (1 - momentum) batch; outside, or frozen, it is used. gamma and beta
    are the params; moving mean and variance are state.
    """

    def __init__(
        self,
        gamma: Array,
        beta: Array,
        mean: Array,
        var: Array,
        momentum: float = 0.99,
        eps: float = 1e-3,
        frozen: bool = False,
    ) -> None:
        super().__init__()
        self.params = [_vector(gamma), _vector(beta)]
        self.moving = [_vector(mean), _vector(var)]
        self.momentum, self.eps, self.frozen = momentum, eps, frozen

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        rows = x.reshape(-1, x.shape[-1])
        uses_batch = ctx.training and not self.frozen
        if uses_batch:
            noise = probable_roundings(len(rows))
            mean = ctx.rounded(rows.mean(axis=0), noise * np.abs(rows).mean(axis=0))
            off = (rows - mean) ** 2
            var = ctx.rounded(off.mean(axis=0), noise * off.mean(axis=0))
            for moving, fresh in zip(self.moving, (mean, var), strict=True):
                moving[...] = ctx.rounded(
                    self.momentum * moving + (1.0 - self.momentum) * fresh,
                    2.0 * (np.abs(moving) + np.abs(fresh)),
                )
        else:
            mean, var = self.moving
        factor = 1.0 / np.sqrt(var + self.eps)
        gamma, beta = self.params
        hat = (x - mean) * factor
        size = (np.abs(x) + np.abs(mean)) * factor * np.abs(gamma) + np.abs(beta)
        return ctx.rounded(gamma * hat + beta, _ROUNDINGS * size), (hat, factor, uses_batch)

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        """dx = gamma factor (dy - mean(dy) - hat mean(dy hat)) with statistics of the batch."""
        assert isinstance(cache, tuple)
        hat, factor, uses_batch = cache
        gamma = self.params[0]
        if not uses_batch:
            dx = dy * gamma * factor
            return [ctx.rounded(dx, _ROUNDINGS * np.abs(dx))], [np.zeros_like(gamma)] * 2
        d, h = dy.reshape(-1, gamma.size), hat.reshape(-1, gamma.size)
        noise = probable_roundings(len(d))
        dgamma = ctx.rounded((d * h).sum(axis=0), noise * np.abs(d * h).sum(axis=0))
        dbeta = ctx.rounded(d.sum(axis=0), noise * np.abs(d).sum(axis=0))
        mean, product = dbeta / len(d), dgamma / len(d)
        dx = gamma * factor * (dy - mean - hat * product)
        size = np.abs(dy) + np.abs(mean) + np.abs(hat * product)
        return [ctx.rounded(dx, _ROUNDINGS * np.abs(gamma * factor) * size)], [dgamma, dbeta]


class RowNorm(Op):
    """y = gamma (x - mean) factor + beta, statistics of each row.

    ``layer``: factor = 1 / sqrt(var + eps) (Ba et al., 2016). ``rms``: the same with mean 0 and
    var the mean square (Zhang and Sennrich, 2019). ``unit``: factor = min(1 / |x|, 1e12).
    """

    def __init__(
        self, kind: str, gamma: Array | None = None, beta: Array | None = None, eps: float = 1e-3
    ) -> None:
        super().__init__()
        self.kind, self.eps, self.has_gamma = kind, eps, gamma is not None
        self.params = [_vector(p) for p in (gamma, beta) if p is not None]

    def _gamma(self, width: int) -> Array:
        return self.params[0] if self.has_gamma else np.ones(width)

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        mean = x.mean(axis=-1, keepdims=True) if self.kind == "layer" else np.zeros((1,) * x.ndim)
        square = ((x - mean) ** 2).sum(axis=-1, keepdims=True)
        if self.kind == "unit":
            factor = np.minimum(1.0 / np.sqrt(np.maximum(square, 1e-300)), 1e12)
        else:
            factor = 1.0 / np.sqrt(square / x.shape[-1] + self.eps)
        hat, gamma = (x - mean) * factor, self._gamma(x.shape[-1])
        y, size = gamma * hat, np.abs(gamma) * (np.abs(x) + np.abs(mean)) * factor
        if len(self.params) > self.has_gamma:
            y, size = y + self.params[-1], size + np.abs(self.params[-1])
        return ctx.rounded(y, _ROUNDINGS * size), (hat, factor)

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        """dx = factor (g - mean(g) - hat mean(g hat)), g = dy gamma; for rms without mean(g), for
        unit with the sum of g hat in place of the mean, and without either at the limit."""
        assert isinstance(cache, tuple)
        hat, factor = cache
        n = dy.shape[-1]
        g = dy * self._gamma(n)
        product = (g * hat).sum(axis=-1, keepdims=True)
        product = np.where(factor < 1e12, product, 0.0) if self.kind == "unit" else product / n
        mean = g.mean(axis=-1, keepdims=True) if self.kind == "layer" else 0.0
        size = np.abs(g) + np.abs(mean) + np.abs(hat * product)
        size = size + np.abs(hat) * np.abs(g * hat).mean(axis=-1, keepdims=True)
        dx = ctx.rounded(factor * (g - mean - hat * product), _ROUNDINGS * factor * size)
        d, h = dy.reshape(-1, n), hat.reshape(-1, n)
        noise, grads = probable_roundings(len(d)) + _ROUNDINGS, []
        if self.has_gamma:
            grads.append(ctx.rounded((d * h).sum(axis=0), noise * np.abs(d * h).sum(axis=0)))
        if len(self.params) > self.has_gamma:
            grads.append(ctx.rounded(d.sum(axis=0), noise * np.abs(d).sum(axis=0)))
        return [dx], grads


class PRelu(Op):
    """y = x for x >= 0, else alpha x; alpha of the width (He et al., 2015)."""

    def __init__(self, alpha: Array) -> None:
        super().__init__()
        self.params = [_vector(alpha)]

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        y = np.where(x < 0, self.params[0] * x, x)
        return ctx.rounded(y, np.where(x < 0, np.abs(y), 0.0)), x

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, np.ndarray)
        alpha = self.params[0]
        dx = np.where(cache > 0, dy, np.where(cache < 0, alpha * dy, 0.0))
        below = np.where(cache < 0, dy * cache, 0.0).reshape(-1, alpha.size)
        noise = probable_roundings(len(below))
        dalpha = ctx.rounded(below.sum(axis=0), noise * np.abs(below).sum(axis=0))
        return [ctx.rounded(dx, np.abs(dx))], [dalpha]


class Embedding(Op):
    """Rows of a table named by whole numbers: (batch, n) to (batch, n, width)."""

    def __init__(self, table: Array) -> None:
        super().__init__()
        self.params = [_vector(table)]

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        index = inputs[0].astype(np.int64)
        return self.params[0][index], (index, inputs[0].shape)

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, tuple)
        index, shape = cache
        total, size = np.zeros_like(self.params[0]), np.zeros_like(self.params[0])
        d = dy.reshape(-1, total.shape[1])
        np.add.at(total, index.reshape(-1), d)
        np.add.at(size, index.reshape(-1), np.abs(d))
        return [np.zeros(shape)], [ctx.rounded(total, probable_roundings(len(d)) * size)]


class Noise(Op):
    """In training x + stddev n or x (1 + stddev n), n the normal numbers of the step."""

    def __init__(self, stddev: float, stream: int, seed: int, multiply: bool) -> None:
        super().__init__()
        self.stddev, self.stream, self.seed, self.multiply = stddev, stream, seed, multiply

    def _numbers(self, x: Array, ctx: Context) -> Array:
        width = x.shape[-1]
        numbers = noise_normals(self.seed, self.stream, ctx.step, x.size // width, width)
        return self.stddev * numbers.reshape(x.shape)

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        if not ctx.training:
            return x, np.ones_like(x)
        noise = self._numbers(x, ctx)
        if self.multiply:
            y, size = x * (1.0 + noise), np.abs(x) * (2.0 + 64.0 * self.stddev)
            return ctx.rounded(y, size), 1.0 + noise
        return ctx.rounded(x + noise, np.abs(x) + 64.0 * self.stddev), np.ones_like(x)

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, np.ndarray)
        dx = dy * cache
        return [ctx.rounded(dx, np.abs(dy) * (2.0 + 64.0 * self.stddev))], []


class AlphaDropout(Op):
    """y = a x + b where kept, else a low + b, in training (Klambauer et al., 2017)."""

    LOW = -1.7580993408473768600

    def __init__(self, rate: float, stream: int, same: tuple[bool, bool] = (False, False)) -> None:
        super().__init__()
        self.rate, self.stream, self.same = rate, stream, same

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        if not ctx.training:
            return x, np.ones_like(x)
        a = ((1.0 - self.rate) * (1.0 + self.rate * self.LOW**2)) ** -0.5
        b = -a * self.LOW * self.rate
        kept = kept_elements(self.rate, self.stream, self.same, x, ctx)
        y = np.where(kept, a * x + b, a * self.LOW + b)
        return ctx.rounded(y, 3.0 * (np.abs(a * x) + abs(a * self.LOW) + b)), a * kept

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, np.ndarray)
        return [ctx.rounded(dy * cache, 2.0 * np.abs(dy * cache))], []
