"""Base of the initialisers: callable on a shape, described by a configuration."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._random import STREAM_INITIALIZER, next_seed, seed_config, seed_or_generator
from fastnn._validation import check_integer
from fastnn.config import resolve_dtype


class Initializer:
    """Base class of the initialisers.

    Calling an initialiser with a shape returns a new array of initial values.
    """

    # Types of the array besides those that fastnn computes in.
    _ALSO: ClassVar[tuple[str, ...]] = ("float16",)

    def __call__(self, shape: Sequence[int] | int, dtype: Any = None) -> NDArray[Any]:
        """Return initial values.

        Parameters
        ----------
        shape : tuple of int
            Shape of the array; ``(n_in, n_out)`` for a kernel.
        dtype : {"float32", "float64"}, default=config.floatx()

        Returns
        -------
        ndarray of shape `shape`
        """
        checked = check_sizes(shape)
        name = resolve_dtype(dtype, also=self._ALSO)
        return np.ascontiguousarray(self._draw(checked), dtype=name).reshape(checked)

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        raise NotImplementedError(f"{type(self).__name__} does not say how to draw values")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initialiser."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the initialiser that `get_config` described."""
        return cls(**config)

    def clone(self) -> Self:
        """Return an equal initialiser."""
        return type(self).from_config(self.get_config())

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


class RandomInitializer(Initializer):
    """Base class of the initialisers that draw random numbers.

    Element i of an array is a function of the seed and i alone. One object gives the same
    values for every call, but with a `random.SeedGenerator` as `seed`, which gives each call its
    next seed. Without `seed` the object takes the next seed of `utils.set_random_seed` when it is
    made.
    """

    def __init__(self, seed: Any = None) -> None:
        self.seed = None if seed is None else seed_or_generator(seed)
        self._seed: int = 0  # of this call
        if self.seed is None or isinstance(self.seed, int):
            self._seed = next_seed() if self.seed is None else self.seed

    def __call__(self, shape: Sequence[int] | int, dtype: Any = None) -> NDArray[Any]:
        checked = check_sizes(shape)
        if self.seed is not None and not isinstance(self.seed, int):
            self._seed = self.seed.next()
        return super().__call__(checked, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"seed": seed_config(self.seed)}

    def _uniform(self, shape: tuple[int, ...], low: float, high: float) -> NDArray[np.float64]:
        n = math.prod(shape)
        values: NDArray[np.float64] = _core.random_uniform(self._seed, STREAM_INITIALIZER, 0, n)
        values *= high - low
        values += low
        return values

    def _normal(self, shape: tuple[int, ...], mean: float, stddev: float) -> NDArray[np.float64]:
        n = math.prod(shape)
        values: NDArray[np.float64] = _core.random_normal(self._seed, STREAM_INITIALIZER, 0, n)
        values *= stddev
        values += mean
        return values

    def _truncated(self, shape: tuple[int, ...], mean: float, stddev: float) -> NDArray[np.float64]:
        """Draw normal values within two standard deviations, by rejection.

        Values outside (4.6 % of them) are drawn again from the next step of the stream, in
        index order, until none is left.
        """
        n = math.prod(shape)
        values: NDArray[np.float64] = _core.random_normal(self._seed, STREAM_INITIALIZER, 0, n)
        step = 0
        outside = np.flatnonzero(np.abs(values) > 2.0)
        while outside.size:
            step += 1
            values[outside] = _core.random_normal(
                self._seed, STREAM_INITIALIZER, step, outside.size
            )
            outside = outside[np.abs(values[outside]) > 2.0]
        values *= stddev
        values += mean
        return values


def check_sizes(shape: Any) -> tuple[int, ...]:
    """Return the shape of an array as a tuple of integers."""
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    try:
        return tuple(check_integer(size, "shape", 0) for size in shape)
    except TypeError:
        raise ValueError(f"`shape` must be a tuple of integers, got {shape!r}") from None
