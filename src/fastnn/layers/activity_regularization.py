"""The layer that only adds a penalty on what goes through it."""

from typing import Any, Unpack

from fastnn._plan import Plan
from fastnn.layers._common import ButActivity
from fastnn.layers.base import Layer
from fastnn.regularizers import L1L2


class ActivityRegularization(Layer):
    r"""Penalty :math:`(\mathit{l1} \sum |x| + \mathit{l2} \sum x^2) / n` on n samples.

    The outputs are the inputs; the penalty is part of the loss of `fit` and `evaluate`.

    Parameters
    ----------
    l1, l2 : float, default=0.0
        At least 0.
    name : str, default=None
    trainable : bool, default=True
        Without effect.
    dtype : {"float32", "float64"}, default=config.floatx()
    input_shape : tuple of int, default=None
        Shape of one sample; for the first layer of a model.
    input_dim : int, default=None
        The same for samples that are vectors.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> layer = fastnn.layers.ActivityRegularization(l1=0.5)
    >>> layer([[1.0, -2.0]])
    array([[ 1., -2.]], dtype=float32)
    >>> layer.losses
    [np.float32(1.5)]
    """

    def __init__(
        self,
        l1: float = 0.0,
        l2: float = 0.0,
        **common: Unpack[ButActivity],
    ) -> None:
        regularizer = L1L2(l1, l2)
        super().__init__(activity_regularizer=regularizer, **common)
        self.l1, self.l2 = regularizer.l1, regularizer.l2

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        """Append nothing: the penalty comes behind the ops of any layer."""

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("activity_regularizer")  # l1 and l2 say it
        return {**config, "l1": self.l1, "l2": self.l2}
