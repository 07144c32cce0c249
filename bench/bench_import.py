"""Importing fastnn in a fresh interpreter, with NumPy there already and without."""

import subprocess
import sys
from statistics import median
from typing import Any

import pytest

_ROUNDS = 5
_TIMED = (
    "import time{first}; t = time.perf_counter(); import fastnn{then}; "
    "print(time.perf_counter() - t)"
)
# Names are loaded when first asked for: what a program pays that goes on to train.
_READY = (
    "; model = fastnn.Sequential([fastnn.Input((8,)), fastnn.layers.Dense(1)])"
    "; model.compile('adam', 'mse', metrics=['mae'])"
)


@pytest.mark.parametrize("then", ["", _READY], ids=["import", "and compile"])
@pytest.mark.parametrize("first", ["", ", numpy"], ids=["cold", "over numpy"])
def test_import(benchmark: Any, first: str, then: str) -> None:
    """The clock of the round is the whole process; `import_ms` is the import alone."""
    seconds: list[float] = []

    def start() -> None:
        done = subprocess.run(
            [sys.executable, "-c", _TIMED.format(first=first, then=then)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        seconds.append(float(done.stdout))

    benchmark.group = "import, whole process"
    benchmark.pedantic(start, rounds=_ROUNDS, warmup_rounds=1)
    assert len(seconds) >= 1
    benchmark.extra_info["import_ms"] = 1e3 * median(seconds[1:] or seconds)
