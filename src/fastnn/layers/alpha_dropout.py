"""Alpha dropout."""

import math
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from fastnn._plan import Plan
from fastnn._validation import check_number
from fastnn.layers._common import Common
from fastnn.layers._noise_shape import check_fits, check_noise_shape, emit_mask, mask_shape
from fastnn.layers.random_layer import RandomLayer

_LOW = -1.7580993408473768600  # where selu ends on the left: -lambda alpha


class AlphaDropout(RandomLayer):
    r"""Dropout that keeps mean 0 and variance 1 of a self-normalising network.

    In training each element is set to :math:`\alpha' = -1.7581`, the lower end of selu, with
    probability ``rate``; then all are mapped by :math:`a x + b` with
    :math:`a = ((1 - r)(1 + r \alpha'^2))^{-1/2}` and :math:`b = -a \alpha' r` (Klambauer et
    al., 2017).

    Parameters
    ----------
    rate : float in [0, 1)
    noise_shape : tuple of int or None, default=None
        Shape of the mask for a batch: 1 where it is one along an axis, None or the size of the
        axis elsewhere. ``(None, 1, 8)`` drops columns of samples of shape (n, 8) as a whole.
    seed : int or SeedGenerator, default=None
        The same seed gives the same masks; None takes the next seed of
        `utils.set_random_seed`, a generator gives its next one.
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> layer = fastnn.layers.AlphaDropout(0.5, seed=1)
    >>> layer([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    >>> [round(v, 4) for v in sorted(set(layer([[1.0] * 100], training=True).ravel().tolist()))]
    [-0.7792, 1.6655]
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Any = None,
        seed: Any = None,
        **common: Unpack[Common],
    ) -> None:
        self.noise_shape = check_noise_shape(noise_shape)
        self.rate = check_number(rate, "rate")
        if not 0.0 <= self.rate < 1.0:
            raise ValueError(f"`rate` must be in [0, 1), got {rate!r}")
        super().__init__(seed, **common)

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        check_fits(self.noise_shape, input_shape, self.name)
        return input_shape

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        emit_mask(plan, "alpha_dropout", self.rate, self.noise_shape, input_shape, self.name)

    def changes(self) -> bool:
        return self.rate > 0.0

    def change(self, values: NDArray[Any]) -> NDArray[Any]:
        scale = 1.0 / math.sqrt((1.0 - self.rate) * (1.0 + self.rate * _LOW * _LOW))
        shift = -scale * _LOW * self.rate
        shape = mask_shape(self.noise_shape, values.shape, self.name)
        kept = self.uniform(shape) >= self.rate
        return np.where(kept, values * scale + shift, scale * _LOW + shift).astype(self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape}
