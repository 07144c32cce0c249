"""The sum of values that the caller computed."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

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

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(  # type: ignore[override]  # as in Keras: values, not targets
        self, values: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add values; see `Mean`."""
        super().update_state(values, sample_weight)

    def result(self) -> Any:
        """Return the weighted sum."""
        return np.dtype(self.dtype or "float64").type(self._total)
