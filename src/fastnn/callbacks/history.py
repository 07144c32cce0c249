"""The record of `fit`."""

from fastnn.callbacks.callback import Callback, Logs


class History(Callback):
    """Losses and metrics of each epoch; what `fit` returns.

    Attributes
    ----------
    epoch : list of int
        Numbers of the epochs, from 0.
    history : dict of str to list of float
        A value per epoch of each of the logs, ordered by key as in Keras.

    Examples
    --------
    >>> import fastnn, numpy
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> fit = model.fit(numpy.ones((4, 2)), numpy.ones(4), epochs=2, verbose=0)
    >>> fit.epoch, list(fit.history)
    ([0, 1], ['loss'])
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Logs = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epoch.append(epoch)
        for key, value in (logs or {}).items():
            self.history.setdefault(key, []).append(value)

    def place(self) -> tuple[int, dict[str, int]]:
        """Return where the next epoch is put, for `put`."""
        return len(self.epoch), {key: len(values) for key, values in self.history.items()}

    def put(
        self, place: tuple[int, dict[str, int]], first: int, logs: list[dict[str, float]]
    ) -> None:
        """Take the logs of epochs `first` and on; again from the same place, it changes nothing."""
        self.epoch[place[0] :] = range(first, first + len(logs))
        for key in logs[0] if logs else ():
            values = self.history.setdefault(key, [])
            values[place[1].get(key, 0) :] = [found[key] for found in logs]
