"""Stochastic gradient descent."""

from typing import ClassVar, Unpack

from fastnn._validation import check_bool
from fastnn.optimizers._settings import Common, Setting, check_fraction
from fastnn.optimizers.base import LearningRate, Optimizer


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
    {common}

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

    momentum = Setting(check_fraction, "Share of the last step that is kept.")
    nesterov = Setting(check_bool, "Whether the gradient is taken to be at the point ahead.")

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(learning_rate, **common)
        self._take(momentum=momentum, nesterov=nesterov)

    def kind(self) -> str:
        if self.momentum == 0.0:
            return "sgd"
        return "sgd_nesterov" if self.nesterov else "sgd_momentum"

    def own_hyper(self) -> tuple[float, ...]:
        return (self.momentum,)
