"""Masks that are one along some axes: `noise_shape` of the dropout layers."""

from typing import Any

from fastnn._plan import Plan
from fastnn._validation import check_integer

NoiseShape = tuple[int | None, ...]


def check_noise_shape(value: Any) -> NoiseShape | None:
    """Return `noise_shape` as a tuple of sizes, of which None stands for that of the input."""
    if value is None:
        return None
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise ValueError(f"`noise_shape` must be a tuple of integers or None, got {value!r}")
    return tuple(
        None if n is None else check_integer(n, f"noise_shape[{i}]", 1) for i, n in enumerate(value)
    )


def check_fits(shape: NoiseShape | None, sample: tuple[int, ...], layer: str) -> tuple[int, ...]:
    """Return the shape of the masks of a sample, whose shape is that of the mask by default."""
    if shape is None:
        return sample
    if len(shape) != len(sample) + 1 or not all(
        n in (None, 1, size) for n, size in zip(shape[1:], sample, strict=True)
    ):
        raise ValueError(
            f"layer {layer!r}: `noise_shape={shape}` must have an entry for each axis of the "
            f"batch: 1, None or its size; got samples of shape {sample}"
        )
    return tuple(size if n is None else n for n, size in zip(shape[1:], sample, strict=True))


def mask_shape(shape: NoiseShape | None, batch: tuple[int, ...], layer: str) -> tuple[int, ...]:
    """Return the shape of the mask for a batch of that shape."""
    sizes = check_fits(shape, batch[1:], layer)
    rows = batch[0] if shape is None or shape[0] is None else shape[0]
    if rows not in (1, batch[0]):
        raise ValueError(
            f"layer {layer!r}: `noise_shape={shape}` is for batches of {rows} rows, got {batch[0]}"
        )
    return (rows, *sizes)


def emit_mask(
    plan: Plan,
    kind: str,
    rate: float,
    shape: NoiseShape | None,
    sample: tuple[int, ...],
    layer: str,
) -> None:
    """Append a dropout op whose masks have that shape: one for rows of the axes it has."""
    one = [n == 1 < size for n, size in zip(check_fits(shape, sample, layer), sample, strict=True)]
    same_batch = shape is not None and shape[0] == 1
    if rate == 0.0 or not (same_batch or any(one)):
        plan.noise(kind, rate)
        return
    own = [axis for axis, shared in enumerate(one) if not shared]
    plan.along(sample, own, lambda: plan.noise(kind, rate, any(one), same_batch))
