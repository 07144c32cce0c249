"""A record as Markdown: the tables, and docs/performance.md.

    python -m bench.report RECORD.json                        tables to standard output
    python -m bench.report RECORD.json --write docs/performance.md

With --write, what stands between the two marker lines of the file is replaced; the text round
it is written by hand and stays.
"""

import argparse
import json
from pathlib import Path
from typing import Any

BEGIN = "<!-- measured: written by python -m bench.report, not by hand -->"
END = "<!-- end of measured -->"
Record = dict[str, Any]


def _number(value: float) -> str:
    """Three digits, or all of a larger whole part."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ours(row: Record) -> Record | None:
    return next((e for e in row["entries"] if e["peer"] == "fastnn" and e["samples_us"]), None)


def best_peer(row: Record) -> Record | None:
    """Return the fastest entry that is not fastnn; veterans with another algorithm do not count."""
    others = [
        e for e in row["entries"]
        if e["peer"] != "fastnn" and e["samples_us"] and not e.get("veteran")
    ]  # fmt: skip
    return min(others, key=lambda e: e["min_us"], default=None)


def ratio(row: Record) -> float | None:
    """Best peer's time over fastnn's, both the minimum over the rounds."""
    ours, peer = _ours(row), best_peer(row)
    return peer["min_us"] / ours["min_us"] if ours and peer else None


def share(row: Record) -> float | None:
    """The machine's limit over fastnn's time."""
    ours = _ours(row)
    return row["limit_us"] / ours["min_us"] if ours and row["limit_us"] else None


def reachable(row: Record) -> float | None:
    """Best peer's time over the machine's limit: the ratio that no library could exceed."""
    peer = best_peer(row)
    return peer["min_us"] / row["limit_us"] if peer and row["limit_us"] else None


def _target(case: Record) -> str:
    time = f"{_number(case['target_us'])} us" if case["target_us"] else ""
    return f"{case['target_ratio']:g}x ({time})" if case["target_ratio"] else time


def _verdict(row: Record) -> str:
    case, ours, found = row["case"], _ours(row), ratio(row)
    if ours is None or not case["target_us"]:
        return ""
    if not case["target_ratio"]:
        return "yes" if ours["min_us"] <= case["target_us"] else "no"
    if found is None:
        return "no peer"
    return "yes" if found >= case["target_ratio"] else "no"


def _summary(rows: list[Record]) -> list[str]:
    lines = [
        "| shape | fastnn, us | median | best peer | peer, us | ratio | of medians | target | met "
        "| share of limit | ratio at the limit |",
        "|---|--:|--:|---|--:|--:|--:|---|---|---|--:|",
    ]
    for row in rows:
        ours, peer, case = _ours(row), best_peer(row), row["case"]
        if ours is None:
            entry = next(e for e in row["entries"] if e["peer"] == "fastnn")
            lines.append(f"| {row['label']} | {entry['status']}: {entry['note']} |||||||||| ")
            continue
        cells = [row["label"], _number(ours["min_us"]), _number(ours["median_us"])]
        if peer:
            cells += [
                peer["label"], _number(peer["min_us"]),
                f"{peer['min_us'] / ours['min_us']:.2f}x",
                f"{peer['median_us'] / ours['median_us']:.2f}x",
            ]  # fmt: skip
        else:
            cells += ["none", "", "", ""]
        part, most = share(row), reachable(row)
        cells += [_target(case), _verdict(row), f"{part:.0%} ({row['bound']})" if part else ""]
        lines.append("| " + " | ".join([*cells, f"{most:.3g}x" if most else ""]) + " |")
    return [*lines, ""]


def _everyone(rows: list[Record]) -> list[str]:
    """All libraries' minimum times; a word where there is none."""
    labels = list(dict.fromkeys(e["label"] for row in rows for e in row["entries"]))
    lines = ["| us | " + " | ".join(labels) + " |", "|---|" + "--:|" * len(labels)]
    for row in rows:
        by_label = {e["label"]: e for e in row["entries"]}
        cells = []
        for label in labels:
            entry = by_label.get(label)
            if entry is None:
                cells.append("")
            elif entry["samples_us"]:
                cells.append(_number(entry["min_us"]))
            else:
                cells.append(entry["status"])
        lines.append(f"| {row['label']} | " + " | ".join(cells) + " |")
    notes = sorted(
        {f"{e['label']}: {e['note']}" for row in rows for e in row["entries"]
         if e["note"] and e["status"] in ("missing", "failed")}
    )  # fmt: skip
    return [*lines, "", *(f"- {note}" for note in notes), *([""] if notes else [])]


def _latency(rows: list[Record]) -> list[str]:
    with_latency = [(row, e) for row in rows for e in row["entries"] if e.get("latency_us")]
    if not with_latency:
        return []
    lines = [
        "### One row, call by call", "",
        "Percentiles of single calls, in microseconds; reading the clock is in them.", "",
        "| shape | library | p50 | p90 | p99 | p99.9 |", "|---|---|--:|--:|--:|--:|",
    ]  # fmt: skip
    for row, entry in with_latency:
        points = " | ".join(_number(entry["latency_us"][p]) for p in ("p50", "p90", "p99", "p99.9"))
        lines.append(f"| {row['label']} | {entry['label']} | {points} |")
    return [*lines, ""]


def _further(rows: list[Record]) -> list[str]:
    if not rows:
        return []
    lines = ["### Further rows", "", "| what | found | target | met |", "|---|--:|---|---|"]
    for row in rows:
        if row["value"] is None:
            lines.append(f"| {row['name']} | {row['note']} | | |")
            continue
        target = met = ""
        if row["target"] is not None:
            target = f"{row['sense']} {_number(row['target'])}"
            met = "yes" if row["met"] else "no"
        lines.append(
            f"| {row['name']} | {_number(row['value'])} {row['unit']} | {target} | {met} |"
        )
    return [*lines, ""]


def _sweeps(rows: list[Record]) -> list[str]:
    titles = {
        "width": "Microseconds a step over the width of the hidden layers",
        "batch": "Microseconds a step over the batch",
        "rows": "Microseconds a call over the rows predicted",
    }
    lines: list[str] = []
    for name, title in titles.items():
        points = [r for r in rows if r["sweep"] == name]
        if not points:
            continue
        values = list(dict.fromkeys(r["value"] for r in points))
        lines += [f"### {title}", "", f"| {name} | " + " | ".join(map(str, values)) + " |"]
        lines.append("|---|" + "--:|" * len(values))
        for series in dict.fromkeys(r["series"] for r in points):
            found = {r["value"]: r["min_us"] for r in points if r["series"] == series}
            cells = [_number(found[v]) if v in found else "" for v in values]
            lines.append(f"| {series} | " + " | ".join(cells) + " |")
        lines.append("")
    return lines


def _curve(rates: dict[str, float]) -> str:
    return ", ".join(f"{_number(rate)} ({threads} thr.)" for threads, rate in rates.items())


def _machine(record: Record) -> list[str]:
    facts, roof = record["machine"], record.get("roof")
    caches = ", ".join(f"{name} {size}" for name, size in facts["caches"].items())
    fastnn, settings = record.get("fastnn", {}), record["settings"]
    versions = ", ".join(f"{k} {v}" for k, v in record.get("versions", {}).items())
    lines = [
        f"- {facts['cpu']}, {facts['cores']} cores, {caches}, {facts['memory_gb']} GB; "
        f"{facts['os']}",
        f"- fastnn at {facts['revision']}: tier {fastnn.get('isa')}, {fastnn.get('compiler')}, "
        f"OpenMP {fastnn.get('openmp')}; {settings['threads']} threads"
        + (", bound to cores" if settings["bind"] else ""),
        f"- Python {facts['python']}; {versions}",
        f"- {facts['date']}, load {facts['load']} at the start; {settings['rounds']} rounds of "
        f"{settings['seconds']} s; `{facts['command']}`",
    ]
    if roof:
        for name, rates in roof["fma_gflops"].items():
            lines.append(f"- multiply-adds, {name}: {_curve(rates)} GFLOP/s")
        lines.append(f"- copy {_curve(roof['copy_gbs'])}, triad {_curve(roof['triad_gbs'])} GB/s")
    return [*lines, ""]


def tables(record: Record) -> str:
    """Return all tables of a record."""
    rows = record["rows"]
    lines = ["### Machine", "", *_machine(record)]
    if record["quick"]:
        lines += ["Quick form: few short rounds; for a first look, not for quoting.", ""]
    for kind, title in (("train", "Training, a step"), ("predict", "Inference, a call")):
        chosen = [row for row in rows if row["case"]["kind"] == kind]
        if chosen:
            lines += [f"### {title}", "", *_summary(chosen), *_everyone(chosen)]
    lines += _latency(rows) + _further(record["further"]) + _sweeps(record["sweeps"])
    return "\n".join(lines)


def write(record: Record, path: Path) -> None:
    """Replace what stands between the markers of `path`."""
    text = path.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise SystemExit(f"{path} must have the lines {BEGIN!r} and {END!r} once, in this order")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    path.write_text(f"{before}{BEGIN}\n\n{tables(record)}\n{END}{after}")


def main() -> None:
    """Print or write the report."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.report", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("record", type=Path)
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args()
    record = json.loads(options.record.read_text())
    if options.write:
        write(record, options.write)
    else:
        print(tables(record))


if __name__ == "__main__":
    main()
