"""The further rows of the record: threads, data size, tiers, types, optimisers, start-up.

Each row says what was measured, the value, the target and whether it was met; all are fastnn
alone. Variants are measured in alternating rounds like peers.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench import data, shapes
from bench import roof as roofs
from bench.session import Entry, Pool, WorkerError, contest, release
from bench.shapes import CASES, MNIST, TABULAR, WIDE, Case

Row = dict[str, Any]
Keep = Callable[[Row], None]
_IMPORTS = 11
_PIMA_RUNS = 9
_SLACK = 1.03  # "no more than", within what a quiet machine's rounds spread


def _row(name: str, value: float, unit: str, target: float | None, below: bool, **more: Any) -> Row:
    met = None if target is None else (value <= target if below else value >= target)
    return {
        "name": name, "value": value, "unit": unit, "target": target,
        "sense": "at most" if below else "at least", "met": met, **more,
    }  # fmt: skip


def _missing(name: str, entries: list[Entry]) -> Row | None:
    """Return a row that says why there is no value, if there is none."""
    for entry in entries:
        if entry.status != "ok":
            return {"name": name, "value": None, "note": f"{entry.status}: {entry.note}"}
    return None


def _measured(pool: Pool, *entries: Entry) -> list[Entry]:
    contest(pool, entries)
    release(pool, entries)
    return list(entries)


def scaling(pool: Pool, quick: bool) -> Iterator[Row]:
    """All threads against one."""
    threads = pool.settings.threads
    if threads == 1:
        return
    for name in (*shapes.NEVER_SLOWER, *shapes.SCALING):
        if quick and name in shapes.SLOW:
            continue
        one, many = _measured(
            pool, Entry("fastnn", CASES[name], threads=1), Entry("fastnn", CASES[name])
        )
        title = f"{threads} threads over one, {CASES[name].label}"
        bad = _missing(title, [one, many])
        target = shapes.SCALING_TARGET if name in shapes.SCALING else 1 / _SLACK
        yield bad or _row(
            title, one.best / many.best, "x", target, False,
            one_us=1e6 * one.best, many_us=1e6 * many.best,
        )  # fmt: skip


def flat_rows(pool: Pool, quick: bool) -> Iterator[Row]:
    """Cost per row of TABULAR over data sets of growing size, memory-mapped."""
    sizes = shapes.FLAT_ROWS_QUICK if quick else shapes.FLAT_ROWS
    base: float | None = None
    with tempfile.TemporaryDirectory(prefix="fastnn-bench-rows-") as folder:
        data.write_mapped(TABULAR.but(rows=sizes[-1]), Path(folder))
        for rows in sizes:
            entry = Entry("fastnn", TABULAR.but(rows=rows, data=folder))
            title = f"cost per row at {rows:,} rows, {TABULAR.label}"
            if rows <= shapes.FLAT_ROWS[2]:
                _measured(pool, entry)
            else:
                _one_epoch(pool, entry)
            bad = _missing(title, [entry])
            if bad:
                yield bad
                continue
            each = entry.best * entry.case.steps / rows
            base = base or each
            yield _row(
                title, each / base, "x the first", shapes.FLAT_LIMIT, True, ns_per_row=1e9 * each
            )


def _one_epoch(pool: Pool, entry: Entry) -> None:
    """Time a single epoch: with this many rows it is long enough."""
    if pool.settings.late():
        entry.fail(WorkerError("left out", "no time left"))
        return
    try:
        link = pool.get(entry.peer)
        link.ask("prepare", fields=entry.case.to_json(), warm=False)
        entry.samples.append(link.ask("measure", seconds=0.0, timeout=1800.0)["seconds"])
        link.ask("release")
    except WorkerError as error:
        entry.fail(error)


def tiers(pool: Pool, roof: dict[str, Any]) -> Iterator[Row]:
    """The wide net on the AVX2 tier, as a share of that tier's own multiply-adds."""
    threads = pool.settings.threads
    limit = roofs.limit(roof, WIDE, "avx2", threads)
    if limit is None:
        return
    (entry,) = _measured(pool, Entry("fastnn", WIDE, isa="avx2"))
    title = f"share of the AVX2 roof, {WIDE.label}"
    yield _missing(title, [entry]) or _row(
        title, limit[0] / entry.best, "", shapes.AVX2_SHARE, False, us=1e6 * entry.best
    )


def float64(pool: Pool, quick: bool) -> Iterator[Row]:
    """float64's rate over float32's."""
    for name in shapes.FLOAT64_CASES:
        if quick and name in shapes.SLOW:
            continue
        case = CASES[name]
        single, double = _measured(
            pool, Entry("fastnn", case), Entry("fastnn", case.but(dtype="float64"))
        )
        title = f"float64's rate over float32's, {case.label}"
        yield _missing(title, [single, double]) or _row(
            title, single.best / double.best, "x", shapes.FLOAT64_SHARE, False,
            float64_us=1e6 * double.best,
        )  # fmt: skip


def optimizers(pool: Pool, roof: dict[str, Any]) -> Iterator[Row]:
    """What slots and dropout add to a step, next to the memory traffic that they cause."""
    cases = [MNIST.but(optimizer=name) for name in shapes.OPTIMIZERS]
    cases.append(MNIST.but(optimizer="sgd", dropout=shapes.DROPOUT_RATE))
    plain, *others = _measured(pool, *(Entry("fastnn", case) for case in cases))
    rate = 1e9 * roofs.read_rate(roof, 1e12, pool.settings.threads)  # from memory
    for entry in others:
        case = entry.case
        if case.dropout:
            title = f"dropout {case.dropout} over none, {case.label}"
            hidden = sum(case.widths[1:-1])
            extra = 2 * case.batch * hidden * (2 * 4 + 1)  # values read and written, and the mask
        else:
            title = f"{case.optimizer} over sgd, {case.label}"
            traffic = shapes.OPTIMIZER_TRAFFIC
            extra = case.params * (traffic[case.optimizer] - traffic["sgd"])
        bad = _missing(title, [plain, entry])
        yield bad or _row(
            title, 1e6 * (entry.best - plain.best), "us more",
            1e6 * (extra / rate + (_SLACK - 1) * plain.best), True, us=1e6 * entry.best,
        )  # fmt: skip


def breakdown(pool: Pool, quick: bool) -> Iterator[Row]:
    """What a step is made of, by difference: evaluate, training with SGD, training with Adam."""
    for name in shapes.BREAKDOWN:
        if quick and name in shapes.SLOW:
            continue
        case = CASES[name]
        forward, sgd, adam = _measured(
            pool,
            Entry("fastnn", case.but(entry="evaluate")),
            Entry("fastnn", case.but(optimizer="sgd")),
            Entry("fastnn", case),
        )
        bad = _missing(f"parts of a step, {case.label}", [forward, sgd, adam])
        if bad:
            yield bad
            continue
        parts = {
            "forward, loss and reading": forward.best,
            "backward and SGD": sgd.best - forward.best,
            "Adam over SGD": adam.best - sgd.best,
        }
        for part, seconds in parts.items():
            yield _row(f"{part}, {case.label}", 1e6 * seconds, "us", None, True)


def activations(pool: Pool, quick: bool) -> Iterator[Row]:
    """Other activations over ReLU."""
    names = shapes.ACTIVATIONS[:3] if quick else shapes.ACTIVATIONS
    relu, *others = _measured(
        pool,
        Entry("fastnn", MNIST),
        *(Entry("fastnn", MNIST.but(activation=name)) for name in names),
    )
    for entry in others:
        title = f"{entry.case.activation} over relu, {MNIST.label}".replace(
            f" {entry.case.activation},", ","
        )
        yield _missing(title, [relu, entry]) or _row(
            title, entry.best / relu.best, "x", shapes.ACTIVATION_LIMIT, True, us=1e6 * entry.best
        )


_PIMA = """
import json, time
import fastnn
from bench import data
from bench.peers.fastnn_public import build, optimizer
from bench.shapes import PIMA, PIMA_EPOCHS
x, y = data.training_data(PIMA)
weights, times = data.weights(PIMA), []
for _ in range({runs}):
    model = build(PIMA, weights)
    model.compile(optimizer(PIMA), "binary_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    history = model.fit(x, y, epochs=PIMA_EPOCHS, batch_size=PIMA.batch, verbose=0).history
    times.append(time.perf_counter() - start)
    assert len(history["loss"]) == PIMA_EPOCHS and history["loss"][-1] < history["loss"][0]
print(json.dumps(times))
"""
_IMPORT = (
    "import time, numpy; t = time.perf_counter(); import fastnn; print(time.perf_counter() - t)"
)


def _python(code: str, pool: Pool) -> Any:
    python = pool.settings.pythons.get("fastnn", sys.executable)
    done = subprocess.run(
        [python, "-c", code], cwd=Path(__file__).parent.parent, text=True,
        capture_output=True, timeout=300, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def start_up(pool: Pool) -> Iterator[Row]:
    """`fit` on Pima as a user calls it, and the import."""
    times = [1e3 * t for t in _python(_PIMA.format(runs=_PIMA_RUNS), pool)]
    yield _row(
        f"fit of {shapes.PIMA.label}, {shapes.PIMA_EPOCHS} epochs, from call to return",
        median(times), "ms", shapes.PIMA_WALL_MS, True, samples=times,
    )  # fmt: skip
    times = [1e3 * _python(_IMPORT, pool) for _ in range(_IMPORTS)]
    yield _row("import over NumPy", median(times), "ms", shapes.IMPORT_MS, True, samples=times)


def rows(
    pool: Pool, roof: dict[str, Any], quick: bool, keep: Keep, say: Callable[[str], None]
) -> None:
    """Measure all further rows."""
    groups: list[Iterator[Row]] = [start_up(pool), scaling(pool, quick), flat_rows(pool, quick)]
    if not quick:
        groups += [tiers(pool, roof)]
    groups += [
        breakdown(pool, quick),
        float64(pool, quick),
        optimizers(pool, roof),
        activations(pool, quick),
    ]
    for group in groups:
        for row in group:
            keep(row)
            if row["value"] is None:
                say(f"    {row['name']}: {row['note']}")
            else:
                say(f"    {row['name']}: {row['value']:.4g} {row['unit']}")


def sweep(
    pool: Pool, name: str, points: list[tuple[int, Case]], peers: list[str], rounds: int
) -> list[Row]:
    """Measure one sweep: fastnn on all threads and on one, and the peers named."""
    found = []
    for value, case in points:
        entries = [Entry(peer, case, peer) for peer in peers]
        if pool.settings.threads > 1:
            entries.insert(1, Entry("fastnn", case, "fastnn, 1 thread", threads=1))
        contest(pool, entries, rounds)
        release(pool, entries)
        found += [
            {"sweep": name, "value": value, "series": e.label, "min_us": 1e6 * e.best,
             "median_us": 1e6 * e.middle}
            for e in entries
            if e.samples
        ]  # fmt: skip
    return found
