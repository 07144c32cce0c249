"""Limited-memory BFGS."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from fastnn._validation import check_in
from fastnn.optimizers._search import Search
from fastnn.optimizers._settings import Setting, at_least, check_not_negative, optional
from fastnn.optimizers.base import LearningRate, Optimizer

if TYPE_CHECKING:
    from fastnn import _core
    from fastnn.layers.variable import Variable


def _check_line_search(value: Any, argument: str) -> str:
    check_in(value, ("strong_wolfe",), argument)
    return str(value)


class LBFGS(Optimizer):
    r"""L-BFGS (Liu and Nocedal, 1989) for data that fits into one batch.

    Each iteration goes along :math:`d = -H g`, :math:`H` being the inverse curvature that the
    last steps and changes of the gradient show, as far as a line search for the strong Wolfe
    conditions says. An epoch is a minimization of up to `max_iter` iterations over all rows,
    from the weights alone; the logged values are those at its end. Small networks for
    regression reach losses in a blink that stochastic methods hardly reach. Not part of Keras;
    arguments are named as in PyTorch.

    Parameters
    ----------
    learning_rate : float, default=1.0
        How far a line search looks first, in the method's own steps.
    max_iter : int, default=100
        Iterations of an epoch, at most.
    max_eval : int, default=None
        No further iteration is begun after so many evaluations; None: no limit.
    tolerance_grad : float, default=1e-7
        An epoch ends when no element of the gradient is larger,
    tolerance_change : float, default=1e-9
        or when the loss, or every weight, changes by less.
    history_size : int, default=10
        Steps that the curvature is taken from.
    line_search : {"strong_wolfe"}, default="strong_wolfe"
    name : str, default=None

    Raises
    ------
    ValueError
        If an argument is none of these; in `fit`, if the rows do not fit into one batch.

    Examples
    --------
    >>> import fastnn, numpy
    >>> x = numpy.linspace(-3, 3, 100).reshape(-1, 1)
    >>> fastnn.utils.set_random_seed(1)
    >>> model = fastnn.Sequential([
    ...     fastnn.layers.Dense(16, activation="tanh"), fastnn.layers.Dense(1)])
    >>> model.compile(fastnn.optimizers.LBFGS(), "mse")
    >>> history = model.fit(x, numpy.sin(x), batch_size=100, epochs=3, verbose=0)
    >>> history.history["loss"][-1] < 1e-4
    True
    """

    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {"sgd": ()}

    max_iter = Setting(at_least(1), "Iterations of an epoch, at most.")
    max_eval = Setting(optional(at_least(1)), "Evaluations after which no iteration begins.")
    tolerance_grad = Setting(check_not_negative, "Gradient at which an epoch ends.")
    tolerance_change = Setting(check_not_negative, "Change at which an epoch ends.")
    history_size = Setting(at_least(1), "Steps that the curvature is taken from.")
    line_search = Setting(_check_line_search, "How far a direction is followed.")

    def __init__(
        self,
        learning_rate: LearningRate = 1.0,
        max_iter: int = 100,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 10,
        line_search: str = "strong_wolfe",
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, name=name)
        self._take(
            max_iter=max_iter,
            max_eval=max_eval,
            tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change,
            history_size=history_size,
            line_search=line_search,
        )

    def kind(self) -> str:
        return "sgd"  # whose step is never taken

    def hyper(self) -> tuple[float, ...]:
        most = 2**62 if self.max_eval is None else self.max_eval
        return Search(
            self.max_iter, most, self.history_size, self.tolerance_grad, self.tolerance_change
        )

    def bind(self, network: "_core.Network", variables: "Sequence[Variable]") -> None:
        for variable in variables:
            if getattr(variable._layer, f"{variable.name}_constraint", None) is not None:
                raise ValueError(
                    f"LBFGS cannot keep constraints, and {variable.path!r} has one: use another "
                    "optimizer"
                )
        super().bind(network, variables)

    def apply(self, grads: Any, trainable_variables: Any = None) -> NoReturn:
        """Raise: a line search needs the loss at points of its own."""
        raise ValueError("LBFGS needs the loss, not gradients alone: use it in compile() and fit()")

    def get_config(self) -> dict[str, Any]:
        own = ("max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size",
               "line_search", "name", "learning_rate")  # fmt: skip
        return {key: value for key, value in super().get_config().items() if key in own}
