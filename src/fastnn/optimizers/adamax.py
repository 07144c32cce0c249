"""Adamax."""

from typing import Any, ClassVar

from fastnn.optimizers.base import LearningRate, Optimizer, check_fraction, check_positive


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
    >>> optimizer = fastnn.optimizers.Adamax(learning_rate=0.25)
    >>> optimizer.apply_gradients([([1.0, -1.0], w)])
    >>> w.round(4)
    array([0.75, 1.25])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {"adamax": ("momentum", "norm")}

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
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
            "adamax",
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
        self._beta_1 = check_fraction(beta_1, "beta_1")
        self._beta_2 = check_fraction(beta_2, "beta_2")
        self._epsilon = check_positive(epsilon, "epsilon")

    @property
    def beta_1(self) -> float:
        """Decay of the mean of gradients."""
        return self._beta_1

    @property
    def beta_2(self) -> float:
        """Decay of the second moment."""
        return self._beta_2

    @property
    def epsilon(self) -> float:
        """What keeps the divisor above zero."""
        return self._epsilon

    def kind(self) -> str:
        return "adamax"

    def own_hyper(self) -> tuple[float, ...]:
        return (self._beta_1, self._beta_2, self._epsilon)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
