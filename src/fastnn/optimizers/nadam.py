"""Nadam."""

from typing import ClassVar, Unpack

from fastnn.optimizers._settings import Common, Setting, check_fraction, check_positive
from fastnn.optimizers.base import LearningRate, Optimizer


class Nadam(Optimizer):
    r"""Adam with Nesterov's momentum (Dozat, 2015), in Keras' form.

    :math:`m, v` as in `Adam`, :math:`\mu_t = \beta_1 (1 - 0.96^t / 2)`,
    :math:`\hat m = \frac{\mu_{t+1} m}{1 - \prod_{i=1}^{t+1} \mu_i} +
    \frac{(1 - \mu_t) g}{1 - \prod_{i=1}^t \mu_i}`,
    :math:`w \leftarrow w - \eta \hat m / (\sqrt{v / (1 - \beta_2^t)} + \epsilon)`.

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
    >>> optimizer = fastnn.optimizers.Nadam(learning_rate=0.5, beta_1=0.0)
    >>> optimizer.apply([[1.0, -1.0]], [w])
    >>> w.round(4)
    array([0.5, 1.5])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {"nadam": ("momentum", "velocity")}

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
        return "nadam"

    def own_hyper(self) -> tuple[float, ...]:
        return (self.beta_1, self.beta_2, self.epsilon)
