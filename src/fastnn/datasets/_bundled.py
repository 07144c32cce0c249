"""Owns the files under ``data/`` and how a bundled data set is split.

The split is Keras': NumPy's legacy generator shuffles the row numbers, and the first
``int(n * (1 - test_split))`` of them are for training. That generator's stream is frozen, so a
split is the same on every machine and in every version.
"""

from operator import index
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = tuple[NDArray[Any], NDArray[Any]]
Split: TypeAlias = tuple[Rows, Rows]

DATA_FOLDER = Path(__file__).parent / "data"


def read_npz(path: Path) -> Rows:
    """Arrays ``x`` and ``y`` of an npz file; ValueError if it is not one with both."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            x, y = arrays["x"], arrays["y"]
    except FileNotFoundError:
        raise
    except Exception as error:  # np.load reports damage through half a dozen types
        raise ValueError(
            f"`path`: {path} is not an npz file with arrays x and y: {error}"
        ) from error
    if x.ndim < 1 or y.shape != x.shape[:1]:
        raise ValueError(
            f"`path`: {path} must hold one target per row, got x {x.shape} and y {y.shape}"
        )
    return x, y


def split(x: NDArray[Any], y: NDArray[Any], test_split: float, seed: int) -> Split:
    """Shuffle the rows by `seed` and cut them in two."""
    _check_test_split(test_split)
    try:
        seed = index(seed)
    except TypeError:
        raise TypeError(f"`seed` must be an integer, got {seed!r}") from None
    if not 0 <= seed < 2**32:
        raise ValueError(f"`seed` must be in [0, 2**32), got {seed}")
    order = np.arange(len(x))
    # Keras' splits come from the legacy generator; a new one would give other rows.
    np.random.RandomState(seed).shuffle(order)
    n_train = int(len(x) * (1 - test_split))
    train, test = order[:n_train], order[n_train:]
    return (x[train], y[train]), (x[test], y[test])


def _check_test_split(test_split: float) -> None:
    try:
        ok = 0 <= test_split < 1
    except TypeError:
        ok = False
    if not ok:
        raise ValueError(f"`test_split` must be a number in [0, 1), got {test_split!r}")
