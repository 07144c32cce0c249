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
HYPER = (0.9, 0.99, 1e-7, 0.5, 0.25, 0.125)
# Weight decay and the limit of the gradient, and the decay of muon_adam in a place of its own: a
# variant of every kernel, like a factor of the gradient, which is a coefficient alone.
PREPARED = (0.0625, 0.75, 0.0625)
FACTOR = 0.875
# Slots that hold sums or means of squares: not negative.
SQUARES = {
    "adam": (1,), "adam_amsgrad": (1, 2), "adamax": (1,), "nadam": (1,), "rmsprop": (0,),
    "rmsprop_momentum": (0,), "rmsprop_centered": (0,), "rmsprop_centered_momentum": (0,),
    "adagrad": (0,), "adadelta": (0, 1), "ftrl": (0,), "ftrl_power": (0,), "lamb": (1,),
    "muon_adam": (1,),
}  # fmt: skip


def coefficients(
    name: str, step: int = 3, prepared: tuple[float, ...] = (), factor: float = 1.0
) -> NDArray[np.float64]:
    coefs = _kernels.opt_coefficients(_core.OPTIMIZERS[name], HYPER + prepared, 0.01, step)
    assert coefs[-1] == 1.0
    coefs[-1] = factor
    return coefs


def draw_state(name: str, n: int, reals: Reals) -> tuple[Array, list[Array], Array]:
    """w, slots, g."""
    slots = [reals(n) for _ in range(_kernels.optimizer_slots(_core.OPTIMIZERS[name]))]
    squares = SQUARES.get(name, ())
    return reals(n), [np.abs(s) if i in squares else s for i, s in enumerate(slots)], reals(n)


def step(
    isa: str, name: str, w: Array, slots: list[Array], g: Array, coefs: Array | None = None
) -> tuple[Array, list[Array]]:
    """New w and slots."""
    w, slots = w.copy(), [s.copy() for s in slots]
    coefs = coefficients(name) if coefs is None else coefs
    _kernels.opt(isa, _core.OPTIMIZERS[name], w.size, w, slots, g, coefs)
    return w, slots


@pytest.mark.parametrize("name", NAMES)
class TestEveryOptimizer:
    """Every optimiser in the table, known or not."""

    def check(self, isa: str, name: str, skew: int, w: Array, slots: list[Array], g: Array) -> None:
        mem = Memory(w.dtype, skew)
        bw, bg = mem.source(w, writable=True), mem.source(g)
        bs = [mem.source(s, writable=True) for s in slots]
        code = _core.OPTIMIZERS[name]
        for coefs in (
            coefficients(name),
            coefficients(name, prepared=PREPARED),
            coefficients(name, factor=FACTOR),
        ):

            def run(tier: str, coefs: Array = coefs) -> None:
                _kernels.opt(tier, code, w.size, bw.flat, [s.flat for s in bs], bg.flat, coefs)

            mem.compare(isa, run)

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


def mean(s: Array, x: Array, k: Array) -> Array:
    """s += (x - s) k."""
    return fma(x - s, k, s)


def mean_square(s: Array, x: Array, k: Array) -> Array:
    """s += (x^2 - s) k."""
    return fma(-fma(-x, x, s), k, s)


def amsgrad(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """Adam over the root of the largest v."""
    m, v = mean(slots[0], g, c[1]), mean_square(slots[1], g, c[2])
    largest = np.maximum(slots[2], v)
    return w - c[0] * m / (np.sqrt(largest) + c[3]), [m, v, largest]


def adamax(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """u = max(b2 u, |g|);  w - alpha m / (u + eps)."""
    m, u = mean(slots[0], g, c[1]), np.maximum(slots[1] * c[2], np.abs(g))
    return w - c[0] * m / (u + c[3]), [m, u]


def nadam(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """w - (c0 m + c4 g) / (r sqrt v + eps)."""
    m, v = mean(slots[0], g, c[1]), mean_square(slots[1], g, c[2])
    return w - fma(c[0], m, c[4] * g) / fma(np.sqrt(v), c[5], c[3]), [m, v]


def lamb(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """w - c0 m / (r sqrt v + eps)."""
    m, v = mean(slots[0], g, c[1]), mean_square(slots[1], g, c[2])
    return w - c[0] * m / fma(np.sqrt(v), c[5], c[3]), [m, v]


def muon(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """m = mu m + g;  w - (mu m + g), what the iteration starts from; the other slot is Adam's."""
    m = fma(c[0], slots[0], g)
    return w - fma(c[1], m, c[2] * g), [m, slots[1]]


def rmsprop(momentum: bool, centered: bool) -> Formula:
    """w - lr g / sqrt(d), or the sum of these steps."""

    def formula(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
        v = mean_square(slots[0], g, c[1])
        out, d = [v], v
        a = mean(slots[-1], g, c[1])
        if centered:
            d = np.maximum(fma(-a, a, v), 0)
        change = c[0] * g / np.sqrt(d + c[2])
        if momentum:
            change = fma(c[3], slots[1], change)
            out.append(change)
        return w - change, out + [a] * centered

    return formula


def adagrad(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """a = a + g^2;  w - lr g / sqrt(a + eps)."""
    a = fma(g, g, slots[0])
    return w - c[0] * g / np.sqrt(a + c[1]), [a]


def adadelta(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """d = g sqrt(x + eps) / sqrt(a + eps);  w - lr d."""
    a = mean_square(slots[0], g, c[1])
    d = np.sqrt(slots[1] + c[2]) * g / np.sqrt(a + c[2])
    return fma(-c[0], d, w), [a, mean_square(slots[1], d, c[1])]


def lion(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
    """w - lr sign(b1 m + (1 - b1) g)."""
    sign = np.sign(fma(c[1], slots[0], c[2] * g))
    return w - c[0] * sign, [mean(slots[0], g, c[3])]


def ftrl(power: Callable[[Array], Array]) -> Formula:
    """The weight from the sums, b^p being power(b)."""

    def formula(w: Array, slots: list[Array], g: Array, c: Array) -> tuple[Array, list[Array]]:
        b = fma(g, g, slots[0])
        pull = (power(b) - power(slots[0])) * c[0]
        z = slots[1] + fma(-pull, w, fma(c[3], w, g))
        left = np.clip(z, -c[1], c[1]) - z
        return left / fma(power(b), c[0], c[2]), [b, z]

    return formula


# One rounding for each operation, as body/opt_rules.inc.h states them.
FORMULAS: dict[str, Formula] = {
    "none": none,
    "sgd": sgd,
    "sgd_momentum": momentum,
    "sgd_nesterov": nesterov,
    "adam": adam,
    "adam_amsgrad": amsgrad,
    "adamax": adamax,
    "nadam": nadam,
    "rmsprop": rmsprop(False, False),
    "rmsprop_momentum": rmsprop(True, False),
    "rmsprop_centered": rmsprop(False, True),
    "rmsprop_centered_momentum": rmsprop(True, True),
    "adagrad": adagrad,
    "adadelta": adadelta,
    "lion": lion,
    "ftrl": ftrl(np.sqrt),
    "ftrl_power": ftrl(np.ones_like),
    "lamb": lamb,
    "muon": muon,
    "muon_adam": adam,
}


class TestDefinition:
    """The portable tier against the formula, bit for bit."""

    @pytest.mark.parametrize("name", NAMES)
    def test_formula(self, dtype: np.dtype[Any], name: str, reals: Reals) -> None:
        """Plain, and with the gradient scaled and clipped and the weight decayed first.

        ftrl_power is tried with the power 0, which needs no logarithm; with others it is held by
        the trajectories of the twin.
        """
        w, slots, g = draw_state(name, 60, reals)
        for prepared, factor in (((), 1.0), (PREPARED, 1.0), (PREPARED, FACTOR)):
            coefs = coefficients(name, prepared=prepared, factor=factor)
            if name == "ftrl_power":
                coefs[4] = 0.0
            c, near, slope = coefs.astype(dtype), w, g
            if prepared and name != "none":
                near = fma(-dtype.type(0.0625 * 0.01), w, w)
                slope = np.clip(g * dtype.type(factor), -dtype.type(0.75), dtype.type(0.75))
                assert not np.array_equal(slope, g)
            want, want_slots = FORMULAS[name](near, slots, slope, c)
            got, got_slots = step("portable", name, w, slots, g, coefs)
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
