"""Initial values of weights, by name or as objects that are called with a shape."""

from typing import TYPE_CHECKING, Any

from fastnn import _custom
from fastnn._lazy import make_lazy
from fastnn._registry import Registry, shorten
from fastnn.initializers.base import Initializer

if TYPE_CHECKING:
    from fastnn.initializers.constant import (
        Constant,
        Identity,
        IdentityInitializer,
        Ones,
        Zeros,
        constant,
        identity,
        ones,
        zeros,
    )
    from fastnn.initializers.orthogonal import Orthogonal, OrthogonalInitializer, orthogonal
    from fastnn.initializers.random import (
        RandomNormal,
        RandomUniform,
        TruncatedNormal,
        random_normal,
        random_uniform,
        truncated_normal,
    )
    from fastnn.initializers.variance_scaling import (
        GlorotNormal,
        GlorotUniform,
        HeNormal,
        HeUniform,
        LecunNormal,
        LecunUniform,
        VarianceScaling,
        glorot_normal,
        glorot_uniform,
        he_normal,
        he_uniform,
        lecun_normal,
        lecun_uniform,
        variance_scaling,
    )

__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity",
    "IdentityInitializer", "Initializer", "LecunNormal", "LecunUniform", "Ones", "Orthogonal",
    "OrthogonalInitializer", "RandomNormal", "RandomUniform", "TruncatedNormal",
    "VarianceScaling", "Zeros", "constant", "deserialize", "get", "glorot_normal",
    "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_normal", "lecun_uniform",
    "ones", "orthogonal", "random_normal", "random_uniform", "serialize", "truncated_normal",
    "variance_scaling", "zeros",
]  # fmt: skip

make_lazy(
    __name__,
    {
        "constant": "Constant Identity IdentityInitializer Ones Zeros constant identity ones zeros",
        "orthogonal": "Orthogonal OrthogonalInitializer orthogonal",
        "random": "RandomNormal RandomUniform TruncatedNormal random_normal "
        "random_uniform truncated_normal",
        "variance_scaling": "GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal "
        "LecunUniform VarianceScaling glorot_normal glorot_uniform he_normal he_uniform "
        "lecun_normal lecun_uniform variance_scaling",
    },
)
REGISTRY: Registry[Initializer] = Registry(
    "initializer",
    "initializers",
    {
        "Constant": "constant",
        "GlorotNormal": "glorot_normal",
        "GlorotUniform": "glorot_uniform",
        "HeNormal": "he_normal",
        "HeUniform": "he_uniform",
        "Identity": "identity IdentityInitializer",
        "LecunNormal": "lecun_normal",
        "LecunUniform": "lecun_uniform",
        "Ones": "ones one",
        "Orthogonal": "orthogonal OrthogonalInitializer",
        "RandomNormal": "random_normal normal",
        "RandomUniform": "random_uniform uniform",
        "TruncatedNormal": "truncated_normal",
        "VarianceScaling": "variance_scaling",
        "Zeros": "zeros zero",
    },
    base=Initializer,
)


def get(identifier: Any, argument: str | None = None) -> Any:
    """Return the initialiser that a name, a class, an object or a configuration means.

    An array stands for its values, a function of ``(shape, dtype)`` for what it returns; a model
    with an array cannot be saved. None stays None.

    Parameters
    ----------
    identifier : str, class, callable, array, dict or None
    argument : str, default=None
        Argument of a layer that needs an initialiser: None raises then.

    Raises
    ------
    ValueError
        If it means none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.get("zeros")
    Zeros()
    """
    if isinstance(identifier, Initializer) or (identifier is None and argument is None):
        return identifier
    if isinstance(identifier, str) and _custom.find(identifier) is None:
        return REGISTRY.lookup(identifier, argument or "initializer")()
    if isinstance(identifier, (str, dict)):
        identifier = deserialize(identifier)
        if isinstance(identifier, Initializer):
            return identifier
    if isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    if hasattr(identifier, "__array_interface__") or (
        callable(identifier) and not isinstance(identifier, type)
    ):
        from fastnn.initializers.given import Given

        return Given(identifier)
    raise ValueError(
        f"`{argument or 'initializer'}` must be a name or an object of fastnn.initializers, got "
        f"{shorten(identifier)}"
    )


def serialize(initializer: Any) -> Any:
    """Return class name and arguments of an initialiser.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.serialize(fastnn.initializers.Constant(2))
    {'class_name': 'Constant', 'config': {'value': 2.0}}
    """
    return REGISTRY.serialize(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the initialiser that `serialize` described, or that a name means.

    Parameters
    ----------
    config : dict or str
    custom_objects : dict, default=None
        Classes and functions of one's own, by name.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.deserialize({"class_name": "Ones", "config": {}})
    Ones()
    """
    return REGISTRY.read(config, custom_objects)
