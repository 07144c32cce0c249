"""Batch normalisation as part of the matrix in prediction: exact, refreshed, safe, and refused."""

import threading
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fastnn
from fastnn import _core, layers
from tolerance import assert_catches, fold_bound

Array = NDArray[Any]


def model_of(n_in: int, *parts: Any, dtype: str = "float32") -> fastnn.Sequential:
    """A model of these layers with weights of every size and sign, variances positive."""
    fastnn.utils.set_random_seed(5)
    model = fastnn.Sequential([fastnn.Input((n_in,)), *parts])
    draw = np.random.default_rng(n_in)
    model.set_weights(
        [
            draw.uniform(0.25, 4.0, w.shape)
            if w.name in ("gamma", "moving_variance")
            else draw.normal(size=w.shape) / (w.shape[0] ** 0.5 if w.name == "kernel" else 1)
            for w in model.weights
        ]
    )
    model.compile("sgd", "mse")
    return model


def rows(n: int, n_in: int, dtype: str = "float32") -> Array:
    return np.random.default_rng(n).normal(size=(n, n_in)).astype(dtype)


def factor_of(layer: Any) -> Array:
    """Gamma / sqrt(variance + epsilon), rounded as the core rounds it."""
    variance = layer.moving_variance.numpy()
    root = np.sqrt(variance + variance.dtype.type(layer.epsilon))
    return variance.dtype.type(1) / root * layer.gamma.numpy()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [1, 17, 64, 130])
@pytest.mark.parametrize("use_bias", [True, False])
def test_is_the_plain_net_with_the_folded_matrix(dtype: str, width: int, use_bias: bool) -> None:
    """Bit for bit: the matrix times the factors, the bias through the map, relu in the product."""
    dense = layers.Dense(width, use_bias=use_bias, dtype=dtype)
    norm = layers.BatchNormalization(dtype=dtype)
    model = model_of(9, dense, norm, layers.ReLU(dtype=dtype), dtype=dtype)
    scale = factor_of(norm)
    bias = dense.bias.numpy() if use_bias else np.zeros(width, dtype)
    plain = fastnn.Sequential([fastnn.Input((9,)), layers.Dense(width, "relu", dtype=dtype)])
    shifted = (bias - norm.moving_mean.numpy()).astype(np.longdouble) * scale + norm.beta.numpy()
    plain.set_weights([dense.kernel.numpy() * scale, shifted.astype(dtype)])
    x = rows(33, 9, dtype)
    got = model.predict(x)
    if dtype == "float32" or np.finfo(np.longdouble).nmant > 60:
        assert got.tobytes() == plain.predict(x).tobytes()
    single = np.concatenate([model.predict(x[i : i + 1]) for i in range(len(x))])
    assert single.tobytes() == got.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("k", [3, 100, 600])
def test_behind_a_product_within_roundings(dtype: str, k: int) -> None:
    dense, norm = layers.Dense(31, dtype=dtype), layers.BatchNormalization(dtype=dtype)
    model = model_of(k, dense, norm, dtype=dtype)
    x = rows(20, k, dtype)
    wide = np.longdouble
    w, b = (v.astype(wide) for v in dense.get_weights())
    gamma, beta, mean, variance = (v.astype(wide) for v in norm.get_weights())
    factor = gamma / np.sqrt(variance + wide(np.dtype(dtype).type(norm.epsilon)))
    want = (x.astype(wide) @ w + b - mean) * factor + beta
    terms = np.abs(x.astype(wide)) @ np.abs(w * factor)
    size = terms + (np.abs(b) + np.abs(mean)) * factor + np.abs(beta)
    bound = fold_bound(k, size, dtype)
    assert np.all(np.abs(model.predict(x) - want) <= bound)
    assert_catches(bound, (terms / k).astype(float))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("dropout", [False, True])
def test_in_front_of_a_product_within_roundings(dtype: str, dropout: bool) -> None:
    norm, dense = layers.BatchNormalization(dtype=dtype), layers.Dense(31, dtype=dtype)
    between = [layers.Dropout(0.5, dtype=dtype)] if dropout else []
    model = model_of(100, norm, *between, dense, dtype=dtype)
    x = rows(20, 100, dtype)
    wide = np.longdouble
    w, b = (v.astype(wide) for v in dense.get_weights())
    gamma, beta, mean, variance = (v.astype(wide) for v in norm.get_weights())
    factor = gamma / np.sqrt(variance + wide(np.dtype(dtype).type(norm.epsilon)))
    want = ((x - mean) * factor + beta) @ w + b
    terms = (np.abs(x) * factor) @ np.abs(w)
    size = terms + (np.abs(mean * factor) + np.abs(beta)) @ np.abs(w) + np.abs(b)
    bound = fold_bound(100, size, dtype)
    assert np.all(np.abs(model.predict(x) - want) <= bound)
    assert_catches(bound, (terms / 100).astype(float))


def test_a_far_mean_costs_nothing() -> None:
    """A column of years: folded, x * factor and mean * factor would cancel; it stays a pass."""
    norm, dense = layers.BatchNormalization(), layers.Dense(1)
    model = model_of(3, norm, dense)
    mean = np.float32([2000, 0, 1])
    norm.set_weights([np.ones(3), np.zeros(3), mean, np.float32([0.01, 1, 1])])
    dense.set_weights([np.ones((3, 1)), np.zeros(1)])
    x = (mean + rows(50, 3) * np.float32([0.1, 1, 1])).astype("f")
    hat = (x.astype(float) - mean) / np.sqrt(np.float32([0.01, 1, 1]) + np.float64(norm.epsilon))
    error = np.abs(model.predict(x)[:, 0] - hat.sum(1))
    assert np.all(error <= fold_bound(3, np.abs(hat).sum(1), "float32"))


def change_by(model: fastnn.Sequential, how: str, path: Any) -> None:
    x = rows(12, 6)
    y = np.zeros((12, 2), "f")
    if how == "fit":
        model.fit(x, y, verbose=0)
    elif how == "batch":
        model.train_on_batch(x, y)
    elif how == "assign":
        model.layers[1].gamma.assign(np.full(20, 3.0))
    elif how == "lbfgs":
        model.layers[1].trainable = False
        model.compile(fastnn.optimizers.LBFGS(), "mse")
        model.fit(x, y, batch_size=12, verbose=0)
    else:
        other = model_of(6, *net_layers())
        other.set_weights([w * 0.5 for w in model.get_weights()])
        other.save_weights(path)
        model.load_weights(path)


def net_layers() -> list[Any]:
    norm, dense = layers.BatchNormalization, layers.Dense
    return [dense(20), norm(), layers.ReLU(), norm(), dense(2)]


@pytest.mark.parametrize("how", ["fit", "batch", "assign", "lbfgs", "load"])
def test_every_change_of_weights_is_seen(how: str, tmp_path: Any) -> None:
    """Predictions are those of a new model with the same weights."""
    model, x = model_of(6, *net_layers()), rows(7, 6)
    before = model.predict(x)
    change_by(model, how, tmp_path / "m.weights.h5")
    fresh = model_of(6, *net_layers())
    fresh.set_weights(model.get_weights())
    after = model.predict(x)
    assert after.tobytes() == fresh.predict(x).tobytes()
    assert not np.allclose(after, before)
    assert np.asarray(model(x)).tobytes() == after.tobytes()


def test_evaluate_agrees_and_frozen_training_does() -> None:
    """The unfolded pass of evaluation gives the same to roundings; frozen layers fold too."""
    model, x = model_of(6, *net_layers()), rows(40, 6)
    y = model.predict(x)
    assert model.evaluate(x, y, verbose=0) <= 1e-9
    model.layers[1].trainable = False
    assert model.predict(x).tobytes() == y.tobytes()


def test_predictions_between_steps_allocate_nothing() -> None:
    model, x = model_of(6, *net_layers()), rows(40, 6)
    y = np.zeros((40, 2), "f")

    def step() -> None:
        model.train_on_batch(x, y)
        model.predict(x)
        model.predict(x[:1])

    step()
    before = _core.allocation_count()
    for _ in range(3):
        step()
    assert _core.allocation_count() == before


def test_many_threads_fold_one_model() -> None:
    """The first calls after a change all come at once."""
    model, x = (
        model_of(40, layers.Dense(200), layers.BatchNormalization(), layers.Dense(3)),
        rows(5, 40),
    )
    for turn in range(20):
        weights = [w * (1 + turn % 3) for w in model.get_weights()]
        fresh = fastnn.models.clone_model(model)
        fresh.set_weights(weights)
        want = fresh.predict(x).tobytes()
        model.set_weights(weights)
        start, found = threading.Barrier(6), []

        def call(start: threading.Barrier = start, found: list[bytes] = found) -> None:
            start.wait()
            found.append(model.predict(x).tobytes())

        team = [threading.Thread(target=call) for _ in range(6)]
        for thread in team:
            thread.start()
        for thread in team:
            thread.join()
        assert found == [want] * 6
