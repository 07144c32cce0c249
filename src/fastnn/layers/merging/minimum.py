"""Elementwise minimum of several tensors."""

from typing import Any, ClassVar

from fastnn.layers.merging.base import Merge


class Minimum(Merge):
    r"""Elementwise minimum of inputs, :math:`\min(x_1, x_2, \dots)`.

    Where two are equal, each gets half the gradient.

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
    >>> fastnn.layers.Minimum()([[[1.0, 7.0]], [[3.0, 5.0]]])
    array([[1., 5.]], dtype=float32)
    """

    _KIND: ClassVar[str] = "minimum"


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """Return `Minimum` of a list of tensors or arrays.

    Parameters
    ----------
    inputs : list of symbolic tensors or array_like
    **kwargs
        Arguments of `Minimum`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.minimum([[[1.0, 7.0]], [[3.0, 5.0]]])
    array([[1., 5.]], dtype=float32)
    """
    return Minimum(**kwargs)(inputs)
