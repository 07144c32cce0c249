"""L-BFGS: what it finds, how it ends, and that nothing but the weights matters to it."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import optimizers


def sine(optimizer: Any, dtype: str = "float32", rows: int = 200) -> tuple[Any, Any, Any]:
    """A small regression and its data."""
    fastnn.utils.set_random_seed(2)
    model = fastnn.Sequential(
        [
            fastnn.Input((1,), dtype=dtype),
            fastnn.layers.Dense(16, activation="tanh", dtype=dtype),
            fastnn.layers.Dense(16, activation="tanh", dtype=dtype),
            fastnn.layers.Dense(1, dtype=dtype),
        ]
    )
    model.compile(optimizer, "mse")
    x = np.linspace(-3, 3, rows).reshape(-1, 1).astype(dtype)
    return model, x, np.sin(2 * x)


def test_least_squares() -> None:
    """A linear layer has one minimum, which linear algebra gives too."""
    draw = np.random.default_rng(1)
    x, y = draw.normal(size=(50, 5)), draw.normal(size=(50, 2))
    model = fastnn.Sequential(
        [fastnn.Input((5,), dtype="float64"), fastnn.layers.Dense(2, dtype="float64")]
    )
    model.compile(optimizers.LBFGS(tolerance_grad=1e-12, tolerance_change=0.0, max_iter=200), "mse")
    loss = model.fit(x, y, batch_size=50, verbose=0).history["loss"][-1]
    wide = np.hstack([x, np.ones((50, 1))])
    best, *_ = np.linalg.lstsq(wide, y, rcond=None)
    # The search ends where the loss, about 1, falls no more: within some four of its roundings of
    # 2^-53. It grows by half the least eigenvalue of its second derivative, about 1, times the
    # square of the distance.
    np.testing.assert_allclose(np.vstack(model.get_weights()), best, rtol=0, atol=3e-8)
    assert loss == pytest.approx(np.mean((wide @ best - y) ** 2), rel=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lower_than_adam_in_as_many_passes(dtype: str) -> None:
    """Three epochs of 100 iterations, a little over one evaluation each, against 450 of Adam."""
    model, x, y = sine(optimizers.LBFGS(), dtype)
    history = model.fit(x, y, batch_size=len(x), epochs=3, verbose=0).history["loss"]
    assert all(b <= a for a, b in itertools.pairwise(history))
    assert model.evaluate(x, y, batch_size=len(x), verbose=0) == history[-1]
    other, *_ = sine(optimizers.Adam(0.01), dtype)
    other.fit(x, y, batch_size=20, epochs=450, verbose=0)
    assert history[-1] < 0.5 * other.evaluate(x, y, verbose=0)


def test_boston() -> None:
    """Real data of thirteen columns, all rows at once."""
    (x, y), _ = fastnn.datasets.boston_housing.load_data()
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    fastnn.utils.set_random_seed(3)
    model = fastnn.Sequential([fastnn.layers.Dense(16, activation="tanh"), fastnn.layers.Dense(1)])
    model.compile(optimizers.LBFGS(max_iter=300), "mse")
    loss = model.fit(x, y, batch_size=len(x), verbose=0).history["loss"][-1]
    assert loss < 3.0


def test_epochs_depend_on_weights_alone(tmp_path: Path) -> None:
    """Saved between epochs, on any number of threads: the same bits."""
    runs = []
    for threads in (1, 2, 3):
        fastnn.set_num_threads(threads)
        model, x, y = sine(optimizers.LBFGS(max_iter=15), rows=1200)
        model.fit(x, y, batch_size=len(x), epochs=2, verbose=0)
        if threads == 3:
            model.save(tmp_path / "m.fnn")
            model = fastnn.models.load_model(tmp_path / "m.fnn")
        history = model.fit(x, y, batch_size=len(x), epochs=2, verbose=0).history["loss"]
        runs.append((history, [w.tobytes() for w in model.get_weights()]))
    fastnn.set_num_threads(0)
    assert runs[0] == runs[1] == runs[2]


def test_ends() -> None:
    model, x, y = sine(optimizers.LBFGS(max_iter=3))
    model.fit(x, y, batch_size=len(x), verbose=0)
    assert model.optimizer.iterations == 3
    model, x, y = sine(optimizers.LBFGS(tolerance_grad=1e6))
    before = model.get_weights()
    model.fit(x, y, batch_size=len(x), epochs=2, verbose=0)
    assert model.optimizer.iterations == 0
    for a, b in zip(before, model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    model, x, y = sine(optimizers.LBFGS(max_eval=1))
    model.fit(x, y, batch_size=len(x), verbose=0)
    assert model.optimizer.iterations == 0


def test_what_is_not_finite_changes_nothing() -> None:
    model, x, y = sine(optimizers.LBFGS())
    before = model.get_weights()
    model.fit(x, np.full_like(y, np.nan), batch_size=len(x), verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_frozen_layers_and_penalties() -> None:
    model, x, y = sine(optimizers.LBFGS(max_iter=20))
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()
    history = model.fit(x, y, batch_size=len(x), epochs=2, verbose=0).history["loss"]
    assert history[1] < history[0]
    for a, b in zip(before, model.layers[0].get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    draw = np.random.default_rng(1)
    x, y = draw.normal(size=(50, 3)), draw.normal(size=(50, 1))
    ridge = fastnn.Sequential(
        [
            fastnn.Input((3,), dtype="float64"),
            fastnn.layers.Dense(
                1, use_bias=False, dtype="float64", kernel_regularizer=fastnn.regularizers.L2(0.5)
            ),
        ]
    )
    ridge.compile(optimizers.LBFGS(tolerance_grad=1e-12, tolerance_change=0.0), "mse")
    ridge.fit(x, y, batch_size=50, verbose=0)
    best = np.linalg.solve(x.T @ x / 50 + 0.5 * np.eye(3), x.T @ y / 50)
    np.testing.assert_allclose(ridge.get_weights()[0], best, rtol=0, atol=1e-11)


def test_refusals() -> None:
    model, x, y = sine(optimizers.LBFGS())
    with pytest.raises(ValueError, match="`batch_size` must be at least 200, the number of rows"):
        model.fit(x, y, verbose=0)
    with pytest.raises(ValueError, match="LBFGS needs the loss"):
        optimizers.LBFGS().apply([np.zeros(1)], [np.zeros(1)])
    with pytest.raises(ValueError, match="`line_search` must be"):
        optimizers.LBFGS(line_search="none")
    with pytest.raises(ValueError, match="`history_size` must be an integer of at least 1"):
        optimizers.LBFGS(history_size=0)
    bound = fastnn.Sequential(
        [fastnn.Input((1,)), fastnn.layers.Dense(1, kernel_constraint="non_neg")]
    )
    with pytest.raises(ValueError, match=r"LBFGS .* constraints, and 'seq.*/dense.*/kernel' has"):
        bound.compile(optimizers.LBFGS(), "mse")
