"""AdamW."""

from typing import Unpack

from fastnn.optimizers._settings import CommonButDecay
from fastnn.optimizers.adam import Adam
from fastnn.optimizers.base import LearningRate


class AdamW(Adam):
    r"""Adam with decoupled weight decay (Loshchilov and Hutter, 2017, arXiv 1711.05101).

    :math:`w \leftarrow w - \lambda \eta w`, then the step of `Adam`.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.001
    weight_decay : float, default=0.004
        :math:`\lambda`. `exclude_from_weight_decay` names weights that keep their size.
    beta_1 : float in [0, 1), default=0.9
    beta_2 : float in [0, 1), default=0.999
    epsilon : float above 0, default=1e-7
    amsgrad : bool, default=False
        Divide by the largest :math:`v` so far.
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> w = numpy.ones(2, "float64")
    >>> optimizer = fastnn.optimizers.AdamW(learning_rate=0.5, weight_decay=0.5)
    >>> optimizer.apply([[1.0, -1.0]], [w])
    >>> w.round(4)
    array([0.25, 1.25])
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **common: Unpack[CommonButDecay],
    ) -> None:
        if weight_decay is None:
            raise ValueError("`weight_decay` of AdamW must be a number, got None")
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **common
        )
