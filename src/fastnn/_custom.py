"""Objects of the user's own, by name: what is registered, in a scope, or given to a call.

A description names its class or function; the name is looked up here, and nowhere else. Nothing
is imported because a file says so: a ``module`` in a description is never followed.
"""

import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from fastnn._errors import ObjectError, WrongTypeError

T = TypeVar("T")

_OBJECTS: dict[str, Any] = {}  # registered, by name
_NAMES: dict[Any, str] = {}  # and back


class _Given(threading.local):
    """What is known in this thread alone: in a scope, and given to a call that is under way."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}
        self.supplied: dict[str, Any] = {}
        self.seen: dict[str, Any] | None = None


_given = _Given()

ADVICE = (
    "give it in `custom_objects`, or register it with saving.register_keras_serializable before "
    "loading"
)


# ---- public -------------------------------------------------------------------------------


class CustomObjectScope:
    """Within ``with CustomObjectScope(...)`` descriptions may name the user's own objects.

    As in Keras a scope holds for its thread, and within another one it replaces that until it
    ends.

    Parameters
    ----------
    custom_objects : dict of str to class or function
        None is none.

    Raises
    ------
    ValueError
        If `custom_objects` is not such a dict.

    Examples
    --------
    >>> import fastnn
    >>> class Double(fastnn.initializers.Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return 2 * fastnn.initializers.Ones()(shape, dtype)
    >>> described = fastnn.initializers.serialize(Double())
    >>> with fastnn.saving.CustomObjectScope({"Double": Double}):
    ...     fastnn.initializers.deserialize(described)(2)
    array([2., 2.], dtype=float32)
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None) -> None:
        self.custom_objects = checked(custom_objects)
        self._outer: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        self._outer.append(_given.scope)
        _given.scope = dict(self.custom_objects)
        return self

    def __exit__(self, *args: object) -> None:
        _given.scope = self._outer.pop()


custom_object_scope = CustomObjectScope


def get_custom_objects() -> dict[str, Any]:
    """Return the dict of registered objects itself: what is added to it is registered.

    Examples
    --------
    >>> import fastnn
    >>> @fastnn.saving.register_keras_serializable("shop")
    ... def spread(y_true, y_pred):
    ...     return abs(y_true - y_pred).max(axis=-1)
    >>> fastnn.saving.get_custom_objects()["shop>spread"] is spread
    True
    """
    return _OBJECTS


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Return a decorator that registers a class or function, so that files may name it.

    Parameters
    ----------
    package : str, default="Custom"
    name : str, default=None
        None takes the object's name; it is registered as ``package>name``.

    Raises
    ------
    ValueError
        By the decorator, for a class without `get_config`.

    Examples
    --------
    >>> import fastnn
    >>> @fastnn.saving.register_keras_serializable("shop", name="ones")
    ... class Filled(fastnn.initializers.Ones):
    ...     pass
    >>> fastnn.saving.get_registered_name(Filled)
    'shop>ones'
    >>> fastnn.initializers.deserialize(fastnn.initializers.serialize(Filled()))
    Filled()
    """

    def decorate(registered: T) -> T:
        given: Any = registered
        if inspect.isclass(given) and not hasattr(given, "get_config"):
            raise ValueError(f"{given.__name__} has no get_config(): it cannot be registered")
        known = f"{package}>{given.__name__ if name is None else name}"
        _OBJECTS[known] = given
        _NAMES[given] = known
        return registered

    return decorate


def get_registered_name(obj: Any) -> str:
    """Return the name that a class or function is registered by, else its own.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.saving.get_registered_name(fastnn.layers.Dense)
    'Dense'
    """
    known = _NAMES.get(obj)
    return obj.__name__ if known is None else known


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Return what a name stands for: in the scope, registered, or in one of two dicts; else None.

    Parameters
    ----------
    name : str
        Such as ``"package>name"``.
    custom_objects : dict, default=None
        Where to look next.
    module_objects : dict, default=None
        Where to look last.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.saving.get_registered_object("f", {"f": len}) is len
    True
    """
    for known in (_given.scope, _OBJECTS, custom_objects or {}, module_objects or {}):
        if name in known:
            return known[name]
    return None


# ---- for reading and writing descriptions --------------------------------------------------


def checked(custom_objects: Any) -> dict[str, Any]:
    """Return the argument `custom_objects` as a dict of its own."""
    if custom_objects is None:
        return {}
    if not isinstance(custom_objects, Mapping) or not all(
        isinstance(name, str) for name in custom_objects
    ):
        raise WrongTypeError(
            f"`custom_objects` must be a dict of classes and functions by name, got "
            f"{custom_objects!r}"
        )
    return dict(custom_objects)


@contextmanager
def supplied(custom_objects: Any) -> Iterator[None]:
    """Have the `custom_objects` of a call known until it returns, behind what is known already."""
    before = _given.supplied
    _given.supplied = {**checked(custom_objects), **before}
    try:
        yield
    finally:
        _given.supplied = before


@contextmanager
def seen() -> Iterator[dict[str, Any]]:
    """Give a dict that has what descriptions made until the end name, by those names."""
    before, _given.seen = _given.seen, {}
    try:
        yield _given.seen
    finally:
        _given.seen = before


def name_of(obj: Any) -> str:
    """Return the name for a class or function in a description that is being made."""
    name = get_registered_name(obj)
    if _given.seen is not None:
        _given.seen[name] = obj
    return name


def find(name: Any) -> Any:
    """Return the user's own object of that name, None if there is none."""
    return get_registered_object(name, _given.supplied) if isinstance(name, str) else None


def find_function(name: Any) -> Any:
    """Return the user's own function of that name.

    Keras to 3.6 wrote the name without the package.
    """
    found = find(name)
    if found is None and isinstance(name, str) and ">" not in name:
        for known in (_given.scope, _OBJECTS, _given.supplied):
            for full in list(known):  # another thread may register meanwhile
                if full.endswith(f">{name}"):
                    return known[full]
    return found


def is_function(entry: Mapping[str, Any]) -> bool:
    """Tell whether a description is that of a function."""
    return entry.get("class_name") == "function"


def described(entry: Any) -> Any:
    """Return the user's own class or function that a description names, None for none.

    One that Keras or fastnn has by that name must be meant where there is no other name.
    """
    if not isinstance(entry, Mapping):
        return find(entry)
    if is_function(entry):
        return find_function(entry.get("config"))
    found = find(entry.get("registered_name"))
    module = entry.get("module")
    known = isinstance(module, str) and module.split(".")[0] in ("keras", "fastnn")
    return find(entry.get("class_name")) if found is None and not known else found


def made(own: Any, entry: Any) -> Any:
    """Return the object that a description of the user's own class or function stands for."""
    if not isinstance(own, type):
        return own
    config = entry.get("config") if isinstance(entry, Mapping) else None
    config = {} if config is None else config
    if not isinstance(config, dict):
        raise ObjectError(f"'config' of {own.__name__} must be a dict, got {config!r}")
    if not hasattr(own, "from_config"):
        raise ObjectError(f"{own.__name__} has no from_config(): it cannot be made")
    maker: Any = own
    try:
        return maker.from_config(dict(config))
    except TypeError as error:
        raise ObjectError(
            f"{own.__name__} cannot be made of its configuration: {error}; what get_config() "
            "describes of other objects, from_config() has to make of it"
        ) from error
