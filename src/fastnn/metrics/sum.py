"""The sum of values that the caller computed."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import weights_like
from fastnn.metrics.mean import Mean


class Sum(Mean):
    """Weighted sum of values.

    Parameters
    ----------
    name : str, default="sum"
    dtype : {"float32", "float64"}, default=None

    Examples
    --------
    >>> import fastnn
    >>> total = fastnn.metrics.Sum()
    >>> total.update_state([1, 3, 5, 7])
    >>> float(total.result())
    16.0
    """

    _NAME: ClassVar[str] = "sum"
    _STATE: ClassVar[tuple[str, ...]] = ("_total",)

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(  # type: ignore[override]  # as in Keras: values, not targets
        self, values: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add values; see `Mean`."""
        super().update_state(values, sample_weight)

    def _add(self, values: NDArray[Any], sample_weight: ArrayLike | None) -> None:
        if sample_weight is not None:
            values = values * weights_like(sample_weight, values)
        self._total += float(values.sum(dtype=np.float64))

    def result(self) -> Any:
        """Return the weighted sum."""
        return np.dtype(self.dtype or "float64").type(self._total)
