"""The bar of loops of one's own."""

import math
import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from fastnn._messages import is_interactive_logging_enabled, say
from fastnn._progress import format_logs, format_step_time
from fastnn._validation import check_in, check_integer, check_number


class Progbar:
    """Shows how far a loop of one's own is, with averages of what it measures.

    Parameters
    ----------
    target : int or None
        Steps in all, None if that is not known.
    width : int, default=20
        Of the bar.
    verbose : {0, 1, 2}, default=1
        0: silent; 1: a bar that moves, where that can be seen, else a line each time; 2: one line
        at the end.
    interval : float, default=0.05
        Seconds between two drawings.
    stateful_metrics : iterable of str, default=None
        What is shown as it is, not averaged over steps.
    stateless_metrics : iterable of str, default=None
        What alone is averaged over steps. Not together with `stateful_metrics`.
    unit_name : str, default="step"

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> bar = fastnn.utils.Progbar(4, verbose=2)
    >>> for loss in (4.0, 2.0, 2.0):
    ...     bar.add(1, [("loss", loss)])
    >>> bar.update(4, [("loss", 0.5)])  # doctest: +ELLIPSIS
    4/4 - 0s - ...us/step - loss: 0.5000
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError("give `stateful_metrics` or `stateless_metrics`, not both")
        self.target = None if target is None else check_integer(target, "target", 0)
        self.width = check_integer(width, "width", 0)
        self.verbose = int(check_in(verbose, (0, 1, 2, False, True), "verbose"))
        self.interval = check_number(interval, "interval")
        self.unit_name = unit_name
        self.stateful_metrics = None if stateful_metrics is None else set(stateful_metrics)
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._sums: dict[str, tuple[float, int]] = {}  # of values times steps, and steps
        self._seen = self._shown = 0  # steps, and columns of the last drawing
        self._start = time.perf_counter()
        self._first: float | None = None  # when the first step was done
        self._last = -math.inf

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """After `n` more steps; see `update`."""
        self.update(self._seen + n, values)

    def update(
        self, current: int, values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:  # fmt: skip
        """Say that `current` steps are done.

        Parameters
        ----------
        current : int
        values : iterable of (str, float), default=None
            What the last steps have measured. Shown are means over all steps, but for the last
            drawing, which has these values.
        finalize : bool, default=None
            Whether this is the last drawing; None says so at `target`.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._measure(name, float(np.mean(value)), max(current - self._seen, 1), finalize)
        self._seen = current
        now = time.perf_counter()
        each = self._step_time(current, now)
        if self.verbose == 1 and (finalize or now - self._last >= self.interval):
            self._draw(current, now, each, finalize)
            self._last = now
        elif self.verbose == 2 and finalize and self.target:
            say(" - ".join([self._count(current), f"{now - self._start:.0f}s", *self._facts(each)]))

    def _measure(self, name: str, value: float, steps: int, finalize: bool) -> None:
        averaged = (
            name in self.stateless_metrics
            if self.stateless_metrics is not None
            else name not in (self.stateful_metrics or ())
        )
        total, count = self._sums.get(name, (0.0, 0))
        again = averaged and not finalize
        self._sums[name] = (total + value * steps, count + steps) if again else (value, 1)

    def _step_time(self, current: int, now: float) -> float:
        """Return the seconds that a step takes; the first says little when there are others."""
        if current < 1:
            return 0.0
        if current > 1 and self._first is not None:
            return (now - self._first) / (current - 1)
        if current == 1:
            self._first = now
        return (now - self._start) / current

    def _count(self, current: int) -> str:
        if not self.target:
            return f"{current}/Unknown"
        return f"{current:{len(str(self.target))}d}/{self.target}"

    def _facts(self, each: float) -> list[str]:
        means = {name: total / count for name, (total, count) in self._sums.items()}
        facts = [format_step_time(each, self.unit_name)]
        return [*facts, format_logs(means)] if means else facts

    def _draw(self, current: int, now: float, each: float, finalize: bool) -> None:
        line = self._count(current)
        if self.target:
            full = min(self.width, self.width * current // self.target)
            line += f" {'━' * full}{'─' * (self.width - full)}"
        left = each * (self.target - current) if self.target and not finalize else now - self._start
        line += f" {_clock(left)} {' - '.join(self._facts(each))}"
        if not is_interactive_logging_enabled() or not _moves():
            say(line)
            return
        say("\r" + line.ljust(self._shown), end="\n" if finalize else "")
        self._shown = len(line)


def _clock(seconds: float) -> str:
    """Return seconds, minutes and seconds, or hours too."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes == 0:
        return f"{seconds:.0f}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _moves() -> bool:
    """Tell whether a line can be drawn over."""
    return sys.stdout.isatty() or "ipykernel" in sys.modules
