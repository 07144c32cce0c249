"""Rectifiers: relu and what was made of it."""

import math
from typing import Any

from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_number
from fastnn.activations.base import (
    NativeActivation,
    check_at_least_zero,
    compute,
)


def relu(
    x: ArrayLike, negative_slope: float = 0.0, max_value: float | None = None,
    threshold: float = 0.0,
) -> NDArray[Any]:  # fmt: skip
    r"""Rectified linear unit, :math:`\max(x, 0)`, with Keras' options.

    With options: `max_value` where x is above it, x above `threshold`, and
    ``negative_slope * (x - threshold)`` for the rest.

    Parameters
    ----------
    x : array_like of any shape
        float32 and float64 arrays keep their type; other input becomes ``config.floatx()``.
    negative_slope : float, default=0.0
    max_value : float, default=None
        Upper limit, at least 0; None is none.
    threshold : float, default=0.0

    Returns
    -------
    ndarray of the shape of x

    Raises
    ------
    ValueError
        If an argument is none of these, or `x` does not hold numbers.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.relu([-1.0, 0.0, 2.0])
    array([0., 0., 2.], dtype=float32)
    >>> fastnn.activations.relu([-1.0, 1.0, 9.0], negative_slope=0.5, max_value=6.0)
    array([-0.5,  1. ,  6. ], dtype=float32)
    """
    native = native_relu(negative_slope, max_value, threshold)
    return compute(native.name, x, native.params)


def native_relu(
    negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> NativeActivation:
    """Return the core's form of `relu` with these options."""
    slope = check_number(negative_slope, "negative_slope")
    place = check_number(threshold, "threshold")
    if max_value is None and place == 0:
        return NativeActivation("leaky_relu", (slope,)) if slope else NativeActivation("relu", ())
    top = math.inf if max_value is None else check_at_least_zero(max_value, "max_value")
    return NativeActivation("clipped_relu", (slope, top, place))


def relu6(x: ArrayLike) -> NDArray[Any]:
    r"""Rectifier limited to 6, :math:`\min(\max(x, 0), 6)`.

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.relu6([-1.0, 2.0, 8.0])
    array([0., 2., 6.], dtype=float32)
    """
    return relu(x, max_value=6.0)


def leaky_relu(x: ArrayLike, negative_slope: float = 0.2) -> NDArray[Any]:
    r"""Leaky rectifier: :math:`x` for positive input, :math:`x` times `negative_slope` below.

    Parameters
    ----------
    x : array_like of any shape
    negative_slope : float, default=0.2

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.leaky_relu([-1.0, 2.0], negative_slope=0.5)
    array([-0.5,  2. ], dtype=float32)
    """
    return compute("leaky_relu", x, [check_number(negative_slope, "negative_slope")])


def elu(x: ArrayLike, alpha: float = 1.0) -> NDArray[Any]:
    r"""Exponential linear unit: :math:`x` for positive input, :math:`\alpha(e^x - 1)` below.

    Clevert, Unterthiner and Hochreiter, 2015 (arXiv 1511.07289).

    Parameters
    ----------
    x : array_like of any shape
    alpha : float, default=1.0

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.elu([0.0, 2.0])
    array([0., 2.], dtype=float32)
    """
    return compute("elu", x, [check_number(alpha, "alpha")])


def celu(x: ArrayLike, alpha: float = 1.0) -> NDArray[Any]:
    r"""Continuously differentiable elu: x for :math:`x > 0`, else :math:`\alpha(e^{x/\alpha} - 1)`.

    Barron, 2017 (arXiv 1704.07483).

    Parameters
    ----------
    x : array_like of any shape
    alpha : float, default=1.0
        Not 0.

    Raises
    ------
    ValueError
        If `alpha` is 0 or no number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.celu([0.0, 2.0])
    array([0., 2.], dtype=float32)
    """
    return compute("celu", x, [check_alpha(alpha)])


def selu(x: ArrayLike) -> NDArray[Any]:
    r"""Scaled exponential linear unit, :math:`\lambda\,\mathrm{elu}(x, \alpha)`.

    With :math:`\alpha = 1.6732632`, :math:`\lambda = 1.0507010` (Klambauer et al., 2017,
    arXiv 1706.02515).

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.selu([0.0, 1.0]).round(4)
    array([0.    , 1.0507], dtype=float32)
    """
    return compute("selu", x)


def check_alpha(alpha: Any) -> float:
    """Return celu's divisor."""
    number = check_number(alpha, "alpha")
    if number == 0:
        raise ValueError("`alpha` of celu must not be 0")
    return number
