"""L2 regularisation."""

from typing import Any

from numpy.typing import ArrayLike

from fastnn.activations.base import check_at_least_zero
from fastnn.regularizers.base import NativeRegularizer, Regularizer, as_matrix, penalty


class L2(Regularizer):
    r"""Sum of squares: :math:`\mathit{l2} \sum x^2`.

    Parameters
    ----------
    l2 : float, default=0.01
        At least 0.

    Raises
    ------
    ValueError
        If `l2` is negative or no finite number.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.regularizers.L2(0.5)([[1.0, -2.0]])
    np.float32(2.5)
    """

    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = check_at_least_zero(0.01 if l2 is None else l2, "l2")

    def __call__(self, x: ArrayLike) -> Any:
        return penalty(self.native(), as_matrix(x))

    def native(self) -> NativeRegularizer:
        return NativeRegularizer("l1_l2", (0.0, self.l2))

    def get_config(self) -> dict[str, Any]:
        return {"l2": self.l2}


l2 = L2  # as Keras has it: another name of the class
