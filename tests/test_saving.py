"""Files: what is saved comes back bit for bit, and bad files are refused with a reason."""

import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers, saving


def make(optimizer: Any = "adam", dtype: str = "float32") -> fastnn.Sequential:
    fastnn.utils.clear_session()
    fastnn.utils.set_random_seed(3)
    net = fastnn.Sequential([
        fastnn.Input((3,)),
        layers.Dense(5, "relu", name="hidden", dtype=dtype),
        layers.Dropout(0.3, name="drop", dtype=dtype),
        layers.Dense(1, "sigmoid", name="out", dtype=dtype),
    ])  # fmt: skip
    net.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], weighted_metrics=["mae"])
    return net


def data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = rng.standard_normal((40, 3))
    return x, (x[:, 0] > 0).astype(int)


def same(a: fastnn.Sequential, b: fastnn.Sequential) -> bool:
    pairs = zip(a.get_weights(), b.get_weights(), strict=True)
    return all(x.tobytes() == y.tobytes() for x, y in pairs)


OPTIMIZERS = [
    lambda: fastnn.optimizers.SGD(0.1),
    lambda: fastnn.optimizers.SGD(0.1, momentum=0.9),
    lambda: fastnn.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    lambda: fastnn.optimizers.Adam(0.01, beta_1=0.8),
    lambda: fastnn.optimizers.AdamW(
        fastnn.optimizers.schedules.CosineDecay(0.0, 20, warmup_target=0.01, warmup_steps=7),
        amsgrad=True,
        clipvalue=0.01,
    ),
    fastnn.optimizers.Adamax,
    lambda: fastnn.optimizers.Nadam(0.01, weight_decay=0.1),
    fastnn.optimizers.RMSprop,
    lambda: fastnn.optimizers.RMSprop(momentum=0.5, centered=True),
    lambda: fastnn.optimizers.Adagrad(
        fastnn.optimizers.schedules.PiecewiseConstantDecay([3, 9], [0.1, 0.01, 0.2])
    ),
    fastnn.optimizers.Adadelta,
    fastnn.optimizers.Lion,
    lambda: fastnn.optimizers.Ftrl(fastnn.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_resumed_run_has_the_bits_of_an_uninterrupted_one(
    rng: np.random.Generator, tmp_path: Path, optimizer: Any, dtype: str
) -> None:
    x, y = data(rng)
    whole = make(optimizer(), dtype)
    expected = whole.fit(x, y, epochs=6, batch_size=8, verbose=0).history
    part = make(optimizer(), dtype)
    first = part.fit(x, y, epochs=2, batch_size=8, verbose=0).history
    part.save(tmp_path / "m.fnn")
    loaded = fastnn.models.load_model(tmp_path / "m.fnn")
    rest = loaded.fit(x, y, epochs=6, initial_epoch=2, batch_size=8, verbose=0).history
    assert same(whole, loaded)
    assert {key: first[key] + rest[key] for key in first} == expected
    assert loaded.optimizer is not None
    assert whole.optimizer is not None
    assert loaded.optimizer.iterations == whole.optimizer.iterations
    other = {"name": whole.optimizer.name}  # names count
    assert loaded.optimizer.get_config() | other == whole.optimizer.get_config()


def test_everything_comes_back(rng: np.random.Generator, tmp_path: Path) -> None:
    x, y = data(rng)
    net = make()
    net.fit(x, y, verbose=0)
    net.layers[0].trainable = False
    path = tmp_path / "m.fnn"
    fastnn.models.save_model(net, str(path))
    loaded = fastnn.models.load_model(str(path))
    assert loaded.get_config() == net.get_config()
    assert loaded.predict(x).tobytes() == net.predict(x).tobytes()
    assert loaded.evaluate(x, y, verbose=0) == net.evaluate(x, y, verbose=0)
    assert loaded.metrics_names == ["loss", "accuracy", "mae"]
    assert [layer.trainable for layer in loaded.layers] == [False, True, True]
    bare = fastnn.models.load_model(path, compile=False)
    assert same(bare, net)
    assert not bare.compiled


def test_unbuilt_and_uncompiled_models(tmp_path: Path) -> None:
    path = tmp_path / "m.fnn"
    fastnn.Sequential([layers.Dense(2), layers.Flatten()]).save(path)
    loaded = fastnn.models.load_model(path)
    assert not loaded.built
    assert not loaded.compiled
    assert loaded.predict(np.zeros((2, 3))).shape == (2, 2)


def test_the_file_is_plain_safetensors(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    net = make()
    net.save(tmp_path / "m.fnn")
    tensors = load_file(tmp_path / "m.fnn")
    weights = {"hidden/kernel", "hidden/bias", "out/kernel", "out/bias"}
    slots = {f"optimizer/{s}/{w}" for s in ("momentum", "velocity") for w in weights}
    assert set(tensors) == weights | slots
    assert np.array_equal(tensors["hidden/kernel"], net.get_weights()[0])


def test_overwrite_and_atomicity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.fnn"
    net = make()
    net.save(path)
    with pytest.raises(FileExistsError, match="`filepath` exists and `overwrite` is False"):
        net.save(path, overwrite=False)
    before = path.read_bytes()

    def crash(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(OSError, match="disk full"):
        net.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["m.fnn"]


def test_paths(tmp_path: Path) -> None:
    net = make()
    with pytest.raises(ValueError, match=r"`filepath` must end in .fnn, in .weights.h5 for Keras"):
        net.save_weights(tmp_path / "m.h5")
    with pytest.raises(FileNotFoundError, match="folder that does not exist"):
        net.save(tmp_path / "no" / "m.fnn")
    (tmp_path / "folder.fnn").mkdir()
    with pytest.raises(IsADirectoryError, match="`filepath` is a folder"):
        net.save(tmp_path / "folder.fnn")
    with pytest.raises(FileNotFoundError, match="no such file"):
        fastnn.models.load_model(tmp_path / "none.fnn")
    with pytest.raises(ValueError, match=r"it has no config.json"):
        fastnn.models.load_model(tmp_path)
    with pytest.raises(ValueError, match="`filepath` must be a path, got 3"):
        net.save(3)


def test_facts_of_the_callers_own(tmp_path: Path) -> None:
    path = tmp_path / "m.fnn"
    saving.save_model(make(), path, extra_metadata={"classes": ["no", "yes"], "scale": 2.5})
    assert saving.read_extra_metadata(path) == {"classes": ["no", "yes"], "scale": 2.5}
    fastnn.models.load_model(path).save(path)  # the model does not carry them
    assert saving.read_extra_metadata(path) == {}
    for bad in ({"a": {1, 2}}, {"a": float("nan")}, 3):
        with pytest.raises(ValueError, match="`extra_metadata` must be a mapping for JSON"):
            saving.save_model(make(), path, extra_metadata=bad)  # type: ignore[arg-type]
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        saving.read_extra_metadata(path)


def test_weights_alone(rng: np.random.Generator, tmp_path: Path) -> None:
    path = tmp_path / "w.fnn"
    net, other = make(), make()
    net.set_weights([w + 1 for w in net.get_weights()])
    net.save_weights(path)
    other.load_weights(path)
    assert same(net, other)
    net.save(path)
    other = make()
    other.load_weights(path)
    assert same(net, other)
    narrow = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(5, name="hidden")])
    with pytest.raises(ValueError, match=r"'hidden/kernel' must have shape \(2, 5\), got \(3, 5\)"):
        narrow.load_weights(path)
    renamed = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(5, name="first")])
    with pytest.raises(ValueError, match="tensor 'first/kernel' is missing"):
        renamed.load_weights(path)
    net.save_weights(path)
    with pytest.raises(ValueError, match="it holds no model but 'weights'"):
        fastnn.models.load_model(path)


# ---- bad files -------------------------------------------------------------------------------


def saved(tmp_path: Path) -> bytes:
    path = tmp_path / "good.fnn"
    make().save(path)
    return path.read_bytes()


def edited(content: bytes, edit: Any) -> bytes:
    """The file with its header changed by `edit(header, fastnn entry)`."""
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    entry = json.loads(header["__metadata__"]["fastnn"])
    edit(header, entry)
    header["__metadata__"]["fastnn"] = json.dumps(entry)
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    return struct.pack("<Q", len(raw)) + raw + content[8 + size :]


def units(header: Any, entry: Any) -> None:
    entry["config"]["layers"][1]["config"]["units"] = 10**12


def reshape(header: Any, entry: Any) -> None:
    header["hidden/kernel"]["shape"] = [5, 3]


def retype(header: Any, entry: Any) -> None:
    header["hidden/kernel"]["dtype"] = "I32"


def rename(header: Any, entry: Any) -> None:
    header["hidden/zzz"] = header.pop("hidden/kernel")


def foreign_class(header: Any, entry: Any) -> None:
    entry["config"]["layers"][1]["class_name"] = "os.system"


def unknown_argument(header: Any, entry: Any) -> None:
    entry["config"]["layers"][1]["config"]["colour"] = "red"


def activation(header: Any, entry: Any) -> None:
    entry["config"]["layers"][1]["config"]["activation"] = "evil"


def version(header: Any, entry: Any) -> None:
    entry["version"] = 99


def optimizer(header: Any, entry: Any) -> None:
    entry["compile"]["optimizer"]["class_name"] = "Evil"


def loss(header: Any, entry: Any) -> None:
    entry["compile"]["loss"]["config"]["reduction"] = "product"


def iterations(header: Any, entry: Any) -> None:
    entry["training"]["iterations"] = -5


def seed(header: Any, entry: Any) -> None:
    entry["training"]["seed"] = "abc"


def slots(header: Any, entry: Any) -> None:
    entry["compile"]["optimizer"] = {"class_name": "SGD", "config": {}}


def layers_type(header: Any, entry: Any) -> None:
    entry["config"]["layers"] = "all"


def huge_input(header: Any, entry: Any) -> None:
    entry["config"]["layers"][0]["config"]["shape"] = [10**18]
    entry["config"]["build_input_shape"] = [None, 10**18]


EDITS = {
    units: r"'hidden/kernel' must have shape \(3, 1000000000000\), got \(3, 5\)",
    reshape: r"'hidden/kernel' must have shape \(3, 5\), got \(5, 3\)",
    retype: "'hidden/kernel' must be float32, got I32",
    rename: "tensor 'hidden/kernel' is missing",
    foreign_class: "unknown layer class 'os.system'",
    unknown_argument: "bad configuration of Dense: .*'colour'",
    activation: "unknown activation 'evil'",
    version: "format version 99; this fastnn reads version 1",
    optimizer: "unknown optimizer class 'Evil'",
    loss: "`reduction` must be one of",
    iterations: "`training iterations` must be an integer of at least 0, got -5",
    seed: "`training seed` must be an integer, got 'abc'",
    slots: "holds tensors that the model has not",
    layers_type: "not the configuration of a Sequential model",
    huge_input: "too large",
}


@pytest.mark.parametrize("edit", EDITS, ids=lambda f: f.__name__)
def test_inconsistent_files(tmp_path: Path, edit: Any) -> None:
    path = tmp_path / "bad.fnn"
    path.write_bytes(edited(saved(tmp_path), edit))
    with pytest.raises(ValueError, match=f"bad.fnn cannot be loaded: .*{EDITS[edit]}"):
        fastnn.models.load_model(path)


def test_unedited_files_pass_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "same.fnn"
    path.write_bytes(edited(saved(tmp_path), lambda header, entry: None))
    assert same(fastnn.models.load_model(path), make())


def test_truncated_files(tmp_path: Path) -> None:
    content = saved(tmp_path)
    path = tmp_path / "bad.fnn"
    for size in (0, 1, 7, 8, 9, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(ValueError, match="is not a whole safetensors file"):
            fastnn.models.load_model(path)


def test_foreign_and_damaged_files(tmp_path: Path, rng: np.random.Generator) -> None:
    from safetensors.numpy import save_file

    path = tmp_path / "bad.fnn"
    path.write_bytes(b"not a model at all, just some bytes")
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        fastnn.models.load_model(path)
    path.write_bytes(struct.pack("<Q", 2**62) + b"{}")
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        fastnn.models.load_model(path)
    save_file({"a": np.zeros(3)}, path)
    with pytest.raises(ValueError, match="it was not written by fastnn"):
        fastnn.models.load_model(path)
    for text in ("{", "[1]", "[" * 100_000):
        save_file({"a": np.zeros(3)}, path, {"fastnn": text})
        with pytest.raises(ValueError, match="cannot be loaded"):
            fastnn.models.load_model(path)
    good = saved(tmp_path)
    (size,) = struct.unpack("<Q", good[:8])
    for place in rng.integers(0, 8 + size, 60):  # a flipped byte loads or is refused, no more
        damaged = bytearray(good)
        damaged[place] ^= 1 << int(rng.integers(0, 8))
        path.write_bytes(bytes(damaged))
        try:
            fastnn.models.load_model(path)
        except ValueError as error:
            assert str(error)  # noqa: PT017 - either outcome is right


def test_bytes_are_checked_as_files_are(tmp_path: Path) -> None:
    content = saved(tmp_path)
    assert same(saving.model_from_bytes(content), make())
    assert saving.model_to_bytes(make()) == saving.model_to_bytes(make())
    with pytest.raises(ValueError, match="the saved model is not a whole safetensors file"):
        saving.model_from_bytes(content[:-1])
    with pytest.raises(ValueError, match="unknown layer class"):
        saving.model_from_bytes(edited(content, foreign_class))
    with pytest.raises(ValueError, match="expected bytes"):
        saving.model_from_bytes("text")  # type: ignore[arg-type]
