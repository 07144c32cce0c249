"""Handwritten digits of 8 x 8 pixels: a ten-class problem that trains in a second."""

from fastnn.datasets._bundled import DATA_FOLDER, Split, read_npz, split

__all__ = ["load_data"]


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load 1797 handwritten digits, each counted down to 8 x 8 pixels of 0 to 16.

    A pixel is the number of inked points in a 4 x 4 block of the 32 x 32 scan. The ten classes
    have 174 to 183 images each, written by 13 people.

    Parameters
    ----------
    test_split : float, default=0.2
        Share of the images kept for testing, in [0, 1). The default gives 1437 images to train
        on and 360 to test with. With 0 the test arrays are empty.
    seed : int, default=113
        Seed of the shuffle before the split. The split is by image, so the same hand is seen
        in both parts.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        ``x``: ndarray of shape (n, 8, 8), dtype=uint8, 0 to 16; ``y``: ndarray of shape (n,),
        dtype=uint8, 0 to 9.

    Raises
    ------
    ValueError
        `test_split` is outside [0, 1), or `seed` is not in [0, 2**32).

    Notes
    -----
    Source: the test part of "Optical Recognition of Handwritten Digits", E. Alpaydin and
    C. Kaynak, UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49, licensed
    CC BY 4.0; the copy scikit-learn distributes.

    Examples
    --------
    >>> from fastnn.datasets import digits
    >>> (x_train, y_train), (x_test, y_test) = digits.load_data()
    >>> x_train.shape, x_test.shape
    ((1437, 8, 8), (360, 8, 8))
    >>> int(x_train.max()), sorted(set(y_train.tolist()))
    (16, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    x, y = read_npz(DATA_FOLDER / "digits.npz")
    return split(x, y, test_split, seed)
