"""Initialisers whose spread follows from the number of inputs and outputs."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._validation import check_in, check_integer, check_number
from fastnn.initializers.base import RandomInitializer

# Standard deviation of a standard normal cut at two standard deviations.
_TRUNCATED_STDDEV = 0.87962566103423978


class VarianceScaling(RandomInitializer):
    r"""Values with variance :math:`\mathit{scale} / n`.

    :math:`n` is the number of inputs, of outputs, or their mean.

    Parameters
    ----------
    scale : float, default=1.0
        Above 0.
    mode : {"fan_in", "fan_out", "fan_avg"}, default="fan_in"
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        Default ``"truncated_normal"``; ``"normal"`` means the same.
    seed : int or SeedGenerator, default=None
        The same seed gives the same values; None takes the next seed of
        `utils.set_random_seed`, and a generator gives each call its next one.
    input_axes, output_axes : list of int, default=None
        Axes whose sizes multiply to the inputs and to the outputs of a unit; None: the last but
        one and the last, and any in front of them count for both.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> init = fastnn.initializers.VarianceScaling(2.0, distribution="uniform", seed=1)
    >>> bool((abs(init((6, 4))) <= 1).all())
    True
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        self.scale = check_number(scale, "scale")
        if self.scale <= 0:
            raise ValueError(f"`scale` must be above 0, got {scale!r}")
        self.mode = check_in(mode, ("fan_in", "fan_out", "fan_avg"), "mode")
        if distribution == "normal":
            distribution = "truncated_normal"
        self.distribution = check_in(
            distribution,
            ("truncated_normal", "untruncated_normal", "uniform"),
            "distribution",
        )
        self.input_axes = _check_axes(input_axes, "input_axes")
        self.output_axes = _check_axes(output_axes, "output_axes")
        super().__init__(seed)

    def _draw(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        fan_in, fan_out = self._fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return self._uniform(shape, -limit, limit)
        if self.distribution == "untruncated_normal":
            return self._normal(shape, 0.0, math.sqrt(variance))
        return self._truncated(shape, 0.0, math.sqrt(variance) / _TRUNCATED_STDDEV)

    def get_config(self) -> dict[str, Any]:
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            **super().get_config(),
            **self._axes_config(),
        }

    def _axes_config(self) -> dict[str, Any]:
        """Return the axes if they were given: Keras' older versions do not know them."""
        axes = {"input_axes": self.input_axes, "output_axes": self.output_axes}
        return axes if any(value is not None for value in axes.values()) else {}

    def _fans(self, shape: tuple[int, ...]) -> tuple[float, float]:
        """Return inputs and outputs of one unit."""
        if self.input_axes is None or self.output_axes is None:
            return _usual_fans(shape)
        for axis in (*self.input_axes, *self.output_axes):
            if not -len(shape) <= axis < len(shape):
                raise ValueError(f"`shape` {shape} has no axis {axis}")
        return (
            float(math.prod(shape[axis] for axis in self.input_axes)),
            float(math.prod(shape[axis] for axis in self.output_axes)),
        )


def _check_axes(axes: Any, argument: str) -> list[int] | None:
    if axes is None:
        return None
    if not isinstance(axes, (list, tuple)):
        raise ValueError(f"`{argument}` must be a list of integers, got {axes!r}")
    return [check_integer(axis, argument, -64) for axis in axes]


def _usual_fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """Inputs and outputs of one unit; a vector counts as both."""
    if len(shape) < 2:
        size = float(shape[0]) if shape else 1.0
        return size, size
    receptive = float(math.prod(shape[:-2]))
    return shape[-2] * receptive, shape[-1] * receptive


class _Fixed(VarianceScaling):
    """A variance scaling with everything but the seed decided."""

    _SCALE: float
    _MODE: str
    _DISTRIBUTION: str

    def __init__(
        self,
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        scaling = self._SCALE, self._MODE, self._DISTRIBUTION
        super().__init__(*scaling, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        return {**RandomInitializer.get_config(self), **self._axes_config()}


class GlorotUniform(_Fixed):
    r"""Uniform in :math:`\pm\sqrt{6 / (n_\mathrm{in} + n_\mathrm{out})}`; the default of kernels.

    Glorot and Bengio, 2010.

    Parameters
    ----------
    seed : int or SeedGenerator, default=None
    input_axes, output_axes : list of int, default=None
        As in `VarianceScaling`.

    Examples
    --------
    >>> import fastnn
    >>> kernel = fastnn.initializers.GlorotUniform(seed=1)((3, 3))
    >>> bool((abs(kernel) <= 1).all())
    True
    """

    _SCALE, _MODE, _DISTRIBUTION = 1.0, "fan_avg", "uniform"


class GlorotNormal(_Fixed):
    r"""Truncated normal with variance :math:`2 / (n_\mathrm{in} + n_\mathrm{out})`.

    Glorot and Bengio, 2010.

    Parameters
    ----------
    seed : int or SeedGenerator, default=None
    input_axes, output_axes : list of int, default=None
        As in `VarianceScaling`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.GlorotNormal(seed=1)((3, 2)).shape
    (3, 2)
    """

    _SCALE, _MODE, _DISTRIBUTION = 1.0, "fan_avg", "truncated_normal"


class HeUniform(_Fixed):
    r"""Uniform in :math:`\pm\sqrt{6 / n_\mathrm{in}}` (He et al., 2015, arXiv 1502.01852).

    Parameters
    ----------
    seed : int or SeedGenerator, default=None
    input_axes, output_axes : list of int, default=None
        As in `VarianceScaling`.

    Examples
    --------
    >>> import fastnn
    >>> kernel = fastnn.initializers.HeUniform(seed=1)((6, 2))
    >>> bool((abs(kernel) <= 1).all())
    True
    """

    _SCALE, _MODE, _DISTRIBUTION = 2.0, "fan_in", "uniform"


class HeNormal(_Fixed):
    r"""Truncated normal with variance :math:`2 / n_\mathrm{in}` (He et al., arXiv 1502.01852).

    Parameters
    ----------
    seed : int or SeedGenerator, default=None
    input_axes, output_axes : list of int, default=None
        As in `VarianceScaling`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.HeNormal(seed=1)((3, 2)).shape
    (3, 2)
    """

    _SCALE, _MODE, _DISTRIBUTION = 2.0, "fan_in", "truncated_normal"


class LecunUniform(_Fixed):
    r"""Uniform in :math:`\pm\sqrt{3 / n_\mathrm{in}}` (LeCun et al., 1998).

    Parameters
    ----------
    seed : int or SeedGenerator, default=None
    input_axes, output_axes : list of int, default=None
        As in `VarianceScaling`.

    Examples
    --------
    >>> import fastnn
    >>> kernel = fastnn.initializers.LecunUniform(seed=1)((3, 2))
    >>> bool((abs(kernel) <= 1).all())
    True
    """

    _SCALE, _MODE, _DISTRIBUTION = 1.0, "fan_in", "uniform"


class LecunNormal(_Fixed):
    r"""Truncated normal with variance :math:`1 / n_\mathrm{in}` (LeCun et al., 1998).

    Parameters
    ----------
    seed : int or SeedGenerator, default=None
    input_axes, output_axes : list of int, default=None
        As in `VarianceScaling`.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.initializers.LecunNormal(seed=1)((3, 2)).shape
    (3, 2)
    """

    _SCALE, _MODE, _DISTRIBUTION = 1.0, "fan_in", "truncated_normal"


# As Keras has them: other names of the classes.
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
variance_scaling = VarianceScaling
