"""Smooth activations."""

from typing import Any

from numpy.typing import ArrayLike, NDArray

from fastnn.activations.base import check_at_least_zero, compute


def sigmoid(x: ArrayLike) -> NDArray[Any]:
    r"""Logistic function, :math:`1 / (1 + e^{-x})`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.sigmoid([0.0])
    array([0.5], dtype=float32)
    """
    return compute("sigmoid", x)


def tanh(x: ArrayLike) -> NDArray[Any]:
    """Hyperbolic tangent.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.tanh([0.0])
    array([0.], dtype=float32)
    """
    return compute("tanh", x)


def silu(x: ArrayLike) -> NDArray[Any]:
    r"""Sigmoid linear unit (swish), :math:`x / (1 + e^{-x})`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.silu([0.0])
    array([0.], dtype=float32)
    """
    return compute("silu", x)


def softplus(x: ArrayLike) -> NDArray[Any]:
    r"""Smooth rectifier, :math:`\log(1 + e^x)`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.softplus([100.0])
    array([100.], dtype=float32)
    """
    return compute("softplus", x)


def gelu(x: ArrayLike, approximate: bool = False) -> NDArray[Any]:
    r"""Gaussian error linear unit, :math:`x\,\Phi(x)` (Hendrycks and Gimpel, arXiv 1606.08415).

    Parameters
    ----------
    x : array_like of any shape
    approximate : bool, default=False
        Use the tanh form, :math:`x/2\,(1 + \tanh(\sqrt{2/\pi}(x + 0.044715x^3)))`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.gelu([0.0, 10.0])
    array([ 0., 10.], dtype=float32)
    """
    return compute("gelu_tanh" if approximate else "gelu", x)


def softsign(x: ArrayLike) -> NDArray[Any]:
    r"""Ratio :math:`x / (1 + |x|)`.

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.softsign([-1.0, 0.0, 3.0])
    array([-0.5 ,  0.  ,  0.75], dtype=float32)
    """
    return compute("softsign", x)


def mish(x: ArrayLike) -> NDArray[Any]:
    r"""Product :math:`x \tanh(\log(1 + e^x))`.

    Misra, 2019 (arXiv 1908.08681).

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.mish([0.0, 20.0])
    array([ 0., 20.], dtype=float32)
    """
    return compute("mish", x)


def exponential(x: ArrayLike) -> NDArray[Any]:
    r"""Exponential function, :math:`e^x`.

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.exponential([0.0])
    array([1.], dtype=float32)
    """
    return compute("exponential", x)


def tanh_shrink(x: ArrayLike) -> NDArray[Any]:
    r"""Difference :math:`x - \tanh(x)`, without the loss of digits round 0.

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.tanh_shrink([0.0, 20.0])
    array([ 0., 19.], dtype=float32)
    """
    return compute("tanh_shrink", x)


def squareplus(x: ArrayLike, b: float = 4) -> NDArray[Any]:
    r"""Smooth rectifier :math:`(x + \sqrt{x^2 + b}) / 2`.

    Barron, 2021 (arXiv 2112.11687).

    Parameters
    ----------
    x : array_like of any shape
    b : float, default=4
        At least 0; 0 gives `relu`.

    Raises
    ------
    ValueError
        If `b` is negative or no number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.squareplus([0.0, 1.5])
    array([1., 2.], dtype=float32)
    """
    return compute("squareplus", x, [check_at_least_zero(b, "b")])


def log_sigmoid(x: ArrayLike) -> NDArray[Any]:
    r"""Logarithm of the sigmoid, :math:`-\log(1 + e^{-x})`.

    Parameters
    ----------
    x : array_like of any shape

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.log_sigmoid([-100.0])
    array([-100.], dtype=float32)
    """
    return compute("log_sigmoid", x)
