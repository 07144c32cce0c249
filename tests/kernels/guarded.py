"""Memory that notices a kernel that leaves its extents.

A buffer ends at a page that cannot be touched: a read or write past the end is a fault, and
pytest's fault handler names the test. What lies in front holds a pattern, gaps between rows hold
NaN (inputs) or the pattern (outputs); all of it must be unchanged after a call.
"""

import ctypes
import mmap
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastnn import _kernels

Array = NDArray[Any]

PATTERN = 0xA5
FRONT = 128  # bytes of pattern in front of every buffer

_mprotect = ctypes.CDLL(None, use_errno=True).mprotect
_mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def round_up(n: int, to: int = _kernels.PAD) -> int:
    """n, or the next multiple of `to`."""
    return -(-n // to) * to


def _slab(size: int) -> NDArray[np.uint8]:
    """`size` bytes of pattern in front of a page that faults."""
    usable = round_up(size, mmap.PAGESIZE)
    memory = mmap.mmap(-1, usable + mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    everything = np.frombuffer(memory, np.uint8)
    everything[usable - size : usable] = PATTERN
    if _mprotect(everything.ctypes.data + usable, mmap.PAGESIZE, 0):
        raise OSError(ctypes.get_errno(), "mprotect")
    return everything[usable - size : usable]


def same_bits(a: Array, b: Array) -> NDArray[np.bool_]:
    """Elementwise equality of bits; NaN equals NaN, whose sign and payload are the CPU's."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.dtype == b.dtype
    if a.dtype.kind != "f":
        return a == b
    unsigned = f"u{a.dtype.itemsize}"
    return (a.view(unsigned) == b.view(unsigned)) | (np.isnan(a) & np.isnan(b))


def assert_same_bits(got: Array, want: Array, what: str = "") -> None:
    """Equal shapes and bits; the first difference is named."""
    assert got.shape == want.shape, what
    if got.size == 0:
        return
    bad = np.argwhere(~same_bits(np.ascontiguousarray(got), np.ascontiguousarray(want)))
    assert not len(bad), (
        f"{what}: {len(bad)} of {got.size} differ, first at {tuple(bad[0])}: "
        f"{got[tuple(bad[0])]!r}, expected {want[tuple(bad[0])]!r}"
    )


class Block:
    """Rows of a matrix in guarded memory, `ld` elements apart.

    extent: elements of each row that a kernel may touch, `cols` of them with a meaning. With
    `writable` those may change, else nothing may. skew: elements between the end and the fault.
    """

    def __init__(
        self,
        rows: int,
        cols: int,
        dtype: DTypeLike,
        ld: int | None = None,
        padded: bool = False,
        writable: bool = False,
        skew: int = 0,
        values: Array | None = None,
    ) -> None:
        self.rows, self.cols, self.writable = rows, cols, writable
        extent = round_up(cols) if padded else cols
        self.ld = extent if ld is None else ld
        count = (rows - 1) * self.ld + extent if rows and extent else 0
        item = np.dtype(dtype).itemsize
        self._bytes = _slab(FRONT + (count + skew) * item)
        self.flat = self._bytes[FRONT : FRONT + count * item].view(dtype)
        place = np.arange(rows)[:, None] * self.ld
        self._at = place + np.arange(cols)
        self._free = np.zeros(self._bytes.size, np.bool_)
        if writable and count:
            self._free[FRONT : FRONT + count * item].reshape(count, item)[
                place + np.arange(extent)
            ] = True
        if values is not None:
            if self.flat.dtype.kind == "f":
                self.flat[:] = np.nan
            self.flat[self._at] = values
        self._start = self._bytes.copy()

    @property
    def pair(self) -> tuple[Array, int]:
        """What the functions of _kernels take for a block."""
        return self.flat, self.ld

    @property
    def values(self) -> Array:
        """A copy of the (rows, cols) elements with a meaning."""
        return self.flat[self._at]

    def restore(self) -> None:
        """Everything as it was made."""
        self._bytes[:] = self._start

    def assert_kept(self, what: str = "") -> None:
        """Nothing changed that may not be written."""
        changed = np.flatnonzero((self._bytes != self._start) & ~self._free)
        assert not changed.size, (
            f"{what}: wrote at byte {changed[0] - FRONT} of a buffer of "
            f"{self.flat.nbytes} bytes, outside of what it may write"
        )


class Memory:
    """The buffers of one case: made once, used by two tiers in turn."""

    def __init__(self, dtype: DTypeLike, skew: int = 0) -> None:
        self.dtype, self.skew = np.dtype(dtype), skew
        self._blocks: list[Block] = []

    def _add(self, block: Block) -> Block:
        self._blocks.append(block)
        return block

    def source(
        self, values: Array, ld: int | None = None, padded: bool = False, writable: bool = False
    ) -> Block:
        """An input; with `writable` one that is updated in place."""
        values = np.asarray(values)
        if values.ndim == 1:
            values = values[None]
        rows, cols = values.shape
        return self._add(
            Block(rows, cols, values.dtype, ld, padded, writable, self.skew, values=values)
        )

    def target(
        self,
        rows: int,
        cols: int,
        ld: int | None = None,
        padded: bool = False,
        dtype: DTypeLike | None = None,
    ) -> Block:
        """An output, all pattern."""
        return self._add(Block(rows, cols, dtype or self.dtype, ld, padded, True, self.skew))

    def run(self, isa: str, call: Callable[[str], None]) -> list[Array]:
        """The outputs of one call, which kept to its extents."""
        for block in self._blocks:
            block.restore()
        call(isa)
        for block in self._blocks:
            block.assert_kept(isa)
        return [block.values for block in self._blocks if block.writable]

    def compare(self, isa: str, call: Callable[[str], None]) -> list[Array]:
        """Outputs of the portable tier, equal to those of `isa` bit for bit."""
        want = self.run("portable", call)
        for i, (a, b) in enumerate(zip(self.run(isa, call), want, strict=True)):
            assert_same_bits(a, b, f"{isa}, output {i}")
        return want
