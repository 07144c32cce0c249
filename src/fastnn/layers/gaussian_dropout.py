"""Multiplicative noise."""

import math
from typing import Any, Unpack

from numpy.typing import NDArray

from fastnn._plan import Plan
from fastnn._validation import check_number
from fastnn.layers._common import Common
from fastnn.layers.random_layer import RandomLayer


class GaussianDropout(RandomLayer):
    r"""Multiply by normal noise of mean 1 in training, :math:`x \, \mathcal{N}(1, \sigma^2)`.

    :math:`\sigma = \sqrt{r / (1 - r)}`, the standard deviation of the factors of a `Dropout` of
    that rate (Srivastava et al., 2014). Outside training the input passes unchanged.

    Parameters
    ----------
    rate : float in [0, 1)
    seed : int or SeedGenerator, default=None
        The same seed gives the same noise; None takes the next seed of
        `utils.set_random_seed`, a generator gives its next one.
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> layer = fastnn.layers.GaussianDropout(0.2, seed=1)
    >>> layer([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    >>> bool(abs(layer([[1.0] * 10000], training=True).std() - 0.5) < 0.02)
    True
    """

    def __init__(
        self,
        rate: float,
        seed: Any = None,
        **common: Unpack[Common],
    ) -> None:
        self.rate = check_number(rate, "rate")
        if not 0.0 <= self.rate < 1.0:
            raise ValueError(f"`rate` must be in [0, 1), got {rate!r}")
        super().__init__(seed, **common)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.noise("gaussian_dropout", self.rate)

    def changes(self) -> bool:
        return self.rate > 0.0

    def change(self, values: NDArray[Any]) -> NDArray[Any]:
        spread = math.sqrt(self.rate / (1.0 - self.rate))
        return (values * (1.0 + spread * self.normal(values.shape))).astype(self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate}
