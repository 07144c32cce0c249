"""RMSprop."""

from typing import Any, ClassVar

from fastnn._validation import check_bool
from fastnn.optimizers.base import LearningRate, Optimizer, check_fraction, check_positive


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
    >>> optimizer = fastnn.optimizers.RMSprop(learning_rate=0.1, rho=0.75)
    >>> optimizer.apply_gradients([([1.0, -1.0], w)])
    >>> w.round(4)
    array([0.8, 1.2])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {
        "rmsprop": ("velocity",),
        "rmsprop_momentum": ("velocity", "momentum"),
        "rmsprop_centered": ("velocity", "average_gradient"),
        "rmsprop_centered_momentum": ("velocity", "momentum", "average_gradient"),
    }

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
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
            "rmsprop",
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
        self._rho = check_fraction(rho, "rho")
        self._momentum = check_fraction(momentum, "momentum")
        self._epsilon = check_positive(epsilon, "epsilon")
        self._centered = check_bool(centered, "centered")

    @property
    def rho(self) -> float:
        """Decay of the mean of squared gradients."""
        return self._rho

    @property
    def momentum(self) -> float:
        """Share of the last step that is kept."""
        return self._momentum

    @property
    def epsilon(self) -> float:
        """What keeps the divisor above zero."""
        return self._epsilon

    @property
    def centered(self) -> bool:
        """Whether the variance of the gradient is divided by, not its square."""
        return self._centered

    def kind(self) -> str:
        centered = "_centered" if self._centered else ""
        return f"rmsprop{centered}{'_momentum' if self._momentum > 0 else ''}"

    def own_hyper(self) -> tuple[float, ...]:
        return (self._rho, self._epsilon, self._momentum)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
