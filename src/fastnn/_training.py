"""The loops of `fit`, `evaluate` and `predict`: epochs, callbacks, validation. No numerics.

An epoch is one native call. Only when a callback asks for batches, or a bar has to move
within a long epoch, is it cut into several. Weights have the same bits either way; a reported
mean may differ in the last bit of its float64, because sums of sums are rounded once more.
"""

import math
import warnings
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
)
from fastnn.callbacks.callback_list import CallbackList
from fastnn.callbacks.history import History

if TYPE_CHECKING:
    from fastnn.models.model import Model


class Data(NamedTuple):
    """Checked arrays of one call: inputs, targets, weights ``(n, 1)`` or None."""

    x: NDArray[Any]
    y: NDArray[Any]
    sample_weight: NDArray[Any] | None

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.x.shape[0])

    def split(self, at: int) -> "tuple[Data, Data]":
        """Return views of the rows before and from `at`."""
        weight = self.sample_weight
        return (
            Data(self.x[:at], self.y[:at], None if weight is None else weight[:at]),
            Data(self.x[at:], self.y[at:], None if weight is None else weight[at:]),
        )


def check_data(
    model: "Model", objective: Objective, x: Any, y: Any, sample_weight: Any,
    class_weight: Any = None, prefix: str = "",
) -> Data:  # fmt: skip
    """Check the arrays of a call; `prefix` is put before argument names in messages."""
    x_name, y_name = f"{prefix}x", f"{prefix}y"
    inputs = check_x(x, model.sample_shape, x_name)
    n = check_rows(inputs, x_name)
    if y is None:
        raise ValueError(f"`{y_name}` must be given: the loss compares with it")
    raw = as_array(y, y_name)
    if raw.ndim == 0:
        raise ValueError(f"`{y_name}` must have one row for each row of `{x_name}`, got a scalar")
    check_same_rows(n, raw, y_name, x_name)
    targets = check_y(
        raw, model.output_sample_shape, objective.targets, objective.loss_name, y_name
    )
    weight: NDArray[Any] | None = None
    if class_weight is not None:
        if sample_weight is not None:
            raise ValueError("give `sample_weight` or `class_weight`, not both")
        weight = class_weights_to_sample_weights(class_weight, targets, objective.targets)
    elif sample_weight is not None:
        weight = check_sample_weight(sample_weight, n, f"{prefix}sample_weight")
    return Data(inputs, targets, weight)


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


class TrainingRun:
    """Rows, order and place in them of one call of `fit`."""

    def __init__(
        self, model: "Model", objective: Objective, data: Data, batch: int, shuffle: bool,
        steps_per_epoch: int | None,
    ) -> None:  # fmt: skip
        self._model = model
        self._objective = objective
        self._data = data
        self._trainer = model.trainer(min(batch, data.n))
        self._in_pass = math.ceil(data.n / batch)  # steps of one pass over the data
        self._limit = steps_per_epoch
        self._cursor = 0  # next step of the pass; an epoch may end within a pass
        self._order = np.arange(data.n, dtype=np.int64) if shuffle else None
        self._rate = float("nan")
        self._rates = np.empty(self.steps_per_epoch, np.float64)

    @property
    def steps_per_epoch(self) -> int:
        """Steps of a full epoch."""
        return min(self._limit or self._in_pass, self._in_pass)

    def epoch(self, callbacks: CallbackList, progress: Progress) -> dict[str, float]:
        """Train one epoch and return its logs."""
        if self._cursor == 0 and self._order is not None:
            state = self._model.training_state
            _core.fill_permutation(state.seed, STREAM_SHUFFLE, state.passes, self._order)
            state.passes += 1
        count = min(self.steps_per_epoch, self._in_pass - self._cursor)
        if count < self.steps_per_epoch:
            warnings.warn(
                f"the data ran out after {count} of {self.steps_per_epoch} steps; the next epoch "
                "starts from its beginning",
                stacklevel=4,
            )
        sums = Sums(len(self._objective.metric_specs))
        if callbacks.wants_train_batches():
            self._by_batch(count, sums, callbacks, progress)
        else:
            self._by_chunk(count, sums, progress)
        self._cursor = (self._cursor + count) % self._in_pass
        return self._objective.logs(sums)

    def _by_batch(
        self, count: int, sums: Sums, callbacks: CallbackList, progress: Progress
    ) -> None:
        for i in range(count):
            callbacks.on_train_batch_begin(i)
            self._steps(self._cursor + i, 1, sums)
            progress.steps(1)
            callbacks.on_train_batch_end(i, self._objective.logs(sums))
            if self._model.stop_training:
                break

    def _by_chunk(self, count: int, sums: Sums, progress: Progress) -> None:
        done = 0
        while done < count:
            chunk = min(progress.chunk or count, count - done)
            self._steps(self._cursor + done, chunk, sums)
            progress.steps(chunk)
            done += chunk

    def _steps(self, first: int, count: int, sums: Sums) -> None:
        """Run `count` steps in one native call."""
        optimizer, data = self._model.require_optimizer(), self._data
        if optimizer.schedule is not None:
            self._rates[:count] = optimizer.rates(count)
        elif optimizer.learning_rate != self._rate:
            self._rate = optimizer.learning_rate
            self._rates.fill(self._rate)
        result = self._trainer.fit(
            data.x, data.y, data.sample_weight, self._order, data.n, first,
            self._rates[:count], optimizer.hyper(),
        )  # fmt: skip
        sums.add(result)


class Validation(NamedTuple):
    """Validation of `fit`: data, batch size, steps, and the epochs in which it happens."""

    data: Data
    batch: int
    steps: int | None
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
    model: "Model", run: TrainingRun, objective: Objective, validation: Validation | None,
    callbacks: CallbackList, progress: Progress, epochs: range,
) -> History:  # fmt: skip
    """Train the epochs in `epochs`; returns the history."""
    history = callbacks.history
    if history is None:
        raise RuntimeError("the list of callbacks has no history")
    model.stop_training = False
    finished = False
    logs: dict[str, float] = {}
    try:
        callbacks.on_train_begin()
        for epoch in epochs:
            callbacks.on_epoch_begin(epoch)
            progress.begin_epoch(epoch)
            logs = run.epoch(callbacks, progress)
            if validation is not None and validation.due(epoch):
                held = validation
                found = run_evaluation(
                    model, objective, held.data, held.batch, held.steps, callbacks
                )
                for key, value in objective.logs(found).items():
                    logs[f"val_{key}"] = value
                logs = dict(sorted(logs.items()))
            model.training_state.epochs += 1
            callbacks.on_epoch_end(epoch, logs)
            progress.end_epoch(epoch, logs)
            if model.stop_training:
                break
        callbacks.on_train_end(logs)
        finished = True
    finally:
        progress.close(finished)
    return history


def run_evaluation(
    model: "Model", objective: Objective, data: Data, batch: int, steps: int | None,
    callbacks: CallbackList,
) -> Sums:  # fmt: skip
    """Return the sums of loss and metrics over the data, or over its first `steps` batches."""
    trainer = model.trainer(min(batch, data.n))
    count = math.ceil(data.n / batch)
    count = count if steps is None else min(steps, count)
    sums = Sums(len(objective.metric_specs))
    callbacks.on_test_begin()
    if callbacks.wants_test_batches():
        for i in range(count):
            callbacks.on_test_batch_begin(i)
            sums.add(
                trainer.evaluate(data.x, data.y, data.sample_weight, None, data.n, i, 1)
            )
            callbacks.on_test_batch_end(i, objective.logs(sums))
    else:
        sums.add(trainer.evaluate(data.x, data.y, data.sample_weight, None, data.n, 0, count))
    callbacks.on_test_end(objective.logs(sums))
    return sums


def run_prediction(
    model: "Model", x: NDArray[Any], batch: int, steps: int | None, callbacks: CallbackList
) -> NDArray[Any]:
    """Predict batch by batch, for callbacks or a limited number of steps."""
    count = math.ceil(x.shape[0] / batch)
    count = count if steps is None else min(steps, count)
    parts = []
    callbacks.on_predict_begin()
    for i in range(count):
        callbacks.on_predict_batch_begin(i)
        parts.append(model.predict_rows(x[i * batch : (i + 1) * batch]))
        callbacks.on_predict_batch_end(i, {"outputs": parts[-1]})
    callbacks.on_predict_end()
    return np.concatenate(parts)
