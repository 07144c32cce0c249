"""`SeedGenerator` as the seed of initializers and of random layers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import initializers, layers
from fastnn.random import SeedGenerator

RANDOM = ("GlorotNormal", "HeUniform", "LecunNormal", "Orthogonal", "RandomNormal",
          "RandomUniform", "TruncatedNormal", "VarianceScaling")  # fmt: skip
NOISE: dict[str, dict[str, Any]] = {
    "AlphaDropout": {"rate": 0.5}, "Dropout": {"rate": 0.5}, "GaussianDropout": {"rate": 0.5},
    "GaussianNoise": {"stddev": 0.5},
}  # fmt: skip


@pytest.mark.parametrize("name", RANDOM)
def test_each_call_of_an_initializer_takes_the_next_seed(name: str) -> None:
    make = getattr(initializers, name)
    drawing = make(seed=SeedGenerator(7))
    first, second = drawing((5, 4)), drawing((5, 4))
    assert not np.array_equal(first, second)
    again = make(seed=SeedGenerator(7))
    assert np.array_equal(again((5, 4)), first)
    seeds = SeedGenerator(7)
    assert np.array_equal(make(seed=seeds.next())((5, 4)), first)
    assert np.array_equal(make(seed=seeds.next())((5, 4)), second)


@pytest.mark.parametrize("name", RANDOM)
def test_an_initializer_is_described_by_the_first_seed(name: str) -> None:
    drawing = getattr(initializers, name)(seed=SeedGenerator(7, name="mine"))
    first = drawing((3, 3))
    config = json.loads(json.dumps(initializers.serialize(drawing)))
    assert config["config"]["seed"] == {
        "class_name": "SeedGenerator", "config": {"seed": 7, "name": "mine"}
    }  # fmt: skip
    assert np.array_equal(initializers.deserialize(config)((3, 3)), first)
    assert np.array_equal(drawing.clone()((3, 3)), first)


def test_a_wrong_call_takes_no_seed() -> None:
    drawing = initializers.RandomNormal(seed=SeedGenerator(7))
    with pytest.raises(ValueError, match="`shape` must be"):
        drawing((-1,))
    assert np.array_equal(drawing((4,)), initializers.RandomNormal(seed=SeedGenerator(7))((4,)))


@pytest.mark.parametrize("bad", [1.5, "7", [7], {"class_name": "Dense"}, True])
def test_what_is_no_seed_raises(bad: Any) -> None:
    for make in (initializers.HeNormal, lambda seed: layers.Dropout(0.5, seed=seed)):
        with pytest.raises(ValueError, match="`seed` must be an integer"):
            make(seed=bad)


def test_layers_of_a_model_share_a_generator(tmp_path: Path) -> None:
    def net() -> Any:
        start = initializers.HeNormal(seed=SeedGenerator(3))
        return fastnn.Sequential([
            fastnn.Input((4,)),
            layers.Dense(4, kernel_initializer=start),
            layers.Dense(4, kernel_initializer=start),
        ])  # fmt: skip

    model, same = net(), net()
    assert not np.array_equal(model.get_weights()[0], model.get_weights()[2])
    for a, b in zip(model.get_weights(), same.get_weights(), strict=True):
        assert np.array_equal(a, b)
    for suffix in ("keras", "fnn", "h5"):
        model.save(tmp_path / f"m.{suffix}")
        back = fastnn.models.load_model(tmp_path / f"m.{suffix}")
        assert isinstance(back.layers[0].kernel_initializer.seed, SeedGenerator)
        assert back.layers[0].get_config() == model.layers[0].get_config()


@pytest.mark.parametrize("name", NOISE)
def test_a_layer_takes_the_next_seed_when_it_is_made(name: str) -> None:
    seeds = SeedGenerator(7)
    made = [getattr(layers, name)(**NOISE[name], seed=seeds) for _ in range(2)]
    expected = SeedGenerator(7)
    assert [layer.seed for layer in made] == [expected.next() % 2**31 for _ in range(2)]
    x = np.ones((3, 50))
    first, second = (layer(x, training=True) for layer in made)
    assert not np.array_equal(first, second)
    config = json.loads(json.dumps(made[1].get_config()))
    assert np.array_equal(type(made[1]).from_config(config)(x, training=True), second)


def test_masks_in_training_follow_the_generator() -> None:
    x = np.random.default_rng(0).standard_normal((64, 6))

    def trained(seed: int) -> bytes:
        fastnn.utils.set_random_seed(1)
        seeds = SeedGenerator(seed)
        model = fastnn.Sequential([
            fastnn.Input((6,)), layers.Dense(8), layers.Dropout(0.5, seed=seeds),
            layers.GaussianNoise(0.5, seed=seeds), layers.Dense(1),
        ])  # fmt: skip
        model.compile("sgd", "mse")
        model.fit(x, x[:, :1], epochs=2, verbose=0)
        return b"".join(w.tobytes() for w in model.get_weights())

    assert trained(5) == trained(5)
    assert trained(5) != trained(6)
