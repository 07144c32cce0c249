"""Activation functions: by name for layers, and as functions of NumPy arrays.

The values come from the core, so a function called here gives the same bits as the layer.
An activation with parameters is chosen by ``functools.partial``, for example
``Dense(8, activation=functools.partial(activations.elu, alpha=0.5))``.
"""

import functools
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from numpy.typing import NDArray

from fastnn import _custom
from fastnn._errors import ObjectError
from fastnn._keras_names import absent_message
from fastnn._lazy import make_lazy
from fastnn._registry import shorten
from fastnn._validation import check_number
from fastnn.activations.base import NativeActivation, check_at_least_zero
from fastnn.activations.pieces import (
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    linear,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    step,
    threshold,
)
from fastnn.activations.rectifiers import (
    celu,
    check_alpha,
    elu,
    leaky_relu,
    native_relu,
    relu,
    relu6,
    selu,
)
from fastnn.activations.rows import glu, log_softmax, softmax, sparsemax
from fastnn.activations.smooth import (
    exponential,
    gelu,
    log_sigmoid,
    mish,
    sigmoid,
    silu,
    softplus,
    softsign,
    squareplus,
    tanh,
    tanh_shrink,
)

__all__ = [
    "celu", "deserialize", "elu", "exponential", "gelu", "get", "glu", "hard_shrink",
    "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "linear",
    "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "serialize", "sigmoid",
    "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid",
    "sparsemax", "squareplus", "step", "swish", "tanh", "tanh_shrink", "threshold",
]  # fmt: skip


def _native_gelu(approximate: bool = False) -> NativeActivation:
    return NativeActivation("gelu_tanh" if approximate else "gelu", ())


def _native_elu(alpha: float = 1.0) -> NativeActivation:
    return NativeActivation("elu", (check_number(alpha, "alpha"),))


def _native_celu(alpha: float = 1.0) -> NativeActivation:
    return NativeActivation("celu", (check_alpha(alpha),))


def _native_leaky_relu(negative_slope: float = 0.2) -> NativeActivation:
    return NativeActivation("leaky_relu", (check_number(negative_slope, "negative_slope"),))


def _native_relu6() -> NativeActivation:
    return native_relu(max_value=6.0)


def _native_squareplus(b: float = 4) -> NativeActivation:
    return NativeActivation("squareplus", (check_at_least_zero(b, "b"),))


def _native_threshold(threshold: Any = None, default_value: Any = None) -> NativeActivation:
    if threshold is None or default_value is None:
        raise ValueError(
            "activations.threshold has no default for `threshold` and `default_value`: give a "
            "functools.partial of it with both"
        )
    params = check_number(threshold, "threshold"), check_number(default_value, "default_value")
    return NativeActivation("threshold", params)


def _native_glu(axis: int = -1) -> NativeActivation:
    if axis != -1:
        raise ValueError(f"`axis` of a layer's glu must be -1, got {axis!r}")
    return NativeActivation("glu", ())


def _shrink(name: str) -> Callable[..., NativeActivation]:
    def native(threshold: float = 0.5) -> NativeActivation:
        return NativeActivation(name, (check_at_least_zero(threshold, "threshold"),))

    return native


def _along_rows(name: str) -> Callable[..., NativeActivation]:
    def native(axis: int = -1) -> NativeActivation:
        if axis != -1:
            raise ValueError(f"`axis` of a layer's {name} must be -1, got {axis!r}")
        return NativeActivation(name, ())

    return native


def _plain(name: str) -> Callable[..., NativeActivation]:
    def native() -> NativeActivation:
        return NativeActivation(name, ())

    return native


_FUNCTIONS: dict[str, Callable[..., NDArray[Any]]] = {
    function.__name__: function
    for function in (
        celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh,
        leaky_relu, linear, log_sigmoid, log_softmax, mish, relu, relu6, selu, sigmoid, silu,
        soft_shrink, softmax, softplus, softsign, sparse_plus, sparse_sigmoid, sparsemax,
        squareplus, step, tanh, tanh_shrink, threshold,
    )
}  # fmt: skip
# What each function's keyword arguments mean to the core; the rest have none.
NATIVE: dict[str, Callable[..., NativeActivation]] = {
    **{name: _plain(name) for name in _FUNCTIONS},
    "relu": native_relu,
    "relu6": _native_relu6,
    "leaky_relu": _native_leaky_relu,
    "elu": _native_elu,
    "celu": _native_celu,
    "gelu": _native_gelu,
    "glu": _native_glu,
    "hard_shrink": _shrink("hard_shrink"),
    "soft_shrink": _shrink("soft_shrink"),
    "squareplus": _native_squareplus,
    "threshold": _native_threshold,
    **{name: _along_rows(name) for name in ("softmax", "log_softmax", "sparsemax")},
}
_ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}
swish = silu
hard_swish = hard_silu


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
        identifier = deserialize(identifier)
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
    raise ObjectError(
        f"unknown activation {shorten(name)}; known: {', '.join(sorted(_FUNCTIONS))}; layers take "
        "no others"
    )


def to_native(function: Any) -> NativeActivation:
    """Return code and parameters of what `get` returned."""
    keywords: dict[str, Any] = {}
    if isinstance(function, functools.partial):
        if function.args:
            raise ValueError("`activation` given as functools.partial takes keywords only")
        keywords, function = function.keywords, function.func
    name = getattr(function, "__name__", "")
    if name not in _FUNCTIONS or _FUNCTIONS[name] is not function:
        raise ValueError(f"`activation` must be of fastnn.activations, got {shorten(function)}")
    known = inspect.signature(NATIVE[name]).parameters
    for keyword in keywords:
        if keyword not in known:
            raise ValueError(f"activations.{name} takes no argument {keyword!r}")
    return NATIVE[name](**keywords)


def activated_shape(function: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return what becomes of samples of a shape: glu halves the last axis, others keep all."""
    if to_native(function).name != "glu":
        return shape
    if shape[-1] % 2:
        raise ValueError(
            f"`activation='glu'` halves the last axis, which must be even, got {shape}"
        )
    return (*shape[:-1], shape[-1] // 2)


def serialize(activation: Any) -> str | dict[str, Any]:
    """Return the name of an activation, or name and arguments as a dict.

    A function of the user's own is described by its name; layers take none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.serialize(fastnn.activations.tanh)
    'tanh'
    """
    if isinstance(activation, FunctionType) and activation not in _FUNCTIONS.values():
        from fastnn.saving.serialization import own_entry

        return own_entry(activation)
    function = get(activation)
    if isinstance(function, functools.partial):
        return {"class_name": function.func.__name__, "config": dict(function.keywords)}
    return str(getattr(function, "__name__", ""))


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the activation that `serialize` described.

    Parameters
    ----------
    config : str or dict
    custom_objects : dict, default=None
        Functions of one's own, by name.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.activations.deserialize("tanh") is fastnn.activations.tanh
    True
    """
    if config is None:
        return None
    with _custom.supplied(custom_objects):
        if (own := _custom.described(config)) is not None:
            return _custom.made(own, config)
    if isinstance(config, dict) and _custom.is_function(config):
        config = config.get("config")
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


make_lazy(__name__)
