"""A loss that is a function of the user's own."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import Loss, checked_rows
from fastnn.saving.serialization import deserialize_keras_object, serialize_keras_object


class FunctionLoss(Loss):
    """A function of targets and predictions that returns the loss of each row and its gradient.

    A function given to `compile` as `loss` becomes one of these. It gets NumPy arrays, once a
    batch. Files name it; `saving.register_keras_serializable` or `custom_objects` has it found.

    Parameters
    ----------
    fn : callable of (y_true, y_pred)
        Returns ``(values, gradient)``: the loss of each row, and the derivative of each row's loss
        by each element of `y_pred`.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default=None
        None takes the function's name.
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of the function's.

    Raises
    ------
    ValueError
        If `fn` cannot be called, or returns something else.

    Examples
    --------
    >>> import fastnn
    >>> def squares(y_true, y_pred):
    ...     return ((y_pred - y_true) ** 2).sum(axis=-1), 2 * (y_pred - y_true)
    >>> loss = fastnn.losses.FunctionLoss(squares)
    >>> float(loss([[0.0, 1.0]], [[1.0, 3.0]]))
    5.0
    """

    _NAME: ClassVar[str] = "function_loss"

    def __init__(
        self,
        fn: Callable[[Any, Any], tuple[Any, Any]],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        if not callable(fn):
            raise ValueError(f"`fn` must be callable, got {fn!r}")
        super().__init__(name or getattr(fn, "__name__", None), reduction, dtype)
        self.fn = fn

    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        """Return the loss of each row."""
        return self.values_and_gradient(np.asarray(y_true), np.asarray(y_pred))[0]

    def gradient(self, y_true: NDArray[Any], y_pred: NDArray[Any]) -> NDArray[Any]:
        """Return the derivative of each row's loss."""
        return self.values_and_gradient(np.asarray(y_true), np.asarray(y_pred))[1]

    def values_and_gradient(
        self, y_true: NDArray[Any], y_pred: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return both, checked."""
        pair = self.fn(y_true, y_pred)
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise ValueError(
                f"the loss {self.name!r} must return (values, gradient), got "
                f"{type(pair).__name__}; fastnn does not differentiate Python functions"
            )
        values = checked_rows(pair[0], y_pred.shape[:-1], self, "values")
        return values, checked_rows(pair[1], y_pred.shape, self, "gradient")

    @property
    def source(self) -> Any:
        """The function, if the loss has nothing to add to it; else None."""
        plain = self.name == getattr(self.fn, "__name__", None) and self.dtype is None
        return self.fn if plain and self.reduction == "sum_over_batch_size" else None

    def get_config(self) -> dict[str, Any]:
        return {"fn": serialize_keras_object(self.fn), **super().get_config()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**{**config, "fn": deserialize_keras_object(config.get("fn"))})

    def __repr__(self) -> str:
        return f"FunctionLoss({self.fn!r}, name={self.name!r}, reduction={self.reduction!r})"
