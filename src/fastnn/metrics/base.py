"""Base of the metrics: a running mean of values that come from the core."""

from typing import Any, ClassVar, NamedTuple, NoReturn, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn.config import resolve_dtype
from fastnn.losses.base import NativeLoss, row_losses, weights_like

_NO_VARIABLES = "is not part of fastnn: metrics keep their state in attributes, as NumPy arrays"


class NativeMetric(NamedTuple):
    """What the core needs: the names in `_core.METRICS` and `_core.LOSSES`, the parameters."""

    name: str
    loss: str
    params: tuple[float, ...]

    @property
    def codes(self) -> tuple[int, int]:
        return _core.METRICS[self.name], _core.LOSSES[self.loss]


class Metric:
    """Base class of the metrics.

    A metric is fed with `update_state`, read with `result` and emptied with `reset_state`;
    calling it does the first two. In `compile` it is computed by the core instead, within
    the training step, or where it has no form in the core, a copy of it is fed with the targets
    and predictions of each native call; its own state is not touched.

    A subclass that defines `update_state`, `result` and `reset_state` can be used in `compile`.

    Parameters
    ----------
    name : str, default=None
        Key in the logs; None takes the function's name.
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64, in which sums are kept.
    """

    # What targets the metric compares with: "values", "labels", or "" for none.
    targets: ClassVar[str] = "values"
    _NAME: ClassVar[str] = "metric"

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = self._NAME if name is None else str(name)
        self.dtype = None if dtype is None else resolve_dtype(dtype)
        self._total = 0.0
        self._count = 0.0

    def native(self) -> NativeMetric:
        """Return the core's metric."""
        raise ValueError(
            f"{type(self).__name__} cannot be used in compile(): it has no form in the core"
        )

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        raise NotImplementedError(f"{type(self).__name__} does not say what it measures")

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add a batch.

        Parameters
        ----------
        y_true : array_like of shape (batch, n_out), or (batch,) class numbers
        y_pred : array_like of shape (batch, n_out)
        sample_weight : array_like of shape (batch,), default=None
        """
        self._add(self._values(y_true, y_pred), sample_weight)

    def _add(self, values: NDArray[Any], sample_weight: ArrayLike | None) -> None:
        values = values.astype(np.float64)
        if sample_weight is None:
            self._total += float(values.sum())
            self._count += float(values.size)
        else:
            weight = weights_like(sample_weight, values)
            self._total += float((values * weight).sum())
            self._count += float(weight.sum())

    def result(self) -> Any:
        """Return the weighted mean of what was added, 0 before anything was."""
        value = self._total / self._count if self._count else 0.0
        return np.dtype(self.dtype or "float64").type(value)

    def reset_state(self) -> None:
        """Forget what was added."""
        self._total = self._count = 0.0

    @property
    def variables(self) -> NoReturn:
        """Not part of fastnn: metrics keep numbers and arrays of NumPy."""
        raise NotImplementedError(f"{type(self).__name__}.variables {_NO_VARIABLES}")

    def add_variable(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not part of fastnn; a subclass keeps its state in attributes."""
        raise NotImplementedError(f"{type(self).__name__}.add_variable {_NO_VARIABLES}")

    add_weight = stateless_update_state = stateless_result = stateless_reset_state = add_variable

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Any:
        """Add a batch and return the result so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        config: dict[str, Any] = {"name": self.name}
        if self.dtype is not None:
            config["dtype"] = self.dtype
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the metric that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


class LossMetric(Metric):
    """Base of the metrics that are the mean of a loss."""

    axis: int = -1  # along which a row lies

    def _loss(self) -> NativeLoss:
        raise NotImplementedError(f"{type(self).__name__} does not name its loss")

    def native(self) -> NativeMetric:
        loss = self._loss()
        return NativeMetric("loss", loss.name, loss.params)

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        return row_losses(self._loss(), y_true, y_pred, self.targets == "labels", self.axis)
