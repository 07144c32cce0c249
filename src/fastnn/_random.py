"""The package's source of seeds. Every random number itself comes from the core's Philox."""

import os
import threading

from fastnn import _core

# Stream numbers of the core's generator, one per use, so that no two uses share numbers.
# Dropout layers use their op's position in the network, which is small.
STREAM_SEEDS = 0x5EED0000
STREAM_SHUFFLE = 0x5EED0001
STREAM_INITIALIZER = 0x5EED0002
STREAM_STANDALONE_DROPOUT = 0x5EED0003

_SEED_BITS = 53  # one uniform double; also exact in JSON readers that know only doubles

_lock = threading.Lock()
_global_seed: int | None = None
_drawn = 0


def check_seed(seed: object, argument: str = "seed") -> int:
    """Return `seed` as an integer in [0, 2**64)."""
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        raise ValueError(f"`{argument}` must be an integer, got {seed!r}")
    value = int(seed.__index__())
    if not 0 <= value < 2**64:
        raise ValueError(f"`{argument}` must be in [0, 2**64), got {value}")
    return value


def set_global_seed(seed: int) -> None:
    """Restart the sequence of seeds that `next_seed` hands out."""
    global _global_seed, _drawn
    with _lock:
        _global_seed, _drawn = check_seed(seed), 0


def next_seed() -> int:
    """Return a new seed: number k of the sequence of the global seed.

    Without `set_global_seed` the sequence starts from the operating system's entropy.
    """
    global _global_seed, _drawn
    with _lock:
        if _global_seed is None:
            _global_seed = int.from_bytes(os.urandom(8), "little") >> 1
        uniform = _core.random_uniform(_global_seed, STREAM_SEEDS, _drawn, 1)
        _drawn += 1
    return int(float(uniform[0]) * 2**_SEED_BITS)


def mix_seeds(seeds: list[int]) -> int:
    """Return one seed that depends on every one of `seeds` and on their order."""
    mixed = 0
    for seed in seeds:
        uniform = _core.random_uniform(seed, STREAM_SEEDS, mixed, 1)
        mixed = int(float(uniform[0]) * 2**_SEED_BITS)
    return mixed
