"""L1 regularisation."""

from typing import Any

from numpy.typing import ArrayLike

from fastnn.activations.base import check_at_least_zero
from fastnn.regularizers.base import NativeRegularizer, Regularizer, as_matrix, penalty


class L1(Regularizer):
    r"""Sum of absolute values: :math:`\mathit{l1} \sum |x|`.

    Parameters
    ----------
    l1 : float, default=0.01
        At least 0.

    Raises
    ------
    ValueError
        If `l1` is negative or no finite number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.regularizers.L1(0.5)([[1.0, -2.0]])
    np.float32(1.5)
    """

    def __init__(self, l1: float | None = 0.01) -> None:
        self.l1 = check_at_least_zero(0.01 if l1 is None else l1, "l1")

    def __call__(self, x: ArrayLike) -> Any:
        return penalty(self.native(), as_matrix(x))

    def native(self) -> NativeRegularizer:
        return NativeRegularizer("l1_l2", (self.l1, 0.0))

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1}


l1 = L1  # as Keras has it: another name of the class
