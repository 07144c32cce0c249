"""Types of layers as objects: the type that a layer computes in is that of its weights too."""

from typing import Any, NoReturn

from fastnn._registry import shorten
from fastnn.config import floatx, resolve_dtype, set_floatx

__all__ = ["DTypePolicy", "deserialize", "get", "serialize"]

_OF_DATA = (
    "float16", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
)  # fmt: skip


class DTypePolicy:
    """The type that layers compute in and keep their weights in: one, for there is no mixing.

    Parameters
    ----------
    name : {"float32", "float64"}
        Of an `Input` also any other type of data.
    source_name : None
        Keras' argument for quantized layers, which fastnn has not.

    Attributes
    ----------
    name, compute_dtype, variable_dtype : str

    Raises
    ------
    ValueError
        If `name` is another, such as Keras' ``"mixed_float16"``.

    Examples
    --------
    >>> import fastnn
    >>> policy = fastnn.DTypePolicy("float64")
    >>> fastnn.layers.Dense(1, dtype=policy).compute_dtype
    'float64'
    """

    def __init__(self, name: str, source_name: None = None) -> None:
        if source_name is not None:
            raise ValueError(f"`source_name` must be None, got {source_name!r}")
        if not isinstance(name, str):
            raise TypeError(f"`name` must be a str, got {name!r}")
        self.name = resolve_dtype(name, "name", also=_OF_DATA)
        self.compute_dtype = self.variable_dtype = self.name

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal policy."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "DTypePolicy":
        """Return the policy that `get_config` described."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'


def get(identifier: Any) -> DTypePolicy:
    """Return the policy that a policy, its name or its configuration means; of None, the default.

    Raises
    ------
    ValueError
        If it means none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.dtype_policies.get("float64")
    <DTypePolicy "float64">
    """
    if identifier is None:
        return default()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    return DTypePolicy(resolve_dtype(identifier))


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """Return class name and name of a policy.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.dtype_policies.serialize(fastnn.DTypePolicy("float32"))
    {'class_name': 'DTypePolicy', 'config': {'name': 'float32'}}
    """
    return {"class_name": "DTypePolicy", "config": dtype_policy.get_config()}


def deserialize(config: dict[str, Any], custom_objects: Any = None) -> DTypePolicy:
    """Return the policy that `serialize` of fastnn or Keras described.

    Parameters
    ----------
    config : dict
    custom_objects : None
        Keras' argument; there are no policies of one's own.

    Raises
    ------
    ValueError
        If `config` describes none.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.dtype_policies.deserialize({"class_name": "DTypePolicy",
    ...                                    "config": {"name": "float32"}})
    <DTypePolicy "float32">
    """
    described = config.get("config") if isinstance(config, dict) else None
    known = isinstance(config, dict) and config.get("class_name") == "DTypePolicy"
    if not known or not isinstance(described, dict) or set(described) - {"name", "source_name"}:
        raise ValueError(f"not the configuration of a DTypePolicy: {shorten(config)}")
    return DTypePolicy(**described)


def default() -> DTypePolicy:
    """Return the policy of new layers."""
    return DTypePolicy(floatx())


def set_default(policy: Any) -> None:
    """Set the policy of new layers."""
    set_floatx(get(policy).name)


def __getattr__(name: str) -> NoReturn:
    from fastnn._keras_names import raise_absent

    raise_absent("dtype_policies", name)
