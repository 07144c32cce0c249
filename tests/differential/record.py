"""Keras' side of the random programs as a small file, for tests without Keras.

``python -m differential.record`` in `tests/` runs in Keras the programs that are not recorded yet,
with ``--all`` every one, which takes a while, and writes `recorded.npz`: programs and names as
JSON, Keras' numbers and the limits as float32, one behind another; and `recorded_callbacks.json`.
"""

import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from . import callbacks
from .compare import limits
from .draw import PROGRAMS, Program, programs
from .focus import focus_programs
from .run import Array, Outcome, run

FILE = Path(__file__).parent / "recorded.npz"


def save(results: Iterable[tuple[Program, Outcome, dict[str, Array]]], path: Path = FILE) -> None:
    """Write programs, what Keras made of them, and the limits."""
    index, values, allowed = [], [], []
    for program, outcome, limit in results:
        entry: dict[str, Any] = {
            "program": program,
            "history": outcome.history_keys,
            "evaluate": outcome.evaluate_keys,
            "shapes": {key: np.shape(value) for key, value in outcome.quantities.items()},
        }
        index.append(entry)
        values += [np.ravel(value) for value in outcome.quantities.values()]
        allowed += [np.ravel(limit[key]) for key in outcome.quantities]
    text = json.dumps(index, separators=(",", ":")).encode()
    np.savez_compressed(
        path,
        index=np.frombuffer(text, np.uint8),
        values=np.concatenate(values).astype(np.float32),
        limits=np.concatenate(allowed).astype(np.float32),
    )


def load(path: Path = FILE) -> Iterator[tuple[Program, Outcome, dict[str, Array]]]:
    """Yield what `save` wrote."""
    with np.load(path) as file:
        index = json.loads(file["index"].tobytes())
        values, allowed = (file[key].astype(np.float64) for key in ("values", "limits"))
    at = place = 0
    for entry in index:
        quantities, limit = {}, {}
        for key, shape in entry["shapes"].items():
            size = int(np.prod(shape))
            quantities[key] = values[at : at + size].reshape(shape)
            limit[key] = allowed[place : place + shape[0]]
            at, place = at + size, place + shape[0]
        yield entry["program"], Outcome(entry["history"], entry["evaluate"], quantities), limit


def main() -> None:
    """Run programs in Keras and write the files."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    warnings.simplefilter("ignore")
    import keras

    import fastnn

    known = {}
    if "--all" not in sys.argv[1:] and FILE.exists():
        known = {_key(program): (program, *rest) for program, *rest in load()}
    callbacks.save(keras)
    results = []
    for program in [*programs(PROGRAMS), *focus_programs()]:
        found: Any = known.get(_key(program))
        results.append(found or (program, run(keras, program, keras=True), limits(fastnn, program)))
    save(results)


def _key(program: Program) -> str:
    return json.dumps(program, sort_keys=True)


if __name__ == "__main__":
    main()
