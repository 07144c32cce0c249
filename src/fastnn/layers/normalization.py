"""Normalisation of the data by mean and variance that are computed before training."""

import itertools
from collections.abc import Iterable
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from fastnn import initializers
from fastnn._symbolic import all_symbolic
from fastnn._validation import as_array, check_bool, check_integer
from fastnn.layers._axes import resolve_axes
from fastnn.layers._common import Common
from fastnn.layers.affine_layer import AffineLayer
from fastnn.layers.base import WeightSpec

_LEAST = 1e-7  # of a standard deviation, Keras' epsilon


class Normalization(AffineLayer):
    r"""Shift and scale the data, :math:`(x - \mu) / \max(\sigma, 10^{-7})`.

    Mean and variance are given, or computed by `adapt`. Training does not change them.

    Parameters
    ----------
    axis : int, tuple of int or None, default=-1
        Axes of a batch along which each entry has a mean and variance of its own; None: one for
        all. The batch axis cannot be among them.
    mean, variance : float or array_like, default=None
        Both, or none of them.
    invert : bool, default=False
        The other way: :math:`\mu + x \max(\sigma, 10^{-7})`.
    {common}

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> layer = fastnn.layers.Normalization()
    >>> layer.adapt([[0.0, 7.0], [2.0, 9.0], [0.0, 7.0], [2.0, 9.0]])
    >>> layer([[0.0, 9.0]])
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **common: Unpack[Common],
    ) -> None:
        listed = () if axis is None else axis if isinstance(axis, (list, tuple)) else (axis,)
        self.axis = tuple(check_integer(a, "axis", -(2**31)) for a in listed)
        self.invert = check_bool(invert, "invert")
        if (mean is None) != (variance is None):
            raise ValueError(
                f"give both `mean` and `variance`, or neither; got {mean!r} and {variance!r}"
            )
        self.input_mean = self.input_variance = None
        if mean is not None:
            self.input_mean = as_array(mean, "mean").astype(np.float64)
            self.input_variance = as_array(variance, "variance").astype(np.float64)
            if self.input_mean.shape != self.input_variance.shape:
                raise ValueError(
                    "`mean` and `variance` must have one shape, got "
                    f"{self.input_mean.shape} and {self.input_variance.shape}"
                )
            if self.input_mean.ndim > len(self.axis):
                raise ValueError(
                    f"`mean` has {self.input_mean.ndim} axes, more than `axis={self.axis}` names"
                )
        super().__init__(**common)

    # ---- shapes ----------------------------------------------------------------------

    def _kept(self, sample: tuple[int, ...]) -> list[int]:
        """Return the axes of a sample, counted from 0, that keep their entries apart."""
        if not self.axis:
            return []
        axes = resolve_axes([*self.axis], len(sample) + 1, self.name)
        if axes[0] == 0:
            raise ValueError(f"layer {self.name!r}: `axis` names the batch axis")
        return [a - 1 for a in axes]

    def weight_specs(self, input_shape: tuple[int, ...]) -> list[WeightSpec]:
        kept = tuple(input_shape[a] for a in self._kept(input_shape))
        if self.input_mean is not None:
            self._aligned(self.input_mean, input_shape)
            return []
        zeros, ones = initializers.Zeros(), initializers.Ones()
        return [
            WeightSpec("mean", kept, zeros, learns=False),
            WeightSpec("variance", kept, ones, learns=False),
            WeightSpec("count", (), zeros, learns=False),
        ]

    def _aligned(self, values: NDArray[Any], sample: tuple[int, ...]) -> NDArray[Any]:
        """Put the axes of mean or variance where they are in a sample."""
        shape, kept = [1] * len(sample), self._kept(sample)
        for i in range(1, values.ndim + 1):
            shape[kept[-i]] = values.shape[-i]
        aligned = values.reshape(shape)
        try:
            np.broadcast_to(aligned, tuple(n if i in kept else 1 for i, n in enumerate(sample)))
        except ValueError:
            raise ValueError(
                f"layer {self.name!r}: `mean` of shape {values.shape} does not fit samples of "
                f"shape {sample} and `axis={self.axis}`"
            ) from None
        return aligned

    def kept_axes(self, sample: tuple[int, ...]) -> bool:
        return any(axis < len(sample) - 1 for axis in self._kept(sample))

    def constants(self, sample: tuple[int, ...]) -> tuple[Any, Any, Any]:
        if self.input_mean is None or self.input_variance is None:
            mean, variance = self._own[0], self._own[1]
        else:
            mean, variance = (v.astype(self.dtype) for v in (self.input_mean, self.input_variance))
        shift = self._aligned(mean, sample)
        spread = np.maximum(np.sqrt(self._aligned(variance, sample).astype(np.float64)), _LEAST)
        return (0.0, spread, shift) if self.invert else (shift, 1.0 / spread, 0.0)

    @property
    def mean(self) -> NDArray[Any]:
        """The mean that is subtracted, in the shape that it has in a batch."""
        return self._shown(self.input_mean, 0)

    @property
    def variance(self) -> NDArray[Any]:
        """The variance, in the shape that it has in a batch."""
        return self._shown(self.input_variance, 1)

    def _shown(self, given: NDArray[Any] | None, weight: int) -> NDArray[Any]:
        values = self.read_weight(weight) if given is None else given.astype(self.dtype)
        sample = self._require_built()
        kept = self._kept(sample)
        shape = [n if i in kept else 1 for i, n in enumerate(sample)]
        return np.broadcast_to(self._aligned(values, sample), shape)[np.newaxis]

    # ---- use -----------------------------------------------------------------------------

    def adapt(self, data: Any) -> None:
        """Take mean and variance from data, in place of those the layer has.

        Parameters
        ----------
        data : array_like of shape (n, ...), or batches
            A generator, a list of arrays or a `utils.PyDataset`; of tuples the first entry
            counts.

        Raises
        ------
        ValueError
            If there is none, or its shape is not that of the layer.
        RuntimeError
            If mean and variance were given to the layer.
        """
        if self.input_mean is not None:
            raise RuntimeError(f"layer {self.name!r} was given its mean and variance")
        total: tuple[int, Any, Any] = (0, 0.0, 0.0)
        for batch in _batches(data):
            values = as_array(batch, "data").astype(np.float64)
            if values.ndim == 1 and not self.axis:
                values = values[:, None]
            if values.ndim < 2 or not len(values):
                raise ValueError(f"`data` must have shape (n, ...), got {np.shape(batch)}")
            self.build_for(values.shape[1:])
            kept = [a + 1 for a in self._kept(values.shape[1:])]
            reduced = tuple(a for a in range(values.ndim) if a not in kept)
            count = int(np.prod([values.shape[a] for a in reduced]))
            total = _merge(total, (count, values.mean(axis=reduced), values.var(axis=reduced)))
        if total[0] == 0:
            raise ValueError("`data` has no batches")
        self.write_weight(0, total[1])
        self.write_weight(1, total[2])

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        if all_symbolic(inputs) is not None:
            return super().__call__(inputs, training)
        array = as_array(inputs, "inputs")
        if array.ndim == 1 and not self.axis:
            return super().__call__(array[:, None], training)[:, 0]
        return super().__call__(array, training)

    def get_config(self) -> dict[str, Any]:
        def listed(values: NDArray[Any] | None) -> Any:
            return None if values is None else values.tolist()

        return {
            **super().get_config(),
            "axis": list(self.axis) if self.axis else None,
            "mean": listed(self.input_mean),
            "variance": listed(self.input_variance),
            "invert": self.invert,
        }


def _batches(data: Any) -> Iterable[Any]:
    """See the data as batches of inputs."""
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        if not isinstance(data, (list, tuple)) and not hasattr(data, "dtype"):
            if not hasattr(data, "columns"):  # neither array nor frame: batches by number
                return (_inputs(data[i]) for i in range(len(data)))
            return [data]
        if not isinstance(data, list) or not data or not hasattr(data[0], "shape"):
            return [data]
    elif not hasattr(data, "__iter__"):
        raise ValueError(f"`data` must be an array or batches, got {type(data).__name__}")
    return itertools.chain(_inputs(batch) for batch in data)


def _inputs(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple) else batch


def _merge(a: tuple[int, Any, Any], b: tuple[int, Any, Any]) -> tuple[int, Any, Any]:
    """Count, mean and variance of two sets together (Chan et al., 1983)."""
    count = a[0] + b[0]
    share = b[0] / count
    mean = a[1] + (b[1] - a[1]) * share
    spread = a[2] * (1 - share) + b[2] * share + (b[1] - a[1]) ** 2 * (share * (1 - share))
    return count, mean, spread
