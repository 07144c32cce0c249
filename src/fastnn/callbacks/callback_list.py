"""Several callbacks called as one, in order; hooks that nobody overrides cost nothing."""

from collections.abc import Callable, Iterable
from typing import Any

from fastnn._errors import WrongTypeError
from fastnn.callbacks.callback import Callback, Logs
from fastnn.callbacks.history import History


class CallbackList:
    """Callbacks of one call of `fit`, `evaluate` or `predict`.

    Parameters
    ----------
    callbacks : Callback or iterable of Callback, default=None
    add_history : bool, default=False
        Append a `History` if there is none.
    model : Sequential, default=None
    **params
        ``epochs``, ``steps``, ``verbose``: become `params` of each callback.

    Raises
    ------
    ValueError
        If something in `callbacks` is not a `Callback`.

    Examples
    --------
    >>> import fastnn
    >>> len(fastnn.callbacks.CallbackList(add_history=True).callbacks)
    1
    """

    def __init__(
        self,
        callbacks: "Callback | CallbackList | Iterable[Callback] | None" = None,
        add_history: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        self.callbacks = _as_list(callbacks)
        self.history: History | None = next(
            (c for c in self.callbacks if isinstance(c, History)), None
        )
        if self.history is None and add_history:
            self.history = History()
            self.callbacks.append(self.history)
        if model is not None:
            for callback in self.callbacks:
                callback.set_model(model)
        for callback in self.callbacks:
            callback.set_params(params)
        self._hooks: dict[str, list[Callable[..., Any]]] = {}

    def hooks(self, *names: str) -> list[Callable[..., Any]]:
        """Return the bound hooks of that name (or of one of its older names) that do something."""
        key = names[0]
        found = self._hooks.get(key)
        if found is None:
            found = [
                getattr(callback, key)
                for callback in self.callbacks
                if any(overrides(callback, name) for name in names)
            ]
            self._hooks[key] = found
        return found

    def wants_train_batches(self) -> bool:
        """Tell whether a hook of training batches is overridden."""
        return bool(self._train_batch_begin() or self._train_batch_end())

    def only_keep_history(self) -> bool:
        """Tell whether nothing happens during training but that a `History` takes the logs."""
        return (
            type(self.history) is History
            and "on_epoch_end" not in vars(self.history)
            and self.hooks("on_epoch_end") == [self.history.on_epoch_end]
            and not self.hooks("on_epoch_begin")
            and not self.wants_train_batches()
        )

    def wants_test_batches(self) -> bool:
        """Tell whether a hook of test batches is overridden."""
        return bool(self.hooks("on_test_batch_begin") or self.hooks("on_test_batch_end"))

    def _train_batch_begin(self) -> list[Callable[..., Any]]:
        return self.hooks("on_train_batch_begin", "on_batch_begin")

    def _train_batch_end(self) -> list[Callable[..., Any]]:
        return self.hooks("on_train_batch_end", "on_batch_end")

    def on_train_begin(self, logs: Logs = None) -> None:
        for hook in self.hooks("on_train_begin"):
            hook({} if logs is None else logs)

    def on_train_end(self, logs: Logs = None) -> None:
        for hook in self.hooks("on_train_end"):
            hook({} if logs is None else logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        for hook in self.hooks("on_epoch_begin"):
            hook(epoch, {} if logs is None else logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        for hook in self.hooks("on_epoch_end"):
            hook(epoch, {} if logs is None else logs)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        for hook in self._train_batch_begin():
            hook(batch, {} if logs is None else logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        for hook in self._train_batch_end():
            hook(batch, {} if logs is None else logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        for hook in self.hooks("on_test_begin"):
            hook({} if logs is None else logs)

    def on_test_end(self, logs: Logs = None) -> None:
        for hook in self.hooks("on_test_end"):
            hook({} if logs is None else logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        for hook in self.hooks("on_test_batch_begin"):
            hook(batch, {} if logs is None else logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        for hook in self.hooks("on_test_batch_end"):
            hook(batch, {} if logs is None else logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        for hook in self.hooks("on_predict_begin"):
            hook({} if logs is None else logs)

    def on_predict_end(self, logs: Logs = None) -> None:
        for hook in self.hooks("on_predict_end"):
            hook({} if logs is None else logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        for hook in self.hooks("on_predict_batch_begin"):
            hook(batch, {} if logs is None else logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        for hook in self.hooks("on_predict_batch_end"):
            hook(batch, {} if logs is None else logs)


def overrides(callback: Callback, name: str) -> bool:
    """Tell whether a callback has its own hook of that name, in its class or in itself."""
    if name in callback._idle_hooks:
        return False
    own = getattr(type(callback), name)
    return own is not getattr(Callback, name) or name in vars(callback)


def _as_list(callbacks: Any) -> list[Callback]:
    if callbacks is None:
        return []
    if isinstance(callbacks, CallbackList):
        return list(callbacks.callbacks)
    if isinstance(callbacks, Callback):
        return [callbacks]
    try:
        found = list(callbacks)
    except TypeError:
        found = [callbacks]
    for callback in found:
        if not isinstance(callback, Callback):
            raise WrongTypeError(
                f"`callbacks` must hold objects of fastnn.callbacks.Callback, got {callback!r}"
            )
    return found
