"""Training on rows in memory: native calls, their order, and the place in them. No numerics."""

import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._data import Data, take_rows
from fastnn._objective import Objective, Sums
from fastnn._progress import Progress
from fastnn._random import STREAM_SHUFFLE
from fastnn._validation import check_integer
from fastnn.callbacks.callback_list import CallbackList
from fastnn.optimizers._search import Search

if TYPE_CHECKING:
    from fastnn.models._trainable import Trainable


# Elements of predictions that a native call may keep for metrics that need them.
_KEPT = 1 << 22


def native_steps(
    trainer: "_core.Trainer", objective: Objective, sums: Sums, data: Data,
    order: NDArray[np.int64] | None, first: int, count: int,
    fit: tuple[NDArray[np.float64], Any] | None = None,
) -> None:  # fmt: skip
    """Run steps of a trainer and add to `sums`; with `fit`, rates and hyperparameters, train.

    Metrics that need targets and predictions are fed after each native call, so many steps
    may take several.
    """
    if not sums.row_metrics:
        sums.add(_native_call(trainer, data, order, first, count, fit))
        return
    most = max(1, _KEPT // (trainer.batch * objective.row_elements))
    for begin in range(first, first + count, most):
        part = min(most, first + count - begin)
        rows = slice(begin * trainer.batch, min((begin + part) * trainer.batch, data.n))
        kept = objective.room(rows.stop - rows.start, trainer.network.dtype)
        part_fit = None if fit is None else (fit[0][begin - first : begin - first + part], fit[1])
        sums.add(_native_call(trainer, data, order, begin, part, part_fit, kept))
        at = rows if order is None else order[rows]
        sums.add_rows(take_rows(data.y, at), kept, take_rows(data.sample_weight, at))


def _native_call(
    trainer: "_core.Trainer", data: Data, order: NDArray[np.int64] | None, first: int, count: int,
    fit: tuple[NDArray[np.float64], Any] | None, kept: Any = None,
) -> "_core.Result":  # fmt: skip
    x, y, weight = data
    if fit is None:
        return trainer.evaluate(x, y, weight, order, data.n, first, count, kept)
    if isinstance(fit[1], Search):
        if data.n > trainer.batch:
            raise ValueError(
                f"`batch_size` must be at least {data.n}, the number of rows, got "
                f"{trainer.batch}: LBFGS minimizes over all rows at once"
            )
        return trainer.minimize(x, y, weight, data.n, fit[0][0], fit[1], kept)
    return trainer.fit(x, y, weight, order, data.n, first, *fit, kept)


def groups(first: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield steps that callbacks see as one: the number of the first, and how many.

    To callbacks all have `size` steps, as in Keras; the last may have fewer.
    """
    for begin in range(first, end, size):
        yield begin, min(size, end - begin)


class Run(ABC):
    """One call of `fit`: where its batches come from, and the place in them."""

    steps_per_epoch: int | None  # None: as many as a pass over the data turns out to have
    first_epoch: int | None = None  # set by a callback that restores a backup

    @abstractmethod
    def epoch(self, callbacks: CallbackList, progress: Progress) -> dict[str, float] | None:
        """Train one epoch and return its logs, or None when there is no more data."""

    def can_go_ahead(self) -> bool:
        """Tell whether `epochs` can run several at once."""
        return False

    def epochs(self, count: int, keep: Callable[[list[dict[str, float]]], None]) -> None:
        """Train `count` epochs in one go, or fewer, and hand the logs of those finished to `keep`.

        Also when it was interrupted; `keep` may be called again with the same.
        """
        raise NotImplementedError

    @abstractmethod
    def place(self) -> dict[str, Any]:
        """Return where the run is, for a backup."""

    @abstractmethod
    def go_on(self, epoch: int, place: dict[str, Any]) -> None:
        """Continue with `epoch` from a place of an equal run; the model has been restored."""


class TrainingRun(Run):
    """Rows of arrays in memory, their order, and the place in them."""

    def __init__(
        self, model: "Trainable", objective: Objective, data: Data, batch: int, shuffle: bool,
        steps_per_epoch: int | None,
    ) -> None:  # fmt: skip
        self._model = model
        self._objective = objective
        self._data = data
        self._trainer = model.trainer(min(batch, data.n))
        self._batch = min(batch, data.n)
        self._in_pass = math.ceil(data.n / batch)  # steps of one pass over the data
        self._cursor = 0  # next step of the pass; an epoch may end within a pass
        self._done = 0  # steps of the current epoch
        self._sums = objective.sums()
        # One batch of all rows is the same batch in any order, but for the rounding of its sums.
        self._order = np.arange(data.n, dtype=np.int64) if shuffle and self._in_pass > 1 else None
        self._rate = float("nan")
        self.steps_per_epoch: int = min(steps_per_epoch or self._in_pass, self._in_pass)
        self._rates = np.empty(self.steps_per_epoch, np.float64)

    def epoch(self, callbacks: CallbackList, progress: Progress) -> dict[str, float]:
        if self._done == 0:
            self._sums = self._objective.sums()
            if self._cursor == 0:
                self._shuffle(self._model.training_state.passes)
                self._model.training_state.passes += 1
        count = min(self.steps_per_epoch, self._in_pass - self._cursor)
        if count < self.steps_per_epoch:
            warnings.warn(
                f"the input ran out of data after {count} of {self.steps_per_epoch} steps; the "
                "next epoch starts from its beginning",
                stacklevel=4,
            )
        if callbacks.wants_train_batches():
            self._by_batch(count, callbacks, progress)
        else:
            self._by_chunk(count, progress)
        self._cursor = (self._cursor + count) % self._in_pass
        self._done = 0
        return self._objective.logs(self._sums)

    def can_go_ahead(self) -> bool:
        """Every epoch is one pass over the data, and no metric is fed from Python."""
        whole = self.steps_per_epoch == self._in_pass and self._cursor == self._done == 0
        steps = not isinstance(self._model.require_optimizer().hyper(), Search)
        return whole and steps and not self._objective.row_slots

    def epochs(self, count: int, keep: Callable[[list[dict[str, float]]], None]) -> None:
        optimizer, data, state = (
            self._model.require_optimizer(), self._data, self._model.training_state
        )  # fmt: skip
        results: list[_core.Result] = []
        passes, epochs = state.passes, state.epochs
        try:
            rates = optimizer.rates(count * self._in_pass)
        except ValueError:  # of a later epoch perhaps: train those before it
            count = 1
            rates = optimizer.rates(self._in_pass)

        def settle() -> None:
            state.passes = passes + min(len(results) + 1, count)
            state.epochs = epochs + len(results)
            logs = []
            for result in results:
                sums = self._objective.sums()
                sums.add(result)
                logs.append(self._objective.logs(sums))
            keep(logs)

        try:
            self._trainer.fit_epochs(
                data.x, data.y, data.sample_weight, self._order, state.seed, STREAM_SHUFFLE,
                passes, count, data.n, rates, optimizer.hyper(), results,
            )  # fmt: skip
        finally:  # also after Ctrl-C, within the epoch that follows those in `results`
            try:
                settle()
            except KeyboardInterrupt:  # came just then, and must not cost the record of an epoch
                settle()
                raise

    def _shuffle(self, number: int) -> None:
        """Put the rows in the order of the pass of that number."""
        if self._order is not None:
            state = self._model.training_state
            _core.fill_permutation(state.seed, STREAM_SHUFFLE, number, self._order)

    def place(self) -> dict[str, Any]:
        return {
            "rows": self._data.n, "batch": self._batch, "steps": self.steps_per_epoch,
            "shuffle": self._order is not None, "cursor": self._cursor, "done": self._done,
            "sums": self._sums.state(),
        }  # fmt: skip

    def go_on(self, epoch: int, place: dict[str, Any]) -> None:
        mine = self.place()
        cursor, done = (check_integer(place.get(key), key, 0) for key in ("cursor", "done"))
        for key in ("rows", "batch", "steps", "shuffle"):
            if cursor + done and place.get(key) != mine[key]:
                raise ValueError(
                    "the backup was made within a pass over the data and cannot be continued "
                    f"with other data: `{key}` was {place.get(key)!r}, got {mine[key]!r}"
                )
        if cursor + done > self._in_pass:
            raise ValueError(f"the backup's place in the data is wrong: {cursor} + {done}")
        self.first_epoch = epoch
        self._cursor, self._done = cursor, done
        if done:
            self._sums.restore(place.get("sums"))
        self._trainer = self._model.trainer(self._batch)
        if cursor + done:
            self._shuffle(self._model.training_state.passes - 1)

    def _by_batch(self, count: int, callbacks: CallbackList, progress: Progress) -> None:
        size = self._model.steps_per_execution
        for first, steps in groups(self._done, count, size):
            callbacks.on_train_batch_begin(first)
            self._steps(self._cursor + first, steps)
            self._done = first + steps
            progress.steps(steps)
            callbacks.on_train_batch_end(first + size - 1, self._objective.logs(self._sums))
            if self._model.stop_training:
                break

    def _by_chunk(self, count: int, progress: Progress) -> None:
        while self._done < count:
            chunk = min(progress.chunk or count, count - self._done)
            self._steps(self._cursor + self._done, chunk)
            progress.steps(chunk)
            self._done += chunk

    def _steps(self, first: int, count: int) -> None:
        """Run `count` steps in one native call."""
        optimizer, data = self._model.require_optimizer(), self._data
        if optimizer.schedule is not None:
            self._rates[:count] = optimizer.rates(count)
        elif optimizer.learning_rate != self._rate:
            self._rate = optimizer.learning_rate
            self._rates.fill(self._rate)
        native_steps(
            self._trainer, self._objective, self._sums, data, self._order, first, count,
            (self._rates[:count], optimizer.hyper()),
        )  # fmt: skip
