"""Elementwise quotient of two tensors."""

from typing import ClassVar

from fastnn.layers.merging.base import Merge


class TrueDivide(Merge):
    r"""Elementwise quotient of two inputs, :math:`x_1 / x_2`: ``x / y`` of symbolic tensors.

    Parameters
    ----------
    {common}

    Examples
    --------
    >>> import fastnn
    >>> x, y = fastnn.Input((2,)), fastnn.Input((2,))
    >>> fastnn.Model([x, y], x / y)([[[2.0, -1.0]], [[4.0, 2.0]]])
    array([[ 0.5, -0.5]], dtype=float32)
    """

    _KIND: ClassVar[str] = "divide"
    _MOST: ClassVar[int | None] = 2
