"""Activations of straight or quadratic pieces, the step and the identity among them."""

from typing import Any

from numpy.typing import ArrayLike, NDArray

from fastnn._validation import check_number
from fastnn.activations.base import check_at_least_zero, compute


def hard_sigmoid(x: ArrayLike) -> NDArray[Any]:
    r"""Sigmoid of three straight pieces, :math:`\min(\max(x + 3, 0), 6) / 6`.

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.hard_sigmoid([-3.0, 0.0, 3.0])
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return compute("hard_sigmoid", x)


def hard_silu(x: ArrayLike) -> NDArray[Any]:
    r"""Sigmoid linear unit with `hard_sigmoid`, :math:`x \min(\max(x + 3, 0), 6) / 6`.

    Howard et al., 2019 (arXiv 1905.02244), as hard swish.

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.hard_silu([-4.0, 0.0, 4.0])
    array([-0.,  0.,  4.], dtype=float32)
    """
    return compute("hard_silu", x)


def hard_tanh(x: ArrayLike) -> NDArray[Any]:
    r"""Input cut to :math:`[-1, 1]`.

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.hard_tanh([-2.0, 0.5, 2.0])
    array([-1. ,  0.5,  1. ], dtype=float32)
    """
    return compute("hard_tanh", x)


def hard_shrink(x: ArrayLike, threshold: float = 0.5) -> NDArray[Any]:
    r"""Zero where :math:`|x| \le t`, x elsewhere.

    Parameters
    ----------
    x : array_like of any shape
    threshold : float, default=0.5
        At least 0.

    Raises
    ------
    ValueError
        If `threshold` is negative or no number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.hard_shrink([-1.0, 0.25, 1.0])
    array([-1.,  0.,  1.], dtype=float32)
    """
    return compute("hard_shrink", x, [check_at_least_zero(threshold, "threshold")])


def soft_shrink(x: ArrayLike, threshold: float = 0.5) -> NDArray[Any]:
    r"""Zero where :math:`|x| \le t`, elsewhere :math:`x - t\,\mathrm{sign}(x)`.

    Parameters
    ----------
    x : array_like of any shape
    threshold : float, default=0.5
        At least 0.

    Raises
    ------
    ValueError
        If `threshold` is negative or no number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.soft_shrink([-1.0, 0.25, 1.0])
    array([-0.5,  0. ,  0.5], dtype=float32)
    """
    return compute("soft_shrink", x, [check_at_least_zero(threshold, "threshold")])


def sparse_plus(x: ArrayLike) -> NDArray[Any]:
    r"""Zero up to -1, :math:`(x + 1)^2 / 4` up to 1, then x.

    Its derivative is `sparse_sigmoid`.

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.sparse_plus([-2.0, 0.0, 2.0])
    array([0.  , 0.25, 2.  ], dtype=float32)
    """
    return compute("sparse_plus", x)


def sparse_sigmoid(x: ArrayLike) -> NDArray[Any]:
    r"""Straight line from 0 to 1, :math:`\min(\max(x + 1, 0), 2) / 2`.

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.sparse_sigmoid([-2.0, 0.0, 2.0])
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return compute("sparse_sigmoid", x)


def threshold(x: ArrayLike, threshold: float, default_value: float) -> NDArray[Any]:
    r"""Input above a threshold, a constant elsewhere.

    Parameters
    ----------
    x : array_like of any shape
    threshold : float
    default_value : float
        The result where ``x <= threshold``.

    Raises
    ------
    ValueError
        If an argument is no number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.threshold([-1.0, 2.0], threshold=0.0, default_value=9.0)
    array([9., 2.], dtype=float32)
    """
    params = [check_number(threshold, "threshold"), check_number(default_value, "default_value")]
    return compute("threshold", x, params)


def step(x: ArrayLike) -> NDArray[Any]:
    """Threshold unit of the perceptron: 1 for input of at least 0, else 0. Its gradient is 0.

    Not in Keras.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.step([-1.0, 0.5])
    array([0., 1.], dtype=float32)
    """
    return compute("step", x)


def linear(x: ArrayLike) -> NDArray[Any]:
    """Return the input.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.linear([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    return compute("linear", x)
