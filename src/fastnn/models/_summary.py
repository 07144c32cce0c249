"""The table that `summary` prints, in Keras' form."""

import math
import re
import shutil
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn._errors import WrongTypeError
from fastnn._messages import say
from fastnn._validation import check_bool, check_integer

if TYPE_CHECKING:
    from fastnn.models.model import Model

_LEAST = 4  # a column's width, without which nothing can be read
_JUSTIFY = {"Param #": str.rjust, "Trainable": str.center}


def print_summary(
    model: "Model", line_length: Any, positions: Any, print_fn: Any, expand_nested: Any,
    show_trainable: Any, layer_range: Any,
) -> None:  # fmt: skip
    """Print the table by `print_fn`."""
    nested = check_bool(expand_nested, "expand_nested")
    trainable = check_bool(show_trainable, "show_trainable")
    length = None if line_length is None else check_integer(line_length, "line_length", 1)
    if print_fn is not None and not callable(print_fn):
        raise WrongTypeError(f"`print_fn` must be callable, got {print_fn!r}")
    text = format_summary(model, length, trainable, nested, positions, layer_range)
    (say if print_fn is None else print_fn)(text)


def format_summary(
    model: "Model", length: int | None, show_trainable: bool, expand_nested: bool = False,
    positions: Any = None, layer_range: Any = None,
) -> str:  # fmt: skip
    """Return the table."""
    header = ["Layer (type)", "Output Shape", "Param #"]
    ends, wide = [0.45, 0.80, 1.0], 88
    connections = _connections(model)
    if not all(
        source == f"{below.name}[0][0]" for (below, _), (_, source) in pairwise(connections)
    ):
        header.append("Connected to")
        ends, wide = [0.3, 0.56, 0.74, 1.0], 108
    if positions is not None:
        ends = _checked_positions(positions, len(header))
    if show_trainable:
        header.append("Trainable")
        ends, wide = [0.9 * end for end in ends] + [1.0], wide + 12
    if length is None:
        length = min(wide, shutil.get_terminal_size().columns - 4)
    if connections:
        rows = _connected_rows(connections, "Connected to" in header, show_trainable)
    else:
        rows = _chain_rows(model, show_trainable, expand_nested)
    rows = _in_range(rows, layer_range)
    table = _table(header, [row for _, row in rows], _widths(ends, length))
    return "\n".join([f'Model: "{model.name}"', *table, *_totals(model)])


def _connections(model: Any) -> list[tuple[Any, str]]:
    """Return the layers of a graph with what they are connected to; none for a chain."""
    return model.connections() if hasattr(model, "connections") else []


def _checked_positions(positions: Any, count: int) -> list[float]:
    if not isinstance(positions, (list, tuple)) or len(positions) != count:
        raise ValueError(
            f"`positions` must be a list of {count} numbers, where each column ends as part of "
            f"the width, got {positions!r}"
        )
    return [float(position) for position in positions]


def _in_range(rows: list[tuple[str, list[str]]], names: Any) -> list[tuple[str, list[str]]]:
    """Return the rows from the first layer that one pattern fits to the last of the other's."""
    if names is None:
        return rows
    if (
        not isinstance(names, (list, tuple))
        or len(names) != 2
        or not all(isinstance(name, str) for name in names)
    ):
        raise ValueError(
            f"`layer_range` must be the names of the first and the last layer, got {names!r}"
        )
    first, last = ([i for i, row in enumerate(rows) if re.match(n, row[0])] for n in names)
    if not first or not last:
        raise ValueError(f"`layer_range`: the model has no layers {names!r}")
    if min(first) > max(last):
        first, last = last, first
    return rows[min(first) : max(last) + 1]


def _widths(ends: list[float], length: int) -> list[int]:
    """Return the columns' widths for where they end, as parts of the table's width.

    The rules and the space around each cell are taken from all columns alike.
    """
    at = [0, *(int(end * length) for end in ends)]
    widths = [high - low for low, high in pairwise(at)]
    if min(widths) < _LEAST:
        raise ValueError(f"`line_length={length}` is too small for {len(ends)} columns")
    excess = sum(widths) + 3 * len(widths) + 1 - length
    for i in range(len(widths)):
        less = round(excess / (len(widths) - i))
        widths[i] -= less
        excess -= less
    if min(widths) < 1:
        raise ValueError(f"`line_length={length}` is too small for {len(ends)} columns")
    return widths


def _chain_rows(
    model: Any, show_trainable: bool, expand_nested: bool
) -> list[tuple[str, list[str]]]:
    """Return the rows of a chain: of layers, and of chains that are parts of it."""
    rows, shapes = [], iter(model.leaf_output_shapes())
    for part in model.layers:
        leaves = getattr(part, "leaves", None)
        inner = [(leaf, next(shapes)) for leaf in leaves or [part]]
        rows.append((part.name, _row(part, inner[-1][1] if inner else None, show_trainable)))
        if leaves and expand_nested:
            for leaf, shape in inner:
                row = _row(leaf, shape, show_trainable)
                rows.append((part.name, [f"   └ {row[0]}", *row[1:]]))
    return rows


def _row(layer: Any, shape: tuple[int | None, ...] | None, show_trainable: bool) -> list[str]:
    row = [f"{layer.name} ({type(layer).__name__})"]
    row += ["?" if shape is None else str(shape)]
    row.append(f"{layer.count_params():,}" if layer.built else "0 (unbuilt)")
    if show_trainable:
        weighs = shape is not None and layer.weights
        row.append(("Y" if layer.trainable else "N") if weighs else "-")
    return row


def _connected_rows(
    connections: list[tuple[Any, str]], show_sources: bool, show_trainable: bool
) -> list[tuple[str, list[str]]]:
    """Return the rows of the layers and inputs of a graph."""
    rows = []
    for layer, source in connections:
        shape, count = str(layer.output.shape), f"{layer.count_params():,}"
        row = [f"{layer.name} ({type(layer).__name__})", shape, count]
        if show_sources:
            row.append(source)
        if show_trainable:
            row.append(("Y" if layer.trainable else "N") if layer.weights else "-")
        rows.append((layer.name, row))
    return rows


def _table(header: list[str], rows: list[list[str]], widths: list[int]) -> list[str]:
    def rule(left: str, middle: str, right: str, line: str) -> str:
        return left + middle.join(line * (width + 2) for width in widths) + right

    def lines_of(values: list[str], bar: str) -> list[str]:
        cells = [_wrapped(value, width) for value, width in zip(values, widths, strict=True)]
        lines = []
        for parts in zip_longest(*cells, fillvalue=""):
            padded = [
                _JUSTIFY.get(name, str.ljust)(part, width)
                for name, part, width in zip(header, parts, widths, strict=True)
            ]
            lines.append(bar + " " + f" {bar} ".join(padded) + " " + bar)
        return lines

    lines = [rule("┏", "┳", "┓", "━"), *lines_of(header, "┃"), rule("┡", "╇", "┩", "━")]
    for i, row in enumerate(rows):
        if i:
            lines.append(rule("├", "┼", "┤", "─"))
        lines += lines_of(row, "│")
    lines.append(rule("└", "┴", "┘", "─"))
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """Return lines of whole words; what is too long for one is cut."""
    lines = [""]
    for word in re.findall(r"\s*\S+\s*", text):
        if lines[-1] and len(lines[-1]) + len(word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
    lines = [line.rstrip() for line in lines]
    return [line if len(line) <= width else line[: width - 1] + "…" for line in lines]


def _totals(model: "Model") -> list[str]:
    groups = {"Trainable": model.trainable_weights, "Non-trainable": model.non_trainable_weights}
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and optimizer.built and int(optimizer.iterations):
        groups["Optimizer"] = optimizer.variables
    sizes = {}
    for name, weights in groups.items():
        counts = [math.prod(weight.shape) for weight in weights]
        bytes_each = [np.dtype(weight.dtype).itemsize for weight in weights]
        sizes[name] = np.array([sum(counts), np.dot(counts, bytes_each)], np.int64)
    sizes = {"Total": np.sum([*sizes.values()], axis=0), **sizes}
    return [f" {name} params: {n:,} ({_bytes(size)})" for name, (n, size) in sizes.items()]


def _bytes(n: int) -> str:
    value, unit = float(n), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.2f} {unit}"
