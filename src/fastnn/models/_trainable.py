"""`fit`: what is checked before the epochs of `_training.py` run."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from fastnn import _streams, _training
from fastnn._data import (
    Data,
    batch_size_or_default,
    check_data,
    split_validation,
    unpack_validation,
)
from fastnn._objective import Sums
from fastnn._progress import make_progress, resolve_verbose
from fastnn._runs import Run, TrainingRun
from fastnn._sources import as_source, check_stream_arguments, warn_short
from fastnn._validation import check_bool, check_in, check_integer, check_optional
from fastnn.callbacks.callback_list import CallbackList
from fastnn.callbacks.history import History
from fastnn.callbacks.progbar_logger import ProgbarLogger
from fastnn.models._evaluable import Evaluable

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _trains(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Refuse a second thread that would train the model; a callback of the first goes on."""

    @functools.wraps(method)
    def exclusive(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        model: Any = args[0]
        if not model._training.acquire(blocking=False):
            raise RuntimeError(f"model {model.name!r} is being trained by another thread")
        try:
            return method(*args, **kwargs)
        finally:
            model._training.release()

    return exclusive


class Trainable(Evaluable):
    """A model that can be trained."""

    stop_training: bool = False
    history: History | None = None
    training_run: "Run | None" = None  # while `fit` is at work

    @_trains
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Train for a number of epochs.

        The data is read where it lies, batch by batch; it is never copied as a whole.

        Parameters
        ----------
        x : array_like of shape (n, ...), or batches
            Rows of any numeric type and any strides; also pandas, polars and lists. Or
            something that yields batches ``(x, y)`` or ``(x, y, sample_weight)``: a
            `utils.PyDataset` (or what has its ``__len__`` and ``__getitem__``), an iterable, a
            generator. Each batch is one step.
        y : array_like of shape (n, n_out), (n,) for one output, or (n,) class numbers
        batch_size : int, default=32
            Batches that come as such keep their sizes.
        epochs : int, default=1
            Number of the epoch at which to stop; see `initial_epoch`.
        verbose : {"auto", 0, 1, 2}, default="auto"
            0: silent; 1: a bar; 2: lines of each epoch; "auto": a bar on a terminal, else lines.
        callbacks : list of Callback, default=None
        validation_split : float in [0, 1), default=0.0
            Share of the last rows that is held out, before shuffling.
        validation_data : tuple (x, y) or (x, y, sample_weight), or batches, default=None
            Takes precedence over `validation_split`. Each validation on a generator has its first
            two batches again, as in Keras, and goes on where the last one ended.
        shuffle : bool or "batch", default=True
            A new order for every pass over the data: of rows, or of the batches of a
            `utils.PyDataset`. Iterables and generators keep theirs, and so does a single batch of
            all rows. "batch", with Keras an order of rows within their batch, is False.
        class_weight : dict of int to float, default=None
            Weight of the rows of each class.
        sample_weight : array_like of shape (n,), default=None
        initial_epoch : int, default=0
        steps_per_epoch : int, default=None
            Batches per epoch; the next epoch goes on from there.
        validation_steps : int, default=None
            Batches of validation data; None takes all.
        validation_batch_size : int, default=batch_size
        validation_freq : int or list of int, default=1
            Validate every so many epochs, or after those epochs (counted from 1).

        Returns
        -------
        History
            Its `history` holds a list per logged value.

        Raises
        ------
        ValueError
            If an argument is none of these or the arrays do not fit the model.
        RuntimeError
            If the model is not compiled.
        KeyboardInterrupt
            On Ctrl-C, after a finished step; the model stays as it is then.

        Examples
        --------
        >>> import fastnn, numpy
        >>> x = numpy.linspace(-1, 1, 64).reshape(-1, 1)
        >>> model = fastnn.Sequential([fastnn.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> history = model.fit(x, 2 * x, epochs=5, verbose=0)
        >>> history.history["loss"][4] < history.history["loss"][0]
        True
        """
        self.require_compiled().require_loss()
        epochs = check_integer(epochs, "epochs", 0)
        initial_epoch = check_integer(initial_epoch, "initial_epoch", 0)
        steps = check_optional(steps_per_epoch, "steps_per_epoch")
        # The order of rows within a batch says nothing.
        shuffle = check_in(shuffle, (True, False, 1, 0, "batch"), "shuffle") in (True, 1)
        resolve_verbose(verbose)
        source = as_source(x)
        if source is not None:
            check_stream_arguments("fit", y, sample_weight, batch_size, validation_split)
        batch = batch_size_or_default(batch_size)
        source = self._build_from(x, y, source)
        objective = self.require_objective()
        held = None
        run: Run
        if source is not None:
            run = _streams.StreamRun(self, objective, source, class_weight, shuffle, steps)
        else:
            data = check_data(self, objective, x, y, sample_weight, class_weight)
            if validation_data is None:
                data, held = split_validation(data, validation_split)
                if class_weight is not None and held is not None:  # for training only
                    held = held._replace(sample_weight=None)
            run = TrainingRun(self, objective, data, batch, shuffle, steps)
            warn_short(steps, run.steps_per_epoch, "steps_per_epoch")
        validation_batch = (
            batch
            if validation_batch_size is None
            else check_integer(validation_batch_size, "validation_batch_size", 1)
        )
        validation_limit = check_optional(validation_steps, "validation_steps")
        frequency = _training.check_frequency(validation_freq)
        validation = None
        validate = self._validator(validation_data, held, validation_batch, validation_limit)
        if validate is not None:
            validation = _training.Validation(validate, frequency)
        hooks = CallbackList(
            callbacks, add_history=True, model=self, verbose=resolve_verbose(verbose),
            epochs=epochs, steps=run.steps_per_epoch,
        )  # fmt: skip
        own = any(isinstance(callback, ProgbarLogger) for callback in hooks.callbacks)
        progress = make_progress(0 if own else verbose, epochs, initial_epoch, run.steps_per_epoch)
        self.history = _training.run_epochs(
            self, run, objective, validation, hooks, progress, range(initial_epoch, epochs)
        )
        return self.history

    @_trains
    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:  # fmt: skip
        """Take one training step on the rows given; returns loss and metrics of these rows.

        Parameters
        ----------
        x, y, sample_weight, class_weight
            As in `fit`.
        return_dict : bool, default=False
            As in `evaluate`.
        """
        self.require_compiled().require_loss()
        data, objective = self._batch(x, y, sample_weight, class_weight)
        return_dict = check_bool(return_dict, "return_dict")
        optimizer = self.require_optimizer()
        fit = (optimizer.rates(1), optimizer.hyper())
        return self._count(data, objective, return_dict, fit)

    def _validator(
        self, validation_data: Any, held: Data | None, batch: int, steps: int | None
    ) -> Callable[[CallbackList], Sums] | None:
        """Return what evaluates the model on validation data, None without any."""
        objective = self.require_objective()
        if validation_data is not None:
            source = as_source(validation_data)
            if source is not None:
                return functools.partial(_streams.evaluate_stream, self, objective, source, steps)
            held = unpack_validation(self, objective, validation_data)
        if held is None:
            return None
        warn_short(steps, -(-held.n // batch), "validation_steps", stacklevel=6)
        return functools.partial(_training.run_evaluation, self, objective, held, batch, steps)
