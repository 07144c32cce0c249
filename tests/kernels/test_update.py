"""accumulate, divide, average, sum_squares (body/update.inc.h)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _kernels

from .exact import fma
from .guarded import Memory, assert_same_bits

Array = NDArray[Any]
Reals = Callable[..., Array]

SIZES = (0, 1, 2, 3, 7, 8, 9, 13, 15, 16, 17, 31, 33, 64, 67)


class TestAccumulate:
    """accumulate: acc = acc + x."""

    def test_sizes(self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
        for n in SIZES:
            a, x = reals(n), reals(n)
            mem = Memory(dtype, skew)
            acc, source = mem.source(a, writable=True), mem.source(x)
            (got,) = mem.run(isa, partial(_kernels.accumulate, n=n, acc=acc.flat, x=source.flat))
            assert_same_bits(got[0], a + x)


class TestDivide:
    """divide: x = x / d."""

    def test_sizes(self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
        for n in SIZES:
            x = reals(n)
            mem = Memory(dtype, skew)
            block = mem.source(x, writable=True)
            (got,) = mem.run(isa, partial(_kernels.divide, n=n, x=block.flat, d=0.7))
            assert_same_bits(got[0], x / dtype.type(0.7))


class TestAverage:
    """average: mean = fma(x - mean, share, mean)."""

    def test_sizes(self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
        for n in SIZES:
            m, x = reals(n), reals(n)
            mem = Memory(dtype, skew)
            mean, source = mem.source(m, writable=True), mem.source(x)
            call = partial(_kernels.average, n=n, mean=mean.flat, x=source.flat, share=0.3)
            (got,) = mem.run(isa, call)
            assert_same_bits(got[0], fma(x - m, np.asarray(dtype.type(0.3)), m))

    def test_of_itself(self, isa: str, dtype: np.dtype[Any], reals: Reals) -> None:
        """What does not move has itself as its average, though a zero may lose its sign."""
        x = reals(100)
        mean = x.copy()
        _kernels.average(isa, 100, mean, x, 0.01)
        np.testing.assert_array_equal(mean, x)


class TestSumSquares:
    """sum_squares: the sum of each column's squares, down the rows, in double."""

    @pytest.mark.parametrize("rows", [0, 1, 2, 63, 64])
    def test_definition(
        self, isa: str, dtype: np.dtype[Any], skew: int, rows: int, reals: Reals
    ) -> None:
        for cols in (0, 1, 2, 7, 8, 9, 16, 17, 65):
            x = reals(rows, cols)
            want = np.zeros(cols)
            for row in x.astype(np.float64):
                want = want + row * row
            mem = Memory(dtype, skew)
            source, out = mem.source(x, ld=cols + 3), mem.target(1, cols, dtype=np.float64)
            call = partial(_kernels.sum_squares, rows=rows, cols=cols, x=source.pair, out=out.flat)
            (got,) = mem.run(isa, call)
            assert_same_bits(got[0], want)

    def test_large_floats(self, isa: str) -> None:
        """Squares that float32 could not hold."""
        out = np.empty(1)
        _kernels.sum_squares(isa, 2, 1, (np.array([1e30, 1e-30], np.float32), 1), out)
        assert out[0] == float(np.float32(1e30)) ** 2
