"""The progress of `fit` as a callback."""

from typing import Any

from fastnn._progress import Progress, make_progress
from fastnn.callbacks.callback import Callback, Logs

_BATCH_HOOKS = frozenset(["on_train_batch_end"])


class ProgbarLogger(Callback):
    """Show the progress of `fit`: a bar, or lines of each epoch, as its `verbose` says.

    `fit` shows the same by itself; with this callback in its list it leaves that to it. Only a
    bar asks for batches.

    Examples
    --------
    >>> import fastnn, numpy
    >>> model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> fit = model.fit(numpy.ones((4, 1)), numpy.ones(4), verbose=2,
    ...                 callbacks=[fastnn.callbacks.ProgbarLogger()])  # doctest: +ELLIPSIS
    Epoch 1/1
    1/1 - ...
    """

    def __init__(self) -> None:
        super().__init__()
        self._progress: Progress | None = None

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        bar = params.get("verbose") == 1
        self._idle_hooks = frozenset() if bar else _BATCH_HOOKS

    def on_train_begin(self, logs: Logs = None) -> None:
        self._progress = None

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        if self._progress is None:
            self._progress = make_progress(
                self.params.get("verbose", 1), self.params.get("epochs", epoch + 1), epoch,
                self.params.get("steps"),
            )  # fmt: skip
        self._progress.begin_epoch(epoch)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self._progress is not None:
            self._progress.steps(1)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self._progress is not None:
            self._progress.end_epoch(epoch, logs or {})

    def on_train_end(self, logs: Logs = None) -> None:
        if self._progress is not None:
            self._progress.close(True)
            self._progress = None
