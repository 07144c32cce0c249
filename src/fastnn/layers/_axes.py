"""Axes of a batch, as the normalising layers name them."""

from typing import Any

from fastnn._errors import OutOfRangeError
from fastnn._validation import check_integer


def check_axes(axis: Any) -> int | list[int]:
    """Return `axis` as an integer or a list of integers."""
    if isinstance(axis, (list, tuple)):
        return [check_integer(a, f"axis[{i}]", -(2**31)) for i, a in enumerate(axis)]
    return check_integer(axis, "axis", -(2**31))


def resolve_axes(axis: int | list[int], rank: int, layer: str) -> list[int]:
    """Return the axes of a batch of that rank, counted from 0, in order."""
    axes = sorted(a + rank if a < 0 else a for a in (axis if isinstance(axis, list) else [axis]))
    if not axes or len(set(axes)) < len(axes) or not 0 <= axes[0] <= axes[-1] < rank:
        raise OutOfRangeError(f"layer {layer!r}: `axis={axis}` is out of bounds for {rank} axes")
    return axes


def sample_axes(axis: int | list[int], sample: tuple[int, ...], layer: str) -> list[int]:
    """Return the axes of a batch as axes of its samples, counted from 0, in order."""
    axes = resolve_axes(axis, len(sample) + 1, layer)
    if axes[0] == 0:
        raise ValueError(
            f"layer {layer!r}: `axis={axis}` must not name the first axis, that of the batch"
        )
    return [a - 1 for a in axes]


def sizes_of(sample: tuple[int, ...], axes: list[int]) -> tuple[int, ...]:
    """Return the sizes of some axes."""
    return tuple(sample[a] for a in axes)
