"""Parts of each sample, by their places."""

from typing import Any, NamedTuple, Unpack

from fastnn._plan import Plan
from fastnn.layers._common import Common
from fastnn.layers.base import Layer


class _Pick(NamedTuple):
    """What is kept along an axis of the sample: places, and whether the axis itself stays."""

    places: range
    stays: bool


class GetItem(Layer):
    r"""Parts of each sample: ``x[:, 2:5]`` of a symbolic tensor.

    Parameters
    ----------
    key : list
        For each axis of the sample, from the first: ``[start, stop, step]`` of a slice, or a
        number, which drops the axis. Axes that are not named stay whole.
    {common}

    Raises
    ------
    ValueError
        If `key` is none for the samples, or leaves nothing or no axis of them.

    Examples
    --------
    >>> import fastnn
    >>> x = fastnn.Input((4,))
    >>> fastnn.Model(x, x[:, 1:3])([[2.0, -1.0, 5.0, 7.0]])
    array([[-1.,  5.]], dtype=float32)
    """

    def __init__(self, key: Any, **common: Unpack[Common]) -> None:
        if not isinstance(key, (list, tuple)) or not all(_is_part(part) for part in key):
            raise ValueError(
                "`key` must be a list with [start, stop, step] or a number for each axis, got "
                f"{key!r}"
            )
        self.key = [part if isinstance(part, int) else list(part) for part in key]
        super().__init__(**common)

    def _picks(self, shape: tuple[int, ...]) -> list[_Pick]:
        if len(self.key) > len(shape):
            raise ValueError(
                f"{self._shown()} names {len(self.key)} axes of samples of shape {shape}"
            )
        picks = []
        for axis, size in enumerate(shape):
            part = self.key[axis] if axis < len(self.key) else [None, None, None]
            if isinstance(part, list):
                picks.append(_Pick(range(*slice(*part).indices(size)), True))
                if not picks[-1].places:
                    raise ValueError(f"{self._shown()} leaves nothing of samples of shape {shape}")
            else:
                if not -size <= part < size:
                    raise ValueError(
                        f"{self._shown()}: {part} is out of range for samples of shape {shape}"
                    )
                picks.append(_Pick(range(part % size, part % size + 1), False))
        return picks

    def _shown(self) -> str:
        parts = [
            ":".join("" if p is None else str(p) for p in (part if part[2] else part[:2]))
            if isinstance(part, list)
            else str(part)
            for part in self.key
        ]
        return f"`[{', '.join([':', *parts])}]`"

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        shape = tuple(len(pick.places) for pick in self._picks(input_shape) if pick.stays)
        if not shape:
            raise ValueError(
                f"{self._shown()} leaves no axis of samples of shape {input_shape}: keep one, as "
                "x[:, 0:1] does"
            )
        return shape

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        shape = input_shape
        for axis, pick in enumerate(self._picks(input_shape)):
            shape = plan.pick(shape, axis, pick.places)
        plan.reshape(self.output_shape_for(input_shape))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "key": self.key}


def _is_part(part: Any) -> bool:
    def whole(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    if whole(part):
        return True
    listed = isinstance(part, (list, tuple)) and len(part) == 3
    return listed and all(v is None or whole(v) for v in part) and part[2] != 0
