"""Adam."""

from typing import Any, ClassVar

from fastnn._validation import check_bool
from fastnn.optimizers.base import LearningRate, Optimizer, check_fraction, check_positive


class Adam(Optimizer):
    r"""Adam (Kingma and Ba, 2014, arXiv 1412.6980), in Keras' form.

    :math:`m \leftarrow m + (g - m)(1 - \beta_1)`,
    :math:`v \leftarrow v + (g^2 - v)(1 - \beta_2)`,
    :math:`w \leftarrow w - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
    \frac{m}{\sqrt{v} + \epsilon}`.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.001
    beta_1 : float in [0, 1), default=0.9
    beta_2 : float in [0, 1), default=0.999
    epsilon : float above 0, default=1e-7
    amsgrad : bool, default=False
        Divide by the largest :math:`v` so far (Reddi et al., 2018).
    weight_decay : float, default=None
        Share of a weight, times the learning rate, that it loses before each step.
    clipvalue : float, default=None
        Bound that every element of the gradient is clipped to.
    clipnorm, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps
        Keras' further arguments, accepted only where they switch nothing on.
    name : str, default="adam"

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> w = numpy.ones(2, "float64")
    >>> optimizer = fastnn.optimizers.Adam(learning_rate=0.5, epsilon=1e-12)
    >>> optimizer.apply_gradients([([1.0, -1.0], w)])
    >>> w.round(6)
    array([0.5, 1.5])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {
        "adam": ("momentum", "velocity"),
        "adam_amsgrad": ("momentum", "velocity", "velocity_hat"),
    }

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        clipnorm: None = None,
        clipvalue: float | None = None,
        global_clipnorm: None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: None = None,
        loss_scale_factor: None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = "adam",
    ) -> None:
        super().__init__(
            learning_rate,
            name,
            "adam",
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
        self._amsgrad = check_bool(amsgrad, "amsgrad")

    @property
    def beta_1(self) -> float:
        """Decay of the mean of gradients."""
        return self._beta_1

    @property
    def beta_2(self) -> float:
        """Decay of the mean of squared gradients."""
        return self._beta_2

    @property
    def epsilon(self) -> float:
        """What is added to the root, so that nothing is divided by zero."""
        return self._epsilon

    @property
    def amsgrad(self) -> bool:
        """Whether the largest second moment so far is what is divided by."""
        return self._amsgrad

    def kind(self) -> str:
        return "adam_amsgrad" if self._amsgrad else "adam"

    def own_hyper(self) -> tuple[float, ...]:
        return (self._beta_1, self._beta_2, self._epsilon)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }
