"""Go on after an interrupted `fit`, with the same bits as if nothing had happened."""

import os
from pathlib import Path
from typing import Any

from fastnn import saving
from fastnn._validation import check_bool, check_integer
from fastnn.callbacks._save_points import SavePoints
from fastnn.callbacks.callback import Callback, Logs

_BATCH_HOOKS = frozenset(["on_train_batch_end"])
_LATEST, _PREVIOUS = "latest.fnn", "previous.fnn"


class BackupAndRestore(Callback):
    """Back up a training run; the next `fit` with the same folder goes on from there.

    Weights, optimiser state, learning rate, shuffles, dropout masks and the place in the data
    are restored: the run that was interrupted and resumed ends with the same bits as one that
    was not. Put it after callbacks that change the learning rate. What other callbacks remember
    (the best value of `EarlyStopping`, say) starts anew, as in Keras.

    Parameters
    ----------
    backup_dir : str or Path
        Folder of its own; made when needed.
    save_freq : {"epoch"} or int, default="epoch"
        After each epoch, or every so many batches.
    double_checkpoint : bool, default=False
        Keep the state before the last one too, and fall back to it when the last is damaged.
    delete_checkpoint : bool, default=True
        Delete the backup when training ends.

    Raises
    ------
    ValueError
        If an argument is none of these; in `fit`, if the backup is damaged or belongs to a
        model of other shapes, or was made within an epoch over other data.

    Examples
    --------
    >>> import fastnn, numpy, os, tempfile
    >>> x = numpy.linspace(0, 1, 64).reshape(-1, 1)
    >>> def stop(epoch, logs):
    ...     if epoch == 1:
    ...         raise KeyboardInterrupt
    >>> model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     backup = fastnn.callbacks.BackupAndRestore(os.path.join(folder, "run"))
    ...     crash = fastnn.callbacks.LambdaCallback(on_epoch_end=stop)
    ...     try:
    ...         model.fit(x, x, epochs=4, verbose=0, callbacks=[backup, crash])
    ...     except KeyboardInterrupt:
    ...         model.fit(x, x, epochs=4, verbose=0, callbacks=[backup]).epoch
    [2, 3]
    """

    def __init__(
        self,
        backup_dir: "str | os.PathLike[str]",
        save_freq: "str | int" = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        try:
            given = os.fspath(backup_dir)
        except TypeError:
            given = ""
        if not given:
            raise ValueError(f"`backup_dir` must be a path, got {backup_dir!r}")
        self.backup_dir = given
        self._points = SavePoints(save_freq)
        self.save_freq = save_freq
        self.double_checkpoint = check_bool(double_checkpoint, "double_checkpoint")
        self.delete_checkpoint = check_bool(delete_checkpoint, "delete_checkpoint")
        self._latest = Path(given) / _LATEST
        self._previous = Path(given) / _PREVIOUS
        self._epoch = 0
        if self._points.by_epoch:
            self._idle_hooks = _BATCH_HOOKS

    def on_train_begin(self, logs: Logs = None) -> None:
        self._points.restart()
        try:
            if self._latest.exists():
                self._restore(self._latest)
            elif self._previous.exists():
                self._restore(self._previous)
        except ValueError:
            if not (self._latest.exists() and self._previous.exists()):
                raise
            self._restore(self._previous)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self._points.count_batch():
            self._save(self._epoch)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self._points.by_epoch:
            self._save(epoch + 1)

    def on_train_end(self, logs: Logs = None) -> None:
        if not self.delete_checkpoint:
            return
        self._latest.unlink(missing_ok=True)
        self._previous.unlink(missing_ok=True)
        folder = Path(self.backup_dir)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def _save(self, epoch: int) -> None:
        """Write the state; `epoch` is the one to go on with."""
        self._latest.parent.mkdir(parents=True, exist_ok=True)
        if self.double_checkpoint and self._latest.exists():
            os.replace(self._latest, self._previous)
        model = self.model
        place = None if model.training_run is None else model.training_run.place()
        facts = {
            "epoch": epoch, "weights": [v.key for v in model.weights], "place": place,
        }  # fmt: skip
        saving.save_model(model, self._latest, extra_metadata={"backup": facts})

    def _restore(self, path: Path) -> None:
        facts = saving.restore_training(self.model, path).get("backup")
        run = self.model.training_run
        if not isinstance(facts, dict):
            raise ValueError(f"{str(path)!r} was not written by BackupAndRestore")
        epoch = check_integer(facts.get("epoch"), "epoch of the backup", 0)
        if run is not None:
            run.go_on(epoch, _checked_place(facts.get("place")))


def _checked_place(place: Any) -> dict[str, Any]:
    if not isinstance(place, dict):
        raise ValueError(f"the backup has no place in the data: {place!r}")
    return place
