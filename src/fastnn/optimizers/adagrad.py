"""Adagrad."""

from typing import ClassVar, Unpack

from fastnn.optimizers._settings import Common, Setting, check_not_negative, check_positive
from fastnn.optimizers.base import LearningRate, Optimizer


class Adagrad(Optimizer):
    r"""Adagrad (Duchi, Hazan and Singer, 2011, JMLR 12).

    :math:`a \leftarrow a + g^2`, :math:`w \leftarrow w - \eta g / \sqrt{a + \epsilon}`.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.001
    initial_accumulator_value : float >= 0, default=0.1
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
    >>> optimizer = fastnn.optimizers.Adagrad(learning_rate=0.5, initial_accumulator_value=3.0)
    >>> optimizer.apply([[1.0, -1.0]], [w])
    >>> w.round(4)
    array([0.75, 1.25])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {"adagrad": ("accumulator",)}

    initial_accumulator_value = Setting(
        check_not_negative, "What the sum of squared gradients starts at."
    )
    epsilon = Setting(check_positive, "What keeps the divisor above zero.")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(learning_rate, **common)
        self._take(initial_accumulator_value=initial_accumulator_value, epsilon=epsilon)

    def kind(self) -> str:
        return "adagrad"

    def own_hyper(self) -> tuple[float, ...]:
        return (self.initial_accumulator_value, self.epsilon)
