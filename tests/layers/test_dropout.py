"""Dropout: alone, and within a model."""

import numpy as np
import pytest

import fastnn
from fastnn import layers


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_drops_and_scales_in_training_only(dtype: str) -> None:
    layer = layers.Dropout(0.25, seed=3, dtype=dtype)
    x = np.ones((100, 100))
    assert np.array_equal(layer(x), x)
    out = layer(x, training=True)
    assert out.dtype == dtype
    scale = np.dtype(dtype).type(1 / 0.75)
    assert set(np.unique(out).tolist()) == {0.0, float(scale)}
    # 10 000 draws of probability 1/4: one standard deviation is 0.0043, the seed is fixed.
    assert abs((out == 0).mean() - 0.25) < 4 * 0.0044


def test_masks_change_from_call_to_call_and_repeat_by_seed() -> None:
    x = np.ones((20, 20))
    one, two = layers.Dropout(0.5, seed=1), layers.Dropout(0.5, seed=1)
    first, second = one(x, training=True), one(x, training=True)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, two(x, training=True))
    assert np.array_equal(second, two(x, training=True))


def test_rate_zero_is_the_identity() -> None:
    x = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
    assert np.array_equal(layers.Dropout(0)(x, training=True), x)


def test_rate_zero_costs_nothing_in_training(rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
    with_layer = fastnn.Sequential([
        fastnn.Input((3,)), layers.Dense(4), layers.Dropout(0.0), layers.Dense(1),
    ])  # fmt: skip
    without = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(4), layers.Dense(1)])
    without.set_weights(with_layer.get_weights())
    for net in (with_layer, without):
        net.compile("sgd", "mse")
        net.fit(x, y, shuffle=False, verbose=0)
    for a, b in zip(with_layer.get_weights(), without.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_predict_and_evaluate_do_not_drop(rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((20, 3)), rng.standard_normal(20)
    net = fastnn.Sequential([fastnn.Input((3,)), layers.Dropout(0.9), layers.Dense(1)])
    net.compile("sgd", "mse")
    assert net.predict(x).tobytes() == net.predict(x).tobytes()
    assert net.evaluate(x, y, verbose=0) == net.evaluate(x, y, verbose=0)


def test_config_round_trip() -> None:
    layer = layers.Dropout(0.5, seed=9, name="d")
    again = layers.Dropout.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    x = np.ones((4, 4))
    assert np.array_equal(layer(x, training=True), again(x, training=True))


SHARED = [((None, 1, 6), (4, 6)), ((None, 4, 1), (4, 6)), ((1, None, None), (4, 6)),
          ((1, 1, None), (4, 6)), ([None, 1, None, 1], (3, 4, 5)), ((None, 1, 1), (4, 6)),
          ((9, 4, 6), (4, 6))]  # fmt: skip


@pytest.mark.parametrize("kind", [layers.Dropout, layers.AlphaDropout])
@pytest.mark.parametrize(("shape", "sample"), SHARED)
def test_noise_shape(kind: type, shape: tuple[int | None, ...], sample: tuple[int, ...]) -> None:
    """Alone and in training: one decision along the axes of size 1, several along the others."""
    x = np.ones((9, *sample), np.float32)
    seen = []

    def watch(targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        seen.append(outputs.reshape(x.shape))
        return np.zeros(len(outputs))

    layer = kind(0.5, noise_shape=shape, seed=4)
    net = fastnn.Sequential([fastnn.Input(sample), layer])
    net.compile(fastnn.optimizers.SGD(0.0), "mse", metrics=[watch])
    net.fit(x, x, batch_size=9, shuffle=False, verbose=0)
    for got in (seen[0], layer(x, training=True)):
        mask = got[tuple(slice(1 if n == 1 else None) for n in shape)]
        assert np.array_equal(np.broadcast_to(mask, x.shape), got)
        assert len(np.unique(mask)) == 2
    assert np.array_equal(layer(x), x)
    assert kind.from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize("shape", ["ab", 3, (None, 0), (None, 1.5), (None, -1)])
def test_wrong_noise_shape(shape: object) -> None:
    for kind in (layers.Dropout, layers.AlphaDropout):
        with pytest.raises(ValueError, match="`noise_shape"):
            kind(0.5, noise_shape=shape)


@pytest.mark.parametrize("shape", [(None, 2), (None, 1, 3), (1, 1, 1), (None,)])
def test_noise_shape_that_does_not_fit(shape: tuple[int | None, ...]) -> None:
    with pytest.raises(ValueError, match="must have an entry for each axis of the batch"):
        layers.Dropout(0.5, shape)(np.ones((4, 3)), training=True)
    with pytest.raises(ValueError, match="must have an entry for each axis of the batch"):
        fastnn.Sequential([fastnn.Input((3,)), layers.Dropout(0.5, shape)])


def test_noise_shape_of_another_batch() -> None:
    with pytest.raises(ValueError, match="for batches of 5 rows, got 4"):
        layers.Dropout(0.5, (5, 3))(np.ones((4, 3)), training=True)
