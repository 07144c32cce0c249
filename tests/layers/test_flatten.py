"""Flatten, Input and the declared shapes."""

import numpy as np
import pytest

import fastnn
from fastnn import layers


@pytest.mark.parametrize("shape", [(3,), (3, 4), (3, 4, 5)])
def test_flatten_alone(shape: tuple[int, ...]) -> None:
    x = np.arange(2 * np.prod(shape), dtype=np.float32).reshape(2, *shape)
    layer = layers.Flatten()
    assert np.array_equal(layer(x), x.reshape(2, -1))
    assert layer.compute_output_shape((None, *shape)) == (None, int(np.prod(shape)))


def test_flatten_within_a_model(rng: np.random.Generator) -> None:
    x = rng.standard_normal((6, 4, 3)).astype(np.float32)
    net = fastnn.Sequential([
        fastnn.Input((4, 3)), layers.Dense(2, "tanh"), layers.Flatten(), layers.Dense(1),
    ])  # fmt: skip
    assert net.output_shape == (None, 1)
    parts = x
    for layer in net.layers:
        parts = layer(parts)
    assert net.predict(x).tobytes() == parts.tobytes()
    net.compile("adam", "mse")
    net.fit(x, np.zeros(6), epochs=2, verbose=0)


def test_a_model_may_only_reshape() -> None:
    x = np.arange(12.0).reshape(2, 2, 3)
    net = fastnn.Sequential([fastnn.Input((2, 3)), layers.Flatten()])
    assert np.array_equal(net.predict(x), x.reshape(2, 6))


def test_input_forms() -> None:
    for first in (
        [fastnn.Input((8,)), layers.Dense(2)],
        [fastnn.Input(shape=(8,), dtype="float32", name="in"), layers.Dense(2)],
        [fastnn.Input(batch_shape=(None, 8)), layers.Dense(2)],
        [layers.InputLayer(shape=(8,)), layers.Dense(2)],
        [layers.Dense(2, input_shape=(8,))],
        [layers.Dense(2, input_dim=8)],
    ):
        net = fastnn.Sequential(first)
        assert net.built
        assert net.count_params() == 18
        assert len(net.layers) == 1
        assert fastnn.Sequential.from_config(net.get_config()).count_params() == 18
