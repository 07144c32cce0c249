"""Elementwise mean of several tensors."""

from typing import Any, ClassVar

from fastnn.layers.merging.base import Merge


class Average(Merge):
    r"""Elementwise mean of inputs, :math:`(x_1 + \dots + x_n) / n`.

    Axes of size 1, and axes that a shorter shape has not, are repeated as NumPy broadcasts them,
    the axis of the batch apart.

    Parameters
    ----------
    {common}

    Raises
    ------
    ValueError
        When it is called with no list of inputs, or of shapes that do not broadcast.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Average()([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[2. , 3.5]], dtype=float32)
    """

    _KIND: ClassVar[str] = "average"


def average(inputs: Any, **kwargs: Any) -> Any:
    """Return `Average` of a list of tensors or arrays.

    Parameters
    ----------
    inputs : list of symbolic tensors or array_like
    **kwargs
        Arguments of `Average`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.average([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[2. , 3.5]], dtype=float32)
    """
    return Average(**kwargs)(inputs)
