"""Windows of a series, as samples."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._validation import as_array, check_bool, check_in, check_integer
from fastnn.utils.samples import Batches, Samples


class Windows(Samples):
    """Windows of a series, made when they are asked for; a new order for each epoch if shuffled."""

    def __init__(
        self, data: NDArray[Any], targets: NDArray[Any] | None, starts: NDArray[np.int64],
        steps: NDArray[np.int64], order: np.random.RandomState | None,
    ) -> None:  # fmt: skip
        super().__init__(starts, alone=targets is None)
        self._data, self._targets, self._steps, self._order = data, targets, steps, order
        self._starts = starts
        self.begin_anew()

    def take(self, at: Any) -> Any:
        starts = self._starts[at]
        windows = self._data[np.add.outer(starts, self._steps)]
        return windows if self._targets is None else (windows, self._targets[starts])

    def begin_anew(self) -> None:
        if self._order is not None:
            self._order.shuffle(self._starts)


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> "Batches | Samples":
    """Return sliding windows over a series, for `fit`, `evaluate` and `predict`.

    Window number i holds rows ``s, s + r, ..., s + (n - 1) r`` of `data`, where s is i times
    `sequence_stride`, r the `sampling_rate` and n the `sequence_length`; its target is
    ``targets[s]``.

    Parameters
    ----------
    data : array_like of shape (time, ...)
    targets : array_like of shape (windows, ...) or None
        None gives windows alone. As with Keras `start_index` counts for targets too, and targets
        beyond the windows are not used.
    sequence_length : int
        Rows of a window.
    sequence_stride : int, default=1
        Rows between the beginnings of windows.
    sampling_rate : int, default=1
        Rows between those of a window.
    batch_size : int or None, default=128
        None gives single windows.
    shuffle : bool, default=False
        Windows in another order in each epoch of `fit`.
    seed : int, default=None
        Of the order.
    start_index, end_index : int, default=None
        Rows before and from these are not used.
    format : {"tf", "grain"}, default="tf"
        The same for both.

    Returns
    -------
    Batches or Samples
        A `PyDataset` of NumPy batches ``(windows, targets)`` or ``windows``, which can be iterated
        over.

    Raises
    ------
    ValueError
        If an argument is none of these, or leaves no window.

    Examples
    --------
    >>> import fastnn, numpy
    >>> series = numpy.arange(10)
    >>> batches = fastnn.utils.timeseries_dataset_from_array(
    ...     series, series[3:], sequence_length=3, sequence_stride=3, batch_size=2)
    >>> for windows, targets in batches:
    ...     print(windows.tolist(), targets.tolist())
    [[0, 1, 2], [3, 4, 5]] [3, 6]
    [[6, 7, 8]] [9]
    """
    rows = as_array(data, "data")
    count = len(rows)
    length = check_integer(sequence_length, "sequence_length", 1)
    stride = _below(sequence_stride, "sequence_stride", 1, count)
    rate = _below(sampling_rate, "sampling_rate", 1, count)
    first = 0 if start_index is None else _below(start_index, "start_index", 0, count)
    last = count if not end_index else _below(end_index, "end_index", first + 1, count)
    check_in(format, ("tf", "grain"), "format")
    windows = last - first - (length - 1) * rate
    goals = None if targets is None else as_array(targets, "targets")[first:]
    if goals is not None:
        windows = min(windows, len(as_array(targets, "targets")))
    if windows <= 0:
        raise ValueError(
            f"`sequence_length={sequence_length}` and `sampling_rate={sampling_rate}` leave no "
            f"window of {last - first} rows"
        )
    if goals is not None and len(goals) < windows - (windows - 1) % stride:
        raise ValueError(f"`targets` must have a row for each window from `start_index={first}`")
    if seed is None and shuffle:
        seed = np.random.randint(1_000_000)  # noqa: NPY002 - of the generator that users seed
    order = np.random.RandomState(seed) if check_bool(shuffle, "shuffle") else None
    samples = Windows(
        rows[first:last], goals, np.arange(0, windows, stride), np.arange(length) * rate, order
    )
    return samples if batch_size is None else samples.batch(batch_size)


def _below(value: Any, argument: str, low: int, high: int) -> int:
    number = check_integer(value, argument, low)
    if number >= high:
        raise ValueError(f"`{argument}` must be below {high}, the rows of `data`, got {value!r}")
    return number
