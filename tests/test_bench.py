"""The benchmarks run and say what they should; nothing here looks at how fast anything is."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

_ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(_ROOT))  # the package `bench` lives in the checkout only

from bench import agreement, data, guard, report, roof, shapes  # noqa: E402

_ROOF = {
    "fma_gflops": {"avx2 f32": {"1": 100.0, "2": 200.0}},
    "read_gbs": {"1": {"1000": 100.0, "1000000": 10.0}, "2": {"1000": 200.0, "1000000": 20.0}},
    "copy_gbs": {"1": 10.0},
    "triad_gbs": {"1": 11.0},
}


def _row(ours: list[float], peers: dict[str, list[float]], case: shapes.Case) -> dict[str, Any]:
    def entry(peer: str, samples: list[float]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "peer": peer, "label": peer.upper(), "status": "ok", "note": "",
            "samples_us": samples, "veteran": peer == "fann",
        }  # fmt: skip
        if samples:
            found |= {"min_us": min(samples), "median_us": float(np.median(samples))}
        else:
            found |= {"status": "missing", "note": "not installed: no module"}
        return found

    entries = [entry("fastnn", ours), *(entry(k, v) for k, v in peers.items())]
    return {
        "case": case.to_json(), "label": case.label, "isa": "avx2", "entries": entries,
        "limit_us": 0.5, "bound": "FMA",
    }  # fmt: skip


def _record(rows: list[dict[str, Any]]) -> dict[str, Any]:
    machine = {
        "cpu": "a CPU", "cores": 2, "caches": {"L2": "1M"}, "memory_gb": 8.0, "os": "an OS",
        "python": "3", "compiler": "cc", "revision": "abc", "date": "today", "load": [],
        "command": "python -m bench.compare",
    }  # fmt: skip
    settings = {"threads": 2, "rounds": 3, "seconds": 0.1, "bind": False}
    return {
        "machine": machine, "settings": settings, "roof": _ROOF, "quick": False, "rows": rows,
        "further": [], "sweeps": [],
    }  # fmt: skip


def test_cases_survive_json_and_have_one_name_each() -> None:
    cases = [*shapes.TRAINING, *shapes.INFERENCE]
    assert len(shapes.CASES) == len(cases)
    for case in cases:
        assert shapes.Case.from_json(json.loads(json.dumps(case.to_json()))) == case


def test_work_of_a_case() -> None:
    case = shapes.PIMA.but(widths=(3, 5, 2), rows=20, batch=8)
    assert case.params == 3 * 5 + 5 + 5 * 2 + 2
    assert case.steps == 3
    # 20 rows in 3 steps; the first layer has no product for its input's gradient.
    assert case.flops == pytest.approx(20 / 3 * 2 * (2 * 15 + 3 * 10))
    assert case.but(kind="predict", batch=0).flops == 20 * 2 * (15 + 10)


@pytest.mark.parametrize("case", [shapes.PIMA, shapes.MNIST, shapes.CHAINS], ids=str)
def test_data_are_the_same_every_time(case: shapes.Case) -> None:
    few = case.but(rows=64)
    x, y = data.training_data(few)
    again = data.training_data(few)
    np.testing.assert_array_equal(x, again[0])
    np.testing.assert_array_equal(y, again[1])
    assert x.shape == (64, case.widths[0])
    assert y.shape == ((64,) if case.loss == "scce" else (64, case.widths[-1]))
    assert len(np.unique(y)) > 1


def test_mapped_data_repeat_the_block_that_was_made(tmp_path: Path) -> None:
    case = shapes.TABULAR.but(rows=25)
    data.write_mapped(case, tmp_path, block=10)
    x, y = data.training_data(case.but(data=str(tmp_path)))
    assert isinstance(x, np.memmap)
    assert x.shape == (25, case.widths[0])
    np.testing.assert_array_equal(x[20:], x[:5])
    np.testing.assert_array_equal(y[10:20], y[:10])


def test_limit_is_the_larger_of_work_and_traffic() -> None:
    case = shapes.PIMA.but(kind="predict", batch=0, rows=1, widths=(10, 10))
    seconds, bound = roof.limit(_ROOF, case, "avx2", 1) or (0.0, "")
    assert (seconds, bound) == (pytest.approx(4 * 110 / 100e9), "memory")
    seconds, bound = roof.limit(_ROOF, case.but(rows=1000), "avx2", 2) or (0.0, "")
    assert (seconds, bound) == (pytest.approx(2 * 100 * 1000 / 200e9), "FMA")
    assert roof.limit(_ROOF, case, "neon", 1) is None


def test_loss_difference() -> None:
    assert agreement.loss_difference([1.0, 2.2], [1.0, 2.0]) == pytest.approx(0.1)
    assert agreement.loss_difference([1.0], [1.0, 2.0]) == float("inf")
    assert agreement.loss_difference([float("nan")], [1.0]) == float("inf")


def test_tables_name_the_fastest_peer_and_the_missing_one() -> None:
    times = {"torch": [9.0, 8.0], "jax": [6.0, 7.0], "fann": [1.0, 1.0], "sklearn": []}
    record = _record([_row([2.0, 3.0], times, shapes.PIMA)])
    (row,) = record["rows"]
    assert (report.best_peer(row) or {})["peer"] == "jax"  # not the veteran
    assert report.ratio(row) == pytest.approx(3.0)
    assert report.share(row) == pytest.approx(0.25)
    text = report.tables(record)
    assert "| JAX | 6 | 3.00x | 2.60x | 12x (1.2 us) | no | 25% (FMA) |" in text
    assert "SKLEARN: not installed" in text


def test_report_writes_between_its_markers_only(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"above\n{report.BEGIN}\nold\n{report.END}\nbelow\n")
    report.write(_record([_row([2.0], {"jax": [4.0]}, shapes.PIMA)]), page)
    text = page.read_text()
    assert text.startswith("above\n")
    assert text.endswith("below\n")
    assert "old" not in text
    assert "2.00x" in text
    page.write_text("no markers")
    with pytest.raises(SystemExit, match="must have the lines"):
        report.write(_record([]), page)


def test_guard_flags_changes_beyond_the_spread_of_rounds() -> None:
    quiet, noisy = [10.0, 10.1, 10.1, 10.2], [10.0, 11.0, 14.0, 15.0]

    def change(before: list[float], after: list[float]) -> guard.Change:
        records = [_record([_row(samples, {}, shapes.PIMA)]) for samples in (before, after)]
        (found,) = guard.compare(*records)
        return found

    assert change(quiet, [11.5, 11.6, 11.6]).slower
    assert change(quiet, [8.5, 8.6, 8.6]).faster
    small = change(quiet, [10.3, 10.4, 10.4])
    assert not small.slower
    assert not small.faster
    assert not change(noisy, [11.5, 11.6, 11.6]).slower
    old, new = _record([_row(quiet, {}, shapes.PIMA)]), _record([])
    assert "no row in common" in guard.describe(guard.compare(old, new), old, new)


def _compare(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.compare", *arguments],
        cwd=_ROOT, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


def test_compare_from_end_to_end(tmp_path: Path) -> None:
    """Checks, times and reports fastnn and NumPy on the smallest net, then reads the record."""
    pytest.importorskip("fastnn")
    few = ["--quick", "--only", "table", "--rounds", "2", "--seconds", "0.002"]
    chosen = ["--shapes", "pima,pima-row", "--peers", "numpy", "--output", str(tmp_path)]
    done = _compare(*few, *chosen)
    if "no C compiler" in done.stderr:
        pytest.skip("measuring the limits needs a C compiler")
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.json")
    record = json.loads(path.read_text())
    for row in record["rows"]:
        ours = row["entries"][0]
        assert ours["peer"] == "fastnn"
        assert ours["status"] == "ok", ours["note"]
        assert len(ours["samples_us"]) == 2
        assert min(ours["samples_us"]) > 0
    numpy = record["rows"][1]["entries"][1]
    assert (numpy["peer"], numpy["status"]) == ("numpy", "ok"), numpy["note"]
    assert numpy["check"] <= agreement.OUTPUT_TOLERANCE
    assert (tmp_path / "table.md").read_text() == report.tables(record)

    # The same record made ten times faster: the guard calls today's a regression.
    for row in record["rows"]:
        for entry in row["entries"]:
            entry["samples_us"] = [s / 10 for s in entry["samples_us"]]
    faster = tmp_path / "faster.json"
    faster.write_text(json.dumps(record))
    again = ["--record", str(path), "--output", str(tmp_path), "--against", str(faster)]
    done = _compare(*again)
    assert (done.returncode, "**slower**" in done.stdout) == (0, True), done.stderr
    assert _compare(*again, "--fail-on-regression").returncode == 1
    assert _compare("--peers", "nobody").returncode == 2
