"""Follow the regularised leader."""

from typing import Any, ClassVar

from fastnn._validation import check_number
from fastnn.optimizers.base import LearningRate, Optimizer, check_not_negative, check_not_positive


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
    weight_decay : float, default=None
        Share of a weight, times the learning rate, that it loses before each step.
    clipvalue : float, default=None
        Bound that every element of the gradient is clipped to.
    clipnorm, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps
        Keras' further arguments, accepted only where they switch nothing on.
    name : str, default=None

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> w = numpy.ones(2, "float64")
    >>> optimizer = fastnn.optimizers.Ftrl(learning_rate=0.25, initial_accumulator_value=0.0)
    >>> optimizer.apply_gradients([([1.0, -1.0], w)])
    >>> w.round(4)
    array([0.75, 1.25])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {
        "ftrl": ("accumulator", "linear"),
        "ftrl_power": ("accumulator", "linear"),
    }

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        weight_decay: float | None = None,
        clipnorm: None = None,
        clipvalue: float | None = None,
        global_clipnorm: None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: None = None,
        loss_scale_factor: None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            learning_rate,
            name,
            "ftrl",
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
        )
        self._learning_rate_power = check_not_positive(learning_rate_power, "learning_rate_power")
        self._initial_accumulator_value = check_not_negative(
            initial_accumulator_value, "initial_accumulator_value"
        )
        self._l1_regularization_strength = check_not_negative(
            l1_regularization_strength, "l1_regularization_strength"
        )
        self._l2_regularization_strength = check_not_negative(
            l2_regularization_strength, "l2_regularization_strength"
        )
        self._l2_shrinkage_regularization_strength = check_not_negative(
            l2_shrinkage_regularization_strength, "l2_shrinkage_regularization_strength"
        )
        self._beta = check_number(beta, "beta")

    @property
    def learning_rate_power(self) -> float:
        """Power of the accumulator that the learning rate falls with."""
        return self._learning_rate_power

    @property
    def initial_accumulator_value(self) -> float:
        """What the sum of squared gradients starts at."""
        return self._initial_accumulator_value

    @property
    def l1_regularization_strength(self) -> float:
        """Weight of the sum of absolute weights."""
        return self._l1_regularization_strength

    @property
    def l2_regularization_strength(self) -> float:
        """Weight of the sum of squared weights."""
        return self._l2_regularization_strength

    @property
    def l2_shrinkage_regularization_strength(self) -> float:
        """The same, in the gradient only."""
        return self._l2_shrinkage_regularization_strength

    @property
    def beta(self) -> float:
        """What is added to the curvature, over the learning rate."""
        return self._beta

    def kind(self) -> str:
        return "ftrl" if self._learning_rate_power == -0.5 else "ftrl_power"

    def own_hyper(self) -> tuple[float, ...]:
        return (
            self._initial_accumulator_value,
            self._l1_regularization_strength,
            self._l2_regularization_strength,
            self._l2_shrinkage_regularization_strength,
            self._beta,
            -self._learning_rate_power,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "learning_rate_power": self.learning_rate_power,
            "initial_accumulator_value": self.initial_accumulator_value,
            "l1_regularization_strength": self.l1_regularization_strength,
            "l2_regularization_strength": self.l2_regularization_strength,
            "l2_shrinkage_regularization_strength": self.l2_shrinkage_regularization_strength,
            "beta": self.beta,
        }
