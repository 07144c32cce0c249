"""Names to classes and back, one registry per family.

What a configuration or a file may create is what is registered here, or by the user (`_custom.py`):
a name from outside is looked up in these lists, so reading a file never imports of the file's
choosing.
"""

import importlib
from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from fastnn import _custom
from fastnn._errors import ObjectError, UnknownArgumentError
from fastnn._keras_names import absent_message

T = TypeVar("T", bound="Configurable")


class Configurable(Protocol):
    """What a registered object can do: describe itself."""

    def get_config(self) -> dict[str, Any]: ...


class Registry(Generic[T]):
    """The classes of one family, by class name and by their short names.

    A class is looked up in its package, which loads it when it is first needed (`_lazy.py`).

    Parameters
    ----------
    family : str
        Singular name for messages, such as ``"loss"``.
    module : str
        Public module that holds the family, such as ``"losses"``.
    classes : mapping of str to str
        For each class its short names, separated by spaces.
    functions : bool, default=False
        The first short name of a class is that of a function too, which all of them mean to
        `named`.
    base : type
        What the user's own classes derive from.
    callables : bool, default=True
        Whether functions of the user's own are part of the family too.
    wrapper : str, default=""
        The public class that makes an object of such a function.
    private : mapping of str to str, default=None
        Classes that are not part of the package, which files may hold: the module of each.
    """

    def __init__(
        self, family: str, module: str, classes: Mapping[str, str], *, base: type,
        functions: bool = False, callables: bool = True, wrapper: str = "",
        private: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.family = family
        self.module = module
        self._classes = frozenset(classes)
        self._short_names = {
            short: name for name, listed in classes.items() for short in listed.split()
        }
        self._functions = {name: listed.split()[0] for name, listed in classes.items() if functions}
        self._base, self._callables, self._wrapper = base, callables, wrapper
        self._private = dict(private or {})

    def names(self) -> list[str]:
        """Return the short names, for messages."""
        return sorted(self._short_names)

    def knows(self, name: str) -> bool:
        """Tell whether there is a class of that name or short name."""
        return name in self._classes or name in self._short_names

    def _load(self, class_name: str) -> type[T]:
        module = self._private.get(class_name, f"fastnn.{self.module}")
        loaded: type[T] = getattr(importlib.import_module(module), class_name)
        return loaded

    def lookup(self, name: str, argument: str) -> type[T]:
        """Return the class called `name`, or raise a ValueError that names what there is."""
        class_name = self._short_names.get(name, name)
        if class_name in self._classes:
            return self._load(class_name)
        absent = absent_message(self.module, name)
        if absent is not None:
            raise ObjectError(f"`{argument}={name!r}`: {absent}")
        raise ObjectError(
            f"unknown {self.family} {name!r} for `{argument}`; known: {', '.join(self.names())}; "
            f"if it is your own, {_custom.ADVICE}"
        )

    def named(self, name: str, argument: str) -> Any:
        """Return what a name means: a function, or an object made without arguments."""
        cls: Any = self.lookup(name, argument)
        if self._functions and name in self._short_names:
            package = importlib.import_module(f"fastnn.{self.module}")
            return getattr(package, self._functions[cls.__name__])
        return cls()

    def meant(self, identifier: Any, base: type, argument: str | None = None) -> Any:
        """Return what a name, a class, an object of `base` or a configuration means.

        None stays None. A function stays itself, but not as the `argument` of a layer, where the
        core must know it.
        """
        if identifier is None or isinstance(identifier, base):
            return identifier
        if isinstance(identifier, str):
            return self.lookup(identifier, argument or self.family)()
        if isinstance(identifier, dict):
            return self.meant(self.read(identifier), base, argument)
        if isinstance(identifier, type) and issubclass(identifier, base):
            return identifier()
        if callable(identifier) and argument is None:
            return identifier
        raise ValueError(
            f"`{argument or self.family}` must be a name or an object of fastnn.{self.module}, got "
            f"{shorten(identifier)}"
        )

    def of_function(self, identifier: Any) -> type[T] | None:
        """Return the class that a function of the package stands for, with its defaults.

        The function's name is a short name of the class. None for anything else, such as a
        function of the user's that only has the same name.
        """
        name = getattr(identifier, "__name__", None)
        if not isinstance(name, str) or name not in self._short_names:
            return None
        package = importlib.import_module(f"fastnn.{self.module}")
        if getattr(package, name, None) is not identifier:
            return None
        return self._load(self._short_names[name])

    def function_of(self, cls: type) -> Any:
        """Return the function of the package that a class of it stands for, None if there is none.

        Classes that derive from it are meant too.
        """
        name = next((c.__name__ for c in cls.__mro__ if c.__name__ in self._functions), None)
        if name is None or not issubclass(cls, self._load(name)):
            return None
        return getattr(importlib.import_module(f"fastnn.{self.module}"), self._functions[name])

    def find_class(self, class_name: str) -> type[T] | None:
        """Return the class of that name, None if there is none."""
        known = class_name in self._classes or (class_name != "" and class_name == self._wrapper)
        return self._load(class_name) if known or class_name in self._private else None

    def holds(self, obj: Any) -> bool:
        """Tell whether the class of an object is registered."""
        name = type(obj).__name__
        return name in self._classes and self._load(name) is type(obj)

    def serialize(self, obj: Any) -> Any:
        """Return ``{"class_name": ..., "config": ...}`` for a registered object or function.

        What is the user's own is described as in Keras, with the name that it is looked up by. None
        stays None.
        """
        if obj is None:
            return None
        if self._functions and self.of_function(obj) is not None:
            name = obj.__name__
            return {
                "module": "builtins", "class_name": "function", "config": name,
                "registered_name": name,
            }  # fmt: skip
        obj = getattr(obj, "source", None) or obj  # of what is made of a function of the user's own
        cls = type(obj)
        if self.holds(obj) or cls is self.find_class(cls.__name__):
            return {"class_name": cls.__name__, "config": obj.get_config()}
        if cls.__module__.startswith("fastnn.") or not self._is_member(obj):
            raise ObjectError(
                f"{obj!r} cannot be serialized: {cls.__name__} is not a {self.family} of "
                f"fastnn.{self.module}"
            )
        from fastnn.saving.serialization import own_entry

        return own_entry(obj)

    def _is_member(self, obj: Any) -> bool:
        return isinstance(obj, self._base) or (self._callables and callable(obj))

    def read(self, config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Return what `serialize` described, or what a name means, as Keras' `deserialize` does.

        `custom_objects` are classes and functions of the user's own, by name.
        """
        if config is None:
            return None
        with _custom.supplied(custom_objects):
            if (own := _custom.described(config)) is not None:
                return self._own(own, config)
            name = config
            if isinstance(config, Mapping) and _custom.is_function(config):
                name = config.get("config")
                if isinstance(name, str) and not self.knows(name):
                    raise ObjectError(absent_message(self.module, name) or self._unknown(config))
            if isinstance(name, str):
                return self.named(name, "config")
            return self.deserialize(config)

    def _own(self, own: Any, entry: Any) -> Any:
        """Return the user's own object that a description stands for."""
        made = _custom.made(own, entry)
        if not self._is_member(made):
            raise ObjectError(
                f"{shorten(own)} is no {self.family}: it was given for {shorten(entry)}"
            )
        return made

    def deserialize(self, config: object) -> T:
        """Return the object that `serialize` described.

        Raises
        ------
        ValueError
            If `config` is not such a description, names an unknown class, or holds
            arguments that the class does not take.
        """
        if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
            raise ObjectError(
                f"the configuration of a {self.family} must be a dict with 'class_name' and "
                f"'config', got {shorten(config)}"
            )
        if (own := _custom.described(config)) is not None:
            found: T = self._own(own, config)
            return found
        given: str = config["class_name"]
        arguments = config.get("config", {})
        name = self._short_names.get(given, given)  # as in Keras, a short name will do
        cls: Any = self.find_class(name)
        if cls is None:
            raise ObjectError(absent_message(self.module, name) or self._unknown(config))
        if not isinstance(arguments, dict):
            raise ObjectError(f"'config' of {name} must be a dict, got {shorten(arguments)}")
        try:
            made: T = cls.from_config(arguments)
        except (TypeError, AttributeError, KeyError) as error:
            known: tuple[type, ...] = (ValueError,)
            if isinstance(error, known) and type(error) is not UnknownArgumentError:
                raise
            raise ObjectError(f"bad configuration of {name}: {error}") from error
        return made

    def _unknown(self, entry: Mapping[str, Any]) -> str:
        kind, name = f"{self.family} class", entry["class_name"]
        if _custom.is_function(entry):
            kind, name = self.family, entry.get("config")
        registered = entry.get("registered_name")
        known_as = "" if registered in (None, name, "function") else f" ({shorten(registered)})"
        return f"unknown {kind} {shorten(name)}{known_as}: if it is your own, {_custom.ADVICE}"


def shorten(value: object, limit: int = 80) -> str:
    """Return ``repr(value)``, cut to `limit` characters: for messages about foreign data."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
