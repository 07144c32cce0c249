"""Worker processes and rounds: who is measured, in turn, and what is kept of it.

Every library lives in a worker of its own, so that thread pools and imports do not disturb each
other; workers wait on a pipe while it is not their turn. A round goes through all contestants,
and there are several rounds, so that a slow minute of the machine falls on everybody.
"""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import IO, Any

from bench.shapes import Case

_ROOT = Path(__file__).parent.parent
_PATIENCE = 5.0  # seconds a worker may take past the deadline
_SETTLE = 0.05  # seconds between turns: spinning threads of the last one go to sleep
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "FASTNN_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)  # fmt: skip
# Overrides that would keep NumPy's BLAS from choosing the kernel for this CPU.
_DROPPED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "FASTNN_ISA")


class WorkerError(Exception):
    """A worker refused, failed or was lost; `status` is what the record says."""

    def __init__(self, status: str, note: str) -> None:
        super().__init__(note)
        self.status, self.note = status, note


class Link:
    """A worker process seen from here."""

    def __init__(
        self, peer: str, threads: int, log: IO[str], isa: str | None = None,
        python: str = sys.executable, bind: bool = False, deadline: float = float("inf"),
    ) -> None:  # fmt: skip
        env = {k: v for k, v in os.environ.items() if k not in _DROPPED}
        env |= {name: str(threads) for name in _THREAD_VARIABLES}
        env["FASTNN_BENCH_THREADS"] = str(threads)
        env["PYTHONPATH"] = os.pathsep.join(
            [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        if isa is not None:
            env["FASTNN_ISA"] = isa
        if bind:
            env["OMP_PROC_BIND"] = "true"
        self.peer, self.threads, self.isa = peer, threads, isa
        self._process = subprocess.Popen(
            [python, "-m", "bench.worker", peer],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=env, bufsize=0,
        )  # fmt: skip
        self._unread = b""
        self._deadline = deadline
        self.facts: dict[str, Any] = {}
        try:
            self._answer(120.0)
            self.facts = self.ask("hello")
        except WorkerError:
            self.close()
            raise

    def ask(self, request: str, timeout: float = 300.0, **fields: Any) -> dict[str, Any]:
        """Send a request and return the answer."""
        line = json.dumps({"do": request, **fields}) + "\n"
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode())
        except (BrokenPipeError, ValueError):
            raise WorkerError("failed", "the worker is gone") from None
        return self._answer(timeout)

    def _answer(self, timeout: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        end = monotonic() + min(timeout, max(_PATIENCE, self._deadline + _PATIENCE - monotonic()))
        stream = self._process.stdout
        while b"\n" not in self._unread:
            if not select.select([stream], [], [], max(0.0, end - monotonic()))[0]:
                self.close()
                raise WorkerError("failed", f"no answer within {timeout:.0f} s")
            part = os.read(stream.fileno(), 1 << 16)
            if not part:
                raise WorkerError("failed", f"the worker ended with {self._process.wait()}")
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        if not answer.pop("ok"):
            raise WorkerError(answer["status"], answer["note"])
        return answer

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass
class Settings:
    """How measurements are made."""

    threads: int
    rounds: int
    seconds: float  # of one measurement
    bind: bool
    log: IO[str]
    deadline: float = float("inf")  # monotonic
    pythons: dict[str, str] = field(default_factory=dict)  # peer to interpreter

    def late(self) -> bool:
        """Tell whether the time is used up."""
        return monotonic() > self.deadline


class Pool:
    """Workers by (peer, threads, tier), started when first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._links: dict[tuple[str, int, str | None], Link | WorkerError] = {}

    def get(self, peer: str, threads: int | None = None, isa: str | None = None) -> Link:
        """Return the worker, or raise WorkerError with the reason why there is none."""
        s = self.settings
        key = (peer, threads or s.threads, isa)
        link = self._links.get(key)
        if link is None or (isinstance(link, Link) and not link.alive):
            try:
                link = Link(
                    peer,
                    key[1],
                    s.log,
                    isa,
                    s.pythons.get(peer, sys.executable),
                    s.bind,
                    s.deadline,
                )
            except WorkerError as error:
                link = error
            self._links[key] = link
        if isinstance(link, WorkerError):
            raise link
        return link

    def versions(self) -> dict[str, str]:
        """Return the versions of everything that ran."""
        found: dict[str, str] = {}
        for link in self._links.values():
            if isinstance(link, Link):
                found |= link.facts["versions"]
        return dict(sorted(found.items()))

    def close(self) -> None:
        """End all workers."""
        for link in self._links.values():
            if isinstance(link, Link):
                link.close()
        self._links.clear()


@dataclass
class Entry:
    """One contestant of a contest and its result."""

    peer: str
    case: Case
    label: str = ""
    threads: int | None = None
    isa: str | None = None
    status: str = "ok"  # or missing, unsupported, failed, left out
    note: str = ""
    samples: list[float] = field(default_factory=list)  # seconds a step or call
    check: float | None = None  # largest relative difference found before timing
    latency: dict[str, float] = field(default_factory=dict)

    @property
    def best(self) -> float:
        """Smallest sample in seconds."""
        return min(self.samples)

    @property
    def middle(self) -> float:
        """Median of the samples in seconds."""
        return median(self.samples)

    def fail(self, error: WorkerError) -> None:
        """Note why there is no result."""
        self.status, self.note = error.status, error.note

    def to_json(self) -> dict[str, Any]:
        """Return the entry for the record; times in microseconds."""
        out: dict[str, Any] = {
            "peer": self.peer, "label": self.label, "case": self.case.to_json(),
            "threads": self.threads, "isa": self.isa, "status": self.status, "note": self.note,
            "check": self.check, "samples_us": [1e6 * s for s in self.samples],
        }  # fmt: skip
        if self.samples:
            out |= {"min_us": 1e6 * self.best, "median_us": 1e6 * self.middle}
        if self.latency:
            out["latency_us"] = {k: 1e6 * v for k, v in self.latency.items()}
        return out


def contest(pool: Pool, entries: Iterable[Entry], rounds: int | None = None) -> list[Entry]:
    """Prepare all contestants, then measure them in alternating rounds.

    Contestants that share a worker (variants of one library) are prepared anew for each turn.
    """
    entries = list(entries)
    s = pool.settings
    holder: dict[int, Entry] = {}  # worker to the entry it holds
    for _ in range(rounds or s.rounds):
        if s.late():
            break
        for entry in entries:
            if entry.status != "ok" or s.late():
                continue
            try:
                link = pool.get(entry.peer, entry.threads, entry.isa)
                if holder.get(id(link)) is not entry:
                    link.ask("prepare", fields=entry.case.to_json())
                    holder[id(link)] = entry
                sleep(_SETTLE)
                entry.samples.append(link.ask("measure", seconds=s.seconds)["seconds"])
            except WorkerError as error:
                entry.fail(error)
    for entry in entries:
        if entry.status == "ok" and not entry.samples:
            entry.status, entry.note = "left out", "no time left"
    return entries


def release(pool: Pool, entries: Iterable[Entry]) -> None:
    """Drop what the contestants hold."""
    for entry in entries:
        if entry.status == "ok":
            try:
                pool.get(entry.peer, entry.threads, entry.isa).ask("release")
            except WorkerError as error:
                entry.fail(error)
