"""Data sets for lessons, tests and benchmarks.

``pima``, ``boston_housing`` and ``digits`` travel with the package; ``mnist`` is read from a
local folder or downloaded once. Every module has one function, ``load_data``, which returns
``(x_train, y_train), (x_test, y_test)`` as Keras' do. Sources and licences: ``data/README.md``.

The modules are imported when first named, so ``import fastnn`` does not pay for them.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastnn.datasets import boston_housing, digits, mnist, pima

__all__ = ["boston_housing", "digits", "mnist", "pima"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(
        f"module {__name__!r} has no attribute {name!r}; data sets: {', '.join(__all__)}"
    )


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
