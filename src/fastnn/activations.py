"""Activation functions: by name for layers, and as functions of NumPy arrays.

The values come from the core, so a function called here gives the same bits as the layer.
An activation with parameters is chosen by ``functools.partial``, for example
``Dense(8, activation=functools.partial(activations.elu, alpha=0.5))``.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn._keras_names import absent_message, raise_absent
from fastnn._registry import shorten
from fastnn._validation import as_array, check_number
from fastnn.config import floatx

__all__ = [
    "deserialize", "elu", "gelu", "get", "leaky_relu", "linear", "relu", "selu", "serialize",
    "sigmoid", "silu", "softmax", "softplus", "step", "swish", "tanh",
]  # fmt: skip


class NativeActivation(NamedTuple):
    """What the core needs: the code of `_core.ACTIVATIONS` and the parameters."""

    name: str
    params: tuple[float, ...]

    @property
    def code(self) -> int:
        return _core.ACTIVATIONS[self.name]


def as_float(x: ArrayLike, argument: str = "x") -> NDArray[Any]:
    """Return float arrays as they are in float32 or float64; other types in the default type."""
    array = as_array(x, argument)
    if array.dtype.char in "fd" and isinstance(x, (np.ndarray, np.generic)):
        return array
    return array.astype(floatx())


def _compute(name: str, x: ArrayLike, params: Sequence[float] = ()) -> NDArray[Any]:
    array = as_float(x)
    if array.ndim == 0:
        array = array.reshape(1)
        return _compute(name, array, params).reshape(())
    width = array.shape[-1]
    rows = array.reshape(-1, width) if array.size else array.reshape(0, max(width, 1))
    out: NDArray[Any] = _core.activation(_core.ACTIVATIONS[name], params, rows)
    return out.reshape(array.shape)


def relu(
    x: ArrayLike, negative_slope: float = 0.0, max_value: float | None = None,
    threshold: float = 0.0,
) -> NDArray[Any]:  # fmt: skip
    r"""Rectified linear unit, :math:`\max(x, 0)`.

    Parameters
    ----------
    x : array_like of any shape
        float32 and float64 arrays keep their type; other input becomes ``config.floatx()``.
    negative_slope : float, default=0.0
        Slope for negative input.
    max_value : None
        Keras' upper limit; fastnn has none.
    threshold : float, default=0.0
        Keras' threshold; fastnn has only 0.

    Returns
    -------
    ndarray of the shape of x

    Raises
    ------
    ValueError
        If `max_value` or `threshold` is set, or `x` does not hold numbers.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.relu([-1.0, 0.0, 2.0])
    array([0., 0., 2.], dtype=float32)
    """
    native = NATIVE["relu"](
        negative_slope=negative_slope, max_value=max_value, threshold=threshold
    )
    return _compute(native.name, x, native.params)


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
    return _compute("leaky_relu", x, [check_number(negative_slope, "negative_slope")])


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
    return _compute("elu", x, [check_number(alpha, "alpha")])


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
    return _compute("selu", x)


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
    return _compute(NATIVE["gelu"](approximate=approximate).name, x)


def sigmoid(x: ArrayLike) -> NDArray[Any]:
    r"""Logistic function, :math:`1 / (1 + e^{-x})`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.sigmoid([0.0])
    array([0.5], dtype=float32)
    """
    return _compute("sigmoid", x)


def tanh(x: ArrayLike) -> NDArray[Any]:
    """Hyperbolic tangent.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.tanh([0.0])
    array([0.], dtype=float32)
    """
    return _compute("tanh", x)


def silu(x: ArrayLike) -> NDArray[Any]:
    r"""Sigmoid linear unit (swish), :math:`x / (1 + e^{-x})`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.silu([0.0])
    array([0.], dtype=float32)
    """
    return _compute("silu", x)


def softplus(x: ArrayLike) -> NDArray[Any]:
    r"""Smooth rectifier, :math:`\log(1 + e^x)`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.softplus([100.0])
    array([100.], dtype=float32)
    """
    return _compute("softplus", x)


def softmax(x: ArrayLike, axis: int = -1) -> NDArray[Any]:
    r"""Probabilities of the last axis, :math:`e^{x_i} / \sum_j e^{x_j}`.

    Parameters
    ----------
    x : array_like of at least one dimension
    axis : int, default=-1
        fastnn has only the last axis.

    Raises
    ------
    ValueError
        If `axis` is not the last axis of `x`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.softmax([[0.0, 0.0]])
    array([[0.5, 0.5]], dtype=float32)
    """
    array = as_float(x)
    if array.ndim == 0 or axis not in (-1, array.ndim - 1):
        raise ValueError(f"`axis` must be the last axis of `x`, got {axis} for {array.ndim}-D `x`")
    return _compute("softmax", array)


def step(x: ArrayLike) -> NDArray[Any]:
    """Threshold unit of the perceptron: 1 for input of at least 0, else 0. Its gradient is 0.

    Not in Keras.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.step([-1.0, 0.5])
    array([0., 1.], dtype=float32)
    """
    return _compute("step", x)


def linear(x: ArrayLike) -> NDArray[Any]:
    """Return the input.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.linear([1.0, 2.0])
    array([1., 2.], dtype=float32)
    """
    return _compute("linear", x)


swish = silu


def _native_relu(
    negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> NativeActivation:
    if max_value is not None or threshold != 0:
        raise ValueError(
            "`max_value` and `threshold` of activations.relu are not part of fastnn; got "
            f"max_value={max_value!r}, threshold={threshold!r}"
        )
    slope = check_number(negative_slope, "negative_slope")
    return NativeActivation("leaky_relu", (slope,)) if slope else NativeActivation("relu", ())


def _native_gelu(approximate: bool = False) -> NativeActivation:
    return NativeActivation("gelu_tanh" if approximate else "gelu", ())


def _native_elu(alpha: float = 1.0) -> NativeActivation:
    return NativeActivation("elu", (check_number(alpha, "alpha"),))


def _native_leaky_relu(negative_slope: float = 0.2) -> NativeActivation:
    return NativeActivation("leaky_relu", (check_number(negative_slope, "negative_slope"),))


def _native_softmax(axis: int = -1) -> NativeActivation:
    if axis != -1:
        raise ValueError(f"`axis` of a layer's softmax must be -1, got {axis!r}")
    return NativeActivation("softmax", ())


def _plain(name: str) -> Callable[..., NativeActivation]:
    def native() -> NativeActivation:
        return NativeActivation(name, ())

    return native


# What each function's keyword arguments mean to the core.
NATIVE: dict[str, Callable[..., NativeActivation]] = {
    "relu": _native_relu,
    "leaky_relu": _native_leaky_relu,
    "elu": _native_elu,
    "gelu": _native_gelu,
    "softmax": _native_softmax,
    **{
        name: _plain(name)
        for name in ("linear", "selu", "sigmoid", "silu", "softplus", "step", "tanh")
    },
}
_FUNCTIONS: dict[str, Callable[..., NDArray[Any]]] = {
    function.__name__: function
    for function in (
        relu, leaky_relu, elu, gelu, softmax, linear, selu, sigmoid, silu, softplus, step, tanh,
    )
}  # fmt: skip
_ALIASES = {"swish": "silu"}


def get(identifier: Any) -> Callable[..., NDArray[Any]]:
    """Return the activation function that a name, a function or a configuration means.

    Parameters
    ----------
    identifier : str, callable, dict or None
        ``"relu"``, ``activations.relu``, a ``functools.partial`` of one of these functions
        with keyword arguments, what `serialize` returned, or None for `linear`.

    Raises
    ------
    ValueError
        For anything else. Functions written by the user are not part of fastnn.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.get("relu") is fastnn.activations.relu
    True
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        return _by_name(identifier)
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, functools.partial):
        to_native(identifier)
        return identifier
    if callable(identifier) and identifier in _FUNCTIONS.values():
        return identifier  # type: ignore[no-any-return]
    raise ValueError(
        f"`activation` must be a name or a function of fastnn.activations, got "
        f"{shorten(identifier)}"
    )


def _by_name(name: str) -> Callable[..., NDArray[Any]]:
    function = _FUNCTIONS.get(_ALIASES.get(name, name))
    if function is not None:
        return function
    absent = absent_message("activations", name)
    if absent is not None:
        raise ValueError(f"`activation={name!r}`: {absent}")
    raise ValueError(
        f"unknown activation {shorten(name)}; known: {', '.join(sorted(_FUNCTIONS))}"
    )


def to_native(function: Any) -> NativeActivation:
    """Return code and parameters of what `get` returned."""
    keywords: dict[str, Any] = {}
    if isinstance(function, functools.partial):
        if function.args:
            raise ValueError("`activation` given as functools.partial takes keywords only")
        keywords, function = function.keywords, function.func
    name = getattr(function, "__name__", "")
    if _FUNCTIONS.get(name) is not function:
        raise ValueError(f"`activation` must be of fastnn.activations, got {shorten(function)}")
    known = inspect.signature(NATIVE[name]).parameters
    for keyword in keywords:
        if keyword not in known:
            raise ValueError(f"activations.{name} takes no argument {keyword!r}")
    return NATIVE[name](**keywords)


def serialize(activation: Any) -> str | dict[str, Any]:
    """Return the name of an activation, or name and arguments as a dict.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.serialize(fastnn.activations.tanh)
    'tanh'
    """
    function = get(activation)
    if isinstance(function, functools.partial):
        return {"class_name": function.func.__name__, "config": dict(function.keywords)}
    return str(getattr(function, "__name__", ""))


def deserialize(config: Any) -> Callable[..., NDArray[Any]]:
    """Return the activation that `serialize` described.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.deserialize("tanh") is fastnn.activations.tanh
    True
    """
    if isinstance(config, str):
        return _by_name(config)
    if (
        not isinstance(config, dict)
        or not isinstance(config.get("class_name"), str)
        or not isinstance(config.get("config", {}), dict)
    ):
        raise ValueError(f"not the configuration of an activation: {shorten(config)}")
    function = functools.partial(_by_name(config["class_name"]), **config.get("config", {}))
    to_native(function)
    return function


def __getattr__(name: str) -> NoReturn:
    raise_absent("activations", name)
