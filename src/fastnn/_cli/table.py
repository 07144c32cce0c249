"""Reads CSV files with a header, and says where what it cannot use stands.

UTF-8 with or without a byte order mark, any line ends, cells quoted with ``"``. The separator is
a comma; a semicolon or a tab if the header has one and no comma.
"""

import contextlib
import csv
import math
from array import array
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Self, TextIO

import numpy as np
from numpy.typing import NDArray

from fastnn._cli.errors import UserError

_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})


def number(cell: str) -> float | None:
    """The finite number in `cell`, or None. Underscores, which Python allows, are no number."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def is_missing(cell: str) -> bool:
    """Whether `cell` is empty or one of the usual words for a missing number."""
    return cell.strip().lower() in _MISSING


def complaint(cell: str) -> str:
    """What to say of a cell that holds no finite number."""
    text = cell.strip()
    if is_missing(cell):
        return f"the value is missing ({cell!r})"
    with contextlib.suppress(ValueError):
        if "_" not in text and not math.isfinite(float(text)):
            return f"{text!r} is not finite"
    return f"{text[:40]!r} is not a number"


class Table:
    """A CSV file, open, with its header read."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self.path = path
        first = self._first_line(file)
        delimiter = next((mark for mark in ";\t" if mark in first and "," not in first), ",")
        file.seek(0)
        # strict: a stray quote is reported instead of guessed at.
        self._reader = csv.reader(file, delimiter=delimiter, strict=True)
        self.header = self._header()

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: str) -> Iterator[Self]:
        """Open `path`; what cannot be read in it becomes a UserError naming the file."""
        try:
            # utf-8-sig drops a byte order mark; newline="" leaves line ends to the csv module.
            with Path(path).open(encoding="utf-8-sig", newline="") as file:
                yield cls(Path(path), file)
        except UnicodeDecodeError:
            raise UserError(f"{path} is not UTF-8 text; is it a CSV file?") from None
        except OSError as error:
            if error.filename is None:
                raise
            raise UserError(f"cannot read {path}: {error.strerror}") from None

    def columns(self, names: Collection[str], what: str) -> list[int]:
        """Positions of the columns `names`; UserError listing those that are missing."""
        missing = [name for name in names if name not in self.header]
        if missing:
            raise UserError(
                f"{self.path} has no {what} {', '.join(map(repr, missing))}; "
                f"its columns are {', '.join(map(repr, self.header))}"
            )
        return [self.header.index(name) for name in names]

    def read(
        self, numeric: Sequence[str], text: str | None = None
    ) -> tuple[NDArray[np.float64], list[str]]:
        """All rows: the columns `numeric` as numbers, (rows, columns), and the column `text`.

        Rows are counted from 1, blank lines and the header not among them.
        """
        where = self.columns(numeric, "column")
        at = None if text is None else self.columns([text], "column")[0]
        values = array("d")
        texts = []
        n_rows = 0
        for row in self._rows():
            n_rows += 1
            if len(row) != len(self.header):
                raise UserError(
                    f"{self._place(n_rows)} has {len(row)} cells, the header has {len(self.header)}"
                )
            cells = [row[i] for i in where]
            try:
                parsed = list(map(float, cells))
                sound = math.isfinite(sum(parsed)) and "_" not in "".join(cells)
            except ValueError:
                sound = False
            if not sound:
                self._check(n_rows, numeric, cells)
            values.extend(parsed)
            if at is not None:
                texts.append(row[at].strip())
        if n_rows == 0:
            raise UserError(f"{self.path} has a header but no rows")
        # Not an array over `values`: that would stay locked to it.
        return np.array(values, dtype=np.float64).reshape(n_rows, len(numeric)), texts

    def _check(self, row: int, columns: Sequence[str], cells: Sequence[str]) -> None:
        """UserError for the first of `cells` that holds no finite number, if there is one."""
        for column, cell in zip(columns, cells, strict=True):
            if number(cell) is None:
                raise UserError(f"{self.path}, row {row}, column {column!r}: {complaint(cell)}")

    def _place(self, row: int) -> str:
        return f"{self.path}, row {row} (line {self._reader.line_num})"

    def _rows(self) -> Iterator[list[str]]:
        """Rows of cells; blank lines are passed over."""
        try:
            yield from (row for row in self._reader if row)
        except csv.Error as error:
            raise UserError(
                f"{self.path}, line {self._reader.line_num}: not readable as CSV: {error}"
            ) from None

    def _header(self) -> list[str]:
        header = [cell.strip() for cell in next(self._rows(), [])]
        if not header:
            raise UserError(f"{self.path} is empty; a header with the columns' names is required")
        for i, name in enumerate(header):
            if not name:
                raise UserError(f"{self.path}: cell {i + 1} of the header is empty")
            if name in header[:i]:
                raise UserError(f"{self.path}: the header names column {name!r} twice")
        if all(number(name) is not None for name in header):
            raise UserError(
                f"{self.path}: the first row holds only numbers; "
                "a header with the columns' names is required"
            )
        return header

    @staticmethod
    def _first_line(file: TextIO) -> str:
        for line in file:
            if line.strip():
                return line
        return ""
