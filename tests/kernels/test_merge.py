"""merge_fwd, merge_bwd (body/merge.inc.h), dot_fwd, dot_bwd (body/dot.inc.h)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _kernels

from .guarded import Memory, assert_same_bits

Array = NDArray[Any]
Reals = Callable[..., Array]

COLS = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 67)


def value(name: str, a: Array, b: Array) -> Array:
    """The definition, by NumPy's operations of one rounding each."""
    with np.errstate(all="ignore"):
        return {
            "add": lambda: a + b,
            "subtract": lambda: a - b,
            "multiply": lambda: a * b,
            "average": lambda: (a + b) / a.dtype.type(3),
            "maximum": lambda: np.maximum(a, b),
            "minimum": lambda: np.minimum(a, b),
            "divide": lambda: a / b,
        }[name]()


def slope(name: str, mine: Array, other: Array, d: Array, side: int) -> Array:
    """Gradient of one of the two."""
    if name in ("maximum", "minimum"):
        first = mine > other if name == "maximum" else mine < other
        return np.where(first, d, np.where(mine == other, d * d.dtype.type(0.5), 0)).astype(d.dtype)
    with np.errstate(all="ignore"):
        return {
            "add": lambda: d,
            "subtract": lambda: -d if side else d,
            "multiply": lambda: d * other,
            "average": lambda: d / d.dtype.type(3),
            "divide": lambda: -((d / mine) * (other / mine)) if side else d / other,
        }[name]()


@pytest.mark.parametrize("name", _kernels.MERGES)
def test_merge(name: str, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
    """Every size, gaps between rows, the result over an input; equal elements and NaN."""
    for cols in COLS:
        a, b = reals(3, cols), reals(3, cols)
        b[0, 0] = a[0, 0]
        a[1, 0] = b[2, cols - 1] = np.nan
        mem = Memory(dtype, skew)
        blocks = mem.source(a, ld=cols + 3), mem.source(b), mem.target(3, cols, ld=cols + 1)
        call = partial(_kernels.merge_fwd, name=name, rows=3, cols=cols, param=3.0)
        pairs = dict(zip("aby", (block.pair for block in blocks), strict=True))
        (got,) = mem.run(isa, partial(call, **pairs))
        assert_same_bits(got, value(name, a, b), name)
        for over in "ab":
            mem = Memory(dtype, skew)
            made = {k: mem.source(v, writable=k == over) for k, v in (("a", a), ("b", b))}
            pairs = {k: block.pair for k, block in made.items()}
            (got,) = mem.run(isa, partial(call, **pairs, y=pairs[over]))
            assert_same_bits(got, value(name, a, b), f"{name} over {over}")


@pytest.mark.parametrize("add", [False, True])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("name", _kernels.MERGES)
def test_merge_gradient(
    name: str, side: int, add: bool, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals
) -> None:
    for cols in COLS:
        a, b, d, before = (reals(3, cols) for _ in range(4))
        b[0, 0] = a[0, 0]
        mem = Memory(dtype, skew)
        pairs = {"a": mem.source(a).pair, "b": mem.source(b, ld=cols + 2).pair,
                 "dy": mem.source(d, ld=cols + 1).pair,
                 "dx": mem.source(before, writable=True).pair}  # fmt: skip
        call = partial(
            _kernels.merge_bwd, name=name, rows=3, cols=cols, side=side, add=add, param=3.0
        )
        (got,) = mem.run(isa, partial(call, **pairs))
        want = slope(name, *((b, a) if side else (a, b)), d, side)
        assert_same_bits(got, before + want if add else want, name)
    mem = Memory(dtype, skew)  # over the gradient of the result
    grad = mem.source(d, writable=True).pair
    pairs = {"a": mem.source(a).pair, "b": mem.source(b).pair, "dy": grad, "dx": grad}
    (got,) = mem.run(isa, partial(call, **{**pairs, "add": False}))
    assert_same_bits(got, want, name)


SHAPES = [
    (((1, n), (1, n)), (1, 1)) for n in (1, 2, 15, 16, 17, 33, 64)
] + [
    (((3, 5), (4, 5)), (1, 1)), (((5, 3), (5, 2)), (0, 0)), (((18, 3), (4, 18)), (0, 1)),
    (((4, 17), (17, 5)), (1, 0)),
]  # fmt: skip


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize(("shapes", "axes"), SHAPES, ids=str)
def test_dot(
    shapes: Any, axes: Any, normalize: bool, isa: str, dtype: np.dtype[Any], skew: int,
    reals: Reals,
) -> None:  # fmt: skip
    """All tiers alike; near float64's values; the gradients add or write."""
    samples = 3
    a, b = (reals(samples, *shape) for shape in shapes)
    if normalize:
        a[1] = 0  # shorter than the bound
    counts = [shape[1 - axis] for shape, axis in zip(shapes, axes, strict=True)]
    mem = Memory(dtype, skew)
    pairs = {
        "a": mem.source(a.reshape(-1, shapes[0][1]), ld=shapes[0][1] + 3).pair,
        "b": mem.source(b.reshape(-1, shapes[1][1])).pair,
        "y": mem.target(samples * counts[0], counts[1]).pair,
    }
    call = partial(_kernels.dot_fwd, samples=samples, shapes=shapes, axes=axes, normalize=normalize)
    (y,) = mem.compare(isa, partial(call, **pairs))
    u, v = (x.astype(np.float64) if axis else np.swapaxes(x, 1, 2).astype(np.float64)
            for x, axis in zip((a, b), axes, strict=True))  # fmt: skip
    lengths = [np.maximum(np.linalg.norm(x, axis=2, keepdims=True), 1e-7) for x in (u, v)]
    if normalize:
        u, v = u / lengths[0], v / lengths[1]
    want = np.einsum("sik,sjk->sij", u, v)
    size = np.einsum("sik,sjk->sij", np.abs(u), np.abs(v))
    roundings = np.finfo(dtype).eps * (u.shape[2] + 10)
    assert (np.abs(y.reshape(want.shape) - want) <= roundings * size).all()

    d = reals(samples * counts[0], counts[1])
    for side in (0, 1):
        source, other, length = (u, v, lengths[0]) if side == 0 else (v, u, lengths[1])
        dy = d.reshape(want.shape).astype(np.float64)
        dy = dy if side == 0 else np.swapaxes(dy, 1, 2)
        grad = np.einsum("sij,sjk->sik", dy, other)
        terms = np.einsum("sij,sjk->sik", np.abs(dy), np.abs(other))
        if normalize:
            along = np.where(length > 1e-7, (source * grad).sum(axis=2, keepdims=True), 0)
            grad = (grad - source * along) / length
            terms = 2 * terms.sum(axis=2, keepdims=True) / length  # of unit vectors
        terms = np.broadcast_to(terms, grad.shape)
        if not axes[side]:
            grad, terms = np.swapaxes(grad, 1, 2), np.swapaxes(terms, 1, 2)
        for add in (False, True):
            mem = Memory(dtype, skew)
            before = reals(samples * shapes[side][0], shapes[side][1])
            ld = shapes[side][1] + (3 if side == 0 else 0)
            pairs = {
                "a": mem.source(a.reshape(-1, shapes[0][1]), ld=shapes[0][1] + 3).pair,
                "b": mem.source(b.reshape(-1, shapes[1][1])).pair,
                "y": mem.source(y).pair, "dy": mem.source(d).pair,
                "dx": mem.source(before, ld=ld, writable=True).pair,
            }  # fmt: skip
            back = partial(_kernels.dot_bwd, samples=samples, shapes=shapes, axes=axes,
                           normalize=normalize, side=side, add=add)  # fmt: skip
            (got,) = mem.compare(isa, partial(back, **pairs))
            expected = grad.reshape(got.shape) + (before if add else 0)
            limit = np.finfo(dtype).eps * (u.shape[2] + sum(counts) + 10)
            size = terms.reshape(got.shape) + np.abs(before) * add
            assert (np.abs(got - expected) <= limit * size).all()
