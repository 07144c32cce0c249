"""The mean of a function of targets and predictions: a metric."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array
from fastnn.losses.base import Loss
from fastnn.metrics.base import MeanMetric
from fastnn.saving.serialization import deserialize_keras_object, serialize_keras_object


class MeanMetricWrapper(MeanMetric):
    """Mean of what a function of NumPy arrays returns.

    A function in the `metrics` of `compile` becomes one of these. It is called once for many
    steps, with the targets and predictions of all their rows.

    Parameters
    ----------
    fn : callable of (y_true, y_pred, **kwargs)
        Returns a value for each row.
    name : str, default=None
        None takes the function's name.
    dtype : {"float32", "float64"}, default=None
    **kwargs
        Handed on to `fn`.

    Raises
    ------
    ValueError
        If `fn` cannot be called.

    Examples
    --------
    >>> import fastnn
    >>> def largest(y_true, y_pred):
    ...     return abs(y_true - y_pred).max(axis=-1)
    >>> metric = fastnn.metrics.MeanMetricWrapper(largest)
    >>> metric.update_state([[0.0, 0.0], [0.0, 0.0]], [[1.0, 3.0], [2.0, 1.0]])
    >>> float(metric.result())
    2.5
    """

    _NAME: ClassVar[str] = "mean_metric_wrapper"

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        if not callable(fn):
            raise ValueError(f"`fn` must be callable, got {fn!r}")
        super().__init__(dtype, name or getattr(fn, "__name__", None))
        self._fn, self._fn_kwargs = fn, kwargs

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        true, pred = as_array(y_true, "y_true"), as_array(y_pred, "y_pred")
        return np.asarray(self._fn(true, pred, **self._fn_kwargs))

    def get_config(self) -> dict[str, Any]:
        given = serialize_keras_object(self._fn_kwargs)
        return {**super().get_config(), "fn": serialize_keras_object(self._fn), **given}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        named = {key: config[key] for key in ("name", "dtype") if key in config}
        given = {key: value for key, value in config.items() if key not in named}
        return cls(**deserialize_keras_object(given), **named)

    @property
    def source(self) -> Any:
        """The function or loss, if the metric has nothing to add to it; else None."""
        loss = getattr(self._fn, "__self__", None)
        if isinstance(loss, Loss):
            return loss if self.name == loss.name and not self._fn_kwargs else None
        plain = self.name == getattr(self._fn, "__name__", None) and self.dtype is None
        return self._fn if plain and not self._fn_kwargs else None

    def __repr__(self) -> str:
        return f"MeanMetricWrapper({self._fn!r}, name={self.name!r})"
