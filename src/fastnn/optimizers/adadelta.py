"""Adadelta."""

from typing import ClassVar, Unpack

from fastnn.optimizers._settings import Common, Setting, check_fraction, check_positive
from fastnn.optimizers.base import LearningRate, Optimizer


class Adadelta(Optimizer):
    r"""Adadelta (Zeiler, 2012, arXiv 1212.5701), with Keras' learning rate.

    :math:`a \leftarrow \rho a + (1 - \rho) g^2`,
    :math:`d = g \sqrt{x + \epsilon} / \sqrt{a + \epsilon}`,
    :math:`x \leftarrow \rho x + (1 - \rho) d^2`, :math:`w \leftarrow w - \eta d`.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.001
    rho : float in [0, 1), default=0.95
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
    >>> optimizer = fastnn.optimizers.Adadelta(learning_rate=1.0, rho=0.75, epsilon=0.25)
    >>> optimizer.apply([[1.0, -1.0]], [w])
    >>> w.round(4)
    array([0.2929, 1.7071])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {
        "adadelta": ("accumulated_grad", "accumulated_delta_var"),
    }

    rho = Setting(check_fraction, "Decay of both means of squares.")
    epsilon = Setting(check_positive, "What keeps the divisor above zero.")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(learning_rate, **common)
        self._take(rho=rho, epsilon=epsilon)

    def kind(self) -> str:
        return "adadelta"

    def own_hyper(self) -> tuple[float, ...]:
        return (self.rho, self.epsilon)
