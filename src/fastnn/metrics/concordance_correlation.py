"""Concordance correlation coefficient as a metric."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn.losses.base import check_axis
from fastnn.metrics._thresholds import same_shape
from fastnn.metrics.base import Metric


class ConcordanceCorrelation(Metric):
    r"""Mean over rows of the concordance correlation coefficient.

    .. math:: \frac{2\,\mathrm{cov}(y, \hat y)}
        {\sigma_y^2 + \sigma_{\hat y}^2 + (\mu_y - \mu_{\hat y})^2}

    (Lin, 1989).

    A row is what lies along `axis`; see `PearsonCorrelation`.

    Parameters
    ----------
    name : str, default="concordance_correlation"
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
    >>> metric = fastnn.metrics.ConcordanceCorrelation(axis=-1)
    >>> metric.update_state([[0, 1, 0.5], [1, 1, 0.2]], [[0.1, 0.9, 0.5], [1, 0.9, 0.2]])
    >>> print(f"{metric.result():.4f}")
    0.9816
    """

    _NAME: ClassVar[str] = "concordance_correlation"

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(name, dtype)
        self.axis = check_axis(axis)

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        return concordance_correlation(y_true, y_pred, self.axis)

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis, **super().get_config()}


def concordance_correlation(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """Return the correlation of each row; see `ConcordanceCorrelation`.

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
    >>> fastnn.metrics.concordance_correlation([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]).round(4)
    array([0.3636])
    """
    true, pred = same_shape(y_true, y_pred)
    t, p = true.astype(np.float64), pred.astype(np.float64)
    mean_t, mean_p = t.mean(axis=axis, keepdims=True), p.mean(axis=axis, keepdims=True)
    spread = t.var(axis=axis) + p.var(axis=axis)
    apart = np.squeeze((mean_t - mean_p) ** 2, axis)
    value = 2 * ((t - mean_t) * (p - mean_p)).mean(axis=axis) / (spread + apart + 1e-7)
    return np.asarray(value).astype(pred.dtype)
