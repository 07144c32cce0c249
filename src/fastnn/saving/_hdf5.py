"""Reader of the part of HDF5 that Keras' files are made of, safe with files nobody vouches for.

libhdf5 was not made for hostile data: with one bit flipped in a file of Keras it was seen to loop
for ever. This reader knows what h5py writes by default (superblock 0, groups as symbol tables,
version 1 headers, numbers stored contiguously) and refuses the rest: chunks, compression, links,
data in other files. Each address is checked against the file before it is followed, no block of a
group is visited twice, and nothing is allocated that the file does not hold.

The format is "HDF5 File Format Specification Version 3.0"; sections are named at each part.
"""

import math
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_DATASPACE, _DATATYPE, _EXTERNAL, _LAYOUT, _FILTERS = 0x1, 0x3, 0x7, 0x8, 0xB
_ATTRIBUTE, _CONTINUATION, _SYMBOLS = 0xC, 0x10, 0x11
_NEW_STYLE = {0x2: "groups", 0x6: "groups", 0x15: "attributes"}  # of libver="latest"
_MAX_NAMES = 1 << 20  # texts in one list
_MAX_ATTRIBUTE = 1 << 24  # bytes of texts in one list

_Messages = list[tuple[int, bytes]]


class _Type(NamedTuple):
    """What elements are: a NumPy type, a text of fixed size, or a text kept in a heap."""

    kind: str  # "number", "text" or "heap"
    dtype: "np.dtype[np.generic]"


_Attribute = tuple[_Type, tuple[int, ...], bytes]


class _Bytes:
    """A file's bytes, read by little-endian fields, each access checked."""

    def __init__(self, data: "bytes | mmap.mmap") -> None:
        self.data = data

    def at(self, offset: int, size: int) -> bytes:
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise ValueError(f"damaged HDF5 data: {size} bytes at {offset} are beyond the end")
        return bytes(self.data[offset : offset + size])

    def number(self, offset: int, size: int) -> int:
        return int.from_bytes(self.at(offset, size), "little")


def _number(data: bytes, offset: int, size: int) -> int:
    return _Bytes(data).number(offset, size)


def _expect(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError(f"damaged HDF5 data, or not of the kind that Keras writes: {what}")


# ---- object headers (IV.A.1.a) --------------------------------------------------------------


def _messages(file: _Bytes, address: int) -> _Messages:
    """Return type and content of each message of an object."""
    start = file.at(address, 16)
    _expect(start[0] == 1 and start[1] == 0, "an object header is not of version 1")
    count = _number(start, 2, 2)
    blocks = [(address + 16, _number(start, 8, 4))]
    seen = {address + 16}
    found: _Messages = []
    while blocks:
        offset, size = blocks.pop(0)
        block = file.at(offset, size)
        place = 0
        while place + 8 <= size and count > 0:
            kind, length = _number(block, place, 2), _number(block, place + 2, 2)
            content = _Bytes(block).at(place + 8, length)
            _expect(kind == 0 or not block[place + 4] & 2, "a message is shared")
            if kind == _CONTINUATION:
                target = _number(content, 0, 8)
                _expect(target not in seen, "an object header leads back to itself")
                seen.add(target)
                blocks.append((target, _number(content, 8, 8)))
            elif kind in _NEW_STYLE:
                _expect(False, f"{_NEW_STYLE[kind]} are of the new style")
            else:
                found.append((kind, content))
            place += 8 + length
            count -= 1
    return found


def _only(messages: _Messages, kind: int, what: str) -> bytes:
    found = [content for k, content in messages if k == kind]
    _expect(len(found) == 1, f"an object has {len(found)} {what}")
    return found[0]


# ---- types and shapes (IV.A.2.b, IV.A.2.d) ---------------------------------------------------


def _shape(content: bytes) -> tuple[int, ...]:
    version, rank, flags = (_number(content, i, 1) for i in range(3))
    _expect(version in (1, 2) and rank <= 32, f"a shape is of version {version}, rank {rank}")
    _expect(version == 1 or _number(content, 3, 1) != 2, "an array is empty by declaration")
    _expect(flags in (0, 1), "a shape has unknown flags")
    start = 8 if version == 1 else 4
    return tuple(_number(content, start + 8 * i, 8) for i in range(rank))


_FLOATS = {  # size: (sign, then the property bytes of IEEE numbers)
    2: (15, (0, 16, 10, 5, 0, 10, 15)),
    4: (31, (0, 32, 23, 8, 0, 23, 127)),
    8: (63, (0, 64, 52, 11, 0, 52, 1023)),
}


def _type(content: bytes) -> _Type:
    kind, version = _number(content, 0, 1) & 15, _number(content, 0, 1) >> 4
    bits, size = _number(content, 1, 3), _number(content, 4, 4)
    _expect(version in (1, 2, 3), f"a type is of version {version}")
    order = ">" if bits & 1 else "<"
    if kind == 0 and size in (1, 2, 4, 8):
        layout = (_number(content, 8, 2), _number(content, 10, 2))
        _expect(layout == (0, 8 * size), "an integer type has padding")
        return _Type("number", np.dtype(f"{order}{'i' if bits & 8 else 'u'}{size}"))
    if kind == 1 and size in _FLOATS:
        sign, expected = _FLOATS[size]
        found = (
            _number(content, 8, 2), _number(content, 10, 2), *content[12:16],
            _number(content, 16, 4),
        )  # fmt: skip
        _expect(
            (bits >> 8 & 255, *found) == (sign, *expected) and not bits & 64,
            "a floating-point type is not IEEE's",
        )
        return _Type("number", np.dtype(f"{order}f{size}"))
    if kind == 3 and 0 < size < _MAX_ATTRIBUTE:
        return _Type("text", np.dtype(f"S{size}"))
    if kind == 9 and bits & 15 == 1 and size == 16:
        return _Type("heap", np.dtype("V16"))
    raise ValueError(f"HDF5 type {kind} of {size} bytes is none that Keras writes")


# ---- the heap of texts (III.E) ---------------------------------------------------------------


def _heap_text(file: _Bytes, reference: bytes) -> bytes:
    """Return the text that (length, address of the collection, number in it) stands for."""
    length, address, wanted = (
        _number(reference, 0, 4), _number(reference, 4, 8), _number(reference, 12, 4),
    )  # fmt: skip
    if length == 0:
        return b""
    _expect(file.at(address, 5) == b"GCOL\x01", "a heap of texts is missing")
    end = address + file.number(address + 8, 8)
    place = address + 16
    while place + 16 <= end:
        number, size = file.number(place, 2), file.number(place + 8, 8)
        if number == wanted:
            _expect(length <= size, "a text is longer than its place in the heap")
            return file.at(place + 16, length)
        _expect(number != 0, "a text is missing in the heap")
        place += 16 + (size + 7) // 8 * 8
    raise ValueError("damaged HDF5 data: a text is missing in the heap")


# ---- groups (III.A to III.D) -----------------------------------------------------------------


def _children(file: _Bytes, symbols: bytes) -> dict[str, int]:
    """Return the header addresses of what a group holds, by name."""
    tree, heap = _number(symbols, 0, 8), _number(symbols, 8, 8)
    _expect(file.at(heap, 5) == b"HEAP\x00", "the names of a group are missing")
    names = file.at(file.number(heap + 24, 8), file.number(heap + 8, 8))
    found: dict[str, int] = {}
    nodes = [(tree, -1)]  # and the level that is expected, -1 for any
    seen: set[int] = set()
    while nodes:
        address, level = nodes.pop()
        _expect(address not in seen, "a group leads back to itself")
        seen.add(address)
        if level == 0:
            _read_entries(file, address, names, found)
            continue
        start = file.at(address, 24)
        _expect(start[:5] == b"TREE\x00", "the index of a group is missing")
        _expect(level in (-1, start[5] + 1), "the index of a group has wrong levels")
        count = _number(start, 6, 2)
        pairs = file.at(address + 24, 16 * count + 8)
        nodes += [(_number(pairs, 16 * i + 8, 8), start[5]) for i in range(count)]
    return found


def _read_entries(file: _Bytes, address: int, names: bytes, found: dict[str, int]) -> None:
    start = file.at(address, 8)
    _expect(start[:5] == b"SNOD\x01", "a part of a group is missing")
    count = _number(start, 6, 2)
    entries = file.at(address + 8, 40 * count)
    for i in range(count):
        entry = entries[40 * i : 40 * i + 40]
        where = _number(entry, 0, 8)
        end = names.find(b"\0", where)
        _expect(0 < where < end, "a name is missing")
        name = _text(names[where:end])
        _expect(name not in found, f"the name {name!r} occurs twice")
        _expect(_number(entry, 16, 4) != 2, f"{name!r} is a link")
        found[name] = _number(entry, 8, 8)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"damaged HDF5 data: {error}") from error


class Group:
    """A group of an opened file: its groups, arrays and attributes, by name."""

    def __init__(self, file: _Bytes, address: int, path: str = "") -> None:
        self._file = file
        self.path = path
        messages = _messages(file, address)
        self._children = _children(file, _only(messages, _SYMBOLS, "tables of names"))
        self._attributes: dict[str, _Attribute] = {}
        for kind, content in messages:
            if kind == _ATTRIBUTE:
                name, value = _attribute(content)
                _expect(name not in self._attributes, f"the attribute {name!r} occurs twice")
                self._attributes[name] = value

    def __len__(self) -> int:
        return len(self._children)

    def names(self) -> list[str]:
        """Return the names of what the group holds."""
        return list(self._children)

    def group(self, *names: str) -> "Group | None":
        """Return the group below, None if there is none."""
        group = self
        for name in names:
            address = group._children.get(name)
            if address is None or not _is_group(self._file, address):
                return None
            group = Group(self._file, address, f"{group.path}/{name}")
        return group

    def array(self, name: str) -> NDArray[np.generic]:
        """Return an array of numbers; `name` may be a path."""
        *folders, last = name.split("/")
        group = self.group(*folders)
        address = None if group is None else group._children.get(last)
        where = f"{self.path}/{name}"
        if address is None:
            raise ValueError(f"the array {where} is missing")
        messages = _messages(self._file, address)
        kinds = {kind for kind, _ in messages}
        _expect(not kinds & {_EXTERNAL, _FILTERS, _SYMBOLS}, f"{where} is no plain array")
        shape = _shape(_only(messages, _DATASPACE, "shapes"))
        type_ = _type(_only(messages, _DATATYPE, "types"))
        if type_.kind != "number":
            raise ValueError(f"the array {where} must hold numbers")
        size = math.prod(shape) * type_.dtype.itemsize
        raw = self._stored(_only(messages, _LAYOUT, "layouts"), size, where)
        value = np.frombuffer(raw, type_.dtype).reshape(shape)
        return value.astype(type_.dtype.newbyteorder("="))

    def _stored(self, layout: bytes, size: int, where: str) -> bytes:
        """Return the bytes of an array (IV.A.2.i)."""
        version, kind = _number(layout, 0, 1), _number(layout, 1, 1)
        _expect(version in (3, 4), f"the layout of {where} is of version {version}")
        if kind == 0:
            stored = _number(layout, 2, 2)
            address = None
        else:
            _expect(kind == 1, f"{where} is stored in chunks or virtual")
            address, stored = _number(layout, 2, 8), _number(layout, 10, 8)
        if stored != size:
            raise ValueError(f"the array {where} claims {size} bytes and stores {stored}")
        if size == 0:
            return b""
        return self._file.at(address, size) if address is not None else layout[4 : 4 + size]

    def has_attribute(self, name: str) -> bool:
        """Tell whether the group has an attribute."""
        return name in self._attributes

    def text(self, name: str) -> str | None:
        """Return an attribute that is a text, None if there is none."""
        if name not in self._attributes:
            return None
        if self._attributes[name][1] != ():
            raise ValueError(f"the attribute {name!r} of {self.path or '/'} must be a text")
        return self._texts(name)[0]

    def texts(self, name: str) -> list[str]:
        """Return an attribute that is a list of texts, which Keras cuts into pieces if long."""
        if name in self._attributes:
            return self._texts(name)
        found: list[str] = []
        number = 0
        while f"{name}{number}" in self._attributes:
            found += self._texts(f"{name}{number}")
            number += 1
        return found

    def _texts(self, name: str) -> list[str]:
        type_, shape, raw = self._attributes[name]
        count = math.prod(shape)
        if count == 0:
            return []
        if type_.kind == "number" or len(shape) > 1 or count > _MAX_NAMES:
            raise ValueError(f"the attribute {name!r} of {self.path or '/'} must hold texts")
        width = type_.dtype.itemsize
        cells = [_Bytes(raw).at(width * i, width) for i in range(count)]
        if type_.kind == "text":
            return [_text(cell.rstrip(b"\0")) for cell in cells]
        found, size = [], 0
        for cell in cells:
            size += _number(cell, 0, 4)
            _expect(size <= _MAX_ATTRIBUTE, f"the attribute {name!r} is too long")
            found.append(_text(_heap_text(self._file, cell)))
        return found


def _attribute(content: bytes) -> tuple[str, _Attribute]:
    """Return name and value of an attribute (IV.A.2.m)."""
    version = _number(content, 0, 1)
    _expect(version in (1, 2, 3), f"an attribute is of version {version}")
    _expect(version == 1 or _number(content, 1, 1) == 0, "an attribute's type is shared")
    sizes = [_number(content, i, 2) for i in (2, 4, 6)]
    place = 9 if version == 3 else 8
    parts = []
    for size in sizes:
        parts.append(_Bytes(content).at(place, size))
        place += (size + 7) // 8 * 8 if version == 1 else size
    name = _text(parts[0].rstrip(b"\0"))
    return name, (_type(parts[1]), _shape(parts[2]), content[place:])


def _is_group(file: _Bytes, address: int) -> bool:
    return any(kind == _SYMBOLS for kind, _ in _messages(file, address))


@contextmanager
def open_hdf5(source: "Path | bytes") -> Iterator[Group]:
    """Open a file, or the contents of one, for reading."""
    if isinstance(source, bytes):
        yield _root(source)
        return
    with open(source, "rb") as file:
        if source.stat().st_size == 0:
            raise ValueError("the file is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield _root(data)


def _root(data: "bytes | mmap.mmap") -> Group:
    """Return the root group (II.A)."""
    file = _Bytes(data)
    start = file.at(0, 96)
    _expect(start[:8] == SIGNATURE, "the signature is missing")
    _expect(start[8] == 0, f"the file is of version {start[8]}: save it with libver='earliest'")
    _expect(start[13] == 8 and start[14] == 8, "addresses have not eight bytes")
    _expect(_number(start, 24, 8) == 0, "the file begins elsewhere")
    return Group(file, _number(start, 64, 8))
