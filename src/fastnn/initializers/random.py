"""Initialisers that draw from a distribution with given parameters."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._validation import check_number
from fastnn.initializers.base import RandomInitializer


class RandomUniform(RandomInitializer):
    """Uniform values in ``[minval, maxval)``.

    Parameters
    ----------
    minval : float, default=-0.05
    maxval : float, default=0.05
    seed : int or SeedGenerator, default=None
        The same seed gives the same values; None takes the next seed of
        `utils.set_random_seed`, and a generator gives each call its next one.

    Examples
    --------
    >>> import fastnn
    >>> values = fastnn.initializers.RandomUniform(0, 1, seed=1)((100,))
    >>> bool((values >= 0).all() and (values <= 1).all())
    True
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        self.minval = check_number(minval, "minval")
        self.maxval = check_number(maxval, "maxval")
        super().__init__(seed)

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return self._uniform(shape, self.minval, self.maxval)

    def get_config(self) -> dict[str, Any]:
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}


class RandomNormal(RandomInitializer):
    """Normal values.

    Parameters
    ----------
    mean : float, default=0.0
    stddev : float, default=0.05
    seed : int or SeedGenerator, default=None
        As in `RandomUniform`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.RandomNormal(seed=1)((2, 3)).shape
    (2, 3)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        self.mean = check_number(mean, "mean")
        self.stddev = check_number(stddev, "stddev")
        super().__init__(seed)

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return self._normal(shape, self.mean, self.stddev)

    def get_config(self) -> dict[str, Any]:
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


class TruncatedNormal(RandomNormal):
    """Normal values within two standard deviations of the mean, by rejection.

    Parameters
    ----------
    mean : float, default=0.0
    stddev : float, default=0.05
        Of the normal distribution before it is cut.
    seed : int or SeedGenerator, default=None
        As in `RandomUniform`.

    Examples
    --------
    >>> import fastnn
    >>> values = fastnn.initializers.TruncatedNormal(stddev=1.0, seed=1)((1000,))
    >>> bool((abs(values) <= 2).all())
    True
    """

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return self._truncated(shape, self.mean, self.stddev)


# As Keras has them: other names of the classes.
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
