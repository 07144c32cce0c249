"""The package's source of seeds. Every random number itself comes from the core's Philox."""

import os
import threading
from typing import TYPE_CHECKING, Any

from fastnn import _core

if TYPE_CHECKING:
    from fastnn.random import SeedGenerator

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


def seed_or_generator(seed: Any) -> "int | SeedGenerator":
    """Return a seed as an integer, or the `SeedGenerator` that it is, or that it describes."""
    if hasattr(seed, "__index__"):
        return check_seed(seed)
    from fastnn.random import SeedGenerator  # which needs more than seeds

    if isinstance(seed, dict) and seed.get("class_name") == "SeedGenerator":
        return SeedGenerator.from_config(seed.get("config") or {})
    return seed if isinstance(seed, SeedGenerator) else check_seed(seed)


def seed_config(seed: "int | SeedGenerator | None") -> Any:
    """Return what `seed_or_generator` takes; of a generator its first seed, as in Keras."""
    if seed is None or isinstance(seed, int):
        return seed
    return {"class_name": "SeedGenerator", "config": seed.get_config()}


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
