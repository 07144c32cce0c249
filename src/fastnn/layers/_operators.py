"""Arithmetic on symbolic tensors: the layers that ``x + y``, ``2 * x`` and the like stand for."""

import numbers
from typing import Any

import numpy as np

from fastnn._symbolic import SymbolicTensor, as_symbolic
from fastnn.layers._names import auto_name
from fastnn.layers.merging.add import Add
from fastnn.layers.merging.multiply import Multiply
from fastnn.layers.merging.subtract import Subtract
from fastnn.layers.rescaling import Rescaling


def plus(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``tensor + other``."""
    symbolic = as_symbolic(other)
    if symbolic is not None:
        return Add()([tensor, symbolic])
    return _rescaled("Add", tensor, other, 1.0, other)


def minus(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``tensor - other``."""
    symbolic = as_symbolic(other)
    if symbolic is not None:
        return Subtract()([tensor, symbolic])
    return _rescaled("Subtract", tensor, other, 1.0, lambda: np.negative(other))


def minus_from(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``other - tensor``, for an `other` that is no tensor."""
    return _rescaled("Subtract", tensor, other, -1.0, other)


def times(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``tensor * other``."""
    symbolic = as_symbolic(other)
    if symbolic is not None:
        return Multiply()([tensor, symbolic])
    return _rescaled("Multiply", tensor, other, other, 0.0)


def over(tensor: SymbolicTensor, other: Any) -> Any:
    """Return ``tensor / other`` for a number."""
    if as_symbolic(other) is not None:
        raise TypeError("a symbolic tensor cannot be divided by another: only by a number")
    return _rescaled("TrueDivide", tensor, other, lambda: np.divide(1.0, other), 0.0)


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
