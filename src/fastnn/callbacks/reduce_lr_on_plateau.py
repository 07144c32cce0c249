"""A smaller learning rate when a logged value no longer improves."""

from fastnn._messages import say
from fastnn._validation import check_in, check_integer, check_number
from fastnn.callbacks._monitor import Monitor
from fastnn.callbacks.callback import Callback, Logs


class ReduceLROnPlateau(Callback):
    """Multiply the learning rate by `factor` when a value has not improved for a while.

    The logs gain ``"learning_rate"``, that of the epoch that has ended.

    Parameters
    ----------
    monitor : str, default="val_loss"
        Key of the logs.
    factor : float, default=0.1
        Below 1.
    patience : int, default=10
        Epochs without improvement before the rate is reduced.
    verbose : {0, 1}, default=0
        1 prints a line when it is.
    mode : {"auto", "min", "max"}, default="auto"
        Whether smaller or larger is better; "auto" takes "max" for accuracies and the like.
    min_delta : float, default=1e-4
        Smaller changes are no improvement.
    cooldown : int, default=0
        Epochs after a reduction in which nothing is counted.
    min_lr : float, default=0.0
        The rate is not reduced below this.

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
    >>> model.compile(fastnn.optimizers.SGD(learning_rate=0.5), "mse")
    >>> halve = fastnn.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100)
    >>> model.fit(x, x, epochs=3, verbose=0, callbacks=[halve]).history["learning_rate"]
    [0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__()
        self.factor = check_number(factor, "factor")
        if self.factor >= 1.0:
            raise ValueError(f"`factor` must be below 1, got {factor!r}")
        self.patience = check_integer(patience, "patience", 0)
        self.verbose = check_in(verbose, (0, 1, False, True), "verbose")
        self.min_delta = abs(check_number(min_delta, "min_delta"))
        self.cooldown = check_integer(cooldown, "cooldown", 0)
        self.min_lr = check_number(min_lr, "min_lr")
        self._monitor = Monitor(monitor, mode, self.min_delta)
        self.monitor, self.mode = self._monitor.key, self._monitor.mode
        self._reset()

    def _reset(self) -> None:
        self.best: float | None = None
        self.wait = self.cooldown_counter = 0

    def in_cooldown(self) -> bool:
        """Tell whether the last reduction was less than `cooldown` epochs ago."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs: Logs = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        optimizer = self.model.require_optimizer()
        rate = float(optimizer.learning_rate)
        value = self._monitor.read(self, logs)
        if logs is not None:
            logs["learning_rate"] = rate
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.best is None or self._monitor.improves(value, self.best):
            self.best = value
            self.wait = 0
            return
        if self.in_cooldown():
            return
        self.wait += 1
        if self.wait < self.patience:
            return
        if rate > self.min_lr:
            reduced = max(rate * self.factor, self.min_lr)
            optimizer.learning_rate = reduced
            if self.verbose:
                say(f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {reduced}.")
            self.cooldown_counter = self.cooldown
            self.wait = 0
