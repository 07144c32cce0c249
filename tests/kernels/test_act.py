"""act_fwd and act_bwd (body/act.inc.h, body/act_softmax.inc.h and the vmath files under them)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _core, _kernels
from reference.activations import ACTIVATIONS
from tolerance import assert_ulp, kernel_activation_ulp, kernel_derivative_bound

from .guarded import Memory, assert_same_bits, round_up
from .wide import cast, wide

Array = NDArray[Any]
Reals = Callable[..., Array]

NAMES = list(_core.ACTIVATIONS)
ELEMENTWISE = [n for n in NAMES if _kernels.act_elementwise(_core.ACTIVATIONS[n])]
# 0, 1, primes, and every vector of 2 to 16 lanes with its neighbours, past twice the largest.
COLS = (0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 15, 16, 17, 19, 23, 29, 31, 32, 33, 47, 48, 49)


def specials(dtype: np.dtype[Any]) -> Array:
    """Zeros, infinities, NaN, subnormals, the largest, and round the ends of the functions."""
    f = np.finfo(dtype)
    positive = np.array(
        [
            0.0,
            f.smallest_subnormal,
            f.smallest_normal - f.smallest_subnormal,
            f.smallest_normal,
            1e-7,
            0.5,
            1.0,
            1.0 + f.eps,
            3.0,
            9.0,
            14.7,
            17.0,
            39.0,
            87.5,
            88.8,
            103.9,
            104.0,
            120.0,
            709.0,
            709.8,
            745.2,
            800.0,
            1e30,
            f.max,
            np.inf,
            np.nan,
        ],
        dtype,
    )
    return np.concatenate([positive, -positive])


def grid(dtype: np.dtype[Any], rng: np.random.Generator, count: int = 4000) -> Array:
    """Numbers of every size from 2^-20 to 2^10, where the functions do all they do, and some of
    the whole range of exponents."""
    exponent = rng.uniform(-20, 10, count)
    far = rng.uniform(-140 if dtype == np.float32 else -1060, 120, count // 8)
    size = 2.0 ** np.concatenate([exponent, far])
    dense = rng.uniform(-20.0, 20.0, count)
    return np.concatenate([size, -size, dense]).astype(dtype)


def forward(isa: str, name: str, z: Array) -> Array:
    y = np.empty_like(z)
    rows, cols = z.shape
    code, params = _core.ACTIVATIONS[name], ACTIVATIONS[name].params
    _kernels.act_fwd(isa, code, rows, cols, (z.reshape(-1), cols), (y.reshape(-1), cols), params)
    return y


def backward(isa: str, name: str, ref: Array, d: Array) -> Array:
    d = d.copy()
    rows, cols = ref.shape
    code, params = _core.ACTIVATIONS[name], ACTIVATIONS[name].params
    _kernels.act_bwd(isa, code, rows, cols, (ref.reshape(-1), cols), (d.reshape(-1), cols), params)
    return d


def wide_params(name: str, dtype: np.dtype[Any]) -> list[Array]:
    """The parameters as the kernel has them: rounded to real."""
    return [cast(dtype.type(p)) for p in ACTIVATIONS[name].params]


def reference_of(name: str, z: Array) -> Array:
    """What act_bwd reads: z, or y of the portable tier."""
    return z if _kernels.act_needs_z(_core.ACTIVATIONS[name]) else forward("portable", name, z)


@pytest.mark.parametrize("name", NAMES)
class TestEqualBits:
    """Every tier against the portable one."""

    def check(self, isa: str, name: str, skew: int, z: Array, d: Array) -> None:
        """Out of place with gaps, in place, and backward."""
        (rows, cols), code = z.shape, _core.ACTIVATIONS[name]
        params = ACTIVATIONS[name].params
        mem = Memory(z.dtype, skew)
        source, out = mem.source(z, ld=cols + 3), mem.target(rows, cols, ld=cols + 1)
        (y,) = mem.compare(
            isa,
            lambda t: _kernels.act_fwd(t, code, rows, cols, source.pair, out.pair, params),
        )
        mem = Memory(z.dtype, skew)
        both = mem.source(z, ld=cols + 2, writable=True)
        (again,) = mem.compare(
            isa, lambda t: _kernels.act_fwd(t, code, rows, cols, both.pair, both.pair, params)
        )
        assert_same_bits(again, y, "in place")
        mem = Memory(z.dtype, skew)
        ref = mem.source(z if _kernels.act_needs_z(code) else y, ld=cols + 2)
        delta = mem.source(d, ld=cols + 1, writable=True)
        mem.compare(
            isa, lambda t: _kernels.act_bwd(t, code, rows, cols, ref.pair, delta.pair, params)
        )

    def test_sizes(
        self, isa: str, dtype: np.dtype[Any], name: str, skew: int, reals: Reals
    ) -> None:
        for cols in COLS:
            for rows in (0, 1, 3) if cols < 4 else (2,):
                self.check(isa, name, skew, reals(rows, cols), reals(rows, cols))

    def test_values(
        self, isa: str, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        z = grid(dtype, rng).reshape(-1, 50)
        self.check(isa, name, 0, z, rng.normal(size=z.shape).astype(dtype))

    def test_special_values(self, isa: str, dtype: np.dtype[Any], name: str) -> None:
        """Each alone in a row, at the start and past the end of a vector; and all in one row."""
        s = specials(dtype)
        z = np.full((s.size, 19), 0.25, dtype)
        z[:, 0] = z[:, 18] = s
        d = np.linspace(-1, 1, z.size).reshape(z.shape).astype(dtype)
        with np.errstate(all="ignore"):
            self.check(isa, name, 0, z, d)
            self.check(isa, name, 1, s[None], d[:1, :1] * np.ones_like(s[None]))
            # Special gradients, too.
            self.check(isa, name, 0, np.full_like(z, 0.75), z)


@pytest.mark.parametrize("name", ELEMENTWISE)
class TestDefinition:
    """The portable tier against the formula in wider arithmetic."""

    def test_value(self, dtype: np.dtype[Any], name: str, rng: np.random.Generator) -> None:
        z = grid(dtype, rng)
        with np.errstate(all="ignore"):
            exact = wide(name).value(cast(z), *wide_params(name, dtype))
        got = forward("portable", name, z[None])[0]
        assert_ulp(got, exact, kernel_activation_ulp(name, z), name)

    def test_derivative(self, dtype: np.dtype[Any], name: str, rng: np.random.Generator) -> None:
        """Against the derivative at z, of which the kernel may know only the rounded y."""
        z = grid(dtype, rng)
        z = z[np.abs(z) > np.finfo(dtype).smallest_normal]
        if name == "exponential":
            z = z[z < 88.0]
        elif name == "power":  # 3 z^2 neither overflows nor is subnormal
            z = z[(np.abs(z) < 1e18) & (np.abs(z) > 1e-18)]
        got = backward("portable", name, reference_of(name, z[None]), np.ones_like(z)[None])[0]
        with np.errstate(all="ignore"):
            exact = wide(name).slope(cast(z), *wide_params(name, dtype))
            size = wide(name).size(cast(z), *wide_params(name, dtype))
        bound = kernel_derivative_bound(size, z)
        error = np.abs(cast(got) - exact)
        worst = int(np.argmax(error / bound))
        assert error[worst] <= bound[worst], (
            f"{name}' at {z[worst]!r}: got {got[worst]!r}, exact {exact[worst]!r}, "
            f"{error[worst] / bound[worst]:.3g} of the bound"
        )

    def test_gradient_is_scaled(
        self, dtype: np.dtype[Any], name: str, rng: np.random.Generator
    ) -> None:
        """d act' is one product of d and the derivative."""
        z = grid(dtype, rng, 500)
        d = rng.normal(size=z.size).astype(dtype)
        ref = reference_of(name, z[None])
        slope = backward("portable", name, ref, np.ones_like(d)[None])[0]
        got = backward("portable", name, ref, d[None])[0]
        with np.errstate(under="ignore"):
            want = np.where(slope == 0, got, d * slope)
        assert_same_bits(got, want)
        assert np.all(got[slope == 0] == 0)


# name: values at -inf, -0, +0, +inf. The header of body/act.inc.h states them.
LIMITS: dict[str, tuple[float, float, float, float]] = {
    "linear": (-np.inf, -0.0, 0.0, np.inf),
    "relu": (0.0, -0.0, 0.0, np.inf),
    "sigmoid": (0.0, 0.5, 0.5, 1.0),
    "tanh": (-1.0, -0.0, 0.0, 1.0),
    "softplus": (0.0, np.log(2.0), np.log(2.0), np.inf),
    "elu": (-1.0, -0.0, 0.0, np.inf),
    "selu": (-1.75809934084737686, -0.0, 0.0, np.inf),
    "gelu": (-0.0, -0.0, 0.0, np.inf),
    "gelu_tanh": (-0.0, -0.0, 0.0, np.inf),
    "silu": (-0.0, -0.0, 0.0, np.inf),
    "leaky_relu": (-np.inf, -0.0, 0.0, np.inf),
    "step": (0.0, 1.0, 1.0, 1.0),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits(dtype: np.dtype[Any], name: str) -> None:
    """Infinities and signed zeros, by name."""
    z = np.array([[-np.inf, -0.0, 0.0, np.inf]], dtype)
    assert_same_bits(forward("portable", name, z), np.array([LIMITS[name]]).astype(dtype))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_nan(dtype: np.dtype[Any], name: str) -> None:
    """NaN stays NaN, but for the threshold, which it does not reach."""
    got = forward("portable", name, np.array([[np.nan, 1.0]], dtype))[0]
    assert np.isnan(got[0]) == (name != "step")
    assert got[1] == got[1]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_derivative_is_finite(dtype: np.dtype[Any], name: str) -> None:
    """No inf * 0 at any finite z, however large, nor at the infinities."""
    z = specials(dtype)
    z = z[~np.isnan(z)]
    if name in ("exponential", "power"):  # whose derivatives are as infinite as themselves
        z = z[z < 88.0] if name == "exponential" else z[np.abs(z) < 1e18]
    ref = reference_of(name, z[None])
    got = backward("portable", name, ref, np.ones_like(z)[None])
    assert np.all(np.isfinite(got))


POWERS = (-9.0, -8.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 2.5, 8.0, 8.5, 9.0, 17.0, 0.3,
          -2.7, 1e9, 2.0**60)  # fmt: skip


@pytest.mark.parametrize("exponent", POWERS)
def test_powers(dtype: np.dtype[Any], exponent: float, isas: list[str]) -> None:
    """Every tier has the bits of the portable one, whose values and slopes are near the formula.

    A product of n factors has n - 1 roundings, a root and a quotient one each. exp(a) is off by
    what a is, and that is a product of a logarithm.
    """
    code, params = _core.ACTIVATIONS["power"], (exponent,)
    z = np.concatenate([specials(dtype), np.linspace(-3.0, 3.0, 61).astype(dtype)])[None]
    for kernel in (_kernels.act_fwd, _kernels.act_bwd):
        found = []
        for isa in isas:
            out = np.ones_like(z)
            shown = (z.reshape(-1), z.size), (out.reshape(-1), z.size)
            kernel(isa, code, 1, z.size, *shown, params)
            found.append(out)
        for each in found[1:]:
            assert_same_bits(each, found[0])
        p = exponent - (kernel is _kernels.act_bwd)
        factor = exponent if kernel is _kernels.act_bwd else 1.0
        with np.errstate(all="ignore"):
            exact = factor * cast(z) ** cast(dtype.type(p)) if factor else np.zeros_like(cast(z))
            size = np.log(np.abs(cast(z))) * p
        f = np.finfo(dtype)
        normal = (np.abs(exact) < f.max / 1e6) & (np.abs(exact) > f.tiny * 1e6) & (size != 0)
        whole = abs(p) < 9.0 and p * 2 == round(p * 2)
        limit = 3.0 + (abs(p) if whole else 2.0 * np.abs(size))
        with np.errstate(all="ignore"):
            error = np.abs(cast(found[0]) - exact)
            near = error <= limit * f.eps * np.abs(exact)
        assert np.all(near[normal])
        known = np.isfinite(z)  # the C library has inf for the root of -inf, which has none
        assert np.array_equal(np.isnan(found[0])[known], np.isnan(exact)[known])


class TestSoftmax:
    """Rows of softmax against the formula."""

    @pytest.mark.parametrize("cols", [1, 2, 10, 16, 17, 100, 1000])
    def test_rows(self, dtype: np.dtype[Any], cols: int, rng: np.random.Generator) -> None:
        z = (rng.normal(size=(20, cols)) * 4.0).astype(dtype)
        y = forward("portable", "softmax", z)
        exact = wide("softmax").value(cast(z))
        assert_ulp(y, exact, kernel_activation_ulp("softmax", z), "softmax")
        eps = np.finfo(dtype).eps
        assert np.all(np.abs(y.astype(np.float64).sum(axis=1) - 1.0) <= cols * eps)

    @pytest.mark.parametrize("cols", [1, 2, 10, 17, 100])
    def test_derivative(self, dtype: np.dtype[Any], cols: int, rng: np.random.Generator) -> None:
        """y (d - sum y d), each row its own."""
        z, d = rng.normal(size=(2, 20, cols)).astype(dtype)
        y = forward("portable", "softmax", z)
        got = backward("portable", "softmax", y, d)
        wide_y, wide_d = cast(y), cast(d)
        dot = (wide_y * wide_d).sum(axis=1, keepdims=True)
        size = np.abs(wide_y) * (np.abs(wide_d) + (wide_y * np.abs(wide_d)).sum(axis=1)[:, None])
        bound = (-(-cols // 16) + 4 + 2) * np.finfo(dtype).eps * size
        assert np.all(np.abs(cast(got) - wide_y * (wide_d - dot)) <= bound)

    def test_special_rows(self, dtype: np.dtype[Any]) -> None:
        """A NaN, a +inf or nothing but -inf spoils its row and no other; -inf alone gives 0."""
        inf, nan = np.inf, np.nan
        z = np.array(
            [[nan, 0, 1], [inf, 0, 1], [-inf, -inf, -inf], [-inf, 2, 2], [1e30, 1e30, 0]], dtype
        )
        y = forward("portable", "softmax", z)
        assert np.all(np.isnan(y[:3]))
        assert_same_bits(y[3:], np.array([[0, 0.5, 0.5], [0.5, 0.5, 0]], dtype))
        wide = np.full((1, 40), -inf, dtype)
        wide[0, 37] = 1.0
        assert_same_bits(forward("portable", "softmax", wide), (wide == 1.0).astype(dtype))

    def test_padding_is_not_read(self, isa: str, dtype: np.dtype[Any], reals: Reals) -> None:
        """NaN between the rows does not show."""
        mem = Memory(dtype)
        z = reals(5, 21)
        source = mem.source(z, ld=round_up(21), padded=True)
        out = mem.target(5, 21)
        code = _core.ACTIVATIONS["softmax"]
        (got,) = mem.run(isa, lambda t: _kernels.act_fwd(t, code, 5, 21, source.pair, out.pair))
        assert np.all(np.isfinite(got))
        assert_same_bits(got, forward(isa, "softmax", z))
