"""Regularisation towards orthogonal rows or columns."""

from typing import Any

from numpy.typing import ArrayLike

from fastnn._validation import check_in
from fastnn.activations.base import as_float, check_at_least_zero
from fastnn.regularizers.base import NativeRegularizer, Regularizer, penalty


class OrthogonalRegularizer(Regularizer):
    r"""Mean absolute cosine between different rows (or columns), times `factor`.

    .. math:: \frac{\mathit{factor}}{r (r - 1)} \sum_{i \ne j} |\hat w_i \cdot \hat w_j|

    where :math:`\hat w_i` is row (or column) i divided by its length and r their number. Its
    derivative takes two matrix products of r x r by the length of a row in each training step.

    Parameters
    ----------
    factor : float, default=0.01
        At least 0.
    mode : {"rows", "columns"}, default="rows"

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if the array is no matrix.

    Examples
    --------
    >>> import fastnn
    >>> round(float(fastnn.regularizers.OrthogonalRegularizer(0.5)([[1.0, 0.0], [3.0, 4.0]])), 4)
    0.3
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = check_at_least_zero(factor, "factor")
        self.mode = str(check_in(mode, ("rows", "columns"), "mode"))

    def __call__(self, inputs: ArrayLike) -> Any:
        """Return the penalty of a matrix.

        Parameters
        ----------
        inputs : array_like of shape (n_in, n_out)
        """
        matrix = as_float(inputs, "inputs")
        if matrix.ndim != 2:
            raise ValueError(f"`inputs` must be a matrix, got shape {matrix.shape}")
        return penalty(self.native(), matrix)

    def native(self) -> NativeRegularizer:
        return NativeRegularizer(f"orthogonal_{self.mode}", (self.factor,))

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "mode": self.mode}


orthogonal_regularizer = OrthogonalRegularizer  # as Keras has it: another name of the class
