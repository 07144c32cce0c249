"""The main table: every shape, fastnn and every peer, checked first, then timed in turn."""

from collections.abc import Callable, Sequence
from typing import Any

from bench import roof as roofs
from bench.agreement import LOSS_TOLERANCE, OUTPUT_TOLERANCE, loss_difference
from bench.peers import PEERS
from bench.session import Entry, Pool, WorkerError, contest, release
from bench.shapes import FANN_PIMA, SLOW, Case

_LATENCY_CALLS = 5000
_VETERANS = frozenset({"fann"})  # another algorithm: shown, but not the peer of a ratio


def _case_for(peer: str, case: Case) -> Case:
    """Return the case in the form in which the peer does it."""
    if peer in _VETERANS:
        return case.but(activation=FANN_PIMA.activation, loss=FANN_PIMA.loss, optimizer="sgd")
    return case


def _skips(peer: str, case: Case) -> bool:
    """Tell whether the peer has no row at all for the case."""
    veteran = peer in _VETERANS and case.widths != FANN_PIMA.widths
    return (
        case.kind not in PEERS[peer].kinds or veteran or (case.entry == "call" and peer != "fastnn")
    )


def _check(pool: Pool, entry: Entry) -> None:
    """Compare the entry with fastnn (losses) or with the float64 forward pass (outputs)."""
    case = entry.case
    if entry.peer in _VETERANS:
        case = case.but(batch=FANN_PIMA.batch)  # it updates after each row
    found = pool.get(entry.peer).ask("check", fields=case.to_json())
    if "error" in found:
        entry.check, allowed = found["error"], OUTPUT_TOLERANCE
    else:
        ours = pool.get("fastnn").ask("check", fields=case.to_json())
        entry.check, allowed = loss_difference(found["losses"], ours["losses"]), LOSS_TOLERANCE
    if not entry.check <= allowed:
        raise WorkerError(
            "failed", f"does not agree: difference {entry.check:.1e}, allowed {allowed:.0e}"
        )


def table(
    pool: Pool, cases: Sequence[Case], peers: Sequence[str], roof: dict[str, Any],
    quick: bool, keep: Callable[[dict[str, Any]], None], say: Callable[[str], None],
) -> None:  # fmt: skip
    """Measure the cases; `keep` gets each case's row for the record as it is finished."""
    isa = str(pool.get("fastnn").facts["config"]["isa"])
    for case in cases:
        entries = [
            Entry(peer, _case_for(peer, case), PEERS[peer].label)
            for peer in peers
            if not _skips(peer, case)
        ]
        say(case.label)
        for entry in entries:
            if quick and (PEERS[entry.peer].slow or case.name in SLOW):
                entry.status, entry.note = "left out", "too slow to start for --quick"
                if case.name in SLOW:
                    entry.note = "too long for --quick"
                continue
            try:
                if pool.settings.late():
                    raise WorkerError("left out", "no time left")
                _check(pool, entry)
            except WorkerError as error:
                entry.fail(error)
        contest(pool, entries)
        if case.kind == "predict" and case.rows == 1:
            _add_latency(pool, entries)
        release(pool, entries)
        limit = roofs.limit(roof, case, isa, pool.settings.threads)
        row = {
            "case": case.to_json(), "label": case.label, "isa": isa,
            "entries": [{**e.to_json(), "veteran": e.peer in _VETERANS} for e in entries],
            "limit_us": limit and 1e6 * limit[0], "bound": limit and limit[1],
        }  # fmt: skip
        keep(row)
        for entry in entries:
            time = f"{1e6 * entry.best:12.2f} us" if entry.samples else entry.note
            say(f"    {entry.label:28s}{time}")


def _add_latency(pool: Pool, entries: list[Entry]) -> None:
    for entry in entries:
        if entry.status != "ok" or pool.settings.late():
            continue
        try:
            link = pool.get(entry.peer, entry.threads, entry.isa)
            entry.latency = link.ask("latency", calls=_LATENCY_CALLS)
        except WorkerError as error:
            entry.fail(error)
