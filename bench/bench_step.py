"""A training step: one native call for an epoch, and one step through Python."""

from typing import Any

import numpy as np
import pytest

from bench import data
from bench.shapes import TRAINING, Case


def _falls(losses: list[float]) -> bool:
    return bool(np.isfinite(losses).all()) and losses[-1] < losses[0]


@pytest.mark.parametrize("case", TRAINING, ids=lambda case: case.name)
def test_native_epoch(benchmark: Any, note: Any, compiled: Any, case: Case) -> None:
    """An epoch of the core: no Python between steps, in the order of the rows."""
    model = compiled(case)
    x, y = data.training_data(case)
    y = y.reshape(len(y), -1)
    trainer, adam = model.trainer(case.batch), model.optimizer
    rates = np.full(case.steps, adam.learning_rate)

    def epoch() -> float:
        done = trainer.fit(x, y, None, None, case.rows, 0, rates, adam.hyper())
        assert done.steps_done == case.steps
        return float(done.loss_sum / done.loss_weight)

    assert _falls([epoch() for _ in range(2)])
    benchmark.group = "epoch in one native call"
    benchmark(epoch)
    note(case.steps, flops=case.flops * case.steps)


@pytest.mark.parametrize("case", TRAINING, ids=lambda case: case.name)
def test_train_on_batch(benchmark: Any, note: Any, compiled: Any, case: Case) -> None:
    """One step through `train_on_batch`: what Python adds when it is on the path."""
    model = compiled(case)
    few = case.but(rows=case.batch)
    x, y = data.training_data(few)

    def step() -> float:
        model.reset_metrics()
        return float(model.train_on_batch(x, y))

    assert _falls([step() for _ in range(2)])
    benchmark.group = "train_on_batch"
    benchmark(step)
    note(1, flops=few.flops)
