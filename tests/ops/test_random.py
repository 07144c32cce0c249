"""`fastnn.random`: seeds, ranges, types, moments, signatures."""

import doctest
import inspect
import os
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import random

CALLS: dict[str, tuple[Any, ...]] = {
    "normal": ((400, 50),), "uniform": ((400, 50),), "randint": ((400, 50), 0, 10),
    "truncated_normal": ((400, 50),), "shuffle": (np.arange(20000),),
    "categorical": (np.zeros((2, 3), "float32"), 10000), "dropout": (np.ones((400, 50)), 0.25),
    "gamma": ((400, 50), 2.0), "beta": ((400, 50), 2.0, 3.0), "binomial": ((400, 50), 10, 0.3),
}  # fmt: skip
# 20 000 draws, a fixed seed: means lie within five of their standard deviations
MEANS = {
    "normal": (0, 1), "uniform": (0.5, 1 / 12), "randint": (4.5, 99 / 12),
    "truncated_normal": (0, 0.774), "categorical": (1, 2 / 3), "dropout": (1, 1 / 3),
    "gamma": (2, 2), "beta": (0.4, 0.04), "binomial": (3, 2.1),
}  # fmt: skip


def test_examples() -> None:
    assert doctest.testmod(random).failed == 0


@pytest.mark.parametrize("name", CALLS)
def test_seeds(name: str) -> None:
    def draw(seed: Any) -> Any:
        return getattr(random, name)(*CALLS[name], seed=seed)

    assert np.array_equal(draw(3), draw(3))
    assert not np.array_equal(draw(3), draw(4))
    seeds, again = random.SeedGenerator(3), random.SeedGenerator(3)
    first = draw(seeds)
    assert np.array_equal(first, draw(again))
    assert not np.array_equal(first, draw(seeds))
    fastnn.utils.set_random_seed(5)
    drawn = draw(None)
    assert not np.array_equal(drawn, draw(None))
    fastnn.utils.set_random_seed(5)
    assert np.array_equal(drawn, draw(None))


@pytest.mark.parametrize("name", MEANS)
def test_moments(name: str) -> None:
    values = getattr(random, name)(*CALLS[name], seed=11)
    mean, variance = MEANS[name]
    assert abs(values.mean(dtype=np.float64) - mean) < 5 * np.sqrt(variance / values.size)
    assert abs(values.var(dtype=np.float64) / variance - 1) < 0.1


def test_ranges_and_types() -> None:
    values = random.uniform((100000,), 1.0, 1.0000002, seed=2)
    assert values.dtype == "float32"
    assert values.max() < np.float32(1.0000002)
    assert values.min() >= 1
    assert np.abs(random.truncated_normal((5000,), seed=1)).max() <= 2
    assert random.uniform((3,), 0, 5, dtype="int32", seed=1).dtype == "int32"
    assert random.normal((3,), dtype="float64", seed=1).dtype == "float64"
    rows = random.dropout(np.ones((50, 4)), 0.5, noise_shape=(None, 1), seed=1)
    assert np.array_equal(rows, np.repeat(rows[:, :1], 4, 1))
    with pytest.raises(ValueError, match="`rate` must be in"):
        random.dropout([1.0], 2)
    with pytest.raises(ValueError, match="`seed` must be"):
        random.normal((2,), seed="a")


@pytest.mark.keras
def test_signatures_are_those_of_keras() -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    assert set(random.__all__) == {n for n in dir(keras.random) if not n.startswith("_")}
    for name in random.__all__:
        theirs = inspect.signature(getattr(keras.random, name)).parameters.values()
        ours = inspect.signature(getattr(random, name)).parameters.values()
        plain = [(p.name, p.default) for p in theirs if p.kind is not p.VAR_KEYWORD]
        assert [(p.name, p.default) for p in ours] == plain, name
