"""Reads IDX files of unsigned bytes, plain or gzip-compressed, and trusts nothing in them."""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

_UNSIGNED_BYTE = 0x08
_LARGEST = 1 << 32  # elements; past this a header is damage, not data


def read_idx(path: Path, n_axes: int) -> NDArray[np.uint8]:
    """The array of `n_axes` axes in `path`; ValueError naming the file if it is not one.

    Layout: two zero bytes, the element type (8: unsigned byte), the number of axes, the length
    of each axis as a big-endian 32-bit integer, then the elements, last axis fastest.
    """
    try:
        with path.open("rb") as file:
            gzipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not gzipped:
                return _parse(file, n_axes)
            with gzip.GzipFile(fileobj=file) as stream:
                return _parse(cast(BinaryIO, stream), n_axes)
    except (EOFError, gzip.BadGzipFile, zlib.error, _Damaged) as error:
        raise ValueError(f"{path} is not a whole IDX file: {error}") from error


class _Damaged(Exception):
    """What is wrong with the file at hand; the caller adds its name."""


def _parse(stream: BinaryIO, n_axes: int) -> NDArray[np.uint8]:
    header = stream.read(4 + 4 * n_axes)
    if header[:4] != bytes([0, 0, _UNSIGNED_BYTE, n_axes]):
        raise _Damaged(
            f"it must begin with {bytes([0, 0, _UNSIGNED_BYTE, n_axes]).hex()} "
            f"(bytes in {n_axes} axes), got {header[:4].hex() or 'nothing'}"
        )
    if len(header) < 4 + 4 * n_axes:
        raise _Damaged("it ends within its header")
    shape = struct.unpack(f">{n_axes}I", header[4:])
    count = math.prod(shape)
    if count > _LARGEST:
        raise _Damaged(f"its header claims {count} elements")
    # One byte more than expected: both a short file and a long one show, and the end of a gzip
    # stream, where its checksum is, is reached.
    content = stream.read(count + 1)
    if len(content) != count:
        raise _Damaged(
            f"its header claims {count} elements, it has "
            f"{len(content) if len(content) < count else 'more'}"
        )
    # A copy, so that the array is writable as every other data set's.
    return np.frombuffer(content, dtype=np.uint8).reshape(shape).copy()
