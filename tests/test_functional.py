"""Functional models: graphs of layers against the twin, data and compile arguments of several
inputs and outputs, shared layers, description, files, and what is refused.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from reference import Activate, Adam, Add, Concatenate, Dense, Graph, Node, Reshape, Sgd
from reference.columns import Affine, Slice
from reference.merging import Dot, Merge
from reference.multiple import MultipleTwin, Target
from tolerance import assert_trajectory, trajectory_limits, trajectory_sensitivity

fastnn = pytest.importorskip("fastnn")
layers = fastnn.layers

Array = NDArray[Any]
N, BATCH, EPOCHS = 45, 8, 5


class Net(NamedTuple):
    """The same net twice: a model with its data, and a twin of given weights."""

    model: Any
    x: dict[str, Array]
    y: dict[str, Array]
    twin: Callable[[list[Array]], MultipleTwin]
    tensors: dict[str, str]  # tensor of the twin that an output's loss reads


def inputs(dtype: str, **widths: int) -> tuple[dict[str, Any], dict[str, Array]]:
    """Symbolic inputs by name, and rows for them."""
    draw = np.random.default_rng(3)
    made = {name: fastnn.Input((width,), name=name, dtype=dtype) for name, width in widths.items()}
    return made, {name: draw.normal(size=(N, width)) for name, width in widths.items()}


def dense_ops(weights: list[Array]) -> list[Dense]:
    """Dense ops of pairs of kernel and bias."""
    return [Dense(weights[i], weights[i + 1]) for i in range(0, len(weights), 2)]


def residual(dtype: str) -> Net:
    """Two blocks of x + f(x), one with its activation behind the sum."""
    made, x = inputs(dtype, a=6)
    h = layers.Dense(9, "tanh", dtype=dtype)(made["a"])
    f = layers.Dense(9, "softplus", dtype=dtype)(h)
    h2 = layers.Activation("silu", dtype=dtype)(
        layers.add([h, layers.Dense(9, dtype=dtype)(f)], dtype=dtype)
    )
    h3 = layers.add([h2, layers.Dense(9, "tanh", dtype=dtype)(h2)], dtype=dtype)
    model = fastnn.Model(made["a"], layers.Dense(2, dtype=dtype, name="o")(h3))
    model.compile(fastnn.optimizers.Adam(0.01), "mse")

    def twin(weights: list[Array]) -> MultipleTwin:
        d = dense_ops(weights)
        nodes = [
            Node(d[0], ("a",), "z0"), Node(Activate("tanh"), ("z0",), "h"),
            Node(d[1], ("h",), "z1"), Node(Activate("softplus"), ("z1",), "f"),
            Node(d[2], ("f",), "g"), Node(Add(), ("h", "g"), "s"),
            Node(Activate("silu"), ("s",), "h2"), Node(d[3], ("h2",), "z3"),
            Node(Activate("tanh"), ("z3",), "t"), Node(Add(), ("h2", "t"), "h3"),
            Node(d[4], ("h3",), "o"),
        ]  # fmt: skip
        return MultipleTwin(Graph(nodes), {"o": Target("mse")}, Adam(0.01))

    y = {"o": np.sin(x["a"][:, :2])}
    return Net(model, x, y, twin, {"o": "o"})


def towers(dtype: str) -> Net:
    """Two inputs through one shared layer and one each; cosine, concatenation, two losses."""
    made, x = inputs(dtype, a=6, b=6)
    shared = layers.Dense(7, "tanh", dtype=dtype)
    a, b = shared(made["a"]), shared(made["b"])
    u, v = layers.Dense(5, dtype=dtype)(a), layers.Dense(5, "gelu", dtype=dtype)(b)
    cosine = layers.Dot(1, normalize=True, dtype=dtype)([u, v])
    both = layers.Concatenate(dtype=dtype)([u, cosine, v, a])
    p = layers.Dense(1, "sigmoid", dtype=dtype, name="p")(both)
    q = layers.Dense(3, "softmax", dtype=dtype, name="q")(both)
    model = fastnn.Model([made["a"], made["b"]], {"p": p, "q": q})
    model.compile(
        fastnn.optimizers.SGD(0.25, momentum=0.5),
        {"p": "binary_crossentropy", "q": "sparse_categorical_crossentropy"},
        loss_weights={"p": 2.0, "q": 0.5},
    )

    def twin(weights: list[Array]) -> MultipleTwin:
        d = dense_ops(weights)
        nodes = [
            Node(d[0], ("a",), "za"), Node(Activate("tanh"), ("za",), "ha"),
            Node(d[0], ("b",), "zb"), Node(Activate("tanh"), ("zb",), "hb"),
            Node(d[1], ("ha",), "u"), Node(d[2], ("hb",), "zv"),
            Node(Activate("gelu"), ("zv",), "v"), Node(Dot(normalize=True), ("u", "v"), "c"),
            Node(Concatenate(), ("u", "c", "v", "ha"), "all"),
            Node(d[3], ("all",), "p"), Node(d[4], ("all",), "q"),
        ]  # fmt: skip
        losses = {"p": Target("bce_logits", 2.0), "q": Target("scce_logits", 0.5)}
        return MultipleTwin(Graph(nodes), losses, Sgd(0.25, momentum=0.5))

    draw = np.random.default_rng(4)
    y = {"p": draw.integers(0, 2, (N, 1)), "q": draw.integers(0, 3, N)}
    return Net(model, x, y, twin, {"p": "p", "q": "q"})


def merges(dtype: str) -> Net:
    """Every elementwise merge, of tensors that several of them read."""
    made, x = inputs(dtype, a=5)
    s = layers.Dense(6, "tanh", dtype=dtype)(made["a"])
    t = layers.Dense(6, "softsign", dtype=dtype)(made["a"])
    product = layers.multiply([s, t, s], dtype=dtype)
    difference = layers.subtract([product, t], dtype=dtype)
    most = layers.maximum([s, t, difference], dtype=dtype)
    least = layers.minimum([s, difference], dtype=dtype)
    mean = layers.average([most, least, product], dtype=dtype)
    model = fastnn.Model(made["a"], layers.Dense(2, dtype=dtype, name="o")(mean))
    model.compile(fastnn.optimizers.SGD(0.1), "mse")

    def twin(weights: list[Array]) -> MultipleTwin:
        d = dense_ops(weights)
        nodes = [
            Node(d[0], ("a",), "zs"), Node(Activate("tanh"), ("zs",), "s"),
            Node(d[1], ("a",), "zt"), Node(Activate("softsign"), ("zt",), "t"),
            Node(Merge("multiply"), ("s", "t", "s"), "p"), Node(Merge("subtract"), ("p", "t"), "d"),
            Node(Merge("maximum"), ("s", "t", "d"), "most"),
            Node(Merge("minimum"), ("s", "d"), "least"),
            Node(Merge("average"), ("most", "least", "p"), "m"), Node(d[2], ("m",), "o"),
        ]  # fmt: skip
        return MultipleTwin(Graph(nodes), {"o": Target("mse")}, Sgd(0.1))

    return Net(model, x, {"o": np.cos(x["a"][:, :2])}, twin, {"o": "o"})


def operators(dtype: str) -> Net:
    """Quotients, powers, absolute values and parts, of tensors that several of them read."""
    made, x = inputs(dtype, a=5)
    s = layers.Dense(7, "sigmoid", dtype=dtype)(made["a"])
    t = layers.Dense(4, "tanh", dtype=dtype)(made["a"])
    u, v = s[:, 1:5], s[:, 3:]
    quotient = t / (u + 0.5)
    power = v**1.5
    parts = [quotient, power, abs(t), u**-0.3, quotient[:, 2:3]]
    joined = layers.Concatenate(dtype=dtype)(parts)
    model = fastnn.Model(made["a"], layers.Dense(2, dtype=dtype, name="o")(joined))
    model.compile(fastnn.optimizers.SGD(0.05), "mse")

    def twin(weights: list[Array]) -> MultipleTwin:
        d = dense_ops(weights)
        nodes = [
            Node(d[0], ("a",), "zs"), Node(Activate("sigmoid"), ("zs",), "s"),
            Node(d[1], ("a",), "zt"), Node(Activate("tanh"), ("zt",), "t"),
            Node(Slice(1, 4), ("s",), "u"), Node(Slice(3, 4), ("s",), "v"),
            Node(Affine(0.0, 1.0, 0.5), ("u",), "u1"), Node(Merge("divide"), ("t", "u1"), "q"),
            Node(Activate("power", (1.5,)), ("v",), "w"), Node(Activate("abs"), ("t",), "abs"),
            Node(Activate("power", (-0.3,)), ("u",), "r"), Node(Slice(2, 1), ("q",), "q2"),
            Node(Concatenate(), ("q", "w", "abs", "r", "q2"), "all"), Node(d[2], ("all",), "o"),
        ]  # fmt: skip
        return MultipleTwin(Graph(nodes), {"o": Target("mse")}, Sgd(0.05))

    return Net(model, x, {"o": np.cos(x["a"][:, :2])}, twin, {"o": "o"})


def matrices(dtype: str) -> Net:
    """Products of matrices (positions, width), of rows of length one and of sums over positions."""
    made, x = inputs(dtype, a=5)
    shaped = [
        layers.Reshape(shape, dtype=dtype)(layers.Dense(12, dtype=dtype)(made["a"]))
        for shape in ((4, 3), (4, 3), (3, 4))
    ]
    p = layers.Dot(2, normalize=True, dtype=dtype)(shaped[:2])
    r = layers.Dot((1, 2), dtype=dtype)(shaped[1:])
    q = layers.Dot((2, 1), dtype=dtype)([p, layers.Dot((2, 1), dtype=dtype)([shaped[1], r])])
    out = layers.Dense(2, dtype=dtype, name="o")(layers.Flatten(dtype=dtype)(q))
    model = fastnn.Model(made["a"], out)
    model.compile(fastnn.optimizers.SGD(0.001), "mse")

    def twin(weights: list[Array]) -> MultipleTwin:
        d = dense_ops(weights)
        nodes = [
            # The first comes last: it is the nearest to the output.
            Node(d[0], ("a",), "z1"), Node(d[1], ("a",), "z2"), Node(d[2], ("a",), "z0"),
            Node(Reshape((4, 3)), ("z0",), "m0"), Node(Reshape((4, 3)), ("z1",), "m1"),
            Node(Reshape((3, 4)), ("z2",), "m2"), Node(Dot(True, (2, 2)), ("m0", "m1"), "p"),
            Node(Dot(False, (1, 2)), ("m1", "m2"), "r"), Node(Dot(False, (2, 1)), ("m1", "r"), "s"),
            Node(Dot(False, (2, 1)), ("p", "s"), "q"),
            Node(Reshape((12,)), ("q",), "flat"), Node(d[3], ("flat",), "o"),
        ]  # fmt: skip
        return MultipleTwin(Graph(nodes), {"o": Target("mse")}, Sgd(0.001))

    return Net(model, x, {"o": np.cos(x["a"][:, :2])}, twin, {"o": "o"})


NETS = {f.__name__: f for f in (matrices, residual, towers, merges, operators)}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETS)
def test_trajectory_follows_the_twin(name: str, dtype: str) -> None:
    """Loss and every weight after each epoch."""
    net = NETS[name](dtype)
    draw = np.random.default_rng(5)
    shapes = [w.shape for w in net.model.get_weights()]
    weights = [draw.normal(size=s) / np.sqrt(s[0]) for s in shapes]
    weights = [w.astype(dtype).astype(np.float64) for w in weights]
    x = {k: v.astype(dtype).astype(np.float64) for k, v in net.x.items()}
    y = {k: v.astype(dtype).astype(np.float64) for k, v in net.y.items()}

    def twin_run(perturb: Any = None, drop: bool = False) -> dict[str, Array]:
        feeds = {k: v.copy() for k, v in x.items()}
        if drop:
            feeds["a"][0, 0] = 0.0
        targets = {net.tensors[k]: v for k, v in y.items()}
        return net.twin(weights).fit(feeds, targets, BATCH, EPOCHS, perturb)

    base = twin_run()
    net.model.set_weights(weights)
    parts = []
    given_x, given_y = (x if len(x) > 1 else x["a"]), (y if len(y) > 1 else y["o"])
    for _ in range(EPOCHS):
        history = net.model.fit(given_x, given_y, BATCH, shuffle=False, verbose=0).history
        parts.append([np.array(history["loss"][0]), *map(np.float64, net.model.get_weights())])
    got = {str(i): np.stack([p[i] for p in parts]) for i in range(len(parts[0]))}
    limits = trajectory_limits(trajectory_sensitivity(twin_run, base), base, dtype, parties=1)
    assert_trajectory(got, base, limits, twin_run(drop=True))


# ---- data and compile -------------------------------------------------------------------------


def two(**compiled: Any) -> Any:
    """Two inputs, two outputs, compiled with both losses."""
    fastnn.utils.set_random_seed(1)
    a, b = fastnn.Input((4,), name="a"), fastnn.Input((3,), name="b")
    h = layers.concatenate([layers.Dense(5, "relu", name="h")(a), b])
    outputs = [layers.Dense(2, name="p")(h), layers.Dense(1, "sigmoid", name="q")(h)]
    model = fastnn.Model([a, b], outputs, name="two")
    arguments = {"optimizer": "sgd", "loss": ["mse", "binary_crossentropy"], **compiled}
    model.compile(**arguments)
    return model


@pytest.fixture
def rows(rng: np.random.Generator) -> tuple[list[Array], list[Array]]:
    """Rows for `two`."""
    x = [rng.normal(size=(30, 4)), rng.normal(size=(30, 3))]
    return x, [rng.normal(size=(30, 2)), rng.integers(0, 2, (30, 1))]


def test_lists_tuples_dicts_and_batches_are_one(rows: Any) -> None:
    (xa, xb), (yp, yq) = rows
    batches = [((xa[i : i + 10], xb[i : i + 10]), {"p": yp[i : i + 10], "q": yq[i : i + 10]})
               for i in range(0, 30, 10)]  # fmt: skip
    hashes = set()
    for x, y in (
        ([xa, xb], [yp, yq]),
        ((xa, xb), (yp, yq)),
        ({"b": xb, "a": xa}, {"q": yq, "p": yp}),
        (iter(batches), None),
    ):
        model = two()
        model.fit(x, y, **({} if y is None else {"batch_size": 10}), shuffle=False, verbose=0)
        hashes.add(b"".join(w.tobytes() for w in model.get_weights()))
    assert len(hashes) == 1
    whole = model.predict([xa, xb])
    assert [part.shape for part in whole] == [(30, 2), (30, 1)]
    parts = model.predict({"a": xa, "b": xb}, batch_size=7, steps=2)
    streamed = model.predict(iter([([xa[:7], xb[:7]],), ([xa[7:14], xb[7:14]],)]), verbose=0)
    for a, b, c in zip(whole, parts, streamed, strict=True):
        assert a[:14].tobytes() == b.tobytes() == c.tobytes()


def test_logs_are_named_as_keras_names_them(rows: Any) -> None:
    x, y = rows
    model = two(
        metrics={"p": ["mae", fastnn.metrics.RootMeanSquaredError()], "q": "accuracy"},
        weighted_metrics=[None, ["AUC"]], loss_weights=[1.0, 3.0],
    )  # fmt: skip
    history = model.fit(x, y, validation_data=(x, y), epochs=2, verbose=0).history
    names = [
        "loss",
        "p_loss",
        "p_mae",
        "p_root_mean_squared_error",
        "q_accuracy",
        "q_AUC",
        "q_loss",
    ]
    assert set(history) == {*names, *(f"val_{name}" for name in names)}
    logs = model.evaluate(x, y, return_dict=True, verbose=0)
    values = model.evaluate(x, y, verbose=0)
    assert list(logs) == sorted(names)
    assert model.metrics_names[:3] == ["loss", "p_loss", "q_loss"]
    assert dict(zip(model.metrics_names, values, strict=True)) == logs
    assert logs["loss"] == pytest.approx(logs["p_loss"] + 3.0 * logs["q_loss"], rel=1e-12)
    p, q = model.predict(x)
    assert logs["p_mae"] == pytest.approx(np.abs(p - y[0]).mean(), rel=1e-5)
    assert logs["q_accuracy"] == pytest.approx(((q > 0.5) == y[1]).mean())
    assert model.test_on_batch(x, y) == pytest.approx(values, rel=1e-6)


def test_an_output_without_loss(rows: Any) -> None:
    """It needs no targets, its layer gets no gradient, the optimiser still decays its weights."""
    x, y = rows
    model = two(loss={"p": "mse"}, optimizer=fastnn.optimizers.AdamW(0.01, weight_decay=0.5))
    before = model.get_layer("q").get_weights()
    history = model.fit(x, {"p": y[0]}, epochs=3, verbose=0).history
    assert list(history) == ["loss"]
    assert history["loss"][2] < history["loss"][0]
    after = model.get_layer("q").get_weights()
    np.testing.assert_allclose(after[0], before[0] * (1 - 0.01 * 0.5) ** 3, rtol=1e-5)


def test_sample_weights_of_each_output(rows: Any) -> None:
    x, y = rows
    weight = np.linspace(0.5, 2.0, 30)
    both = two().evaluate(x, y, sample_weight=weight, return_dict=True, verbose=0)
    one = two().evaluate(x, y, sample_weight={"q": weight}, return_dict=True, verbose=0)
    none = two().evaluate(x, y, return_dict=True, verbose=0)
    assert both["q_loss"] == one["q_loss"] != none["q_loss"]
    assert one["p_loss"] == none["p_loss"] != both["p_loss"]
    assert both == two().evaluate(x, y, sample_weight=[weight, weight], return_dict=True, verbose=0)


# ---- layers that several models or calls share -----------------------------------------------


def test_models_share_layers(rng: np.random.Generator) -> None:
    """An autoencoder trains the encoder and the decoder that it was made of, wherever weights
    are asked for."""
    x = rng.normal(size=(40, 6))
    entry = fastnn.Input((6,))
    encoder = fastnn.Model(entry, layers.Dense(3, "tanh", name="code")(entry))
    decoder = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(6, name="out")])
    both = fastnn.Model(entry, decoder(encoder(entry)))
    both.compile("adam", "mse")
    decoder.compile("sgd", "mse")
    for model in (both, decoder, both):
        before = [w.copy() for w in both.get_weights()]
        given = x if model is both else encoder.predict(x)
        model.fit(given, x, epochs=2, verbose=0)
        assert decoder.predict(encoder.predict(x)).tobytes() == both.predict(x).tobytes()
        assert any((a != b).any() for a, b in zip(before, both.get_weights(), strict=True))
    assert [layer.name for layer in both.layers[1:]] == ["code", "out"]
    features = fastnn.Model(both.inputs, both.get_layer("code").output)
    assert features.predict(x).tobytes() == encoder.predict(x).tobytes()
    both.get_layer("code").trainable = False
    kept = encoder.get_weights()
    both.fit(x, x, verbose=0)
    assert all((a == b).all() for a, b in zip(kept, encoder.get_weights(), strict=True))


def test_one_input_is_an_output_too(rng: np.random.Generator) -> None:
    """Outputs that no op writes, and one tensor twice."""
    x = rng.normal(size=(5, 4)).astype(np.float32)
    entry = fastnn.Input((4,))
    h = layers.Dense(2)(entry)
    same, first, second = fastnn.Model(entry, [entry, h, h]).predict(x)
    assert (same == x).all()
    assert (first == second).all()


def test_dropout_and_calls_on_arrays(rng: np.random.Generator) -> None:
    x = rng.normal(size=(50, 4)).astype(np.float32)
    entry = fastnn.Input((4,))
    model = fastnn.Model(entry, layers.add([entry, layers.Dropout(0.5)(entry)]))
    assert (model(x) == 2 * x).all()
    dropped = model(x, training=True) / x
    assert set(np.unique(np.round(dropped))) == {1.0, 3.0}


# ---- description and files ----------------------------------------------------------------------


def test_description_survives(rows: Any, tmp_path: Any) -> None:
    x, y = rows
    model = two(metrics={"p": ["mae"]}, optimizer="adam", loss_weights={"q": 0.5})
    model.fit(x, y, verbose=0)
    clone = fastnn.models.clone_model(model)
    assert clone.get_config() == model.get_config()
    clone.set_weights(model.get_weights())
    again = fastnn.models.model_from_json(model.to_json())
    assert again.get_config() == model.get_config()
    path = tmp_path / "two.fnn"
    model.save(path)
    loaded = fastnn.models.load_model(path)
    expected = b"".join(part.tobytes() for part in model.predict(x))
    for other in (clone, loaded):
        assert b"".join(part.tobytes() for part in other.predict(x)) == expected
    model.fit(x, y, verbose=0)
    loaded.fit(x, y, verbose=0)
    assert loaded.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_shared_layer_survives(tmp_path: Any, rng: np.random.Generator) -> None:
    shared = layers.Dense(3, name="shared")
    a, b = fastnn.Input((4,), name="a"), fastnn.Input((4,), name="b")
    model = fastnn.Model({"left": a, "right": b}, layers.dot([shared(a), shared(b)], axes=1))
    assert model.count_params() == 15
    x = {"left": rng.normal(size=(6, 4)), "right": rng.normal(size=(6, 4))}
    model.save(tmp_path / "m.fnn")
    loaded = fastnn.models.load_model(tmp_path / "m.fnn")
    assert [layer.name for layer in loaded.layers[:3]] == ["a", "b", "shared"]
    assert loaded.predict(x).tobytes() == model.predict(x).tobytes()


def test_summary_says_what_is_connected() -> None:
    lines: list[str] = []
    two().summary(print_fn=lines.append)
    assert "Connected to" in lines[0]
    assert "│ h[0][0], b[0][0] " in lines[0]
    assert "Total params: 52" in lines[0]


def test_summary_of_a_shared_layer_and_of_a_chain() -> None:
    x = fastnn.Input((3,), name="x")
    shared = layers.Dense(3, name="s")
    lines: list[str] = []
    once = shared(x)
    model = fastnn.Model(x, layers.Add(name="sum")([shared(once), once]))
    model.summary(print_fn=lines.append, line_length=100)
    assert "│ x[0][0], s[0][0] " in lines[0]
    assert "│ s[1][0], s[0][0] " in lines[0]
    fastnn.Model(x, layers.Dense(1)(x)).summary(print_fn=lines.append)
    assert "Connected" not in lines[1]
    heads = [layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)]
    fastnn.Model(x, heads).summary(print_fn=lines.append)
    assert "Connected to" in lines[2]


def test_what_a_model_says_of_itself() -> None:
    model = two()
    assert model.input_shape == [(None, 4), (None, 3)]
    assert model.output_shape == [(None, 2), (None, 1)]
    assert [t.shape for t in model.inputs] == model.input_shape
    assert model.get_layer("h") in model.layers
    assert model.get_layer(index=0).batch_shape == (None, 4)
    assert model.get_layer(index=0).weights == []
    assert isinstance(model, fastnn.Model)
    assert isinstance(fastnn.Sequential(), fastnn.Model)
    assert model.get_layer("h").output.shape == (None, 5)


# ---- merge layers by themselves ---------------------------------------------------------------


@pytest.mark.parametrize("axis", [1, 2, -1, -2, 3, -3])
def test_concatenate_along_any_axis(axis: int, rng: np.random.Generator) -> None:
    shapes = [[2, 3, 4, 5], [2, 3, 4, 5]]
    place = axis if axis > 0 else axis + 4
    shapes[1][place] = 2
    arrays = [rng.normal(size=s).astype(np.float32) for s in shapes]
    assert (layers.Concatenate(axis)(arrays) == np.concatenate(arrays, axis)).all()


@pytest.mark.parametrize(
    ("a", "b", "axes"),
    [
        ((2, 4), (2, 4), 1), ((2, 4), (2, 4), -1), ((2, 3, 4), (2, 5, 4), 2),
        ((2, 3, 4), (2, 3, 5), 1), ((2, 3, 4), (2, 5, 3), (1, 2)), ((2, 4), (2, 3, 4), (1, 2)),
        ((2, 3, 4), (2, 3), 1),
    ],
)  # fmt: skip
def test_dot_along_any_axes(a: Any, b: Any, axes: Any, rng: np.random.Generator) -> None:
    x, y = rng.normal(size=a), rng.normal(size=b)
    i, j = (axes, axes) if isinstance(axes, int) else axes
    want = np.stack([np.tensordot(u, v, ((i % x.ndim) - 1, (j % y.ndim) - 1))
                     for u, v in zip(x, y, strict=True)])  # fmt: skip
    got = layers.Dot(axes, dtype="float64")([x, y])
    np.testing.assert_allclose(got, want.reshape(got.shape), rtol=1e-12, atol=1e-14)
    assert layers.Dot(axes).compute_output_shape([a, b])[1:] == got.shape[1:]


# ---- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a, b: layers.Add()([]), "takes a list of 1 or more inputs, got 0"),
        (lambda a, b: layers.Add()([a, b]), "needs inputs of one shape"),
        (lambda a, b: layers.Subtract()([a, a, a]), "takes a list of 2 inputs, got 3"),
        (lambda a, b: layers.Add()(a), "takes a list of inputs"),
        (lambda a, b: layers.Concatenate(0), "`axis` must be an integer other than 0"),
        (lambda a, b: layers.Concatenate(3)([a, a]), "its inputs have 2 axes"),
        (lambda a, b: layers.Dot(1)([a, b]), "sums along axes of one size"),
        (lambda a, b: layers.Dot((1, 0)), "`axes` must be an integer other than 0"),
        (lambda a, b: layers.Dense(2)([a, b]), "takes one tensor, got 2"),
        (lambda a, b: fastnn.Model(a, layers.Dense(1)(b)), "depend on the input 'b'"),
        (lambda a, b: fastnn.Model([a, a], a), "`inputs` has one input twice"),
        (lambda a, b: fastnn.Model(layers.Dense(1)(a), a), "`inputs` must come from Input"),
        (lambda a, b: fastnn.Model(a, np.zeros(3)), "`outputs` must be what Input and layers"),
        (lambda a, b: fastnn.Model(a, layers.Dense(1, name="a")(a)), "more than one layer called"),
        (lambda a, b: np.asarray(a), "is symbolic and has no numbers"),
    ],
)
def test_bad_graphs(call: Callable[[Any, Any], Any], message: str) -> None:
    a, b = fastnn.Input((4,), name="a"), fastnn.Input((3,), name="b")
    with pytest.raises(ValueError, match=message):
        call(a, b)


def test_bad_data_and_arguments(rows: Any) -> None:
    x, y = rows
    for arguments, message in (
        ({"loss": ["mse"]}, "`loss` must be a list of 2 or a dict"),
        ({"loss": {"z": "mse"}}, "`loss` has an entry 'z'"),
        ({"metrics": ["mae"]}, "`metrics` must be a list of 2"),
        ({"loss_weights": [1.0]}, "`loss_weights` must be a list of 2"),
    ):
        with pytest.raises(ValueError, match=message):
            two(**arguments)
    model = two()
    weights = [w.copy() for w in model.get_weights()]
    for call, message in (
        (lambda: model.fit(x[0], y), "`x` must be a list of 2 or a dict"),
        (lambda: model.fit([x[0], x[1][:20]], y), "must have as many rows"),
        (lambda: model.fit([x[1], x[0]], y), r"`x\['a'\]` must have shape \(n, 4\)"),
        (lambda: model.fit({"a": x[0]}, y), "`x` has no entry 'b'"),
        (lambda: model.fit(x, y[0]), "`y` must be a list of 2 or a dict"),
        (lambda: model.fit(x, [y[0][:3], y[1]]), r"`y\['p'\]` must have as many rows"),
        (lambda: model.fit(x, y, class_weight={0: 2.0}), "`class_weight` is for models of one"),
        (lambda: model.predict(x[0]), "`x` must be a list of 2 or a dict"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    assert all((a == b).all() for a, b in zip(weights, model.get_weights(), strict=True))


def test_bad_configurations() -> None:
    good = two().get_config()
    for change, message in (
        ({"nodes": [[9, [0]]]}, "a node's layer in the model's configuration is 9"),
        ({"nodes": [[0, [7]]]}, "a node's input"),
        ({"nodes": [[0, []]]}, "bad node"),
        ({"nodes": None}, "no list 'nodes'"),
        ({"outputs": [99]}, "an output in the model's configuration"),
        ({"inputs": good["layers"]}, "not all of the class InputLayer"),
        ({"input_keys": ["one"]}, "bad names"),
        ({"surprise": 1}, "not the configuration of a functional model"),
    ):
        with pytest.raises(ValueError, match=message):
            type(two()).from_config({**good, **change})
