"""RMSprop."""

from typing import ClassVar, Unpack

from fastnn._validation import check_bool
from fastnn.optimizers._settings import Common, Setting, check_fraction, check_positive
from fastnn.optimizers.base import LearningRate, Optimizer


class RMSprop(Optimizer):
    r"""RMSprop (Hinton, 2012, lecture 6e of "Neural networks for machine learning").

    :math:`v \leftarrow \rho v + (1 - \rho) g^2`,
    :math:`w \leftarrow w - \eta g / \sqrt{v + \epsilon}`; with `centered`, :math:`v - a^2` in
    place of :math:`v`, :math:`a` the mean of :math:`g`; with `momentum` :math:`\mu`,
    :math:`s \leftarrow \mu s + \eta g / \sqrt{v + \epsilon}` and :math:`w \leftarrow w - s`.
    Keras' default optimiser.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.001
    rho : float in [0, 1), default=0.9
    momentum : float in [0, 1), default=0.0
    epsilon : float above 0, default=1e-7
    centered : bool, default=False
        Divide by the estimated variance of the gradient.
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> w = numpy.ones(2, "float64")
    >>> optimizer = fastnn.optimizers.RMSprop(learning_rate=0.1, rho=0.75)
    >>> optimizer.apply([[1.0, -1.0]], [w])
    >>> w.round(4)
    array([0.8, 1.2])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {
        "rmsprop": ("velocity",),
        "rmsprop_momentum": ("velocity", "momentum"),
        "rmsprop_centered": ("velocity", "average_gradient"),
        "rmsprop_centered_momentum": ("velocity", "momentum", "average_gradient"),
    }

    rho = Setting(check_fraction, "Decay of the mean of squared gradients.")
    momentum = Setting(check_fraction, "Share of the last step that is kept.")
    epsilon = Setting(check_positive, "What keeps the divisor above zero.")
    centered = Setting(
        check_bool, "Whether the variance of the gradient is divided by, not its square."
    )

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(learning_rate, **common)
        self._take(rho=rho, momentum=momentum, epsilon=epsilon, centered=centered)

    def kind(self) -> str:
        centered = "_centered" if self.centered else ""
        return f"rmsprop{centered}{'_momentum' if self.momentum > 0 else ''}"

    def own_hyper(self) -> tuple[float, ...]:
        return (self.rho, self.epsilon, self.momentum)
