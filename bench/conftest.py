"""What the suites share: models of the named cases, work per run for the record."""

from typing import Any

import numpy as np
import pytest

from bench import data
from bench.peers.fastnn_public import build, optimizer
from bench.shapes import Case

_LOSSES = {"bce": "binary_crossentropy", "mse": "mse", "scce": "sparse_categorical_crossentropy"}


@pytest.fixture
def compiled() -> Any:
    """Return a function that gives a case's compiled model, with the common weights."""

    def make(case: Case) -> Any:
        model = build(case, data.weights(case))
        model.compile(optimizer(case), _LOSSES[case.loss])
        return model

    return make


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator."""
    return np.random.default_rng(data.SEED)


@pytest.fixture
def note(benchmark: Any) -> Any:
    """Return a function that adds rates to the benchmark's record, after it has run."""

    def add(steps: float, flops: float = 0.0, size: float = 0.0) -> None:
        stats = getattr(benchmark, "stats", None)
        if stats is None:  # --benchmark-disable
            return
        each = stats.stats.min
        benchmark.extra_info["us_per_step"] = 1e6 * each / steps
        if flops:
            benchmark.extra_info["gflops"] = flops / each / 1e9
        if size:
            benchmark.extra_info["gbytes_per_s"] = size / each / 1e9

    return add
