"""Data that comes batch by batch: sequences of batches, iterables, generators. No numerics.

A source is asked for passes: iterators of ``(x, y, sample_weight)``. What a batch must look
like is checked where it is used.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastnn.utils.py_dataset import PyDataset

# What only objects that NumPy can convert have.
_ARRAY_LIKE = ("__array__", "__array_interface__", "to_numpy", "shape", "buffer_info")


class Batch(NamedTuple):
    """One batch as the user gave it; None for what was not given."""

    x: Any
    y: Any = None
    sample_weight: Any = None


class Source(ABC):
    """Batches of one `fit`, `evaluate` or `predict`."""

    num_batches: int | None = None  # of a pass, if it is known
    restarts: bool = True  # whether a pass can begin anew
    ordered: bool = True  # whether batches come in an order of the source's own

    @abstractmethod
    def batches(self, order: NDArray[np.int64] | None, first: int) -> Iterator[Batch]:
        """Return a pass from its batch number `first`, in that order of batches if it has one."""

    def begin_epoch(self) -> None:  # noqa: B027 - nothing to do for most
        """Before an epoch."""

    def end_epoch(self) -> None:  # noqa: B027
        """After an epoch."""


# Batches of an iterator that every pass begins with: Keras looks at so many beforehand.
_REPEATED = 2


class _Iterator(Source):
    """An iterator or generator: a pass has its first batches, and goes on where the last ended."""

    restarts = False

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator
        self._first: list[Batch] = []
        self._ended = False

    def batches(self, order: NDArray[np.int64] | None, first: int) -> Iterator[Batch]:
        yield from list(self._first)
        for given in self._iterator:
            batch = as_batch(given)
            if len(self._first) < _REPEATED:
                self._first.append(batch)
            yield batch
        if self._ended and self._first:
            warnings.warn(
                "the input ran out of data: an iterator that is used up has its first "
                f"{len(self._first)} batches alone; give something that can be iterated over anew",
                stacklevel=2,
            )
        self._ended = True


class _Iterable(Source):
    """Something that can be iterated over again and again."""

    def __init__(self, iterable: Iterable[Any]) -> None:
        self._iterable = iterable
        self.num_batches: int | None
        try:
            self.num_batches = len(iterable)  # type: ignore[arg-type]
        except TypeError:  # it has none, or does not know it
            self.num_batches = None

    def batches(self, order: NDArray[np.int64] | None, first: int) -> Iterator[Batch]:
        given = iter(self._iterable)
        for _ in range(first):
            next(given, None)
        return map(as_batch, given)


class _Indexed(Source):
    """A `PyDataset`, or an object with its ``__len__`` and ``__getitem__``."""

    ordered = False

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        size = dataset.num_batches if isinstance(dataset, PyDataset) else len(dataset)
        self.num_batches = None if size is None else int(size)
        if self.num_batches == 0:
            raise ValueError(f"`x` is a {type(dataset).__name__} of no batches")

    def batches(self, order: NDArray[np.int64] | None, first: int) -> Iterator[Batch]:
        workers = getattr(self._dataset, "workers", 1)
        if workers > 1 or (workers > 0 and getattr(self._dataset, "use_multiprocessing", False)):
            return self._prefetched(order, first, workers)
        return (as_batch(self._dataset[i]) for i in self._numbers(order, first))

    def _numbers(self, order: NDArray[np.int64] | None, first: int) -> Iterator[int]:
        number = first
        while self.num_batches is None or number < self.num_batches:
            yield number if order is None else int(order[number])
            number += 1

    def _prefetched(
        self, order: NDArray[np.int64] | None, first: int, workers: int
    ) -> Iterator[Batch]:
        """Have threads or processes make the next few batches, in order."""
        from collections import deque
        from concurrent import futures

        ahead = max(1, int(getattr(self._dataset, "max_queue_size", 10)))
        numbers = self._numbers(order, first)
        made: futures.Executor
        if getattr(self._dataset, "use_multiprocessing", False):
            made = futures.ProcessPoolExecutor(workers, None, _take_dataset, (self._dataset,))
            make: Callable[[int], Any] = _batch_of_process
        else:
            made, make = futures.ThreadPoolExecutor(workers), self._dataset.__getitem__
        with made as pool:
            waiting: deque[futures.Future[Any]] = deque()
            try:
                for number in numbers:
                    waiting.append(pool.submit(make, number))
                    if len(waiting) >= ahead:
                        yield as_batch(waiting.popleft().result())
                while waiting:
                    yield as_batch(waiting.popleft().result())
            finally:
                for future in waiting:
                    future.cancel()

    def begin_epoch(self) -> None:
        self._call("on_epoch_begin")

    def end_epoch(self) -> None:
        self._call("on_epoch_end")

    def _call(self, name: str) -> None:
        hook = getattr(self._dataset, name, None)
        if callable(hook):
            hook()


_dataset: Any = None  # in a process that makes batches: their data set


def _take_dataset(dataset: Any) -> None:
    """Begin a process that makes batches of a data set, as it is at the beginning of a pass."""
    global _dataset
    _dataset = dataset


def _batch_of_process(number: int) -> Any:
    return _dataset[number]


def as_source(x: Any) -> Source | None:
    """Return the source that `x` is, or None when it is rows: arrays, tables, lists, dicts."""
    if isinstance(x, PyDataset):
        return _Indexed(x)
    if x is None or isinstance(x, (Sequence, dict, np.ndarray, np.generic)):
        return None
    if hasattr(x, "__next__"):
        return _Iterator(x)
    if any(hasattr(x, name) for name in _ARRAY_LIKE):
        return None
    if hasattr(x, "__getitem__") and hasattr(x, "__len__"):
        return _Indexed(x)
    if hasattr(x, "__iter__"):
        return _Iterable(x)
    return None


def as_batch(given: Any) -> Batch:
    """Return what a source yielded: ``x``, ``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)``."""
    if not isinstance(given, (tuple, list)):
        return Batch(given)
    if not 1 <= len(given) <= 3:
        raise ValueError(
            "a batch must be x, (x,), (x, y) or (x, y, sample_weight), got a "
            f"{type(given).__name__} of {len(given)}"
        )
    return Batch(*given)


def check_stream_arguments(
    method: str, y: Any = None, sample_weight: Any = None, batch_size: Any = None,
    validation_split: Any = 0.0,
) -> None:  # fmt: skip
    """Raise for arguments that have no sense when `x` comes batch by batch."""
    for name, value in (("y", y), ("sample_weight", sample_weight), ("batch_size", batch_size)):
        if value is not None:
            raise ValueError(
                f"`{name}` must not be given to {method} when `x` comes batch by batch: "
                "the batches hold inputs, targets and weights and have their own sizes"
            )
    if validation_split:
        raise ValueError(
            "`validation_split` cannot be used when `x` comes batch by batch; give "
            "`validation_data`"
        )


def warn_short(steps: int | None, have: int, argument: str, stacklevel: int = 3) -> None:
    """Warn when more batches are asked for than the arrays have."""
    if steps is not None and steps > have:
        warnings.warn(
            f"the input ran out of data: `{argument}` is {steps}, and the arrays have {have} "
            "batches",
            stacklevel=stacklevel,
        )
