"""Stop when a logged value no longer improves."""

from typing import Any

from numpy.typing import NDArray

from fastnn._messages import say
from fastnn._validation import check_bool, check_in, check_integer, check_number
from fastnn.callbacks._monitor import Monitor
from fastnn.callbacks.callback import Callback, Logs


class EarlyStopping(Callback):
    """Stop `fit` when a logged value has not improved for `patience` epochs.

    Parameters
    ----------
    monitor : str, default="val_loss"
        Key of the logs.
    min_delta : float, default=0
        Smaller changes are no improvement.
    patience : int, default=0
        Epochs without improvement before training stops.
    verbose : {0, 1}, default=0
        1 prints a line when it stops.
    mode : {"auto", "min", "max"}, default="auto"
        Whether smaller or larger is better; "auto" takes "max" for accuracies.
    baseline : float, default=None
        Value to beat: without it, patience is not renewed.
    restore_best_weights : bool, default=False
        Return to the weights of the best epoch when training ends.
    start_from_epoch : int, default=0
        Epochs before this one are not looked at.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Warns
    -----
    UserWarning
        If the logs do not have the key `monitor`.

    Examples
    --------
    >>> import fastnn, numpy
    >>> x = numpy.linspace(0, 1, 8).reshape(-1, 1)
    >>> model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    >>> model.compile(fastnn.optimizers.SGD(learning_rate=0.0), "mse")
    >>> stop = fastnn.callbacks.EarlyStopping(monitor="loss", patience=2)
    >>> len(model.fit(x, x, epochs=50, verbose=0, shuffle=False, callbacks=[stop]).epoch)
    3
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__()
        self.min_delta = abs(check_number(min_delta, "min_delta"))
        self.patience = check_integer(patience, "patience", 0)
        self.verbose = check_in(verbose, (0, 1, False, True), "verbose")
        self._monitor = Monitor(monitor, mode, self.min_delta)
        self.monitor, self.mode = self._monitor.key, self._monitor.mode
        self.baseline = None if baseline is None else check_number(baseline, "baseline")
        self.restore_best_weights = check_bool(restore_best_weights, "restore_best_weights")
        self.start_from_epoch = check_integer(start_from_epoch, "start_from_epoch", 0)
        self._reset()

    def _reset(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: list[NDArray[Any]] | None = None

    def _improves(self, value: float, reference: float | None) -> bool:
        return reference is None or self._monitor.improves(value, reference)

    def on_train_begin(self, logs: Logs = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        value = self._monitor.read(self, logs)
        if value is None:
            return
        if epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)  # something to return to, even if no value is ever comparable
        self.wait += 1
        if self._improves(value, self.best):
            self.best = value
            self._keep(epoch)
            if self.baseline is None or self._improves(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _keep(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self, logs: Logs = None) -> None:
        if self.stopped_epoch > 0 and self.verbose:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                say(f"Restoring the weights of the best epoch: {self.best_epoch + 1}")
            self.model.set_weights(self.best_weights)
