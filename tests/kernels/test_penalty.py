"""sum_abs, lane_sums, regularize, scale, orthogonal (body/penalty.inc.h)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _core, _kernels
from reference.regularizers import orthogonal

from .exact import fma
from .guarded import Memory, assert_same_bits

Array = NDArray[Any]
Reals = Callable[..., Array]

SIZES = (0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 67)


class TestColumnSums:
    """sum_abs: down each column in order, in double."""

    def test_sizes(self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
        for rows, cols in ((0, 3), (1, 1), (5, 7), (64, 16), (65, 33), (3, 67)):
            x = reals(rows, cols)
            mem = Memory(dtype, skew)
            source, out = mem.source(x, ld=cols + 3), mem.target(1, cols, dtype=np.float64)

            def run(tier: str, n: int = rows, m: int = cols, a: Any = source, b: Any = out) -> None:
                _kernels.sum_abs(tier, n, m, a.pair, b.flat)

            (got,) = mem.compare(isa, run)
            want = np.zeros(cols)
            for row in x.astype(np.float64):
                want += np.abs(row)
            assert_same_bits(got[0], want)


class TestLaneSums:
    """lane_sums: element c to lane (first + c) % 16, in double."""

    @pytest.mark.parametrize("first", [0, 3, 8])
    def test_sizes(
        self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals, first: int
    ) -> None:
        for n in SIZES:
            x = reals(n)
            mem = Memory(dtype, skew)
            source = mem.source(x)
            lanes = [mem.source(np.arange(16.0) + i, writable=True) for i in range(2)]

            def run(tier: str, n: int = n, a: Any = source, b: Any = lanes) -> None:
                _kernels.lane_sums(tier, n, a.flat, first, b[0].flat, b[1].flat)

            got = mem.compare(isa, run)
            want = [np.arange(16.0), np.arange(16.0) + 1]
            for c, value in enumerate(x.astype(np.float64)):
                want[0][(first + c) % 16] += abs(value)
                want[1][(first + c) % 16] += value * value
            for a, b in zip(got, want, strict=True):
                assert_same_bits(a[0], b)

    def test_either_may_be_missing(self, isa: str, dtype: np.dtype[Any], reals: Reals) -> None:
        x, both, alone = reals(20), np.zeros((2, 16)), np.zeros((2, 16))
        _kernels.lane_sums(isa, 20, x, 0, both[0], both[1])
        _kernels.lane_sums(isa, 20, x, 0, alone[0], None)
        _kernels.lane_sums(isa, 20, x, 0, None, alone[1])
        assert_same_bits(alone, both)


class TestRegularize:
    """regularize: g = fma(2 l2, w, g) + l1 sign(w)."""

    @pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.3), (0.7, 0.0), (0.7, 0.3)])
    def test_sizes(
        self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals, l1: float, l2: float
    ) -> None:
        for rows, cols in ((1, 0), (1, 1), (2, 3), (3, 16), (2, 17), (5, 67)):
            w, g = reals(rows, cols), reals(rows, cols)
            g[g == 0] = 1  # the fma of the test does not keep the sign of a zero
            mem = Memory(dtype, skew)
            weights = mem.source(w, ld=cols + 1)
            grads = mem.source(g, ld=cols + 2, writable=True)

            def run(
                tier: str, n: int = rows, m: int = cols, a: Any = weights, b: Any = grads
            ) -> None:
                _kernels.regularize(tier, n, m, a.pair, b.pair, l1, l2)

            (got,) = mem.compare(isa, run)
            one = np.where(w != 0, np.copysign(dtype.type(l1), w), w)
            assert_same_bits(got, fma(dtype.type(2 * l2), w, g) + one)

    def test_special_values(self, isa: str, dtype: np.dtype[Any]) -> None:
        f = np.finfo(dtype)
        special = np.array([0.0, -0.0, f.smallest_subnormal, f.max, np.inf, -np.inf, np.nan], dtype)
        w, g = np.array(np.meshgrid(special, special), dtype).reshape(2, -1)
        mem = Memory(dtype)
        weights, grads = mem.source(w), mem.source(g, writable=True)
        mem.compare(
            isa,
            lambda tier: _kernels.regularize(tier, 1, w.size, weights.pair, grads.pair, 0.5, 0.25),
        )


class TestScale:
    """scale: each element times the factor of its row or column."""

    def test_sizes(self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
        for rows, cols in ((1, 1), (2, 3), (3, 16), (2, 17), (5, 67)):
            w = reals(rows, cols)
            by_row, by_col = np.linspace(0.1, 2, rows), np.linspace(0.3, 3, cols)
            for row, col in ((by_row, None), (None, by_col)):
                mem = Memory(dtype, skew)
                block = mem.source(w, ld=cols + 1, writable=True)

                def run(
                    tier: str, b: Any = block, r: Any = row, c: Any = col, shape: Any = w.shape
                ) -> None:
                    _kernels.scale(tier, *shape, b.pair, r, c)

                (got,) = mem.compare(isa, run)
                factor = by_row[:, None] if row is not None else by_col[None]
                assert_same_bits(got, w * factor.astype(dtype))


@pytest.mark.parametrize("columns", [False, True])
class TestOrthogonal:
    """orthogonal: penalty and derivative by two matrix products."""

    def test_bits_and_values(
        self, isa: str, dtype: np.dtype[Any], skew: int, columns: bool, rng: np.random.Generator
    ) -> None:
        for rows, cols in ((1, 5), (2, 1), (5, 3), (3, 70), (67, 17), (20, 530)):
            w = rng.normal(size=(rows, cols)).astype(dtype)
            mem = Memory(dtype, skew)
            need = _kernels.orthogonal_scratch(rows, cols, columns)
            source, scratch = mem.source(w.reshape(-1)), np.full(need, np.nan, dtype)
            penalty, grad = mem.target(1, 1, dtype=np.float64), mem.target(1, rows * cols)

            def run(
                tier: str, shape: Any = w.shape, a: Any = source, s: Any = scratch,
                p: Any = penalty, g: Any = grad,
            ) -> None:  # fmt: skip
                _kernels.orthogonal(tier, *shape, a.flat, columns, 0.25, s, p.flat, g.flat)

            value, slope = mem.compare(isa, run)
            twin = orthogonal(0.25, "columns" if columns else "rows")
            wide = w.astype(np.float64)
            # Cosines of size 1, each a sum of `length` terms of which the signs are random, and
            # a derivative that adds up as many as there are rows, of size 1 / |w|.
            count, length = (cols, rows) if columns else (rows, cols)
            u = np.finfo(dtype).eps / 2
            limit = 8.0 * u * np.sqrt(length + 16.0)
            assert abs(value[0, 0] - twin.penalty(wide)) <= 0.25 * limit
            if length == 1:  # every cosine is 1: the derivative is rounding alone
                continue
            size = np.sqrt(np.square(wide).sum(axis=0 if columns else 1, keepdims=True))
            share = 2 * 0.25 / max(1, count * (count - 1)) * count / size
            error = np.abs(slope.reshape(rows, cols) - twin.grad(wide))
            assert np.all(error <= limit * 4.0 * share)

    def test_penalty_alone(
        self, isa: str, dtype: np.dtype[Any], columns: bool, rng: np.random.Generator
    ) -> None:
        w = rng.normal(size=(9, 6)).astype(dtype)
        name = "orthogonal_columns" if columns else "orthogonal_rows"
        code = _core.REGULARIZERS[name]
        alone, none = _core.regularizer(code, (0.5,), w, False)
        both, grad = _core.regularizer(code, (0.5,), w, True)
        assert none is None
        assert grad is not None
        assert alone == both

    def test_a_row_of_zeros(self, isa: str, dtype: np.dtype[Any], columns: bool) -> None:
        w = np.zeros((3, 3), dtype)
        w[0, 0] = w[1, 1] = 2
        need = _kernels.orthogonal_scratch(3, 3, columns)
        penalty, grad = np.ones(1), np.ones(9, dtype)
        scratch = np.empty(need, dtype)
        _kernels.orthogonal(isa, 3, 3, w.reshape(-1), columns, 0.5, scratch, penalty, grad)
        assert penalty[0] == 0.0
        assert not grad.any()
