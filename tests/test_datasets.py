"""fastnn.datasets: the bundled rows, the IDX reader, the cache and the download."""

import gzip
import hashlib
import http.server
import io
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fastnn import datasets
from fastnn.datasets import _bundled, _download, boston_housing, digits, mnist, pima

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def idx(array: np.ndarray) -> bytes:
    array = array.astype(np.uint8)
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def small_set() -> dict[str, bytes]:
    """Four IDX files of the form of MNIST's: 7 and 3 images of 4 x 5."""
    rng = np.random.default_rng(1)
    files = {}
    for prefix, n in (("train", 7), ("t10k", 3)):
        files[f"{prefix}-images-idx3-ubyte"] = idx(rng.integers(0, 256, (n, 4, 5)))
        files[f"{prefix}-labels-idx1-ubyte"] = idx(rng.integers(0, 10, n))
    return files


def write_set(folder: Path, files: dict[str, bytes], packed: bool = True) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)


class TestBundled:
    def test_pima(self) -> None:
        (x, y), (x_test, y_test) = pima.load_data()
        assert x.shape == (768, 8)
        assert x.dtype == np.float64
        assert y.shape == (768,)
        assert y.dtype == np.uint8
        assert np.bincount(y).tolist() == [500, 268]
        assert x_test.shape == (0, 8)
        assert y_test.shape == (0,)
        assert len(pima.FEATURES) == 8
        # Published extremes of the columns: 17 pregnancies, glucose 199, pressure 122, skin 99,
        # insulin 846, body mass 67.1, pedigree 2.42, ages 21 to 81.
        assert x.max(axis=0).tolist() == [17, 199, 122, 99, 846, 67.1, 2.42, 81]
        assert x[:, 7].min() == 21

    def test_pima_split_is_a_partition(self) -> None:
        (x, y), _ = pima.load_data()
        (x_train, y_train), (x_test, y_test) = pima.load_data(test_split=0.25, seed=4)
        assert (len(x_train), len(x_test)) == (576, 192)
        together = np.column_stack(
            [np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])]
        )
        whole = np.column_stack([x, y])
        assert np.array_equal(np.unique(together, axis=0), np.unique(whole, axis=0))
        assert not np.array_equal(together, whole)

    def test_boston_is_keras_split(self) -> None:
        (x_train, y_train), (x_test, y_test) = boston_housing.load_data()
        assert x_train.shape == (404, 13)
        assert x_test.shape == (102, 13)
        first = [1.23247, 0, 8.14, 0, 0.538, 6.142, 91.7, 3.9769, 4, 307, 21, 396.9, 18.72]
        assert x_train[0].tolist() == first
        assert y_train[:3].tolist() == [15.2, 42.3, 50.0]
        assert x_test[0, 0] == 18.0846
        assert y_test[:3].tolist() == [7.2, 18.8, 19.0]
        assert x_train.dtype == y_train.dtype == np.float64
        assert len(boston_housing.FEATURES) == 13

    def test_boston_seed_and_path(self, tmp_path: Path) -> None:
        (ours, _), _ = boston_housing.load_data()
        (other, _), _ = boston_housing.load_data(seed=7)
        assert not np.array_equal(ours, other)
        file = tmp_path / "mine.npz"
        np.savez(file, x=np.arange(26.0).reshape(2, 13), y=np.array([1.0, 2.0]))
        (x, y), (x_test, _) = boston_housing.load_data(file, test_split=0.5)
        assert len(x) == len(x_test) == len(y) == 1

    def test_digits(self) -> None:
        (x_train, y_train), (x_test, y_test) = digits.load_data()
        assert x_train.shape == (1437, 8, 8)
        assert x_test.shape == (360, 8, 8)
        assert x_train.dtype == y_train.dtype == np.uint8
        counts = np.bincount(np.concatenate([y_train, y_test]))
        assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
        (everything, _), (nothing, _) = digits.load_data(test_split=0)
        assert everything.shape == (1797, 8, 8)
        assert everything.max() == 16
        assert len(nothing) == 0

    def test_digits_equal_scikit_learns(self) -> None:
        reference = pytest.importorskip("sklearn.datasets").load_digits()
        x, y = _bundled.read_npz(_bundled.DATA_FOLDER / "digits.npz")
        assert np.array_equal(x, reference.images)
        assert np.array_equal(y, reference.target)

    def test_arrays_are_the_callers_own(self) -> None:
        (x, _), _ = pima.load_data()
        x[:] = 0
        (again, _), _ = pima.load_data()
        assert again.any()

    @pytest.mark.parametrize("load", [pima.load_data, boston_housing.load_data, digits.load_data])
    def test_bad_arguments(self, load) -> None:
        for bad in (1, 1.5, -0.1, float("nan"), "a"):
            with pytest.raises(ValueError, match="`test_split` must be a number in"):
                load(test_split=bad)
        for bad in (-1, 2**32):
            with pytest.raises(ValueError, match=r"`seed` must be in \[0, 2\*\*32\)"):
                load(test_split=0.5, seed=bad)
        with pytest.raises(TypeError, match=r"`seed` must be an integer, got 1\.5"):
            load(test_split=0.5, seed=1.5)

    def test_bad_npz(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            boston_housing.load_data(tmp_path / "none.npz")
        text = tmp_path / "text.npz"
        text.write_text("not an archive")
        with pytest.raises(ValueError, match=r"text\.npz is not an npz file"):
            boston_housing.load_data(text)
        half = tmp_path / "half.npz"
        np.savez(half, x=np.zeros((3, 13)))
        with pytest.raises(ValueError, match=r"half\.npz is not an npz file with arrays x and y"):
            boston_housing.load_data(half)
        uneven = tmp_path / "uneven.npz"
        np.savez(uneven, x=np.zeros((3, 13)), y=np.zeros(2))
        with pytest.raises(ValueError, match="one target per row"):
            boston_housing.load_data(uneven)

    def test_no_pickles_and_small(self, tmp_path: Path) -> None:
        files = list(_bundled.DATA_FOLDER.glob("*.npz"))
        assert sorted(file.stem for file in files) == ["boston_housing", "digits", "pima"]
        assert sum(file.stat().st_size for file in files) < 200_000
        for file in files:
            with np.load(file, allow_pickle=False) as arrays:
                assert sorted(arrays.files) == ["x", "y"]
                assert all(arrays[name].dtype != object for name in arrays.files)
        evil = tmp_path / "evil.npz"
        np.savez(evil, x=np.array([{}, {}], dtype=object), y=np.zeros(2))
        with pytest.raises(ValueError, match="is not an npz file"):
            boston_housing.load_data(evil)

    def test_source_and_licence_are_noted(self) -> None:
        text = (_bundled.DATA_FOLDER / "README.md").read_text(encoding="utf-8")
        for word in ("pima.npz", "boston_housing.npz", "digits.npz", "CC BY 4.0", "StatLib"):
            assert word in text


class TestLazyImport:
    def test_modules_load_when_named(self) -> None:
        program = (
            "import sys, fastnn; assert 'fastnn.datasets' not in sys.modules;"
            "d = fastnn.datasets; before = set(sys.modules); d.digits;"
            "assert 'fastnn.datasets.digits' not in before;"
            "assert 'fastnn.datasets.digits' in sys.modules;"
            "assert 'urllib.request' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", program], check=True)

    def test_unknown_name(self) -> None:
        with pytest.raises(AttributeError, match=r"`datasets\.imdb` is not part of fastnn"):
            _ = datasets.imdb  # type: ignore[attr-defined]

    def test_dir(self) -> None:
        assert {"pima", "boston_housing", "digits", "mnist"} <= set(dir(datasets))


class TestMnistFolder:
    @pytest.mark.parametrize("packed", [True, False])
    def test_reads_a_folder(self, tmp_path: Path, packed: bool) -> None:
        files = small_set()
        write_set(tmp_path, files, packed)
        (x_train, y_train), (x_test, y_test) = mnist.load_data(tmp_path)
        assert x_train.shape == (7, 4, 5)
        assert x_test.shape == (3, 4, 5)
        assert y_train.shape == (7,)
        assert y_test.shape == (3,)
        for array in (x_train, y_train, x_test, y_test):
            assert array.dtype == np.uint8
            assert array.flags.writeable
            assert array.flags.c_contiguous
        assert idx(x_train) == files["train-images-idx3-ubyte"]
        assert idx(y_test) == files["t10k-labels-idx1-ubyte"]

    def test_missing_files_are_named(self, tmp_path: Path) -> None:
        write_set(tmp_path, small_set())
        (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
        with pytest.raises(FileNotFoundError, match=r"missing: t10k-labels-idx1-ubyte\.gz$"):
            mnist.load_data(tmp_path)
        with pytest.raises(FileNotFoundError, match="must hold the four MNIST files"):
            mnist.load_data(tmp_path / "nowhere")

    @pytest.mark.parametrize("sub", ["", "mnist"])
    def test_data_home(self, tmp_path: Path, monkeypatch, sub: str) -> None:
        write_set(tmp_path / sub, small_set())
        monkeypatch.setenv("FASTNN_DATA_HOME", str(tmp_path))
        (x_train, _), _ = mnist.load_data(download=False)
        assert len(x_train) == 7

    def test_absent_without_download(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setenv("FASTNN_DATA_HOME", str(tmp_path))
        with pytest.raises(FileNotFoundError) as caught:
            mnist.load_data(download=False)
        for name in NAMES:
            assert f"{name}.gz" in str(caught.value)
        assert str(tmp_path / "mnist") in str(caught.value)

    def damage(self, folder: Path, name: str, content: bytes) -> str:
        write_set(folder, small_set())
        (folder / f"{name}.gz").write_bytes(content)
        with pytest.raises(ValueError, match=f"{name}") as caught:
            mnist.load_data(folder)
        return str(caught.value)

    def test_every_truncation_of_the_gzip_stream(self, tmp_path: Path) -> None:
        write_set(tmp_path, small_set())
        whole = gzip.compress(small_set()[NAMES[1]])
        for length in range(len(whole)):
            assert "is not a whole IDX file" in self.damage(tmp_path, NAMES[1], whole[:length])

    def test_damaged_contents(self, tmp_path: Path) -> None:
        good = small_set()[NAMES[0]]
        for content, message in (
            (good[:-1], "header claims 140 elements, it has 139"),
            (good + b"\0", "header claims 140 elements, it has more"),
            (good[:9], "ends within its header"),
            (b"", "got nothing"),
            (b"\0\0\x0d\3" + good[4:], "must begin with 00000803"),
            (small_set()[NAMES[1]], "must begin with 00000803"),
            (good[:4] + b"\xff" * 12, "header claims"),
        ):
            assert message in self.damage(tmp_path, NAMES[0], gzip.compress(content))
        flipped = bytearray(gzip.compress(good))
        flipped[-6] ^= 1  # in the checksum
        assert "is not a whole IDX file" in self.damage(tmp_path, NAMES[0], bytes(flipped))

    def test_files_that_do_not_belong_together(self, tmp_path: Path) -> None:
        labels = idx(np.zeros(6))
        assert "has 7 images" in self.damage(tmp_path, NAMES[1], gzip.compress(labels))
        labels = idx(np.full(7, 10))
        assert "has the label 10" in self.damage(tmp_path, NAMES[1], gzip.compress(labels))
        files = small_set()
        files[NAMES[2]] = idx(np.zeros((3, 4, 4)))
        write_set(tmp_path, files)
        with pytest.raises(ValueError, match="do not belong together"):
            mnist.load_data(tmp_path)

    def test_bad_timeout(self) -> None:
        with pytest.raises(ValueError, match="`timeout` must be a positive number"):
            mnist.load_data(timeout=0)

    @pytest.mark.skipif(
        not os.environ.get("FASTNN_DATA_HOME"),
        reason="FASTNN_DATA_HOME does not name MNIST's files",
    )
    def test_the_real_files(self) -> None:
        (x_train, y_train), (x_test, y_test) = mnist.load_data(download=False)
        assert x_train.shape == (60000, 28, 28)
        assert x_test.shape == (10000, 28, 28)
        assert y_train[:5].tolist() == [5, 0, 4, 1, 9]
        for name, array in zip(NAMES, (x_train, y_train, x_test, y_test), strict=True):
            assert hashlib.sha256(idx(array)).hexdigest() == mnist._SHA256[name]


class TestDataHome:
    def test_environment_wins(self, monkeypatch) -> None:
        monkeypatch.setenv("FASTNN_DATA_HOME", "~/somewhere")
        assert _download.data_home() == Path.home() / "somewhere"

    def test_linux(self, monkeypatch) -> None:
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.delenv("FASTNN_DATA_HOME", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", "/x")
        assert _download.data_home() == Path("/x/fastnn")
        monkeypatch.delenv("XDG_CACHE_HOME")
        assert _download.data_home() == Path.home() / ".cache/fastnn"

    def test_others(self, monkeypatch) -> None:
        monkeypatch.delenv("FASTNN_DATA_HOME", raising=False)
        monkeypatch.setattr(sys, "platform", "darwin")
        assert _download.data_home() == Path.home() / "Library/Caches/fastnn"
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setenv("LOCALAPPDATA", "/local")
        assert _download.data_home() == Path("/local/fastnn")


class Server(http.server.ThreadingHTTPServer):
    """Serves `files` by path, and counts what was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch) -> Iterator[Server]:
    """Two mirrors on this machine, of a small set whose SHA-256 are the expected ones."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("FASTNN_DATA_HOME", str(tmp_path / "home"))
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        files = small_set()
        server.files = {
            f"/{mirror}/{name}.gz": gzip.compress(content)
            for mirror in "ab"
            for name, content in files.items()
        }
        sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        monkeypatch.setattr(mnist, "_SHA256", sums)
        monkeypatch.setattr(mnist, "_MIRRORS", (f"{server.url}a/", f"{server.url}b/"))
        yield server
        server.shutdown()
        thread.join()


class TestDownload:
    def cached(self, tmp_path: Path) -> list[str]:
        return sorted(file.name for file in (tmp_path / "home" / "mnist").iterdir())

    def test_downloads_once(self, server: Server, tmp_path: Path) -> None:
        (x_train, _), (_, y_test) = mnist.load_data()
        assert (len(x_train), len(y_test)) == (7, 3)
        assert server.asked == [f"/a/{name}.gz" for name in NAMES]
        assert self.cached(tmp_path) == sorted(f"{name}.gz" for name in NAMES)
        mnist.load_data()
        assert len(server.asked) == 4

    def test_fetches_only_what_is_missing(self, server: Server, tmp_path: Path) -> None:
        files = small_set()
        write_set(tmp_path / "home", {name: files[name] for name in NAMES[:3]})
        mnist.load_data()
        assert server.asked == [f"/a/{NAMES[3]}.gz"]

    def test_recompressed_file_is_the_same_file(self, server: Server) -> None:
        content = io.BytesIO()
        with gzip.GzipFile(fileobj=content, mode="wb", compresslevel=1, mtime=12345) as stream:
            stream.write(small_set()[NAMES[0]])
        server.files[f"/a/{NAMES[0]}.gz"] = content.getvalue()
        mnist.load_data()
        assert len(server.asked) == 4

    @pytest.mark.parametrize("fault", ["absent", "cut", "other", "garbage", "longer"])
    def test_second_mirror_stands_in(self, server: Server, tmp_path: Path, fault: str) -> None:
        path = f"/a/{NAMES[0]}.gz"
        whole = server.files[path]
        if fault == "absent":
            del server.files[path]
        else:
            server.files[path] = {
                "cut": whole[:-9],
                "other": gzip.compress(b"other contents"),
                "garbage": b"<html>log in first</html>",
                "longer": whole + b"tail",
            }[fault]
        mnist.load_data()
        assert server.asked[:2] == [path, f"/b/{NAMES[0]}.gz"]
        assert (tmp_path / "home" / "mnist" / f"{NAMES[0]}.gz").read_bytes() == whole
        assert self.cached(tmp_path) == sorted(f"{name}.gz" for name in NAMES)

    def test_wrong_everywhere_leaves_nothing(self, server: Server, tmp_path: Path) -> None:
        for mirror in "ab":
            server.files[f"/{mirror}/{NAMES[0]}.gz"] = gzip.compress(b"other contents")
        with pytest.raises(ConnectionError, match="another SHA-256") as caught:
            mnist.load_data()
        assert f"put {NAMES[0]}.gz" in str(caught.value)
        assert str(tmp_path / "home" / "mnist") in str(caught.value)
        assert self.cached(tmp_path) == []

    def test_too_long_an_answer(self, server: Server, monkeypatch, tmp_path: Path) -> None:
        monkeypatch.setattr(_download, "_LARGEST", 40)
        with pytest.raises(ConnectionError, match="longer than it should be"):
            mnist.load_data()
        assert self.cached(tmp_path) == []

    def test_unpacks_to_too_much(self, server: Server, monkeypatch, tmp_path: Path) -> None:
        monkeypatch.setattr(_download, "_LARGEST", 5000)
        for mirror in "ab":
            server.files[f"/{mirror}/{NAMES[0]}.gz"] = gzip.compress(bytes(100_000))
        with pytest.raises(ConnectionError, match="unpacks to more than it should"):
            mnist.load_data()
        assert self.cached(tmp_path) == []

    def test_offline(self, server: Server, monkeypatch) -> None:
        monkeypatch.setattr(mnist, "_MIRRORS", ("http://127.0.0.1:9/",))  # nobody listens there
        with pytest.raises(ConnectionError, match="cannot download MNIST") as caught:
            mnist.load_data(timeout=5)
        for name in NAMES:
            assert f"{name}.gz" in str(caught.value)
        assert "pass the folder" in str(caught.value)

    def test_cache_that_cannot_be_written(self, server: Server, tmp_path: Path) -> None:
        (tmp_path / "home").write_text("a file where the folder should be")
        with pytest.raises(ConnectionError, match="cannot download MNIST"):
            mnist.load_data()
