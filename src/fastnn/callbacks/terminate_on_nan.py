"""Stop when the loss is no number."""

import math

from fastnn._messages import say
from fastnn._validation import check_bool
from fastnn.callbacks.callback import Callback, Logs


class TerminateOnNaN(Callback):
    """Stop `fit` after the first batch that makes the loss NaN or infinite.

    The core is called once a batch for it; that costs small networks some of their speed.

    Parameters
    ----------
    raise_error : bool, default=False
        Raise a RuntimeError instead of stopping.

    Raises
    ------
    ValueError
        If `raise_error` is not a bool.
    RuntimeError
        In `fit`, with `raise_error`.

    Examples
    --------
    >>> import fastnn, numpy
    >>> model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    >>> model.compile(fastnn.optimizers.SGD(learning_rate=1e30), "mse")
    >>> x = numpy.linspace(0, 1, 320).reshape(-1, 1)
    >>> fit = model.fit(x, x, epochs=5, verbose=0, callbacks=[fastnn.callbacks.TerminateOnNaN()])
    Batch 1: Invalid loss, terminating training
    >>> fit.epoch
    [0]
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = check_bool(raise_error, "raise_error")

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"the loss is {loss} at batch {batch}: training ends")
        say(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
