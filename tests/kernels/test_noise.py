"""noise and alpha_dropout_fwd (body/noise.inc.h, body/dropout.inc.h)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _kernels
from reference.random import dropout_mask, noise_normals
from tolerance import noise_bound

from .exact import fma
from .guarded import Memory, assert_same_bits

Array = NDArray[Any]
Reals = Callable[..., Array]

COLS = (0, 1, 2, 3, 4, 5, 7, 8, 13, 15, 16, 17, 31, 33, 64, 67, 255, 257)
KEY = {"seed": 0x0123456789ABCDEF, "stream": 7, "step": 0x123456789}


def normals(isa: str, dtype: np.dtype[Any], rows: int, cols: int, **place: int) -> Array:
    """The normal numbers of a block, of a tensor as wide as the block unless `place` says more."""
    z, full = np.zeros(rows * cols, dtype), {"width": cols, "row0": 0, "col0": 0} | KEY | place
    _kernels.noise(isa, False, rows, cols, (z, cols), (z, cols), scale=1.0, **full)
    return z.reshape(rows, cols)


@pytest.mark.parametrize("in_place", [False, True], ids=["apart", "in place"])
def test_equal_bits(isa: str, skew: int, in_place: bool, reals: Reals) -> None:
    """Every tier against the portable one, in guarded memory."""
    for cols in COLS:
        for rows in (0, 1, 2, 5, 70) if cols < 20 else (1, 3):
            col0 = 4 * (cols % 3)
            place = {"width": col0 + cols + 2, "row0": 5, "col0": col0}
            for multiply in (False, True, None):
                z = reals(rows, cols)
                mem = Memory(z.dtype, skew)
                source = mem.source(z, ld=cols + 3, writable=in_place)
                out = source if in_place else mem.target(rows, cols, ld=cols + 1)
                args = (rows, cols, source.pair, out.pair)
                if multiply is not None:
                    mem.compare(
                        isa,
                        lambda t, a=args, m=multiply, p=place: _kernels.noise(
                            t, m, *a, scale=0.3, **KEY, **p
                        ),
                    )
                    continue
                keep = mem.target(rows, cols, ld=cols + 5, dtype=np.uint8)
                mem.compare(
                    isa,
                    lambda t, a=(*args, keep.pair), p=place: _kernels.alpha_dropout_fwd(
                        t, *a, threshold=2**31, scale=1.5, shift=0.25, fill=-0.75, **KEY, **p
                    ),
                )


@pytest.mark.parametrize("width", [1, 4, 10, 67])
def test_definition(dtype: np.dtype[Any], width: int) -> None:
    """The twin's numbers, which follow the formula in float64."""
    want = noise_normals(KEY["seed"], KEY["stream"], KEY["step"], 500, width)
    got = normals("portable", dtype, 500, width)
    assert np.abs(got - want).max() <= noise_bound(dtype)


def test_what_becomes_of_them(dtype: np.dtype[Any], reals: Reals) -> None:
    """fma(scale, normal, z), z fma(scale, normal, 1); alpha dropout by the dropout mask."""
    z, place = reals(9, 21), {"width": 21, "row0": 0, "col0": 0} | KEY
    n, scale = normals("portable", dtype, 9, 21), dtype.type(0.3)
    out = np.empty(z.size, dtype)
    args = ("portable", False, 9, 21, (z.ravel(), 21), (out, 21))
    _kernels.noise(*args, scale=0.3, **place)
    assert_same_bits(out.reshape(z.shape), fma(np.full_like(z, scale), n, z))
    _kernels.noise("portable", True, *args[2:], scale=0.3, **place)
    factor = fma(np.full_like(z, scale), n, np.ones_like(z))
    assert_same_bits(out.reshape(z.shape), z * factor)

    keep = np.empty(z.size, np.uint8)
    _kernels.alpha_dropout_fwd(
        "portable", *args[2:], (keep, 21), threshold=round(0.4 * 2**32), scale=1.5, shift=0.25,
        fill=-0.75, **place,
    )  # fmt: skip
    kept = dropout_mask(KEY["seed"], KEY["stream"], KEY["step"], 0.4, 9, 21)
    assert np.array_equal(keep.reshape(z.shape) != 0, kept)
    mapped = fma(z, np.full_like(z, 1.5), np.full_like(z, 0.25))
    assert_same_bits(out.reshape(z.shape), np.where(kept, mapped, dtype.type(-0.75)))


def test_cut_differently(isa: str, dtype: np.dtype[Any]) -> None:
    """Any block of the tensor has the bits that the whole has there."""
    rows, width = 37, 150
    whole = normals(isa, dtype, rows, width)
    for row0, col0, n, cols in ((0, 0, 1, 150), (3, 64, 9, 64), (36, 148, 1, 2), (5, 4, 30, 17)):
        got = normals(isa, dtype, n, cols, width=width, row0=row0, col0=col0)
        assert_same_bits(got, whole[row0 : row0 + n, col0 : col0 + cols])


def test_distribution() -> None:
    """Moments and tails of 400 000 numbers, within five standard deviations of their estimates."""
    z = normals("portable", np.dtype(np.float64), 1000, 400).ravel()
    root = np.sqrt(z.size)
    for power, moment, spread in ((1, 0, 1), (2, 1, 2**0.5), (3, 0, 15**0.5), (4, 3, 96**0.5)):
        assert abs((z**power).mean() - moment) <= 5 * spread / root, power
    for limit, share in ((1.0, 0.31731050786), (2.0, 0.04550026390), (3.0, 0.00269979606)):
        assert abs((np.abs(z) > limit).mean() - share) <= 5 * np.sqrt(share) / root, limit
    pairs = z.reshape(-1, 2)
    assert abs((pairs[:, 0] * pairs[:, 1]).mean()) <= 5 * np.sqrt(2) / root
