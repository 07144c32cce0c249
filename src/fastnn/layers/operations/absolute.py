"""The absolute value of each element."""

from fastnn._plan import Plan
from fastnn.activations.base import NativeActivation
from fastnn.layers.base import Layer


class Absolute(Layer):
    r"""The absolute value of each element: ``abs(x)`` of a symbolic tensor.

    Its derivative at 0 is 0.

    Parameters
    ----------
    {common}

    Examples
    --------
    >>> import fastnn
    >>> x = fastnn.Input((2,))
    >>> fastnn.Model(x, abs(x))([[2.0, -1.0]])
    array([[2., 1.]], dtype=float32)
    """

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        plan.activation(NativeActivation("abs", ()))
