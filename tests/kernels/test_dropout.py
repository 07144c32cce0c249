"""dropout_fwd and dropout_bwd (body/dropout.inc.h over core/rng.h)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _kernels
from reference.random import dropout_mask

from .guarded import Memory, assert_same_bits

Array = NDArray[Any]
Reals = Callable[..., Array]

COLS = (0, 1, 2, 3, 4, 5, 7, 8, 13, 15, 16, 17, 31, 33, 64, 67, 255, 257, 300)
KEY = {"seed": 0x0123456789ABCDEF, "stream": 7, "step": 0x123456789}


def mask(
    isa: str, dtype: np.dtype[Any], rows: int, cols: int, rate: float, **place: int
) -> NDArray[np.bool_]:
    """keep of a block, of a tensor as wide as the block unless `place` says more."""
    z, keep = np.ones(rows * cols, dtype), np.empty(rows * cols, np.uint8)
    full = {"width": cols, "row0": 0, "col0": 0, "threshold": round(rate * 2**32)} | KEY | place
    _kernels.dropout_fwd(
        isa, rows, cols, (z, cols), (z, cols), (keep, cols), scale=1 / (1 - rate), **full
    )
    return keep.reshape(rows, cols).astype(np.bool_)


class TestEqualBits:
    """Every tier against the portable one, in guarded memory."""

    def check(self, isa: str, skew: int, z: Array, in_place: bool, col0: int = 0) -> None:
        rows, cols = z.shape
        mem = Memory(z.dtype, skew)
        source = mem.source(z, ld=cols + 3, writable=in_place)
        out = source if in_place else mem.target(rows, cols, ld=cols + 1)
        keep = mem.target(rows, cols, ld=cols + 5, dtype=np.uint8)
        *_, kept = mem.compare(
            isa,
            lambda t: _kernels.dropout_fwd(
                t,
                rows,
                cols,
                source.pair,
                out.pair,
                keep.pair,
                threshold=2**31 + 12345,
                width=col0 + cols + 2,
                row0=5,
                col0=col0,
                scale=2.5,
                **KEY,
            ),
        )
        mem = Memory(z.dtype, skew)
        keep_in, delta = mem.source(kept), mem.source(z, ld=cols + 2, writable=True)
        (d,) = mem.compare(
            isa,
            lambda t: _kernels.dropout_bwd(t, rows, cols, keep_in.pair, delta.pair, 2.5),
        )
        with np.errstate(invalid="ignore", over="ignore"):
            want = np.where(kept != 0, z * z.dtype.type(2.5), z.dtype.type(0))
        assert_same_bits(d, want)

    @pytest.mark.parametrize("in_place", [False, True], ids=["apart", "in place"])
    def test_sizes(
        self, isa: str, dtype: np.dtype[Any], skew: int, in_place: bool, reals: Reals
    ) -> None:
        for cols in COLS:
            for rows in (0, 1, 2, 5, 70) if cols < 20 else (1, 3):
                self.check(isa, skew, reals(rows, cols), in_place, col0=4 * (cols % 3))

    def test_special_values(self, isa: str, dtype: np.dtype[Any]) -> None:
        """What is dropped is +0, NaN and infinities too."""
        f = np.finfo(dtype)
        special = [np.nan, np.inf, -np.inf, 0.0, -0.0, f.max, -f.max, f.smallest_subnormal]
        z = np.tile(np.array(special, dtype), (9, 5))
        self.check(isa, 0, z, False)
        self.check(isa, 1, z, True)


def test_known_answers(isa: str, dtype: np.dtype[Any]) -> None:
    """The published vectors of Philox4x32-10 (Random123's kat_vectors), word by word.

    A word w is kept for the threshold w and dropped for w + 1.
    """
    cases = [
        (0, 0, 0, 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (
            2**64 - 1,
            2**32 - 1,
            2**32 - 1,
            2**64 - 1,
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        ),
        (
            0x299F31D0A4093822,
            0x03707344,
            0x13198A2E,
            0x85A308D3243F6A88,
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ]
    for seed, stream, step, block, words in cases:
        place = {"seed": seed, "stream": stream, "step": step, "row0": block, "width": 4}
        for lane, word in enumerate(words):
            for threshold, kept in ((word, True), (word + 1, False)):
                got = mask(isa, dtype, 1, 4, 0.5, threshold=threshold, **place)
                assert got[0, lane] == kept, f"word {lane} of seed {seed:#x}"


@pytest.mark.parametrize("width", [1, 4, 10, 67])
def test_definition(dtype: np.dtype[Any], width: int) -> None:
    """The twin's mask, which is made of integers."""
    want = dropout_mask(KEY["seed"], KEY["stream"], KEY["step"], 0.3, 50, width)
    assert np.array_equal(mask("portable", dtype, 50, width, 0.3), want)


def test_cut_differently(isa: str, dtype: np.dtype[Any]) -> None:
    """Any block of the tensor has the bits that the whole has there."""
    rows, width = 37, 150
    whole = mask(isa, dtype, rows, width, 0.4)
    for row0, col0, n, cols in ((0, 0, 1, 150), (3, 64, 9, 64), (36, 148, 1, 2), (5, 4, 30, 17)):
        got = mask(isa, dtype, n, cols, 0.4, width=width, row0=row0, col0=col0)
        assert np.array_equal(got, whole[row0 : row0 + n, col0 : col0 + cols])


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_keep_rate(rate: float) -> None:
    """Within five standard deviations of 1 - rate; rate 0 keeps everything."""
    n = 400_000
    kept = mask("portable", np.dtype(np.float32), 1000, n // 1000, rate).mean()
    assert abs(kept - (1 - rate)) <= 5 * np.sqrt(rate * (1 - rate) / n)


def test_masks_differ() -> None:
    """Another seed, stream or step is another mask."""
    f32 = np.dtype(np.float32)
    first = mask("portable", f32, 20, 50, 0.5)
    for name in KEY:
        other = mask("portable", f32, 20, 50, 0.5, **{name: KEY[name] + 1})
        assert 0.4 < (other != first).mean() < 0.6, name
