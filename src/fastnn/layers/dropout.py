"""Dropout."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastnn._plan import Plan
from fastnn._validation import check_number, reject
from fastnn.layers.random_layer import RandomLayer


class Dropout(RandomLayer):
    """Set a random share of the input to zero in training, and scale up the rest.

    Each element is kept with probability ``1 - rate`` and then divided by it, so that the
    expectation stays (Srivastava et al., 2014). Outside training the input passes unchanged.

    Parameters
    ----------
    rate : float in [0, 1)
        Keras also takes 1, which leaves nothing.
    noise_shape : None
        Keras' shared masks; fastnn has none.
    seed : int, default=None
        The same seed gives the same masks; None takes the next seed of
        `utils.set_random_seed`.
    name, trainable, dtype, input_shape, input_dim
        As in `Dense`.

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
        noise_shape: None = None,
        seed: int | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: tuple[int, ...] | None = None,
        input_dim: int | None = None,
    ) -> None:
        reject("Dropout", noise_shape=(noise_shape, (None,)))
        self.rate = check_number(rate, "rate")
        if not 0.0 <= self.rate < 1.0:
            raise ValueError(f"`rate` must be in [0, 1), got {rate!r}")
        super().__init__(seed, name, trainable, dtype, input_shape, input_dim)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.noise("dropout", self.rate)

    def changes(self) -> bool:
        return self.rate > 0.0

    def change(self, values: NDArray[Any]) -> NDArray[Any]:
        kept = self.uniform(values) >= self.rate
        scale = np.dtype(self.dtype).type(1.0 / (1.0 - self.rate))
        return np.where(kept, values * scale, np.zeros((), self.dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate}
