"""The libraries that are measured: one small module each, the same few functions in all.

A module has `VERSIONS` (packages whose versions the record names) and one or both of

    train(case, x, y, weights, threads, shuffle) -> run
        run(epochs) trains on, from the given weights, and returns each epoch's mean loss.
    predict(case, x, weights, threads) -> call
        call() returns the outputs for `x` as a NumPy array.

It is imported by a worker process only. ImportError means that the library is not installed;
`Unsupported` that it has no way to do what the case asks. Every library is used the way somebody
who knows it well would use it for speed.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Run = Callable[[int], list[float]]
Call = Callable[[], Array]


class Unsupported(Exception):
    """The library cannot do what the case asks; the text says why."""


class Library(NamedTuple):
    """What is known of a peer without importing it."""

    module: str
    label: str  # in tables
    kinds: tuple[str, ...]  # what it is measured in
    slow: bool = False  # starts too slowly for the quick form


_BOTH, _TRAIN, _PREDICT = ("train", "predict"), ("train",), ("predict",)
PEERS = {
    "fastnn": Library("bench.peers.fastnn_public", "fastnn", _BOTH),
    "torch": Library("bench.peers.torch_eager", "PyTorch eager", _BOTH),
    "torch-compile": Library("bench.peers.torch_compiled", "torch.compile", _TRAIN, slow=True),
    "jax": Library("bench.peers.jax_scan", "JAX jit + scan", _BOTH),
    "keras-jax": Library("bench.peers.keras_jax", "Keras on JAX", _TRAIN, slow=True),
    "keras-tf": Library("bench.peers.keras_tensorflow", "Keras on TensorFlow", _TRAIN, slow=True),
    "sklearn": Library("bench.peers.sklearn_mlp", "scikit-learn", _BOTH),
    "fann": Library("bench.peers.fann_c", "FANN (C, backpropagation)", _TRAIN),
    "onnxruntime": Library("bench.peers.onnxruntime_session", "ONNX Runtime", _PREDICT),
    "openvino": Library("bench.peers.openvino_request", "OpenVINO", _PREDICT),
    "numpy": Library("bench.peers.numpy_loops", "NumPy", _PREDICT),
}


def epoch_order(rng: np.random.Generator, rows: int, shuffle: bool) -> Array:
    """Return the order of an epoch."""
    return rng.permutation(rows) if shuffle else np.arange(rows)


def only_adam(case: Any) -> None:
    """Refuse the variants that only fastnn is asked for."""
    if case.optimizer != "adam" or case.dropout or case.dtype != "float32":
        raise Unsupported("measured for fastnn alone")


def fastest(candidates: dict[str, Call], repeats: int = 30) -> tuple[str, Call]:
    """Return the candidate whose best time over a few calls is the smallest."""
    times = {}
    for name, call in candidates.items():
        call()
        best = float("inf")
        for _ in range(repeats):
            start = perf_counter()
            call()
            best = min(best, perf_counter() - start)
            if best > 0.01:
                break
        times[name] = best
    name = min(times, key=times.__getitem__)
    return name, candidates[name]
