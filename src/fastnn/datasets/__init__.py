"""Data sets for lessons, tests and benchmarks.

``pima``, ``boston_housing`` and ``digits`` travel with the package; ``mnist`` is read from a
local folder or downloaded once. Every module has one function, ``load_data``, which returns
``(x_train, y_train), (x_test, y_test)`` as Keras' do. Sources and licences: ``data/README.md``.

The modules are imported when first named.
"""

from typing import TYPE_CHECKING

from fastnn._lazy import make_lazy

if TYPE_CHECKING:
    from fastnn.datasets import boston_housing, digits, mnist, pima

__all__ = ["boston_housing", "digits", "mnist", "pima"]

make_lazy(__name__, modules=__all__)
