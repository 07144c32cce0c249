"""Activations in NumPy's longdouble, to judge a kernel's last bit.

By default the twin's formula, which takes the type of its argument; here are those that would not
be exact enough: the twin's erfc and constants are float64.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.activations import ACTIVATIONS, sigmoid

Array = NDArray[Any]

PI = np.longdouble("3.14159265358979323846264338327950288")


def cast(values: Any) -> Array:
    """values in longdouble."""
    return np.asarray(values, np.longdouble)


@dataclass(frozen=True)
class Wide:
    """value(z), slope(z), and the size of the terms that slope is the sum of."""

    value: Callable[..., Array]
    slope: Callable[..., Array]
    size: Callable[..., Array]


def _pdf(x: Array) -> Array:
    """exp(-x^2 / 2) / sqrt(2 pi). x = hi + lo so that hi^2 is exact: x^2 / 2 may be 700."""
    hi = x.astype(np.float64)
    hi = cast(hi.astype(np.float32)) if np.all(np.abs(hi) < 1e38) else x
    lo = x - hi
    return np.exp(-hi * hi / 2) * np.exp(-lo * (hi + lo / 2)) / np.sqrt(2 * PI)


def _cdf(x: Array) -> Array:
    """The normal distribution: a series of positive terms below 1, Laplace's continued fraction
    above (Abramowitz and Stegun, 26.2.11 and 26.2.14). 400 levels leave exp(-2 t sqrt(800))."""
    t = np.minimum(np.abs(x), 1e4)
    tail = np.zeros_like(t)
    for n in range(400, 0, -1):
        tail = n / (np.maximum(t, 1.0) + tail)
    tail = _pdf(t) / (np.maximum(t, 1.0) + tail)
    near = np.minimum(t, 1.0)
    term, total = near, near
    for n in range(1, 40):
        term = term * near * near / (2 * n + 1)
        total = total + term
    half = cast(0.5)
    series = _pdf(near) * total
    upper = np.where(t < 1, half + series, 1 - tail)
    lower = np.where(t < 1, half - series, tail)
    return np.where(x < 0, lower, upper)


def _cut(x: Array) -> Array:
    """Beyond these every activation is 0 or its asymptote in float64; squares stay finite."""
    return np.clip(x, -1e4, 1e4)


def _gelu(z: Array) -> Array:
    return z * _cdf(z)


def _gelu_slope(z: Array) -> Array:
    return _cdf(z) + _cut(z) * _pdf(_cut(z))


def _gelu_size(z: Array) -> Array:
    return _cdf(z) + np.abs(_cut(z)) * _pdf(_cut(z))


def _inner(z: Array) -> Array:
    """2 g, g = sqrt(2 / pi) (z + 0.044715 z^3)."""
    return 2 * np.sqrt(2 / PI) * (z + np.longdouble("0.044715") * z**3)


def _gelu_tanh_slope_terms(z: Array) -> tuple[Array, Array]:
    z = _cut(z)
    s, rest = sigmoid(_inner(z)), sigmoid(-_inner(z))
    inner_slope = 2 * np.sqrt(2 / PI) * (1 + 3 * np.longdouble("0.044715") * z * z)
    return s, z * s * rest * inner_slope


def _gelu_tanh_size(z: Array) -> Array:
    s, product = _gelu_tanh_slope_terms(z)
    # The argument is rounded three times; s (1 - s) turns that into a share of s.
    return (s + np.abs(product)) * (1 + np.abs(_inner(_cut(z))))


SELU_SCALE = np.longdouble("1.0507009873554804934193349852946")
SELU_SLOPE = SELU_SCALE * np.longdouble("1.6732632423543772848170429916717")


def _selu(z: Array) -> Array:
    return np.where(z > 0, SELU_SCALE * z, SELU_SLOPE * np.expm1(np.minimum(z, 0)))


def _selu_slope(z: Array) -> Array:
    return np.where(z > 0, SELU_SCALE, SELU_SLOPE * np.exp(np.minimum(z, 0)))


_OVERRIDES: dict[str, Wide] = {
    "gelu": Wide(_gelu, _gelu_slope, _gelu_size),
    "gelu_tanh": Wide(
        lambda z: z * sigmoid(_inner(_cut(z))),
        lambda z: sum(_gelu_tanh_slope_terms(z)),
        _gelu_tanh_size,
    ),
    "selu": Wide(_selu, _selu_slope, lambda z: np.abs(_selu_slope(z))),
}


def _celu_slope(z: Array, alpha: Array) -> Array:
    return np.where(z > 0, 1, np.exp(np.minimum(z, 0) / alpha))


# Where the derivative is formed from a rounded y, or is a difference, its error goes with these.
_SIZES: dict[str, Callable[..., Array]] = {
    "sigmoid": lambda z: sigmoid(z),
    "tanh": lambda z: np.ones_like(z),
    "silu": lambda z: sigmoid(z) * (1 + np.abs(_cut(z))),
    # t + z (1 - t^2) s: both terms are at most 2 sigmoid(z) (1 + |z|); each takes six roundings.
    "mish": lambda z: 4 * sigmoid(z) * (1 + np.abs(_cut(z))),
    "hard_silu": lambda z: 1 + np.zeros_like(z),
    # The exponential of a rounded quotient.
    "celu": lambda z, alpha: _celu_slope(z, alpha) * (1 + np.abs(np.minimum(_cut(z), 0) / alpha)),
}


def wide(name: str) -> Wide:
    """The activation of that name."""
    if name in _OVERRIDES:
        return _OVERRIDES[name]
    twin = ACTIVATIONS[name]

    def slope(z: Array, *params: Array) -> Array:
        return twin.backward(z, np.ones_like(z), *params)

    def size(z: Array, *params: Array) -> Array:
        return np.abs(slope(z, *params))

    return Wide(twin.forward, slope, _SIZES.get(name, size))
