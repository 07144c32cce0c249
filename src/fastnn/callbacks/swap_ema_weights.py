"""Evaluate, predict and save with the moving average of the weights."""

from fastnn._validation import check_bool
from fastnn.callbacks.callback import Callback, Logs


class SwapEMAWeights(Callback):
    """Swap the weights with their moving average for the time of an evaluation or prediction.

    The optimiser must keep the average: ``use_ema=True``. Validation in `fit` counts as an
    evaluation.

    Parameters
    ----------
    swap_on_epoch : bool, default=False
        Also swap at the end of each epoch and back when the next begins, so that callbacks
        behind this one, such as `ModelCheckpoint`, see the average.

    Raises
    ------
    ValueError
        If the optimiser keeps no average.

    Examples
    --------
    >>> import fastnn, numpy
    >>> x = numpy.linspace(-1, 1, 64).reshape(-1, 1)
    >>> model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    >>> model.compile(fastnn.optimizers.SGD(0.1, use_ema=True), "mse")
    >>> swap = fastnn.callbacks.SwapEMAWeights()
    >>> history = model.fit(x, 2 * x, validation_data=(x, 2 * x), verbose=0, callbacks=[swap])
    >>> sorted(history.history)
    ['loss', 'val_loss']
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = check_bool(swap_on_epoch, "swap_on_epoch")

    def _swap(self, averages_in: bool) -> None:
        """Put the averages into the model, or the weights back."""
        optimizer = self.model.require_optimizer()
        if optimizer.averages_swapped == averages_in:
            return
        if not optimizer.use_ema:
            raise ValueError(
                f"SwapEMAWeights needs an optimizer with `use_ema=True`, got {optimizer!r}"
            )
        for variable in self.model.trainable_weights:
            average = optimizer.average_of(variable)
            weight = variable.numpy()
            variable.assign(average.numpy())
            average.assign(weight)
        optimizer.averages_swapped = averages_in

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        if self.swap_on_epoch:
            self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.swap_on_epoch:
            self._swap(True)

    def on_train_begin(self, logs: Logs = None) -> None:
        self._swap(False)

    def on_test_begin(self, logs: Logs = None) -> None:
        self._swap(True)

    def on_test_end(self, logs: Logs = None) -> None:
        self._swap(False)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._swap(True)

    def on_predict_end(self, logs: Logs = None) -> None:
        self._swap(False)
