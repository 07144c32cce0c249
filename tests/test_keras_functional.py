"""Functional models against Keras 3: the same weights and rows, the same logs and weights."""

import os
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tolerance import KERAS_SHORT_RUN

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

pytestmark = [
    pytest.mark.keras,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Keras' and JAX's own
]

fastnn = pytest.importorskip("fastnn")

Array = NDArray[Any]
N = 60


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras with the JAX backend."""
    module = pytest.importorskip("keras")
    if module.backend.backend() != "jax":
        pytest.skip("needs the JAX backend")
    return module


def residual(k: Any, axis: int = 1) -> Any:
    """A residual net, a dot without normalisation, and a tensor that is read by both."""
    a = k.Input((6,), name="a")
    h = k.layers.Dense(8, activation="tanh")(a)
    r = k.layers.Dense(8, activation="relu")(k.layers.Dense(8, activation="gelu")(h))
    s = k.layers.Activation("silu")(k.layers.Add()([h, r]))
    c = k.layers.concatenate([s, k.layers.dot([s, h], axes=axis)])
    model = k.Model(a, k.layers.Dense(1, name="o")(c))
    model.compile("adam", "mse", metrics=["mae"])
    return model


def towers(k: Any) -> Any:
    """Two inputs, a shared layer, cosine, every merge, two outputs with weights and metrics."""
    a, b = k.Input((6,), name="a"), k.Input((6,), name="b")
    shared = k.layers.Dense(7, activation="tanh")
    u, v = shared(a), shared(b)
    parts = [
        k.layers.Dot(1, normalize=True)([u, v]),
        k.layers.maximum([u, v]), k.layers.minimum([u, v]), k.layers.average([u, v, u]),
        k.layers.multiply([u, v]), k.layers.subtract([u, v]),
    ]  # fmt: skip
    c = k.layers.Concatenate()(parts)
    p = k.layers.Dense(1, activation="sigmoid", name="p")(c)
    q = k.layers.Dense(3, activation="softmax", name="q")(c)
    model = k.Model([a, b], [p, q])
    model.compile(
        k.optimizers.SGD(0.1, momentum=0.5),
        {"p": "binary_crossentropy", "q": "sparse_categorical_crossentropy"},
        loss_weights={"p": 2.0, "q": 0.5},
        metrics={"p": ["accuracy"], "q": ["accuracy"]},
    )
    return model


def nested(k: Any) -> Any:
    """Models called on tensors, one of them a chain."""
    entry = k.Input((6,), name="a")
    encoder = k.Model(entry, k.layers.Dense(3, activation="tanh")(entry))
    decoder = k.Sequential([k.Input((3,)), k.layers.Dense(6, name="o")])
    model = k.Model(entry, decoder(encoder(entry)))
    model.compile("rmsprop", "mae")
    return model


def shared(k: Any) -> Any:
    """Two lists of class numbers through one embedding, batch normalisation and PReLU."""
    a, b = k.Input((4,), name="a"), k.Input((3,), name="b")
    table = k.layers.Embedding(9, 5)
    norm, bend = k.layers.BatchNormalization(momentum=0.5), k.layers.PReLU()
    scale, flat = k.layers.LayerNormalization(), k.layers.Flatten()
    dense = [k.layers.Dense(8), k.layers.Dense(8)]
    sides = [
        scale(bend(norm(each(flat(table(entry))))))
        for each, entry in zip(dense, (a, b), strict=True)
    ]
    y = k.layers.Dense(1, name="o")(k.layers.concatenate(sides))
    model = k.Model([a, b], y)
    model.compile("sgd", "mse")
    return model


NETS = {"residual": residual, "towers": towers, "nested": nested, "shared": shared}


def data(name: str) -> tuple[Any, Any]:
    """Inputs and targets of a net."""
    draw = np.random.default_rng(6)
    if name == "shared":
        numbers = [draw.integers(0, 9, (N, n)) for n in (4, 3)]
        return numbers, draw.normal(size=(N, 1)).astype(np.float32)
    a, b = (draw.normal(size=(N, 6)).astype(np.float32) for _ in range(2))
    if name == "towers":
        return [a, b], [(a[:, :1] > 0).astype(np.float32), draw.integers(0, 3, N)]
    return a, a if name == "nested" else np.sin(a[:, :1])


def run(k: Any, name: str) -> tuple[dict[str, list[float]], list[Array], list[Array], Any]:
    """History, weights, predictions and evaluation, from weights that depend on nothing else."""
    model = NETS[name](k)
    draw = np.random.default_rng(7)
    model.set_weights([
        (np.abs(draw.normal(size=np.shape(w))) / np.sqrt(np.shape(w)[0])).astype(np.float32)
        if np.ndim(w) == 1
        else (draw.normal(size=np.shape(w)) / np.sqrt(np.shape(w)[0])).astype(np.float32)
        for w in model.get_weights()
    ])  # fmt: skip
    x, y = data(name)
    history = model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0).history
    predicted = model.predict(x, verbose=0)
    found = predicted if isinstance(predicted, list) else [predicted]
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    values = model.evaluate(x, y, verbose=0)
    return history, [np.asarray(w) for w in model.get_weights()], found, (logs, values)


@pytest.mark.parametrize("name", NETS)
def test_runs_are_keras_runs(name: str, keras: Any) -> None:
    """Names and order of logs and weights, and their numbers."""
    got, want = run(fastnn, name), run(keras, name)
    assert list(got[0]) == list(want[0])
    for key, series in want[0].items():
        np.testing.assert_allclose(
            got[0][key], series, rtol=KERAS_SHORT_RUN, atol=KERAS_SHORT_RUN, err_msg=key
        )
    for kind in (1, 2):
        assert len(got[kind]) == len(want[kind])
        for a, b in zip(got[kind], want[kind], strict=True):
            np.testing.assert_allclose(a, b, rtol=KERAS_SHORT_RUN, atol=KERAS_SHORT_RUN)
    assert set(got[3][0]) == set(want[3][0])
    np.testing.assert_allclose(got[3][1], want[3][1], rtol=KERAS_SHORT_RUN, atol=KERAS_SHORT_RUN)


@pytest.mark.parametrize("name", ["residual", "towers"])
def test_shapes_and_names_are_keras(name: str, keras: Any) -> None:
    got, want = NETS[name](fastnn), NETS[name](keras)
    for attribute in ("input_shape", "output_shape", "output_names"):
        assert getattr(got, attribute) == getattr(want, attribute)
    kinds = [type(layer).__name__ for layer in want.layers]
    assert [type(layer).__name__ for layer in got.layers] == kinds
