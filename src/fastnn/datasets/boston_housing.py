"""House values around Boston in 1970: a small regression."""

import os
from pathlib import Path

from fastnn.datasets._bundled import DATA_FOLDER, Split, read_npz, split

__all__ = ["FEATURES", "load_data"]

FEATURES = (
    "crim",
    "zn",
    "indus",
    "chas",
    "nox",
    "rm",
    "age",
    "dis",
    "rad",
    "tax",
    "ptratio",
    "b",
    "lstat",
)
"""Names of the thirteen columns, as in the 1978 paper."""


def load_data(
    path: str | os.PathLike[str] | None = None, test_split: float = 0.2, seed: int = 113
) -> Split:
    """Load the Boston housing data: 506 districts, 13 attributes, median house value.

    With the defaults the rows and their order are those of Keras' function of this name:
    404 for training and 102 for testing.

    The data's column ``b`` was built from the share of Black residents, and the paper it comes
    from assumes that segregation raises prices. Use the data to compare with published numbers,
    not as a model of anything.

    Parameters
    ----------
    path : path, optional
        An npz file with arrays ``x`` and ``y`` to use in place of the bundled one, such as the
        ``boston_housing.npz`` that Keras keeps. Nothing is downloaded.
    test_split : float, default=0.2
        Share of the rows kept for testing, in [0, 1).
    seed : int, default=113
        Seed of the shuffle before the split.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        ``x``: ndarray of shape (n, 13), dtype=float64; ``y``: ndarray of shape (n,),
        dtype=float64, in thousands of dollars.

    Raises
    ------
    ValueError
        `test_split` is outside [0, 1), `seed` is not in [0, 2**32), or `path` is not such a file.
    FileNotFoundError
        There is no file at `path`.

    Notes
    -----
    Source: StatLib, Carnegie Mellon University; D. Harrison and D. L. Rubinfeld, "Hedonic prices
    and the demand for clean air", J. Environ. Economics & Management 5 (1978), 81-102.

    Examples
    --------
    >>> from fastnn.datasets import boston_housing
    >>> (x_train, y_train), (x_test, y_test) = boston_housing.load_data()
    >>> len(x_train), len(x_test)
    (404, 102)
    >>> float(x_train[0, 0]), float(y_train[0])
    (1.23247, 15.2)
    """
    x, y = read_npz(DATA_FOLDER / "boston_housing.npz" if path is None else Path(path))
    return split(x, y, test_split, seed)
