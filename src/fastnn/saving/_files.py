"""What all file formats share: paths, writing that survives a crash, checked reading.

Files are told apart by their first bytes, never by their names.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from fastnn._errors import DamagedFileError, MissingFileError, ObjectError, WrongTypeError
from fastnn._registry import shorten

T = TypeVar("T")

_MAGIC = {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x89HDF\r\n\x1a\n": "hdf5"}
_MAX_JSON = 1 << 24  # bytes; the configuration of a net of a thousand layers is below one of them


def as_path(filepath: Any) -> Path:
    """Return `filepath` as a path."""
    try:
        return Path(filepath)
    except TypeError:
        raise WrongTypeError(f"`filepath` must be a path, got {filepath!r}") from None


def kind_of(path: Path) -> str:
    """Return what a file is: "zip", "hdf5", "folder", or "safetensors" for anything else."""
    if not path.exists():
        raise MissingFileError(f"no such file: {str(path)!r}")
    if path.is_dir():
        return "folder"
    if not path.is_file():
        raise ValueError(f"`filepath` is not a file: {str(path)!r}")
    with open(path, "rb") as file:
        start = file.read(8)
    return next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "safetensors")


# ---- writing ------------------------------------------------------------------------------


def check_target(path: Path, overwrite: bool) -> None:
    """Raise unless a file may be written there."""
    if path.is_dir():
        raise IsADirectoryError(f"`filepath` is a folder: {str(path)!r}")
    if not overwrite and path.exists():
        raise FileExistsError(f"`filepath` exists and `overwrite` is False: {str(path)!r}")
    if not path.parent.is_dir():
        raise MissingFileError(f"`filepath` is in a folder that does not exist: {str(path)!r}")


def write_atomically(path: Path, overwrite: bool, write: Callable[[Path], None]) -> None:
    """Have `write` fill a file beside `path`, sync it and give it the name."""
    check_target(path, overwrite)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        # Some writers keep their files to the owner; a model gets the rights of any new file.
        temporary.touch()
        mode = temporary.stat().st_mode
        write(temporary)
        temporary.chmod(mode)
        _sync(temporary)
        os.replace(temporary, path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ---- reading ------------------------------------------------------------------------------


def checked(load: Callable[[], T], what: "str | Path") -> T:
    """Run `load`; whatever is wrong with the contents becomes one ValueError.

    That of a file is an OSError too.
    """
    from safetensors import SafetensorError

    bad = DamagedFileError if isinstance(what, Path) else ValueError
    try:
        return load()
    except SafetensorError as error:
        raise bad(f"{what} is not a whole safetensors file: {error}") from error
    except ObjectError as error:
        raise ObjectError(f"{what} cannot be loaded: {error}") from error
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise bad(f"{what} cannot be loaded: {error}") from error


def parse_json(text: "str | bytes", what: str) -> dict[str, Any]:
    """Return the JSON object that `text` holds, whose keys are all different."""
    if len(text) > _MAX_JSON:
        raise ValueError(f"{what} has {len(text)} bytes; {_MAX_JSON} are enough for any model")
    try:
        value = json.loads(text, object_pairs_hook=_without_doubles)
    except json.JSONDecodeError as error:
        raise json.JSONDecodeError(
            f"{what} is not JSON: {error.msg}", error.doc, error.pos
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{what} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not a JSON object: {shorten(value)}")
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a key occurs twice: {shorten([key for key, _ in pairs])}")
    return found
