"""Compiles a C file of this folder at run time with the system's compiler and loads it."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_FOLDER = Path(__file__).parent


class NoCompiler(ImportError):
    """There is no C compiler, or it refused the file (a header is missing, for example)."""


def compiler() -> str:
    """Return the compiler's command: ``CC`` or cc."""
    return os.environ.get("CC", "cc")


def load(source: str, *libraries: str) -> ctypes.CDLL:
    """Build bench/`source` as a shared library, linked with `libraries`, and load it."""
    if shutil.which(compiler().split()[0]) is None:
        raise NoCompiler(f"no C compiler ({compiler()}) to build {source}")
    with tempfile.TemporaryDirectory(prefix="fastnn-bench-") as folder:
        target = Path(folder) / "native.so"
        command = [
            *compiler().split(), "-std=gnu11", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared",
            "-o", str(target), str(_FOLDER / source), *(f"-l{name}" for name in libraries),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "error" in line]
            raise NoCompiler(f"{source} does not build: {(lines or ['?'])[0]}")
        return ctypes.CDLL(str(target))  # stays mapped after the file is gone
