"""metric (body/metric.inc.h): accuracies of single rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _core, _kernels

from .guarded import Memory, assert_same_bits

Array = NDArray[Any]
Reals = Callable[..., Array]

# "loss" has no kernel of its own: the caller runs loss[].
NAMES = [n for n in _core.METRICS if n != "loss"]
COLS = (1, 2, 3, 7, 10, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 65, 100, 113)


# (y, t, labels, threshold) to the value of each row. NumPy's argmax takes the first largest, and
# NaN for larger than any number.
TWINS: dict[str, Callable[[Array, Array, Array, float], Array]] = {
    "binary_accuracy": lambda y, t, labels, threshold: (
        ((y > y.dtype.type(threshold)) == t).sum(axis=1) / np.float64(y.shape[1])
    ),
    "categorical_accuracy": lambda y, t, labels, threshold: (
        y.argmax(axis=1) == t.argmax(axis=1)
    ).astype(np.float64),
    "sparse_accuracy": lambda y, t, labels, threshold: (y.argmax(axis=1) == labels).astype(
        np.float64
    ),
}


def check(
    isa: str, name: str, skew: int, y: Array, t: Array, labels: Array, threshold: float = 0.5
) -> Array:
    (rows, cols), code = y.shape, _core.METRICS[name]
    sparse = name.startswith("sparse")
    mem = Memory(y.dtype, skew)
    by, value = mem.source(y, ld=cols + 3), mem.target(1, rows, dtype=np.float64)
    bt = None if sparse else mem.source(t, ld=cols + 1).pair
    bl = mem.source(labels.astype(np.int32)).flat if sparse else None
    (got,) = mem.compare(
        isa, lambda n: _kernels.metric(n, code, rows, cols, by.pair, bt, bl, threshold, value.flat)
    )
    got = got.reshape(-1)
    with np.errstate(invalid="ignore"):
        assert_same_bits(got, TWINS[name](y, t, labels, threshold), f"{name} {rows} x {cols}")
    return got


@pytest.mark.parametrize("name", NAMES)
class TestEveryMetric:
    """Every metric in the table, every tier, against the definition: counts are exact."""

    def test_sizes(
        self,
        isa: str,
        dtype: np.dtype[Any],
        name: str,
        skew: int,
        rng: np.random.Generator,
    ) -> None:
        for cols in COLS:
            for rows in (0, 1, 5):
                y = rng.random((rows, cols)).astype(dtype)
                t = (rng.random((rows, cols)) < 0.5).astype(dtype)
                check(isa, name, skew, y, t, rng.integers(0, cols, rows))

    def test_ties(
        self, isa: str, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        """Few distinct values, so that the largest stands in many places; zeros of both signs."""
        for cols in COLS:
            y = rng.choice(np.array([-0.0, 0.0, 0.5, 1.0], dtype), size=(40, cols))
            t = rng.choice(np.array([0.0, 1.0], dtype), size=(40, cols))
            check(isa, name, 0, y, t, y.argmax(axis=1) if cols % 2 else np.zeros(40))

    def test_special_values(
        self, isa: str, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0], dtype)
        for cols in COLS:
            y, t = rng.choice(special, size=(2, 60, cols))
            check(isa, name, 1, y, t, rng.integers(0, cols, 60))
            y = np.full((cols, cols), -np.inf, dtype)
            np.fill_diagonal(y, np.nan)  # the only NaN wins wherever it stands
            got = check(isa, name, 0, y, np.eye(cols, dtype=dtype), np.arange(cols))
            assert name == "binary_accuracy" or np.all(got == 1.0)


def test_threshold(dtype: np.dtype[Any]) -> None:
    """y > threshold, strictly, the threshold rounded to real."""
    y = np.array([[0.3], [0.1], [np.nextafter(dtype.type(0.3), dtype.type(1))]], dtype)
    t = np.ones((3, 1), dtype)
    got = check("portable", "binary_accuracy", 0, y, t, np.zeros(3), threshold=0.3)
    assert got.tolist() == [0.0, 0.0, 1.0]


def test_label_past_the_columns(dtype: np.dtype[Any]) -> None:
    """A label that is no column is just wrong."""
    y = np.eye(3, dtype=dtype)
    got = check("portable", "sparse_accuracy", 0, y, y, np.array([3, -1, 2]))
    assert got.tolist() == [0.0, 0.0, 1.0]


def test_loss_has_no_kernel(isa: str, dtype: np.dtype[Any]) -> None:
    a = np.ones(4, dtype)
    with pytest.raises(ValueError, match="has no kernel"):
        _kernels.metric(isa, _core.METRICS["loss"], 1, 4, (a, 4), (a, 4), None, 0.5, np.empty(1))
