"""Packages whose public names are loaded when they are first asked for.

A program uses few of the classes there are, and a module costs a third of a millisecond to
import. So a package states where its names are, `make_lazy` makes them appear on demand, and
``import fastnn`` takes the same time however many losses and layers are added.

The imports of a package under ``if TYPE_CHECKING:`` say the same to type checkers and editors;
``tests/test_lazy.py`` compares the two.
"""

import importlib
import sys
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any


class LazyPackage(ModuleType):
    """The class of a package after `make_lazy`."""

    _lazy_names: dict[str, str]
    _lazy_modules: frozenset[str]

    def __getattr__(self, name: str) -> Any:
        if name in self._lazy_modules:
            return importlib.import_module(f"{self.__name__}.{name}")
        if name in self._lazy_names:
            value = getattr(importlib.import_module(self._lazy_names[name]), name)
            self.__dict__[name] = value
            return value
        from fastnn._keras_names import raise_absent

        return raise_absent(self.__name__.removeprefix("fastnn").removeprefix("."), name)

    def __setattr__(self, name: str, value: Any) -> None:
        # The import system binds a module to its package. `losses.huber` is the function, not
        # the module that it lives in, whoever imports that module and when.
        if not (isinstance(value, ModuleType) and name in self._lazy_names):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *self._lazy_names, *self._lazy_modules})


def make_lazy(
    package: str, names: Mapping[str, str] | None = None, *, modules: Iterable[str] = ()
) -> None:
    """Make a package load its names on demand; called once at the end of its ``__init__.py``.

    Parameters
    ----------
    package : str
        ``__name__`` of the package.
    names : mapping of str to str
        For each module the public names in it, separated by spaces. A module of the package is
        given by its own name, another by its full name.
    modules : iterable of str
        Modules of the package that are public themselves.
    """
    module = sys.modules[package]
    where = {}
    for source, listed in (names or {}).items():
        full = source if source.startswith("fastnn.") else f"{package}.{source}"
        where.update(dict.fromkeys(listed.split(), full))
    module.__dict__.update(_lazy_names=where, _lazy_modules=frozenset(modules))
    module.__class__ = LazyPackage
