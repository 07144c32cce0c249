"""Samples of arrays, one by one or in batches: what `split_dataset` and the like return."""

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from fastnn._errors import OutOfRangeError
from fastnn._validation import check_bool, check_integer
from fastnn.utils.py_dataset import PyDataset


class Samples:
    """Samples that lie in arrays, by number; where Keras has a data set of TensorFlow's.

    A sample is a row of an array, or a tuple of rows of several. `fit`, `evaluate` and `predict`
    take the batches that `batch` makes.

    Parameters
    ----------
    *arrays : ndarray
        Of as many rows each.
    alone : bool, default=False
        Samples are rows of the only array instead of tuples of one.

    Examples
    --------
    >>> import fastnn, numpy
    >>> left, right = fastnn.utils.split_dataset((numpy.arange(4), numpy.ones(4)), left_size=0.75)
    >>> len(left), len(right)
    (3, 1)
    >>> [int(x) for x, y in left]
    [0, 1, 2]
    >>> next(iter(left.batch(2)))
    (array([0, 1]), array([1., 1.]))
    """

    def __init__(self, *arrays: NDArray[Any], alone: bool = False) -> None:
        self._arrays, self._alone = arrays, alone

    def __len__(self) -> int:
        return len(self._arrays[0])

    def take(self, at: Any) -> Any:
        """Return samples by their numbers, a slice or an array of them; one for an integer."""
        rows = tuple(array[at] for array in self._arrays)
        return rows[0] if self._alone else rows

    def __getitem__(self, index: int) -> Any:
        size = len(self)
        if not -size <= index < size:
            raise OutOfRangeError(f"there are {size} samples, and none of number {index}")
        return self.take(index % size)

    def __iter__(self) -> Iterator[Any]:
        return (self.take(i) for i in range(len(self)))

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Return an iterator over the samples."""
        return iter(self)

    def cardinality(self) -> int:
        """Return how many there are."""
        return len(self)

    def begin_anew(self) -> None:
        """Before they are gone through again: a place for another order."""

    def batch(self, batch_size: int, drop_remainder: bool = False) -> "Batches":
        """Return batches of the samples, for `fit`, `evaluate` and `predict`.

        Parameters
        ----------
        batch_size : int
        drop_remainder : bool, default=False
            Leave out a last batch that is smaller.
        """
        return Batches(self, batch_size, drop_remainder)


class Batches(PyDataset):
    """Batches of samples, by number; see `Samples.batch`."""

    def __init__(self, samples: Samples, batch_size: int, drop_remainder: bool = False) -> None:
        super().__init__()
        self._samples = samples
        self.batch_size = check_integer(batch_size, "batch_size", 1)
        self._whole = check_bool(drop_remainder, "drop_remainder")

    def __len__(self) -> int:
        return (len(self._samples) + (0 if self._whole else self.batch_size - 1)) // self.batch_size

    def __getitem__(self, index: int) -> Any:
        size = len(self)
        if not -size <= index < size:
            raise OutOfRangeError(f"there are {size} batches, and none of number {index}")
        first = index % size * self.batch_size
        return self._samples.take(slice(first, first + self.batch_size))

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def on_epoch_end(self) -> None:
        self._samples.begin_anew()
