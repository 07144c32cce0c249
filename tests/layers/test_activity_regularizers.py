"""`activity_regularizer` of every layer: what training and evaluation make of it, and Keras."""

import inspect
import json
import os
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers
from fastnn.layers.merging.base import Merge
from tolerance import KERAS_SHORT_RUN

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

ARGUMENTS: dict[str, dict[str, Any]] = {
    "Activation": {"activation": "tanh"},
    "AlphaDropout": {"rate": 0.25},
    "Dense": {"units": 4, "activation": "relu"},
    "Dot": {"axes": 1},
    "Dropout": {"rate": 0.25},
    "Embedding": {"input_dim": 9, "output_dim": 2},
    "GaussianDropout": {"rate": 0.25},
    "GaussianNoise": {"stddev": 0.25},
    "Normalization": {"mean": [0.5, 0.0, 0.25, 1.0], "variance": [1.0, 2.0, 1.5, 0.5]},
    "Permute": {"dims": (1,)},
    "RepeatVector": {"n": 3},
    "Rescaling": {"scale": 0.5, "offset": 0.25},
    "Reshape": {"target_shape": (2, 2)},
}
NAMES = sorted(
    name
    for name in layers.REGISTRY._classes
    if name not in ("InputLayer", "ActivityRegularization")
)
PENALTY = fastnn.regularizers.L1L2(0.03125, 0.0625)


def data(name: str) -> Any:
    draw = np.random.default_rng(4)
    if name == "Embedding":
        return draw.integers(0, 9, (30, 4))
    return draw.standard_normal((30, 4)).astype("float32")


def model(name: str, functional: bool, penalty: str) -> Any:
    """A net with the layer; its penalty as an argument, as a layer behind it, or none."""
    fastnn.utils.set_random_seed(5)
    cls = getattr(layers, name)
    given = {"activity_regularizer": PENALTY} if penalty == "argument" else {}
    layer = cls(**ARGUMENTS.get(name, {}), **given)
    behind = []
    if penalty == "layer":
        behind.append(layers.ActivityRegularization(PENALTY.l1, PENALTY.l2))
    front = [] if name == "Embedding" else [layers.Dense(4, "tanh")]
    rest = [*behind, layers.Flatten(), layers.Dense(2)]
    if not functional:
        made = fastnn.Sequential([fastnn.Input((4,)), *front, layer, *rest])
    else:
        entry = x = fastnn.Input((4,))
        for each in front:
            x = each(x)
        x = layer([entry, x]) if isinstance(layer, Merge) else layer(x)
        for each in rest:
            x = each(x)
        made = fastnn.Model(entry, x)
    made.compile(fastnn.optimizers.SGD(0.0625), "mse")
    return made


@pytest.mark.parametrize("functional", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_penalty_behind_the_layer(name: str, functional: bool) -> None:
    """Bit for bit the same training as with the layer that only adds the penalty."""
    if not functional and issubclass(getattr(layers, name), Merge):
        return  # has several inputs
    x = data(name)
    y = np.cos(x[:, :2])
    results = []
    for penalty in ("argument", "layer"):
        made = model(name, functional, penalty)
        losses = made.fit(x, y, batch_size=8, epochs=2, verbose=0).history["loss"]
        losses.append(made.evaluate(x, y, verbose=0))
        results.append((losses, [w.tobytes() for w in made.get_weights()]))
    assert results[0] == results[1]
    plain = model(name, functional, "none")
    plain.set_weights(made.get_weights())
    assert plain.evaluate(x, y, verbose=0) < losses[-1]


@pytest.mark.parametrize("name", NAMES)
def test_the_layer_by_itself_and_its_configuration(name: str) -> None:
    cls = getattr(layers, name)
    layer = cls(**ARGUMENTS.get(name, {}), activity_regularizer=PENALTY)
    x = data(name)
    out = layer([x, x + 1] if issubclass(cls, Merge) else x)
    want = (PENALTY.l1 * np.abs(out).sum() + PENALTY.l2 * np.square(out).sum()) / len(out)
    assert layer.losses == pytest.approx([want], rel=1e-5)
    config = json.loads(json.dumps(layer.get_config()))
    assert config["activity_regularizer"]["class_name"] == "L1L2"
    assert cls.from_config(config).get_config() == layer.get_config()
    assert cls(**ARGUMENTS.get(name, {})).get_config().get("activity_regularizer") is None


def test_all_layers_take_it_by_its_name_alone() -> None:
    for name in NAMES:
        parameters = inspect.signature(getattr(layers, name)).parameters
        assert parameters["activity_regularizer"].default is None
        with pytest.raises(ValueError, match="`activity_regularizer` must be L1, L2 or L1L2"):
            getattr(layers, name)(
                **ARGUMENTS.get(name, {}), activity_regularizer="orthogonal_regularizer"
            )
    for call in (layers.InputLayer, layers.ActivityRegularization):
        with pytest.raises(TypeError, match="activity_regularizer"):
            call(**({"shape": (3,)} if call is layers.InputLayer else {}),
                 activity_regularizer="l2")  # fmt: skip


# ---- Keras ----------------------------------------------------------------------------------


def chain(api: Any) -> Any:
    """Penalties behind layers that only move, scale or bend."""

    def activity(l1: float, l2: float) -> Any:
        return api.regularizers.L1L2(l1, l2)

    k = api.layers
    return api.Sequential([
        api.Input((12,)),
        k.Rescaling(0.5, 0.25, activity_regularizer=activity(0.0, 0.03125)),
        k.Dense(12),
        k.Reshape((3, 4), activity_regularizer=activity(0.0, 0.015625)),
        k.Permute((2, 1), activity_regularizer=activity(0.015625, 0.0)),
        k.UnitNormalization(activity_regularizer=activity(0.03125, 0.0)),
        k.Flatten(activity_regularizer=activity(0.0078125, 0.0)),
        k.Dense(6, activity_regularizer="l2"),
        k.Activation("tanh", activity_regularizer=activity(0.0, 0.03125)),
        k.RepeatVector(2, activity_regularizer=activity(0.0, 0.015625)),
        k.Identity(activity_regularizer=activity(0.0, 0.0078125)),
        k.Flatten(),
        k.Dropout(0.0, activity_regularizer=activity(0.0, 0.0078125)),
        k.GaussianNoise(0.0, activity_regularizer=activity(0.0, 0.0078125)),
        k.LeakyReLU(0.25, activity_regularizer=activity(0.0, 0.03125)),
        k.ELU(activity_regularizer=activity(0.0, 0.03125)),
        k.Dense(3),
        k.Softmax(activity_regularizer=activity(0.0, 0.125)),
    ])  # fmt: skip


def graph(api: Any) -> Any:
    """Penalties behind all that merges."""
    k, l2 = api.layers, api.regularizers.L2(0.03125)
    entry = api.Input((12,))
    u, v = k.Dense(6, "tanh", activity_regularizer=l2)(entry), k.Dense(6)(entry)
    outs = [
        getattr(k, name)(activity_regularizer=l2)([u, v])
        for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
    ]
    outs.append(k.Dot(1, activity_regularizer=l2)([u, v]))
    return api.Model(entry, k.Dense(3)(k.Concatenate(activity_regularizer=l2)(outs)))


def numbers(api: Any, make: Any) -> list[float]:
    """Losses of two epochs, of an evaluation behind them, and the sum of each weight.

    Batches have one size and the evaluation is that of another model: Keras on JAX knows penalties
    by the addresses of objects, and may lose some in the second function compiled of a model.
    """
    draw = np.random.default_rng(11)
    made = make(api)
    made.set_weights([draw.uniform(-0.5, 0.5, w.shape) for w in made.get_weights()])
    x = draw.standard_normal((40, 12)).astype("float32")
    made.compile(api.optimizers.SGD(0.0625), "mse")
    fit = made.fit(x, np.cos(x[:, :3]), batch_size=20, epochs=2, shuffle=False, verbose=0)
    other = make(api)
    other.set_weights(made.get_weights())
    other.compile("sgd", "mse")
    loss = other.evaluate(x, np.sin(x[:, :3]), batch_size=20, verbose=0)
    return [*fit.history["loss"], loss, *(float(np.sum(w)) for w in made.get_weights())]


# As Keras 3.15 on JAX computes.
RECORDED: dict[str, list[float]] = {
    "chain": [1.134337, 1.106479, 1.443704, -7.663777, 0.037588, 0.24756, 0.367961, 0.324395,
              -0.304492],
    "graph": [5.203227, 2.851548, 2.350997, -4.340145, -0.429207, -1.680638, -0.550726, -0.128789,
              0.436875],
}  # fmt: skip


@pytest.mark.parametrize("make", [chain, graph], ids=["chain", "graph"])
def test_numbers_are_those_that_keras_gave(make: Any) -> None:
    got = numbers(fastnn, make)
    np.testing.assert_allclose(got, RECORDED[make.__name__], rtol=0, atol=KERAS_SHORT_RUN)


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Keras' and JAX's own
@pytest.mark.parametrize("make", [chain, graph], ids=["chain", "graph"])
def test_numbers_are_those_of_keras(make: Any) -> None:
    keras = pytest.importorskip("keras")
    got = numbers(keras, make)
    np.testing.assert_allclose(got, RECORDED[make.__name__], rtol=0, atol=KERAS_SHORT_RUN)


@pytest.mark.parametrize("functional", [False, True])
def test_a_call_of_a_model_leaves_penalties_in_losses(functional: bool) -> None:
    """Those of outputs first, in the order of the layers, then those of weights, as in Keras."""
    hidden = layers.Dense(4, "tanh", kernel_regularizer="l2", activity_regularizer="l1")
    parts = [hidden, layers.Dropout(0.5, activity_regularizer=PENALTY), layers.Dense(2)]
    if functional:
        entry = x = fastnn.Input((3,))
        for part in parts:
            x = part(x)
        model = fastnn.Model(entry, x)
    else:
        model = fastnn.Sequential([fastnn.Input((3,)), *parts])
    weights = float(np.square(hidden.kernel.numpy()).sum() * 0.01)
    assert model.losses == pytest.approx([weights])
    rows = np.random.default_rng(1).standard_normal((5, 3)).astype("float32")
    model.predict(rows)
    assert model.losses == pytest.approx([weights])
    out = model(rows)
    assert out.tobytes() == model.predict(rows).tobytes()
    inner = np.tanh(rows @ hidden.kernel.numpy())
    activity = [0.01 * np.abs(inner).sum() / 5,
                (PENALTY.l1 * np.abs(inner) + PENALTY.l2 * inner**2).sum() / 5]  # fmt: skip
    assert model.losses == pytest.approx([*activity, weights], rel=1e-5)
    model(rows, training=True)
    assert model.losses[0] == pytest.approx(activity[0], rel=1e-5)
    assert model.losses[1] != pytest.approx(activity[1], rel=1e-2)  # of what the mask left
    model.compile("sgd", "mse")
    y = np.ones((5, 2), "float32")
    model(rows)
    assert model.compute_loss(rows, y, out) == pytest.approx(
        model.evaluate(rows, y, verbose=0), rel=1e-5
    )
