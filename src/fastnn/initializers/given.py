"""Initial values that the user has, as an array or a function."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._validation import as_array
from fastnn.config import resolve_dtype
from fastnn.initializers.base import Initializer, check_sizes


class Given(Initializer):
    """Values of an array, or of a function of ``(shape, dtype)``."""

    def __init__(self, source: NDArray[Any] | Callable[..., Any]) -> None:
        self._source = source

    def __call__(self, shape: Sequence[int] | int, dtype: Any = None) -> NDArray[Any]:
        sizes, name = check_sizes(shape), resolve_dtype(dtype)
        source = self._source
        given = source if not callable(source) else source(sizes, dtype=name)
        values = as_array(given, "initializer")
        if values.shape != sizes:
            raise ValueError(f"the initializer gives shape {values.shape}, needed is {sizes}")
        return np.array(values, name)

    @property
    def source(self) -> Any:
        """The function; None for an array, which has no name."""
        return self._source if callable(self._source) else None

    def clone(self) -> "Given":
        return Given(self._source)

    def __repr__(self) -> str:
        return f"Given({self._source!r})"
