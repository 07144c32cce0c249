"""Ops: the nodes of a graph. Each maps its inputs to one output and pulls gradients back.

Tensors have shape (batch, ..., width); ops work over the last axis and treat the others as rows.

An op writes each result through ``ctx.rounded(value, scale)``, where ``scale`` is, in units of the
unit roundoff u, the absolute error that a right floating-point evaluation of the op may commit. For
a product that is the probable error: n roundings of random sign on partial sums no larger than s
add up to s u sqrt(n), times a small constant that the user of the figure adds (Higham and Mary, A
new approach to probabilistic rounding error analysis, SIAM J. Sci. Comput. 41, 2019). The twin
itself does nothing with it; tolerance.py follows rounding errors through a run with it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .activations import ACTIVATIONS

Array = NDArray[np.float64]

CHUNK = 512  # terms of one chain in a matrix product; part of the arithmetic contract

# Roundings behind one value of an activation or of its derivative, as a share of the value (or of
# 1 for derivatives such as 1 - y^2, whose terms are of size 1). The accurate ones need 2 or 3; the
# limit leaves room for composites such as gelu, whose argument is rounded before the exponential.
ELEMENTWISE_ROUNDINGS = 8.0


def chain_roundings(k: int) -> int:
    """Roundings on the longest path of a chunked sum of k products, plus one for a bias."""
    return min(k, CHUNK) + -(-k // CHUNK) + 1


def probable_roundings(k: int) -> float:
    """What they add up to, with random signs."""
    return math.sqrt(chain_roundings(k))


@dataclass
class Context:
    """What an op may know of the step it runs in."""

    training: bool = False
    step: int = 0
    # (stream, step, rate, rows, width) -> kept elements
    mask: Callable[[int, int, float, int, int], NDArray[np.bool_]] | None = None
    perturb: Callable[[Array, Array], Array] | None = None

    def rounded(self, value: Array, scale: Array) -> Array:
        """The value, or a perturbed one when rounding errors are being followed."""
        return value if self.perturb is None else self.perturb(value, scale)


@dataclass
class Op:
    """Base of every op: parameters in order, forward, backward."""

    params: list[Array] = field(default_factory=list, init=False)

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        """Output, and whatever backward needs."""
        raise NotImplementedError

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        """Gradient of each input and of each parameter, given the output's."""
        raise NotImplementedError


class Dense(Op):
    """y = x W + b, x (..., n_in), W (n_in, n_out), b (n_out) or None."""

    def __init__(self, kernel: Array, bias: Array | None) -> None:
        super().__init__()
        self.params = [np.array(kernel, np.float64)]
        if bias is not None:
            self.params.append(np.array(bias, np.float64))

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        w = self.params[0]
        y, size = x @ w, np.abs(x) @ np.abs(w)
        if len(self.params) == 2:
            y, size = y + self.params[1], size + np.abs(self.params[1])
        return ctx.rounded(y, probable_roundings(w.shape[0]) * size), x

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        """dx = dy W^T;  dW = x^T dy;  db = sum of dy over rows."""
        assert isinstance(cache, np.ndarray)
        w = self.params[0]
        x, d = cache.reshape(-1, w.shape[0]), dy.reshape(-1, w.shape[1])
        rows = probable_roundings(x.shape[0])
        dx = ctx.rounded(dy @ w.T, probable_roundings(w.shape[1]) * (np.abs(dy) @ np.abs(w.T)))
        grads = [ctx.rounded(x.T @ d, rows * (np.abs(x.T) @ np.abs(d)))]
        if len(self.params) == 2:
            grads.append(ctx.rounded(d.sum(axis=0), rows * np.abs(d).sum(axis=0)))
        return [dx], grads


class Activate(Op):
    """y = f(z) for an activation of the table."""

    def __init__(self, name: str, params: Sequence[float] = ()) -> None:
        super().__init__()
        self.name = name
        self.f = ACTIVATIONS[name]
        self.args = tuple(params) or self.f.params
        exact = ("linear", "relu", "step", "hard_tanh", "hard_shrink", "threshold", "abs")
        self.exact = name in exact

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (z,) = inputs
        y = self.f.forward(z, *self.args)
        size = np.abs(y)
        if self.name in ("log_softmax", "sparsemax"):  # differences with a term of the row
            size = size + np.abs(z - z.max(axis=-1, keepdims=True)) + 1.0
        return (y if self.exact else ctx.rounded(y, ELEMENTWISE_ROUNDINGS * size)), z

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, np.ndarray)
        dz = self.f.backward(cache, dy, *self.args)
        if self.exact:
            return [dz], []
        size = np.abs(dz) if self.name == "power" else np.abs(dy)
        if self.name == "softmax":
            y = self.f.forward(cache)
            size = y * (size + (size * y).sum(axis=-1, keepdims=True))
        elif self.name in ("log_softmax", "sparsemax"):
            size = size + size.sum(axis=-1, keepdims=True)
        return [ctx.rounded(dz, ELEMENTWISE_ROUNDINGS * size)], []


def kept_elements(
    rate: float, stream: int, same: tuple[bool, bool], x: Array, ctx: Context
) -> NDArray[np.bool_]:
    """The mask of a step, of the shape of x."""
    assert ctx.mask is not None
    samples = 1 if same[1] else x.shape[0]
    positions = (1,) * (x.ndim - 2) if same[0] else x.shape[1:-1]
    kept = ctx.mask(stream, ctx.step, rate, samples * math.prod(positions), x.shape[-1])
    return np.broadcast_to(kept.reshape(samples, *positions, x.shape[-1]), x.shape)


class Dropout(Op):
    """y = x m / (1 - rate) while training, m the mask of kept elements; else x.

    Srivastava et al., JMLR 15, 2014, in the inverted form. same: whether all positions of a sample
    (batch, positions, width) have one mask, and whether all samples have.
    """

    def __init__(self, rate: float, stream: int, same: tuple[bool, bool] = (False, False)) -> None:
        super().__init__()
        self.rate, self.stream, self.same = rate, stream, same

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        if not ctx.training or self.rate == 0.0:
            return x, np.ones_like(x)
        factor = kept_elements(self.rate, self.stream, self.same, x, ctx) / (1.0 - self.rate)
        return ctx.rounded(x * factor, 2.0 * np.abs(x * factor)), factor

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, np.ndarray)
        return [ctx.rounded(dy * cache, 2.0 * np.abs(dy * cache))], []


class Reshape(Op):
    """The same elements of each sample in another shape, C order."""

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.shape = tuple(shape)

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        (x,) = inputs
        return x.reshape((x.shape[0], *self.shape)), x.shape

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, tuple)
        return [dy.reshape(cache)], []


class Permute(Op):
    """The axes of each sample, counted from 1, in another order."""

    def __init__(self, dims: Sequence[int]) -> None:
        super().__init__()
        self.axes = (0, *dims)

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        return inputs[0].transpose(self.axes), None

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        return [dy.transpose(np.argsort(self.axes))], []


class Add(Op):
    """y = sum of the inputs; every input gets dy."""

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        size = np.sum([np.abs(x) for x in inputs], axis=0)
        return ctx.rounded(np.sum(inputs, axis=0), len(inputs) * size), len(inputs)

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, int)
        return [dy] * cache, []


class Concatenate(Op):
    """Inputs side by side along the last axis; each gets its columns of dy."""

    def forward(self, inputs: Sequence[Array], ctx: Context) -> tuple[Array, object]:
        return np.concatenate(inputs, axis=-1), tuple(x.shape[-1] for x in inputs)

    def backward(self, dy: Array, cache: object, ctx: Context) -> tuple[list[Array], list[Array]]:
        assert isinstance(cache, tuple)
        return np.split(dy, np.cumsum(cache)[:-1], axis=-1), []
