"""The loops of `fit`, `evaluate` and `predict`: epochs, callbacks, validation. No numerics.

An epoch is one native call; many short ones are, when nobody looks between them. Only when a
callback asks for batches, or a bar has to move within a long epoch, is it cut into several.
Weights have the same bits either way; a reported mean may differ in the last bit of its float64,
because sums of sums are rounded once more.
"""

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastnn._data import Data, take_rows
from fastnn._objective import Objective, Sums
from fastnn._progress import Progress
from fastnn._runs import Run, groups, native_steps
from fastnn._validation import check_integer
from fastnn.callbacks.callback_list import CallbackList
from fastnn.callbacks.history import History

if TYPE_CHECKING:
    from fastnn.models._evaluable import Evaluable
    from fastnn.models._predicting import Predicting
    from fastnn.models._trainable import Trainable


class Validation(NamedTuple):
    """Validation of `fit`: what does it, and the epochs in which it happens."""

    run: Callable[[CallbackList], Sums]
    frequency: int | frozenset[int]

    def due(self, epoch: int) -> bool:
        """Tell whether to validate after `epoch`, counted from 0."""
        if isinstance(self.frequency, int):
            return (epoch + 1) % self.frequency == 0
        return epoch + 1 in self.frequency


def check_frequency(validation_freq: Any) -> int | frozenset[int]:
    """Return `validation_freq`: every so many epochs, or the epochs, counted from 1."""
    if isinstance(validation_freq, (list, tuple, set, frozenset)):
        return frozenset(check_integer(e, "validation_freq", 1) for e in validation_freq)
    return check_integer(validation_freq, "validation_freq", 1)


def run_epochs(
    model: "Trainable", run: Run, objective: Objective, validation: Validation | None,
    callbacks: CallbackList, progress: Progress, epochs: range,
) -> History:  # fmt: skip
    """Train the epochs in `epochs`; returns the history."""
    history = callbacks.history
    if history is None:
        raise RuntimeError("the list of callbacks has no history")
    model.stop_training = False
    finished = False
    model.training_run = run
    try:
        callbacks.on_train_begin()
        if run.first_epoch is not None:
            epochs = range(run.first_epoch, epochs.stop)
        if (
            validation is None
            and run.can_go_ahead()
            and type(progress) is Progress
            and callbacks.only_keep_history()
        ):
            logs = _ahead(model, run, history, epochs)
        else:
            logs = _one_by_one(model, run, objective, validation, callbacks, progress, epochs)
        if epochs:
            model.require_optimizer().finalize_variable_values(model.trainable_weights)
        callbacks.on_train_end(logs)
        finished = True
    finally:
        model.training_run = None
        progress.close(finished)
    return history


# So long may epochs run in one native call: another thread may set `stop_training`.
_AHEAD_SECONDS = 0.1
_AHEAD_STEPS = 1 << 16  # and so many learning rates are made at once


def _ahead(model: "Trainable", run: Run, history: History, epochs: range) -> dict[str, float]:
    """Train epochs that nobody looks at, as many in a native call as are done in a moment."""
    logs: dict[str, float] = {}
    epoch, count = epochs.start, 1
    while epoch < epochs.stop:
        begin, start, place = epoch, time.perf_counter(), history.place()

        def keep(found: list[dict[str, float]], begin: int = begin, place: Any = place) -> None:
            nonlocal logs, epoch
            history.put(place, begin, found)
            epoch = begin + len(found)
            logs = found[-1] if found else logs

        run.epochs(min(count, epochs.stop - epoch), keep)
        if model.stop_training:
            break
        each = (time.perf_counter() - start) / (epoch - begin)
        most = _AHEAD_STEPS // (run.steps_per_epoch or _AHEAD_STEPS)
        count = max(1, min(int(_AHEAD_SECONDS / max(each, 1e-9)), most))
    return logs


def _one_by_one(
    model: "Trainable", run: Run, objective: Objective, validation: Validation | None,
    callbacks: CallbackList, progress: Progress, epochs: range,
) -> dict[str, float]:  # fmt: skip
    """Train epochs with callbacks, validation and progress between them."""
    logs: dict[str, float] = {}
    for epoch in epochs:
        callbacks.on_epoch_begin(epoch)
        progress.begin_epoch(epoch)
        trained = run.epoch(callbacks, progress)
        if trained is None:
            break
        logs = trained
        if validation is not None and validation.due(epoch):
            found = validation.run(callbacks)
            for key, value in objective.logs(found).items():
                logs[f"val_{key}"] = value
            logs = dict(sorted(logs.items()))
        model.training_state.epochs += 1
        callbacks.on_epoch_end(epoch, logs)
        progress.end_epoch(epoch, logs)
        if model.stop_training:
            break
    return logs


def run_evaluation(
    model: "Evaluable", objective: Objective, data: Data, batch: int, steps: int | None,
    callbacks: CallbackList,
) -> Sums:  # fmt: skip
    """Return the sums of loss and metrics over the data, or over its first `steps` batches."""
    trainer = model.trainer(min(batch, data.n))
    count = math.ceil(data.n / batch)
    count = count if steps is None else min(steps, count)
    sums = objective.sums()
    model.stop_evaluating = False
    callbacks.on_test_begin()
    if callbacks.wants_test_batches():
        size = model.steps_per_execution
        for first, steps in groups(0, count, size):
            callbacks.on_test_batch_begin(first)
            native_steps(trainer, objective, sums, data, None, first, steps)
            callbacks.on_test_batch_end(first + size - 1, objective.logs(sums))
            if model.stop_evaluating:
                break
    else:
        native_steps(trainer, objective, sums, data, None, 0, count)
    callbacks.on_test_end(objective.logs(sums))
    return sums


def join_outputs(parts: list[Any]) -> Any:
    """Return outputs of batches as those of all rows; for several outputs a list or a dict."""
    if isinstance(parts[0], dict):
        return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    if isinstance(parts[0], list):
        return [np.concatenate(each) for each in zip(*parts, strict=True)]
    return np.concatenate(parts)


def run_prediction(
    model: "Predicting", x: Any, batch: int, steps: int | None, callbacks: CallbackList
) -> Any:
    """Predict batch by batch, for callbacks or a limited number of steps."""
    n = x[0].shape[0] if type(x) is tuple else x.shape[0]
    count = math.ceil(n / batch)
    count = count if steps is None else min(steps, count)
    parts, size = [], model.steps_per_execution
    model.stop_predicting = False
    callbacks.on_predict_begin()
    for first, steps in groups(0, count, size):
        callbacks.on_predict_batch_begin(first)
        rows = slice(first * batch, (first + steps) * batch)
        parts.append(model.predict_rows(take_rows(x, rows)))
        callbacks.on_predict_batch_end(first + size - 1, {"outputs": parts[-1]})
        if model.stop_predicting:
            break
    callbacks.on_predict_end()
    return join_outputs(parts)
