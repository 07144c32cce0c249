"""Lamb."""

from typing import ClassVar, Unpack

from fastnn.optimizers._settings import Common, Setting, check_fraction, check_positive
from fastnn.optimizers.base import LearningRate, Optimizer


class Lamb(Optimizer):
    r"""Lamb (You et al., 2019, arXiv 1904.00962): Adam's direction, as long as the weight itself.

    :math:`m, v` as in `Adam`, :math:`d = \frac{m}{1 - \beta_1^t} \Big/
    \Big(\sqrt{\frac{v}{1 - \beta_2^t}} + \epsilon\Big)`,
    :math:`w \leftarrow w - \eta \frac{\lVert w \rVert}{\lVert d \rVert} d`, each kernel and
    bias by itself; the ratio is 1 where a norm is 0. Made for large batches.

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
    >>> w = numpy.full(4, 2.0)
    >>> optimizer = fastnn.optimizers.Lamb(learning_rate=0.5)
    >>> optimizer.apply([[1.0, -1.0, 1.0, -1.0]], [w])
    >>> w.round(4)
    array([1., 3., 1., 3.])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {"lamb": ("momentum", "velocity")}

    beta_1 = Setting(check_fraction, "Decay of the mean of gradients.")
    beta_2 = Setting(check_fraction, "Decay of the mean of squared gradients.")
    epsilon = Setting(
        check_positive, "What is added to the root, so that nothing is divided by zero."
    )

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
        return "lamb"

    def own_hyper(self) -> tuple[float, ...]:
        return (self.beta_1, self.beta_2, self.epsilon)
