"""The logs of each epoch as a line of a file."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np

from fastnn._validation import check_bool
from fastnn.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Write a table of the logs: a line for each epoch, ``NA`` for what an epoch lacks.

    Columns are ``epoch`` and the keys of the first epoch in alphabetical order; if there was no
    validation in it, the ``val_`` columns follow, as it may come later.

    Parameters
    ----------
    filename : str or Path
    separator : str, default=","
        One character.
    append : bool, default=False
        Go on with an existing file, whose header is kept.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy, os, tempfile
    >>> model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    >>> model.compile(fastnn.optimizers.SGD(learning_rate=0.0), "mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "log.csv")
    ...     fit = model.fit(numpy.zeros((4, 1)), numpy.ones(4), epochs=2, verbose=0,
    ...                     callbacks=[fastnn.callbacks.CSVLogger(path)])
    ...     print(open(path).read(), end="")
    epoch,loss,val_loss
    0,1.0,NA
    1,1.0,NA
    """

    def __init__(
        self, filename: "str | os.PathLike[str]", separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        try:
            self.filename = os.fspath(filename)
        except TypeError:
            raise ValueError(f"`filename` must be a path, got {filename!r}") from None
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"`separator` must be one character, got {separator!r}")
        self.sep = separator
        self.append = check_bool(append, "append")
        self._file: IO[str] | None = None
        self._keys: list[str] | None = None
        self._header = True

    def on_train_begin(self, logs: Logs = None) -> None:
        self._close()
        path = Path(self.filename)
        self._header = not (self.append and path.exists() and path.stat().st_size > 0)
        self._file = path.open("a" if self.append else "w", newline="", encoding="utf-8")
        self._keys = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        logs = logs or {}
        if self._file is None:
            raise RuntimeError("CSVLogger has no file: on_train_begin() was not called")
        if self._keys is None:
            keys = sorted(logs)
            if not any(key.startswith("val_") for key in keys):
                keys += [f"val_{key}" for key in keys]
            self._keys = keys
            if self._header:
                self._write(["epoch", *keys])
        self._write([epoch, *(_cell(logs.get(key, "NA")) for key in self._keys)])

    def _write(self, row: list[Any]) -> None:
        import csv

        assert self._file is not None
        csv.writer(self._file, delimiter=self.sep, lineterminator="\n").writerow(row)
        self._file.flush()

    def on_train_end(self, logs: Logs = None) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _cell(value: Any) -> Any:
    """Return what stands in a cell: several values as a list in quotes."""
    if isinstance(value, str) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value
    if isinstance(value, Iterable):
        return f'"[{", ".join(map(str, value))}]"'
    return value
