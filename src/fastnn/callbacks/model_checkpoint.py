"""Save the model while it trains."""

import os
from pathlib import Path
from typing import Any

from fastnn._messages import say
from fastnn._validation import check_bool, check_in, check_number
from fastnn.callbacks._monitor import Monitor
from fastnn.callbacks._save_points import SavePoints
from fastnn.callbacks.callback import Callback, Logs

_MODELS = (".keras", ".h5", ".hdf5", ".fnn")
_WEIGHTS = (".weights.h5", ".fnn", ".safetensors")
_BATCH_HOOKS = frozenset(["on_train_batch_end"])


class ModelCheckpoint(Callback):
    """Save the model, or its weights, after each epoch or every so many batches.

    Folders are made when needed. A file is replaced as a whole: a crash leaves the old one.

    Parameters
    ----------
    filepath : str or Path
        Ends in ``.keras``, ``.h5``, ``.hdf5`` or ``.fnn``; of weights alone in ``.weights.h5``,
        ``.fnn`` or ``.safetensors``.
        May hold fields of `str.format`: ``{epoch}`` (from 1), keys of the logs, and with a
        number as `save_freq`, ``{batch}`` (from 1). Such as ``"{epoch:02d}-{val_loss:.2f}.fnn"``.
    monitor : str, default="val_loss"
        Key of the logs that `save_best_only` looks at.
    verbose : {0, 1}, default=0
        1 prints a line for each decision.
    save_best_only : bool, default=False
        Save only when the value is the best so far.
    save_weights_only : bool, default=False
        Save by `model.save_weights` instead of `model.save`.
    mode : {"auto", "min", "max"}, default="auto"
        Whether smaller or larger is better; "auto" takes "max" for accuracies and the like.
    save_freq : {"epoch"} or int, default="epoch"
        A number of batches, counted across epochs.
    initial_value_threshold : float, default=None
        Value to beat from the start.

    Raises
    ------
    ValueError
        If an argument is none of these.
    KeyError
        In `fit`, if the logs do not have a field of `filepath`.

    Warns
    -----
    UserWarning
        If the logs do not have the key `monitor` of `save_best_only`; the model is saved.

    Examples
    --------
    >>> import fastnn, numpy, os, tempfile
    >>> model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     keep = fastnn.callbacks.ModelCheckpoint(os.path.join(folder, "{epoch}.fnn"))
    ...     fit = model.fit(numpy.ones((4, 1)), numpy.ones(4), epochs=2, verbose=0,
    ...                     callbacks=[keep])
    ...     sorted(os.listdir(folder))
    ['1.fnn', '2.fnn']
    """

    def __init__(
        self,
        filepath: "str | os.PathLike[str]",
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: "str | int" = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__()
        try:
            self.filepath = os.fspath(filepath)
        except TypeError:
            raise ValueError(f"`filepath` must be a path, got {filepath!r}") from None
        self.verbose = check_in(verbose, (0, 1, False, True), "verbose")
        self.save_best_only = check_bool(save_best_only, "save_best_only")
        self.save_weights_only = check_bool(save_weights_only, "save_weights_only")
        self._check_name()
        self._monitor = Monitor(monitor, mode)
        self.monitor, self.mode = self._monitor.key, self._monitor.mode
        self._points = SavePoints(save_freq)
        self.save_freq = save_freq
        self.best: float | None = (
            None
            if initial_value_threshold is None
            else check_number(initial_value_threshold, "initial_value_threshold")
        )
        self._epoch = 0
        if self._points.by_epoch:
            self._idle_hooks = _BATCH_HOOKS

    def _check_name(self) -> None:
        """Raise for a file that the model could not be saved to, before it has been trained."""
        known = _WEIGHTS if self.save_weights_only else _MODELS
        if not self.filepath.lower().endswith(known):
            raise ValueError(
                f"`filepath` must end in one of {', '.join(known)} with "
                f"`save_weights_only={self.save_weights_only}`, got {self.filepath!r}"
            )

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self._points.count_batch():
            self._save(self._epoch, {"batch": batch + 1, **(logs or {})})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self._points.by_epoch:
            self._save(epoch, logs or {})

    def _save(self, epoch: int, logs: dict[str, Any]) -> None:
        try:
            path = self.filepath.format(**{"epoch": epoch + 1, **logs})
        except KeyError as error:
            raise KeyError(
                f"`filepath` {self.filepath!r} names {error}; the logs have: {', '.join(logs)}"
            ) from None
        if self.save_best_only and not self._is_best(epoch, path, logs):
            return
        if self.verbose and not self.save_best_only:
            say(f"Epoch {epoch + 1}: saving model to {path}")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _is_best(self, epoch: int, path: str, logs: dict[str, Any]) -> bool:
        value = self._monitor.read(self, logs)
        if value is None:
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if self.best is not None and not self._monitor.improves(value, self.best):
            if self.verbose:
                say(f"Epoch {epoch + 1}: {self.monitor} did not improve from {best}")
            return False
        if self.verbose:
            say(
                f"Epoch {epoch + 1}: {self.monitor} improved from {best} to {value:.5f}, "
                f"saving model to {path}"
            )
        self.best = float(value)
        return True
