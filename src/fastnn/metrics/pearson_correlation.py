"""Pearson correlation coefficient as a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn.metrics._correlation import CorrelationMetric, Moments


class PearsonCorrelation(CorrelationMetric):
    r"""Mean over rows of the Pearson correlation coefficient.

    :math:`\mathrm{cov}(y, \hat y) / (\sigma_y \sigma_{\hat y})`; NaN where one of them is constant.

    A row is what lies along `axis`: with ``axis=0`` the rows of a batch are correlated, column by
    column, and a model feeds many steps at once as one batch.

    Parameters
    ----------
    name : str, default="pearson_correlation"
    dtype : {"float32", "float64"}, default=None
        Type of results; None is float64.
    axis : int, default=-1
        Along which targets and predictions are correlated.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.PearsonCorrelation(axis=-1)
    >>> metric.update_state([[0, 1, 0.5], [1, 1, 0.2]], [[0.1, 0.9, 0.5], [1, 0.9, 0.2]])
    >>> print(f"{metric.result():.4f}")
    0.9967
    """

    _NAME: ClassVar[str] = "pearson_correlation"

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(name, dtype, axis)

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        return pearson_correlation(y_true, y_pred, self.axis)


def pearson_correlation(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """Return the correlation of each row; see `PearsonCorrelation`.

    Parameters
    ----------
    y_true, y_pred : array_like of one shape
    axis : int, default=-1
        Along which targets and predictions are correlated.

    Returns
    -------
    ndarray of the shape of y_pred without `axis`

    Examples
    --------
    >>> import fastnn
    >>> fastnn.metrics.pearson_correlation([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]).round(4)
    array([1.])
    """
    found = Moments(y_true, y_pred, axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        return found.rounded(found.covariance / np.sqrt(found.variances[0] * found.variances[1]))
