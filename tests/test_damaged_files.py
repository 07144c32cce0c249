"""Damaged and hostile files of every format: a ValueError or a whole model, nothing else.

A bounded and repeatable search: each case is made by the test's own generator. An allocation of
more than a gigabyte fails, and so does the test then.
"""

import gzip
import io
import json
import resource
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers
from fastnn.saving._hdf5_writer import hdf5_bytes

DATA = Path(__file__).parent / "data"
CASES = 60  # a format and a kind of damage
NUMBERS = [0, 1, 2**31 - 1, 2**32, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1]

Damage = Callable[[bytearray, np.random.Generator], None]


def truncate(content: bytearray, rng: np.random.Generator) -> None:
    del content[int(rng.integers(len(content))) :]


def flip(content: bytearray, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 4))):
        content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))


def number(content: bytearray, rng: np.random.Generator) -> None:
    at = int(rng.integers(max(1, len(content) - 8)))
    content[at : at + 8] = struct.pack("<Q", NUMBERS[rng.integers(len(NUMBERS))])


def move(content: bytearray, rng: np.random.Generator) -> None:
    size = int(rng.integers(1, 64))
    source, target = rng.integers(max(1, len(content) - size), size=2)
    content[target : target + size] = content[source : source + size]


def text(content: bytearray, rng: np.random.Generator) -> None:
    """Put another value in the place of one in JSON."""
    values = [b"null", b"-1", b"1e999", b"NaN", b'""', b"[]", b"{}", b"true", b"9" * 30, b'"a"']
    ends = [i for i in range(len(content)) if content[i : i + 2] == b": "]
    if not ends:
        return
    start = ends[int(rng.integers(len(ends)))] + 2
    end = start
    while end < len(content) and content[end : end + 1] not in b",}]":
        end += 1
    content[start:end] = values[int(rng.integers(len(values)))]


def fnn(_: Path) -> bytes:
    fastnn.utils.set_random_seed(3)
    net = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(5, "relu"), layers.Dense(1)])
    net.compile("adam", "mse", metrics=["mae"])
    return fastnn.saving.model_to_bytes(net)


def recorded(name: str) -> Callable[[Path], bytes]:
    return lambda _: gzip.decompress((DATA / f"{name}.gz").read_bytes())


def fnn_graph(tmp_path: Path) -> bytes:
    (tmp_path / "graph.keras").write_bytes(recorded("graph.keras")(tmp_path))
    return fastnn.saving.model_to_bytes(fastnn.models.load_model(tmp_path / "graph.keras"))


SOURCES = {
    "fnn": fnn,
    "keras": recorded("classifier.keras"),
    "h5": recorded("regression.h5"),
    "old": recorded("old.h5"),
    "fnn_graph": fnn_graph,
    "graph": recorded("graph.keras"),
    "graph_h5": recorded("graph.h5"),
    "graph_of_keras_2": recorded("graph_2.h5"),
}


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """Let an allocation of more than a gigabyte fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 30), hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def attempt(path: Path, content: bytes) -> bool:
    """Load a file; True if it gave a model, which then must be whole."""
    path.write_bytes(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # state that is left out
            model = fastnn.models.load_model(path)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
        return False
    if model.built:
        rows = [np.zeros((1, *shape)) for shape in model.input_sample_shapes]
        model.predict(rows if model.is_multiple else rows[0])
    return True


@pytest.mark.parametrize("damage", [truncate, flip, number, move, text])
@pytest.mark.parametrize("source", SOURCES)
def test_damaged_files(
    rng: np.random.Generator, tmp_path: Path, source: str, damage: Damage
) -> None:
    good = SOURCES[source](tmp_path)
    path = tmp_path / "bad"
    assert attempt(path, good)
    loaded = 0
    for _ in range(CASES):
        content = bytearray(good)
        damage(content, rng)
        loaded += attempt(path, bytes(content))
    # An archive has checksums; elsewhere some damage falls where it does not matter.
    assert loaded < CASES


def members(name: str) -> dict[str, bytes]:
    """Return the members of a recorded archive."""
    with zipfile.ZipFile(io.BytesIO(recorded(name)(Path()))) as archive:
        return {member: archive.read(member) for member in archive.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize("member", ["config.json", "model.weights.h5", "metadata.json"])
@pytest.mark.parametrize("damage", [flip, number, move, text, truncate])
def test_damage_within_an_archive(
    rng: np.random.Generator, tmp_path: Path, member: str, damage: Damage
) -> None:
    for name in ("classifier.keras", "graph.keras"):
        parts = members(name)
        for _ in range(CASES // 4):
            content = bytearray(parts[member])
            damage(content, rng)
            attempt(tmp_path / "bad", packed(parts | {member: bytes(content)}))


def mutated(tree: Any, rng: np.random.Generator) -> Any:
    """Return a tree of JSON in which some places hold other values, or what other places held."""
    places: list[tuple[Any, Any]] = []
    pending = [tree]
    while pending:
        node = pending.pop()
        keys = range(len(node)) if isinstance(node, list) else list(node)
        places += [(node, key) for key in keys]
        pending += [node[key] for key in keys if isinstance(node[key], (list, dict))]
    for _ in range(int(rng.integers(1, 3))):
        node, key = places[int(rng.integers(len(places)))]
        other, place = places[int(rng.integers(len(places)))]
        if key not in (range(len(node)) if isinstance(node, list) else node):
            continue  # an earlier change has taken it
        match int(rng.integers(5)):
            case 0:
                del node[key]
            case 1:
                node[key] = VALUES[int(rng.integers(len(VALUES)))]
            case 2 if isinstance(node, list):
                node.append(json.loads(json.dumps(node[key])))
            case _ if place in (range(len(other)) if isinstance(other, list) else other):
                node[key] = json.loads(json.dumps(other[place]))
    return tree


VALUES: list[Any] = [
    None, True, -1, 0, 1, 2, 3, 2**31, 10**30, 1e308, "", "a", "relu", "Functional", "InputLayer",
    [], {}, [None], [None, 3], ["a", 0, 0], ["shared", 1, 0], [["shared", 0, 0]],
]  # fmt: skip


@pytest.mark.parametrize("name", ["graph.keras", "graph_2.keras", "chains.keras"])
def test_mutated_configurations(rng: np.random.Generator, tmp_path: Path, name: str) -> None:
    parts = members(name)
    loaded = 0
    for _ in range(5 * CASES):
        tree = mutated(json.loads(parts["config.json"]), rng)
        content = packed(parts | {"config.json": json.dumps(tree).encode()})
        loaded += attempt(tmp_path / "bad", content)
    assert 0 < loaded < 5 * CASES  # where a value says nothing, such as the name of a model


def test_damaged_weights(rng: np.random.Generator, tmp_path: Path) -> None:
    net = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(5), layers.Dense(1)])
    net.compile("adam", "mse")
    paths = [tmp_path / name for name in ("w.fnn", "w.weights.h5", "w.safetensors")]
    for path in paths:
        net.save_weights(path)
        good = path.read_bytes()
        before = net.get_weights()
        for i in range(CASES):
            content = bytearray(good)
            [truncate, flip, number, move][i % 4](content, rng)
            path.write_bytes(content)
            try:
                net.load_weights(path)
            except ValueError:
                after = net.get_weights()
                assert all(a.tobytes() == b.tobytes() for a, b in zip(before, after, strict=True))
            before = net.get_weights()


def test_hostile_headers(tmp_path: Path) -> None:
    path = tmp_path / "bad"

    def refused(content: bytes) -> None:
        assert not attempt(path, content)

    def safetensors(header: bytes, body: bytes = b"") -> bytes:
        return struct.pack("<Q", len(header)) + header + body

    good = fnn(tmp_path)
    (size,) = struct.unpack("<Q", good[:8])
    header, body = json.loads(good[8 : 8 + size]), good[8 + size :]
    name = next(key for key in header if key.endswith("kernel"))
    for shape, offsets in (
        ([2**62, 4], [0, 60]), ([-3, 5], [0, 60]), ([3, 5], [60, 0]), ([3, 5], [0, 2**63]),
        ([], [0, 60]), ([0], [0, 60]), ([3, 5], [-60, 0]), ([1] * 70 + [15], [0, 60]),
    ):  # fmt: skip
        entry = header[name] | {"shape": shape, "data_offsets": offsets}
        refused(safetensors(json.dumps(header | {name: entry}).encode(), body))
    for dtype in ("BF16", "I64", "C64", "Q7", "", 3):
        entry = header[name] | {"dtype": dtype}
        refused(safetensors(json.dumps(header | {name: entry}).encode(), body))
    double = json.dumps(header).replace(f'"{name}"', '"x": 0, "x"', 1)
    refused(safetensors(double.encode(), body))
    entry = json.loads(header["__metadata__"]["fastnn"])
    for layer in ({"units": 2**40}, {"units": -1}, {"units": 1.5}, {"name": "a/b"},
                  {"input_shape": [2**40]}, {"input_dim": 2**40}, {"input_shape": ["a"]},
                  {"dtype": "float16"}, {"kernel_initializer": {"class_name": "Zeros"}},
                  {"kernel_initializer": {"class_name": []}}):  # fmt: skip
        changed = json.loads(json.dumps(entry))
        changed["config"]["layers"][1]["config"] |= layer
        if layer == {"kernel_initializer": {"class_name": "Zeros"}}:
            continue  # as good as any
        metadata = {"fastnn": json.dumps(changed)}
        refused(safetensors(json.dumps(header | {"__metadata__": metadata}).encode(), body))
    for rate in (float("nan"), float("inf"), -1, "a", {"class_name": "Evil"}, [1], None):
        changed = json.loads(json.dumps(entry))
        changed["compile"]["optimizer"]["config"]["learning_rate"] = rate
        metadata = {"fastnn": json.dumps(changed)}
        refused(safetensors(json.dumps(header | {"__metadata__": metadata}).encode(), body))
    doubled = header["__metadata__"]["fastnn"].replace('"version"', '"version": 1, "version"', 1)
    refused(safetensors(json.dumps(header | {"__metadata__": {"fastnn": doubled}}).encode(), body))
    refused(hdf5_bytes({"": {"model_config": "[" * 50_000}}))
    refused(hdf5_bytes({"": {"model_config": "{}"}}))
    refused(b"\x89HDF\r\n\x1a\n")
    refused(b"PK\x05\x06" + bytes(18))
