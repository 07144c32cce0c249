"""Activation as a layer, alone and behind a dense layer."""

import functools
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import activations, layers

NAMES = ["relu", "tanh", "sigmoid", "softmax", "gelu", "elu", "selu", "silu", "softplus",
         "leaky_relu", "linear", "step", "relu6", "celu", "softsign", "mish", "exponential",
         "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink",
         "squareplus", "sparse_plus", "sparse_sigmoid", "log_sigmoid", "log_softmax",
         "sparsemax"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_layer_and_function_have_the_same_bits(name: str, rng: np.random.Generator) -> None:
    x = (3 * rng.standard_normal((7, 5))).astype(np.float32)
    function = getattr(activations, name)
    assert layers.Activation(name)(x).tobytes() == function(x).tobytes()
    assert layers.Activation(function)(x).tobytes() == function(x).tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_behind_dense_equals_the_argument(name: str, rng: np.random.Generator) -> None:
    x = rng.standard_normal((20, 4)).astype(np.float32)
    y = rng.standard_normal((20, 3)).astype(np.float32)
    fused = fastnn.Sequential([fastnn.Input((4,)), layers.Dense(6, name), layers.Dense(3)])
    apart = fastnn.Sequential([
        fastnn.Input((4,)), layers.Dense(6), layers.Activation(name), layers.Dense(3),
    ])  # fmt: skip
    apart.set_weights(fused.get_weights())
    for net in (fused, apart):
        net.compile("sgd", "mse")
        net.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(fused.get_weights(), apart.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_shape_and_weights() -> None:
    layer = layers.Activation("relu")
    assert layer(np.zeros((2, 3, 4))).shape == (2, 3, 4)
    assert layer.count_params() == 0
    assert layer.get_weights() == []


def test_config_round_trip() -> None:
    layer = layers.Activation("tanh", name="t")
    assert layers.Activation.from_config(layer.get_config()).get_config() == layer.get_config()


def test_functions_on_arrays_of_any_shape() -> None:
    for shape in ((), (3,), (2, 3), (2, 3, 4), (0, 3)):
        assert activations.relu(np.ones(shape, np.float64)).shape == shape
    assert activations.relu(np.ones(3, np.float64)).dtype == np.float64
    assert activations.relu(np.ones(3, np.int64)).dtype == np.float32
    assert np.array_equal(activations.relu([-2.0, 1.0], negative_slope=0.5), [-1.0, 1.0])
    assert np.array_equal(activations.step([-1.0, 0.0, 1.0]), [0.0, 1.0, 1.0])
    rows = activations.softmax(np.zeros((2, 4)))
    assert np.array_equal(rows, np.full((2, 4), 0.25))


def test_glu_halves_a_layer(rng: np.random.Generator, tmp_path: Any) -> None:
    x = rng.standard_normal((7, 3, 6)).astype(np.float32)
    wanted = activations.glu(x)
    assert np.array_equal(layers.Activation("glu")(x), wanted)
    dense = layers.Dense(8, "glu")
    y = dense(x)
    plain = layers.Dense(8)
    plain.build((None, 3, 6))
    plain.set_weights(dense.get_weights())
    assert np.array_equal(y, activations.glu(plain(x)))
    assert dense.compute_output_shape((None, 3, 6)) == (None, 3, 4)
    model = fastnn.Sequential([fastnn.Input((3, 6)), dense, layers.Flatten(), layers.Dense(1)])
    assert model.layers[-1].kernel.shape == (12, 1)
    model.compile("sgd", "mse")
    before = dense.get_weights()
    model.fit(x, x[:, 0, :1], verbose=0)
    assert all(np.any(a != b) for a, b in zip(before, dense.get_weights(), strict=True))
    for name in ("m.fnn", "m.keras"):
        model.save(tmp_path / name)
        again = fastnn.models.load_model(tmp_path / name)
        assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    with pytest.raises(ValueError, match="must be even, got"):
        layers.Activation("glu")(x[..., :5])
    with pytest.raises(ValueError, match="`axis` of a layer's glu must be -1"):
        layers.Dense(2, functools.partial(activations.glu, axis=1))


def test_glu_gradient(rng: np.random.Generator) -> None:
    """One step of gradient descent in float64 against the derivative written out."""
    x, t = rng.standard_normal((9, 4)), rng.standard_normal((9, 3))
    model = fastnn.Sequential([fastnn.Input((4,), dtype="float64"),
                               layers.Dense(6, "glu", dtype="float64")])  # fmt: skip
    model.compile(fastnn.optimizers.SGD(1.0), "mse")
    w, b = model.get_weights()
    value, gate = np.split(x @ w + b, 2, axis=1)
    open_ = 1.0 / (1.0 + np.exp(-gate))
    dy = 2.0 * (value * open_ - t) / t.size
    dz = np.concatenate([dy * open_, dy * value * open_ * (1.0 - open_)], axis=1)
    model.fit(x, t, batch_size=9, shuffle=False, verbose=0)
    after = model.get_weights()
    np.testing.assert_allclose(w - after[0], x.T @ dz, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(b - after[1], dz.sum(axis=0), rtol=1e-12, atol=1e-14)


def test_functions_reject() -> None:
    for call, message in (
        (lambda: activations.relu([1.0], max_value=-1.0), "`max_value` must not be negative"),
        (lambda: activations.softmax(np.zeros((2, 3)), axis=2), "`axis` must be an axis of `x`"),
        (lambda: activations.sparsemax(1.0), "`axis` must be an axis of `x`"),
        (lambda: activations.celu([1.0], alpha=0.0), "`alpha` of celu must not be 0"),
        (lambda: activations.squareplus([1.0], b=-1.0), "`b` must not be negative"),
        (lambda: activations.soft_shrink([1.0], -0.5), "`threshold` must not be negative"),
        (lambda: activations.glu(np.zeros((2, 3))), "`axis` of glu must have an even length"),
        (lambda: layers.Dense(3, "glu"), "'glu'` halves the last axis"),
        (lambda: layers.Dense(2, "threshold")(np.zeros((1, 2))), "threshold has no default"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(ValueError, match="`x` must hold real numbers"):
        activations.tanh("text")
    with pytest.raises(ValueError, match="`alpha` must be a number"):
        activations.elu([1.0], alpha="a")  # type: ignore[arg-type]


def test_get_serialize_deserialize() -> None:
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu
    assert activations.get("hard_swish") is activations.hard_silu
    assert activations.serialize("relu") == "relu"
    for bad in (3, {"class_name": "relu", "config": {"slope": 1}}, {"a": 1}):
        with pytest.raises(ValueError, match="activation"):
            activations.get(bad)


def test_relu_options_follow_keras() -> None:
    x = np.array([-4.0, -1.0, 0.5, 1.0, 2.0, 9.0], np.float32)
    relu = activations.relu
    assert relu(x, max_value=6).tolist() == [0, 0, 0.5, 1, 2, 6] == activations.relu6(x).tolist()
    assert relu(x, threshold=1).tolist() == [0, 0, 0, 0, 2, 9]
    assert relu(x, 0.5, 6, 1).tolist() == [-2.5, -1, -0.25, 0, 2, 6]
    assert relu(x, threshold=-2).tolist() == [0, -1, 0.5, 1, 2, 9]
    assert relu(x, max_value=6, threshold=-2).tolist() == [0, 0, 0.5, 1, 2, 6]
    assert relu(np.array([-np.inf, np.inf]), threshold=1).tolist() == [0, np.inf]


def test_row_functions_take_any_axis(rng: np.random.Generator) -> None:
    x = rng.standard_normal((3, 4, 5))
    for function in (activations.softmax, activations.log_softmax, activations.sparsemax):
        for axis in range(3):
            moved = np.moveaxis(function(np.moveaxis(x, axis, -1)), -1, axis)
            assert np.array_equal(function(x, axis=axis), moved)
            assert np.array_equal(function(x, axis=axis - 3), moved)
    halves = np.split(x, 2, axis=1)
    expected = halves[0] * activations.sigmoid(halves[1])
    assert np.array_equal(activations.glu(x, axis=1), expected)


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (layers.ReLU(), activations.relu),
        (layers.ReLU(6.0, 0.25, 0.5), lambda x: activations.relu(x, 0.25, 6.0, 0.5)),
        (layers.LeakyReLU(), lambda x: activations.leaky_relu(x, 0.3)),
        (layers.LeakyReLU(0.5), lambda x: activations.leaky_relu(x, 0.5)),
        (layers.ELU(), activations.elu),
        (layers.ELU(alpha=2.0), lambda x: activations.elu(x, 2.0)),
        (layers.Softmax(), activations.softmax),
        (
            layers.Activation(functools.partial(activations.threshold, threshold=0.5,
                                                default_value=-1.0)),
            lambda x: activations.threshold(x, 0.5, -1.0),
        ),
    ],
    ids=repr,
)  # fmt: skip
def test_layers_that_are_activations(
    layer: Any, function: Callable[..., Any], rng: np.random.Generator
) -> None:
    x = (4 * rng.standard_normal((7, 5))).astype(np.float32)
    assert layer(x).tobytes() == function(x).tobytes()
    again = layers.deserialize(json.loads(json.dumps(layers.serialize(layer))))
    assert again.get_config() == layer.get_config()
    assert again(x).tobytes() == layer(x).tobytes()


def test_bad_arguments_of_layers() -> None:
    for make, message in (
        (lambda: layers.ReLU(max_value=-1), "`max_value` must not be negative"),
        (lambda: layers.ReLU(negative_slope=-1), "`negative_slope` must not be negative"),
        (lambda: layers.ReLU(threshold=-1), "`threshold` must not be negative"),
        (lambda: layers.LeakyReLU(None), "`negative_slope` must be a number"),  # type: ignore[arg-type]
        (lambda: layers.ELU("a"), "`alpha` must be a number"),  # type: ignore[arg-type]
        (lambda: layers.Softmax(axis=0)([[1.0]]), "`axis=0` must not name the first axis"),
        (lambda: layers.Softmax(axis="last"), "`axis`"),
    ):
        with pytest.raises(ValueError, match=message):
            make()


def test_names_follow_keras() -> None:
    made = [layers.ReLU(), layers.LeakyReLU(), layers.ELU(), layers.Softmax()]
    names = [layer.name.rstrip("_0123456789") for layer in made]
    assert names == ["re_lu", "leaky_re_lu", "elu", "softmax"]
