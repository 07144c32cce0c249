"""`fit` as users call it: shuffled epochs of the named cases, and the Pima tutorial whole."""

from typing import Any

import numpy as np
import pytest

from bench import data
from bench.shapes import MNIST, OPTIMIZERS, PIMA, PIMA_EPOCHS, TRAINING, Case


def _epoch(benchmark: Any, note: Any, model: Any, case: Case) -> None:
    x, y = data.training_data(case)

    def fit(epochs: int = 1) -> list[float]:
        history = model.fit(x, y, batch_size=case.batch, epochs=epochs, verbose=0).history
        return list(history["loss"])

    losses = fit(2)
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]
    benchmark(fit)
    note(case.steps, flops=case.flops * case.steps)


@pytest.mark.parametrize("case", TRAINING, ids=lambda case: case.name)
def test_fit(benchmark: Any, note: Any, compiled: Any, case: Case) -> None:
    benchmark.group = "fit, an epoch"
    _epoch(benchmark, note, compiled(case), case)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_fit_optimizer(benchmark: Any, note: Any, compiled: Any, name: str) -> None:
    case = MNIST.but(optimizer=name)
    benchmark.group = f"fit, an epoch, {MNIST.name} by optimiser"
    _epoch(benchmark, note, compiled(case), case)


@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch", "predict_on_batch"])
def test_one_batch(benchmark: Any, compiled: Any, method: str) -> None:
    """Single calls, as reinforcement learning makes them: mostly what is round the core."""
    x, y = (rows[: PIMA.batch] for rows in data.training_data(PIMA))
    model = compiled(PIMA)
    arrays = (x,) if method == "predict_on_batch" else (x, y)
    assert np.isfinite(getattr(model, method)(*arrays)).all()
    benchmark.group = f"{PIMA.name}, a batch of {PIMA.batch}"
    benchmark(getattr(model, method), *arrays)


def test_pima(benchmark: Any, compiled: Any) -> None:
    """From a new model to its trained weights: everything that `fit` does counts."""
    x, y = data.training_data(PIMA)
    losses: list[float] = []

    def train(model: Any) -> None:
        history = model.fit(x, y, batch_size=PIMA.batch, epochs=PIMA_EPOCHS, verbose=0)
        losses[:] = history.history["loss"]

    benchmark.group = f"fit, Pima, {PIMA_EPOCHS} epochs"
    benchmark.pedantic(train, setup=lambda: ((compiled(PIMA),), {}), rounds=5)
    assert len(losses) == PIMA_EPOCHS
    assert losses[-1] < losses[0]
