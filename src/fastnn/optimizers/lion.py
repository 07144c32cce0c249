"""Lion."""

from typing import Any, ClassVar

from fastnn.optimizers.base import LearningRate, Optimizer, check_fraction, check_share


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
    >>> optimizer = fastnn.optimizers.Lion(learning_rate=0.25)
    >>> optimizer.apply_gradients([([1.0, -1.0], w)])
    >>> w.round(4)
    array([0.75, 1.25])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {"lion": ("momentum",)}

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
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
            "lion",
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
        self._beta_1 = check_share(beta_1, "beta_1")
        self._beta_2 = check_fraction(beta_2, "beta_2")

    @property
    def beta_1(self) -> float:
        """Share of the momentum in the step."""
        return self._beta_1

    @property
    def beta_2(self) -> float:
        """Decay of the momentum."""
        return self._beta_2

    def kind(self) -> str:
        return "lion"

    def own_hyper(self) -> tuple[float, ...]:
        return (self._beta_1, self._beta_2)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
        }
