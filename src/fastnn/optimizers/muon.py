"""Muon."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from fastnn import _core
from fastnn._validation import check_bool, check_number
from fastnn.optimizers._settings import (
    CommonButDecay,
    Setting,
    at_least,
    check_fraction,
    check_not_negative,
    check_positive,
    optional,
)
from fastnn.optimizers.base import LearningRate, Optimizer

if TYPE_CHECKING:
    from fastnn.layers.variable import Variable


def _patterns(value: Any, argument: str) -> list[str]:
    """Return a list of regular expressions; of None an empty one."""
    if isinstance(value, str) or not (value is None or isinstance(value, Iterable)):
        raise ValueError(f"`{argument}` must be a list of regular expressions, got {value!r}")
    found = list(value or ())
    for i, pattern in enumerate(found):
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            raise ValueError(
                f"`{argument}[{i}]` must be a regular expression, got {pattern!r}: {error}"
            ) from error
    return found


class Muon(Optimizer):
    r"""Muon: steps of matrices that are nearly orthogonal (Jordan et al., 2024; Liu et al., 2025,
    arXiv 2502.16982).

    For a matrix :math:`W`: :math:`M \leftarrow \mu M + G`, :math:`U = \mu M + G` (:math:`M`
    without `nesterov`); :math:`X = U / (\lVert U \rVert_F + 10^{-7})`, then `ns_steps` times
    :math:`A = X X^T`, :math:`X \leftarrow a X + (b A + c A A) X`, which brings all singular values
    near 1; :math:`W \leftarrow W - \eta \, \mathit{rms\_rate} \sqrt{\max(n, m)} \, X`.

    Everything that is no matrix is stepped by `Adam`, at the rate
    :math:`\eta \, \mathit{adam\_lr\_ratio}`; so are embeddings, and what `exclude_layers` names,
    which should be the last layer of a model.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule, default=0.001
    adam_beta_1 : float in [0, 1), default=0.9
    adam_beta_2 : float in [0, 1), default=0.999
    adam_weight_decay : float, default=0.004
        Decay of the weights that Adam steps; None is none.
    epsilon : float above 0, default=1e-7
        Adam's.
    weight_decay : float, default=0.004
        Share of a matrix, times the learning rate, that it loses before each step; None is none.
    exclude_layers : list of str, default=None
        Regular expressions, searched for in the paths of weights, such as ``["output"]``.
    exclude_embeddings : bool, default=True
        Whether weights with "embedding" in their path are Adam's.
    muon_a : float, default=3.4445
    muon_b : float, default=-4.775
    muon_c : float, default=2.0315
    adam_lr_ratio : float, default=1
    momentum : float, default=0.95
    ns_steps : int, default=5
    nesterov : bool, default=True
    rms_rate : float, default=0.2
        None: the step is :math:`\eta X`.
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> w, b = numpy.zeros((2, 2)), numpy.zeros(2)
    >>> optimizer = fastnn.optimizers.Muon(learning_rate=1.0, rms_rate=None, ns_steps=9)
    >>> optimizer.apply([[[3.0, 0.0], [0.0, -0.1]], [1.0, 2.0]], [w, b])
    >>> numpy.linalg.svd(w)[1].round(1)
    array([1.1, 0.7])
    >>> b.round(4)
    array([-1., -1.])
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {"muon": ("momentum", "velocity")}
    COMMON_BEHIND: ClassVar[str | None] = "weight_decay"
    DECAY_PLACES: ClassVar[tuple[int, ...]] = (_core.HYPER_DECAY, _core.HYPER_MUON_DECAY)

    adam_beta_1 = Setting(check_fraction, "Adam's decay of the mean of gradients.")
    adam_beta_2 = Setting(check_fraction, "Adam's decay of the mean of squared gradients.")
    adam_weight_decay = Setting(
        optional(check_not_negative), "Decay of the weights that Adam steps."
    )
    epsilon = Setting(check_positive, "What Adam adds to the root.")
    exclude_layers = Setting(_patterns, "Patterns of the paths of weights that Adam steps.")
    exclude_embeddings = Setting(check_bool, "Whether Adam steps embeddings.")
    muon_a = Setting(check_number, "Factor of X in the iteration.")
    muon_b = Setting(check_number, "Factor of A X in the iteration.")
    muon_c = Setting(check_number, "Factor of A A X in the iteration.")
    adam_lr_ratio = Setting(check_number, "Adam's learning rate over Muon's.")
    momentum = Setting(check_number, "Share of the sum of gradients that stays.")
    ns_steps = Setting(at_least(0), "Number of iterations.")
    nesterov = Setting(check_bool, "Whether the momentum is Nesterov's.")
    rms_rate = Setting(
        optional(check_not_negative), "Root mean square of a step over the learning rate."
    )

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        exclude_layers: Iterable[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **common: Unpack[CommonButDecay],
    ) -> None:
        super().__init__(learning_rate, weight_decay=weight_decay, **common)
        self._take(
            adam_beta_1=adam_beta_1, adam_beta_2=adam_beta_2, adam_weight_decay=adam_weight_decay,
            epsilon=epsilon, exclude_layers=exclude_layers, exclude_embeddings=exclude_embeddings,
            muon_a=muon_a, muon_b=muon_b, muon_c=muon_c, adam_lr_ratio=adam_lr_ratio,
            momentum=momentum, ns_steps=ns_steps, nesterov=nesterov, rms_rate=rms_rate,
        )  # fmt: skip

    def kind(self) -> str:
        return "muon"

    def _is_matrix(self, variable: Any) -> bool:
        """Tell whether the step of a weight or array is Muon's own."""
        path = getattr(variable, "path", "")
        if len(variable.shape) != 2 or (self.exclude_embeddings and "embedding" in path.lower()):
            return False
        return not any(re.search(pattern, path) for pattern in self.exclude_layers)

    def kind_for(self, variable: Any) -> str:
        return "muon" if self._is_matrix(variable) else "muon_adam"

    def uses_slot(self, name: str, variable: Any) -> bool:
        return name != "velocity" or not self._is_matrix(variable)

    def bind(self, network: _core.Network, variables: "Sequence[Variable]") -> None:
        super().bind(network, variables)
        for variable in self._bound:
            network.set_matrix(variable.param, self._is_matrix(variable))

    def own_hyper(self) -> tuple[float, ...]:
        return (
            self.adam_beta_1, self.adam_beta_2, self.epsilon, self.momentum, self.nesterov,
            self.adam_lr_ratio,
        )  # fmt: skip

    def hyper(self) -> tuple[float, ...]:
        return (
            *super().hyper(), self.adam_weight_decay or 0.0, self.muon_a, self.muon_b, self.muon_c,
            self.ns_steps, -1.0 if self.rms_rate is None else self.rms_rate,
        )  # fmt: skip
