"""Elementwise difference of several tensors."""

from typing import Any, ClassVar

from fastnn.layers.merging.base import Merge


class Subtract(Merge):
    r"""Elementwise difference of two inputs, :math:`x_1 - x_2`.

    Axes of size 1, and axes that a shorter shape has not, are repeated as NumPy broadcasts them,
    the axis of the batch apart.

    Parameters
    ----------
    {common}

    Raises
    ------
    ValueError
        When it is called with other than two inputs, or of shapes that do not broadcast.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.Subtract()([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[-2., -3.]], dtype=float32)
    """

    _KIND: ClassVar[str] = "subtract"
    _LEAST: ClassVar[int] = 2
    _MOST: ClassVar[int | None] = 2


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """Return `Subtract` of a list of tensors or arrays.

    Parameters
    ----------
    inputs : list of symbolic tensors or array_like
    **kwargs
        Arguments of `Subtract`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.subtract([[[1.0, 2.0]], [[3.0, 5.0]]])
    array([[-2., -3.]], dtype=float32)
    """
    return Subtract(**kwargs)(inputs)
