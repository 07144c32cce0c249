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
from .wide import cast, wide

Array = NDArray[Any]
Reals = Callable[..., Array]

NAMES = list(_core.LOSSES)
LOGITS = [n for n in NAMES if n.endswith("_logits")]
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
    if "ce" in name:
        t = rng.dirichlet(np.ones(cols), rows) if "cce" in name else rng.random((rows, cols))
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
    sparse = _kernels.loss_is_sparse(_core.LOSSES[name])
    _kernels.loss(
        isa,
        _core.LOSSES[name],
        y.rows,
        y.cols,
        y.pair,
        None if sparse else t.pair,
        labels.flat if sparse else None,
        None if weight is None else weight.flat,
        scale,
        (smoothing, 0.0),
        row_loss.flat,
        None if dy is None else dy.pair,
        None if p is None else p.pair,
    )


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
            if p_at and name not in LOGITS:
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
                self.check(isa, name, skew, y, t, labels, weight, 0.1 * (cols % 2))

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
            self.check(isa, name, 0, y, t, rng.integers(0, cols, 66).astype(np.int32), None, 0.0)


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
    p = mem.target(rows, cols) if name in LOGITS else None
    out = mem.run(
        "portable",
        lambda n: call(n, name, by, bt, bl, bw, value, dy, p, scale=scale, smoothing=smoothing),
    )
    return out[0].reshape(-1), out[1], out[2] if p else y


@pytest.mark.parametrize("name", NAMES)
class TestDefinition:
    """The portable tier against the twin's formula in longdouble."""

    def sizes(self, name: str, y: Array, t: Array) -> tuple[Array, Array]:
        """Size of the terms of a row's loss, and of its gradient."""
        y64, t64 = np.abs(y.astype(np.float64)), np.abs(t.astype(np.float64))
        cols = y.shape[1]
        size = {
            "mape": (lambda: ((100.0 * (y64 + t64) / t64).sum(axis=1), 100.0 / t64)),
            "msle": (lambda: (2.0 * (y64 + t64).sum(axis=1), 4.0 + y64)),
            "huber": (lambda: ((1.0 + y64 + t64).sum(axis=1), 1.0 + y64 + t64)),
            "log_cosh": (lambda: ((1.0 + y64 + t64).sum(axis=1), 1.0 + y64 + t64)),
            "poisson": (lambda: ((y64 - t64 * np.log(y64) + 1.0).sum(axis=1), 1.0 + t64 / y64)),
            "kld": (lambda: ((t64 * (1.0 + np.abs(np.log(t64 / y64)))).sum(axis=1), t64 / y64)),
        }.get(name)
        if size is not None:
            return size()
        if name in ("mse", "sse", "mae"):
            both = y64 + t64
            loss = both if name == "mae" else both * both
            return loss.sum(axis=1), np.maximum(2.0 * both, 1.0)
        if name == "bce":
            q = np.clip(y64, EPSILON, 1 - EPSILON)
            return (1.0 - np.log(q) - np.log1p(-q)).sum(axis=1), 2.0 / (q * (1 - q))
        total = t64.sum(axis=1) + 1.0
        if name.endswith("logits"):
            spread = y64.max(axis=1) * 2.0 + np.log(cols) + 1.0
            loss = total * spread if "cce" in name else (1.0 + y64).sum(axis=1)
            # A probability's argument z - max z is rounded once.
            return loss, np.broadcast_to((total * (1.0 + spread))[:, None], y.shape)
        q = y64 / y64.sum(axis=1, keepdims=True)
        return (
            total * (1.0 - np.log(q.min(axis=1))),
            (total[:, None] + (t64 + 1.0) / q) / y64.sum(axis=1, keepdims=True),
        )

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
        loss_size, grad_size = self.sizes(name, y, t if not twin.sparse else one_hot(labels, cols))
        scale = 1.0 if name in ("sse", "kld") else 1.0 / (cols if "cce" not in name else 1)
        bound = loss_bound(name, cols, loss_size * scale, dtype)
        assert np.all(np.abs(got - rows) <= bound)
        if cols > 1 or "cce" not in name:  # with one category the loss is 0
            assert np.all(bound < 0.01 * np.abs(rows).mean()), "the bound catches nothing"
        bound = loss_bound(name, cols, grad_size * scale, dtype)
        assert np.all(np.abs(cast(dy) - grad) <= bound)
        if name in LOGITS:
            kind = "softmax" if "cce" in name else "sigmoid"
            assert_ulp(p, wide(kind).value(cast(y)), kernel_activation_ulp(kind, y), kind)

    def test_weights_and_scale(
        self, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        """Rows are weighted and scaled in the gradient, not in their own loss. Powers of two:
        every product is exact."""
        y, t, labels = draw(name, rng, dtype, 20, 5)
        weight = (2.0 ** rng.integers(-3, 4, 20)).astype(dtype)
        plain, dy, _ = evaluate(name, y, t, labels)
        got, scaled, _ = evaluate(name, y, t, labels, weight, scale=0.25)
        assert_same_bits(got, plain)
        assert_same_bits(scaled, dy * dtype.type(0.25) * weight[:, None])

    def test_rows_are_independent(
        self, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        """A row has the bits it has alone; NaN in one spoils no other."""
        y, t, labels = draw(name, rng, dtype, 20, 6)
        got, dy, _ = evaluate(name, y, t, labels)
        y[11] = np.nan
        with np.errstate(invalid="ignore"):
            spoiled, spoiled_dy, _ = evaluate(name, y, t, labels)
        others = np.arange(20) != 11
        assert np.isnan(spoiled[11])
        assert_same_bits(spoiled[others], got[others])
        assert_same_bits(spoiled_dy[others], dy[others])
        for r in range(0, 11, 5):
            alone, alone_dy, _ = evaluate(name, y[r : r + 1], t[r : r + 1], labels[r : r + 1])
            assert_same_bits(alone, got[r : r + 1])
            assert_same_bits(alone_dy, dy[r : r + 1])


@pytest.mark.parametrize("name", LOGITS)
def test_large_logits(dtype: np.dtype[Any], name: str) -> None:
    """From logits the loss is stable: no overflow, no log of zero."""
    z = np.array([[200.0, -200.0], [-200.0, 200.0], [1e4, -1e4]], dtype)
    t = np.array([[1.0, 0.0]] * 3, dtype)
    got, dy, p = evaluate(name, z, t, np.zeros(3, np.int32))
    share = 1.0 if "cce" in name else 0.5
    difference = 400.0 if "cce" in name else 200.0
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
