"""Defaults of the package: the floating-point type of new layers."""

from typing import Any, NoReturn

__all__ = [
    "backend", "dtype_policy", "epsilon", "floatx", "image_data_format", "set_dtype_policy",
    "set_floatx",
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


def backend() -> str:
    """Return what computes: where Keras answers ``"jax"`` and the like, ``"fastnn"``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.backend()
    'fastnn'
    """
    return "fastnn"


def image_data_format() -> str:
    """Return where the channels of images are, ``"channels_last"``: the order of the data sets.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.config.image_data_format()
    'channels_last'
    """
    return "channels_last"


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
