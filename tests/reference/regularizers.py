"""Regularisers: penalty and derivative of a weight. Constraints: what a weight becomes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EPSILON = 1e-7


@dataclass(frozen=True)
class Regularizer:
    """Penalty of an array, and its derivative; `products`: that takes matrix products."""

    penalty: Callable[[Array], float]
    grad: Callable[[Array], Array]
    products: bool = False


@dataclass(frozen=True)
class Penalized:
    """What belongs to one parameter of a graph: penalty, constraint, either of them or both."""

    regularizer: Regularizer | None = None
    constraint: Callable[[Array], Array] | None = None


def l1_l2(l1: float, l2: float) -> Regularizer:
    """l1 sum |w| + l2 sum w^2;  l1 sign(w) + 2 l2 w."""
    return Regularizer(
        lambda w: float(l1 * np.abs(w).sum() + l2 * np.square(w).sum()),
        lambda w: l1 * np.sign(w) + 2.0 * l2 * w,
    )


def orthogonal(factor: float, mode: str) -> Regularizer:
    """Mean absolute cosine of different rows (or columns).

    With u = w / |w| by rows, s = sign(u u^T) without its diagonal and a = sum |u u^T| over j != i:
    d/dw_i = (2 factor / (r (r - 1))) (s u - a u)_i / |w_i|.
    """

    def parts(w: Array) -> tuple[Array, Array, Array]:
        v = w if mode == "rows" else w.T
        length = np.maximum(np.sqrt(np.square(v).sum(axis=1, keepdims=True)), EPSILON)
        u = v / length
        product = u @ u.T
        np.fill_diagonal(product, 0.0)
        return u, length, product

    def pairs(w: Array) -> float:
        r = w.shape[0 if mode == "rows" else 1]
        return r * (r - 1.0)

    def penalty(w: Array) -> float:
        return float(factor * np.abs(parts(w)[2]).sum() / pairs(w)) if pairs(w) else 0.0

    def grad(w: Array) -> Array:
        if not pairs(w):
            return np.zeros_like(w)
        u, length, product = parts(w)
        along = np.abs(product).sum(axis=1, keepdims=True)
        d = 2.0 * factor / pairs(w) * (np.sign(product) @ u - along * u) / length
        return d if mode == "rows" else d.T

    return Regularizer(penalty, grad, products=True)


def twin_of(name: str, **options: Any) -> Any:
    """The regulariser or constraint of Keras' class name and arguments."""
    if name == "OrthogonalRegularizer":
        return orthogonal(options["factor"], options.get("mode", "rows"))
    if name in ("L1", "L2", "L1L2"):
        return l1_l2(options.get("l1", 0.0), options.get("l2", 0.0))
    axis = options.get("axis", 0)
    axis = tuple(axis) if isinstance(axis, list) else axis
    if name == "NonNeg":
        return non_negative
    bounds = {
        "MaxNorm": lambda: (0.0, options["max_value"]),
        "UnitNorm": lambda: (1.0, 1.0),
        "MinMaxNorm": lambda: (
            options["min_value"],
            options["max_value"],
            options.get("rate", 1.0),
        ),
    }[name]()
    return norm_constraint(*bounds, axis=axis)


def non_negative(w: Array) -> Array:
    """max(w, 0)."""
    return np.maximum(w, 0.0)


def norm_constraint(
    low: float, high: float, rate: float = 1.0, axis: int | tuple[int, ...] | None = 0
) -> Callable[[Array], Array]:
    """w d / (1e-7 + n), n the norm along the axes, d = rate clip(n, low, high) + (1 - rate) n."""

    def constrain(w: Array) -> Array:
        n = np.sqrt(np.square(w).sum(axis=axis, keepdims=True))
        desired = rate * np.clip(n, low, high) + (1.0 - rate) * n
        return w * (desired / (EPSILON + n))

    return constrain
