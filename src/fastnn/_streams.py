"""`fit`, `evaluate` and `predict` on data that comes batch by batch. No numerics.

Each batch is one native step. Trainers are those of the model, reused for batches of their
size and of smaller ones.
"""

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._data import Data, check_data
from fastnn._objective import Objective, Sums
from fastnn._progress import Progress
from fastnn._random import STREAM_SHUFFLE
from fastnn._runs import Run, native_steps
from fastnn._sources import Batch, Source
from fastnn._training import join_outputs
from fastnn._validation import check_integer
from fastnn.callbacks.callback_list import CallbackList

if TYPE_CHECKING:
    from fastnn.models._compilable import Compilable
    from fastnn.models._evaluable import Evaluable
    from fastnn.models._predicting import Predicting
    from fastnn.models._trainable import Trainable


class First(Source):
    """A source whose first batch has been looked at."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.num_batches, self.restarts = source.num_batches, source.restarts
        self.ordered = source.ordered

    def peek(self) -> Batch:
        """Return the first batch."""
        for batch in self._source.batches(None, 0):
            return batch
        raise ValueError("`x` gave no batches")

    def batches(self, order: NDArray[np.int64] | None, first: int) -> Iterator[Batch]:
        return self._source.batches(order, first)

    def begin_epoch(self) -> None:
        self._source.begin_epoch()

    def end_epoch(self) -> None:
        self._source.end_epoch()


class StreamRun(Run):
    """Batches of a source, and the place in them."""

    def __init__(
        self, model: "Trainable", objective: Objective, source: Source, class_weight: Any,
        shuffle: bool, steps_per_epoch: int | None,
    ) -> None:  # fmt: skip
        self._model, self._objective, self._source = model, objective, source
        self._class_weight = class_weight
        self._shuffle = shuffle and not source.ordered and source.num_batches is not None
        self._limit = steps_per_epoch
        self.steps_per_epoch = steps_per_epoch or source.num_batches
        self._pass: Iterator[Batch] | None = None
        self._cursor = 0  # batches taken from the pass
        self._done = 0  # steps of the current epoch
        self._began = False
        self._sums = objective.sums()

    def epoch(self, callbacks: CallbackList, progress: Progress) -> dict[str, float] | None:
        source = self._source
        source.begin_epoch()
        if self._done == 0:
            self._sums = self._objective.sums()
        while self._limit is None or self._done < self._limit:
            batch = self._next()
            if batch is None and self._done == 0:
                batch = self._next()  # the last epoch ended with the pass
                if batch is None and not self._began:
                    raise ValueError("`x` gave no batches")
            if batch is None:
                break
            self._began = True
            self._step(batch, callbacks, progress)
            if self._model.stop_training:
                break
        if self._done % self._model.steps_per_execution:
            self._end_batch(callbacks)
        done, self._done = self._done, 0
        if not self._model.stop_training and (done == 0 or done < (self._limit or done)):
            wanted = "" if self._limit is None else f" of {self._limit}"
            warnings.warn(
                f"the input ran out of data after {done}{wanted} steps"
                + ("; training ends" if done == 0 else ""),
                stacklevel=4,
            )
        source.end_epoch()
        return self._objective.logs(self._sums) if done else None

    def _next(self) -> Batch | None:
        """Return the next batch, or None at the end of a pass."""
        if self._pass is None:
            state = self._model.training_state
            if self._cursor == 0:
                state.passes += 1
            self._pass = self._source.batches(self._order(state.passes - 1), self._cursor)
        batch = next(self._pass, None)
        if batch is None:
            self._pass, self._cursor = None, 0
        else:
            self._cursor += 1
        return batch

    def _order(self, number: int) -> NDArray[np.int64] | None:
        """Return the order of batches of the pass of that number."""
        if not self._shuffle or self._source.num_batches is None:
            return None
        order = np.empty(self._source.num_batches, np.int64)
        _core.fill_permutation(self._model.training_state.seed, STREAM_SHUFFLE, number, order)
        return order

    def _step(self, batch: Batch, callbacks: CallbackList, progress: Progress) -> None:
        model, objective = self._model, self._objective
        if self._done % model.steps_per_execution == 0:
            callbacks.on_train_batch_begin(self._done)
        data = check_batch(model, objective, batch, self._class_weight)
        optimizer = model.require_optimizer()
        native_steps(
            model.trainer(data.n, at_least=True), objective, self._sums, data, None, 0, 1,
            (optimizer.rates(1), optimizer.hyper()),
        )  # fmt: skip
        self._done += 1
        progress.steps(1)
        if self._done % model.steps_per_execution == 0:
            self._end_batch(callbacks)

    def _end_batch(self, callbacks: CallbackList) -> None:
        if callbacks.wants_train_batches():
            number = _last_of_group(self._done, self._model.steps_per_execution)
            callbacks.on_train_batch_end(number, self._objective.logs(self._sums))

    def place(self) -> dict[str, Any]:
        return {
            "batches": self._source.num_batches, "shuffle": self._shuffle,
            "cursor": self._cursor if self._source.restarts else 0, "done": self._done,
            "sums": self._sums.state(),
        }  # fmt: skip

    def go_on(self, epoch: int, place: dict[str, Any]) -> None:
        mine = self.place()
        cursor, done = (check_integer(place.get(key), key, 0) for key in ("cursor", "done"))
        for key in ("batches", "shuffle"):
            if cursor + done and place.get(key) != mine[key]:
                raise ValueError(
                    "the backup was made within a pass over the data and cannot be continued "
                    f"with other data: `{key}` was {place.get(key)!r}, got {mine[key]!r}"
                )
        self.first_epoch = epoch
        self._pass, self._cursor, self._done = None, cursor, done
        if done:
            self._sums.restore(place.get("sums"))


def check_batch(
    model: "Compilable", objective: Objective, batch: Batch, class_weight: Any = None
) -> Data:
    """Check one batch of a source."""
    return check_data(
        model, objective, batch.x, batch.y, batch.sample_weight, class_weight, prefix="batch "
    )


def evaluate_stream(
    model: "Evaluable", objective: Objective, source: Source, steps: int | None,
    callbacks: CallbackList,
) -> Sums:  # fmt: skip
    """Return the sums of loss and metrics over a source, or over its next `steps` batches."""
    sums, size = objective.sums(), model.steps_per_execution
    model.stop_evaluating = False
    callbacks.on_test_begin()
    source.begin_epoch()
    done = 0
    given = source.batches(None, 0)
    batch = next(given, None)
    while batch is not None and not model.stop_evaluating:
        if done % size == 0:
            callbacks.on_test_batch_begin(done)
        data = check_batch(model, objective, batch)
        native_steps(model.trainer(data.n, at_least=True), objective, sums, data, None, 0, 1)
        done += 1
        batch = None if done == steps else next(given, None)
        if (batch is None or done % size == 0) and callbacks.wants_test_batches():
            callbacks.on_test_batch_end(_last_of_group(done, size), objective.logs(sums))
    _warn_short(done, steps)
    source.end_epoch()
    callbacks.on_test_end(objective.logs(sums))
    return sums


def predict_stream(
    model: "Predicting", source: Source, steps: int | None, callbacks: CallbackList
) -> Any:
    """Return the outputs for the inputs of a source, or for its next `steps` batches."""
    parts: list[Any] = []
    size, seen = model.steps_per_execution, 0
    model.stop_predicting = False
    callbacks.on_predict_begin()
    source.begin_epoch()
    given = source.batches(None, 0)
    batch = next(given, None)
    while batch is not None and not model.stop_predicting:
        if len(parts) % size == 0:
            callbacks.on_predict_batch_begin(len(parts))
        parts.append(model.predict_rows(batch.x, "batch x"))
        batch = None if len(parts) == steps else next(given, None)
        if batch is None or len(parts) % size == 0:
            outputs = parts[-1] if size == 1 else join_outputs(parts[seen:])
            number = _last_of_group(len(parts), size)
            callbacks.on_predict_batch_end(number, {"outputs": outputs})
            seen = len(parts)
    _warn_short(len(parts), steps)
    source.end_epoch()
    callbacks.on_predict_end()
    return join_outputs(parts)


def _last_of_group(done: int, size: int) -> int:
    """Return the number that callbacks get of the last of the steps that they see as one."""
    return (done - 1) // size * size + size - 1


def _warn_short(done: int, steps: int | None) -> None:
    if done == 0:
        raise ValueError("`x` gave no batches")
    if steps is not None and done < steps:
        warnings.warn(f"the input ran out of data after {done} of {steps} steps", stacklevel=4)
