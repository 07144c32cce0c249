"""Which rows are for training, validation and testing."""

import numpy as np
from numpy.typing import NDArray


def hold_out(
    rows: NDArray[np.int64], classes: NDArray[np.int64], share: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut `rows` into those kept and a `share` of them held out, both in random order.

    `classes` gives the class of each row of the data (zeros where there are none). Every class is
    held out in the same proportion, to within one row, and keeps at least one row.
    """
    shuffled = rng.permutation(rows)
    by_class = shuffled[np.argsort(classes[shuffled], kind="stable")]
    # One row of each class stays out of the draw; then every 1/share-th row along the classes.
    first = np.ones(len(by_class), dtype=bool)
    first[1:] = np.diff(classes[by_class]) != 0
    free = np.flatnonzero(~first)
    n_held = min(round(len(rows) * share), len(free))
    held = np.zeros(len(by_class), dtype=bool)
    if n_held:
        held[free[np.arange(n_held) * len(free) // n_held]] = True
    return rng.permutation(by_class[~held]), rng.permutation(by_class[held])
