"""Shapes of samples, batches and weights: checks and their messages."""

from typing import Any

from numpy.typing import NDArray

from fastnn._errors import WrongTypeError
from fastnn._validation import check_shape


def check_weight(value: NDArray[Any], shape: tuple[int, ...], path: str) -> NDArray[Any]:
    """Return `value` if it has that shape."""
    if value.shape != shape:
        raise ValueError(f"weight {path!r} must have shape {shape}, got {value.shape}")
    return value


def declared_shape(input_shape: Any, input_dim: Any) -> tuple[int, ...] | None:
    """Return the sample shape that `input_shape` or `input_dim` declare, None for neither."""
    if input_shape is not None and input_dim is not None:
        raise ValueError("give `input_shape` or `input_dim`, not both")
    if input_dim is not None:
        return check_shape((input_dim,), "input_dim")
    return None if input_shape is None else check_shape(input_shape, "input_shape")


def batch_shape(shape: Any) -> tuple[int, ...]:
    """Return the sample shape of a batch shape ``(None, ...)``."""
    try:
        sizes = tuple(shape)
    except TypeError:
        raise WrongTypeError(
            f"`input_shape` must be the shape of a batch, such as (None, 8), got {shape!r}"
        ) from None
    if len(sizes) < 2:
        raise ValueError(
            f"`input_shape` must be the shape of a batch, such as (None, 8), got {shape!r}"
        )
    return check_shape(sizes[1:], "input_shape")
