"""A learning rate for each epoch, from a function."""

from collections.abc import Callable

import numpy as np

from fastnn._messages import say
from fastnn._validation import check_in
from fastnn.callbacks.callback import Callback, Logs


class LearningRateScheduler(Callback):
    """Set the learning rate at the beginning of each epoch.

    The logs gain ``"learning_rate"``.

    Parameters
    ----------
    schedule : callable of (epoch, learning_rate) or of (epoch)
        Takes the number of the epoch, from 0, and the current rate; returns the new one.
    verbose : {0, 1}, default=0
        1 prints a line in each epoch.

    Raises
    ------
    ValueError
        If `schedule` cannot be called, or returns something that is not a float.

    Examples
    --------
    >>> import fastnn, numpy
    >>> model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    >>> model.compile(fastnn.optimizers.SGD(learning_rate=0.5), "mse")
    >>> halve = fastnn.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    >>> fit = model.fit(numpy.ones((4, 1)), numpy.ones(4), epochs=3, verbose=0, callbacks=[halve])
    >>> fit.history["learning_rate"]
    [0.25, 0.125, 0.0625]
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        if not callable(schedule):
            raise ValueError(f"`schedule` must be callable, got {schedule!r}")
        self.schedule = schedule
        self.verbose = check_in(verbose, (0, 1, False, True), "verbose")
        self._takes_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        optimizer = self.model.require_optimizer()
        if self._takes_rate:
            rate = self.schedule(epoch, float(optimizer.learning_rate))
        else:
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            raise ValueError(f"`schedule` must return a float, got {rate!r}")
        optimizer.learning_rate = float(rate)
        if self.verbose:
            say(f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to {float(rate)}.")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.require_optimizer().learning_rate)


def _takes_two(function: Callable[..., float]) -> bool:
    """Tell whether a function can be called with two positional arguments."""
    import inspect

    try:
        inspect.signature(function).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a function without a signature
        return True
    return True
