"""Elementwise product of several tensors."""

from typing import Any, ClassVar

from fastnn.layers.merging.base import Merge


class Multiply(Merge):
    r"""Elementwise product of inputs, :math:`x_1 x_2 \cdots`.

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
    >>> fastnn.layers.Multiply()([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[ 3., 10.]], dtype=float32)
    """

    _KIND: ClassVar[str] = "multiply"


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """Return `Multiply` of a list of tensors or arrays.

    Parameters
    ----------
    inputs : list of symbolic tensors or array_like
    **kwargs
        Arguments of `Multiply`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.multiply([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[ 3., 10.]], dtype=float32)
    """
    return Multiply(**kwargs)(inputs)
