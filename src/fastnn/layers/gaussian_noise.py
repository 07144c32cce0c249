"""Additive noise."""

from typing import Any, Unpack

from numpy.typing import NDArray

from fastnn._plan import Plan
from fastnn._validation import check_number
from fastnn.layers._common import Common
from fastnn.layers.random_layer import RandomLayer


class GaussianNoise(RandomLayer):
    r"""Add normal noise in training, :math:`x + \sigma \mathcal{N}(0, 1)`.

    Outside training the input passes unchanged.

    Parameters
    ----------
    stddev : float in [0, 1]
        Standard deviation of the noise.
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
    >>> layer = fastnn.layers.GaussianNoise(0.5, seed=1)
    >>> layer([[1.0, 2.0]])
    array([[1., 2.]], dtype=float32)
    >>> bool(abs(layer([[0.0] * 10000], training=True).std() - 0.5) < 0.02)
    True
    """

    def __init__(
        self,
        stddev: float,
        seed: Any = None,
        **common: Unpack[Common],
    ) -> None:
        self.stddev = check_number(stddev, "stddev")
        if not 0.0 <= self.stddev <= 1.0:
            raise ValueError(f"`stddev` must be in [0, 1], got {stddev!r}")
        super().__init__(seed, **common)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.noise("gaussian_noise", self.stddev)

    def changes(self) -> bool:
        return self.stddev > 0.0

    def change(self, values: NDArray[Any]) -> NDArray[Any]:
        return (values + self.stddev * self.normal(values.shape)).astype(self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stddev": self.stddev}
