"""Process-wide settings: the instruction set in use, the thread count, `show_config`.

Importing this module selects the instruction set, once per process.
"""

import os

from fastnn import _core

_core.init(os.environ.get("FASTNN_ISA"))


def _check_thread_variable(text: str | None) -> None:
    """Refuse a FASTNN_NUM_THREADS that the core would otherwise pass over."""
    if text is not None and not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise ImportError(f"FASTNN_NUM_THREADS={text!r} is not a positive integer")


_check_thread_variable(os.environ.get("FASTNN_NUM_THREADS"))

__version__ = str(_core.config()["version"])


def set_num_threads(num_threads: int) -> None:
    """Limit the threads of one call.

    Small networks use fewer threads than this; results do not depend on the number.

    Parameters
    ----------
    num_threads : int
        At least 1, or 0 to restore the default: ``FASTNN_NUM_THREADS``, else
        ``OMP_NUM_THREADS``, else what the process may use (affinity and container quota).

    Raises
    ------
    ValueError
        If `num_threads` is not an integer of at least 0.

    Examples
    --------
    >>> import fastnn
    >>> before = fastnn.get_num_threads()
    >>> fastnn.set_num_threads(1)
    >>> fastnn.get_num_threads()
    1
    >>> fastnn.set_num_threads(before)
    """
    if isinstance(num_threads, bool) or not hasattr(num_threads, "__index__"):
        raise ValueError(f"`num_threads` must be an integer, got {num_threads!r}")
    count = num_threads.__index__()
    if not 0 <= count <= 65535:
        raise ValueError(f"`num_threads` must be between 0 and 65535, got {count}")
    _core.set_num_threads(count)


def get_num_threads() -> int:
    """Return the largest number of threads that one call may use.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.get_num_threads() >= 1
    True
    """
    return _core.get_num_threads()


def show_config() -> None:
    """Print the version, compiler, instruction set, threads and OpenMP runtime in use.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.show_config()  # doctest: +ELLIPSIS
    fastnn ...
    """
    config = _core.config()
    available = config["isa_available"]
    names = ", ".join(map(str, available)) if isinstance(available, (list, tuple)) else available
    openmp = config["openmp"]
    if openmp in ("none", "", None):
        openmp = "none (built without OpenMP: one thread)"
    print(f"fastnn          {config['version']}")
    print(f"compiler        {config['compiler']}")
    print(f"instruction set {config['isa']} (this machine has: {names})")
    print(f"threads         {config['num_threads']}")
    print(f"OpenMP          {openmp}")
