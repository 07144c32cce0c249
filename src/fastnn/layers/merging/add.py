"""Elementwise sum of several tensors."""

from typing import Any, ClassVar

from fastnn.layers.merging.base import Merge


class Add(Merge):
    r"""Elementwise sum of inputs, :math:`x_1 + x_2 + \dots`.

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
    >>> fastnn.layers.Add()([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[4., 7.]], dtype=float32)
    """

    _KIND: ClassVar[str] = "add"


def add(inputs: Any, **kwargs: Any) -> Any:
    """Return `Add` of a list of tensors or arrays.

    Parameters
    ----------
    inputs : list of symbolic tensors or array_like
    **kwargs
        Arguments of `Add`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.add([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[4., 7.]], dtype=float32)
    """
    return Add(**kwargs)(inputs)
