"""Defaults of the package: the floating-point type of new layers."""

from typing import Any, NoReturn

from fastnn._messages import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)

__all__ = [
    "backend", "disable_interactive_logging", "dtype_policy", "enable_interactive_logging",
    "epsilon", "floatx", "image_data_format", "is_interactive_logging_enabled", "set_backend",
    "set_dtype_policy", "set_epsilon", "set_floatx", "set_image_data_format",
]  # fmt: skip

_FLOATS = ("float32", "float64")
_floatx = "float32"


def floatx() -> str:
    """Return the default floating-point type of layers, ``"float32"`` or ``"float64"``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.floatx()
    'float32'
    """
    return _floatx


def set_floatx(value: str) -> None:
    """Set the default floating-point type of layers created from now on.

    Parameters
    ----------
    value : {"float32", "float64"}
        The new default.

    Raises
    ------
    ValueError
        If `value` is another type; fastnn computes in these two.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.set_floatx("float64")
    >>> fastnn.layers.Dense(1).dtype
    'float64'
    >>> fastnn.config.set_floatx("float32")
    """
    global _floatx
    _floatx = resolve_dtype(value, "value")


def dtype_policy() -> Any:
    """Return the type of new layers as an object: a `DTypePolicy` of `floatx`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.dtype_policy()
    <DTypePolicy "float32">
    """
    from fastnn import dtype_policies

    return dtype_policies.default()


def set_dtype_policy(policy: Any) -> None:
    """Set the type of layers created from now on, which is that of `set_floatx` too.

    Parameters
    ----------
    policy : DTypePolicy or {"float32", "float64"}

    Raises
    ------
    ValueError
        If it is another, such as Keras' ``"mixed_float16"``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.set_dtype_policy("float64")
    >>> fastnn.layers.Dense(1).dtype_policy
    <DTypePolicy "float64">
    >>> fastnn.config.set_dtype_policy("float32")
    """
    from fastnn import dtype_policies

    dtype_policies.set_default(policy)


def epsilon() -> float:
    """Return the distance from 0 and 1 that probabilities are kept at in losses; it is fixed.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.epsilon()
    1e-07
    """
    return 1e-07


def set_epsilon(value: float) -> None:
    """Take 1e-7, which `epsilon` is.

    Raises
    ------
    ValueError
        For another value: the core's losses are made with this one.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.set_epsilon(1e-7)
    """
    if value != epsilon():
        raise ValueError(f"`value` must be {epsilon()}: epsilon is fixed, got {value!r}")


def backend() -> str:
    """Return what computes: where Keras answers ``"jax"`` and the like, ``"fastnn"``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.backend()
    'fastnn'
    """
    return "fastnn"


def set_backend(backend: str) -> None:
    """Take ``"fastnn"``, which `backend` is.

    Raises
    ------
    ValueError
        For another: there is one.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.set_backend("fastnn")
    """
    if backend != "fastnn":
        raise ValueError(f"`backend` must be 'fastnn', the one that there is, got {backend!r}")


def image_data_format() -> str:
    """Return where the channels of images are, ``"channels_last"``: the order of the data sets.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.image_data_format()
    'channels_last'
    """
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """Take ``"channels_last"``, which `image_data_format` is.

    Raises
    ------
    ValueError
        For another order; dense layers know no channels.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.set_image_data_format("channels_last")
    """
    if data_format != "channels_last":
        raise ValueError(f"`data_format` must be 'channels_last', got {data_format!r}")


def __getattr__(name: str) -> NoReturn:
    from fastnn._keras_names import raise_absent

    raise_absent("config", name)


def resolve_dtype(value: object, argument: str = "dtype", *, also: tuple[str, ...] = ()) -> str:
    """Return the name of a floating-point type that fastnn computes in; None is the default.

    `also` are further types, for what only rounds its results to them.
    """
    if value is None:
        return _floatx
    name = value if isinstance(value, str) else getattr(value, "name", None)
    if name is None:
        name = getattr(value, "__name__", None)
    if name not in _FLOATS and name not in also:
        raise ValueError(f"`{argument}` must be 'float32' or 'float64', got {value!r}")
    return str(name)
