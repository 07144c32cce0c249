"""Models and results on disk: checked before the work, written whole, read with care."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import fastnn
from fastnn._cli.errors import UserError
from fastnn._cli.pipeline import Pipeline

_ENTRY = "table"
"""Name of the pipeline among the extra metadata of a model's file."""


def check_output(output: str, source: str | None = None) -> Path:
    """`output` as a path that can be written; found out before minutes of training."""
    path = Path(output)
    if path.is_dir():
        raise UserError(f"cannot write {path}: it is a folder")
    if not path.parent.is_dir():
        raise UserError(f"cannot write {path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise UserError(f"cannot write {path}: folder {path.parent} is not writable")
    if source is not None and path.exists() and path.samefile(source):
        raise UserError(f"cannot write {path}: it is the file the data are read from")
    return path


def check_model_output(output: str, source: str | None = None) -> Path:
    """The same for a model, whose name says its format."""
    path = check_output(output, source)
    if path.suffix.lower() != ".fnn":
        raise UserError(f"cannot write {path}: a model's name ends in .fnn")
    return path


def save(model: fastnn.Sequential, pipeline: Pipeline, path: Path) -> None:
    """Write model and pipeline to one file."""
    try:
        fastnn.saving.save_model(model, path, extra_metadata={_ENTRY: pipeline.as_dict()})
    except ValueError as error:
        raise UserError(f"cannot write {path}: {error}") from None


def load(path: str) -> tuple[fastnn.Sequential, Pipeline]:
    """Read back what `save` has written; UserError saying why if the file is none of it."""
    if not Path(path).is_file():
        raise UserError(f"cannot read {path}: there is no such file")
    try:
        model = fastnn.saving.load_model(path, compile=False)
        stored = fastnn.saving.read_extra_metadata(path).get(_ENTRY)
    except ValueError as error:
        raise UserError(f"not a model: {error}") from None
    try:
        pipeline = Pipeline.from_dict(stored)
    except UserError as error:
        raise UserError(f"{path} is a model without use here: {error}") from None
    if not model.built or (model.input_shape, model.output_shape) != (
        (None, len(pipeline.features)),
        (None, pipeline.n_outputs),
    ):
        raise UserError(f"{path}: its network does not fit its table description")
    return model, pipeline


@contextmanager
def replacing(output: str) -> Iterator[TextIO]:
    """A text file that takes the place of `output` when it is complete, and never before."""
    path = Path(output)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with part.open("x", encoding="utf-8", newline="") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
