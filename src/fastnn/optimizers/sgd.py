"""Stochastic gradient descent."""

from typing import Any, ClassVar

from fastnn._validation import check_bool
from fastnn.optimizers.base import LearningRate, Optimizer, check_fraction


class SGD(Optimizer):
    r"""Gradient descent, with momentum if asked.

    :math:`w \leftarrow w - \eta g`; with momentum :math:`\mu`,
    :math:`v \leftarrow \mu v - \eta g` and :math:`w \leftarrow w + v`; with `nesterov`,
    :math:`w \leftarrow w + \mu v - \eta g` (Sutskever et al., 2013).

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.01
    momentum : float in [0, 1), default=0.0
    nesterov : bool, default=False
    weight_decay : float, default=None
        Share of a weight, times the learning rate, that it loses before each step.
    clipvalue : float, default=None
        Bound that every element of the gradient is clipped to.
    clipnorm, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, \
    loss_scale_factor, gradient_accumulation_steps
        Keras' further arguments, accepted only where they switch nothing on.
    name : str, default="SGD"

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> w = numpy.ones(2, "float32")
    >>> optimizer = fastnn.optimizers.SGD(learning_rate=0.5)
    >>> optimizer.apply([[1.0, -1.0]], [w])
    >>> w
    array([0.5, 1.5], dtype=float32)
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {
        "sgd": (),
        "sgd_momentum": ("momentum",),
        "sgd_nesterov": ("momentum",),
    }

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: None = None,
        clipvalue: float | None = None,
        global_clipnorm: None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: None = None,
        loss_scale_factor: None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = "sgd",
    ) -> None:
        super().__init__(
            learning_rate,
            name,
            "SGD",
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
        self._momentum = check_fraction(momentum, "momentum")
        self._nesterov = check_bool(nesterov, "nesterov")

    @property
    def momentum(self) -> float:
        """Share of the last step that is kept."""
        return self._momentum

    @property
    def nesterov(self) -> bool:
        """Whether the gradient is taken to be at the point ahead."""
        return self._nesterov

    def kind(self) -> str:
        if self._momentum == 0.0:
            return "sgd"
        return "sgd_nesterov" if self._nesterov else "sgd_momentum"

    def own_hyper(self) -> tuple[float, ...]:
        return (self._momentum,)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
