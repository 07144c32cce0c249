"""The base of the callbacks: every hook, doing nothing."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastnn.models.model import Model

Logs = dict[str, Any] | None


class Callback:
    """Base class of the callbacks: override the hooks that you need.

    Overriding a hook of batches makes `fit` call the core once a batch instead of once an
    epoch; the results have the same bits.

    Attributes
    ----------
    model : Sequential
        The model at work; None before.
    params : dict
        ``"verbose"``, ``"epochs"`` and ``"steps"`` of the call; None before.

    Examples
    --------
    >>> import fastnn, numpy
    >>> class Count(fastnn.callbacks.Callback):
    ...     epochs = 0
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         self.epochs += 1
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> count = Count()
    >>> history = model.fit(numpy.ones((4, 2)), numpy.ones(4), epochs=3, verbose=0,
    ...                     callbacks=[count])
    >>> count.epochs
    3
    """

    # Hooks that the class overrides and this object has no use for: not called, so that an
    # epoch is not cut into batches for nothing.
    _idle_hooks: frozenset[str] = frozenset()

    # Before a call, and in subclasses that do not call __init__. Hooks, which are called in one,
    # need not ask whether they are there.
    params: Any = None
    _model: "Model | None" = None

    def __init__(self) -> None:
        self.params = None
        self._model = None

    @property
    def model(self) -> Any:
        """The model at work; None before `fit`, `evaluate` or `predict` was given the callback."""
        return self._model

    def set_params(self, params: dict[str, Any]) -> None:
        """Take the parameters of the call."""
        self.params = params

    def set_model(self, model: "Model") -> None:
        """Take the model."""
        self._model = model

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch of `fit`."""

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last epoch of `fit`; `logs` are those of that epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before an epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an epoch; `logs` holds loss, metrics, and ``val_`` ones after validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a training step, counted from 0 in its epoch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a training step; `logs` holds the means over the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Old name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Old name of `on_train_batch_end`."""

    def on_test_begin(self, logs: Logs = None) -> None:
        """Before `evaluate`, also that of validation data."""

    def on_test_end(self, logs: Logs = None) -> None:
        """After `evaluate`, also that of validation data."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of `evaluate`."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of `evaluate`; `logs` holds the means so far."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Before `predict`."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """After `predict`."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of `predict`; ``logs["outputs"]`` holds its rows."""
