"""Orthogonal matrices."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._validation import check_number
from fastnn.initializers.base import RandomInitializer


class Orthogonal(RandomInitializer):
    """Matrices with orthonormal rows, or columns if there are fewer of those.

    The Q of the QR decomposition of a matrix of normal values, with the signs that make it
    uniform (Saxe et al., 2014, arXiv 1312.6120). Its bits do not depend on the machine. With more
    than two axes, all but the last are taken together.

    Parameters
    ----------
    gain : float, default=1.0
        Length of the rows or columns.
    seed : int or SeedGenerator, default=None
        As in `RandomUniform`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if the shape has fewer than two axes.

    Examples
    --------
    >>> import fastnn
    >>> kernel = fastnn.initializers.Orthogonal(seed=1)((3, 2), "float64")
    >>> print((kernel.T @ kernel).round(8) + 0.0)
    [[1. 0.]
     [0. 1.]]
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        self.gain = check_number(gain, "gain")
        super().__init__(seed)

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        if len(shape) < 2:
            raise ValueError(f"`shape` must have at least two axes for Orthogonal, got {shape}")
        rows, cols = math.prod(shape[:-1]), shape[-1]
        if rows * cols == 0:
            return np.zeros(shape)
        tall = (max(rows, cols), min(rows, cols))
        q = _core.orthonormal_columns(self._normal(tall, 0.0, 1.0).reshape(tall))
        return self.gain * (q if rows >= cols else q.T)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, **super().get_config()}


# As Keras has them: other names of the classes.
orthogonal = Orthogonal
OrthogonalInitializer = Orthogonal
