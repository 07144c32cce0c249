"""A data set that makes its batches by number."""

from typing import Any

from fastnn._validation import check_bool, check_integer


class PyDataset:
    """Base class of data sets whose batches are made when they are needed.

    Subclasses define ``__getitem__(index)``, which returns batch number `index` as ``(x, y)``
    or ``(x, y, sample_weight)``, and ``__len__()``, the number of batches (or override
    `num_batches`, where None means without end). `fit` shuffles the order of the batches unless
    told otherwise. It asks for each batch of an epoch once, between one call of `on_epoch_begin`
    and one of `on_epoch_end`.

    Parameters
    ----------
    workers : int, default=1
        With more than one, that many threads make batches ahead of their use.
    use_multiprocessing : bool, default=False
        Have processes make them, each with a copy of the data set as it is when a pass begins.
        Where Python spawns processes, the data set must be one that can be pickled.
    max_queue_size : int, default=10
        Batches that are kept ready by workers.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy
    >>> class Ones(fastnn.utils.PyDataset):
    ...     def __len__(self):
    ...         return 5
    ...     def __getitem__(self, index):
    ...         return numpy.ones((8, 2)), numpy.ones(8)
    >>> model = fastnn.Sequential([fastnn.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> history = model.fit(Ones(), epochs=2, verbose=0)
    >>> model.optimizer.iterations
    10
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers = check_integer(workers, "workers", 0)
        self.use_multiprocessing = check_bool(use_multiprocessing, "use_multiprocessing")
        self.max_queue_size = check_integer(max_queue_size, "max_queue_size", 1)

    # Subclasses need not call __init__.
    workers: int = 1
    use_multiprocessing: bool = False
    max_queue_size: int = 10

    def __getitem__(self, index: int) -> Any:
        """Return batch number `index`."""
        raise NotImplementedError(f"{type(self).__name__} does not define __getitem__")

    @property
    def num_batches(self) -> int | None:
        """Number of batches of a pass; None for a data set without end."""
        size = getattr(self, "__len__", None)
        if size is None:
            raise NotImplementedError(
                f"{type(self).__name__} defines neither __len__ nor num_batches"
            )
        return int(size())

    def on_epoch_begin(self) -> None:
        """Before each epoch of `fit`, and before `evaluate` and `predict`."""

    def on_epoch_end(self) -> None:
        """After them."""
