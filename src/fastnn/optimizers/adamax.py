"""Adamax."""

from typing import ClassVar, Unpack

from fastnn.optimizers._settings import Common, Setting, check_fraction, check_positive
from fastnn.optimizers.base import LearningRate, Optimizer


class Adamax(Optimizer):
    r"""Adamax (Kingma and Ba, 2014, arXiv 1412.6980, section 7.1).

    :math:`m \leftarrow m + (g - m)(1 - \beta_1)`,
    :math:`u \leftarrow \max(\beta_2 u, |g|)`,
    :math:`w \leftarrow w - \frac{\eta}{1 - \beta_1^t} \frac{m}{u + \epsilon}`.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.001
    beta_1 : float in [0, 1), default=0.9
    beta_2 : float in [0, 1), default=0.999
    epsilon : float above 0, default=1e-7
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> w = numpy.ones(2, "float64")
    >>> optimizer = fastnn.optimizers.Adamax(learning_rate=0.25)
    >>> optimizer.apply([[1.0, -1.0]], [w])
    >>> w.round(4)
    array([0.75, 1.25])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {"adamax": ("momentum", "norm")}

    beta_1 = Setting(check_fraction, "Decay of the mean of gradients.")
    beta_2 = Setting(check_fraction, "Decay of the second moment.")
    epsilon = Setting(check_positive, "What keeps the divisor above zero.")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(learning_rate, **common)
        self._take(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)

    def kind(self) -> str:
        return "adamax"

    def own_hyper(self) -> tuple[float, ...]:
        return (self.beta_1, self.beta_2, self.epsilon)
