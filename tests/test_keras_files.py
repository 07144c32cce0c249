"""Keras' files: recorded ones are read and trained on, written ones come back, bad ones refused.

The recorded files and what Keras did with them are in data/; tests/test_keras_exchange.py trades
files with Keras itself.
"""

import gzip
import io
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers
from fastnn.saving._hdf5 import open_hdf5
from fastnn.saving._hdf5_writer import hdf5_bytes
from test_saving import OPTIMIZERS, data, make, same
from tolerance import KERAS_SHORT_RUN

DATA = Path(__file__).parent / "data"
EXPECTED: dict[str, Any] = json.loads((DATA / "expected.json").read_text())
MODELS = ["classifier.keras", "classifier.h5", "regression.keras", "regression.h5", "old.h5"]


def recorded(name: str) -> bytes:
    return gzip.decompress((DATA / f"{name}.gz").read_bytes())


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Unpack a recorded file under any name."""

    def unpack(name: str, called: str | None = None) -> Path:
        path = tmp_path / (called or name)
        path.write_bytes(recorded(name))
        return path

    return unpack


def close(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(got, expected, rtol=0, atol=KERAS_SHORT_RUN)


# ---- what Keras wrote ------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_recorded_models_predict_and_train_on_as_keras_does(
    name: str, file: Callable[..., Path]
) -> None:
    expected = EXPECTED[name.partition(".")[0]]
    x, y = np.array(expected["x"]), np.array(expected["y"])
    model = fastnn.models.load_model(file(name, "any.name"))
    assert model.name == name.partition(".")[0]
    close(model.predict(x), expected["predictions"])
    history = model.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history
    assert model.optimizer is not None
    assert model.optimizer.iterations == expected["iterations"] == 12
    close(history["loss"], expected["loss"])
    for weight, other in zip(model.get_weights(), expected["weights"], strict=True):
        close(weight, other)


def test_what_recorded_models_are(file: Callable[..., Path]) -> None:
    model = fastnn.models.load_model(file("classifier.keras"))
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Dense", "LeakyReLU", "Dropout", "Dense", "Dense"]
    assert (
        model.layers[1].negative_slope == np.float32(0.1) or model.layers[1].negative_slope == 0.1
    )
    assert type(model.layers[3].kernel_initializer).__name__ == "HeNormal"
    assert model.metrics_names == ["loss", "accuracy", "top"]
    assert type(model.optimizer.schedule).__name__ == "ExponentialDecay"
    model = fastnn.models.load_model(file("regression.h5"))
    assert model.metrics_names == ["loss", "mae", "mean_squared_error"]
    assert type(model.require_compiled().loss).__name__ == "Huber"
    assert model.optimizer.get_config()["centered"] is True
    old = fastnn.models.load_model(file("old.h5"))
    assert old.metrics_names == ["loss", "mae"]
    assert old.layers[1].negative_slope == 0.25
    bare = fastnn.models.load_model(file("old.h5"), compile=False)
    assert not bare.compiled
    assert same(old, bare)


@pytest.mark.parametrize("name", ["classifier.weights.h5", "classifier.keras", "classifier.h5"])
def test_weights_of_keras_go_into_a_model_of_other_names(
    name: str, file: Callable[..., Path]
) -> None:
    whole = fastnn.models.load_model(file("classifier.keras"))
    net = fastnn.Sequential([
        fastnn.Input((3,)), layers.Dense(4, name="a"), layers.Dense(4, use_bias=False, name="b"),
        layers.Dense(2, name="c"),
    ])  # fmt: skip
    net.load_weights(file(name))
    assert same(net, whole)


def test_weights_that_do_not_fit(file: Callable[..., Path]) -> None:
    net = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(4), layers.Dense(9), layers.Dense(2)])
    before = net.get_weights()
    path = file("classifier.weights.h5")
    with pytest.raises(ValueError, match="has 2 weights, the file 1"):
        net.load_weights(path)
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))
    with pytest.warns(UserWarning, match="keeps its weights") as caught:
        net.load_weights(path, skip_mismatch=True)
    assert len(caught) == 2
    assert not np.array_equal(before[0], net.get_weights()[0])
    assert np.array_equal(before[2], net.get_weights()[2])
    with pytest.raises(ValueError, match="it has 2 layers with weights, the model has 3"):
        net.load_weights(file("old.h5"))
    with pytest.raises(ValueError, match="`by_name` is for HDF5 files of Keras 2"):
        net.load_weights(path, by_name=True)


def test_weights_by_name(file: Callable[..., Path]) -> None:
    old = fastnn.models.load_model(file("old.h5"))
    net = fastnn.Sequential([
        fastnn.Input((3,)), layers.Dense(3, name="hidden"), layers.Dense(1, name="other"),
    ])  # fmt: skip
    before = net.get_weights()
    net.load_weights(file("old.h5"), by_name=True)
    assert np.array_equal(net.get_weights()[0], old.get_weights()[0])
    assert np.array_equal(net.get_weights()[2], before[2])


# ---- what fastnn writes ----------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_resumed_from_a_keras_file_has_the_same_bits(
    rng: np.random.Generator, tmp_path: Path, optimizer: Any
) -> None:
    x, y = data(rng)
    whole, part = make(optimizer()), make(optimizer())
    whole.fit(x, y, epochs=5, batch_size=8, verbose=0)
    part.fit(x, y, epochs=2, batch_size=8, verbose=0)
    part.save(tmp_path / "m.keras")
    part.save(tmp_path / "folder", zipped=False)
    part.save(tmp_path / "m.h5")
    assert sorted(p.name for p in (tmp_path / "folder").iterdir()) == [
        "config.json", "metadata.json", "model.weights.h5",
    ]  # fmt: skip
    for name in ("m.keras", "folder", "m.h5"):
        loaded = fastnn.models.load_model(tmp_path / name)
        loaded.fit(x, y, epochs=5, initial_epoch=2, batch_size=8, verbose=0)
        assert same(whole, loaded)
        configs = [net.optimizer.get_config() for net in (whole, loaded)]
        for config in configs:
            del config["name"]  # counts the optimisers made so far
        assert configs[0] == configs[1]


def test_weights_h5_comes_back(tmp_path: Path) -> None:
    net, other = make(), make()
    net.set_weights([w + 1 for w in net.get_weights()])
    net.save_weights(tmp_path / "x.weights.h5")
    other.load_weights(tmp_path / "x.weights.h5")
    assert same(net, other)
    with pytest.raises(FileExistsError, match="`overwrite` is False"):
        net.save_weights(tmp_path / "x.weights.h5", overwrite=False)
    with pytest.raises(ValueError, match="it holds no model of Keras"):
        fastnn.models.load_model(tmp_path / "x.weights.h5")


def test_frozen_layers_keep_their_places(rng: np.random.Generator, tmp_path: Path) -> None:
    x, y = data(rng)
    net = make("adam")
    net.layers[0].trainable = False
    net.fit(x, y, epochs=1, verbose=0)
    net.save(tmp_path / "m.keras")
    again = fastnn.models.load_model(tmp_path / "m.keras")
    assert [layer.trainable for layer in again.layers] == [False, True, True]
    for model in (net, again):
        model.fit(x, y, epochs=2, initial_epoch=1, verbose=0)
    assert same(net, again)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_models_that_are_not_built_or_compiled(tmp_path: Path, name: str) -> None:
    net = fastnn.Sequential([layers.Dense(2), layers.Flatten()])
    net.save(tmp_path / name)
    loaded = fastnn.models.load_model(tmp_path / name)
    assert not loaded.built
    assert not loaded.compiled
    assert loaded.predict(np.zeros((2, 3))).shape == (2, 2)


def test_what_keras_files_cannot_hold(tmp_path: Path) -> None:
    import functools

    path = tmp_path / "m.keras"
    elu = functools.partial(fastnn.activations.elu, alpha=0.5)
    for activation, message in ((elu, "activation with arguments, elu"), ("step", "no 'step'")):
        net = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1, activation)])
        with pytest.raises(ValueError, match=message):
            net.save(path)
    net = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1)])
    net.compile("sgd", fastnn.losses.SumSquaredError())
    with pytest.raises(ValueError, match="Keras has no SumSquaredError"):
        net.save(path)
    optimizer = fastnn.optimizers.AdamW(0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    net.compile(optimizer, "mse")
    with pytest.raises(ValueError, match="exclude_from_weight_decay"):
        net.save(path)
    net.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"`extra_metadata` is kept in .fnn files only"):
        fastnn.saving.save_model(net, path, extra_metadata={})
    with pytest.raises(ValueError, match="`zipped=False` makes a folder"):
        net.save(path, zipped=False)
    assert not list(tmp_path.iterdir())


def test_neither_keras_nor_h5py_is_imported(file: Callable[..., Path]) -> None:
    code = (
        "import sys, fastnn\n"
        f"model = fastnn.models.load_model({str(file('classifier.keras'))!r})\n"
        f"model.save({str(file('old.h5').with_name('again.keras'))!r})\n"
        "print([m for m in ('keras', 'h5py', 'tensorflow', 'jax', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- files that are refused ------------------------------------------------------------------


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def lambda_layer(entry: dict[str, Any]) -> None:
    entry["config"]["layers"][2] = {
        "module": "keras.layers", "class_name": "Lambda", "registered_name": None,
        "config": {"name": "l", "function": {"class_name": "__lambda__", "config": {"code": "4w"}}},
    }  # fmt: skip


def registered(entry: dict[str, Any]) -> None:
    entry["config"]["layers"][1] |= {"registered_name": "mine>Dense"}


def foreign_module(entry: dict[str, Any]) -> None:
    entry["config"]["layers"][1]["module"] = "os"


def own_function(entry: dict[str, Any]) -> None:
    entry["compile_config"]["loss"] = {
        "module": "builtins", "class_name": "function", "config": "f",
        "registered_name": "function",
    }  # fmt: skip


def registered_function(entry: dict[str, Any]) -> None:
    entry["compile_config"]["metrics"] = [
        {"module": "mine", "class_name": "function", "config": "f", "registered_name": "mine>f"}
    ]


def own_model(entry: dict[str, Any]) -> None:
    entry["registered_name"] = "mine>Sequential"


def convolution(entry: dict[str, Any]) -> None:
    entry["config"]["layers"][1]["class_name"] = "Conv2D"


def half_precision(entry: dict[str, Any]) -> None:
    entry["config"]["layers"][1]["config"]["dtype"]["config"]["name"] = "mixed_float16"


def unknown_argument(entry: dict[str, Any]) -> None:
    entry["config"]["layers"][1]["config"]["colour"] = "red"


def huge(entry: dict[str, Any]) -> None:
    entry["config"]["layers"][1]["config"]["units"] = 10**13


def no_layers(entry: dict[str, Any]) -> None:
    entry["config"]["layers"] = None


def nested(entry: dict[str, Any]) -> None:
    for _ in range(200):
        entry["config"] = {"layers": [entry["config"]]}


def own_optimizer(entry: dict[str, Any]) -> None:
    entry["compile_config"]["optimizer"]["class_name"] = "LossScaleOptimizer"


def slope(entry: dict[str, Any]) -> None:
    entry["config"]["layers"][2]["config"]["alpha"] = 0.5


EDITS = {
    lambda_layer: r"the file holds code \(Lambda\)",
    registered: "'mine>Dense' .* is not part of Keras",
    foreign_module: r"'Dense' \(module 'os'\) is not part of Keras",
    own_function: r"unknown loss 'f' for `loss`.*\(compile=False loads the model without",
    registered_function: "'mine>f' .* is not part of Keras: if it is your own, give it in",
    own_model: "'mine>Sequential' is not a model of Keras: if it is your own",
    convolution: "`layers.Conv2D` is not part of fastnn",
    half_precision: "`dtype` must be 'float32' or 'float64', got 'mixed_float16'",
    unknown_argument: "bad configuration of Dense: .*'colour'",
    huge: r"weight 'first/kernel' must have shape \(3, 10000000000000\), got \(3, 4\)",
    no_layers: "not the configuration of a Sequential model",
    nested: "nested too deeply",
    own_optimizer: r"LossScaleOptimizer.* \(compile=False loads the model without",
    slope: "LeakyReLU has two values for 'negative_slope'",
}


@pytest.mark.parametrize("edit", EDITS, ids=lambda f: f.__name__)
def test_configurations_that_are_refused(tmp_path: Path, edit: Any) -> None:
    parts = members(recorded("classifier.keras"))
    entry = json.loads(parts["config.json"])
    edit(entry)
    parts["config.json"] = json.dumps(entry).encode()
    path = tmp_path / "bad.keras"
    path.write_bytes(packed(parts))
    with pytest.raises(ValueError, match=f"bad.keras cannot be loaded: .*{EDITS[edit]}"):
        fastnn.models.load_model(path)
    if edit in (own_function, registered_function, own_optimizer):
        assert not fastnn.models.load_model(path, compile=False).compiled


def refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.keras"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"bad.keras cannot be loaded: .*{message}"):
        fastnn.models.load_model(path)


def test_archives_that_are_refused(tmp_path: Path) -> None:
    parts = members(recorded("classifier.keras"))
    for name in ("config.json", "model.weights.h5"):
        rest = {key: value for key, value in parts.items() if key != name}
        refused(tmp_path, packed(rest), f"it has no {name}")
    twice = packed(parts | {"confug.json": parts["config.json"]}).replace(b"confug", b"config")
    refused(tmp_path, twice, "2 members called 'config.json'")
    bomb = parts | {"model.weights.h5": bytes(1 << 26)}
    refused(tmp_path, packed(bomb, zipfile.ZIP_DEFLATED), "claims 67108864 bytes of")
    long = parts | {"config.json": b" " * (1 << 24) + parts["config.json"]}
    refused(tmp_path, packed(long), "are enough for any model")
    double = parts | {"config.json": b'{"class_name": 1, "class_name": 2}'}
    refused(tmp_path, packed(double), "a key occurs twice")
    climbing = parts | {"../../evil": b"x", "/etc/passwd": b"x"}  # never looked at
    (tmp_path / "m.keras").write_bytes(packed(climbing))
    assert fastnn.models.load_model(tmp_path / "m.keras").name == "classifier"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.keras", "m.keras"]
    good = recorded("classifier.keras")
    refused(tmp_path, good[: len(good) // 2], "damaged archive")
    refused(tmp_path, good[:60] + good[70:], "damaged archive")  # members before the beginning
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    refused(tmp_path, bytes(flipped), "damaged archive: Bad CRC-32")


def test_arrays_that_are_refused(tmp_path: Path) -> None:
    def tree() -> Any:
        dense = {"0": np.zeros((2, 3), "f4"), "1": np.zeros(3, "f4")}
        return {"layers": {"dense": {"vars": dense}}}

    net = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(3, name="d")])
    path = tmp_path / "x.weights.h5"

    def attempt(content: bytes, message: str) -> None:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=message):
            net.load_weights(path)

    path.write_bytes(hdf5_bytes(tree()))
    net.load_weights(path)
    wide = tree()
    wide["layers"]["dense"]["vars"]["0"] = np.zeros((2, 4))
    attempt(hdf5_bytes(wide), r"weight 'd/kernel' must have shape \(2, 3\), got \(2, 4\)")
    more = tree()
    more["layers"]["dense"]["vars"]["2"] = np.zeros(3)
    attempt(hdf5_bytes(more), "layer 'd' has 2 weights, the file 3")
    attempt(hdf5_bytes({"layers": {}}), "layer 'd' has 2 weights, the file 0")
    attempt(hdf5_bytes({}), "it holds no weights of a Keras model")
    content = hdf5_bytes(tree())
    shape = content.index(struct.pack("<QQ", 2, 3))
    bomb = content[:shape] + struct.pack("<QQ", 2**31, 2**31) + content[shape + 16 :]
    attempt(bomb, f"claims {2**64} bytes and stores 24")


# ---- HDF5 ------------------------------------------------------------------------------------


def test_hdf5_comes_back_and_h5py_reads_it() -> None:
    values = {
        "a": np.arange(6, dtype="f4").reshape(2, 3), "b": np.float64(3.5), "c": np.int32(-7),
        "d": np.arange(3, dtype="i8"), "é": np.zeros((0, 4), "f4"),
    }  # fmt: skip
    many = {f"n{i}": {"": {"name": f"number {i}"}, "v": np.full(2, i, "i4")} for i in range(300)}
    long, listed = "ä" * 100_000, ["a", "ää", ""]
    content = hdf5_bytes(
        {
            "": {"title": "ä", "long": long, "list": listed},
            "values": values,
            "many": many,
            "empty": {},
        }
    )
    with open_hdf5(content) as root:
        group = root.group("values")
        assert group is not None
        for name, value in values.items():
            got = group.array(name)
            assert got.dtype == value.dtype
            assert np.array_equal(got, value)
        assert root.text("title") == "ä"
        assert root.text("none") is None
        assert root.text("long") == long
        assert root.texts("list") == listed
        assert len(root.group("many")) == 300
        assert root.array("many/n299/v").tolist() == [299, 299]
        assert root.group("many", "n17").text("name") == "number 17"
        assert len(root.group("empty")) == 0
        assert root.group("values", "a", "b") is None
        with pytest.raises(ValueError, match="the array /values/z is missing"):
            group.array("z")
    h5py = pytest.importorskip("h5py")
    with h5py.File(io.BytesIO(content)) as file:
        assert file.attrs["title"].decode() == "ä"
        assert file.attrs["long"] == long
        assert [text.decode() for text in file.attrs["list"]] == listed
        assert sorted(file["many"]) == sorted(many)
        for name, value in values.items():
            assert np.array_equal(file["values"][name][()], value)
        assert file["many/n17"].attrs["name"] == b"number 17"


def test_what_h5py_writes_is_read_or_refused() -> None:
    h5py = pytest.importorskip("h5py")

    def written(fill: Callable[[Any], None], **options: Any) -> bytes:
        out = io.BytesIO()
        with h5py.File(out, "w", **options) as file:
            fill(file)
        return out.getvalue()

    def plain(file: Any) -> None:
        for i in range(100):
            file[f"g{i}/x"] = np.full(3, i, ">f8" if i % 2 else "f2")
            file[f"g{i}"].attrs["names"] = [f"é{j}" for j in range(i)]
            file[f"g{i}"].attrs["fixed"] = np.array([b"a", b"bc"])

    with open_hdf5(written(plain)) as root:
        for i in range(100):
            assert root.array(f"g{i}/x").tolist() == [i, i, i]
            assert root.group(f"g{i}").texts("names") == [f"é{j}" for j in range(i)]
            assert root.group(f"g{i}").texts("fixed") == ["a", "bc"]
    cases: dict[str, Callable[[Any], Any]] = {
        "is no plain array": lambda f: f.create_dataset("x", data=np.zeros(9), compression="gzip"),
        "in chunks": lambda f: f.create_dataset("x", data=np.zeros(9), chunks=(3,)),
        "must hold numbers": lambda f: f.create_dataset("x", data="text"),
        "none that Keras writes": lambda f: f.create_dataset("x", data=np.zeros(3, "c8")),
        "72 bytes at .* are beyond the end": lambda f: f.create_dataset(
            "x", shape=(9,), dtype="f8"
        ),
        "is a link": lambda f: f.__setitem__("x", h5py.SoftLink("/y")),
    }
    for message, fill in cases.items():
        with pytest.raises(ValueError, match=message), open_hdf5(written(fill)) as root:
            root.array("x")
    external = written(lambda f: f.__setitem__("x", h5py.ExternalLink("/etc/passwd", "y")))
    with pytest.raises(ValueError, match=r"is a link|damaged"), open_hdf5(external) as root:
        root.array("x")
    latest = written(plain, libver="latest")
    with pytest.raises(ValueError, match="save it with libver='earliest'"), open_hdf5(latest):
        pass


def test_a_deep_model_in_h5(tmp_path: Path) -> None:
    net = fastnn.Sequential([fastnn.Input((2,))])
    for i in range(700):
        net.add(
            layers.Dense(2, name=f"a_layer_of_a_name_that_is_long_enough_to_need_pieces_{i:040}")
        )
    net.save(tmp_path / "m.h5")
    assert same(fastnn.models.load_model(tmp_path / "m.h5"), net)


# ---- functions on models ---------------------------------------------------------------------


def test_json_of_keras_and_of_fastnn(file: Callable[..., Path]) -> None:
    text = members(recorded("classifier.keras"))["config.json"].decode()
    net = fastnn.models.model_from_json(text)
    assert net.name == "classifier"
    assert net.built
    assert not net.compiled
    again = fastnn.models.model_from_json(net.to_json(indent=1))
    assert again.get_config() == net.get_config()
    assert not same(again, net)
    own: Any = [int]
    with pytest.raises(ValueError, match="`custom_objects` must be a dict"):
        fastnn.models.model_from_json(text, custom_objects=own)
    with pytest.raises(ValueError, match="`custom_objects` must be a dict"):
        fastnn.models.load_model(file("old.h5"), custom_objects=own)
    with pytest.raises(ValueError, match="`safe_mode` must be"):
        fastnn.models.load_model(file("old.h5"), safe_mode="no")


def test_clone_function() -> None:
    net = fastnn.Sequential([
        fastnn.Input((3,)), layers.Dense(4, name="a"), layers.Dropout(0.5), layers.Dense(1),
    ])  # fmt: skip

    def wider(layer: Any) -> Any:
        if layer.name == "a":
            return layers.Dense(7)
        return type(layer).from_config(layer.get_config())

    copy = fastnn.models.clone_model(net, clone_function=wider)
    assert copy.built
    assert [w.shape for w in copy.get_weights()] == [(3, 7), (7,), (7, 1), (1,)]
    with pytest.raises(ValueError, match="`clone_function` must be a function"):
        fastnn.models.clone_model(net, clone_function=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`clone_function` must return a layer, got None"):
        fastnn.models.clone_model(net, clone_function=lambda layer: None)
    with pytest.raises(ValueError, match="`call_function` is not for Sequential"):
        fastnn.models.clone_model(net, call_function=wider)


def test_pop_keeps_the_other_weights() -> None:
    net = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(4), layers.Dense(1, name="last")])
    before = net.get_weights()
    assert net.pop(rebuild=False).name == "last"
    assert net.output_shape == (None, 4)
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=False))
    with pytest.raises(ValueError, match="no layer 'last'"):
        net.get_layer("last")
    with pytest.raises(ValueError, match="give `name` or `index`"):
        net.get_layer("dense", 0)
    with pytest.raises(ValueError, match="`index=1`: the model has 1 layers"):
        net.get_layer(index=1)
