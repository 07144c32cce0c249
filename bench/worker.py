"""One library in a process of its own: prepares a case, then measures when it is told to.

    python -m bench.worker PEER        (started by bench.session, not by hand)

Requests and answers are lines of JSON on standard input and the original standard output; what
libraries print goes to standard error. Requests: hello, check, prepare, measure, latency, release.
"""

import gc
import importlib
import importlib.metadata
import json
import os
import sys
from math import ceil
from time import perf_counter, perf_counter_ns
from typing import Any, TextIO

import numpy as np

from bench import data
from bench.peers import PEERS, Unsupported
from bench.shapes import Case

CHECK_BATCHES = 3
CHECK_EPOCHS = 3
_CHECK_MIN_ROWS = 64
_WARM = 0.02  # seconds of running before a measurement
_CHECK_ROWS = 4096  # rows predicted for a check, at most


_KINDS = {"train": "training", "predict": "inference"}


class Worker:
    """The library under measurement and the case it holds."""

    def __init__(self, peer: str, threads: int) -> None:
        self.threads = threads
        self.peer = importlib.import_module(PEERS[peer].module)
        self.case: Case | None = None
        self.run: Any = None
        self.per_run = 1  # steps of an epoch; 1 for predictions
        self.estimate = 0.0  # seconds of one run, from the last measurement

    def hello(self) -> dict[str, Any]:
        """Return versions and what the library can do."""
        versions = {name: importlib.metadata.version(name) for name in self.peer.VERSIONS}
        facts: dict[str, Any] = {"versions": versions}
        if "fastnn" in versions:
            from fastnn import _core

            facts["config"] = _core.config()
        return facts

    def _function(self, case: Case) -> Any:
        if not hasattr(self.peer, case.kind):
            raise Unsupported(f"not measured in {_KINDS[case.kind]}")
        return getattr(self.peer, case.kind)

    def check(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return losses of a few unshuffled epochs, or the error of predictions.

        Training: the first few batches, from the common weights. Predicting: the largest
        difference from the float64 forward pass.
        """
        case = Case.from_json(fields)
        function = self._function(case)
        weights = data.weights(case)
        if case.kind == "train":
            rows = min(case.rows, max(CHECK_BATCHES * case.batch, _CHECK_MIN_ROWS))
            few = case.but(rows=rows, data="")
            x = data.inputs(few)
            run = function(few, x, data.targets(few, x), weights, self.threads, False)
            return {"losses": run(CHECK_EPOCHS)}
        few = case.but(rows=min(case.rows, _CHECK_ROWS))
        x = data.inputs(few)
        found = np.asarray(function(few, x, weights, self.threads)(), np.float64)
        wanted = data.forward(few, x)
        if found.shape != wanted.shape:
            raise ValueError(f"outputs have shape {found.shape}, expected {wanted.shape}")
        return {"error": float(np.abs(found - wanted).max() / np.abs(wanted).max())}

    def prepare(self, fields: dict[str, Any], warm: bool = True) -> dict[str, Any]:
        """Build the case and run it once, so that compilation is over."""
        case = Case.from_json(fields)
        function = self._function(case)
        weights = data.weights(case)
        self.case, self.estimate = case, 0.0
        if case.kind == "train":
            x, y = data.training_data(case)
            self.run = function(case, x, y, weights, self.threads, True)
            self.per_run = case.steps
        else:
            call = function(case, data.inputs(case), weights, self.threads)

            def repeat(count: int) -> None:
                for _ in range(count):
                    call()

            self.run = repeat
            self.per_run = 1
        if warm:
            self.run(1)
        return {}

    def _time(self, count: int) -> float:
        """Seconds of one run, from `count` runs in one call."""
        start = perf_counter()
        self.run(count)
        return (perf_counter() - start) / count

    def measure(self, seconds: float) -> dict[str, Any]:
        """Return seconds a step or call, over about `seconds` in one uninterrupted stretch.

        With 0 seconds it is one run, and nothing before it.
        """
        if seconds == 0.0:
            return {"seconds": self._time(1) / self.per_run, "runs": 1}
        once = self.estimate
        if once < _WARM:  # others had the caches: bring them back, and see how long a run takes
            count = 1
            while True:
                once = self._time(count)
                if count * once >= _WARM:
                    break
                count = max(2 * count, ceil(_WARM / max(once, 1e-7)))
        count = max(1, ceil(seconds / once))
        gc.collect()
        gc.disable()
        try:
            self.estimate = self._time(count)
        finally:
            gc.enable()
        return {"seconds": self.estimate / self.per_run, "runs": count}

    def latency(self, calls: int) -> dict[str, Any]:
        """Return percentiles of single calls in seconds."""
        taken = np.empty(calls, np.int64)
        for i in range(calls):
            start = perf_counter_ns()
            self.run(1)
            taken[i] = perf_counter_ns() - start
        points = np.percentile(taken, [50, 90, 99, 99.9]) * 1e-9
        return dict(zip(("p50", "p90", "p99", "p99.9"), points.tolist(), strict=True))

    def release(self) -> dict[str, Any]:
        """Drop the case."""
        self.case = self.run = None
        gc.collect()
        return {}


def serve(worker: Worker, requests: TextIO, answers: TextIO) -> None:
    """Answer requests until the input ends."""
    for line in requests:
        request = json.loads(line)
        name = request.pop("do")
        try:
            answer = {"ok": True, **getattr(worker, name)(**request)}
        except Unsupported as error:
            answer = {"ok": False, "status": "unsupported", "note": str(error)}
        except Exception as error:
            first = (str(error).splitlines() or [""])[0]
            answer = {"ok": False, "status": "failed", "note": f"{type(error).__name__}: {first}"}
        print(json.dumps(answer), file=answers, flush=True)


def main() -> None:
    """Serve the library named on the command line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # from here on nothing but answers goes to the parent
    threads = int(os.environ["FASTNN_BENCH_THREADS"])
    if hasattr(os, "sched_setaffinity"):  # every library sees as many CPUs as it may use
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    try:
        worker = Worker(sys.argv[1], threads)
    except ImportError as error:
        note = f"not installed: {error}"
        print(json.dumps({"ok": False, "status": "missing", "note": note}), file=answers)
        return
    print(json.dumps({"ok": True}), file=answers, flush=True)
    serve(worker, sys.stdin, answers)


if __name__ == "__main__":
    main()
