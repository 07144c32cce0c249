"""Diabetes among Pima women: a small binary classification."""

from fastnn.datasets._bundled import DATA_FOLDER, Split, read_npz, split

__all__ = ["FEATURES", "load_data"]

FEATURES = (
    "pregnancies",
    "glucose",
    "blood_pressure",
    "skin_thickness",
    "insulin",
    "bmi",
    "pedigree",
    "age",
)
"""Names of the eight columns."""


def load_data(test_split: float = 0.0, seed: int = 113) -> Split:
    """Load the Pima Indians diabetes data: 768 women, 8 measurements, onset within five years.

    The columns are number of pregnancies, plasma glucose two hours into a tolerance test,
    diastolic blood pressure (mm Hg), triceps skin fold (mm), two-hour serum insulin (mu U/ml),
    body mass index (kg/m²), diabetes pedigree function and age (years); `FEATURES` names them.
    268 of the 768 targets are 1. A zero in glucose, blood pressure, skin fold, insulin or body
    mass index stands for a missing measurement; the rows are left as they were published.

    Parameters
    ----------
    test_split : float, default=0.0
        Share of the rows kept for testing, in [0, 1). With 0, as the tutorials use this data,
        all rows are for training, in the order of the file, and the test arrays are empty.
    seed : int, default=113
        Seed of the shuffle before the split; without a split nothing is shuffled.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        ``x``: ndarray of shape (n, 8), dtype=float64; ``y``: ndarray of shape (n,), dtype=uint8,
        1 for diabetes.

    Raises
    ------
    ValueError
        `test_split` is outside [0, 1), or `seed` is not in [0, 2**32).

    Notes
    -----
    Source: US National Institute of Diabetes and Digestive and Kidney Diseases, through the UCI
    Machine Learning Repository; public domain. J. W. Smith et al., "Using the ADAP learning
    algorithm to forecast the onset of diabetes mellitus", 1988.

    Examples
    --------
    >>> from fastnn.datasets import pima
    >>> (x, y), _ = pima.load_data()
    >>> x.shape, y.shape, int(y.sum())
    ((768, 8), (768,), 268)
    """
    x, y = read_npz(DATA_FOLDER / "pima.npz")
    if test_split == 0:
        return (x, y), (x[:0], y[:0])
    return split(x, y, test_split, seed)
