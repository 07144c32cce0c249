"""Activation as a layer, alone and behind a dense layer."""

import numpy as np
import pytest

import fastnn
from fastnn import activations, layers

NAMES = ["relu", "tanh", "sigmoid", "softmax", "gelu", "elu", "selu", "silu", "softplus",
         "leaky_relu", "linear", "step"]  # fmt: skip


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


def test_functions_reject() -> None:
    with pytest.raises(ValueError, match="`max_value` and `threshold`"):
        activations.relu([1.0], max_value=6.0)
    with pytest.raises(ValueError, match="`axis` must be the last axis"):
        activations.softmax(np.zeros((2, 3)), axis=0)
    with pytest.raises(ValueError, match="`x` must hold real numbers"):
        activations.tanh("text")
    with pytest.raises(ValueError, match="`alpha` must be a number"):
        activations.elu([1.0], alpha="a")  # type: ignore[arg-type]


def test_get_serialize_deserialize() -> None:
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu
    assert activations.serialize("relu") == "relu"
    for bad in (3, {"class_name": "relu", "config": {"slope": 1}}, {"a": 1}):
        with pytest.raises(ValueError, match="activation"):
            activations.get(bad)
