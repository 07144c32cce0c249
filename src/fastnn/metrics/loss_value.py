"""A loss of fastnn.losses as a metric."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn import losses
from fastnn._registry import shorten
from fastnn.losses.base import Loss
from fastnn.metrics.base import MeanMetric


class LossValue(MeanMetric):
    """Mean over rows of a loss.

    Not in Keras. A loss in the `metrics` of `compile`, an object or a name, becomes one of these
    where no metric has its name.

    Parameters
    ----------
    loss : Loss, str or dict
    name : str, default=None
        None takes the loss's name.
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.

    Raises
    ------
    ValueError
        If `loss` is none; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.LossValue(fastnn.losses.Quantile(0.9))
    >>> metric.update_state([[1.0], [2.0]], [[2.0], [2.0]])
    >>> print(f"{metric.result():.4f}")
    0.0500
    """

    _NAME: ClassVar[str] = "loss_value"

    def __init__(self, loss: Any, name: str | None = None, dtype: Any = None) -> None:
        self.loss: Loss = losses.resolve(loss)
        if not losses.REGISTRY.holds(self.loss):
            raise ValueError(f"`loss` must be one of fastnn.losses, got {shorten(loss)}")
        super().__init__(dtype, name or self.loss.name)

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        return self.loss.call(y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        return {"loss": losses.serialize(self.loss), **super().get_config()}
