"""loss (body/loss*.inc.h): row values, gradients and probabilities."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _core, _kernels
from reference.losses import EPSILON, LOSSES, one_hot
from tolerance import assert_ulp, kernel_activation_ulp, loss_bound

from .exact import tree_sum
from .guarded import Block, Memory, assert_same_bits
from .loss_sizes import sizes
from .wide import cast, wide

Array = NDArray[Any]
Reals = Callable[..., Array]

NAMES = list(LOSSES)  # every loss of the core, some at several parameters
LOGITS = [n for n in NAMES if LOSSES[n].logits]
PROBABILITY = {n: "softmax" if LOSSES[n].classes or LOSSES[n].sparse else "sigmoid" for n in LOGITS}
PROBABILITY |= {n: "exponential" for n in NAMES if LOSSES[n].kernel == "tweedie_log"}
COLS = (1, 2, 3, 7, 8, 9, 13, 15, 16, 17, 31, 33, 49)
ROWS = (0, 1, 17)
# Where dy and p go: nowhere, to memory of their own, over y.
PLACES = ((None, None), ("own", None), ("y", None), ("own", "own"), (None, "y"), ("own", "y"))


def draw(
    name: str, rng: np.random.Generator, dtype: np.dtype[Any], rows: int, cols: int
) -> tuple[Array, Array, NDArray[np.int32]]:
    """Predictions in the domain of the loss, targets, labels."""
    y = rng.normal(size=(rows, cols)) * 3.0
    t = rng.normal(size=(rows, cols))
    if LOSSES[name].probabilities:
        y = rng.uniform(0.01, 0.99, (rows, cols))
    if LOSSES[name].classes:
        t = rng.dirichlet(np.ones(cols), rows)
    if LOSSES[name].binary:
        t = rng.random((rows, cols))
    if LOSSES[name].positive:
        t = rng.uniform(0.01, 0.99, (rows, cols))
    if name == "mape":
        t = t + np.copysign(0.5, t)
    return y.astype(dtype), t.astype(dtype), rng.integers(0, cols, rows).astype(np.int32)


def call(
    isa: str,
    name: str,
    y: Block,
    t: Block,
    labels: Block,
    weight: Block | None,
    row_loss: Block,
    dy: Block | None = None,
    p: Block | None = None,
    scale: float = 0.25,
    smoothing: float = 0.0,
) -> None:
    twin = LOSSES[name]
    sparse = _kernels.loss_is_sparse(_core.LOSSES[twin.kernel])
    assert sparse == twin.sparse
    _kernels.loss(
        isa,
        _core.LOSSES[twin.kernel],
        y.rows,
        y.cols,
        y.pair,
        None if sparse else t.pair,
        labels.flat if sparse else None,
        None if weight is None else weight.flat,
        scale,
        twin.params(smoothing),
        row_loss.flat,
        None if dy is None else dy.pair,
        None if p is None else p.pair,
        None if twin.columns is None else twin.columns(y.cols),
    )


def test_every_loss_of_the_core_is_here() -> None:
    assert {twin.kernel for twin in LOSSES.values()} == set(_core.LOSSES)


@pytest.mark.parametrize("name", NAMES)
class TestEqualBits:
    """Every tier against the portable one, in every combination of outputs."""

    def check(
        self,
        isa: str,
        name: str,
        skew: int,
        y: Array,
        t: Array,
        labels: Array,
        weight: Array | None,
        smoothing: float,
    ) -> None:
        rows, cols = y.shape
        losses: list[Array] = []
        gradients: list[Array] = []
        probabilities: list[Array] = []
        for dy_at, p_at in PLACES:
            if p_at and name not in PROBABILITY:
                continue
            mem = Memory(y.dtype, skew)
            by = mem.source(y, ld=cols + 3, writable="y" in (dy_at, p_at))
            bt, bl = mem.source(t, ld=cols + 1), mem.source(labels)
            bw = None if weight is None else mem.source(weight)
            value = mem.target(1, rows, dtype=np.float64)
            dy = by if dy_at == "y" else mem.target(rows, cols, ld=cols + 2) if dy_at else None
            p = by if p_at == "y" else mem.target(rows, cols, ld=cols + 5) if p_at else None
            run = partial(
                call,
                name=name,
                y=by,
                t=bt,
                labels=bl,
                weight=bw,
                row_loss=value,
                dy=dy,
                p=p,
                smoothing=smoothing,
            )
            mem.compare(isa, run)
            losses.append(value.values)
            gradients += [] if dy is None else [dy.values]
            probabilities += [] if p is None else [p.values]
        # The same numbers wherever they are put.
        for first, *others in filter(None, (losses, gradients, probabilities)):
            for other in others:
                assert_same_bits(other, first)

    def test_sizes(
        self,
        isa: str,
        dtype: np.dtype[Any],
        name: str,
        skew: int,
        rng: np.random.Generator,
    ) -> None:
        for cols in COLS:
            for rows in ROWS if cols < 10 else (3,):
                y, t, labels = draw(name, rng, dtype, rows, cols)
                weight = rng.random(rows).astype(dtype) if rows % 2 else None
                first = LOSSES[name].param
                smoothing = 0.1 * (cols % 2) if first is None else first
                self.check(isa, name, skew, y, t, labels, weight, smoothing)

    def test_special_values(
        self, isa: str, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        f = np.finfo(dtype)
        special = np.array(
            [0, -0.0, 1, 1e-7, 1 - 1e-7, f.smallest_subnormal, f.max, np.inf, -np.inf, np.nan, 200],
            dtype,
        )
        for cols in (1, 3, 17):
            y = rng.choice(special, size=(66, cols))
            t = rng.choice(np.array([0, 1, 0.5, np.nan], dtype), size=y.shape)
            labels = rng.integers(0, cols, 66).astype(np.int32)
            self.check(isa, name, 0, y, t, labels, None, LOSSES[name].param or 0.0)


def evaluate(
    name: str,
    y: Array,
    t: Array,
    labels: Array,
    weight: Array | None = None,
    scale: float = 1.0,
    smoothing: float = 0.0,
) -> tuple[Array, Array, Array]:
    """row_loss, dy, p of the portable tier."""
    rows, cols = y.shape
    mem = Memory(y.dtype)
    by, bt, bl = mem.source(y), mem.source(t), mem.source(labels)
    bw = None if weight is None else mem.source(weight)
    value, dy = mem.target(1, rows, dtype=np.float64), mem.target(rows, cols)
    p = mem.target(rows, cols) if name in PROBABILITY else None
    out = mem.run(
        "portable",
        lambda n: call(n, name, by, bt, bl, bw, value, dy, p, scale=scale, smoothing=smoothing),
    )
    return out[0].reshape(-1), out[1], out[2] if p else y


@pytest.mark.parametrize("name", NAMES)
class TestDefinition:
    """The portable tier against the twin's formula in longdouble."""

    @pytest.mark.parametrize("smoothing", [0.0, 0.1])
    @pytest.mark.parametrize("cols", [1, 2, 10, 33])
    def test_twin(
        self,
        dtype: np.dtype[Any],
        name: str,
        cols: int,
        smoothing: float,
        rng: np.random.Generator,
    ) -> None:
        y, t, labels = draw(name, rng, dtype, 40, cols)
        smoothing += LOSSES[name].param or 0.0
        got, dy, p = evaluate(name, y, t, labels, smoothing=smoothing)
        twin = LOSSES[name]
        truth = labels if twin.sparse else cast(t)
        rows = twin.rows(truth, cast(y), cast(smoothing))
        grad = twin.grad(truth, cast(y), cast(smoothing))
        loss_size, grad_size = sizes(name, y, t if not twin.sparse else one_hot(labels, cols))
        bound = loss_bound(name, cols, loss_size, dtype)
        assert np.all(np.abs(got - rows) <= bound)
        if cols > 1 or not (twin.classes or twin.sparse):  # with one category the loss is 0
            assert np.all(bound < 0.01 * np.abs(rows).mean()), "the bound catches nothing"
        bound = loss_bound(name, cols, grad_size, dtype)
        assert np.all(np.abs(cast(dy) - grad) <= bound)
        if name in PROBABILITY:
            kind = PROBABILITY[name]
            assert_ulp(p, wide(kind).value(cast(y)), kernel_activation_ulp(kind, y), kind)

    def test_weights_and_scale(
        self, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        """Rows are weighted and scaled in the gradient, not in their own loss. Powers of two:
        every product is exact."""
        y, t, labels = draw(name, rng, dtype, 20, 5)
        first = LOSSES[name].param or 0.0
        weight = (2.0 ** rng.integers(-3, 4, 20)).astype(dtype)
        plain, dy, _ = evaluate(name, y, t, labels, smoothing=first)
        got, scaled, _ = evaluate(name, y, t, labels, weight, scale=0.25, smoothing=first)
        assert_same_bits(got, plain)
        assert_same_bits(scaled, dy * dtype.type(0.25) * weight[:, None])

    def test_rows_are_independent(
        self, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        """A row has the bits it has alone; NaN in one spoils no other."""
        y, t, labels = draw(name, rng, dtype, 20, 6)
        labels[11] = 0  # a row that counts
        run = partial(evaluate, name, smoothing=LOSSES[name].param or 0.0)
        got, dy, _ = run(y, t, labels)
        y[11] = np.nan
        with np.errstate(invalid="ignore"):
            spoiled, spoiled_dy, _ = run(y, t, labels)
        others = np.arange(20) != 11
        assert np.isnan(spoiled[11])
        assert_same_bits(spoiled[others], got[others])
        assert_same_bits(spoiled_dy[others], dy[others])
        for r in range(0, 11, 5):
            alone, alone_dy, _ = run(y[r : r + 1], t[r : r + 1], labels[r : r + 1])
            assert_same_bits(alone, got[r : r + 1])
            assert_same_bits(alone_dy, dy[r : r + 1])


@pytest.mark.parametrize(
    ("name", "share"),
    [("bce_logits", 0.5), ("cce_logits", 1.0), ("scce_logits", 1.0), ("binary_focal_logits", 0.5),
     ("categorical_focal_logits", 0.25)],
)  # fmt: skip
def test_large_logits(dtype: np.dtype[Any], name: str, share: float) -> None:
    """From logits the loss is stable: no overflow, no log of zero."""
    z = np.array([[200.0, -200.0], [-200.0, 200.0], [1e4, -1e4]], dtype)
    t = np.array([[1.0, 0.0]] * 3, dtype)
    got, dy, p = evaluate(name, z, t, np.zeros(3, np.int32))
    difference = 400.0 * share
    assert got[0] <= 1e-30
    assert got[1] == difference
    assert got[2] == 0.0
    want = np.array([[0.0, 0.0], [-1.0, 1.0], [0.0, 0.0]]) * share
    assert np.all(np.abs(dy - want) <= 1e-30)
    assert np.all(np.abs(p - np.array([[1, 0], [0, 1], [1, 0]])) <= 1e-30)


@pytest.mark.parametrize("name", ["bce", "cce", "scce"])
def test_clipped_probabilities(dtype: np.dtype[Any], name: str) -> None:
    """Zero and one are kept from the logarithm, and have no gradient there."""
    y = np.array([[0.0, 1.0], [1.0, 0.0]], dtype)
    t = np.array([[1.0, 0.0], [1.0, 0.0]], dtype)
    got, dy, _ = evaluate(name, y, t, np.zeros(2, np.int32))
    # The upper bound is 1 - 1e-7 rounded to real; its distance to 1 is exact.
    low = -np.log(np.float64(dtype.type(EPSILON)))
    high = -np.log(1.0 - np.float64(dtype.type(1.0 - EPSILON)))
    want = 0.5 * (low + high) if name == "bce" else low
    assert abs(got[0] - want) <= loss_bound(name, 2, want, dtype)
    assert 0.0 < got[1] < 2e-7
    assert np.all(dy == 0.0)


@pytest.mark.parametrize("cols", [1, 7, 16, 17, 100, 1000])
def test_tree_order(dtype: np.dtype[Any], cols: int, reals: Reals) -> None:
    """The sum of a row in TREE order, in real; then a double, and divided if it is a mean."""
    y, t = reals(5, cols), reals(5, cols)
    labels = np.zeros(5, np.int32)
    squares = tree_sum((y - t) * (y - t)).astype(np.float64)
    assert_same_bits(evaluate("sse", y, t, labels)[0], squares)
    assert_same_bits(evaluate("mse", y, t, labels)[0], squares / cols)
    distances = tree_sum(np.abs(y - t)).astype(np.float64)
    assert_same_bits(evaluate("mae", y, t, labels)[0], distances / cols)
