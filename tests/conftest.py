"""Fixtures every test may use: a seeded generator, the tiers of this CPU, code run elsewhere.

A failing test prints the seed of its generator; FASTNN_TEST_SEED replays it.
"""

import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest

SEED = int(os.environ.get("FASTNN_TEST_SEED", "20240229"))

Run = Callable[..., str]


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A generator of this test's own: its seed depends on the test's name alone."""
    seed = [SEED, zlib.crc32(request.node.nodeid.encode())]
    request.node.user_properties.append(("rng_seed", SEED))
    return np.random.default_rng(seed)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the seed in the report of a failed test."""
    report = yield
    seeds = [v for k, v in item.user_properties if k == "rng_seed"]
    if report.failed and seeds:
        report.sections.append(("seed", f"replay with FASTNN_TEST_SEED={seeds[0]}"))
    return report


@pytest.fixture(scope="session")
def isas() -> list[str]:
    """Names of the instruction sets this CPU can run, best first."""
    core = pytest.importorskip("fastnn._core")
    return list(core.config()["isa_available"])


@pytest.fixture(scope="session")
def run_python() -> Run:
    """Run a program in a fresh interpreter and return what it printed.

    run_python(code, isa=None, threads=None, timeout=120, env={...}): FASTNN_ISA and
    FASTNN_NUM_THREADS are set, or removed when None. The program can import the modules of
    tests/. A non-zero exit fails the test and shows the program's output.
    """

    def run(
        code: str,
        isa: str | None = None,
        threads: int | None = None,
        timeout: float = 120.0,
        env: dict[str, str] | None = None,
    ) -> str:
        full = {k: v for k, v in os.environ.items() if k not in _CONTROLS} | (env or {})
        full["PYTHONPATH"] = os.pathsep.join(
            [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        if isa is not None:
            full["FASTNN_ISA"] = isa
        if threads is not None:
            full["FASTNN_NUM_THREADS"] = str(threads)
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=full,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}", pytrace=False)
        return done.stdout

    return run


_CONTROLS = ("FASTNN_ISA", "FASTNN_NUM_THREADS", "OMP_NUM_THREADS")
