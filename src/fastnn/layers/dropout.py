"""Dropout."""

from typing import Any, ClassVar, Unpack

import numpy as np
from numpy.typing import NDArray

from fastnn._plan import Plan
from fastnn._validation import check_number
from fastnn.layers._common import Common
from fastnn.layers._noise_shape import check_fits, check_noise_shape, emit_mask, mask_shape
from fastnn.layers.random_layer import RandomLayer


class Dropout(RandomLayer):
    """Set a random share of the input to zero in training, and scale up the rest.

    Each element is kept with probability ``1 - rate`` and then divided by it, so that the
    expectation stays (Srivastava et al., 2014). Outside training the input passes unchanged.

    Parameters
    ----------
    rate : float in [0, 1]
        1 leaves nothing: zeros, and no gradient for the layers before.
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
    >>> layer = fastnn.layers.Dropout(0.5, seed=1)
    >>> layer([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    >>> sorted(set(layer([[1.0] * 100], training=True).ravel().tolist()))
    [0.0, 2.0]
    """

    _TAKES_VECTORS: ClassVar[bool] = True

    def __init__(
        self,
        rate: float,
        noise_shape: Any = None,
        seed: Any = None,
        **common: Unpack[Common],
    ) -> None:
        self.noise_shape = check_noise_shape(noise_shape)
        self.rate = check_number(rate, "rate")
        if not 0.0 <= self.rate <= 1.0:
            raise ValueError(f"`rate` must be in [0, 1], got {rate!r}")
        super().__init__(seed, **common)

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        check_fits(self.noise_shape, input_shape, self.name)
        return input_shape

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        emit_mask(plan, "dropout", self.rate, self.noise_shape, input_shape, self.name)

    def changes(self) -> bool:
        return self.rate > 0.0

    def change(self, values: NDArray[Any]) -> NDArray[Any]:
        shape = mask_shape(self.noise_shape, values.shape, self.name)
        kept = self.uniform(shape) >= self.rate
        scale = np.dtype(self.dtype).type(1.0 / (1.0 - self.rate) if self.rate < 1.0 else 0.0)
        return np.where(kept, values * scale, np.zeros((), self.dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape}
