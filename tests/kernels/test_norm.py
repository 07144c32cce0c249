"""Batch statistics, columns, rows, PReLU (body/norm_cols.inc.h, norm_rows.inc.h)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _kernels

from .exact import chunk_sum, fma, tree_sum
from .guarded import Block, Memory, assert_same_bits

Array = NDArray[Any]
Reals = Callable[..., Array]

COLS = (1, 2, 3, 7, 15, 16, 17, 31, 33, 47, 63, 64, 65, 130)
ROWS = (1, 2, 5, 13, 515)
LAYER, RMS, UNIT = 0, 1, 2
EPS = 1e-3


def shapes() -> list[tuple[int, int]]:
    """Every width, with few rows where it is wide."""
    return [(rows, cols) for cols in COLS for rows in (ROWS if cols in (3, 17, 65) else ROWS[:4])]


class Case:
    """Guarded buffers of one case: x, a gradient, and constants of the columns."""

    def __init__(self, skew: int, reals: Reals, rows: int, cols: int) -> None:
        self.rows, self.cols = rows, cols
        self.x, self.d = reals(rows, cols), reals(rows, cols)
        self.mem = Memory(self.x.dtype, skew)
        self.mean, self.gamma, self.beta = (reals(1, cols)[0] for _ in range(3))
        self.var = np.abs(reals(1, cols)[0])

    def at(self, values: Array | None) -> NDArray[Any] | None:
        """The guarded copy of constants."""
        return None if values is None else self.mem.source(values).flat

    def gradient(self) -> Block:
        """A gradient that is overwritten."""
        return self.mem.source(self.d, ld=self.cols + 2, writable=True)


class TestEqualBits:
    """Every tier against the portable one, in guarded memory."""

    def test_batch(self, isa: str, skew: int, reals: Reals) -> None:
        for rows, cols in shapes():
            case = Case(skew, reals, rows, cols)
            source = case.mem.source(case.x, ld=cols + 3)
            mean, var = case.mem.target(1, cols).flat, case.mem.target(1, cols).flat
            case.mem.compare(
                isa, lambda t, a=(rows, cols, source.pair, mean, var): _kernels.batch_stats(t, *a)
            )
            for full in (True, False):
                case = Case(skew, reals, rows, cols)
                source, d = case.mem.source(case.x, ld=cols + 3), case.gradient()
                grads = [case.mem.target(1, cols).flat if full else None for _ in range(2)]
                constants = [case.at(v) for v in (case.mean, case.var)]
                gamma = case.at(case.gamma) if full else None
                args = (rows, cols, source.pair, d.pair, *constants, gamma, EPS, 0.0, *grads)
                case.mem.compare(isa, lambda t, a=args: _kernels.batch_bwd(t, *a))

    @pytest.mark.parametrize("in_place", [False, True], ids=["apart", "in place"])
    def test_columns(self, isa: str, skew: int, reals: Reals, in_place: bool) -> None:
        for rows, cols in shapes():
            for full in (True, False):
                case = Case(skew, reals, rows, cols)
                source = case.mem.source(case.x, ld=cols + 3, writable=in_place)
                out = source if in_place else case.mem.target(rows, cols, ld=cols + 1)
                mean, var, gamma, beta = (
                    case.at(v) if full else None
                    for v in (case.mean, case.var, case.gamma, case.beta)
                )
                args = (rows, cols, source.pair, out.pair, mean, var, gamma, beta, EPS, 0.5)
                case.mem.compare(isa, lambda t, a=args: _kernels.cols_fwd(t, *a))
                case = Case(skew, reals, rows, cols)
                d, var, gamma = case.gradient(), case.at(case.var), case.at(case.gamma)
                back = (rows, cols, d.pair, var if full else None, gamma, EPS, 0.5)
                case.mem.compare(isa, lambda t, a=back: _kernels.cols_bwd(t, *a))

    @pytest.mark.parametrize("kind", [LAYER, RMS, UNIT], ids=["layer", "rms", "unit"])
    @pytest.mark.parametrize("in_place", [False, True], ids=["apart", "in place"])
    def test_rows(self, isa: str, skew: int, reals: Reals, kind: int, in_place: bool) -> None:
        for rows, cols in shapes():
            for full in (True, False):
                case = Case(skew, reals, rows, cols)
                case.x[-1] = 0.0
                source = case.mem.source(case.x, ld=cols + 3, writable=in_place)
                out = source if in_place else case.mem.target(rows, cols, ld=cols + 1)
                gamma, beta = (case.at(v) if full else None for v in (case.gamma, case.beta))
                stats = case.mem.target(1, 2 * rows)
                args = (kind, rows, cols, source.pair, out.pair, gamma, beta, EPS, stats.flat)
                case.mem.compare(isa, lambda t, a=args: _kernels.rows_fwd(t, *a))
                kept = stats.values[0]
                case = Case(skew, reals, rows, cols)
                source, d = case.mem.source(case.x), case.gradient()
                gamma, held = case.at(case.gamma) if full else None, case.at(kept)
                back = (kind, rows, cols, source.pair, d.pair, gamma, held)
                case.mem.compare(isa, lambda t, a=back: _kernels.rows_bwd(t, *a))
                case = Case(skew, reals, rows, cols)
                source, d = case.mem.source(case.x, ld=cols + 1), case.mem.source(case.d)
                g, held = case.mem.target(1, cols).flat, case.at(kept)
                last = (rows, cols, source.pair, d.pair, held, g)
                case.mem.compare(isa, lambda t, a=last: _kernels.rows_dgamma(t, *a))

    def test_prelu(self, isa: str, skew: int, reals: Reals) -> None:
        for rows, cols in shapes():
            case = Case(skew, reals, rows, cols)
            source, out = case.mem.source(case.x, ld=cols + 3), case.mem.target(rows, cols)
            alpha = case.at(case.gamma)
            args = (rows, cols, source.pair, out.pair, alpha)
            case.mem.compare(isa, lambda t, a=args: _kernels.prelu_fwd(t, *a))
            for full in (True, False):
                case = Case(skew, reals, rows, cols)
                source, d = case.mem.source(case.x, ld=cols + 3), case.gradient()
                alpha = case.at(case.gamma)
                g = case.mem.target(1, cols).flat if full else None
                back = (rows, cols, source.pair, d.pair, alpha, g)
                case.mem.compare(isa, lambda t, a=back: _kernels.prelu_bwd(t, *a))

    def test_blend(self, isa: str, skew: int, reals: Reals) -> None:
        for n in (0, *COLS):
            mem = Memory(reals(1, 1).dtype, skew)
            a, x = mem.source(reals(1, n), writable=True), mem.source(reals(1, n))
            mem.compare(isa, lambda t, a=(n, a.flat, x.flat): _kernels.blend(t, *a, 0.99))

    def test_special_values(self, isa: str, dtype: np.dtype[Any]) -> None:
        """NaN and infinities go the same way in every tier."""
        f = np.finfo(dtype)
        special = [np.nan, np.inf, -np.inf, 0.0, -0.0, f.max, -f.max, f.smallest_subnormal, 1.0]
        x = np.array([np.roll(special * 4, i) for i in range(9)], dtype)
        ones = np.ones(36, dtype)
        with np.errstate(all="ignore"):
            for kind in (LAYER, RMS, UNIT):
                mem = Memory(dtype)
                source, out = mem.source(x), mem.target(9, 36)
                args = (kind, 9, 36, source.pair, out.pair, None, None, 0.0, None)
                mem.compare(isa, lambda t, a=args: _kernels.rows_fwd(t, *a))
            mem = Memory(dtype)
            source, out, alpha = mem.source(x), mem.target(9, 36), mem.source(ones)
            args2 = (9, 36, source.pair, out.pair, alpha.flat)
            mem.compare(isa, lambda t, a=args2: _kernels.prelu_fwd(t, *a))


# ---- the contract's formulas, operation by operation --------------------------------------------


def chunk_fma(a: Array, b: Array) -> Array:
    """Column sums of a * b in CHUNK order, by fma."""
    total = np.zeros(a.shape[1], a.dtype)
    for first in range(0, len(a), _kernels.CHUNK):
        acc = np.zeros_like(total)
        for r in range(first, min(first + _kernels.CHUNK, len(a))):
            acc = fma(a[r], b[r], acc)
        total = acc if first == 0 else total + acc
    return total


def tree_fma(a: Array, b: Array) -> Array:
    """Row sums of a * b in TREE order, the lanes chained by fma."""
    lanes = np.zeros((a.shape[0], _kernels.LANES), a.dtype)
    for c in range(a.shape[1]):
        at = c % _kernels.LANES
        lanes[:, at] = fma(a[:, c], b[:, c], lanes[:, at])
    return tree_sum(lanes)


@pytest.mark.parametrize(("rows", "cols"), [(1, 3), (7, 5), (600, 4)])
def test_batch_formula(dtype: np.dtype[Any], reals: Reals, rows: int, cols: int) -> None:
    """Two passes over the rows, then the derivative."""
    x, d = reals(rows, cols), reals(rows, cols)
    gamma, real = reals(1, cols)[0], dtype.type
    mean, var = np.empty(cols, dtype), np.empty(cols, dtype)
    _kernels.batch_stats("portable", rows, cols, (x.ravel(), cols), mean, var)
    want = chunk_sum(x) / real(rows)
    off = x - want
    assert_same_bits(mean, want)
    assert_same_bits(var, chunk_fma(off, off) / real(rows))

    inverse = real(1) / np.sqrt(var + real(EPS))
    hat = off * inverse
    p, q = chunk_fma(d, hat), chunk_sum(d)
    got, dgamma, dbeta = d.ravel().copy(), np.empty(cols, dtype), np.empty(cols, dtype)
    _kernels.batch_bwd(
        "portable", rows, cols, (x.ravel(), cols), (got, cols), mean, var, gamma, EPS, 0.0,
        dgamma, dbeta,
    )  # fmt: skip
    assert_same_bits(dgamma, p)
    assert_same_bits(dbeta, q)
    rest = d - fma(hat, p / real(rows), q / real(rows))
    assert_same_bits(got.reshape(rows, cols), (inverse * gamma) * rest)


def test_columns_formula(dtype: np.dtype[Any], reals: Reals) -> None:
    """y = fma(x - mean, gamma / max(sqrt(var + eps), floor), beta)."""
    x, real = reals(9, 21), dtype.type
    mean, gamma, beta = (reals(1, 21)[0] for _ in range(3))
    var = np.abs(reals(1, 21)[0])
    out = np.empty(9 * 21, dtype)
    columns = (x.ravel(), 21), (out, 21)
    _kernels.cols_fwd("portable", 9, 21, *columns, mean, var, gamma, beta, EPS, 0.75)
    factor = (real(1) / np.maximum(np.sqrt(var + real(EPS)), real(0.75))) * gamma
    assert_same_bits(out.reshape(9, 21), fma(x - mean, factor, beta))
    _kernels.cols_fwd("portable", 9, 21, *columns, None, None, gamma, None, EPS, 0.0)
    assert_same_bits(out.reshape(9, 21), fma(x, gamma, np.zeros_like(gamma)))


@pytest.mark.parametrize("cols", [1, 5, 16, 37])
def test_rows_formula(dtype: np.dtype[Any], reals: Reals, cols: int) -> None:
    """The three kinds and their derivatives."""
    rows, real = 6, dtype.type
    x, d, gamma, beta = reals(rows, cols), reals(rows, cols), reals(1, cols)[0], reals(1, cols)[0]
    x[2] = 0.0
    n = real(cols)
    for kind in (LAYER, RMS, UNIT):
        mean = tree_sum(x) / n if kind == LAYER else np.zeros(rows, dtype)
        off = x - mean[:, None]
        square = tree_fma(off, off)
        with np.errstate(divide="ignore"):
            if kind == UNIT:
                factor = np.minimum(real(1) / np.sqrt(square), real(1e12))
            else:
                factor = real(1) / np.sqrt(square / n + real(EPS))
        hat = off * factor[:, None]
        out, stats = np.empty(x.size, dtype), np.empty(2 * rows, dtype)
        _kernels.rows_fwd(
            "portable", kind, rows, cols, (x.ravel(), cols), (out, cols), gamma, beta, EPS, stats
        )
        assert_same_bits(stats.reshape(rows, 2), np.stack([mean, factor], axis=1))
        want = fma(hat, np.broadcast_to(gamma, x.shape), np.broadcast_to(beta, x.shape))
        assert_same_bits(out.reshape(rows, cols), want)

        g = d * gamma
        p, q = tree_fma(g, hat), tree_sum(g)
        p = np.where(factor == real(1e12), real(0), p) if kind == UNIT else p / n
        q = q / n if kind == LAYER else np.zeros_like(q)
        got, dgamma = d.ravel().copy(), np.empty(cols, dtype)
        _kernels.rows_dgamma(
            "portable", rows, cols, (x.ravel(), cols), (d.ravel(), cols), stats, dgamma
        )
        assert_same_bits(dgamma, chunk_fma(d, hat))
        _kernels.rows_bwd(
            "portable", kind, rows, cols, (x.ravel(), cols), (got, cols), gamma, stats
        )
        spread = fma(hat, p[:, None], np.broadcast_to(q[:, None], x.shape))
        assert_same_bits(got.reshape(rows, cols), factor[:, None] * (g - spread))


def test_prelu_formula(dtype: np.dtype[Any], reals: Reals) -> None:
    """Slopes by columns; nothing passes back through 0, and NaN passes forward."""
    x, d, alpha = reals(530, 5), reals(530, 5), reals(1, 5)[0]
    x[3, :3] = 0.0, -0.0, np.nan
    out, back, g = np.empty(x.size, dtype), d.ravel().copy(), np.empty(5, dtype)
    _kernels.prelu_fwd("portable", 530, 5, (x.ravel(), 5), (out, 5), alpha)
    assert_same_bits(out.reshape(x.shape), np.where(x < 0, alpha * x, x))
    _kernels.prelu_bwd("portable", 530, 5, (x.ravel(), 5), (back, 5), alpha, g)
    slope = np.where(x > 0, d, np.where(x < 0, alpha * d, dtype.type(0)))
    assert_same_bits(back.reshape(x.shape), slope)
    below = np.where(x < 0, x, dtype.type(0))
    assert_same_bits(g, chunk_fma(np.where(x < 0, d, dtype.type(0)), below))


def test_blend_formula(dtype: np.dtype[Any], reals: Reals) -> None:
    """a keep + x (1 - keep), one fma behind one product."""
    a, x, real = reals(1, 37)[0], reals(1, 37)[0], dtype.type
    got = a.copy()
    _kernels.blend("portable", 37, got, x, 0.99)
    assert_same_bits(got, fma(a, np.full_like(a, 0.99), x * real(1.0 - 0.99)))
