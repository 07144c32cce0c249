"""Functional models in Keras' files: recorded ones of Keras 3 and 2 are read and trained on.

What they become, what is written, and descriptions that are refused. The recorded files and what
Keras did with them are in data/.
"""

import copy
import gzip
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers
from tolerance import KERAS_SHORT_RUN

DATA = Path(__file__).parent / "data"
EXPECTED: dict[str, Any] = {
    key: value
    for name in ("expected_graphs.json", "expected_graphs_2.json")
    for key, value in json.loads((DATA / name).read_text()).items()
}


def recorded(name: str) -> bytes:
    return gzip.decompress((DATA / f"{name}.gz").read_bytes())


def loaded(tmp_path: Path, name: str, **options: Any) -> Any:
    (tmp_path / name).write_bytes(recorded(name))
    return fastnn.models.load_model(tmp_path / name, **options)


def arrays(value: Any, several: bool) -> Any:
    return [np.array(v, "f4") for v in value] if several else np.array(value, "f4")


def close(got: Any, expected: Any) -> None:
    for mine, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=KERAS_SHORT_RUN)


def same(a: Any, b: Any) -> bool:
    pairs = zip(a.get_weights(), b.get_weights(), strict=True)
    return all(x.tobytes() == y.tobytes() for x, y in pairs)


# ---- what Keras wrote ------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("stem", EXPECTED)
def test_recorded_graphs_predict_and_train_on_as_keras_does(
    tmp_path: Path, stem: str, suffix: str
) -> None:
    expected, several = EXPECTED[stem], stem.startswith("graph")
    x, y = arrays(expected["x"], several), arrays(expected["y"], several)
    model = loaded(tmp_path, f"{stem}{suffix}")
    assert type(model).__name__ == ("Functional" if several else "Sequential")
    close(model.predict(x), arrays(expected["predictions"], several))
    history = model.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history
    close(history["loss"], expected["loss"])
    assert sorted(history) == expected["logs"]
    close(model.predict(x), arrays(expected["after"], several))
    assert model.optimizer.iterations == 8


@pytest.mark.parametrize("stem", ["graph", "graph_2"])
def test_what_graphs_become(tmp_path: Path, stem: str) -> None:
    model = loaded(tmp_path, f"{stem}.keras")
    assert model.name == "graph"
    assert model.input_names == ["a", "b"]
    assert model.output_names == ["out", "chain"]  # the layer that a model ends with has its name
    names = {layer.name for layer in model.leaves}
    assert names == {"before", "shared", "inner", "norm", "chain", "sum", "both", "drop", "out"}
    calls = [node.layer.name for node in model.nodes]
    assert calls.count("shared") == calls.count("inner") == calls.count("norm") == 2
    assert calls.count("chain") == 2
    chain = loaded(tmp_path, "chains.keras")
    assert [layer.name for layer in chain.layers] == ["first", "last"]


def test_weights_of_models_in_models(tmp_path: Path) -> None:
    model = loaded(tmp_path, "graph.keras")
    bare = loaded(tmp_path, "graph.h5", compile=False)
    assert not bare.compiled
    assert same(model, bare)
    config = model.get_config()
    for layer in config["layers"]:
        if layer["config"]["name"] == "chain":
            layer["config"]["name"] = "link"  # as within the model that it came from
    other = type(model).from_config(config)
    assert not same(model, other)
    for name in ("graph.weights.h5", "graph.keras", "graph.h5"):
        other.set_weights([w * 0 for w in other.get_weights()])
        (tmp_path / name).write_bytes(recorded(name))
        other.load_weights(tmp_path / name)
        assert same(model, other)
    (tmp_path / "old.weights.h5").write_bytes(recorded("graph_2.weights.h5"))
    with pytest.raises(ValueError, match="cannot be told apart by names: load the whole model"):
        other.load_weights(tmp_path / "old.weights.h5")


# ---- what fastnn writes ----------------------------------------------------------------------


def two(dtype: str = "float32") -> Any:
    """Two inputs, two outputs by name, a layer shared over two distances."""
    a = fastnn.Input((3,), name="a", dtype=dtype)
    b = fastnn.Input((3,), name="b")
    shared = layers.Dense(3, "tanh", name="shared", dtype=dtype)
    x, y = shared(shared(a)), shared(b)
    z = layers.Concatenate(dtype=dtype)([x, layers.subtract([x, y], dtype=dtype)])
    norm = layers.BatchNormalization(dtype=dtype)(z)
    out = layers.Dense(1, dtype=dtype, name="o", kernel_regularizer="l2")(norm)
    model = fastnn.Model({"a": a, "b": b}, {"z": out, "c": x})
    model.compile(
        fastnn.optimizers.Adam(0.01), {"z": "mse", "c": fastnn.losses.Huber(0.5)},
        loss_weights={"c": 0.25}, metrics={"z": ["mae"]}, weighted_metrics={"c": ["mse"]},
    )  # fmt: skip
    return model


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_resumed_from_a_keras_file_has_the_same_bits(
    rng: np.random.Generator, tmp_path: Path, dtype: str
) -> None:
    x = {"a": rng.normal(size=(20, 3)), "b": rng.normal(size=(20, 3))}
    y = {"z": rng.normal(size=(20, 1)), "c": rng.normal(size=(20, 3))}
    whole, part = two(dtype), two(dtype)
    part.set_weights(whole.get_weights())
    part.training_state.seed = whole.training_state.seed
    whole.fit(x, y, epochs=4, batch_size=8, verbose=0)
    part.fit(x, y, epochs=2, batch_size=8, verbose=0)
    part.save(tmp_path / "m.keras")
    part.save(tmp_path / "folder", zipped=False)
    part.save(tmp_path / "m.h5")
    for name in ("m.keras", "folder", "m.h5"):
        again = fastnn.models.load_model(tmp_path / name)
        history = again.fit(x, y, epochs=4, initial_epoch=2, batch_size=8, verbose=0).history
        assert same(whole, again)
        assert {"z_mae", "c_mse", "z_loss", "c_loss"} < set(history)
        assert set(again.predict(x)) == {"z", "c"}


def test_json_and_frozen_models(tmp_path: Path) -> None:
    model = two()
    again = fastnn.models.model_from_json(model.to_json())
    assert again.get_config() == model.get_config()
    assert [node.layer.name for node in again.nodes] == [node.layer.name for node in model.nodes]
    described = json.loads(model.to_json())
    same_again = fastnn.Model.from_config(described["config"])  # of Keras' kind
    assert same_again.get_config() == fastnn.Model.from_config(model.get_config()).get_config()
    assert described["class_name"] == "Functional"
    assert described["config"]["output_layers"] == {"z": ["o", 0, 0], "c": ["shared", 1, 0]}
    model.trainable = False
    model.save(tmp_path / "m.keras")
    assert not fastnn.models.load_model(tmp_path / "m.keras").trainable
    own = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1, "step")])  # Keras has no step
    assert fastnn.models.model_from_json(own.to_json()).get_config() == own.get_config()


# ---- descriptions that are refused -----------------------------------------------------------

Edit = Callable[[dict[str, Any]], None]


def layer(config: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in config["layers"] if each["name"] == name)


def tensor(name: str, call: int = 0, result: int = 0) -> dict[str, Any]:
    config = {"shape": [None, 3], "dtype": "float32", "keras_history": [name, call, result]}
    return {"class_name": "__keras_tensor__", "config": config}


def on(config: dict[str, Any], name: str, *tensors: Any, **options: Any) -> None:
    layer(config, name)["inbound_nodes"] = [{"args": list(tensors), "kwargs": options}]


def cycle(config: dict[str, Any]) -> None:
    on(config, "before", tensor("sum"))


def itself(config: dict[str, Any]) -> None:
    on(config, "before", tensor("before"))


def missing(config: dict[str, Any]) -> None:
    on(config, "before", tensor("nobody"))


def no_such_call(config: dict[str, Any]) -> None:
    on(config, "before", tensor("shared", 7))


def no_such_result(config: dict[str, Any]) -> None:
    on(config, "out", tensor("drop", 0, 1))


def huge_number(config: dict[str, Any]) -> None:
    on(config, "out", tensor("drop", 10**30))


def negative(config: dict[str, Any]) -> None:
    config["output_layers"] = [["out", -1, 0]]


def no_outputs(config: dict[str, Any]) -> None:
    config["output_layers"] = []


def outputs_in_lists(config: dict[str, Any]) -> None:
    config["output_layers"] = [[["out", 0, 0]]]


def input_of_no_model(config: dict[str, Any]) -> None:
    config["input_layers"] = [["a", 0, 0], ["shared", 0, 0]]


def input_left_out(config: dict[str, Any]) -> None:
    config["input_layers"] = [["a", 0, 0]]


def twice(config: dict[str, Any]) -> None:
    layer(config, "before")["name"] = "shared"


def masked(config: dict[str, Any]) -> None:
    on(config, "out", tensor("drop"), mask=tensor("a"))


def numbers(config: dict[str, Any]) -> None:
    on(config, "out", 3.0)


def nothing(config: dict[str, Any]) -> None:
    layer(config, "out")["inbound_nodes"] = [7]


def two_for_one(config: dict[str, Any]) -> None:
    on(config, "out", [tensor("drop"), tensor("drop")])


def two_for_a_model(config: dict[str, Any]) -> None:
    layer(config, "encoder")["inbound_nodes"][0]["args"] = [[tensor("shared"), tensor("shared")]]


def other_widths(config: dict[str, Any]) -> None:
    layer(config, "chain")["config"]["layers"][1]["config"]["units"] = 4


def huge(config: dict[str, Any]) -> None:
    layer(config, "out")["config"]["units"] = 10**9


def unknown_layer(config: dict[str, Any]) -> None:
    layer(config, "before")["class_name"] = "Conv1D"


def own_class(config: dict[str, Any]) -> None:
    layer(config, "encoder")["config"]["layers"][1]["registered_name"] = "mine>Dense"


def code(config: dict[str, Any]) -> None:
    layer(config, "encoder")["config"]["layers"][1]["class_name"] = "Lambda"


def no_layers(config: dict[str, Any]) -> None:
    layer(config, "encoder")["config"]["layers"] = {"a": 1}


def nameless(config: dict[str, Any]) -> None:
    layer(config, "before")["name"] = None


EDITS: dict[Edit, str] = {
    cycle: "the layers of model 'graph' wait for each other, or for one that is not there: .*sum",
    itself: r"wait for each other, or for one that is not there: \['before'",
    missing: "layer 'before' is called on 'nobody', which model 'graph' has not",
    no_such_call: "or for one that is not there",
    no_such_result: r"model 'graph' has no tensor \['drop', 0, 1\]",
    huge_number: "bad call of layer 'out': .* is no tensor of a model",
    negative: "bad 'output_layers' of a model",
    no_outputs: "bad 'output_layers' of a model",
    outputs_in_lists: "bad 'output_layers' of a model",
    input_of_no_model: "'shared' is not an input of model 'graph'",
    input_left_out: "or for one that is not there",
    twice: "model 'graph' has two layers of one name",
    masked: "layer 'out' is called with .*, which fastnn does not know",
    numbers: "bad call of layer 'out': 3.0 is no tensor of a model",
    nothing: "bad call of layer 'out'",
    two_for_one: "bad node in the model's configuration",
    two_for_a_model: "model 'encoder' takes 1 inputs, got 2",
    other_widths: "layer 'sum' needs inputs of one shape",
    huge: r"weight 'out/kernel' must have shape \(6, 1000000000\), got \(6, 1\)",
    unknown_layer: "`layers.Conv1D` is not part of fastnn",
    own_class: "'mine>Dense' .* is not part of Keras",
    code: r"the file holds code \(Lambda\)",
    no_layers: "not the configuration of a model",
    nameless: "a layer without a name",
}


def archive(entry: dict[str, Any], parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, content in (parts | {"config.json": json.dumps(entry).encode()}).items():
            target.writestr(name, content)
    return out.getvalue()


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    """Members of a recorded archive."""
    with zipfile.ZipFile(io.BytesIO(recorded("graph.keras"))) as source:
        return {name: source.read(name) for name in source.namelist()}


@pytest.mark.parametrize("edit", EDITS, ids=lambda f: f.__name__)
def test_descriptions_that_are_refused(tmp_path: Path, parts: dict[str, bytes], edit: Edit) -> None:
    entry = json.loads(parts["config.json"])
    edit(entry["config"])
    path = tmp_path / "bad.keras"
    path.write_bytes(archive(entry, parts))
    tracemalloc.start()
    with pytest.raises(ValueError, match=f"bad.keras cannot be loaded: .*{EDITS[edit]}"):
        fastnn.models.load_model(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()


def chain_of(count: int, inner: dict[str, Any]) -> dict[str, Any]:
    """A model that calls another a number of times."""
    entry = {"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [None, 3]}}
    tensors = [tensor("i"), *(tensor("m", n) for n in range(count - 1))]
    calls = [{"args": [each], "kwargs": {}} for each in tensors]
    return {
        "class_name": "Functional", "name": "m",
        "config": {
            "name": "m", "trainable": True,
            "layers": [{**entry, "name": "i", "inbound_nodes": []},
                       {**inner, "name": "m", "inbound_nodes": calls}],
            "input_layers": ["i", 0, 0],
            # Where the last call is numbered from one, as Keras 3 does for models.
            "output_layers": ["m", count - (inner["class_name"] == "Dense"), 0],
        },
    }  # fmt: skip


def test_models_that_would_grow_without_end(tmp_path: Path, parts: dict[str, bytes]) -> None:
    entry: dict[str, Any] = {"class_name": "Dense", "config": {"name": "m", "units": 3}}
    for _ in range(9):
        entry = chain_of(10, entry)
    path = tmp_path / "bad.keras"
    path.write_bytes(archive(entry, parts))
    with pytest.raises(ValueError, match="calls layers more than 65536 times"):
        fastnn.models.load_model(path)
    for _ in range(40):
        entry = chain_of(1, entry)
    path.write_bytes(archive(entry, parts))
    with pytest.raises(ValueError, match="nested too deeply"):
        fastnn.models.load_model(path)


def test_hostile_graphs_in_fastnn_files(tmp_path: Path) -> None:
    config = two().get_config()
    edits: list[tuple[str, Any]] = [
        ("nodes", [[0, [99]]]), ("nodes", [[99, [0]]]), ("nodes", [[0, []]]), ("nodes", [[0, 0]]),
        ("nodes", [[0, [0, 1]]]), ("nodes", [[0, [2]]]), ("nodes", 3), ("outputs", [99]),
        ("outputs", []), ("outputs", [-1]), ("inputs", []), ("inputs", config["layers"]),
        ("output_keys", ["z", "z"]), ("output_keys", [1, 2]), ("input_keys", ["a"]),
        ("surplus", 1), ("layers", None), ("nodes", [[0, [2**70]]]),
    ]  # fmt: skip
    for key, value in edits:
        with pytest.raises(ValueError, match=r"configuration|output|unknown|input|node"):
            fastnn.models.Model.from_config({**copy.deepcopy(config), key: value})
    data = fastnn.saving.model_to_bytes(two())
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    facts = json.loads(header["__metadata__"]["fastnn"])
    facts["config"]["layers"][0]["config"]["units"] = 10**12
    header["__metadata__"]["fastnn"] = json.dumps(facts)
    text = json.dumps(header).encode()
    with pytest.raises(ValueError, match="must have shape"):
        fastnn.saving.model_from_bytes(len(text).to_bytes(8, "little") + text + data[8 + size :])
