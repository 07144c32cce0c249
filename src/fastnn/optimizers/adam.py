"""Adam."""

from typing import ClassVar, Unpack

from fastnn._validation import check_bool
from fastnn.optimizers._settings import Common, Setting, check_fraction, check_positive
from fastnn.optimizers.base import LearningRate, Optimizer


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
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> w = numpy.ones(2, "float64")
    >>> optimizer = fastnn.optimizers.Adam(learning_rate=0.5, epsilon=1e-12)
    >>> optimizer.apply([[1.0, -1.0]], [w])
    >>> w.round(6)
    array([0.5, 1.5])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {
        "adam": ("momentum", "velocity"),
        "adam_amsgrad": ("momentum", "velocity", "velocity_hat"),
    }

    beta_1 = Setting(check_fraction, "Decay of the mean of gradients.")
    beta_2 = Setting(check_fraction, "Decay of the mean of squared gradients.")
    epsilon = Setting(
        check_positive, "What is added to the root, so that nothing is divided by zero."
    )
    amsgrad = Setting(check_bool, "Whether the largest second moment so far is what is divided by.")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(learning_rate, **common)
        self._take(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, amsgrad=amsgrad)

    def kind(self) -> str:
        return "adam_amsgrad" if self.amsgrad else "adam"

    def own_hyper(self) -> tuple[float, ...]:
        return (self.beta_1, self.beta_2, self.epsilon)
