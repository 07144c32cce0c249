"""The mean of values that the caller computed."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike

from fastnn._validation import as_array
from fastnn.metrics.base import MeanMetric


class Mean(MeanMetric):
    """Weighted mean of values.

    Parameters
    ----------
    name : str, default="mean"
    dtype : {"float32", "float64"}, default=None

    Examples
    --------
    >>> import fastnn
    >>> mean = fastnn.metrics.Mean()
    >>> mean.update_state([1, 3, 5])
    >>> float(mean.result())
    3.0
    """

    targets: ClassVar[str] = ""
    _NAME: ClassVar[str] = "mean"

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(  # type: ignore[override]  # as in Keras: values, not targets
        self, values: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add values.

        Parameters
        ----------
        values : array_like
        sample_weight : array_like that broadcasts to `values`, default=None
        """
        self._add(as_array(values, "values"), sample_weight)
