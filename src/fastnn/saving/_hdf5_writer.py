"""Writer of the part of HDF5 that Keras' files are made of; `_hdf5` says what that is.

Groups are symbol tables, arrays are stored contiguously, attributes are texts: what h5py writes by
default, so that h5py, and Keras through it, reads it. The bytes are a function of the content.
"""

import struct
from typing import Any

import numpy as np

from fastnn.saving._hdf5 import SIGNATURE

Tree = dict[str, Any]  # names to subtrees, arrays, and under "" the attributes of the group

_UNDEFINED = 2**64 - 1
_MAX_MESSAGE = 65528  # bytes
_LEAF = 8  # entries of a part of a group
_TYPES = {
    "f4": struct.pack("<B3BI2H4BI", 0x11, 0x20, 31, 0, 4, 0, 32, 23, 8, 0, 23, 127),
    "f8": struct.pack("<B3BI2H4BI", 0x11, 0x20, 63, 0, 8, 0, 64, 52, 11, 0, 52, 1023),
    "i4": struct.pack("<B3BI2H", 0x10, 0x08, 0, 0, 4, 0, 32),
    "i8": struct.pack("<B3BI2H", 0x10, 0x08, 0, 0, 8, 0, 64),
}
_HEAP_TEXT = struct.pack("<B3BI B3BI2H", 0x19, 1, 1, 0, 16, 0x10, 0, 0, 0, 1, 0, 8)


def hdf5_bytes(tree: Tree) -> bytes:
    """Return the file of a tree of groups."""
    # All groups have an index of one size, stated in the superblock: for the largest of them.
    half = max(16, -(-_parts(_largest(tree)) // 2))
    out = bytearray(96)
    root, index, names = _group(out, tree, half)
    out[:96] = b"".join([
        SIGNATURE, bytes([0, 0, 0, 0, 0, 8, 8, 0]), struct.pack("<HHI", _LEAF // 2, half, 0),
        struct.pack("<4Q", 0, _UNDEFINED, len(out), _UNDEFINED),
        struct.pack("<QQIIQQ", 0, root, 1, 0, index, names),
    ])  # fmt: skip
    return bytes(out)


def _parts(entries: int) -> int:
    return -(-entries // _LEAF)


def _largest(tree: Tree) -> int:
    below = [_largest(child) for name, child in tree.items() if name and isinstance(child, dict)]
    return max([len(tree), *below])


def _place(out: bytearray, data: bytes) -> int:
    """Append a block and return its address."""
    address = len(out)
    out += _padded(data)
    return address


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)


def _header(out: bytearray, messages: list[tuple[int, bytes]]) -> int:
    if any(len(content) > _MAX_MESSAGE for _, content in messages):
        raise ValueError("a name is too long for an HDF5 file")
    body = b"".join(
        struct.pack("<HHB3x", kind, len(_padded(content)), 0) + _padded(content)
        for kind, content in messages
    )
    return _place(out, struct.pack("<BxHII4x", 1, len(messages), 1, len(body)) + body)


def _group(out: bytearray, tree: Tree, half: int) -> tuple[int, int, int]:
    """Append a group and what it holds; return the addresses of header, index and names."""
    children = {}
    for name in sorted((n for n in tree if n), key=str.encode):
        value = tree[name]
        children[name] = (
            _group(out, value, half)[0] if isinstance(value, dict) else _array(out, value)
        )
    text, offsets = bytearray(8), []
    for name in children:
        offsets.append(len(text))
        text += _padded(name.encode() + b"\0")
    heap = _place(out, struct.pack("<4sB3xQQQ", b"HEAP", 0, len(text), 1, len(out) + 32) + text)
    entries = list(zip(offsets, children.values(), strict=True))
    pairs = bytearray()
    for start in range(0, len(entries), _LEAF):
        part = entries[start : start + _LEAF]
        node = struct.pack("<4sBxH", b"SNOD", 1, len(part))
        node += b"".join(struct.pack("<QQII16x", name, address, 0, 0) for name, address in part)
        node += bytes(8 + 40 * _LEAF - len(node))
        pairs += struct.pack("<QQ", _place(out, node), part[-1][0])
    tree_node = struct.pack(
        "<4sBBHQQQ", b"TREE", 0, 0, _parts(len(entries)), _UNDEFINED, _UNDEFINED, 0
    )
    index = _place(out, (tree_node + pairs).ljust(24 + 8 + 32 * half, b"\0"))
    attributes = [(0xC, _attribute(out, *item)) for item in tree.get("", {}).items()]
    return _header(out, [(0x11, struct.pack("<QQ", index, heap)), *attributes]), index, heap


def _array(out: bytearray, value: Any) -> int:
    array = np.asarray(value)
    kind = f"{array.dtype.kind}{array.dtype.itemsize}"
    raw = array.astype(f"<{kind}").tobytes()
    address = _place(out, raw) if raw else _UNDEFINED
    shape = struct.pack(f"<BBB5x{array.ndim}Q", 1, array.ndim, 0, *array.shape)
    return _header(out, [
        (0x1, shape), (0x3, _TYPES[kind]), (0x5, struct.pack("<4BI", 2, 2, 2, 1, 0)),
        (0x8, struct.pack("<BBQQ", 3, 1, address, len(raw))),
    ])  # fmt: skip


def _attribute(out: bytearray, name: str, value: str | list[str]) -> bytes:
    """Return the message of an attribute: a text, or a list of texts.

    Texts have a fixed size and are padded with zeros; one too long for a message goes to a heap.
    """
    key = name.encode() + b"\0"
    texts = [item.encode() for item in ([value] if isinstance(value, str) else value)]
    size = max(map(len, texts), default=0) or 1
    if isinstance(value, str):
        shape = struct.pack("<B7x", 1)
    else:
        shape = struct.pack("<BBB5xQ", 1, 1, 0, len(texts))
    if isinstance(value, str) and size > _MAX_MESSAGE - 64 - len(key):
        type_, data = _HEAP_TEXT, struct.pack("<IQI", size, _heap(out, texts[0]), 1)
    else:
        type_ = struct.pack("<B3BI", 0x13, 0x11, 0, 0, size)
        data = b"".join(text.ljust(size, b"\0") for text in texts)
    start = struct.pack("<BxHHH", 1, len(key), len(type_), len(shape))
    return start + _padded(key) + _padded(type_) + shape + data


def _heap(out: bytearray, text: bytes) -> int:
    """Append a heap that holds one text, and return its address."""
    item = struct.pack("<HH4xQ", 1, 1, len(text)) + _padded(text)
    size = max(4096, 16 + len(item) + 16)
    rest = struct.pack("<HH4xQ", 0, 0, size - 16 - len(item))
    return _place(out, (struct.pack("<4sB3xQ", b"GCOL", 1, size) + item + rest).ljust(size, b"\0"))
