"""FANN (libfann-dev), called from C: plain backpropagation, row by row, sigmoids throughout.

It has no Adam and no ReLU, so it trains its own form of the Pima net; a "step" is as many rows
as the others' batch. That it computes what it should is checked against fastnn on that form.
"""

import ctypes

import numpy as np

from bench import data, native
from bench.peers import Array, Run, Unsupported
from bench.shapes import PIMA, Case

_fann = native.load("peer_fann.c", "fann")  # ImportError when the library is not installed

VERSIONS = ()
LEARNING_RATE = 2 * data.LEARNING_RATE  # it descends half the square of the error

_fann.peer_create.restype = ctypes.c_void_p
_fann.peer_create.argtypes = [
    ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_float, ctypes.c_uint,
]  # fmt: skip
_fann.peer_epoch.restype = ctypes.c_double
_fann.peer_epoch.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
_fann.peer_destroy.argtypes = [ctypes.c_void_p]


class _Net:
    """Owner of a net in C."""

    def __init__(self, case: Case, weights: list[Array], rows: int) -> None:
        widths = np.asarray(case.widths, np.uint32)
        flat = np.concatenate([np.asarray(w, np.float32).ravel() for w in weights])
        self.handle = _fann.peer_create(
            widths.ctypes.data, len(widths), flat.ctypes.data, LEARNING_RATE, rows
        )
        if not self.handle:
            raise MemoryError("FANN could not make the net")

    def __del__(self) -> None:
        if getattr(self, "handle", None):
            _fann.peer_destroy(self.handle)


def train(case: Case, x: Array, y: Array, weights: list[Array], threads: int, shuffle: bool) -> Run:
    if case.widths != PIMA.widths or case.dtype != "float32" or case.dropout:
        raise Unsupported("FANN is measured on the small net alone")
    x = np.array(x, np.float32, order="C")  # FANN wants to be able to write
    y = np.array(y, np.float32, order="C")
    net = _Net(case, weights, len(x))

    def run(epochs: int) -> list[float]:
        return [
            _fann.peer_epoch(net.handle, x.ctypes.data, y.ctypes.data, int(shuffle))
            for _ in range(epochs)
        ]

    return run
