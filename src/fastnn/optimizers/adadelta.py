"""Adadelta."""

from typing import Any, ClassVar

from fastnn.optimizers.base import LearningRate, Optimizer, check_fraction, check_positive


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
    >>> optimizer = fastnn.optimizers.Adadelta(learning_rate=1.0, rho=0.75, epsilon=0.25)
    >>> optimizer.apply_gradients([([1.0, -1.0], w)])
    >>> w.round(4)
    array([0.2929, 1.7071])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {
        "adadelta": ("accumulated_grad", "accumulated_delta_var"),
    }

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.95,
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
            "adadelta",
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
        self._epsilon = check_positive(epsilon, "epsilon")

    @property
    def rho(self) -> float:
        """Decay of both means of squares."""
        return self._rho

    @property
    def epsilon(self) -> float:
        """What keeps the divisor above zero."""
        return self._epsilon

    def kind(self) -> str:
        return "adadelta"

    def own_hyper(self) -> tuple[float, ...]:
        return (self._rho, self._epsilon)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rho": self.rho,
            "epsilon": self.epsilon,
        }
