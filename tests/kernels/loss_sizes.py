"""Sizes of the terms that a row's loss and its gradient are sums of, for error bounds."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.losses import EPSILON, LOSSES

Array = NDArray[Any]
Sizes = tuple[Array, Array]


def _entropy(y: Array) -> tuple[Array, Array]:
    """Binary cross-entropy of a probability for any target, and its derivative."""
    q = np.clip(y, EPSILON, 1 - EPSILON)
    return 1.0 - np.log(q) - np.log1p(-q), 2.0 / (q * (1 - q))


def _spread(y: Array) -> Array:
    return np.abs(y).max(axis=1) * 2.0 + np.log(y.shape[1]) + 1.0


def _mean(term: Array, slope: Array) -> Sizes:
    cols = term.shape[1]
    return term.sum(axis=1) / cols, np.broadcast_to(slope, term.shape) / cols


def _regression(name: str, y: Array, t: Array) -> Sizes:
    both = np.abs(y) + np.abs(t)
    rows: dict[str, Callable[[], tuple[Array, Array]]] = {
        "mse": lambda: (both * both, np.maximum(2.0 * both, 1.0)),
        "sse": lambda: (both * both, np.maximum(2.0 * both, 1.0)),
        "mae": lambda: (both, np.maximum(2.0 * both, 1.0)),
        "mape": lambda: (100.0 * both / np.abs(t), 100.0 / np.abs(t)),
        "msle": lambda: (2.0 * both, 4.0 + np.abs(y)),
        "huber": lambda: (1.0 + both, 1.0 + both),
        "log_cosh": lambda: (1.0 + both, 1.0 + both),
        "poisson": lambda: (y - t * np.log(y) + 1.0, 1.0 + t / y),
        "kld": lambda: (t * (1.0 + np.abs(np.log(t / y))), t / y),
        # 1 - t y, squared for one of them
        "hinge": lambda: (1.0 + np.abs(t * y), np.abs(t)),
        "squared_hinge": lambda: (
            (1.0 + np.abs(t * y)) ** 2,
            2.0 * np.abs(t) * (1.0 + np.abs(t * y)),
        ),
        "quantile": lambda: (both, np.ones_like(both)),
    }
    term, slope = rows[name]()
    if name in ("sse", "kld"):
        return term.sum(axis=1), slope
    return _mean(term, slope)


def _tweedie(name: str, power: float, y: Array, t: Array) -> Sizes:
    """Powers are exponentials of products of a logarithm: its size times their error."""
    log_link = name == "tweedie_log"
    m = np.exp(y) if log_link else y
    logs = 1.0 + np.abs(np.log(m)) + np.abs(np.log(t))
    scale = m ** (1.0 - power)
    slope = scale * (m + t) * (1.0 if log_link else 1.0 / m)
    if power in (0.0, 1.0, 2.0):
        size = {0.0: (m + t) ** 2, 1.0: (m + t) * logs, 2.0: logs + t / m}[power]
        return _mean(size * logs, slope * logs)
    one, two = abs(1.0 - power), abs(2.0 - power)
    own = t ** (2.0 - power) / (one * two)
    return _mean((own + scale * (m / two + t / one)) * logs, slope * logs)


def _focal(name: str, y: Array, t: Array) -> Sizes:
    """A cross-entropy times a power of a number below 1 that is itself a difference."""
    gamma, alpha = LOSSES[name].extra
    most = (1.0 + 4.0 * gamma) * (1.0 if alpha < 0 or LOSSES[name].columns else max(alpha, 0.75))
    if LOSSES[name].binary:
        term, slope = (1.0 + np.abs(y),) * 2 if LOSSES[name].logits else _entropy(y)
        return _mean(most * term, most * (slope + term))
    loss, grad = _categorical(LOSSES[name].logits, y, t)
    return most * loss, most * grad * loss[:, None]


def _categorical(logits: bool, y: Array, t: Array) -> Sizes:
    total = np.abs(t).sum(axis=1) + 1.0
    if logits:  # a probability's argument z - max z is rounded once
        return total * _spread(y), np.broadcast_to((total * (1.0 + _spread(y)))[:, None], y.shape)
    q = y / y.sum(axis=1, keepdims=True)
    return (
        total * (1.0 - np.log(q.min(axis=1))),
        (total[:, None] + (t + 1.0) / q) / y.sum(axis=1, keepdims=True),
    )


def _cosine(y: Array, t: Array) -> Sizes:
    """Three sums and two roots; each is relative to its own size."""
    norms = np.linalg.norm(y, axis=1) * np.linalg.norm(t, axis=1)
    value = 4.0 * np.abs(t * y).sum(axis=1) / norms
    slope = np.abs(t) / norms[:, None] + (value / np.linalg.norm(y, axis=1) ** 2)[:, None] * np.abs(
        y
    )
    return value, 4.0 * slope


def sizes(name: str, y: Array, t: Array) -> Sizes:
    """Size of the terms of each row's loss, and of each element of its gradient."""
    y, t = y.astype(np.float64), t.astype(np.float64)
    twin = LOSSES[name]
    kernel = twin.kernel
    if kernel.startswith("tweedie"):
        return _tweedie(kernel, twin.param or 0.0, y, t)
    if "focal" in kernel:
        return _focal(name, y, t)
    if kernel == "cosine":
        return _cosine(y, t)
    if kernel == "categorical_hinge":
        rival = np.abs((1.0 - t) * y).max(axis=1)
        return 1.0 + rival + np.abs(t * y).sum(axis=1), 1.0 + np.abs(t)
    if kernel == "generalized_ce":
        own = (t * y).sum(axis=1) + (t.sum(axis=1) == 0)
        logs = 1.0 + np.abs(np.log(own))
        return logs * 2.0 / (twin.param or 1.0), t * (logs / own)[:, None]
    if kernel == "bce":
        return _mean(*_entropy(y))
    if kernel == "bce_logits":
        slope = np.broadcast_to(
            (np.abs(t).sum(axis=1) + 1.0)[:, None] * (1 + _spread(y)[:, None]), y.shape
        )
        return _mean(1.0 + np.abs(y), slope)
    if kernel in ("cce", "scce", "cce_logits", "scce_logits"):
        return _categorical(twin.logits, y, t)
    return _regression(kernel, y, t)
