"""Event files as TensorBoard reads them: framed records of hand-encoded protocol buffers.

A file is a sequence of TFRecords: length (uint64), masked CRC-32C of the length, the bytes,
masked CRC-32C of the bytes, all little-endian. Each record is an ``Event`` message of
TensorFlow's ``event.proto``. Only the few fields used here are encoded.
"""

import itertools
import os
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, reflected
_FILES = itertools.count()


def _table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
        table.append(crc)
    return table


_TABLE = _table()


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of `data` (RFC 3720, appendix B.4)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _masked(data: bytes) -> int:
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """Return the frame of one record."""
    length = struct.pack("<Q", len(data))
    return b"".join(
        (length, struct.pack("<I", _masked(length)), data, struct.pack("<I", _masked(data)))
    )


# ---- protocol buffers ---------------------------------------------------------------------


def varint(value: int) -> bytes:
    """Return an unsigned integer, seven bits a byte, lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _integer(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def _double(field: int, value: float) -> bytes:
    return varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


_SCALAR_CLASS, _TENSOR_CLASS = 1, 2  # SummaryMetadata.data_class
_FLOAT, _DOUBLE, _STRING = 1, 2, 7  # TensorProto.dtype


def _value(tag: str, plugin: bytes, content: bytes, data_class: int, tensor: bytes) -> bytes:
    """Return a Summary.Value: tag, tensor, and the plugin that shows it."""
    plugin_data = _bytes(1, plugin) + (_bytes(2, content) if content else b"")
    metadata = _bytes(1, plugin_data) + (_integer(4, data_class) if data_class else b"")
    return _bytes(1, tag.encode()) + _bytes(9, metadata) + _bytes(8, tensor)


class EventWriter:
    """Appends events to a new file in a folder.

    Parameters
    ----------
    folder : str or Path
        Made when needed.
    """

    def __init__(self, folder: Any) -> None:
        import socket

        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        now = time.time()
        name = f"events.out.tfevents.{int(now)}.{socket.gethostname()}.{os.getpid()}"
        self._file = (path / f"{name}.{next(_FILES)}.v2").open("xb")
        self._file.write(record(_double(1, now) + _bytes(3, b"brain.Event:2")))
        self._file.flush()

    def _write(self, step: int, value: bytes) -> None:
        event = _double(1, time.time()) + _integer(2, step) + _bytes(5, _bytes(1, value))
        self._file.write(record(event))

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Write a number, as float32."""
        tensor = _integer(1, _FLOAT) + _bytes(2, b"") + _bytes(5, struct.pack("<f", value))
        self._write(step, _value(tag, b"scalars", b"", _SCALAR_CLASS, tensor))

    def histogram(self, tag: str, values: NDArray[Any], step: int, buckets: int = 30) -> None:
        """Write how the finite values are distributed over buckets of one width."""
        finite = np.asarray(values, np.float64).ravel()
        finite = finite[np.isfinite(finite)]
        if finite.size == 0:
            rows = np.zeros((0, 3))
        elif finite.min() == finite.max():
            only = float(finite[0])
            rows = np.array([[only - 0.5, only + 0.5, finite.size]])
        else:
            counts, edges = np.histogram(finite, buckets)
            rows = np.column_stack((edges[:-1], edges[1:], counts))
        shape = b"".join(_bytes(2, _integer(1, size)) for size in rows.shape)
        content = np.ascontiguousarray(rows, "<f8").tobytes()
        tensor = _integer(1, _DOUBLE) + _bytes(2, shape) + _bytes(4, content)
        self._write(step, _value(tag, b"histograms", b"", _TENSOR_CLASS, tensor))

    def keras_model(self, tag: str, json: str, step: int) -> None:
        """Write a model's layers, for the graph view."""
        tensor = _integer(1, _STRING) + _bytes(2, b"") + _bytes(8, json.encode())
        self._write(step, _value(tag, b"graph_keras_model", b"1", 0, tensor))

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
