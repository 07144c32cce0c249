"""The declaration of a model's input."""

from typing import Any

import numpy as np

from fastnn._errors import WrongTypeError
from fastnn._plan import Plan
from fastnn._symbolic import Node, SymbolicTensor
from fastnn._validation import READABLE, check_integer, check_shape, reject
from fastnn.layers.base import Layer


class InputLayer(Layer):
    """Shape of one input sample, for the front of a model.

    Parameters
    ----------
    shape : tuple of int
        Without the batch axis.
    batch_size : int, default=None
        Rows of a batch: shapes show it. Data of any number of rows is taken.
    dtype : str, default=None
        Type of the data. Any is converted while it is read, so this is a note only.
    sparse, ragged, input_tensor : None
        Keras' further arguments; fastnn has none of them.
    batch_shape : tuple, default=None
        Instead of the first two: ``(batch_size, *shape)``.
    optional : False
        Keras' inputs that may be None; fastnn has none.
    name : str, default=None
        None takes ``input_layer``, ``input_layer_1`` and so on.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.InputLayer((8,)).batch_shape
    (None, 8)
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: None = None,
        ragged: None = None,
        batch_shape: Any = None,
        input_tensor: None = None,
        optional: bool = False,
        name: str | None = None,
    ) -> None:
        reject(
            "Input",
            sparse=(sparse, (None, False)),
            ragged=(ragged, (None, False)),
            input_tensor=(input_tensor, (None,)),
            optional=(optional, (False,)),
        )
        if batch_shape is not None:
            if shape is not None or batch_size is not None:
                raise ValueError("give `shape` and `batch_size`, or `batch_shape`, not both")
            batch_size, *sample = tuple(batch_shape) or (None,)
            shape = tuple(sample)
        if shape is None:
            raise ValueError("`shape` of Input must be given: the shape of one sample")
        if isinstance(shape, (int, np.integer)):
            raise WrongTypeError(f"`shape` must be a tuple, such as ({shape},), got {shape!r}")
        self.shape = check_shape(shape, "shape")
        self.batch_size = None if batch_size is None else check_integer(batch_size, "batch_size", 1)
        super().__init__(name=name)
        self.dtype = self.dtype if dtype is None else _numeric(dtype)
        self._built_for = self.shape
        self.symbolic = Node(self, (), self.shape).output  # what layers are called on
        self.symbolic.batch_size = self.batch_size
        self.record(self.symbolic.node)

    @property
    def batch_shape(self) -> tuple[int | None, ...]:
        """The shape with that of the batch, None for any."""
        return (self.batch_size, *self.shape)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        """Append nothing."""

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal declaration."""
        return {"batch_shape": list(self.batch_shape), "dtype": self.dtype, "name": self.name}

    def __repr__(self) -> str:
        return f"<InputLayer name={self.name}, shape={self.batch_shape}>"


def _numeric(dtype: Any) -> str:
    try:
        found = np.dtype(dtype)
    except TypeError:
        raise ValueError(f"`dtype` must be a numeric type, got {dtype!r}") from None
    if found.char not in READABLE:
        raise ValueError(f"`dtype` must be a numeric type, got {dtype!r}")
    return str(found.name)


def Input(
    shape: Any = None, batch_size: int | None = None, dtype: Any = None, sparse: None = None,
    ragged: None = None, batch_shape: Any = None, name: str | None = None, tensor: None = None,
    optional: bool = False,
) -> SymbolicTensor:  # fmt: skip
    """Declare a model's input; returns the symbolic tensor that layers can be called on.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample, without the batch axis.
    batch_size : int, default=None
        Rows of a batch: shapes show it. Data of any number of rows is taken.
    dtype : str, default=None
        Type of the data. Any is converted while it is read, so this is a note only.
    sparse, ragged, tensor, optional : None
        Keras' further arguments; fastnn has none of them.
    batch_shape : tuple, default=None
        Instead of the first two: ``(batch_size, *shape)``.
    name : str, default=None

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((8,)), fastnn.layers.Dense(1)])
    >>> model.count_params()
    9
    >>> x = fastnn.Input((8,))
    >>> fastnn.Model(x, fastnn.layers.Dense(1)(x)).output_shape
    (None, 1)
    """
    reject("Input", tensor=(tensor, (None,)))
    return InputLayer(
        shape, batch_size, dtype, sparse, ragged, batch_shape, optional=optional, name=name
    ).symbolic
