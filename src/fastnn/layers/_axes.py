"""Axes of a batch, as the normalising layers name them."""

from typing import Any

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
        raise ValueError(f"layer {layer!r}: `axis={axis}` is out of bounds for {rank} axes")
    return axes


def trailing_axes(axis: int | list[int], sample: tuple[int, ...], layer: str) -> int:
    """Return how many axes at the end of a sample `axis` means; others are not supported."""
    rank = len(sample) + 1
    axes = resolve_axes(axis, rank, layer)
    if axes[0] == 0 or axes != list(range(axes[0], rank)):
        raise ValueError(
            f"layer {layer!r}: `axis` must name the last axis, or several at the end of the "
            f"sample; got {axis} for samples of shape {sample}"
        )
    return len(axes)
