"""``predict``: a model of ``train`` applied to another CSV file."""

import argparse
import csv
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from fastnn._cli import files
from fastnn._cli.errors import UserError
from fastnn._cli.pipeline import Pipeline
from fastnn._cli.table import Table


def run(arguments: argparse.Namespace) -> int:
    """Write one line of predictions for each row of the file, in its order."""
    if arguments.output is not None:
        files.check_output(arguments.output, source=arguments.file)
    model, pipeline = files.load(arguments.model)
    with Table.open(arguments.file) as table:
        table.columns(pipeline.features, "column")
        known = {*pipeline.features, pipeline.target}
        extra = [name for name in table.header if name not in known]
        values, _ = table.read(pipeline.features)
    if extra:
        print(f"not used by the model: {', '.join(map(repr, extra))}", file=sys.stderr)
    x = pipeline.scale_features(values)
    _check_finite(arguments.file, x)
    outputs = model.predict(x, verbose=0)
    if pipeline.classes is None:
        outputs = pipeline.unscale_target(outputs)
    _check_finite(arguments.file, outputs)
    if arguments.output is None:
        _write(sys.stdout, pipeline, outputs)
    else:
        with files.replacing(arguments.output) as file:
            _write(file, pipeline, outputs)
        print(f"wrote {len(outputs)} predictions to {arguments.output}")
    return 0


def _check_finite(path: str, rows: NDArray[Any]) -> None:
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        row = int(finite.argmin()) + 1
        raise UserError(f"{path}, row {row}: its numbers are too large for the model")


def _write(file: TextIO, pipeline: Pipeline, outputs: NDArray[Any]) -> None:
    """CSV: the target's column; of a classification also the probability of each class."""
    writer = csv.writer(file, lineterminator="\n")
    classes = pipeline.classes
    lines: Iterable[list[str]]
    if classes is None:
        writer.writerow([pipeline.target])
        lines = ([f"{value:.9g}"] for value in outputs[:, 0].tolist())
    else:
        writer.writerow([pipeline.target, *(f"p({name})" for name in classes)])
        best = outputs.argmax(axis=1).tolist()
        lines = (
            [classes[k], *(f"{p:.9g}" for p in row)]
            for k, row in zip(best, outputs.tolist(), strict=True)
        )
    writer.writerows(lines)
