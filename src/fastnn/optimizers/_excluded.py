"""The weights that weight decay leaves alone."""

import re
from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


class Excluded:
    """Weights by the names of layer and weight, arrays by identity, and patterns of names.

    Parameters
    ----------
    var_list : iterable of weights and arrays
    var_names : iterable of str
        Regular expressions.
    """

    def __init__(self, var_list: Iterable[Any] = (), var_names: Iterable[str] = ()) -> None:
        self._keys: list[str] = []
        self._arrays: list[NDArray[Any]] = []
        for i, variable in enumerate(var_list):
            if isinstance(variable, np.ndarray):
                self._arrays.append(variable)
            elif isinstance(getattr(variable, "key", None), str):
                self._keys.append(variable.key)
            else:
                raise ValueError(
                    f"`var_list[{i}]` must be a weight of a model or an array, got {variable!r}"
                )
        self._names = list(var_names)
        for i, name in enumerate(self._names):
            try:
                re.compile(name)
            except (re.error, TypeError) as error:
                raise ValueError(
                    f"`var_names[{i}]` must be a regular expression, got {name!r}: {error}"
                ) from error

    def __contains__(self, variable: Any) -> bool:
        if isinstance(variable, np.ndarray):
            if any(variable is array for array in self._arrays):
                return True
        elif variable.key in self._keys:
            return True
        # A subclass of arrays may have a name too.
        name = getattr(variable, "name", None)
        return isinstance(name, str) and any(re.search(each, name) for each in self._names)

    def get_config(self) -> dict[str, Any] | None:
        """Return what `from_config` takes; None if nothing is excluded. Arrays have no name."""
        if not self._keys and not self._names:
            return None
        return {"paths": [*self._keys], "names": [*self._names]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return what `get_config` described."""
        made = cls(var_names=config["names"])
        made._keys = [str(key) for key in config["paths"]]
        return made
