"""``train``: from a CSV file to a model file that ``predict`` uses."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastnn
from fastnn._cli import files, network
from fastnn._cli.errors import UserError
from fastnn._cli.pipeline import Pipeline, center_and_scale
from fastnn._cli.rows import hold_out
from fastnn._cli.table import Table
from fastnn._cli.target import Target, interpret

_VALIDATION = 0.2
"""Share of the rows not tested with that decides when to stop."""

_ENOUGH = 40
"""With fewer rows to train on than this, none are spared for validation."""


def run(arguments: argparse.Namespace) -> int:
    """Read, split, scale, train, test, save."""
    output = files.check_model_output(
        arguments.output or f"{Path(arguments.file).stem}.fnn", source=arguments.file
    )
    features, values, cells = _read(arguments)
    target = interpret(arguments.file, arguments.target, cells, arguments.task)
    rng = np.random.default_rng(arguments.seed)
    learn, test = hold_out(np.arange(len(values)), target.labels, arguments.test_split, rng)
    held = learn[:0]
    if len(learn) >= _ENOUGH and arguments.patience:
        learn, held = hold_out(learn, target.labels, _VALIDATION, rng)
    pipeline = _pipeline(arguments.target, features, values[learn], target, learn)
    _describe(arguments, len(features), target, (len(learn), len(held), len(test)))

    def encoded(rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        x = pipeline.scale_features(values[rows])
        if target.classes is None:
            return x, pipeline.scale_target(target.numbers[rows])
        return x, target.labels[rows]

    fastnn.utils.set_random_seed(arguments.seed)
    n_classes = None if target.classes is None else len(target.classes)
    model = network.build(len(features), arguments.hidden, n_classes)
    settings = network.Settings(
        arguments.epochs, arguments.batch_size, arguments.learning_rate, arguments.patience
    )
    done = network.train(model, encoded(learn), encoded(held) if len(held) else None, settings)
    network.report_run(done, settings.epochs)
    if len(test):
        outputs = model.predict(encoded(test)[0], verbose=0)
        if target.classes is None:
            network.report_values(pipeline.unscale_target(outputs[:, 0]), target.numbers[test])
        else:
            network.report_classes(outputs, target.labels[test])
    files.save(model, pipeline, output)
    print(f"saved {output}; use it: python -m fastnn predict {output} FILE.csv")
    return 0


def _read(arguments: argparse.Namespace) -> tuple[list[str], NDArray[np.float64], list[str]]:
    """Names of the features, their values (rows, features), and the cells of the target."""
    with Table.open(arguments.file) as table:
        table.columns([arguments.target], "target column")
        table.columns(arguments.ignore, "column to ignore")
        if arguments.target in arguments.ignore:
            raise UserError(f"column {arguments.target!r} is both the target and ignored")
        unused = {arguments.target, *arguments.ignore}
        features = [name for name in table.header if name not in unused]
        if not features:
            raise UserError(f"{arguments.file} has no column beside the target to learn from")
        values, cells = table.read(features, arguments.target)
    if len(values) < 2:
        raise UserError(f"{arguments.file} has one row; training takes two at least")
    return features, values, cells


def _pipeline(
    name: str,
    features: list[str],
    values: NDArray[np.float64],
    target: Target,
    learn: NDArray[np.int64],
) -> Pipeline:
    """Scaling by mean and deviation of the rows to learn from (`values`, `learn`), no others."""
    mean, scale = center_and_scale(values)
    target_mean, target_scale = 0.0, 1.0
    if target.classes is None:
        column = center_and_scale(target.numbers[learn, None])
        target_mean, target_scale = float(column[0][0]), float(column[1][0])
    for column_name, deviation in zip([*features, name], [*scale, target_scale], strict=True):
        if not np.isfinite(deviation):
            raise UserError(f"the numbers in column {column_name!r} are too large to scale")
    return Pipeline(
        name, features, mean.tolist(), scale.tolist(), target.classes, target_mean, target_scale
    )


def _describe(
    arguments: argparse.Namespace, n_features: int, target: Target, counts: tuple[int, int, int]
) -> None:
    """Say what was read and what will be done with it."""
    print(f"{arguments.file}: {sum(counts)} rows, {n_features} features")
    if target.classes is None:
        print(f"regression of {arguments.target!r}")
    else:
        names = ", ".join(target.classes[:8]) + (", ..." if len(target.classes) > 8 else "")
        n_classes = len(target.classes)
        print(f"classification of {arguments.target!r} into {n_classes} classes: {names}")
    print("{} rows to learn from, {} to decide when to stop, {} to test".format(*counts))
