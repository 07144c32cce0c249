"""The table that `summary` prints, in Keras' form."""

import math
from typing import TYPE_CHECKING, Any

from fastnn._validation import check_bool, check_integer, reject

if TYPE_CHECKING:
    from fastnn.models.model import Model

_WIDTH = 80
_LEAST = 40


def print_summary(
    model: "Model", line_length: Any, positions: Any, print_fn: Any, expand_nested: Any,
    show_trainable: Any, layer_range: Any,
) -> None:  # fmt: skip
    """Print the table by `print_fn`."""
    reject("summary", positions=(positions, (None,)), layer_range=(layer_range, (None,)))
    nested = check_bool(expand_nested, "expand_nested")
    width = _WIDTH if line_length is None else check_integer(line_length, "line_length", _LEAST)
    if print_fn is not None and not callable(print_fn):
        raise ValueError(f"`print_fn` must be callable, got {print_fn!r}")
    text = format_summary(model, width, check_bool(show_trainable, "show_trainable"), nested)
    (print if print_fn is None else print_fn)(text)


def format_summary(
    model: "Model", width: int, show_trainable: bool, expand_nested: bool = False
) -> str:
    """Return the table."""
    header = ["Layer (type)", "Output Shape", "Param #"]
    shares = [0.45, 0.3, 0.25]
    connections = getattr(model, "connections", None)
    if connections is not None:
        header.append("Connected to")
        shares = [0.32, 0.25, 0.14, 0.29]
    if show_trainable:
        header.append("Trainable")
        shares = [0.4, 0.25, 0.2, 0.15] if connections is None else [0.29, 0.23, 0.13, 0.24, 0.11]
    inner = width - 3 * len(header) - 1
    widths = [int(inner * share) for share in shares]
    widths[0] += inner - sum(widths)
    if connections is None:
        rows = _chain_rows(model, show_trainable, expand_nested)
    else:
        rows = [_connected_row(layer, source, show_trainable) for layer, source in connections()]
    lines = [f'Model: "{model.name}"', *_table(header, rows, widths), *_totals(model)]
    return "\n".join(lines)


def _chain_rows(model: Any, show_trainable: bool, expand_nested: bool) -> list[list[str]]:
    """Return the rows of a chain: of layers, and of chains that are parts of it."""
    rows, shapes = [], iter(model.leaf_output_shapes())
    for part in model.layers:
        leaves = getattr(part, "leaves", None)
        inner = [(leaf, next(shapes)) for leaf in leaves or [part]]
        rows.append(_row(part, inner[-1][1] if inner else None, show_trainable))
        if leaves and expand_nested:
            for leaf, shape in inner:
                row = _row(leaf, shape, show_trainable)
                rows.append([f"    └ {row[0]}", *row[1:]])
    return rows


def _row(layer: Any, shape: tuple[int | None, ...] | None, show_trainable: bool) -> list[str]:
    row = [f"{layer.name} ({type(layer).__name__})"]
    row += ["?", "0 (unbuilt)"] if shape is None else [str(shape), f"{layer.count_params():,}"]
    if show_trainable:
        weighs = shape is not None and layer.weights
        row.append(("Y" if layer.trainable else "N") if weighs else "-")
    return row


def _connected_row(layer: Any, source: str, show_trainable: bool) -> list[str]:
    """Return the row of a layer or input of a functional model."""
    weights = hasattr(layer, "count_params")
    shape = str(layer.output.shape if weights else layer.batch_shape)
    count = f"{layer.count_params():,}" if weights else "0"
    row = [f"{layer.name} ({type(layer).__name__})", shape, count, source]
    if show_trainable:
        row.append(("Y" if layer.trainable else "N") if weights and layer.weight_count() else "-")
    return row


def _table(header: list[str], rows: list[list[str]], widths: list[int]) -> list[str]:
    def rule(left: str, middle: str, right: str, line: str) -> str:
        return left + middle.join(line * (width + 2) for width in widths) + right

    def cells(values: list[str], bar: str) -> str:
        fitted = []
        for i, (value, width) in enumerate(zip(values, widths, strict=True)):
            cut = value if len(value) <= width else value[: width - 1] + "…"
            fitted.append(cut.rjust(width) if i == 2 else cut.ljust(width))
        return bar + " " + f" {bar} ".join(fitted) + " " + bar

    lines = [rule("┏", "┳", "┓", "━"), cells(header, "┃"), rule("┡", "╇", "┩", "━")]
    for i, row in enumerate(rows):
        if i:
            lines.append(rule("├", "┼", "┤", "─"))
        lines.append(cells(row, "│"))
    lines.append(rule("└", "┴", "┘", "─"))
    return lines


def _totals(model: "Model") -> list[str]:
    if not model.built:
        return [" Total params: 0 (unbuilt)"]
    size = 8 if model.dtype == "float64" else 4
    total = model.count_params()
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    counts = {
        "Total": total,
        "Trainable": trainable,
        "Non-trainable": total - trainable,
    }
    return [f" {name} params: {n:,} ({_bytes(n * size)})" for name, n in counts.items()]


def _bytes(n: int) -> str:
    value, unit = float(n), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.2f} {unit}"
