"""Adagrad."""

from typing import Any, ClassVar

from fastnn.optimizers.base import LearningRate, Optimizer, check_not_negative, check_positive


class Adagrad(Optimizer):
    r"""Adagrad (Duchi, Hazan and Singer, 2011, JMLR 12).

    :math:`a \leftarrow a + g^2`, :math:`w \leftarrow w - \eta g / \sqrt{a + \epsilon}`.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.001
    initial_accumulator_value : float >= 0, default=0.1
    epsilon : float above 0, default=1e-7
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
    >>> optimizer = fastnn.optimizers.Adagrad(learning_rate=0.5, initial_accumulator_value=3.0)
    >>> optimizer.apply_gradients([([1.0, -1.0], w)])
    >>> w.round(4)
    array([0.75, 1.25])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {"adagrad": ("accumulator",)}

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
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
            "adagrad",
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
        self._initial_accumulator_value = check_not_negative(
            initial_accumulator_value, "initial_accumulator_value"
        )
        self._epsilon = check_positive(epsilon, "epsilon")

    @property
    def initial_accumulator_value(self) -> float:
        """What the sum of squared gradients starts at."""
        return self._initial_accumulator_value

    @property
    def epsilon(self) -> float:
        """What keeps the divisor above zero."""
        return self._epsilon

    def kind(self) -> str:
        return "adagrad"

    def own_hyper(self) -> tuple[float, ...]:
        return (self._initial_accumulator_value, self._epsilon)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }
