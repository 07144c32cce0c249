"""L1 and L2 regularisation together."""

from typing import Any

from numpy.typing import ArrayLike

from fastnn.activations.base import check_at_least_zero
from fastnn.regularizers.base import NativeRegularizer, Regularizer, as_matrix, penalty


class L1L2(Regularizer):
    r"""Absolute values and squares: :math:`\mathit{l1} \sum |x| + \mathit{l2} \sum x^2`.

    Parameters
    ----------
    l1, l2 : float, default=0.0
        At least 0.

    Raises
    ------
    ValueError
        If `l1` or `l2` is negative or no finite number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.regularizers.L1L2(l1=0.5, l2=0.25)([[1.0, -2.0]])
    np.float32(2.75)
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = check_at_least_zero(0.0 if l1 is None else l1, "l1")
        self.l2 = check_at_least_zero(0.0 if l2 is None else l2, "l2")

    def __call__(self, x: ArrayLike) -> Any:
        return penalty(self.native(), as_matrix(x))

    def native(self) -> NativeRegularizer:
        return NativeRegularizer("l1_l2", (self.l1, self.l2))

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1, "l2": self.l2}


l1_l2 = L1L2  # as Keras has it: another name of the class
