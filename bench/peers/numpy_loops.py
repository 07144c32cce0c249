"""NumPy: matrix products into arrays made once, activations in place."""

import numpy as np

from bench.peers import Array, Call, Unsupported
from bench.shapes import Case

VERSIONS = ("numpy",)


def predict(case: Case, x: Array, weights: list[Array], threads: int) -> Call:
    if case.entry == "call" or case.dtype != "float32":
        raise Unsupported("measured for fastnn alone")
    layers = [(weights[i], weights[i + 1]) for i in range(0, len(weights), 2)]
    hidden = [np.empty((len(x), w.shape[1]), np.float32) for w, _ in layers[:-1]]

    def call() -> Array:
        values = x
        for (w, b), out in zip(layers, hidden, strict=False):
            np.dot(values, w, out=out)
            np.add(out, b, out=out)
            np.maximum(out, 0.0, out=out)
            values = out
        w, b = layers[-1]
        z = np.dot(values, w)
        z += b
        return _finish(case.output, z)

    return call


def _finish(output: str, z: Array) -> Array:
    if output == "sigmoid":
        return 1.0 / (1.0 + np.exp(-z))
    if output == "softmax":
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=1, keepdims=True)
    return z
