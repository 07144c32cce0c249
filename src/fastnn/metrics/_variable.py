"""The state of a metric as Keras' programs see it: numbers and arrays that are assigned to."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fastnn._array_like import ArrayLike


class MetricVariable(ArrayLike):
    """An array that a metric keeps between calls; it takes part in NumPy's arithmetic."""

    def __init__(self, value: Any, name: str) -> None:
        self._array = np.array(value)
        self.name = name

    def _read(self) -> NDArray[Any]:
        return self._array

    def _write(self, array: NDArray[Any]) -> None:
        self._array = array

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the values."""
        return self._read().shape

    @property
    def dtype(self) -> str:
        """Type of the values."""
        return str(self._read().dtype)

    def numpy(self) -> NDArray[Any]:
        return self._read().copy()

    def assign(self, value: Any) -> Self:
        """Set the values, which keep shape and type."""
        array = np.asarray(value)
        if array.shape != self.shape:
            raise ValueError(f"`value` must have shape {self.shape}, got {array.shape}")
        self._write(array.astype(self.dtype))
        return self

    def __repr__(self) -> str:
        return f"<MetricVariable {self.name}: {self._read()!r}>"


class AttributeVariable(MetricVariable):
    """An attribute of one of the package's metrics."""

    def __init__(self, metric: Any, attribute: str) -> None:
        self._metric, self._attribute, self.name = metric, attribute, attribute.lstrip("_")

    def _read(self) -> NDArray[Any]:
        return np.asarray(getattr(self._metric, self._attribute))

    def _write(self, array: NDArray[Any]) -> None:
        setattr(self._metric, self._attribute, array if array.ndim else array[()])
