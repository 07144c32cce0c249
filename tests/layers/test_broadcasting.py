"""Merge layers of shapes that broadcast, RepeatVector, and operators on symbolic tensors."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers

SHAPES = [
    ((3,), (1,)), ((1,), (7,)), ((4, 1), (4, 5)), ((4, 5), (5,)), ((4, 1), (1, 5)), ((1,), (1,)),
    ((2, 3, 1), (3, 4)), ((1, 1, 2), (3, 5, 2)),
]  # fmt: skip
KINDS = {
    layers.Add: np.add, layers.Subtract: np.subtract, layers.Multiply: np.multiply,
    layers.Maximum: np.maximum, layers.Minimum: np.minimum,
}  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_values(kind: Any, shapes: Any, rng: np.random.Generator) -> None:
    """NumPy's, but for the axis of the batch, by arrays and in a model."""
    a, b = (rng.normal(size=(5, *shape)).astype(np.float32) for shape in shapes)
    rank = max(len(shape) for shape in shapes)
    long = [v.reshape(5, *(1,) * (rank + 1 - v.ndim), *v.shape[1:]) for v in (a, b)]
    expected = KINDS[kind](*long)
    assert kind()([a, b]).tobytes() == expected.tobytes()
    entries = [fastnn.Input(shape) for shape in shapes]
    merged = kind()(entries)
    assert merged.shape == (None, *expected.shape[1:])
    assert fastnn.Model(entries, merged).predict([a, b]).tobytes() == expected.tobytes()


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="needs inputs of one shape, or such that broadcast"):
        layers.Add()([fastnn.Input((3,)), fastnn.Input((4,))])


@pytest.mark.parametrize("width", [1, 2, 3, 6, 13])
def test_gradient_of_a_gate(width: int, rng: np.random.Generator) -> None:
    """One number a row that multiplies a vector: a step against the derivative in NumPy."""
    x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, width))
    entry = fastnn.Input((3,))
    gate = layers.Dense(1, use_bias=False, dtype="float64", name="gate")
    body = layers.Dense(width, use_bias=False, dtype="float64", name="body")
    merged = layers.Multiply(dtype="float64")([gate(entry), body(entry)])
    model = fastnn.Model(entry, merged)
    v, w = gate.get_weights()[0], body.get_weights()[0]
    model.compile(fastnn.optimizers.SGD(1.0), "mse")
    model.train_on_batch(x, y)
    error = 2 * ((x @ v) * (x @ w) - y) / y.size
    wanted_v = v - x.T @ (error * (x @ w)).sum(1, keepdims=True)
    wanted_w = w - x.T @ (error * (x @ v))
    # Sums of at most 3 * 13 products of numbers near 1: some hundred roundings.
    np.testing.assert_allclose(gate.get_weights()[0], wanted_v, rtol=0, atol=1e-13)
    np.testing.assert_allclose(body.get_weights()[0], wanted_w, rtol=0, atol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 100])
def test_repeated_vectors(n: int, rng: np.random.Generator) -> None:
    """Copies, and a gradient that is the sum of theirs: as if the next kernel were summed."""
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    layer = layers.RepeatVector(n)
    assert layer(x).shape == (6, n, 3)
    assert np.array_equal(layer(x), np.repeat(x.astype(np.float32)[:, None], n, 1))
    assert layers.deserialize(layers.serialize(layer)).get_config() == layer.get_config()
    first = layers.Dense(3, use_bias=False, dtype="float64")
    last = layers.Dense(2, use_bias=False, dtype="float64")
    model = fastnn.Sequential([
        fastnn.Input((3,)), first, layers.RepeatVector(n, dtype="float64"),
        layers.Flatten(dtype="float64"), last,
    ])  # fmt: skip
    v, w = first.get_weights()[0], last.get_weights()[0]
    model.compile(fastnn.optimizers.SGD(1.0), "mse")
    model.train_on_batch(x, y)
    total = w.reshape(n, 3, 2).sum(0)
    error = 2 * (x @ v @ total - y) / y.size
    # Sums of up to 300 products of numbers near 1.
    np.testing.assert_allclose(
        first.get_weights()[0], v - x.T @ (error @ total.T), rtol=0, atol=1e-12
    )


def test_repeat_vector_refuses() -> None:
    with pytest.raises(ValueError, match="`n` must be an integer of at least 1"):
        layers.RepeatVector(0)
    with pytest.raises(ValueError, match="repeats vectors"):
        layers.RepeatVector(2)(fastnn.Input((2, 3)))


def test_operators(rng: np.random.Generator) -> None:
    a, b = (rng.normal(size=(4, 3)).astype(np.float32) for _ in range(2))
    p, q = fastnn.Input((3,)), fastnn.Input((3,))
    row = np.array([1.0, -2.0, 0.5], np.float32)
    cases = [
        (p + q, a + b), (p - q, a - b), (p * q, a * b), (p + 1, a + 1), (1 + p, a + 1),
        (p - 2, a - 2), (2 - p, 2 - a), (p * 3, a * 3), (0.5 * p, a / 2), (p / 4, a / 4), (-p, -a),
        (p + row, a + row), (row - p, row - a), (p * row, a * row), (p / 3, a / 3),
    ]  # fmt: skip
    for tensor, expected in cases:
        got = fastnn.Model([p, q], tensor).predict([a, b])
        np.testing.assert_allclose(got, expected, rtol=2e-7, atol=0)  # a / 3 is a product here
    assert (p + q).name.startswith("add")
    assert (2 * p).name.startswith("multiply")
    with pytest.raises(TypeError, match="unsupported operand"):
        p + "a"


def test_batch_size_of_an_input() -> None:
    entry = fastnn.Input((3,), batch_size=5)
    assert entry.shape == (5, 3)
    assert (layers.Dense(2)(entry) + 1).shape == (5, 2)
    assert fastnn.Input(batch_shape=(None, 4)).shape == (None, 4)
    model = fastnn.Sequential([fastnn.Input(batch_shape=(5, 3)), layers.Dense(2)])
    assert (model.input_shape, model.output_shape) == ((5, 3), (5, 2))
    assert fastnn.Sequential.from_config(model.get_config()).input_shape == (5, 3)
    assert model.predict(np.ones((7, 3))).shape == (7, 2)
