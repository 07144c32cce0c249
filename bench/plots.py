"""Plots of a record, where matplotlib is installed: ratios, growth, share of the limit."""

from pathlib import Path
from typing import Any

from bench.report import ratio, share

Record = dict[str, Any]


def draw(record: Record, folder: Path) -> list[str]:
    """Write the plots that the record has data for; return a line for each, or why none."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        return ["plots: matplotlib is not installed"]
    lines = []
    for name, make in (("ratios", _ratios), ("share", _shares), ("growth", _growth)):
        figure = make(record, pyplot)
        if figure is not None:
            path = folder / f"{name}.png"
            figure.savefig(path, dpi=110, bbox_inches="tight")
            pyplot.close(figure)
            lines.append(f"plot: {path}")
    return lines


def _ratios(record: Record, pyplot: Any) -> Any:
    """Bars: how many times faster than the best peer, with the target."""
    rows = [(row, found) for row in record["rows"] if (found := ratio(row)) is not None]
    if not rows:
        return None
    figure, axes = pyplot.subplots(figsize=(9, 0.45 * len(rows) + 1.2))
    for i, (row, found) in enumerate(rows):
        axes.barh(i, found, color="tab:blue" if found >= 1 else "tab:red")
        if row["case"]["target_ratio"]:
            axes.plot([row["case"]["target_ratio"]] * 2, [i - 0.4, i + 0.4], "k", lw=2)
    axes.axvline(1.0, color="gray", lw=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), [row["label"] for row, _ in rows])
    axes.invert_yaxis()
    axes.set_xlabel("best peer's time over fastnn's (black: target)")
    return figure


def _shares(record: Record, pyplot: Any) -> Any:
    """Bars: the machine's limit over the time taken."""
    rows = [(row, found) for row in record["rows"] if (found := share(row)) is not None]
    if not rows:
        return None
    figure, axes = pyplot.subplots(figsize=(9, 0.45 * len(rows) + 1.2))
    axes.barh(range(len(rows)), [100 * found for _, found in rows])
    names = [f"{row['label']} ({row['bound']})" for row, _ in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the machine's limit, %")
    return figure


def _growth(record: Record, pyplot: Any) -> Any:
    """Lines: time over width, batch and rows, on one thread and on all."""
    names = list(dict.fromkeys(row["sweep"] for row in record["sweeps"]))
    if not names:
        return None
    figure, all_axes = pyplot.subplots(1, len(names), figsize=(5.5 * len(names), 4), squeeze=False)
    for name, axes in zip(names, all_axes[0], strict=True):
        points = [row for row in record["sweeps"] if row["sweep"] == name]
        for series in dict.fromkeys(row["series"] for row in points):
            line = [(r["value"], r["min_us"]) for r in points if r["series"] == series]
            axes.plot(*zip(*line, strict=True), marker="o", label=series)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xlabel(name)
        axes.set_ylabel("us a call" if name == "rows" else "us a step")
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    return figure
