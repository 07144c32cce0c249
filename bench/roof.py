"""The machine's limits, measured: multiply-adds a second and bytes a second.

    python -m bench.roof [--threads N]

Everything else is reported as a share of these. FMA: per instruction set and type, a loop that
does nothing else. Memory: copy and triad over arrays far larger than the caches, counted as the
bytes that the program names (not the reads that a write may cost); and reading alone at several
sizes, since what bounds one row of inference is how fast its weights come from their cache.
"""

import argparse
import ctypes
import json
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from bench import native
from bench.shapes import OPTIMIZER_TRAFFIC, Case

_EFFORT = {False: (0.1, 5), True: (0.03, 2)}  # by quick: seconds of a measurement, repeats
_STREAM_BYTES = 256 << 20  # one array of copy and triad, all threads together
_READ_BYTES = tuple(1 << power for power in (14, 16, 18, 19, 20, 21, 22, 23, 24, 26, 28))
_GROUP = 64  # bytes of a group of 16 floats
_ALIGN = 8 * _GROUP


def _rate(
    threads: int, quick: bool, make: Callable[[int], tuple[Callable[[int], Any], float]]
) -> float:
    """Return work a second of `threads` threads together, best of several measurements.

    make(t) gives thread t's function of a number of rounds and the work of one round.
    """
    seconds, repeats = _EFFORT[quick]
    parts = [make(t) for t in range(threads)]
    rounds = 1
    while True:  # rounds for about that time on one thread
        start = perf_counter()
        parts[0][0](rounds)
        elapsed = perf_counter() - start
        if elapsed > seconds / 8:
            rounds = max(1, int(rounds * seconds / elapsed))
            break
        rounds *= 4
    best = 0.0
    for _ in range(repeats):
        gate = threading.Barrier(threads)
        rates = [0.0] * threads

        def work(t: int, gate: threading.Barrier = gate, rates: list[float] = rates) -> None:
            function, amount = parts[t]
            gate.wait()
            start = perf_counter()
            function(rounds)  # ctypes lets go of the interpreter
            rates[t] = rounds * amount / (perf_counter() - start)

        workers = [threading.Thread(target=work, args=(t,)) for t in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best = max(best, sum(rates))
    return best


def _aligned(size: int) -> tuple[Any, int]:
    """Return a written array and the address in it from which `size` bytes are aligned."""
    array = np.ones(size + _ALIGN, np.uint8)
    address = array.ctypes.data
    return array, address + -address % _ALIGN


def _fma(library: ctypes.CDLL, isa: str, real: str, threads: int, quick: bool) -> float:
    ops = library.roof_fma_ops(isa.encode(), int(real == "f64"))
    if not ops:
        return 0.0
    function = library[f"roof_fma_{isa}_{real}"]
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_uint64]
    return _rate(threads, quick, lambda _: (lambda rounds: function(1000 * rounds), 1000 * ops))


def _stream(
    library: ctypes.CDLL, name: str, arrays: int, size: int, threads: int, quick: bool
) -> float:
    """Bytes a second of one memory loop over `arrays` arrays of `size` bytes in all."""
    function = library[f"roof_{name}"]
    function.restype = ctypes.c_double if name == "read" else None
    each = max(_ALIGN, size // threads // _ALIGN * _ALIGN)

    def make(_: int) -> tuple[Callable[[int], Any], float]:
        held = [_aligned(each) for _ in range(arrays)]
        pointers = [ctypes.c_void_p(address) for _, address in held]
        groups = ctypes.c_size_t(each // _GROUP)

        def run(rounds: int, held: Any = held) -> None:
            function(*pointers, groups, ctypes.c_uint64(rounds))

        return run, float(arrays * each)

    return _rate(threads, quick, make)


def measure(isas: list[str], threads: int, quick: bool = False) -> dict[str, Any]:
    """Return GFLOP/s and GB/s by thread count, for the tiers named and 1 ... `threads`."""
    library = native.load("roof.c")
    library.roof_fma_ops.restype = ctypes.c_double
    library.roof_fma_ops.argtypes = [ctypes.c_char_p, ctypes.c_int]
    counts = sorted({1, threads})
    fma = {
        f"{isa} {real}": {str(n): _fma(library, isa, real, n, quick) / 1e9 for n in counts}
        for isa in isas
        if library.roof_fma_ops(isa.encode(), 0)
        for real in ("f32", "f64")
    }
    sizes = _READ_BYTES[::2] if quick else _READ_BYTES
    return {
        "fma_gflops": fma,
        "copy_gbs": {
            str(n): _stream(library, "copy", 2, _STREAM_BYTES, n, quick) / 1e9 for n in counts
        },
        "triad_gbs": {
            str(n): _stream(library, "triad", 3, _STREAM_BYTES, n, quick) / 1e9 for n in counts
        },
        "read_gbs": {
            str(n): {str(size): _stream(library, "read", 1, size, n, quick) / 1e9 for size in sizes}
            for n in counts
        },
    }


def read_rate(roof: dict[str, Any], size: float, threads: int) -> float:
    """GB/s at which `size` bytes are read again and again: the nearest size measured above."""
    curve = roof["read_gbs"][str(threads)]
    sizes = sorted(int(key) for key in curve)
    nearest = next((s for s in sizes if s >= size), sizes[-1])
    return float(curve[str(nearest)])


def limit(roof: dict[str, Any], case: Case, isa: str, threads: int) -> tuple[float, str] | None:
    """Seconds that the machine cannot beat for one step or call, and what sets them.

    The larger of two: multiply-adds at the FMA rate; and the weights (with the optimiser's
    slots when training) moved once at the rate at which that many bytes can be read. None where
    the tier was not measured.
    """
    real = "f64" if case.dtype == "float64" else "f32"
    rates = roof["fma_gflops"].get(f"{isa} {real}")
    if not rates or str(threads) not in rates:
        return None
    size = 2 if real == "f64" else 1
    traffic = 4 if case.kind == "predict" else OPTIMIZER_TRAFFIC[case.optimizer]
    data = float(size * traffic * case.params)
    compute = case.flops / (rates[str(threads)] * 1e9)
    memory = data / (read_rate(roof, data, threads) * 1e9)
    return (compute, "FMA") if compute >= memory else (memory, "memory")


def main() -> None:
    """Print the limits as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.roof", description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    roof = measure(["avx512", "avx2", "neon"], options.threads, options.quick)
    print(json.dumps(roof, indent=1))


if __name__ == "__main__":
    main()
