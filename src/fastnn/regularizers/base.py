"""Base of the regularisers: a penalty on weights or outputs, described by a configuration."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn.activations.base import as_float


class NativeRegularizer(NamedTuple):
    """What the core needs: the name in `_core.REGULARIZERS` and the parameters."""

    name: str
    params: tuple[float, ...]

    @property
    def code(self) -> int:
        return _core.REGULARIZERS[self.name]


class Regularizer:
    """Base class of the regularisers.

    Calling a regulariser with an array returns its penalty, a number of the array's type. Layers
    take the regularisers of this module, whose derivatives the core knows; a subclass written in
    Python works by itself, but not in a layer.

    Examples
    --------
    >>> import fastnn
    >>> class Largest(fastnn.regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return abs(x).max()
    >>> Largest()(fastnn.initializers.Ones()((2, 2)))
    np.float32(1.0)
    """

    def __call__(self, x: ArrayLike) -> Any:
        """Return the penalty of an array.

        Parameters
        ----------
        x : array_like
        """
        return 0.0

    def native(self) -> NativeRegularizer:
        """Return the core's regulariser."""
        raise ValueError(
            f"{type(self).__name__} has no form in the core: layers take L1, L2, L1L2 and "
            "OrthogonalRegularizer of fastnn.regularizers, which know their derivative"
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal regulariser."""
        raise NotImplementedError(f"{type(self).__name__} does not describe itself")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the regulariser that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        try:
            arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        except NotImplementedError:
            arguments = ""
        return f"{type(self).__name__}({arguments})"


def penalty(native: NativeRegularizer, matrix: NDArray[Any]) -> Any:
    """Return the penalty of a matrix of float32 or float64, of its type."""
    value, _ = _core.regularizer(native.code, native.params, matrix, False)
    return matrix.dtype.type(value)


def as_matrix(x: ArrayLike) -> NDArray[Any]:
    """Return `x` as the core reads it: its last axis as columns, all others as rows."""
    array = as_float(x, "x")
    if array.ndim == 0:
        array = array[np.newaxis]
    return array.reshape(-1, array.shape[-1]) if array.size else np.zeros((0, 1), array.dtype)
