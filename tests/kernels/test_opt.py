"""opt (body/opt.inc.h): one step of each optimiser."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _core, _kernels

from .exact import fma
from .guarded import Memory, assert_same_bits

Array = NDArray[Any]
Reals = Callable[..., Array]

NAMES = list(_core.OPTIMIZERS)
SIZES = (0, 1, 2, 3, 5, 7, 8, 9, 13, 15, 16, 17, 31, 33, 63, 64, 65, 97, 127, 129)
# Enough for any optimiser; those that take fewer ignore the rest.
HYPER = (0.9, 0.99, 1e-7, 0.5, 0.25, 0.125, 0.0625, 0.03125)


def coefficients(name: str, step: int = 3) -> NDArray[np.float64]:
    return _kernels.opt_coefficients(_core.OPTIMIZERS[name], HYPER, 0.01, step)


def draw_state(name: str, n: int, reals: Reals) -> tuple[Array, list[Array], Array]:
    """w, slots, g. Slots after the first hold second moments: not negative."""
    slots = [reals(n) for _ in range(_kernels.optimizer_slots(_core.OPTIMIZERS[name]))]
    return reals(n), [s if i == 0 else np.abs(s) for i, s in enumerate(slots)], reals(n)


def step(isa: str, name: str, w: Array, slots: list[Array], g: Array) -> tuple[Array, list[Array]]:
    """New w and slots."""
    w, slots = w.copy(), [s.copy() for s in slots]
    _kernels.opt(isa, _core.OPTIMIZERS[name], w.size, w, slots, g, coefficients(name))
    return w, slots


@pytest.mark.parametrize("name", NAMES)
class TestEveryOptimizer:
    """Every optimiser in the table, known or not."""

    def check(self, isa: str, name: str, skew: int, w: Array, slots: list[Array], g: Array) -> None:
        mem = Memory(w.dtype, skew)
        bw, bg = mem.source(w, writable=True), mem.source(g)
        bs = [mem.source(s, writable=True) for s in slots]
        code, coefs = _core.OPTIMIZERS[name], coefficients(name)
        mem.compare(
            isa,
            lambda t: _kernels.opt(t, code, w.size, bw.flat, [s.flat for s in bs], bg.flat, coefs),
        )

    def test_sizes(
        self, isa: str, dtype: np.dtype[Any], name: str, skew: int, reals: Reals
    ) -> None:
        for n in SIZES:
            self.check(isa, name, skew, *draw_state(name, n, reals))

    def test_special_values(self, isa: str, dtype: np.dtype[Any], name: str) -> None:
        f = np.finfo(dtype)
        special = np.array(
            [0.0, -0.0, f.smallest_subnormal, f.smallest_normal, f.max, np.inf, -np.inf, np.nan, 1],
            dtype,
        )
        grid = np.array(np.meshgrid(special, special)).reshape(2, -1)
        slots = [np.abs(grid[1])] * _kernels.optimizer_slots(_core.OPTIMIZERS[name])
        self.check(isa, name, 0, np.ones_like(grid[0]), slots, grid[0])
        self.check(isa, name, 1, grid[0], slots, np.full_like(grid[0], 0.25))

    def test_cut_anywhere(self, dtype: np.dtype[Any], name: str, reals: Reals) -> None:
        """Parameters are independent: two calls on two parts are one call on the whole."""
        w, slots, g = draw_state(name, 200, reals)
        whole, whole_slots = step("portable", name, w, slots, g)
        for at in (1, 64, 103):
            a, a_slots = step("portable", name, w[:at], [s[:at] for s in slots], g[:at])
            b, b_slots = step("portable", name, w[at:], [s[at:] for s in slots], g[at:])
            assert_same_bits(np.concatenate([a, b]), whole)
            for s, t, both in zip(a_slots, b_slots, whole_slots, strict=True):
                assert_same_bits(np.concatenate([s, t]), both)

    def test_moves(self, dtype: np.dtype[Any], name: str, reals: Reals) -> None:
        """All but "none" change the parameters."""
        w, slots, g = draw_state(name, 20, reals)
        moved, _ = step("portable", name, w, slots, g)
        assert np.array_equal(moved, w) == (name == "none")


Formula = Callable[[Array, list[Array], Array, Array], tuple[Array, list[Array]]]


def none(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """Nothing."""
    return w, slots


def sgd(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """w - lr g."""
    return fma(-c[0], g, w), []


def momentum(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """s = mu s - lr g;  w + s."""
    new = fma(-c[0], g, c[1] * slots[0])
    return w + new, [new]


def nesterov(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """s = mu s - lr g;  w + mu s - lr g."""
    new = fma(-c[0], g, c[1] * slots[0])
    return w + fma(-c[0], g, c[1] * new), [new]


def adam(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """m += (g - m) k1;  v += (g^2 - v) k2;  w - alpha m / (sqrt v + eps)."""
    m, v = slots
    m = fma(g - m, c[1], m)
    v = fma(-fma(-g, g, v), c[2], v)
    return w - c[0] * m / (np.sqrt(v) + c[3]), [m, v]


# One rounding for each operation, as body/opt.inc.h states them.
FORMULAS: dict[str, Formula] = {
    "none": none,
    "sgd": sgd,
    "sgd_momentum": momentum,
    "sgd_nesterov": nesterov,
    "adam": adam,
}


class TestDefinition:
    """The portable tier against the formula, bit for bit."""

    @pytest.mark.parametrize("name", NAMES)
    def test_formula(self, dtype: np.dtype[Any], name: str, reals: Reals) -> None:
        w, slots, g = draw_state(name, 60, reals)
        want, want_slots = FORMULAS[name](w, slots, g, coefficients(name).astype(dtype))
        got, got_slots = step("portable", name, w, slots, g)
        assert_same_bits(got, want)
        for a, b in zip(got_slots, want_slots, strict=True):
            assert_same_bits(a, b)

    @pytest.mark.parametrize("t", [1, 2, 10, 1000, 10**6])
    def test_adam_coefficients(self, t: int) -> None:
        """alpha = lr sqrt(1 - beta_2^t) / (1 - beta_1^t); the powers are off by t roundings."""
        wide = np.longdouble
        lr, b1, b2 = wide(0.01), wide(HYPER[0]), wide(HYPER[1])
        alpha = lr * np.sqrt(1 - b2**t) / (1 - b1**t)
        got = coefficients("adam", t)
        # Relative error of b^t: t u; of 1 - b^t: t u b^t / (1 - b^t) <= u / (1 - b), 100 u here.
        assert abs(got[0] - alpha) <= alpha * 128 * 2.0**-53
        assert got[1] == 1.0 - HYPER[0]
        assert got[2] == 1.0 - HYPER[1]
        assert got[3] == HYPER[2]
