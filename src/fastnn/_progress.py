"""What `fit` and `evaluate` print. tqdm is imported only when a bar is drawn."""

import math
import sys
import time
from collections.abc import Mapping
from typing import Any

from fastnn._messages import is_interactive_logging_enabled, say

# A bar appears after this many seconds and moves at most this often: a network that is
# trained before then pays nothing for it.
_DELAY = 0.3
_INTERVAL = 0.1

_FIRST_CHUNK = 16  # steps; later chunks follow from the measured speed


def resolve_verbose(verbose: Any) -> int:
    """Return 0 (silent), 1 (bar) or 2 (lines of each epoch).

    "auto" is a bar on a terminal or in a notebook and lines elsewhere, so that log files
    hold no control characters.
    """
    if isinstance(verbose, str) and verbose == "auto":
        terminal = sys.stderr is not None and sys.stderr.isatty()
        return 1 if terminal or "ipykernel" in sys.modules else 2
    if isinstance(verbose, (bool, int)) and verbose in (0, 1, 2):
        return int(verbose)
    raise ValueError(f"`verbose` must be 'auto', 0, 1 or 2, got {verbose!r}")


def format_logs(logs: Mapping[str, float]) -> str:
    """Return ``key: value`` pairs, with exponents where four decimals say nothing."""
    parts = []
    for key, value in logs.items():
        plain = value == 0 or 1e-3 < abs(value) < 1e6
        parts.append(f"{key}: {value:.4f}" if plain else f"{key}: {value:.4e}")
    return " - ".join(parts)


def format_seconds(seconds: float) -> str:
    """Return a short time."""
    if seconds < 1.0:
        return f"{seconds * 1e3:.0f}ms"
    return f"{seconds:.1f}s"


def format_step_time(seconds: float, unit: str = "step") -> str:
    """Return the time of a step."""
    if seconds >= 1.0 or seconds == 0.0:
        return f"{seconds:.0f}s/{unit}"
    return f"{seconds * 1e3:.0f}ms/{unit}" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us/{unit}"


def format_line(steps: int | None, seconds: float, logs: Mapping[str, float]) -> str:
    """Return what Keras prints of steps, time, time of a step, loss and metrics."""
    parts = [f"{steps}/{steps}"] if steps else []
    parts.append(f"{seconds:.0f}s")
    if steps:
        parts.append(format_step_time(seconds / steps))
    return " - ".join([*parts, format_logs(logs)] if logs else parts)


class Progress:
    """Says nothing; the base of those that do."""

    chunk: int | None = None  # steps of a native call; None is the whole epoch

    def begin_epoch(self, epoch: int) -> None:
        """Before an epoch."""

    def steps(self, count: int) -> None:
        """After `count` more steps."""

    def end_epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        """After an epoch."""

    def close(self, finished: bool) -> None:
        """At the end, also after an exception."""


class Lines(Progress):
    """Two lines per epoch: its number, then steps, time, loss and metrics."""

    def __init__(self, epochs: int, steps_per_epoch: int | None) -> None:
        self._epochs = epochs
        self._steps_per_epoch = steps_per_epoch
        self._done = 0
        self._start = 0.0

    def begin_epoch(self, epoch: int) -> None:
        self._done = 0
        self._start = time.perf_counter()
        say(f"Epoch {epoch + 1}/{self._epochs}")

    def steps(self, count: int) -> None:
        self._done += count

    def end_epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        done = self._done or self._steps_per_epoch
        say(format_line(done, time.perf_counter() - self._start, logs))


class Bar(Progress):
    """One bar over all epochs; a single line instead when training was over at once."""

    def __init__(self, epochs: int, initial_epoch: int, steps_per_epoch: int | None) -> None:
        self._epochs = epochs
        self._total: int | None = None
        self._steps_per_epoch = math.inf
        if steps_per_epoch is not None:
            self._total = (epochs - initial_epoch) * steps_per_epoch
            self._steps_per_epoch = steps_per_epoch
        self._start = self._last = time.perf_counter()
        self._done = self._shown = 0
        self._epoch = initial_epoch
        self._logs: Mapping[str, float] = {}
        self._bar: Any = None
        self.chunk = _FIRST_CHUNK

    def begin_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def steps(self, count: int) -> None:
        self._done += count
        now = time.perf_counter()
        speed = self._done / max(now - self._start, 1e-9)
        chunk = max(1, int(speed * _INTERVAL))
        self.chunk = None if chunk >= self._steps_per_epoch else chunk
        if now - self._last >= _INTERVAL and now - self._start >= _DELAY:
            self._draw(now)

    def _draw(self, now: float) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, unit="step", dynamic_ncols=True, leave=True)
            self._bar.start_t -= now - self._start
        self._bar.set_description_str(f"Epoch {self._epoch + 1}/{self._epochs}", refresh=False)
        self._bar.set_postfix_str(format_logs(self._logs), refresh=False)
        self._bar.update(self._done - self._shown)
        self._shown, self._last = self._done, now

    def end_epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        self._logs = logs

    def close(self, finished: bool) -> None:
        now = time.perf_counter()
        if self._bar is not None:
            self._draw(now)
            self._bar.refresh()
            self._bar.close()
        elif finished and self._logs:
            seconds = format_seconds(now - self._start)
            epoch = f"Epoch {self._epoch + 1}/{self._epochs}"
            say(f"{epoch} - {seconds} in all - {format_logs(self._logs)}")


def make_progress(
    verbose: Any, epochs: int, initial_epoch: int, steps_per_epoch: int | None
) -> Progress:
    """Return the progress that `verbose` asks for."""
    level = resolve_verbose(verbose)
    if level == 1 and is_interactive_logging_enabled():
        return Bar(epochs, initial_epoch, steps_per_epoch)
    return Lines(epochs, steps_per_epoch) if level else Progress()
