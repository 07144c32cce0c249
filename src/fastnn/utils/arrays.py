"""Small helpers of Keras' for data: packed tuples, padded rows, names of types."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._errors import WrongTypeError
from fastnn._symbolic import SymbolicTensor
from fastnn.config import floatx

_PYTHON_TYPES = {bool: "bool", int: "int32", float: "float32", str: "string"}


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Return ``x``, ``(x, y)`` or ``(x, y, sample_weight)``, by what is given.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.utils.pack_x_y_sample_weight([1], [2])
    ([1], [2])
    """
    if y is None:
        return x if not isinstance(x, (tuple, list)) else (x,)
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Return x, y and the weights of a packed tuple, None for what it has not.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.utils.unpack_x_y_sample_weight(([1], [2]))
    ([1], [2], None)
    """
    parts = tuple(data) if isinstance(data, (tuple, list)) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"`data` must be x, (x, y) or (x, y, sample_weight), got {len(parts)}")
    x, y, sample_weight = (*parts, None, None)[:3]
    return x, y, sample_weight


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> NDArray[Any]:
    """Return rows of one length: shorter ones are filled with `value`, longer ones cut.

    Parameters
    ----------
    sequences : list of sequences
    maxlen : int, default=None
        None takes the longest.
    dtype : dtype, default="int32"
    padding, truncating : {"pre", "post"}, default="pre"
        Where to fill, and where to cut.
    value : float, default=0.0

    Examples
    --------
    >>> import fastnn
    >>> fastnn.utils.pad_sequences([[1], [2, 3]])
    array([[0, 1],
           [2, 3]], dtype=int32)
    """
    for name, given in (("padding", padding), ("truncating", truncating)):
        if given not in ("pre", "post"):
            raise ValueError(f"`{name}` must be 'pre' or 'post', got {given!r}")
    try:
        rows = [np.asarray(row, dtype) for row in sequences]
    except TypeError as error:
        raise WrongTypeError(f"`sequences` must be a list of sequences: {error}") from None
    length = max(map(len, rows), default=0) if maxlen is None else maxlen
    inner = next((row.shape[1:] for row in rows if len(row)), ())
    out: NDArray[Any] = np.full((len(rows), length, *inner), value, dtype)
    for place, row in zip(out, rows, strict=True):
        kept = row[max(len(row) - length, 0) :] if truncating == "pre" else row[:length]
        if len(kept):
            place[slice(len(kept)) if padding == "post" else slice(length - len(kept), None)] = kept
    return out


def standardize_dtype(dtype: Any) -> str:
    """Return the name of a type; None is the default type of floats, as is Python's `float`.

    Python's `int` is ``"int32"``, as in Keras on JAX.

    Raises
    ------
    ValueError
        If `dtype` is no type of NumPy's numbers.

    Examples
    --------
    >>> import fastnn, numpy
    >>> fastnn.utils.standardize_dtype(numpy.float64)
    'float64'
    """
    if dtype is None:
        return floatx()
    if isinstance(dtype, type) and dtype in _PYTHON_TYPES:
        return _PYTHON_TYPES[dtype]
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    if found.kind not in "biufc":
        raise WrongTypeError(f"`dtype` must be a type of numbers, got {dtype!r}")
    return str(found.name)


def is_keras_tensor(x: Any) -> bool:
    """Tell whether x is a symbolic tensor, as `Input` returns.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.utils.is_keras_tensor([1])
    False
    """
    return isinstance(x, SymbolicTensor)
