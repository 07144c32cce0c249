"""Memory: what `fit` adds to a process, and that serving adds nothing, call after call."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import data
from bench.peers.fastnn_public import predict
from bench.shapes import MNIST, MNIST_ROWS, PIMA_ROW, TABULAR, WIDE, Case
from fastnn import _core

_SLACK_MB = 30.0
_SLOTS = 2  # Adam
_CALLS = 100_000
_GROWTH_KB = 256  # what an interpreter may hold more after that many calls

_FIT = """
import json, re, sys
from bench import data
from bench.peers.fastnn_public import build, optimizer
from bench.shapes import CASES
case = CASES[sys.argv[1]]
x, y = data.training_data(case)
weights = data.weights(case)
loss = "binary_crossentropy" if case.loss == "bce" else "sparse_categorical_crossentropy"
def field(name):
    status = open("/proc/self/status").read()
    return int(re.search(name + r":\\s*(\\d+)", status).group(1)) / 1024
open("/proc/self/clear_refs", "w").write("5")  # the peak starts from here
before = field("VmRSS")
model = build(case, weights)
model.compile(optimizer(case), loss)
compiled = field("VmHWM") - before
open("/proc/self/clear_refs", "w").write("5")
history = model.fit(x, y, batch_size=case.batch, epochs=2, verbose=0).history["loss"]
added = field("VmHWM") - before
print(json.dumps({"added": added, "compiled": compiled, "losses": history}))
"""


def _budget_mb(case: Case) -> float:
    """Weights, gradients and slots; a batch of activations and their gradients; the slack."""
    parameters = case.params * (2 + _SLOTS)
    batch = 2 * case.batch * sum(case.widths)
    return 4 * (parameters + batch) / 2**20 + _SLACK_MB


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("case", [TABULAR, MNIST, WIDE], ids=lambda case: case.name)
def test_peak_of_fit(benchmark: Any, case: Case) -> None:
    """The clock is the whole process; `added_mb` is what the process had beyond data and
    interpreter at the highest point of `fit`, `peak_before_fit_mb` while model and slots were made.
    """
    found: dict[str, Any] = {}

    def run() -> None:
        done = subprocess.run(
            [sys.executable, "-c", _FIT, case.name], cwd=Path(__file__).parent.parent,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.update(json.loads(done.stdout))

    benchmark.group = "memory of fit, whole process"
    benchmark.pedantic(run, rounds=1)
    assert found["losses"][-1] < found["losses"][0]
    benchmark.extra_info |= {
        "added_mb": found["added"], "budget_mb": _budget_mb(case),
        "peak_before_fit_mb": found["compiled"],
    }  # fmt: skip
    assert found["added"] <= _budget_mb(case)


def _resident_kb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS in /proc/self/status")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("case", [PIMA_ROW, MNIST_ROWS], ids=lambda case: case.name)
def test_serving_is_flat(benchmark: Any, case: Case) -> None:
    """The same call again and again allocates nothing in the core and keeps memory flat."""
    import fastnn

    call = predict(case, data.inputs(case), data.weights(case), fastnn.get_num_threads())
    first = np.array(call())
    calls = _CALLS if case.rows == 1 else 50
    for _ in range(max(10, calls // 100)):
        call()
    allocations, resident = _core.allocation_count(), _resident_kb()
    benchmark.group = "serving"
    benchmark.pedantic(call, rounds=1, iterations=calls)
    grown = _resident_kb() - resident
    assert _core.allocation_count() == allocations
    assert grown <= _GROWTH_KB
    np.testing.assert_array_equal(call(), first)
    benchmark.extra_info["grown_kb"] = grown
