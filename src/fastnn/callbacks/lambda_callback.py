"""A callback made of functions."""

from collections.abc import Callable
from typing import Any

from fastnn.callbacks.callback import Callback

Hook = Callable[..., Any] | None


class LambdaCallback(Callback):
    """Callback whose hooks are functions given to it.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : callable of (epoch, logs), default=None
    on_train_begin, on_train_end : callable of (logs), default=None
    on_train_batch_begin, on_train_batch_end : callable of (batch, logs), default=None
    **kwargs
        The other hooks of `Callback`, such as ``on_test_end``; anything else becomes an attribute.

    Raises
    ------
    ValueError
        If a hook cannot be called.

    Examples
    --------
    >>> import fastnn, numpy
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> say = fastnn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch))
    >>> history = model.fit(numpy.ones((4, 2)), numpy.ones(4), epochs=2, verbose=0, callbacks=say)
    0
    1
    """

    def __init__(
        self,
        on_epoch_begin: Hook = None,
        on_epoch_end: Hook = None,
        on_train_begin: Hook = None,
        on_train_end: Hook = None,
        on_train_batch_begin: Hook = None,
        on_train_batch_end: Hook = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, value in kwargs.items():
            if name.startswith("on_") and hasattr(Callback, name):
                given[name] = value
            else:
                setattr(self, name, value)
        for name, hook in given.items():
            if hook is None:
                continue
            if not callable(hook):
                raise ValueError(f"`{name}` must be callable, got {hook!r}")
            setattr(self, name, hook)
