"""Concordance correlation coefficient as a metric."""

from typing import Any, ClassVar

from numpy.typing import ArrayLike, NDArray

from fastnn.metrics._correlation import CorrelationMetric, Moments


class ConcordanceCorrelation(CorrelationMetric):
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
        super().__init__(name, dtype, axis)

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        return concordance_correlation(y_true, y_pred, self.axis)


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
    found = Moments(y_true, y_pred, axis)
    spread = found.variances[0] + found.variances[1] + found.apart**2
    return found.rounded(2 * found.covariance / (spread + 1e-7))
