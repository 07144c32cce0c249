"""What the column to predict holds: classes or numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._cli.errors import UserError
from fastnn._cli.table import complaint, is_missing, number

_FEW = 20
"""A target of up to this many different whole numbers is taken for classes."""


@dataclass(frozen=True)
class Target:
    """The column, read. For classes `labels` tells which; for a regression it is all zeros."""

    classes: list[str] | None
    labels: NDArray[np.int64]
    numbers: NDArray[np.float64]


def interpret(path: str, column: str, cells: Sequence[str], task: str) -> Target:
    """Take `cells` for classes or for numbers, as `task` says or, if it is "auto", as they are.

    Words are classes, and so are whole numbers if there are few different ones; other numbers
    are a regression. UserError for gaps, for words in a regression, and for classes of which
    there is one or nearly as many as rows.
    """
    place = f"{path}, row {{}}, column {column!r}: {{}}"
    wrong = [i for i, cell in enumerate(cells) if number(cell) is None]
    # Where all other cells are numbers, "NA" is a gap; among words it may be a class.
    gaps = [i for i in wrong if is_missing(cells[i])]
    if len(gaps) < len(wrong):
        gaps = [i for i in gaps if not cells[i]]
    if gaps:
        raise UserError(place.format(gaps[0] + 1, complaint(cells[gaps[0]])))
    if wrong and task == "regression":
        problem = f"{complaint(cells[wrong[0]])}, and the task is regression"
        raise UserError(place.format(wrong[0] + 1, problem))

    numbers = np.zeros(len(cells))
    if wrong:
        levels, labels = np.unique(np.array(cells), return_inverse=True)
        names = [str(level) for level in levels]
    else:
        numbers = np.array([float(cell) for cell in cells])
        levels, labels = np.unique(numbers, return_inverse=True)
        if not _are_classes(levels, len(cells), task):
            return Target(None, np.zeros(len(cells), dtype=np.int64), numbers)
        names = _names(levels)
    _check_classes(names, len(cells), f"{path}: column {column!r}")
    return Target(names, labels.astype(np.int64), numbers)


def _are_classes(levels: NDArray[np.float64], n_rows: int, task: str) -> bool:
    if task != "auto":
        return task == "classification"
    few = len(levels) <= min(_FEW, max(2, n_rows // 4))
    return few and bool(np.all(levels == np.round(levels)))


def _names(levels: NDArray[Any]) -> list[str]:
    """Numbers as names of classes: whole ones without a point."""
    return [f"{v:.0f}" if v == round(v) else repr(v) for v in levels.tolist()]


def _check_classes(names: Sequence[str], n_rows: int, column: str) -> None:
    if len(names) < 2:
        raise UserError(f"{column} has one value only, {names[0]!r}; nothing to tell apart")
    if len(names) > max(2, n_rows // 2):
        raise UserError(
            f"{column} has {len(names)} different values in {n_rows} rows; too many for classes"
        )
