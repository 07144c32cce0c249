"""Arithmetic on symbolic tensors: the layers that ``x + y``, ``2 * x`` and the like stand for."""

import numbers
import operator
from typing import Any

import numpy as np

from fastnn._symbolic import SymbolicTensor, as_symbolic
from fastnn.layers._names import auto_name
from fastnn.layers.merging.add import Add
from fastnn.layers.merging.multiply import Multiply
from fastnn.layers.merging.subtract import Subtract
from fastnn.layers.operations.absolute import Absolute
from fastnn.layers.operations.get_item import GetItem
from fastnn.layers.operations.power import Power
from fastnn.layers.operations.true_divide import TrueDivide
from fastnn.layers.rescaling import Rescaling


def plus(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``tensor + other``."""
    symbolic = as_symbolic(other)
    if symbolic is not None:
        return Add(dtype=_float_of(tensor))([tensor, symbolic])
    return _rescaled("Add", tensor, other, 1.0, other)


def minus(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``tensor - other``."""
    symbolic = as_symbolic(other)
    if symbolic is not None:
        return Subtract(dtype=_float_of(tensor))([tensor, symbolic])
    return _rescaled("Subtract", tensor, other, 1.0, lambda: np.negative(other))


def minus_from(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``other - tensor``, for an `other` that is no tensor."""
    return _rescaled("Subtract", tensor, other, -1.0, other)


def times(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``tensor * other``."""
    symbolic = as_symbolic(other)
    if symbolic is not None:
        return Multiply(dtype=_float_of(tensor))([tensor, symbolic])
    return _rescaled("Multiply", tensor, other, other, 0.0)


def over(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``tensor / other``."""
    symbolic = as_symbolic(other)
    if symbolic is not None:
        return TrueDivide(dtype=_float_of(tensor))([tensor, symbolic])
    return _rescaled("TrueDivide", tensor, other, lambda: np.divide(1.0, other), 0.0)


def under(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``other / tensor``, for an `other` that is no tensor."""
    if not isinstance(other, (numbers.Real, np.ndarray)):
        return NotImplemented
    inverse = Power(-1.0, dtype=_float_of(tensor))(tensor)
    return inverse if isinstance(other, numbers.Real) and other == 1 else times(inverse, other)


def power(tensor: SymbolicTensor, exponent: Any) -> Any:
    """Return ``tensor ** exponent`` for a number."""
    if as_symbolic(exponent) is not None or np.ndim(exponent):
        raise TypeError(
            f"a symbolic tensor can be taken to the power of one number, got {exponent!r}"
        )
    if not isinstance(exponent, (numbers.Real, np.ndarray)):
        return NotImplemented
    return Power(float(exponent), dtype=_float_of(tensor))(tensor)


def absolute(tensor: SymbolicTensor) -> Any:
    """Return ``abs(tensor)``."""
    return Absolute(dtype=_float_of(tensor))(tensor)


def part(tensor: SymbolicTensor, key: Any) -> Any:
    """Return ``tensor[key]``, for slices and numbers behind one slice for the whole batch."""
    keys = list(key) if isinstance(key, tuple) else [key]
    if keys.count(Ellipsis) == 1:
        place = keys.index(Ellipsis)
        keys[place : place + 1] = [slice(None)] * (tensor.ndim - len(keys) + 1)
    shown = f"the result of layer {tensor.name!r}, of shape {tensor.shape},"
    if not keys or keys[0] != slice(None):
        raise TypeError(
            f"{shown} is symbolic: the first of its indices must be ':', for the batch, got {key!r}"
        )
    parts: list[Any] = []
    for each in keys[1:]:
        if isinstance(each, slice):
            parts.append([_index(v) for v in (each.start, each.stop, each.step)])
        else:
            parts.append(_index(each))
    if None in parts or any(isinstance(each, (bool, np.bool_)) for each in keys):
        raise TypeError(f"{shown} takes slices and numbers as indices, got {key!r}")
    return GetItem(parts, dtype=_float_of(tensor))(tensor)


def _index(value: Any) -> int | None:
    """Return an index as an int, None for what is none."""
    try:
        return operator.index(value)
    except TypeError:
        return None


def negative(tensor: SymbolicTensor) -> Any:
    """Return ``-tensor``."""
    return _rescaled("Negative", tensor, 0.0, -1.0, 0.0)


def _rescaled(name: str, tensor: SymbolicTensor, other: Any, scale: Any, offset: Any) -> Any:
    """Return `NotImplemented` unless `other` is a number, or an array of numbers."""
    if not isinstance(other, (numbers.Real, np.ndarray)):
        return NotImplemented
    scale, offset = (value() if callable(value) else value for value in (scale, offset))
    return Rescaling(scale, offset, name=auto_name(name), dtype=_float_of(tensor))(tensor)


def _float_of(tensor: SymbolicTensor) -> str | None:
    """Return the type of a layer for the tensor: its own, if layers compute in it."""
    return tensor.dtype if tensor.dtype in ("float32", "float64") else None
