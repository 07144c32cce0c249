"""Data and initial weights of a case: seeded NumPy arrays, the same for every library."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.shapes import Case

Array = NDArray[Any]

# Adam's constants for every library. With the usual 1e-7, epsilon's place in the formula (inside
# or outside the bias correction) would show in the losses; this small it does not.
LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-14
_STEADY_WIDTH = 256
MOMENTUM = 0.9
SEED = 20_240_229


def learning_rate(case: Case) -> float:
    """Return a rate at which the case trains steadily.

    Adam moves every weight of a layer by the rate at first, so wider layers need a smaller one:
    where a step overshoots, the losses of two libraries part ways over differences in rounding.
    """
    return LEARNING_RATE * min(1.0, _STEADY_WIDTH / max(case.widths))


def weights(case: Case) -> list[Array]:
    """Kernel (n_in, n_out) and bias (n_out,) of each layer: Glorot uniform, small biases."""
    rng = np.random.default_rng(SEED)
    arrays: list[Array] = []
    for n_in, n_out in case.layers:
        limit = np.sqrt(6.0 / (n_in + n_out))
        arrays.append(rng.uniform(-limit, limit, (n_in, n_out)).astype(case.dtype))
        arrays.append(rng.uniform(-0.1, 0.1, n_out).astype(case.dtype))
    return arrays


def inputs(case: Case, rows: int | None = None) -> Array:
    """Standard normal inputs (rows, n_in), C-ordered."""
    rng = np.random.default_rng(SEED + 1)
    shape = (case.rows if rows is None else rows, case.widths[0])
    x: Array = rng.standard_normal(shape, dtype=np.float32)
    wide: Array = x.astype(case.dtype, copy=False)
    return wide


def targets(case: Case, x: Array) -> Array:
    """Something learnable with noise: (rows, n_out) numbers, or (rows,) class numbers.

    The noise keeps gradients from dying out over the many epochs of a measurement.
    """
    rng = np.random.default_rng(SEED + 2)
    n_in, n_out = case.widths[0], case.widths[-1]
    rule = rng.standard_normal((n_in, n_out)).astype(np.float32) / np.float32(np.sqrt(n_in))
    score = x.astype(np.float32, copy=False) @ rule
    score += rng.standard_normal(score.shape, dtype=np.float32)
    if case.loss == "scce":
        return score.argmax(axis=1).astype(np.int32)
    if case.loss == "bce":
        return (score > 0).astype(case.dtype)
    return np.tanh(score).astype(case.dtype)


def training_data(case: Case) -> tuple[Array, Array]:
    """Inputs and targets of a training case; memory-mapped where the case names a folder."""
    if case.data:
        folder = Path(case.data)
        x = np.load(folder / "x.npy", mmap_mode="r")
        y = np.load(folder / "y.npy", mmap_mode="r")
        return x[: case.rows], y[: case.rows]
    x = inputs(case)
    return x, targets(case, x)


def write_mapped(case: Case, folder: Path, block: int = 100_000) -> None:
    """Write x.npy and y.npy of `case.rows` rows, a block at a time."""
    shapes = {"x": (case.rows, case.widths[0]), "y": (case.rows, case.widths[-1])}
    files = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.float32, shape)
        for name, shape in shapes.items()
    }
    some = case.but(rows=min(block, case.rows))
    x = inputs(some)
    y = targets(some, x)
    for first in range(0, case.rows, block):
        count = min(block, case.rows - first)
        files["x"][first : first + count] = x[:count]
        files["y"][first : first + count] = y[:count]
    for array in files.values():
        array.flush()
    (folder / "case.json").write_text(json.dumps(case.to_json()))


def forward(case: Case, x: Array) -> Array:
    """Return the outputs in float64: what every library's predictions are held against."""
    values = x.astype(np.float64)
    arrays = weights(case)
    for i in range(len(case.layers)):
        values = values @ arrays[2 * i].astype(np.float64) + arrays[2 * i + 1].astype(np.float64)
        last = i == len(case.layers) - 1
        values = _FORWARD[case.output if last else case.activation](values)
    return values


def _softmax(z: Array) -> Array:
    e: Array = np.exp(z - z.max(axis=1, keepdims=True))
    total: Array = e.sum(axis=1, keepdims=True)
    return e / total


_FORWARD: dict[str, Callable[[Array], Array]] = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0.0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
    "softmax": _softmax,
}
