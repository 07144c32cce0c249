"""Keras' `random` on NumPy arrays: NumPy's Philox generator, keyed by the seed.

An integer seed gives the same numbers in each call, a `SeedGenerator` new ones in each, and None
draws a seed from that of `utils.set_random_seed`. The numbers are others than Keras'.
"""

from typing import Any

import numpy as np

from fastnn._lazy import make_lazy
from fastnn._random import check_seed, mix_seeds, next_seed
from fastnn.ops._arrays import array_of, float_of, type_of

__all__ = [
    "SeedGenerator", "beta", "binomial", "categorical", "dropout", "gamma", "normal", "randint",
    "shuffle", "truncated_normal", "uniform",
]  # fmt: skip


class SeedGenerator:
    """A sequence of seeds that depends on the first one.

    Parameters
    ----------
    seed : int, default=None
        None draws one from the seed of `utils.set_random_seed`.
    name : str, default=None

    Examples
    --------
    >>> import fastnn
    >>> seeds = fastnn.random.SeedGenerator(7)
    >>> bool(fastnn.random.uniform((), seed=seeds) == fastnn.random.uniform((), seed=seeds))
    False
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.seed = next_seed() if seed is None else check_seed(seed)
        self.name = "seed_generator" if name is None else name
        self._drawn = 0

    def next(self) -> int:
        """Return the next seed."""
        self._drawn += 1
        return mix_seeds([self.seed, self._drawn])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {"seed": self.seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "SeedGenerator":
        """Return what `get_config` described, at its first seed."""
        return cls(**config)


def _generator(seed: Any) -> np.random.Generator:
    if isinstance(seed, SeedGenerator):
        key = seed.next()
    else:
        key = next_seed() if seed is None else check_seed(seed)
    return np.random.Generator(np.random.Philox(key=key))


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Return normal numbers: mean + stddev * N(0, 1).

    Examples
    --------
    >>> import fastnn
    >>> fastnn.random.normal((2, 3), seed=1).shape
    (2, 3)
    """
    return (mean + stddev * _generator(seed).standard_normal(shape)).astype(type_of(dtype))


def uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Return uniform numbers in [minval, maxval); whole ones for a `dtype` of integers.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.random.uniform((2, 3), seed=1).shape
    (2, 3)
    """
    kind = type_of(dtype)
    if kind.kind in "iu":
        return _generator(seed).integers(minval, maxval, shape, dtype=np.int64).astype(kind)
    # 24 bits are exact in float32, so that rounding never gives 1
    bits = 24 if kind == np.float32 else 53
    steps = _generator(seed).integers(0, 2**bits, shape) / 2**bits
    low, high = kind.type(minval), kind.type(maxval)
    values = np.asarray(low + (high - low) * steps.astype(kind))
    return np.minimum(values, np.nextafter(high, low)) if high > low else values


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Return whole numbers, uniform in [minval, maxval).

    Examples
    --------
    >>> import fastnn
    >>> fastnn.random.randint((4,), 5, 6, seed=1)
    array([5, 5, 5, 5], dtype=int32)
    """
    return _generator(seed).integers(minval, maxval, shape).astype(type_of(dtype))


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Return normal numbers, drawn anew where more than two `stddev` from the mean.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.random.truncated_normal((2, 3), seed=1).shape
    (2, 3)
    """
    generator = _generator(seed)
    values = np.asarray(generator.standard_normal(shape))
    while (far := np.abs(values) > 2).any():
        values[far] = generator.standard_normal(int(far.sum()))
    return (mean + stddev * values).astype(type_of(dtype))


def shuffle(x: Any, axis: Any = 0, seed: Any = None) -> Any:
    """Return the slices along an axis in random order.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.random.shuffle([5, 5, 5], seed=1)
    array([5, 5, 5], dtype=int32)
    """
    return _generator(seed).permutation(array_of(x), axis)


def categorical(logits: Any, num_samples: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Return class numbers, drawn for each row with the probabilities softmax(logits).

    Examples
    --------
    >>> import fastnn
    >>> fastnn.random.categorical([[0.0, float('-inf')]], 3, seed=1)
    array([[0, 0, 0]], dtype=int32)
    """
    rows = float_of(logits).astype(np.float64)
    noise = _generator(seed).gumbel(size=(len(rows), num_samples, rows.shape[-1]))
    return np.argmax(rows[:, None] + noise, -1).astype(type_of(dtype))


def dropout(inputs: Any, rate: Any, noise_shape: Any = None, seed: Any = None) -> Any:
    """Return x with a share `rate` of its elements 0 and the others divided by 1 - rate.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.random.dropout([1.0, 2.0], 0.0, seed=1)
    array([1., 2.], dtype=float32)
    """
    array = float_of(inputs)
    if not 0 <= rate <= 1:
        raise ValueError(f"`rate` must be in [0, 1], got {rate}")
    given = array.shape if noise_shape is None else noise_shape
    whole = array.shape[-len(given) :] if given else ()
    sizes = [size if n is None else n for size, n in zip(whole, given, strict=True)]
    kept = _generator(seed).random(sizes) >= rate
    scale = array.dtype.type(1 / (1 - rate) if rate < 1 else 0)
    return np.where(kept, array * scale, array.dtype.type(0))


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Return numbers of the gamma distribution of shape `alpha` and scale 1.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.random.gamma((2, 3), 0.5, seed=1).shape
    (2, 3)
    """
    return np.asarray(_generator(seed).standard_gamma(alpha, shape)).astype(type_of(dtype))


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Return numbers of the beta distribution.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.random.beta((2, 3), 0.5, 2.0, seed=1).shape
    (2, 3)
    """
    return np.asarray(_generator(seed).beta(alpha, beta, shape)).astype(type_of(dtype))


def binomial(
    shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> Any:
    """Return numbers of successes in `counts` tries.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.random.binomial((2,), 3, 1.0, seed=1)
    array([3., 3.], dtype=float32)
    """
    counted = np.asarray(counts).astype(np.int64)
    found = _generator(seed).binomial(counted, probabilities, shape)
    return np.asarray(found).astype(type_of(dtype))


make_lazy(__name__)
