"""The declaration of a model's input."""

from typing import Any, Self

import numpy as np

from fastnn._symbolic import Node
from fastnn._validation import READABLE, check_shape, reject
from fastnn.layers._names import auto_name, check_name


class InputLayer:
    """Shape of one input sample, for the front of a model.

    Parameters
    ----------
    shape : tuple of int
        Without the batch axis.
    batch_size : None
        Keras' fixed batch size; fastnn takes any number of rows.
    dtype : str, default=None
        Type of the data. Any is converted while it is read, so this is a note only.
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
        batch_size: None = None,
        dtype: Any = None,
        name: str | None = None,
        batch_shape: Any = None,
    ) -> None:
        if batch_shape is not None:
            if shape is not None:
                raise ValueError("give `shape` or `batch_shape`, not both")
            batch_size, *sample = tuple(batch_shape) or (None,)
            shape = tuple(sample)
        reject("Input", batch_size=(batch_size, (None,)))
        if shape is None:
            raise ValueError("`shape` of Input must be given: the shape of one sample")
        self.shape = check_shape(shape, "shape")
        try:
            self.dtype = None if dtype is None else np.dtype(dtype).name
        except TypeError:
            raise ValueError(f"`dtype` must be a numeric type, got {dtype!r}") from None
        if self.dtype is not None and np.dtype(self.dtype).char not in READABLE:
            raise ValueError(f"`dtype` must be a numeric type, got {dtype!r}")
        self.name = auto_name("InputLayer") if name is None else check_name(name)
        self.symbolic = Node(self, (), self.shape).output  # what layers are called on

    @property
    def batch_shape(self) -> tuple[int | None, ...]:
        """The shape with None for the batch axis."""
        return (None, *self.shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal declaration."""
        return {"shape": list(self.shape), "dtype": self.dtype, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the declaration that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<InputLayer name={self.name}, shape={self.batch_shape}>"


def Input(
    shape: Any = None, batch_size: None = None, dtype: Any = None, sparse: None = None,
    ragged: None = None, batch_shape: Any = None, name: str | None = None, tensor: None = None,
) -> InputLayer:  # fmt: skip
    """Declare the shape of a model's input; layers can be called on what it returns.

    Parameters
    ----------
    shape : tuple of int
        Shape of one sample, without the batch axis.
    batch_size : None
        Keras' fixed batch size; fastnn takes any number of rows.
    dtype : str, default=None
        Type of the data. Any is converted while it is read, so this is a note only.
    sparse, ragged, tensor : None
        Keras' further arguments; fastnn has none of them.
    batch_shape : tuple, default=None
        Instead of `shape`: ``(None, *shape)``.
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
    reject(
        "Input",
        sparse=(sparse, (None, False)),
        ragged=(ragged, (None, False)),
        tensor=(tensor, (None,)),
    )
    return InputLayer(shape, batch_size, dtype, name, batch_shape)
