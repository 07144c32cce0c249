"""Functional models traded with Keras 3 itself, both ways: predictions, and training goes on."""

import json
import os
import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fastnn
from tolerance import KERAS_SHORT_RUN

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

pytestmark = [
    pytest.mark.keras,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Keras' and JAX's own
]

Array = NDArray[Any]
ROWS = 24
FIT: dict[str, Any] = {"epochs": 2, "batch_size": 8, "shuffle": False, "verbose": 0}


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras with the JAX backend."""
    module = pytest.importorskip("keras")
    if module.backend.backend() != "jax":
        pytest.skip("needs the JAX backend")
    return module


# ---- models, described alike in both ----------------------------------------------------------


def residual(k: Any) -> Any:
    """One input and output, a tensor that two layers read, batch statistics."""
    a = k.Input((6,), name="a")
    h = k.layers.Dense(8, activation="tanh", name="first")(a)
    r = k.layers.BatchNormalization()(k.layers.Dense(8, activation="relu")(h))
    s = k.layers.Activation("silu")(k.layers.Add()([h, r]))
    model = k.Model(a, k.layers.Dense(1, name="o")(k.layers.Dropout(0.0)(s)), name="residual")
    model.compile(k.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


def towers(k: Any, outputs: Any = list) -> Any:
    """Two inputs, a shared layer at two distances, every merge, two losses."""
    a, b = k.Input((6,), name="a"), k.Input((6,), name="b")
    shared = k.layers.Dense(6, activation="tanh", name="shared")
    u, v = shared(k.layers.Dense(6, name="p")(a)), shared(b)
    w = k.layers.LayerNormalization()(shared(u))
    parts = [
        k.layers.Dot(1, normalize=True)([u, v]),
        k.layers.maximum([u, v]), k.layers.minimum([u, w]), k.layers.average([u, v, w]),
        k.layers.multiply([u, v]), k.layers.subtract([u, v]),
    ]  # fmt: skip
    c = k.layers.Concatenate()(parts)
    p = k.layers.Dense(1, activation="sigmoid", name="p1")(c)
    q = k.layers.Dense(3, activation="softmax", name="q")(c)
    made = [p, q] if outputs is list else {"z": p, "b": q}
    model = k.Model([a, b], made, name="towers")
    names = ("p1", "q") if outputs is list else ("z", "b")
    model.compile(
        k.optimizers.SGD(0.1, momentum=0.5),
        dict(zip(names, ["binary_crossentropy", k.losses.SparseCategoricalCrossentropy()],
                 strict=True)),
        loss_weights=dict(zip(names, [2.0, 0.5], strict=True)),
        metrics=dict(zip(names, [["accuracy"], ["accuracy"]], strict=True)),
        weighted_metrics={names[0]: ["mse"]},
    )  # fmt: skip
    return model


def operators(k: Any) -> Any:
    """Arithmetic on tensors, by operators and by functions, and parts of them."""
    a = k.Input((6,), name="a")
    h = k.layers.Dense(6, activation="sigmoid", name="first")(a)
    u, v = a[:, 2:5], h[:, ::-2]
    parts = [
        u / (v + 0.5), abs(a), h**1.5, k.ops.sqrt(h), k.ops.square(a), k.ops.rsqrt(h),
        k.ops.reciprocal(h + 1.0), -u, 2.0 - v, u * v, k.ops.divide(u, v), k.ops.power(h, 3),
    ]  # fmt: skip
    c = k.layers.Concatenate(name="c")(parts)
    model = k.Model(a, k.layers.Dense(1, name="o")(c), name="operators")
    model.compile(k.optimizers.SGD(0.01), "mse", metrics=["mae"])
    return model


def towers_by_name(k: Any) -> Any:
    return towers(k, dict)


def nested(k: Any) -> Any:
    """A model and a chain as layers, each called twice; an output that is a model's."""
    entry = k.Input((5,))
    h = k.layers.Dense(5, activation="tanh", name="d1")(entry)
    h = k.layers.BatchNormalization(name="norm")(h)
    encoder = k.Model(entry, h, name="encoder")
    chain = k.Sequential(
        [k.Input((5,)), k.layers.Dense(5, activation="relu", name="d2"), k.layers.Dropout(0.0)],
        name="chain",
    )
    a, b = k.Input((5,), name="a"), k.Input((5,), name="b")
    x, y = encoder(k.layers.Dense(5, name="d")(a)), chain(b)
    z = k.layers.Add()([encoder(y), x])
    model = k.Model({"a": a, "b": b}, [k.layers.Dense(1, name="o")(z), chain(z)], name="nested")
    model.compile(
        k.optimizers.Adam(0.01), ["mse", "mae"], loss_weights=[1.0, 2.0],
        metrics=[["mae"], ["mse"]],
    )  # fmt: skip
    return model


def deep(k: Any) -> Any:
    """Models in models in a chain; one with several inputs and outputs."""
    two = [k.Input((3,), name="left"), k.Input((3,), name="right")]
    cross = k.layers.Dense(3, name="cross")
    pair = k.Model(two, [cross(two[1]), k.layers.Add()([cross(two[0]), two[1]])], name="pair")
    entry = k.Input((4,))
    u, v = k.layers.Dense(3)(entry), k.layers.Dense(3, activation="tanh")(entry)
    u, v = pair(list(pair([u, v])))
    middle = k.Model(entry, k.layers.Concatenate()([u, v]), name="middle")
    inner = k.Sequential([k.Input((6,)), k.layers.Dense(4, name="x")], name="inner")
    model = k.Sequential(
        [k.Input((4,)), k.layers.Dense(4, name="y"), middle, inner, k.layers.Dense(2, name="o")],
        name="deep",
    )
    model.compile(k.optimizers.RMSprop(0.01), "mse", metrics=["mae"])
    return model


def chains(k: Any) -> Any:
    """Chains in a chain: still one."""
    inner = k.Sequential([k.Input((6,)), k.layers.Dense(4, name="x"), k.layers.ReLU()], name="in")
    outer = k.Sequential([k.Input((6,)), inner, k.layers.Dense(3, name="x")], name="out")
    model = k.Sequential([k.Input((6,)), outer, k.layers.Dense(1, name="o")], name="chains")
    model.compile("sgd", "mse")
    return model


DRAW = np.random.default_rng(3)
X = {name: DRAW.standard_normal((ROWS, 6)).astype("float32") for name in ("a", "b")}
Y1 = (X["a"][:, :1] * X["b"][:, :1] > 0).astype("float32")
LABELS = (X["a"][:, 1] > 0).astype("int32") + (X["b"][:, 1] > 0)


def rows(name: str) -> tuple[Any, Any]:
    """Return x and y for a model."""
    five = {key: value[:, :5] for key, value in X.items()}
    return {
        "residual": (X["a"], Y1),
        "operators": (X["a"], Y1),
        "towers": ([X["a"], X["b"]], [Y1, LABELS]),
        "towers_by_name": ([X["a"], X["b"]], {"z": Y1, "b": LABELS}),
        "nested": (five, [Y1, five["a"]]),
        "deep": (X["a"][:, :4], X["b"][:, :2]),
        "chains": (X["a"], Y1),
    }[name]


MODELS = {f.__name__: f for f in (residual, towers, towers_by_name, operators)}
NESTED = {f.__name__: f for f in (nested, deep, chains)}


def close(got: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert set(got) == set(expected)
        got, expected = [got[key] for key in expected], list(expected.values())
    if isinstance(expected, list):
        assert len(got) == len(expected)
        for mine, other in zip(got, expected, strict=True):
            close(mine, other)
        return
    np.testing.assert_allclose(got, np.asarray(expected), rtol=0, atol=KERAS_SHORT_RUN)


def by_path(model: Any) -> list[Any]:
    """Return the weights in an order that does not depend on how layers are put together."""
    return sorted((np.asarray(w) for w in model.get_weights()), key=lambda w: (w.shape, w.sum()))


def same_from_here(name: str, ours: Any, theirs: Any, steps: int = 12) -> None:
    """Both predict, evaluate and train on alike."""
    x, y = rows(name)
    close(ours.predict(x), theirs.predict(x, verbose=0))
    close(
        ours.evaluate(x, y, return_dict=True, verbose=0),
        theirs.evaluate(x, y, return_dict=True, verbose=0),
    )
    close(ours.fit(x, y, **FIT).history, theirs.fit(x, y, **FIT).history)
    close(by_path(ours), by_path(theirs))
    assert ours.optimizer.iterations == int(theirs.optimizer.iterations) == steps


# ---- there and back ---------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", [*MODELS, *NESTED])
def test_keras_to_fastnn(keras: Any, tmp_path: Path, name: str, suffix: str) -> None:
    theirs = (MODELS | NESTED)[name](keras)
    theirs.fit(*rows(name), **FIT)
    theirs.save(tmp_path / f"m{suffix}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # state that is left out
        ours = fastnn.models.load_model(tmp_path / f"m{suffix}")
    assert type(ours).__name__ == ("Sequential" if name == "chains" else "Functional")
    same_from_here(name, ours, theirs)


@pytest.mark.parametrize("name", [*MODELS, *NESTED])
def test_fastnn_to_keras(keras: Any, tmp_path: Path, name: str) -> None:
    if name in ("deep", "chains"):  # chains of models are Keras' alone
        (NESTED[name](keras)).save(tmp_path / "k.keras")
        ours: Any = fastnn.models.load_model(tmp_path / "k.keras")
    else:
        ours = (MODELS | NESTED)[name](fastnn)
    ours.fit(*rows(name), **FIT)
    ours.save(tmp_path / "m.keras")
    ours.save(tmp_path / "m.h5")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Skipping variable loading")
        theirs = keras.models.load_model(tmp_path / "m.keras")
    listed = [layer.name for layer in ours.layers if ".operations." not in type(layer).__module__]
    assert [layer.name for layer in theirs.layers] == listed
    old = keras.models.load_model(tmp_path / "m.h5")
    close(old.get_weights(), ours.get_weights())
    close(old.predict(rows(name)[0], verbose=0), ours.predict(rows(name)[0]))
    same_from_here(name, ours, theirs)


@pytest.mark.parametrize("name", MODELS)
def test_weights_alone(keras: Any, tmp_path: Path, name: str) -> None:
    ours, theirs = MODELS[name](fastnn), MODELS[name](keras)
    x, y = rows(name)
    ours.fit(x, y, **FIT)
    ours.save_weights(tmp_path / "m.weights.h5")
    theirs.load_weights(tmp_path / "m.weights.h5", objects_to_skip=[theirs.optimizer])
    close(ours.predict(x), theirs.predict(x, verbose=0))
    theirs.fit(x, y, **FIT)
    theirs.save_weights(tmp_path / "k.weights.h5")
    theirs.save(tmp_path / "k.keras")
    theirs.save(tmp_path / "k.h5")
    for file in ("k.weights.h5", "k.keras", "k.h5"):
        other = MODELS[name](fastnn)
        other.load_weights(tmp_path / file)
        close(other.predict(x), theirs.predict(x, verbose=0))


def test_weights_of_models_in_models_go_by_name(keras: Any, tmp_path: Path) -> None:
    theirs, ours = nested(keras), nested(fastnn)
    x, y = rows("nested")
    theirs.fit(x, y, **FIT)
    theirs.save_weights(tmp_path / "k.weights.h5")
    theirs.save(tmp_path / "k.h5")
    for name in ("k.weights.h5", "k.h5"):
        other = nested(fastnn)
        other.load_weights(tmp_path / name)
        close(other.predict(x), theirs.predict(x, verbose=0))
    chains(keras).save_weights(tmp_path / "c.weights.h5")  # two layers called x
    with pytest.raises(ValueError, match="cannot be told apart by names"):
        ours.load_weights(tmp_path / "c.weights.h5")


def test_json_goes_both_ways(keras: Any) -> None:
    for name, make in MODELS.items():
        theirs = make(keras)
        ours = fastnn.models.model_from_json(theirs.to_json())
        ours.set_weights(theirs.get_weights())
        close(ours.predict(rows(name)[0]), theirs.predict(rows(name)[0], verbose=0))
        again = keras.models.model_from_json(ours.to_json())
        again.set_weights(ours.get_weights())
        close(ours.predict(rows(name)[0]), again.predict(rows(name)[0], verbose=0))


def test_a_layer_of_two_models_in_a_model(keras: Any, tmp_path: Path) -> None:
    """It is one layer if both descriptions have its number, of which Keras 3.15 forgets the first.

    Keras cannot load such a file of its own either.
    """
    shared = keras.layers.Dense(3, activation="tanh", name="shared")
    a, b, x = keras.Input((3,)), keras.Input((3,)), keras.Input((3,))
    first = keras.Model(a, shared(a), name="first")
    second = keras.Model(b, keras.layers.Dense(3, name="own")(shared(b)), name="second")
    theirs = keras.Model(x, second(first(x)))
    theirs.compile("sgd", "mse")
    theirs.save(tmp_path / "k", zipped=False)
    with pytest.raises(ValueError, match="layer 'second_shared' has 2 weights, the file 0"):
        fastnn.models.load_model(tmp_path / "k")
    entry = json.loads((tmp_path / "k" / "config.json").read_text())
    models = [each for each in entry["config"]["layers"] if each["class_name"] == "Functional"]
    found = [m["config"]["layers"][1] for m in models]
    found[0]["shared_object_id"] = found[1]["shared_object_id"]
    (tmp_path / "k" / "config.json").write_text(json.dumps(entry))
    ours = fastnn.models.load_model(tmp_path / "k")
    names = [layer.name for layer in ours.layers if layer.weights]
    assert names == ["shared", "second"]  # whose output it is
    rows = X["a"][:, :3]
    ours.fit(rows, X["b"][:, :3], **FIT)
    theirs.fit(rows, X["b"][:, :3], **FIT)
    close(ours.predict(rows), theirs.predict(rows, verbose=0))


def test_operators_become_layers(keras: Any, tmp_path: Path) -> None:
    a, b = keras.Input((3,)), keras.Input((3,))
    h = keras.ops.maximum(keras.layers.Dense(3)(a) * b - a, b) + a
    theirs = keras.Model([a, b], keras.ops.concatenate([h, b], axis=-1))
    x = [X["a"][:, :3], X["b"][:, :3]]
    for name in ("k.keras", "k.h5"):
        theirs.save(tmp_path / name)
        ours = fastnn.models.load_model(tmp_path / name)
        kinds = sorted({type(node.layer).__name__ for node in ours.nodes})
        assert kinds == ["Add", "Concatenate", "Dense", "Maximum", "Multiply", "Subtract"]
        close(ours.predict(x), theirs.predict(x, verbose=0))
        ours.save(tmp_path / "m.keras")
        close(ours.predict(x), keras.models.load_model(tmp_path / "m.keras").predict(x, verbose=0))
    keras.Model(a, keras.ops.sum(a, axis=-1)).save(tmp_path / "k.keras")
    with pytest.raises(
        ValueError, match=r"the operation Sum of keras.ops .* is not part of fastnn"
    ):
        fastnn.models.load_model(tmp_path / "k.keras")
    theirs = keras.Model(a, 1.5 - (-((a / 4.0) * 2.0 + 3.0) - 1.0))
    theirs.save(tmp_path / "k.keras")
    ours = fastnn.models.load_model(tmp_path / "k.keras")
    assert {type(node.layer).__name__ for node in ours.nodes} == {"Rescaling"}
    close(ours.predict(x[0]), theirs.predict(x[0], verbose=0))
    keras.Model(a, 2.0 / keras.layers.Dense(3)(a)).save(tmp_path / "k.keras")
    with pytest.raises(ValueError, match=r"bad call of layer .*: 2.0 is no tensor of a model"):
        fastnn.models.load_model(tmp_path / "k.keras")


# ---- order ------------------------------------------------------------------------------------


def drawn(k: Any, seed: int) -> Any:
    """A random graph with shared layers."""
    draw = random.Random(seed)
    inputs = [k.Input((3,), name=f"i{i}") for i in range(draw.randint(1, 3))]
    shared = [k.layers.Dense(3, name=f"s{i}") for i in range(draw.randint(0, 3))]
    tensors = list(inputs)
    for n in range(draw.randint(2, 14)):
        kind = draw.random()
        if kind < 0.35 and shared:
            made = draw.choice(shared)(draw.choice(tensors[-6:]))
        elif kind < 0.65:
            made = k.layers.Dense(3, name=f"d{n}")(draw.choice(tensors[-6:]))
        else:
            read = [draw.choice(tensors) for _ in range(draw.randint(2, 3))]
            made = k.layers.Add(name=f"a{n}")(read)
        tensors.append(made)
    outputs: Any = draw.sample(tensors[len(inputs) :], draw.randint(1, 2))
    if draw.random() < 0.3:
        outputs = {f"{draw.choice('abcxyz')}{i}": tensor for i, tensor in enumerate(outputs)}
    return k.Model(inputs, outputs)


def test_layers_and_calls_come_in_keras_order(keras: Any, tmp_path: Path) -> None:
    for seed in range(150):
        theirs, ours = drawn(keras, seed), drawn(fastnn, seed)
        names = [layer.name for layer in theirs.layers]
        assert names == [layer.name for layer in ours.layers], seed
        by_depth = theirs._nodes_by_depth
        calls = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
        expected = [
            (node.operation.name, [t._keras_history.operation.name for t in node.input_tensors])
            for node in calls if not node.is_input
        ]  # fmt: skip
        got = [(node.layer.name, [t.name for t in node.inputs]) for node in ours.nodes]
        assert got == expected, seed
        if seed % 10 == 0:
            x = [X["a"][:, :3]] * len(ours.inputs)
            theirs.save(tmp_path / "k.keras")
            loaded = fastnn.models.load_model(tmp_path / "k.keras")
            close(loaded.predict(x), theirs.predict(x, verbose=0))
            ours.save(tmp_path / "m.keras")
            back = keras.models.load_model(tmp_path / "m.keras")
            close(ours.predict(x), back.predict(x, verbose=0))
