"""The loops of `fit`, `evaluate` and `predict`: epochs, callbacks, validation. No numerics.

An epoch is one native call; many short ones are, when nobody looks between them. Only when a
callback asks for batches, or a bar has to move within a long epoch, is it cut into several.
Weights have the same bits either way; a reported mean may differ in the last bit of its float64,
because sums of sums are rounded once more.
"""

import math
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._compile import Objective, Sums
from fastnn._progress import Progress
from fastnn._random import STREAM_SHUFFLE
from fastnn._validation import (
    as_array,
    check_integer,
    check_number,
    check_rows,
    check_same_rows,
    check_sample_weight,
    check_x,
    check_y,
    class_weights_to_sample_weights,
    only_entry,
)
from fastnn.callbacks.callback_list import CallbackList
from fastnn.callbacks.history import History
from fastnn.optimizers._search import Search

if TYPE_CHECKING:
    from fastnn.models.model import Model


class Data(NamedTuple):
    """Checked arrays of one call: inputs, targets, weights ``(n, 1)`` or None.

    Tuples of arrays, None where there is none, for a model of several inputs or outputs.
    """

    x: Any
    y: Any
    sample_weight: Any

    @property
    def n(self) -> int:
        """Number of rows."""
        x = self.x
        return int(x[0].shape[0] if type(x) is tuple else x.shape[0])

    def split(self, at: int) -> "tuple[Data, Data]":
        """Return views of the rows before and from `at`."""
        return self.rows(slice(None, at)), self.rows(slice(at, None))

    def rows(self, at: Any) -> "Data":
        """Return the rows at `at`, a slice or an array of numbers."""
        return Data(*(take_rows(arrays, at) for arrays in self))


def take_rows(arrays: Any, at: Any) -> Any:
    """Return the rows at `at` of an array, of each in a tuple, or None."""
    if arrays is None:
        return None
    if type(arrays) is tuple:
        return tuple(take_rows(each, at) for each in arrays)
    return arrays[at]


def check_data(
    model: "Model", objective: Objective, x: Any, y: Any, sample_weight: Any,
    class_weight: Any = None, prefix: str = "",
) -> Data:  # fmt: skip
    """Check the arrays of a call; `prefix` is put before argument names in messages."""
    if model.is_multiple:
        return _check_multiple(model, objective, x, y, sample_weight, class_weight, prefix)
    x_name, y_name = f"{prefix}x", f"{prefix}y"
    inputs = check_x(x, model.sample_shape, x_name)
    n = check_rows(inputs, x_name)
    if y is None:
        raise ValueError(f"`{y_name}` must be given: the loss compares with it")
    raw = as_array(only_entry(y, y_name), y_name)
    if raw.ndim == 0:
        raise ValueError(f"`{y_name}` must have one row for each row of `{x_name}`, got a scalar")
    check_same_rows(n, raw, y_name, x_name)
    targets = check_y(
        raw, model.output_sample_shape, objective.targets, objective.loss_name, y_name,
        objective.ignore_class, objective.one_target,
    )  # fmt: skip
    weight: NDArray[Any] | None = None
    if class_weight is not None:
        if sample_weight is not None:
            raise ValueError("give `sample_weight` or `class_weight`, not both")
        weight = class_weights_to_sample_weights(class_weight, targets, objective.targets)
    elif sample_weight is not None:
        weight = check_sample_weight(
            only_entry(sample_weight, "sample_weight"), n, f"{prefix}sample_weight"
        )
    return Data(inputs, targets, weight)


def check_inputs(model: "Model", x: Any, argument: str = "x") -> tuple[NDArray[Any], ...]:
    """Check the inputs of a model of several inputs or outputs: a list, or a dict by name."""
    from fastnn._outputs import spread

    names = model.input_names
    arrays = []
    for name, shape, value in zip(
        names, model.input_sample_shapes, spread(x, names, argument), strict=True
    ):
        label = argument if len(names) == 1 else f"{argument}[{name!r}]"
        arrays.append(check_x(value, shape, label))
        check_same_rows(check_rows(arrays[0], argument), arrays[-1], label, argument)
    return tuple(arrays)


def _check_multiple(
    model: "Model", objective: Objective, x: Any, y: Any, sample_weight: Any, class_weight: Any,
    prefix: str,
) -> Data:  # fmt: skip
    from fastnn._outputs import MultiObjective, spread

    inputs = check_inputs(model, x, f"{prefix}x")
    n = inputs[0].shape[0]
    multiple = isinstance(objective, MultiObjective)
    parts = objective.parts if isinstance(objective, MultiObjective) else [objective]
    names, shapes = model.output_names, model.output_sample_shapes
    if y is None:
        raise ValueError(f"`{prefix}y` must be given: the loss compares with it")
    given = spread(y, names, f"{prefix}y", optional=True)
    weights: list[Any] = [None] * len(names)
    if class_weight is not None and (multiple or sample_weight is not None):
        raise ValueError(
            "`class_weight` is for models of one output, and not together with `sample_weight`"
        )
    if sample_weight is not None:
        one = multiple and not isinstance(sample_weight, (list, tuple, dict))
        weights = (
            [sample_weight] * len(names)
            if one
            else spread(sample_weight, names, f"{prefix}sample_weight", optional=True)
        )
    targets: list[Any] = []
    for name, shape, part, value in zip(names, shapes, parts, given, strict=True):
        label = f"{prefix}y" if len(names) == 1 else f"{prefix}y[{name!r}]"
        if part is None:
            targets.append(None)
            continue
        raw = as_array(value, label)
        if raw.ndim == 0:
            raise ValueError(f"`{label}` must have one row for each row of `x`, got a scalar")
        check_same_rows(n, raw, label)
        targets.append(
            check_y(
                raw, shape, part.targets, part.loss_name, label, part.ignore_class, part.one_target
            )
        )
    checked = [
        None if weight is None else check_sample_weight(weight, n, f"{prefix}sample_weight")
        for weight in weights
    ]
    if class_weight is not None:
        checked = [class_weights_to_sample_weights(class_weight, targets[0], objective.targets)]
    if not multiple:
        return Data(inputs, targets[0], checked[0])
    some = any(weight is not None for weight in checked)
    return Data(inputs, tuple(targets), tuple(checked) if some else None)


def unpack_validation(model: "Model", objective: Objective, validation_data: Any) -> Data:
    """Check ``(x, y)`` or ``(x, y, sample_weight)``."""
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise ValueError(
            "`validation_data` must be (x, y) or (x, y, sample_weight), got "
            f"{type(validation_data).__name__}"
        )
    x, y, *rest = validation_data
    return check_data(model, objective, x, y, rest[0] if rest else None, prefix="validation_data ")


def split_validation(data: Data, validation_split: Any) -> tuple[Data, Data | None]:
    """Take the last share of the rows for validation, as Keras does, before shuffling."""
    share = check_number(validation_split, "validation_split")
    if share == 0.0:
        return data, None
    if not 0.0 < share < 1.0:
        raise ValueError(f"`validation_split` must be in [0, 1), got {validation_split!r}")
    at = math.floor(data.n * (1.0 - share))
    if at == 0 or at == data.n:
        raise ValueError(
            f"`validation_split={share}` of {data.n} rows leaves no rows for "
            f"{'training' if at == 0 else 'validation'}"
        )
    return data.split(at)


def batch_size_or_default(batch_size: Any, argument: str = "batch_size") -> int:
    """Return the batch size, 32 for None."""
    return 32 if batch_size is None else check_integer(batch_size, argument, 1)


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
        self, model: "Model", objective: Objective, data: Data, batch: int, shuffle: bool,
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
                f"the data ran out after {count} of {self.steps_per_epoch} steps; the next epoch "
                "starts from its beginning",
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
        for i in range(self._done, count):
            callbacks.on_train_batch_begin(i)
            self._steps(self._cursor + i, 1)
            self._done = i + 1
            progress.steps(1)
            callbacks.on_train_batch_end(i, self._objective.logs(self._sums))
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
    model: "Model", run: Run, objective: Objective, validation: Validation | None,
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


def _ahead(model: "Model", run: Run, history: History, epochs: range) -> dict[str, float]:
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
    model: "Model", run: Run, objective: Objective, validation: Validation | None,
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
    model: "Model", objective: Objective, data: Data, batch: int, steps: int | None,
    callbacks: CallbackList,
) -> Sums:  # fmt: skip
    """Return the sums of loss and metrics over the data, or over its first `steps` batches."""
    trainer = model.trainer(min(batch, data.n))
    count = math.ceil(data.n / batch)
    count = count if steps is None else min(steps, count)
    sums = objective.sums()
    callbacks.on_test_begin()
    if callbacks.wants_test_batches():
        for i in range(count):
            callbacks.on_test_batch_begin(i)
            native_steps(trainer, objective, sums, data, None, i, 1)
            callbacks.on_test_batch_end(i, objective.logs(sums))
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
    model: "Model", x: Any, batch: int, steps: int | None, callbacks: CallbackList
) -> Any:
    """Predict batch by batch, for callbacks or a limited number of steps."""
    n = x[0].shape[0] if type(x) is tuple else x.shape[0]
    count = math.ceil(n / batch)
    count = count if steps is None else min(steps, count)
    parts = []
    callbacks.on_predict_begin()
    for i in range(count):
        callbacks.on_predict_batch_begin(i)
        parts.append(model.predict_rows(take_rows(x, slice(i * batch, (i + 1) * batch))))
        callbacks.on_predict_batch_end(i, {"outputs": parts[-1]})
    callbacks.on_predict_end()
    return join_outputs(parts)
