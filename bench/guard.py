"""Compares two records and flags what changed beyond noise.

The noise of a row is how far its rounds spread above their minimum: a quarter of the rounds is
slower than the upper quartile by definition, so a change within that distance says nothing.
Both records' spreads count, and a floor stands for what rounds of one run do not show (another
boot, another place in memory).
"""

from dataclasses import dataclass
from statistics import quantiles
from typing import Any

_FLOOR = 0.05
_SPREADS = 2.0


@dataclass(frozen=True)
class Change:
    """One row in both records."""

    name: str
    before: float  # minimum, microseconds
    after: float
    noise: float  # relative change that says nothing

    @property
    def ratio(self) -> float:
        """New time over old."""
        return self.after / self.before

    @property
    def slower(self) -> bool:
        """Slower beyond noise."""
        return self.ratio > 1 + self.noise

    @property
    def faster(self) -> bool:
        """Faster beyond noise."""
        return self.ratio < 1 / (1 + self.noise)


def spread(samples: list[float]) -> float:
    """Upper quartile over minimum, less one; 0 for fewer than two samples."""
    if len(samples) < 2:
        return 0.0
    return quantiles(samples, n=4, method="inclusive")[2] / min(samples) - 1


def _samples(record: dict[str, Any]) -> dict[str, list[float]]:
    """fastnn's samples by row, in microseconds."""
    found = {}
    for row in record["rows"]:
        for entry in row["entries"]:
            if entry["peer"] == "fastnn" and entry["samples_us"]:
                found[row["label"]] = entry["samples_us"]
    return found


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return the rows that both records have."""
    before, after = _samples(old), _samples(new)
    return [
        Change(
            name, min(before[name]), min(samples),
            max(_FLOOR, _SPREADS * max(spread(before[name]), spread(samples))),
        )
        for name, samples in after.items()
        if name in before
    ]  # fmt: skip


def describe(changes: list[Change], old: dict[str, Any], new: dict[str, Any]) -> str:
    """Return the comparison as Markdown."""
    facts = [record["machine"] for record in (old, new)]
    lines = [f"## {facts[1]['revision']} against {facts[0]['revision']}", ""]
    differing = [
        key for key in ("cpu", "cores", "os", "compiler") if facts[0].get(key) != facts[1].get(key)
    ]
    for key in differing:
        lines += [f"Not the same {key}: {facts[0].get(key)}, now {facts[1].get(key)}.", ""]
    if old["settings"]["threads"] != new["settings"]["threads"]:
        lines += ["Not the same number of threads.", ""]
    if not changes:
        return "\n".join([*lines, "The records have no row in common.", ""])
    lines += ["| row | before, us | after, us | change | noise | |", "|---|--:|--:|--:|--:|---|"]
    for c in changes:
        verdict = "**slower**" if c.slower else "faster" if c.faster else ""
        lines.append(
            f"| {c.name} | {c.before:.4g} | {c.after:.4g} | {c.ratio - 1:+.1%} "
            f"| {c.noise:.1%} | {verdict} |"
        )
    slower = sum(c.slower for c in changes)
    faster = sum(c.faster for c in changes)
    lines += ["", f"{slower} slower, {faster} faster, {len(changes)} compared.", ""]
    return "\n".join(lines)
