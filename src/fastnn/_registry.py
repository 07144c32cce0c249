"""Names to classes and back, one closed registry per family.

What a configuration or a file may create is what is registered here: nothing is imported
by name, so reading a file never runs code of the file's choosing.
"""

from collections.abc import Iterable
from typing import Any, Generic, Protocol, TypeVar

from fastnn._keras_names import absent_message

T = TypeVar("T", bound="Configurable")


class Configurable(Protocol):
    """What a registered object can do: describe itself."""

    def get_config(self) -> dict[str, Any]: ...


class Registry(Generic[T]):
    """The classes of one family, by class name and by their short names.

    Parameters
    ----------
    family : str
        Singular name for messages, such as ``"loss"``.
    module : str
        Public module that holds the family, such as ``"losses"``.
    """

    def __init__(self, family: str, module: str) -> None:
        self.family = family
        self.module = module
        self._classes: dict[str, type[T]] = {}
        self._names: dict[str, type[T]] = {}

    def register(self, cls: type[T], *aliases: str) -> None:
        """Add a class under its own name and under `aliases`."""
        self._classes[cls.__name__] = cls
        for name in (cls.__name__, *aliases):
            self._names[name] = cls

    def names(self) -> Iterable[str]:
        """Return the short names, for messages."""
        return sorted(name for name in self._names if name not in self._classes)

    def lookup(self, name: str, argument: str) -> type[T]:
        """Return the class called `name`, or raise a ValueError that names what there is."""
        try:
            return self._names[name]
        except KeyError:
            pass
        absent = absent_message(self.module, name)
        if absent is not None:
            raise ValueError(f"`{argument}={name!r}`: {absent}")
        raise ValueError(
            f"unknown {self.family} {name!r} for `{argument}`; known: {', '.join(self.names())}"
        )

    def holds(self, obj: Any) -> bool:
        """Tell whether the class of an object is registered."""
        return self._classes.get(type(obj).__name__) is type(obj)

    def serialize(self, obj: Any) -> dict[str, Any]:
        """Return ``{"class_name": ..., "config": ...}`` for a registered object."""
        name = type(obj).__name__
        if self._classes.get(name) is not type(obj):
            raise ValueError(
                f"{obj!r} cannot be serialized: {type(obj).__name__} is not a {self.family} of "
                f"fastnn.{self.module}"
            )
        return {"class_name": name, "config": obj.get_config()}

    def deserialize(self, config: object) -> T:
        """Return the object that `serialize` described.

        Raises
        ------
        ValueError
            If `config` is not such a description, names an unknown class, or holds
            arguments that the class does not take.
        """
        if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
            raise ValueError(
                f"the configuration of a {self.family} must be a dict with 'class_name' and "
                f"'config', got {shorten(config)}"
            )
        name = config["class_name"]
        arguments = config.get("config", {})
        if name not in self._classes:
            absent = absent_message(self.module, name)
            raise ValueError(absent or f"unknown {self.family} class {shorten(name)}")
        if not isinstance(arguments, dict):
            raise ValueError(f"'config' of {name} must be a dict, got {shorten(arguments)}")
        cls: Any = self._classes[name]
        try:
            made: T = cls.from_config(arguments)
        except (TypeError, AttributeError, KeyError) as error:
            raise ValueError(f"bad configuration of {name}: {error}") from error
        return made


def shorten(value: object, limit: int = 80) -> str:
    """Return ``repr(value)``, cut to `limit` characters: for messages about foreign data."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
