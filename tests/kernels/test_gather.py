"""gather (body/gather.inc.h): rows of an array of any dtype and layout."""

import ctypes
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _kernels

from .guarded import Memory, assert_same_bits

Array = NDArray[Any]

DTYPES = list(_kernels.DTYPES)
COLS = (0, 1, 2, 3, 5, 8, 13, 16, 17, 31, 33)


def draw(name: str, rng: np.random.Generator, *shape: int) -> Array:
    """Any bit pattern of that dtype; bools are 0 and 1."""
    if name == "bool":
        return rng.random(shape) < 0.5
    size = int(np.prod(shape)) * np.dtype(name).itemsize
    return np.frombuffer(rng.bytes(size), name).reshape(shape)


def convert(a: Array, dtype: np.dtype[Any]) -> Array:
    """NumPy's astype, which is C's conversion."""
    with np.errstate(all="ignore"):
        return a.astype(dtype)


def bytes_of(a: Array) -> tuple[Array, int]:
    """The bytes from the lowest to the highest that a view has, and where its first element is."""
    if not a.size:
        return np.empty(0, np.uint8), 0
    ends = [(n - 1) * stride for n, stride in zip(a.shape, a.strides, strict=True)]
    low = sum(min(end, 0) for end in ends)
    high = sum(max(end, 0) for end in ends) + a.itemsize
    start = a.__array_interface__["data"][0]
    return np.array((ctypes.c_uint8 * (high - low)).from_address(start + low)), -low


def check(
    isa: str,
    dtype: np.dtype[Any],
    a: Array,
    index: Array | None = None,
    row0: int = 0,
    count: int | None = None,
    skew: int = 0,
) -> Array:
    """Rows of the view `a`, whose bytes are put at the very end of guarded memory."""
    rows, cols = a.shape
    count = (rows if index is None else len(index)) if count is None else count
    base, first = bytes_of(a)
    mem = Memory(dtype, skew)
    source = mem.source(base)
    out = mem.target(count, cols, ld=cols + 3)
    take = None if index is None else mem.source(np.asarray(index, np.int64)).flat
    (got,) = mem.compare(
        isa,
        lambda t: _kernels.gather(
            t,
            source.flat,
            first,
            a.dtype.name,
            rows,
            cols,
            a.strides[0],
            a.strides[1],
            None,
            take,
            row0,
            count,
            out.pair,
        ),
    )
    chosen = a[index] if index is not None else a[row0 : row0 + count]
    assert_same_bits(got, convert(chosen, dtype), f"{a.dtype} {a.shape} {a.strides}")
    return got


def layouts(a: Array) -> dict[str, Array]:
    """One array in the orders and strides that NumPy has for it."""
    rows, cols = a.shape
    wide = np.empty((rows, 3 * cols + 1), a.dtype)
    wide[:, 1::3] = a
    tall = np.empty((2 * rows + 1, cols + 2), a.dtype)
    tall[1::2, 2:] = a
    shifted = np.empty(a.nbytes + 1, np.uint8)[1:].view(a.dtype).reshape(a.shape)
    shifted[:] = a
    fields = np.empty((rows, cols), [("pad", np.uint8), ("value", a.dtype)])
    fields["value"] = a
    return {
        "C": np.ascontiguousarray(a),
        "F": np.asfortranarray(a),
        "columns apart": wide[:, 1::3],
        "rows apart": tall[1::2, 2:],
        "backwards": np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
        "one row again and again": np.broadcast_to(a[:1], a.shape),
        "one column again and again": np.broadcast_to(a[:, :1], a.shape),
        "unaligned": shifted,
        "field of a record": fields["value"],
    }


@pytest.mark.parametrize("name", DTYPES)
class TestEveryDtype:
    """Against astype, every tier, in guarded memory."""

    def test_layouts(
        self, isa: str, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        a = draw(name, rng, 21, 11)
        index = rng.integers(0, 21, 30)
        for view in layouts(a).values():
            check(isa, dtype, view)
            check(isa, dtype, view, row0=4, count=7)
            check(isa, dtype, view, index=index, skew=1)

    def test_sizes(
        self, isa: str, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        for cols in COLS:
            for rows in (1, 15, 17, 33) if cols < 4 else (16, 17):
                a = draw(name, rng, rows, cols)
                for view in (a, np.asfortranarray(a)):
                    check(isa, dtype, view, skew=cols % 2)
            check(isa, dtype, draw(name, rng, 3, cols), count=0)

    def test_column_offsets(
        self, isa: str, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        """The last axes of an array of three, in an order that no one stride gives."""
        cube = np.asfortranarray(draw(name, rng, 9, 20).reshape(9, 4, 5))
        rows = cube.reshape(9, 20)  # a copy: what the values are
        offsets = np.add.outer(
            np.arange(4) * cube.strides[1], np.arange(5) * cube.strides[2]
        ).reshape(-1)
        memory = np.ascontiguousarray(cube.ravel("K")).view(np.uint8)
        for index in (None, rng.integers(0, 9, 12)):
            count = 9 if index is None else 12
            mem = Memory(dtype)
            source, place = mem.source(memory), mem.source(offsets)
            out = mem.target(count, 20)
            take = None if index is None else mem.source(index).flat
            args: dict[str, Any] = {
                "src_dtype": name,
                "rows": 9,
                "cols": 20,
                "row_stride": cube.strides[0],
                "col_stride": 0,
                "col_offset": place.flat,
                "index": take,
                "row0": 0,
                "count": count,
                "dst": out.pair,
            }
            run = partial(_kernels.gather, memory=source.flat, offset=0, **args)
            (got,) = mem.compare(isa, run)
            assert_same_bits(got, convert(rows if index is None else rows[index], dtype))


def test_every_float16(isa: str, dtype: np.dtype[Any]) -> None:
    """All 65536, subnormals, infinities and NaN included, in both paths."""
    half = np.arange(2**16, dtype=np.uint16).view(np.float16).reshape(64, 1024)
    check(isa, dtype, half)
    check(isa, dtype, np.asfortranarray(half))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("uint64", [0, 1, 2**24 + 1, 2**53 + 1, 2**63, 2**63 + 2**39 + 1, 2**64 - 1]),
        ("int64", [0, -1, 2**24 + 1, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]),
        ("uint32", [0, 2**24 + 1, 2**24 + 3, 2**32 - 1]),
        ("int32", [-(2**31), 2**31 - 1, 2**24 + 1, -(2**24) - 3]),
        ("float64", [1e308, -1e308, 1e-46, 1e-320, 1 + 2**-24, 1 + 3 * 2**-24, -0.0, np.inf]),
        ("float32", [3.4e38, 1e-45, -0.0, -np.inf, np.nan]),
    ],
)
def test_rounding(isa: str, dtype: np.dtype[Any], name: str, values: list[float]) -> None:
    """Large and tiny numbers to the nearest real, ties to even."""
    a = np.array([values], name)
    check(isa, dtype, a)
    check(isa, dtype, np.repeat(a, 20, axis=0)[:, ::-1])


def test_any_nonzero_byte_is_true(isa: str, dtype: np.dtype[Any]) -> None:
    a = np.arange(256, dtype=np.uint8).view(np.bool_).reshape(1, 256)
    assert_same_bits(
        check(isa, dtype, a.view(np.uint8).astype(np.bool_)),
        np.array([[0.0] + 255 * [1.0]], dtype),
    )
    dst = np.empty(256, dtype)
    memory = np.arange(256, dtype=np.uint8)
    _kernels.gather(isa, memory, 0, "bool", 1, 256, 256, 1, None, None, 0, 1, (dst, 256))
    assert dst.tolist() == [0.0] + 255 * [1.0]
