"""Follow the regularised leader."""

from typing import ClassVar, Unpack

from fastnn._validation import check_number
from fastnn.optimizers._settings import Common, Setting, check_not_negative, check_not_positive
from fastnn.optimizers.base import LearningRate, Optimizer


class Ftrl(Optimizer):
    r"""FTRL-proximal (McMahan et al., 2013, "Ad click prediction").

    With :math:`p` minus the `learning_rate_power`, :math:`s` the shrinkage and the sums
    :math:`a, z`: :math:`h = g + 2 s w`, :math:`b = a + g^2`,
    :math:`z \leftarrow z + h - (b^p - a^p) w / \eta`, :math:`a \leftarrow b`,
    :math:`w \leftarrow (\operatorname{clip}(z, \pm \lambda_1) - z) /
    (b^p / \eta + 2 \lambda_2 + \beta / \eta)`. The learning rate must stay above 0. The
    weights that training starts from do not matter: the first step replaces them.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.001
    learning_rate_power : float <= 0, default=-0.5
    initial_accumulator_value : float >= 0, default=0.1
    l1_regularization_strength : float >= 0, default=0.0
    l2_regularization_strength : float >= 0, default=0.0
    l2_shrinkage_regularization_strength : float >= 0, default=0.0
    beta : float, default=0.0
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> w = numpy.ones(2, "float64")
    >>> optimizer = fastnn.optimizers.Ftrl(learning_rate=0.25, initial_accumulator_value=0.0)
    >>> optimizer.apply([[1.0, -1.0]], [w])
    >>> w.round(4)
    array([0.75, 1.25])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {
        "ftrl": ("accumulator", "linear"),
        "ftrl_power": ("accumulator", "linear"),
    }

    learning_rate_power = Setting(
        check_not_positive, "Power of the accumulator that the learning rate falls with."
    )
    initial_accumulator_value = Setting(
        check_not_negative, "What the sum of squared gradients starts at."
    )
    l1_regularization_strength = Setting(
        check_not_negative, "Weight of the sum of absolute weights."
    )
    l2_regularization_strength = Setting(
        check_not_negative, "Weight of the sum of squared weights."
    )
    l2_shrinkage_regularization_strength = Setting(
        check_not_negative, "The same, in the gradient only."
    )
    beta = Setting(check_number, "What is added to the curvature, over the learning rate.")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(learning_rate, **common)
        self._take(
            learning_rate_power=learning_rate_power,
            initial_accumulator_value=initial_accumulator_value,
            l1_regularization_strength=l1_regularization_strength,
            l2_regularization_strength=l2_regularization_strength,
            l2_shrinkage_regularization_strength=l2_shrinkage_regularization_strength,
            beta=beta,
        )

    def kind(self) -> str:
        return "ftrl" if self.learning_rate_power == -0.5 else "ftrl_power"

    def own_hyper(self) -> tuple[float, ...]:
        return (
            self.initial_accumulator_value,
            self.l1_regularization_strength,
            self.l2_regularization_strength,
            self.l2_shrinkage_regularization_strength,
            self.beta,
            -self.learning_rate_power,
        )
