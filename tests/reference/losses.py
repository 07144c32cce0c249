"""Losses: value and gradient of each row, and the reductions over rows, float64.

A loss maps targets and predictions of shape (rows, cols) to one number a row, as Keras' loss
functions do over the last axis; the sparse losses take labels of shape (rows,). Reductions
then make one number of the rows of a batch; the gradient of a batch is the gradient of a row
times its coefficient in the reduction.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import losses_further as more
from .activations import log_softmax, sigmoid, softmax, softplus

Array = NDArray[np.float64]

# Keras' backend.epsilon(): probabilities are kept in [EPSILON, 1 - EPSILON] before a logarithm.
EPSILON = 1e-7


@dataclass(frozen=True)
class Loss:
    """rows(y_true, y_pred, param) -> (rows,); grad(...) -> (rows, cols) of d row / d y_pred.

    Losses of further parameters are here with values of these: an entry is a loss of the core
    (``kernel``) at them.
    """

    rows: Callable[[Array, Array, float], Array]
    grad: Callable[[Array, Array, float], Array]
    sparse: bool = False
    probabilities: bool = False  # y_pred are probabilities
    smooths: bool = False  # takes label smoothing
    param: float | None = None  # what the third argument is in tests, where not the smoothing
    positive: bool = False  # targets are positive, and predictions where they are probabilities
    binary: bool = False  # targets are 0 or 1, or between
    classes: bool = False  # targets have one column per class
    kernel: str = ""  # name in the core
    extra: tuple[float, ...] = ()  # the core's parameters after the first
    columns: Callable[[int], Array] | None = None  # a parameter for each of so many columns
    left_out: float | None = None  # a label that does not count

    def counts(self, t: Array) -> Array | None:
        """Which rows count; None: all."""
        return None if self.left_out is None else (np.asarray(t).reshape(-1) != self.left_out)

    @property
    def logits(self) -> bool:
        """Predictions are logits."""
        return self.kernel.endswith("_logits")

    def params(self, first: float) -> tuple[float, ...]:
        """The core's parameters."""
        return (first, *self.extra)


def mse_rows(t: Array, y: Array, smoothing: float) -> Array:
    """l = sum_c (y_c - t_c)^2 / cols."""
    return ((y - t) ** 2).mean(axis=-1)


def mse_grad(t: Array, y: Array, smoothing: float) -> Array:
    """dl/dy_c = 2 (y_c - t_c) / cols."""
    return 2.0 * (y - t) / y.shape[-1]


def sse_rows(t: Array, y: Array, smoothing: float) -> Array:
    """l = sum_c (y_c - t_c)^2."""
    return ((y - t) ** 2).sum(axis=-1)


def sse_grad(t: Array, y: Array, smoothing: float) -> Array:
    """dl/dy_c = 2 (y_c - t_c)."""
    return 2.0 * (y - t)


def mae_rows(t: Array, y: Array, smoothing: float) -> Array:
    """l = sum_c |y_c - t_c| / cols."""
    return np.abs(y - t).mean(axis=-1)


def mae_grad(t: Array, y: Array, smoothing: float) -> Array:
    """dl/dy_c = sign(y_c - t_c) / cols, 0 at the kink."""
    return np.sign(y - t) / y.shape[-1]


def mape_rows(t: Array, y: Array, smoothing: float) -> Array:
    """l = 100 sum_c |y_c - t_c| / max(|t_c|, EPSILON) / cols."""
    return 100.0 * (np.abs(y - t) / np.maximum(np.abs(t), EPSILON)).mean(axis=-1)


def mape_grad(t: Array, y: Array, smoothing: float) -> Array:
    """dl/dy_c = 100 sign(y_c - t_c) / max(|t_c|, EPSILON) / cols."""
    return 100.0 * np.sign(y - t) / np.maximum(np.abs(t), EPSILON) / y.shape[-1]


def msle_rows(t: Array, y: Array, smoothing: float) -> Array:
    """l = sum_c (log(1 + y_c) - log(1 + t_c))^2 / cols, both at least EPSILON."""
    w = np.log1p(np.maximum(y, EPSILON)) - np.log1p(np.maximum(t, EPSILON))
    return (w * w).mean(axis=-1)


def msle_grad(t: Array, y: Array, smoothing: float) -> Array:
    """dl/dy_c = 2 (log(1 + y_c) - log(1 + t_c)) / (1 + y_c) / cols, 0 where y is limited."""
    q = np.maximum(y, EPSILON)
    w = np.log1p(q) - np.log1p(np.maximum(t, EPSILON))
    return 2.0 * (y >= EPSILON) * w / (1.0 + q) / y.shape[-1]


def huber_rows(t: Array, y: Array, delta: float) -> Array:
    """l = mean of d^2 / 2 for |d| <= delta, else delta |d| - delta^2 / 2. Huber, 1964."""
    d = np.abs(y - t)
    outer = delta * d - 0.5 * delta * delta
    return np.where(d <= delta, 0.5 * d * d, outer).mean(axis=-1)


def huber_grad(t: Array, y: Array, delta: float) -> Array:
    """dl/dy_c = d cut to [-delta, delta], over cols."""
    return np.clip(y - t, -delta, delta) / y.shape[-1]


def log_cosh_rows(t: Array, y: Array, smoothing: float) -> Array:
    """l = mean of log cosh d = log1p(2 sinh(d / 2)^2), far out |d| - log 2 + log1p(e^-2|d|)."""
    d = np.abs(y - t)
    near = np.log1p(2.0 * np.sinh(0.5 * np.minimum(d, 10.0)) ** 2)
    far = d - np.log(np.asarray(2.0, d.dtype)) + np.log1p(np.exp(-2.0 * d))
    return np.where(d < 1.0, near, far).mean(axis=-1)


def log_cosh_grad(t: Array, y: Array, smoothing: float) -> Array:
    """dl/dy_c = tanh(d) / cols."""
    return np.tanh(y - t) / y.shape[-1]


def poisson_rows(t: Array, y: Array, smoothing: float) -> Array:
    """l = sum_c (y_c - t_c log(y_c + EPSILON)) / cols."""
    return (y - t * np.log(y + EPSILON)).mean(axis=-1)


def poisson_grad(t: Array, y: Array, smoothing: float) -> Array:
    """dl/dy_c = (1 - t_c / (y_c + EPSILON)) / cols."""
    return (1.0 - t / (y + EPSILON)) / y.shape[-1]


def kld_rows(t: Array, y: Array, smoothing: float) -> Array:
    """l = sum_c t_c log(t_c / y_c), both kept in [EPSILON, 1]. Kullback and Leibler, 1951."""
    u, q = np.clip(t, EPSILON, 1.0), np.clip(y, EPSILON, 1.0)
    return (u * np.log(u / q)).sum(axis=-1)


def kld_grad(t: Array, y: Array, smoothing: float) -> Array:
    """dl/dy_c = -t_c / y_c, 0 where y is limited."""
    u, q = np.clip(t, EPSILON, 1.0), np.clip(y, EPSILON, 1.0)
    return -u / q * ((y >= EPSILON) & (y <= 1.0))


def _clip(p: Array) -> tuple[Array, Array]:
    """p limited to [EPSILON, 1 - EPSILON], and 1 where the limit did not bite."""
    inside = (p > EPSILON) & (p < 1.0 - EPSILON)
    return np.clip(p, EPSILON, 1.0 - EPSILON), inside.astype(np.float64)


def smooth_binary(t: Array, smoothing: float) -> Array:
    """t' = t (1 - s) + s / 2. Szegedy et al., Rethinking Inception, CVPR 2016, for two classes."""
    return t * (1.0 - smoothing) + 0.5 * smoothing


def smooth_classes(t: Array, smoothing: float) -> Array:
    """t'_c = t_c (1 - s) + s / cols. Szegedy et al., CVPR 2016."""
    return t * (1.0 - smoothing) + smoothing / t.shape[-1]


def bce_rows(t: Array, p: Array, smoothing: float) -> Array:
    """l = -sum_c (t_c log p_c + (1 - t_c) log(1 - p_c)) / cols, p clipped."""
    t = smooth_binary(t, smoothing)
    q, _ = _clip(p)
    return -(t * np.log(q) + (1.0 - t) * np.log1p(-q)).mean(axis=-1)


def bce_grad(t: Array, p: Array, smoothing: float) -> Array:
    """dl/dp_c = (p_c - t_c) / (p_c (1 - p_c) cols), 0 where the clip bites."""
    t = smooth_binary(t, smoothing)
    q, inside = _clip(p)
    return inside * (q - t) / (q * (1.0 - q)) / p.shape[-1]


def bce_logits_rows(t: Array, z: Array, smoothing: float) -> Array:
    """l = sum_c (softplus(z_c) - t_c z_c) / cols, the same with p = sigmoid(z), for every z.

    softplus(z) - t z is written t softplus(-z) + (1 - t) softplus(z): no cancellation.
    """
    t = smooth_binary(t, smoothing)
    return (t * softplus(-z) + (1.0 - t) * softplus(z)).mean(axis=-1)


def bce_logits_grad(t: Array, z: Array, smoothing: float) -> Array:
    """dl/dz_c = (sigmoid(z_c) - t_c) / cols."""
    return (sigmoid(z) - smooth_binary(t, smoothing)) / z.shape[-1]


def cce_rows(t: Array, p: Array, smoothing: float) -> Array:
    """l = -sum_c t_c log(p_c / sum_j p_j), the quotient clipped."""
    t = smooth_classes(t, smoothing)
    q, _ = _clip(p / p.sum(axis=-1, keepdims=True))
    return -(t * np.log(q)).sum(axis=-1)


def cce_grad(t: Array, p: Array, smoothing: float) -> Array:
    """dl/dp_i = (sum_c u_c - u_i / q_i) / S with q = p / S, u_c = t_c where the clip does not bite.

    From dl/dq_c = -u_c / q_c and dq_c/dp_i = ([c = i] - q_c) / S.
    """
    t = smooth_classes(t, smoothing)
    total = p.sum(axis=-1, keepdims=True)
    q, inside = _clip(p / total)
    u = t * inside
    return (u.sum(axis=-1, keepdims=True) - u / q) / total


def cce_logits_rows(t: Array, z: Array, smoothing: float) -> Array:
    """l = -sum_c t_c log softmax(z)_c."""
    return -(smooth_classes(t, smoothing) * log_softmax(z)).sum(axis=-1)


def cce_logits_grad(t: Array, z: Array, smoothing: float) -> Array:
    """dl/dz = softmax(z) sum_c t_c - t; the sum is 1 for a distribution, but t may be anything."""
    t = smooth_classes(t, smoothing)
    return softmax(z) * t.sum(axis=-1, keepdims=True) - t


def one_hot(labels: Array, cols: int) -> Array:
    """Row r has 1 in column labels[r]."""
    out = np.zeros((labels.size, cols))
    out[np.arange(labels.size), labels.reshape(-1).astype(np.int64)] = 1.0
    return out


def _sparse(fn: Callable[[Array, Array, float], Array]) -> Callable[[Array, Array, float], Array]:
    """The same loss with labels for one-hot targets; labels are not smoothed."""

    def of_labels(labels: Array, y: Array, smoothing: float) -> Array:
        return fn(one_hot(labels, y.shape[-1]), y, 0.0)

    return of_labels


def _ignoring(
    fn: Callable[[Array, Array, float], Array], label: float
) -> Callable[[Array, Array, float], Array]:
    """The same sparse loss, 0 in the rows of that label."""

    def of_others(labels: Array, y: Array, smoothing: float) -> Array:
        seen = labels.reshape(-1) != label
        value = fn(np.where(seen, labels.reshape(-1), 0.0), y, smoothing)
        return np.where(seen if value.ndim == 1 else seen[:, None], value, 0.0)

    return of_others


def _with(kernel: str, first: float | None, **kwargs: Any) -> Loss:
    """A loss of losses_further.py at given parameters."""
    given = {k: kwargs.pop(k) for k in ("gamma", "alpha", "columns") if k in kwargs}
    rows, grad = (getattr(more, f"{kernel}_{what}") for what in ("rows", "grad"))
    if given:
        rows, grad = partial(rows, **given), partial(grad, **given)
    extra = tuple(given[k] for k in ("gamma", "alpha") if k in given)
    return Loss(
        rows, grad, param=first, kernel=kernel, extra=extra, columns=given.get("columns"), **kwargs
    )


def _quantiles(cols: int) -> Array:
    """A quantile, or a weight, for each column."""
    return (np.arange(cols) + 1.0) / (cols + 1.0)


_BINARY: dict[str, Any] = {"smooths": True, "binary": True}
_CLASSES: dict[str, Any] = {"smooths": True, "classes": True}
_MEAN: dict[str, Any] = {"probabilities": True, "positive": True}
# name: (kernel, first parameter, the rest)
_FURTHER: dict[str, tuple[str, float | None, dict[str, Any]]] = {
    "hinge": ("hinge", -1.0, {}),
    "squared_hinge": ("squared_hinge", -1.0, {}),
    "categorical_hinge": ("categorical_hinge", None, {"classes": True}),
    "cosine": ("cosine", None, {}),
    "quantile": ("quantile", 0.3, {}),
    "quantile columns": ("quantile", 0.0, {"columns": _quantiles}),
    **{f"tweedie{label}": ("tweedie", power, _MEAN) for label, power in
       (("", 1.5), (" normal", 0.0), (" poisson", 1.0), (" gamma", 2.0))},
    **{f"tweedie_log{label}": ("tweedie_log", power, {"positive": True}) for label, power in
       (("", 1.5), (" normal", 0.0), (" poisson", 1.0), (" gamma", 2.0))},
    "binary_focal": ("binary_focal", None,
                     {**_BINARY, "probabilities": True, "gamma": 2.0, "alpha": -1.0}),
    "binary_focal balanced": ("binary_focal", None,
                              {**_BINARY, "probabilities": True, "gamma": 1.5, "alpha": 0.25}),
    "binary_focal_logits": ("binary_focal_logits", None, {**_BINARY, "gamma": 2.0, "alpha": -1.0}),
    "binary_focal_logits balanced": ("binary_focal_logits", None,
                                     {**_BINARY, "gamma": 1.5, "alpha": 0.25}),
    "categorical_focal": ("categorical_focal", None,
                          {**_CLASSES, "probabilities": True, "gamma": 2.0, "alpha": 0.25}),
    "categorical_focal columns": ("categorical_focal", None,
                                  {**_CLASSES, "probabilities": True, "gamma": 1.5, "alpha": 0.0,
                                   "columns": _quantiles}),
    "categorical_focal_logits": ("categorical_focal_logits", None,
                                 {**_CLASSES, "gamma": 2.0, "alpha": 0.25}),
    "categorical_focal_logits columns": ("categorical_focal_logits", None,
                                         {**_CLASSES, "gamma": 1.5, "alpha": 0.0,
                                          "columns": _quantiles}),
    "generalized_ce": ("generalized_ce", 0.4, {"sparse": True, "probabilities": True}),
}  # fmt: skip

LOSSES: dict[str, Loss] = {
    "mse": Loss(mse_rows, mse_grad),
    "sse": Loss(sse_rows, sse_grad),
    "mae": Loss(mae_rows, mae_grad),
    "bce": Loss(bce_rows, bce_grad, probabilities=True, **_BINARY),
    "bce_logits": Loss(bce_logits_rows, bce_logits_grad, **_BINARY),
    "cce": Loss(cce_rows, cce_grad, probabilities=True, **_CLASSES),
    "cce_logits": Loss(cce_logits_rows, cce_logits_grad, **_CLASSES),
    "scce": Loss(_sparse(cce_rows), _sparse(cce_grad), sparse=True, probabilities=True),
    "scce_logits": Loss(_sparse(cce_logits_rows), _sparse(cce_logits_grad), sparse=True),
    "mape": Loss(mape_rows, mape_grad),
    "msle": Loss(msle_rows, msle_grad, probabilities=True, positive=True),
    "huber": Loss(huber_rows, huber_grad, param=0.75),
    "log_cosh": Loss(log_cosh_rows, log_cosh_grad),
    "poisson": Loss(poisson_rows, poisson_grad, probabilities=True, positive=True),
    "kld": Loss(kld_rows, kld_grad, probabilities=True, positive=True),
    "scce ignoring": Loss(
        _ignoring(_sparse(cce_rows), 1.0), _ignoring(_sparse(cce_grad), 1.0), sparse=True,
        probabilities=True, kernel="scce", extra=(1.0, 1.0), left_out=1.0,
    ),
    "scce_logits ignoring": Loss(
        _ignoring(_sparse(cce_logits_rows), 1.0), _ignoring(_sparse(cce_logits_grad), 1.0),
        sparse=True, kernel="scce_logits", extra=(1.0, 1.0), left_out=1.0,
    ),
    **{name: _with(kernel, first, **rest)
       for name, (kernel, first, rest) in _FURTHER.items()},
}  # fmt: skip
LOSSES = {name: f if f.kernel else replace(f, kernel=name) for name, f in LOSSES.items()}

REDUCTIONS = ("mean", "sum", "mean_weight")


def reduce_loss(
    rows: Array, weight: Array | None, reduction: str, counts: Array | None = None
) -> tuple[float, Array]:
    """Loss of a batch and the coefficient of each row in it, so that loss = coefficients . rows.

    mean (Keras' sum_over_batch_size): w_r / number of rows; sum: w_r; mean_weight (Keras'
    mean_with_sample_weight): w_r / sum of w. A zero divisor gives 0, as Keras' divide_no_nan.
    Rows that do not count are no rows.
    """
    seen = np.ones(rows.size) if counts is None else counts.astype(np.float64)
    w = np.ones(rows.size) if weight is None else np.asarray(weight, np.float64).reshape(-1)
    w = w * seen
    divisor = {"mean": float(seen.sum()), "sum": 1.0, "mean_weight": float(w.sum())}[reduction]
    coefficients = w / divisor if divisor else np.zeros_like(w)
    return float(coefficients @ rows), coefficients
