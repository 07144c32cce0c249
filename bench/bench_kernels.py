"""Single kernels: activations, losses, optimisers, one dense layer, shuffling. One thread."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import fastnn
from bench import data
from bench.shapes import MNIST, TABULAR, TRAINING, WIDE, Case
from fastnn import _core

_X = (MNIST.batch, MNIST.widths[1])  # one hidden layer of a batch
_BYTES = 4
_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": lambda z: np.maximum(z, 0.0),
    "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
    "tanh": np.tanh,
    "softplus": lambda z: np.logaddexp(0.0, z),
    "silu": lambda z: z / (1.0 + np.exp(-z)),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
}
_RTOL = 1e-5  # float32 against float64 here: a wrong function, not a last bit, is looked for


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = fastnn.get_num_threads()
    fastnn.set_num_threads(1)
    yield
    fastnn.set_num_threads(before)


@pytest.mark.parametrize("name", _ACTIVATIONS)
def test_activation(benchmark: Any, note: Any, rng: np.random.Generator, name: str) -> None:
    x = rng.standard_normal(_X).astype("float32")
    code = _core.ACTIVATIONS[name]
    found = _core.activation(code, (), x)
    np.testing.assert_allclose(found, _ACTIVATIONS[name](x.astype("float64")), _RTOL, 1e-6)
    benchmark.group = f"activation {_X}"
    benchmark(_core.activation, code, (), x)
    note(1, size=2 * _BYTES * x.size)


@pytest.mark.parametrize("name", _ACTIVATIONS)
def test_activation_grad(benchmark: Any, note: Any, rng: np.random.Generator, name: str) -> None:
    x = rng.standard_normal(_X).astype("float32")
    dy = rng.standard_normal(_X).astype("float32")
    code = _core.ACTIVATIONS[name]
    step = 1e-5
    up, down = (_ACTIVATIONS[name](x.astype("float64") + s * dy) for s in (step, -step))
    # The derivative along dy, summed: both sides of <dy, J dy>.
    wanted = (dy * (up - down)).sum() / (2 * step)
    found = (dy * _core.activation_grad(code, (), x, dy)).sum(dtype="float64")
    assert found == pytest.approx(wanted, rel=1e-3)
    benchmark.group = f"activation gradient {_X}"
    benchmark(_core.activation_grad, code, (), x, dy)
    note(1, size=3 * _BYTES * x.size)


@pytest.mark.parametrize("case", [MNIST, TABULAR, WIDE], ids=lambda case: case.name)
def test_loss(benchmark: Any, note: Any, case: Case) -> None:
    few = case.but(rows=case.batch)
    x = data.inputs(few)
    y = data.targets(few, x)
    z = data.inputs(few.but(widths=(case.widths[-1],)))
    code = _core.LOSSES[f"{case.loss}_logits"]
    wide = z.astype("float64")
    if case.loss == "scce":
        peak = wide.max(axis=1)
        total = np.log(np.exp(wide - peak[:, None]).sum(axis=1)) + peak
        wanted = total - wide[np.arange(len(y)), y]
    else:
        wanted = (np.logaddexp(0.0, wide) - wide * y).mean(axis=1)
    np.testing.assert_allclose(_core.loss(code, (0.0, 0.0), y, z), wanted, _RTOL, 1e-6)
    benchmark.group = "loss gradient, from logits"
    benchmark(_core.loss_grad, code, (0.0, 0.0), y, z)
    note(1, size=2 * _BYTES * z.size)


@pytest.mark.parametrize("name", ["sgd", "sgd_momentum", "sgd_nesterov", "adam"])
def test_optimizer(benchmark: Any, note: Any, rng: np.random.Generator, name: str) -> None:
    n_in, n_out = MNIST.layers[0]
    w = np.ones(n_in * n_out, "float32")
    g = rng.standard_normal(w.size).astype("float32")
    slots = [np.zeros_like(w) for _ in range({"sgd": 0, "adam": 2}.get(name, 1))]
    hyper = (data.BETA_1, data.BETA_2, data.EPSILON) if name == "adam" else (data.MOMENTUM,)
    code = _core.OPTIMIZERS[name]
    rate = data.LEARNING_RATE
    _core.optimizer_step(code, hyper, rate, 1, w, slots, g)
    # From zeroed slots, Adam's first step is the sign of the gradient; Nesterov's looks ahead.
    first = {"adam": np.sign(g), "sgd_nesterov": (1 + data.MOMENTUM) * g}.get(name, g)
    np.testing.assert_allclose(w, 1.0 - rate * first, rtol=0, atol=2e-6)
    benchmark.group = f"optimiser, {w.size} parameters"
    benchmark(_core.optimizer_step, code, hyper, rate, 2, w, slots, g)
    note(1, size=_BYTES * w.size * (3 + 2 * len(slots)))


def _layers() -> list[tuple[int, int, int]]:
    """(rows, n_in, n_out) of every dense layer trained, each once."""
    shapes = [(case.batch, *layer) for case in TRAINING for layer in case.layers]
    return list(dict.fromkeys(shapes))


@pytest.mark.parametrize("shape", _layers(), ids=lambda shape: "x".join(map(str, shape)))
def test_dense(benchmark: Any, note: Any, shape: tuple[int, int, int]) -> None:
    rows, n_in, n_out = shape
    case = MNIST.but(kind="predict", widths=(n_in, n_out), output="relu", rows=rows)
    x, (w, b) = data.inputs(case), data.weights(case)
    layer = fastnn.Sequential([fastnn.Input((n_in,)), fastnn.layers.Dense(n_out, "relu")])
    layer.set_weights([w, b])
    np.testing.assert_allclose(layer.predict(x), np.maximum(x @ w + b, 0.0), 1e-4, 1e-4)
    benchmark.group = "dense layer, forward"
    benchmark(layer.predict, x)
    note(1, flops=case.flops)


@pytest.mark.parametrize("rows", [TRAINING[0].rows, TABULAR.rows], ids=str)
def test_shuffle(benchmark: Any, note: Any, rows: int) -> None:
    order = np.empty(rows, np.int64)
    _core.fill_permutation(data.SEED, 0, 0, order)
    assert (np.sort(order) == np.arange(rows)).all()
    benchmark.group = "shuffle"
    benchmark(_core.fill_permutation, data.SEED, 0, 1, order)
    note(1, size=8 * rows)
