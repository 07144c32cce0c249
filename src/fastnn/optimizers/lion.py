"""Lion."""

from typing import ClassVar, Unpack

from fastnn.optimizers._settings import Common, Setting, check_fraction, check_share
from fastnn.optimizers.base import LearningRate, Optimizer


class Lion(Optimizer):
    r"""Lion (Chen et al., 2023, arXiv 2302.06675): the sign of a blended momentum.

    :math:`w \leftarrow w - \eta \operatorname{sign}(\beta_1 m + (1 - \beta_1) g)`,
    :math:`m \leftarrow \beta_2 m + (1 - \beta_2) g`. The learning rate is best a third to a
    tenth of Adam's.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.001
    beta_1 : float in (0, 1], default=0.9
    beta_2 : float in [0, 1), default=0.99
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> w = numpy.ones(2, "float64")
    >>> optimizer = fastnn.optimizers.Lion(learning_rate=0.25)
    >>> optimizer.apply([[1.0, -1.0]], [w])
    >>> w.round(4)
    array([0.75, 1.25])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {"lion": ("momentum",)}

    beta_1 = Setting(check_share, "Share of the momentum in the step.")
    beta_2 = Setting(check_fraction, "Decay of the momentum.")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(learning_rate, **common)
        self._take(beta_1=beta_1, beta_2=beta_2)

    def kind(self) -> str:
        return "lion"

    def own_hyper(self) -> tuple[float, ...]:
        return (self.beta_1, self.beta_2)
