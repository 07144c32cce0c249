"""Arithmetic of the contract without the core: fused multiply-adds, CHUNK and TREE order."""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn import _kernels

Array = NDArray[Any]


def _fma32(a: Array, b: Array, c: Array) -> Array:
    """round(a b + c) in float32, through float64.

    The product of two float32 is exact there. The sum is rounded to odd: rounded as usual, then,
    where it was inexact and its last bit is even, moved one unit to the side of the error. Since
    53 >= 2 * 24 + 2, rounding that to float32 is the rounding of the exact sum (Boldo and
    Melquiond, Emulation of FMA and correctly rounded sums, 2008).
    """
    p, c64 = a.astype(np.float64) * b, c.astype(np.float64)
    s = p + c64
    t = s - p
    error = (p - (s - t)) + (c64 - t)
    even = (s.view(np.int64) & 1) == 0
    odd = np.where((error != 0) & even, np.nextafter(s, np.copysign(np.inf, error)), s)
    return odd.astype(np.float32)


def _fma64_scalar(a: float, b: float, c: float) -> float:
    return float(Fraction(a) * Fraction(b) + Fraction(c))


_fma64 = np.frompyfunc(_fma64_scalar, 3, 1)


def fma(a: Array, b: Array, c: Array) -> Array:
    """a b + c, rounded once. Finite values; a zero result is +0."""
    a, b, c = np.broadcast_arrays(a, b, c)
    if c.dtype == np.float32:
        return _fma32(a, b, c)
    return np.asarray(_fma64(a, b, c), np.float64)


def _chunks(n: int) -> list[range]:
    size = _kernels.CHUNK
    return [range(i, min(i + size, n)) for i in range(0, n, size)]


def chunk_product(x: Array, w: Array) -> Array:
    """x (rows, k) times w (k, cols) in CHUNK order."""
    total = np.zeros((x.shape[0], w.shape[1]), x.dtype)
    for chunk in _chunks(x.shape[1]):
        acc = np.zeros_like(total)
        for k in chunk:
            acc = fma(x[:, k, None], w[None, k], acc)
        total = acc if chunk.start == 0 else total + acc
    return total


def chunk_sum(dy: Array) -> Array:
    """The column sums of dy (rows, cols) in CHUNK order."""
    total = np.zeros(dy.shape[1], dy.dtype)
    for chunk in _chunks(dy.shape[0]):
        acc = np.zeros_like(total)
        for r in chunk:
            acc = acc + dy[r]
        total = acc if chunk.start == 0 else total + acc
    return total


def tree_sum(x: Array) -> Array:
    """The row sums of x (rows, cols) in TREE order: 16 lanes, then folded in halves."""
    lanes = np.zeros((x.shape[0], _kernels.LANES), x.dtype)
    for c in range(x.shape[1]):
        lanes[:, c % _kernels.LANES] += x[:, c]
    while lanes.shape[1] > 1:
        half = lanes.shape[1] // 2
        lanes = lanes[:, :half] + lanes[:, half:]
    return lanes[:, 0]
