"""What a layer asks of the shapes of its input."""

from collections.abc import Mapping
from typing import Any

from fastnn._validation import check_integer


class InputSpec:
    """Shapes of batches that a layer takes.

    Parameters
    ----------
    dtype : str, default=None
        None is any.
    shape : tuple, default=None
        Sizes, None for any.
    ndim, max_ndim, min_ndim : int, default=None
        Numbers of axes, with that of the batch.
    axes : dict of int to int, default=None
        Sizes of single axes.
    allow_last_axis_squeeze : bool, default=False
    name : str, default=None
    optional : bool, default=False

    Examples
    --------
    >>> import fastnn
    >>> layer = fastnn.layers.Dense(2)
    >>> layer.build((None, 3))
    >>> layer.input_spec
    InputSpec(min_ndim=2, axes={-1: 3})
    """

    def __init__(
        self,
        dtype: str | None = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = dtype
        self.shape = None if shape is None else tuple(shape)
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {
            check_integer(axis, "axes", -64): size for axis, size in dict(axes or {}).items()
        }
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name, self.optional = name, optional

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal specification."""
        return {
            "dtype": self.dtype,
            "shape": self.shape,
            "ndim": self.ndim,
            "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim,
            "axes": self.axes,
            "optional": self.optional,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "InputSpec":
        """Return the specification that `get_config` described."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InputSpec) and other.get_config() == self.get_config()

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        said = {name: value for name, value in self.get_config().items() if value}
        return f"InputSpec({', '.join(f'{name}={value}' for name, value in said.items())})"
