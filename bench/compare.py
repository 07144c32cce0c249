"""fastnn and every installed peer, side by side in one run.

    python -m bench.compare                     everything, about half an hour
    python -m bench.compare --quick             under two minutes
    python -m bench.compare --against OLD.json  then flag what changed beyond noise

Each shape: libraries that are not installed become a row that says so; the others are checked
(the same losses from the same weights, the same outputs), then timed in alternating rounds. A
record (JSON with the machine's facts), a table (Markdown) and plots go to the output folder.
bench/README.md has the protocol.
"""

import argparse
import json
import sys
from pathlib import Path
from time import monotonic
from typing import Any

from bench import contests, further, guard, machine, plots, report
from bench import roof as roofs
from bench.peers import PEERS
from bench.session import Pool, Settings, WorkerError
from bench.shapes import CASES, sweeps

SCHEMA = 1
_PARTS = ("table", "further", "sweeps")
_QUICK_SECONDS = 105.0  # after which nothing new is started
_SWEEP_PEERS = ("fastnn", "torch", "jax")


def _names(text: str, known: Any, what: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown {what} {unknown}; there are {list(known)}")
    return names


def _python(text: str) -> tuple[str, str]:
    peer, _, path = text.partition("=")
    if peer not in PEERS or not path:
        raise argparse.ArgumentTypeError(f"expected PEER=PATH with a PEER of {list(PEERS)}")
    return peer, path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.compare", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer rounds, no slow starters, under two minutes")
    add("--output", type=Path, default=Path(__file__).parent / "results", metavar="FOLDER")
    add(
        "--only",
        type=lambda t: _names(t, _PARTS, "part"),
        default=list(_PARTS),
        metavar="PARTS",
        help=f"of {','.join(_PARTS)}",
    )
    add(
        "--shapes",
        type=lambda t: _names(t, CASES, "shape"),
        default=list(CASES),
        metavar="NAMES",
        help=f"of {','.join(CASES)}",
    )
    add(
        "--peers",
        type=lambda t: _names(t, PEERS, "peer"),
        default=list(PEERS),
        metavar="NAMES",
        help=f"of {','.join(PEERS)}; fastnn always takes part",
    )
    add("--threads", type=int, default=2)
    add("--rounds", type=int, default=None, help="default 9, quick 3")
    add("--seconds", type=float, default=None, help="of one measurement: default 0.3, quick 0.05")
    add("--bind", action="store_true", help="workers run with OMP_PROC_BIND=true")
    add(
        "--python",
        type=_python,
        action="append",
        default=[],
        metavar="PEER=PATH",
        help="interpreter for one peer, when it cannot live with the others",
    )
    add("--record", type=Path, metavar="FILE", help="measure nothing: use this record")
    add("--against", type=Path, metavar="FILE", help="an earlier record to compare with")
    add(
        "--fail-on-regression",
        action="store_true",
        help="exit with 1 if --against finds fastnn slower",
    )
    return parser  # fmt: skip


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measure what was asked for; the record is saved after every row."""
    quick = options.quick
    start = monotonic()
    peers = ["fastnn", *(name for name in options.peers if name != "fastnn")]
    with (options.output / "workers.log").open("w") as log:
        pool = Pool(Settings(
            threads=options.threads, rounds=options.rounds or (3 if quick else 9),
            seconds=options.seconds or (0.05 if quick else 0.3), bind=options.bind, log=log,
            deadline=start + _QUICK_SECONDS if quick else float("inf"),
            pythons=dict(options.python),
        ))  # fmt: skip
        record: dict[str, Any] = {
            "schema": SCHEMA, "machine": machine.facts(), "quick": quick,
            "settings": {
                "threads": options.threads, "rounds": pool.settings.rounds,
                "seconds": pool.settings.seconds, "bind": options.bind, "peers": peers,
            },
            "rows": [], "further": [], "sweeps": [],
        }  # fmt: skip
        path = options.output / f"{record['machine']['revision'].rstrip('+')}.json"

        def keep(part: str, row: dict[str, Any]) -> None:
            record[part].append(row)
            record["versions"] = pool.versions()
            record["seconds"] = round(monotonic() - start, 1)
            _save(record, path)

        try:
            config = dict(pool.get("fastnn").facts["config"])
            record["fastnn"] = config
            _say("limits of the machine")
            record["roof"] = roofs.measure(list(config["isa_available"]), options.threads, quick)
            if "table" in options.only:
                contests.table(
                    pool, [CASES[name] for name in options.shapes], peers, record["roof"],
                    quick, lambda row: keep("rows", row), _say,
                )  # fmt: skip
            if "further" in options.only:
                _say("further rows")
                further.rows(pool, record["roof"], quick, lambda row: keep("further", row), _say)
            if "sweeps" in options.only and not quick:
                for name, points in sweeps().items():
                    _say(f"sweep over {name}")
                    chosen = [peer for peer in _SWEEP_PEERS if peer in peers]
                    for row in further.sweep(pool, name, points, chosen, rounds=3):
                        keep("sweeps", row)
        finally:
            pool.close()
        _save(record, path)
        _say(f"record: {path} ({monotonic() - start:.0f} s)")
    return record


def _save(record: dict[str, Any], path: Path) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record, indent=1) + "\n")
    part.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison."""
    options = _parser().parse_args(arguments)
    if options.fail_on_regression and options.against is None:
        _parser().error("--fail-on-regression needs --against")
    options.output.mkdir(parents=True, exist_ok=True)
    old = json.loads(options.against.read_text()) if options.against else None
    if options.record is not None:
        record = json.loads(options.record.read_text())
    else:
        try:
            record = _measure(options)
        except (WorkerError, ImportError) as error:
            _say(f"cannot measure: {error}")
            return 2
    text = report.tables(record)
    (options.output / "table.md").write_text(text)
    print(text)
    for line in plots.draw(record, options.output):
        _say(line)
    if old is None:
        return 0
    changes = guard.compare(old, record)
    print(guard.describe(changes, old, record))
    return int(options.fail_on_regression and any(c.slower for c in changes))


if __name__ == "__main__":
    sys.exit(main())
