"""Losses of margins, angles, quantiles and deviances, and the focal ones: see losses.py.

Functions (targets, predictions, first parameter, further parameters by keyword), values of each
row and gradients of each element.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import log_softmax, sigmoid, softmax, softplus

Array = NDArray[np.float64]
Columns = Callable[[int], Array]

EPSILON = 1e-7


# ---- margins and angles -----------------------------------------------------------------------


def _margin(t: Array, y: Array, at_zero: float) -> tuple[Array, Array]:
    u = np.where(t == 0.0, at_zero, t)
    return u, np.maximum(1.0 - u * y, 0.0)


def hinge_rows(t: Array, y: Array, at_zero: float) -> Array:
    """l = mean of max(1 - u y, 0), u = t but at_zero for t = 0. Vapnik, 1995."""
    return _margin(t, y, at_zero)[1].mean(axis=-1)


def hinge_grad(t: Array, y: Array, at_zero: float) -> Array:
    """dl/dy_c = -u_c / cols inside the margin."""
    u, h = _margin(t, y, at_zero)
    return -u * (h > 0.0) / y.shape[-1]


def squared_hinge_rows(t: Array, y: Array, at_zero: float) -> Array:
    """l = mean of max(1 - u y, 0)^2."""
    return (_margin(t, y, at_zero)[1] ** 2).mean(axis=-1)


def squared_hinge_grad(t: Array, y: Array, at_zero: float) -> Array:
    """dl/dy_c = -2 u_c max(1 - u_c y_c, 0) / cols."""
    u, h = _margin(t, y, at_zero)
    return -2.0 * u * h / y.shape[-1]


def categorical_hinge_rows(t: Array, y: Array, unused: float) -> Array:
    """l = max(max_c (1 - t_c) y_c - sum_c t_c y_c + 1, 0). Crammer and Singer, 2001."""
    return np.maximum(((1.0 - t) * y).max(axis=-1) - (t * y).sum(axis=-1) + 1.0, 0.0)


def categorical_hinge_grad(t: Array, y: Array, unused: float) -> Array:
    """dl/dy = (1 - t) at the maximum, shared where several are, less t; 0 where the loss is."""
    v = (1.0 - t) * y
    top = v == v.max(axis=-1, keepdims=True)
    rival = top * (1.0 - t) / top.sum(axis=-1, keepdims=True)
    return (categorical_hinge_rows(t, y, unused) > 0.0)[..., None] * (rival - t)


def _unit(x: Array) -> tuple[Array, Array]:
    size = np.maximum(np.sqrt((x * x).sum(axis=-1, keepdims=True)), EPSILON)
    return x / size, size


def cosine_rows(t: Array, y: Array, unused: float) -> Array:
    """l = -cos of the angle between t and y, 0 for a vector of zeros."""
    return -(_unit(t)[0] * _unit(y)[0]).sum(axis=-1)


def cosine_grad(t: Array, y: Array, unused: float) -> Array:
    """dl/dy = -(t' - (t' . y') y') / |y|, t' and y' the unit vectors."""
    (a, _), (b, size) = _unit(t), _unit(y)
    along = (a * b).sum(axis=-1, keepdims=True) * (size > EPSILON)
    return -(a - along * b) / size


# ---- quantiles and deviances ------------------------------------------------------------------


def _quantiles(cols: int, q: Any, columns: Columns | None) -> Any:
    return q if columns is None else columns(cols)


def quantile_rows(t: Array, y: Array, q: float, columns: Columns | None = None) -> Array:
    """l = mean of max(q d, (q - 1) d), d = t - y. Koenker and Bassett, 1978."""
    at, d = _quantiles(y.shape[-1], q, columns), t - y
    return np.maximum(at * d, (at - 1.0) * d).mean(axis=-1)


def quantile_grad(t: Array, y: Array, q: float, columns: Columns | None = None) -> Array:
    """dl/dy_c = -q where the prediction is too low, 1 - q where too high, over cols."""
    at, d = _quantiles(y.shape[-1], q, columns), t - y
    return np.where(d > 0.0, -at, np.where(d < 0.0, 1.0 - at, 0.0)) / y.shape[-1]


def _half_deviance(t: Array, m: Array, power: float) -> Array:
    """Half the Tweedie deviance of mean m. Jorgensen, The Theory of Dispersion Models, 1997."""
    if power == 0.0:
        return 0.5 * (t - m) ** 2
    if power == 1.0:
        return np.where(t == 0.0, 0.0, t * np.log(np.where(t == 0.0, 1.0, t) / m)) - t + m
    if power == 2.0:
        return np.log(m / t) + t / m - 1.0
    own = t ** (2.0 - power) / ((1.0 - power) * (2.0 - power))
    return own - t * m ** (1.0 - power) / (1.0 - power) + m ** (2.0 - power) / (2.0 - power)


def tweedie_rows(t: Array, y: Array, power: float) -> Array:
    """l = mean of half the deviance of mean y, at least EPSILON."""
    return _half_deviance(t, np.maximum(y, EPSILON), power).mean(axis=-1)


def tweedie_grad(t: Array, y: Array, power: float) -> Array:
    """dl/dy_c = (y_c - t_c) / y_c^power / cols."""
    m = np.maximum(y, EPSILON)
    return (y >= EPSILON) * (m - t) * m**-power / y.shape[-1]


def tweedie_log_rows(t: Array, z: Array, power: float) -> Array:
    """The same of the mean exp(z)."""
    return _half_deviance(t, np.exp(z), power).mean(axis=-1)


def tweedie_log_grad(t: Array, z: Array, power: float) -> Array:
    """dl/dz_c = (m_c - t_c) m_c^(1 - power) / cols, m = exp(z)."""
    m = np.exp(z)
    return (m - t) * m ** (1.0 - power) / z.shape[-1]


# ---- focal ------------------------------------------------------------------------------------


def _binary(t: Array, smoothing: float, alpha: float) -> tuple[Array, Any]:
    """Smoothed targets, and the weights of the classes; alpha below 0 for none."""
    u = t * (1.0 - smoothing) + 0.5 * smoothing
    return u, 1.0 if alpha < 0 else u * alpha + (1.0 - u) * (1.0 - alpha)


def binary_focal_rows(t: Array, p: Array, smoothing: float, gamma: float, alpha: float) -> Array:
    """l = mean of w m^gamma c: m = 1 - t p - (1 - t)(1 - p), c cross-entropy. Lin et al., 2017."""
    u, w = _binary(t, smoothing, alpha)
    q = np.clip(p, EPSILON, 1.0 - EPSILON)
    entropy = -u * np.log(q) - (1.0 - u) * np.log1p(-q)
    m = 1.0 - u * p - (1.0 - u) * (1.0 - p)
    return (w * m**gamma * entropy).mean(axis=-1)


def binary_focal_grad(t: Array, p: Array, smoothing: float, gamma: float, alpha: float) -> Array:
    """By the product rule, dm/dp = 1 - 2 t; dc/dp = (p - t) / (p (1 - p)), 0 where clipped."""
    u, w = _binary(t, smoothing, alpha)
    q = np.clip(p, EPSILON, 1.0 - EPSILON)
    entropy = -u * np.log(q) - (1.0 - u) * np.log1p(-q)
    m = 1.0 - u * p - (1.0 - u) * (1.0 - p)
    slope = (q == p) * (q - u) / (q * (1.0 - q))
    focus = gamma * m ** (gamma - 1.0) * (1.0 - 2.0 * u)
    return w * (m**gamma * slope + focus * entropy) / p.shape[-1]


def binary_focal_logits_rows(
    t: Array, z: Array, smoothing: float, gamma: float, alpha: float
) -> Array:
    """The same with p = sigmoid(z), for every z; 1 - p = sigmoid(-z) does not cancel."""
    u, w = _binary(t, smoothing, alpha)
    m = u * sigmoid(-z) + (1.0 - u) * sigmoid(z)
    return (w * m**gamma * (u * softplus(-z) + (1.0 - u) * softplus(z))).mean(axis=-1)


def binary_focal_logits_grad(
    t: Array, z: Array, smoothing: float, gamma: float, alpha: float
) -> Array:
    """dm/dz = (1 - 2 t) p (1 - p), dc/dz = p - t."""
    u, w = _binary(t, smoothing, alpha)
    p, n = sigmoid(z), sigmoid(-z)
    m = u * n + (1.0 - u) * p
    entropy = u * softplus(-z) + (1.0 - u) * softplus(z)
    focus = gamma * m ** (gamma - 1.0) * (1.0 - 2.0 * u) * p * n
    return w * (m**gamma * (p - u) + focus * entropy) / z.shape[-1]


def _classes(t: Array, smoothing: float, alpha: Any, columns: Columns | None) -> Array:
    u = t * (1.0 - smoothing) + smoothing / t.shape[-1]
    return u * (alpha if columns is None else columns(t.shape[-1]))


def categorical_focal_rows(
    t: Array, p: Array, smoothing: float, gamma: float, alpha: float, columns: Columns | None = None
) -> Array:
    """l = -sum_c alpha t_c (1 - q_c)^gamma log q_c, q = p / sum p clipped."""
    v = _classes(t, smoothing, alpha, columns)
    q = np.clip(p / p.sum(axis=-1, keepdims=True), EPSILON, 1.0 - EPSILON)
    return -(v * (1.0 - q) ** gamma * np.log(q)).sum(axis=-1)


def categorical_focal_grad(
    t: Array, p: Array, smoothing: float, gamma: float, alpha: float, columns: Columns | None = None
) -> Array:
    """dl/dp_i = (D_i - sum_c D_c q_c) / S, D_c = dl/dq_c, 0 where the clip bites."""
    v = _classes(t, smoothing, alpha, columns)
    total = p.sum(axis=-1, keepdims=True)
    share = p / total
    q = np.clip(share, EPSILON, 1.0 - EPSILON)
    focus = gamma * (1.0 - q) ** (gamma - 1.0) * np.log(q)
    d = -v * ((1.0 - q) ** gamma / q - focus) * (q == share)
    return (d - (d * share).sum(axis=-1, keepdims=True)) / total


def categorical_focal_logits_rows(
    t: Array, z: Array, smoothing: float, gamma: float, alpha: float, columns: Columns | None = None
) -> Array:
    """The same with q = softmax(z)."""
    v = _classes(t, smoothing, alpha, columns)
    return -(v * (1.0 - softmax(z)) ** gamma * log_softmax(z)).sum(axis=-1)


def categorical_focal_logits_grad(
    t: Array, z: Array, smoothing: float, gamma: float, alpha: float, columns: Columns | None = None
) -> Array:
    """dl/dz_i = D_i q_i - q_i sum_c D_c q_c."""
    v, q = _classes(t, smoothing, alpha, columns), softmax(z)
    focus = gamma * q * (1.0 - q) ** (gamma - 1.0) * log_softmax(z)
    e = -v * ((1.0 - q) ** gamma - focus)
    return e - q * e.sum(axis=-1, keepdims=True)


def _own(labels: Array, p: Array) -> tuple[NDArray[np.int64], Array]:
    at = labels.reshape(-1, 1).astype(np.int64)
    return at, np.take_along_axis(p, at, -1)


def generalized_ce_rows(labels: Array, p: Array, q: float) -> Array:
    """l = (1 - p_label^q) / q. Zhang and Sabuncu, NeurIPS 2018."""
    return ((1.0 - _own(labels, p)[1] ** q) / q)[..., 0]


def generalized_ce_grad(labels: Array, p: Array, q: float) -> Array:
    """dl/dp_label = -p_label^(q - 1)."""
    at, own = _own(labels, p)
    out = np.zeros_like(p)
    np.put_along_axis(out, at, -(own ** (q - 1.0)), -1)
    return out
