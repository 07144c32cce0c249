"""Facts about the machine and the checkout, for the record."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import native

_ROOT = Path(__file__).parent.parent


def _said(*command: str) -> str:
    """Return what a command prints, or "" when it cannot be run."""
    try:
        done = subprocess.run(
            command, cwd=_ROOT, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def revision() -> str:
    """Return the short git revision, with a + when files differ from it; "unknown" without git."""
    found = _said("git", "rev-parse", "--short=12", "HEAD")
    if not found:
        return "unknown"
    return found + ("+" if _said("git", "status", "--porcelain", "--", "csrc", "src") else "")


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith(("model name", "Model name")):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _caches() -> dict[str, str]:
    """Size of each cache of the first CPU, such as {"L2": "1024K"}."""
    found = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind = (index / "type").read_text().strip()
        name = f"L{(index / 'level').read_text().strip()}" + ("i" if kind == "Instruction" else "")
        found[name] = (index / "size").read_text().strip()
    return found


def _os_name() -> str:
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.release()}"
    except OSError:
        return platform.platform()


def _memory_gb() -> float:
    if hasattr(os, "sysconf"):
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    return 0.0


def facts() -> dict[str, Any]:
    """Return what a reader needs to judge the numbers."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": _cpu_model(),
        "cores": cpus,
        "caches": _caches(),
        "memory_gb": _memory_gb(),
        "os": _os_name(),
        "python": platform.python_version() + " " + platform.python_implementation(),
        "compiler": (_said(native.compiler().split()[0], "--version").splitlines() or [""])[0],
        "revision": revision(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "load": [round(v, 2) for v in os.getloadavg()] if hasattr(os, "getloadavg") else [],
        "command": " ".join(["python -m bench.compare", *sys.argv[1:]]),
    }
