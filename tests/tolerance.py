"""Every numeric tolerance of the project, with its derivation.

Bit equality is the default and needs no entry here. What is wider is one of these families:

reduction    a matrix product or a sum: elementwise bound from its length and the size of its terms
ulp          an elementwise function: a limit in units in the last place of the exact value
trajectory   a training run: rounding errors followed through the float64 twin
keras        the same, with Keras' own roundings added

u is the unit roundoff: one correctly rounded operation commits a relative error of at most u.
A chain of n roundings commits at most gamma_n = n u / (1 - n u) (Higham, Accuracy and Stability of
Numerical Algorithms, 2002, section 3.1). Every assertion of the reduction and trajectory families
also proves that its bound would catch a dropped term. A limit is never raised to turn a test green.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from reference.ops import CHUNK, chain_roundings

Array = NDArray[np.float64]
Real = NDArray[np.floating]
Perturb = Callable[[Array, Array], Array]


def unit_roundoff(dtype: DTypeLike) -> float:
    """2^-24 for float32, 2^-53 for float64: half the distance of 1 to the next number."""
    return float(np.finfo(dtype).eps) / 2.0


def gamma(n: float, dtype: DTypeLike) -> float:
    """Relative error of n roundings in a row."""
    u = unit_roundoff(dtype)
    return n * u / (1.0 - n * u)


# ---- reductions -----------------------------------------------------------------------------


def gemm_bound(k: int, magnitude: ArrayLike, dtype: DTypeLike, bias: bool = False) -> Array:
    """Largest error of a chunked chain of k fused multiply-adds, elementwise.

    magnitude is |A||B| (+ |bias|). A product meets at most min(k, 512) fused multiply-adds of its
    own chunk (one rounding each), then ceil(k / 512) - 1 additions of chunk sums, then the bias.
    Each rounding may underflow, too: k more of the smallest subnormal.
    """
    roundings = chain_roundings(k) - (0 if bias else 1)
    tiny = float(np.finfo(dtype).smallest_subnormal)
    return gamma(roundings, dtype) * np.asarray(magnitude, np.float64) + k * tiny


def assert_gemm(got: Real, a: Real, b: Real, bias: Real | None = None) -> None:
    """got = a @ b (+ bias) within gemm_bound, and a dropped term of mean size would be seen.

    a and b hold values of got's dtype. The float64 oracle of a float32 product is itself right to
    2^-53 per rounding, nothing beside 2^-24; for float64 the product is summed in extended
    precision (NumPy's longdouble), where the machine has it, or the bound is doubled.
    """
    dtype = got.dtype
    wide = np.float64 if dtype == np.float32 else np.longdouble
    exact = a.astype(wide) @ b.astype(wide)
    a64, b64 = np.abs(a.astype(np.float64)), np.abs(b.astype(np.float64))
    magnitude = a64 @ b64
    k = a.shape[1]
    if bias is not None:
        exact = exact + bias.astype(wide)
        magnitude = magnitude + np.abs(bias.astype(np.float64))
    bound = gemm_bound(k, magnitude, dtype, bias is not None)
    if np.finfo(wide).eps >= np.finfo(dtype).eps:
        bound = 2.0 * bound
    error = np.abs((got.astype(wide) - exact).astype(np.float64))
    assert np.all(error <= bound), f"worst error / bound {(error / bound).max():.3g} at k = {k}"
    if k:
        assert_catches(bound, (a64 @ b64) / k)


def assert_catches(bound: Array, term: Array) -> None:
    """The bound is below half of a term of mean size, wherever the terms are not all zero."""
    seen = term > 0
    assert np.all(bound[seen] < 0.5 * term[seen]), "the bound would not catch a dropped term"


def fold_bound(k: int, magnitude: ArrayLike, dtype: DTypeLike) -> Array:
    """Error of a product that a batch normalisation was folded into.

    A factor gamma / sqrt(variance + epsilon) meets four roundings, a weight times it one, the bias
    at most as many and those of a second product (k factors of beta - mean factor, made of six);
    then come those of the product itself. magnitude is the sum of the moduli of all terms, with
    mean and beta apart.
    """
    return gamma(2 * chain_roundings(k) + 12, dtype) * np.asarray(magnitude, np.float64)


def column_sum_bound(rows: int, magnitude: ArrayLike, dtype: DTypeLike) -> Array:
    """Error of a chunked chain of plain additions; magnitude is the sum of |terms|.

    As gemm_bound: the products are exact (times one), the additions round.
    """
    return gamma(chain_roundings(rows) - 1, dtype) * np.asarray(magnitude, np.float64)


def tree_sum_bound(n: int, magnitude: ArrayLike, dtype: DTypeLike) -> Array:
    """Error of a sum over 16 lanes: a chain of ceil(n / 16) in each, then four levels."""
    return gamma(-(-n // 16) + 4, dtype) * np.asarray(magnitude, np.float64)


def gemm_rms_error(k: int) -> float:
    """Expected root mean square error of a chunked float32 product of random terms, over that of
    the result.

    Partial sums of i independent zero-mean terms of size 1 have variance i; rounding one commits
    an error of variance at most u^2 i / 3. A chunk of c = min(k, 512) terms adds up to u^2 c^2 / 6,
    n = ceil(k / c) chunks to n times that, and the additions of n chunk sums of variance c to
    u^2 c n^2 / 6. The result has variance k. (One unbroken chain would have c = k: at k = 4096
    2.8 times more.)
    """
    c = min(k, CHUNK)
    n = -(-k // CHUNK)
    return unit_roundoff(np.float32) * float(np.sqrt((n * c * c + c * n * n) / (6.0 * k)))


# ---- elementwise functions ------------------------------------------------------------------

# Units in the last place between a computed value and the exact one where the function's own
# argument is all there is to round: the worst found is stated in docs/numerics.md, the limit here
# rounds it up. Functions of limit 0 are exact: compared by bits.
ACTIVATION_ULP: dict[str, float] = {
    "linear": 0.0,
    "relu": 0.0,
    "step": 0.0,
    "leaky_relu": 0.5,  # one multiplication
    "sigmoid": 3.0,  # exponential 1, addition and division half each, amplified below 1/2
    "tanh": 3.0,  # e^r - 1 about 1, scaled and completed, then a quotient of it
    "softplus": 3.0,  # exponential, logarithm of 1 + t, and the final addition
    "elu": 3.0,
    "selu": 4.0,  # elu and two multiplications by rounded constants
    "silu": 4.0,  # sigmoid and a multiplication
    "gelu": 4.0,
    "gelu_tanh": 4.0,
    "softmax": 4.0,
    "clipped_relu": 1.0,  # a difference and a product by the slope; exact to the right
    "celu": 3.0,  # as elu; the division by alpha is in activation_ulp
    "softsign": 1.5,  # an addition of positive terms and a division
    "mish": 5.0,  # exponential and five roundings, of terms of one sign
    "exponential": 1.0,
    "hard_sigmoid": 1.5,  # an addition and a division
    "hard_silu": 2.0,
    "hard_tanh": 0.0,
    "hard_shrink": 0.0,
    "soft_shrink": 0.5,  # one subtraction
    "tanh_shrink": 16.0,  # from 5/8 on tanh, 8 times the difference, is off by 2 ulp
    "squareplus": 3.0,
    "sparse_plus": 2.5,  # z + 1 rounded once, then squared
    "sparse_sigmoid": 0.5,
    "threshold": 0.0,
    "log_sigmoid": 3.0,
    "abs": 0.0,
    "power": 1.5,  # two products, for the exponent 3
}


def activation_ulp(name: str, z: Array) -> Array:
    """Limit for each element of z: ACTIVATION_ULP plus what a rounded inner argument costs.

    An exponential turns an absolute error d of its argument a into a relative error d; an argument
    that is rounded r times has d = r u |a|, that is at most r |a| ulp of the result.
    gelu's tail is e^(-z^2 / 2), z / sqrt 2 rounded once: twice that share of z^2 / 2. gelu_tanh's
    argument is sqrt(8 / pi) (z + 0.044715 z^3), three roundings of positive terms. softmax's is
    z - max z, one rounding; its sum is a tree of positive terms.
    """
    base = np.full(z.shape, ACTIVATION_ULP[name])
    if name == "gelu":
        return base + z * z
    if name == "gelu_tanh":
        return base + 3.0 * 1.6 * (np.abs(z) + 0.044715 * np.abs(z) ** 3)
    if name == "celu":  # alpha is of order one in the tests
        return base + np.abs(np.minimum(z, 0.0))
    if name == "softmax":
        below = z.max(axis=-1, keepdims=True) - z
        return base + below + float(-(-z.shape[-1] // 16))
    return base


def ulp_error(got: Real, exact: Array) -> Array:
    """|got - exact| in units of the spacing of got's dtype at exact; NaN equals NaN, inf inf.

    At and below the smallest normal number the unit is the smallest subnormal.
    """
    limit = np.finfo(got.dtype)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        size = np.maximum(np.abs(exact), float(limit.smallest_normal))
        unit = 2.0 ** (np.floor(np.log2(size)) - limit.nmant)
        error = np.abs(got.astype(np.float64) - exact) / unit
        rounded = exact.astype(got.dtype)
    same = (got == rounded) | (np.isnan(got) & np.isnan(exact))
    return np.where(same, np.minimum(np.nan_to_num(error, nan=0.0, posinf=0.0), 0.5), error)


def assert_ulp(got: Real, exact: Array, limit: ArrayLike, name: str = "") -> None:
    """Every value within its limit; half an ulp is the rounding of the exact value itself."""
    allowed = np.broadcast_to(np.maximum(limit, 0.5), got.shape)
    error = ulp_error(got, exact)
    worst = int(np.argmax(error / allowed))
    assert error.flat[worst] <= allowed.flat[worst], (
        f"{name}: {error.flat[worst]:.3g} ulp at element {worst}: got {got.flat[worst]!r}, "
        f"exact {exact.flat[worst]!r}, limit {allowed.flat[worst]:.3g}"
    )


# ---- trajectories ---------------------------------------------------------------------------

# Perturbed runs of the twin behind a limit, and how far beyond the worst of them a value may lie.
# A deviation is a sum of many independent errors, so close to normal with the standard deviation
# that the draws show; the worst of a whole tensor over DRAWS runs is at least one of these, and
# four of them are exceeded once in 16 000 cases even if every rounding were as large as it can be
# (in truth roundings have a third of that variance, and partial sums are smaller than their bound).
DRAWS = 6
SPREAD = 4.0

Run = Callable[[Perturb | None], Mapping[str, Array]]


def trajectory_sensitivity(run: Run, base: Mapping[str, Array]) -> dict[str, Array]:
    """Largest deviation of every quantity of a training run, per unit roundoff, at each step.

    run(perturb) trains the twin and returns named quantities, the first axis counting steps or
    epochs; base is run(None). Each result of each op is moved up or down, at random, by the error
    that a right evaluation of that op may commit (``ctx.rounded`` in reference/ops.py gives it in
    units of u, the sum of its roundings taken as that of random signs). To first order the
    deviation of the run is the sum of these errors times the sensitivities, whatever loss,
    activation and optimiser make of them: the growth over steps is that of the network itself, not
    a guess. float32's u serves as the probe; deviations are proportional to it.
    """
    u = unit_roundoff(np.float32)
    worst = {k: np.zeros(len(v)) for k, v in base.items()}
    for draw in range(DRAWS):
        rng = np.random.default_rng(draw)

        def perturb(value: Array, scale: Array, rng: np.random.Generator = rng) -> Array:
            signs = 1.0 - 2.0 * rng.integers(0, 2, np.shape(value))
            return value + u * scale * signs

        moved = run(perturb)
        for k, v in base.items():
            worst[k] = np.maximum(worst[k], _largest(moved[k] - v))
    # A quantity may happen to move little at one step; it cannot do better than the steps before.
    return {k: np.maximum.accumulate(v) / u for k, v in worst.items()}


def trajectory_limits(
    sensitivity: Mapping[str, Array], base: Mapping[str, Array], dtype: DTypeLike, parties: int
) -> dict[str, Array]:
    """Limit of every quantity at each step: SPREAD times the deviation that the draws show, plus
    16 u of its own size for the arithmetic that only reports it.

    `parties` counts the sides that round at this precision: 1 for float32 against the float64
    twin, 2 where both do.
    """
    u = unit_roundoff(dtype)
    return {
        k: parties * u * (SPREAD * sensitivity[k] + 16.0 * _largest(v)) for k, v in base.items()
    }


def _largest(v: Array) -> Array:
    """Largest absolute value for each place along the first axis."""
    flat = np.abs(np.asarray(v, np.float64)).reshape(len(v), -1)
    return flat.max(axis=1) if flat.shape[1] else np.zeros(len(v))


def assert_trajectory(
    got: Mapping[str, Array],
    base: Mapping[str, Array],
    limits: Mapping[str, Array],
    mutant: Mapping[str, Array],
) -> None:
    """Every quantity within its limits; `mutant`, a run with one term dropped, must not be."""
    for k, want in base.items():
        error = _largest(np.asarray(got[k], np.float64) - want)
        bad = np.flatnonzero(~(error <= limits[k]))
        assert not bad.size, (
            f"{k} at step {bad[0]}: off by {error[bad[0]]:.3g}, limit {limits[k][bad[0]]:.3g}"
        )
    seen = any(np.any(_largest(mutant[k] - base[k]) > limits[k]) for k in base)
    assert seen, "the limits would not catch a dropped term"


def keras_adam_roundings(beta_1: float, beta_2: float) -> float:
    """Roundings (in units of u, relative to the update) of Adam as Keras evaluates it in float32.

    Keras forms 1 - b^t from a float32 b: b's rounding, at most u, becomes u / (1 - b) relative to
    1 - b at t = 1 and less later; the square root halves it for beta_2. Eight more for the rest.
    """
    return 8.0 + 1.0 / (1.0 - beta_1) + 0.5 / (1.0 - beta_2)


# A value of order one that both sides compute with at most 32 roundings in float32, one by one
# function or a loss of four columns and eleven rows: 2 * 32 u = 3.8e-6.
KERAS_ELEMENTWISE = 64.0 * 2.0**-24

# Fifteen steps of Adam at rate 1/16 on a network of 83 weights. Keras' bias correction alone moves
# a step by keras_adam_roundings u = 3e-5 of itself (518 u), so weights by 15 * 2e-6 = 3e-5 at the
# worst and by a quarter of that with the correction's decay; losses and outputs follow with
# derivatives of order one. A wrong weight of a sample or a lost row moves them by 1e-3 and more.
KERAS_SHORT_RUN = 3e-5

# A learning rate, relative to the largest of its schedule, against the C library's functions in
# float64. The core's exp, log and cos are within 4e-16, an exponent y log x of size 3 or less (the
# cases tried) adds three more of these, and half a dozen roundings come on both sides: 32 u.
SCHEDULE_RELATIVE = 32.0 * 2.0**-53

# The same against Keras in float32: steps over decay steps, power and cosine each carry a few
# roundings of 2^-24, an exponent or angle of size 4 amplifies them; 64 in all.
KERAS_SCHEDULE = 64.0 * 2.0**-24

# ---- finite differences ---------------------------------------------------------------------


def central_difference_step(dtype: DTypeLike = np.float64) -> float:
    """h = (3 u)^(1/3): truncation h^2 f''' / 6 and rounding u f / h are then of one size."""
    return float((3.0 * unit_roundoff(dtype)) ** (1.0 / 3.0))


def central_difference_bound(value_size: float, gradient_size: float) -> float:
    """Error of (f(w + h) - f(w - h)) / 2h in float64.

    Rounding: f's own error, taken as 64 u times its size, over h. Truncation: h^2 / 6 times a
    third derivative, taken as 100 times the larger of value and gradient (the networks tested have
    derivatives of order one). Both come to about 1e-9 for values of order one.
    """
    h = central_difference_step()
    u = unit_roundoff(np.float64)
    return 64.0 * u * max(value_size, 1.0) / h + h * h / 6.0 * 100.0 * max(
        value_size, gradient_size, 1.0
    )


# A value worked out by hand with n operations, against the twin in float64, relative.
HAND = 64.0 * 2.0**-53


# A hand-worked loss or metric from float32 predictions, against the same in float64: a row takes
# at most eight float32 operations (clip, scale, log, multiply, add), each within one ulp = 2 u of
# its result, and none cancels; the mean over rows is float64 and adds nothing that shows.
HAND_FLOAT32 = 16.0 * 2.0**-24

# ---- kernels --------------------------------------------------------------------------------

# The portable kernels against longdouble (tests/kernels). The figure is the largest error found,
# float and double, in csrc/kernels/body/vmath_*.inc.h (elu is expm1 there); the limit rounds it up.
# Activations that are not here have the limit derived in ACTIVATION_ULP.
KERNEL_ULP: dict[str, float] = {
    "sigmoid": 2.5,  # 2.41, 2.22
    "tanh": 2.75,  # 2.61, 2.59
    "softplus": 2.0,  # 1.81, 1.70
    "elu": 2.0,  # 1.47, 1.82
    "gelu": 4.5,  # 4.28, 3.61
}

# Products of z and a sigmoid: where the sigmoid is subnormal it has an absolute error of one unit.
_SIGMOID_PRODUCTS = ("silu", "gelu_tanh", "mish")


def kernel_activation_ulp(name: str, z: Real) -> Array:
    """Limit of a kernel's value at each z, in units in the last place."""
    z64 = z.astype(np.float64)
    if name in KERNEL_ULP:
        return np.full(z.shape, KERNEL_ULP[name])
    with np.errstate(over="ignore", invalid="ignore"):
        limit = activation_ulp(name, z64)
        if name == "gelu_tanh":
            # Two more roundings of the inner argument than activation_ulp counts: the kernel's
            # two coefficients have that of the factor sqrt(8 / pi) in them.
            limit = limit + 2.0 * 1.6 * (np.abs(z64) + 0.044715 * np.abs(z64) ** 3)
    if name in _SIGMOID_PRODUCTS:
        # sigmoid(z) < 2^-119 or 2^-1015 from here on: |z| of these units may be missing.
        low = -82.0 if z.dtype == np.float32 else -700.0
        argument = 1.6 * (z64 + 0.044715 * z64**3) if name == "gelu_tanh" else z64
        limit = np.where(argument < low, limit + np.abs(z64), limit)
    return limit


# Derivatives: errors of a few roundings of each term. Largest found, in units of eps times the
# size of the terms: 2.56 (gelu), 1.72 (sigmoid, from a y that is off by 2.4 ulp).
KERNEL_DERIVATIVE = 4.0


def kernel_derivative_bound(size: Real, z: Real) -> Real:
    """Largest error of a derivative that is a sum of terms of that size.

    A sigmoid that is subnormal is off by half the smallest number, and what it is multiplied by
    multiplies that: z, and for gelu_tanh 1.6 z + 0.214 z^3.
    """
    f = np.finfo(z.dtype)
    far = np.minimum(np.abs(z.astype(size.dtype)), 1e4)
    subnormal = 1.0 + 1.6 * far + 0.215 * far**3
    return KERNEL_DERIVATIVE * f.eps * size + subnormal * f.smallest_subnormal


def loss_bound(name: str, cols: int, size: Array, dtype: DTypeLike) -> Array:
    """Error of a row's loss or of a gradient's element whose terms have that size in all.

    Every term is made of at most eight roundings (the logarithm 1 ulp, the clip's bounds and the
    smoothing half each, products and quotients half each) and then summed as a tree, twice for
    the losses that normalise their rows.
    """
    sums = 2.0 if name.startswith(("cce", "scce", "categorical", "cosine")) else 1.0
    roundings = 12.0 + sums * (-(-cols // 16) + 4.0)
    return gamma(roundings, dtype) * size + 16.0 * float(np.finfo(dtype).smallest_subnormal)


# ---- metrics that are fed with rows ----------------------------------------------------------

# A float64 sum of n terms of one sign, in whatever order, is off by at most n 2**-53 of itself;
# no test has more than 2**20 terms.
SUM_ORDER = 2.0**20 * 2.0**-53

# Keras keeps counts in float32 and derives an area from some hundred of them. Rounding is to
# nearest, so the errors of 200 steps grow like their root: 14 of 2**-24 in the sum, as many in the
# counts it is made of; 64 leaves a factor of two.
KERAS_AREA = 64.0 * 2.0**-24

# Keras adds 1e-7 to the three denominators of an F-score; each is at least a half in the tests.
KERAS_F_SCORE = 3 * 2.0 * 1e-7

# ---- random programs against Keras -----------------------------------------------------------

# A float64 run of fastnn is moved at random: before each step, and before evaluate and predict,
# each weight by NUDGE u of itself and of the largest weight of its array, up or down. That stands
# for what a float32 side commits within that step. A product of at most 16 terms commits 16 u of
# its size at the worst and a third of that in the mean (gemm_rms_error); a function of it 4 u
# (ACTIVATION_ULP, and XLA's are of that kind); a gradient passes through as many; the update rounds
# the weight itself. Moved weights of a layer move its sums by the root of the number of terms times
# NUDGE u. Eight is that, for the nets of at most three layers and six columns that are drawn.
NUDGE = 8.0


def nudged(values: Array, rng: np.random.RandomState) -> Array:
    """Weights moved by NUDGE float32 roundings of themselves and of the largest of their array."""
    u = unit_roundoff(np.float32)
    largest = float(np.abs(values).max(initial=0.0))
    signs = 1.0 - 2.0 * rng.randint(0, 2, (2, *values.shape))
    moved: Array = values + NUDGE * u * (signs[0] * values + signs[1] * largest)
    return moved


# Relative error of a learning rate in Keras, in units of u: its float32 value and the factors that
# it is multiplied by. Adam and its kin correct their bias with powers of rounded betas besides.
KERAS_RATE = 4.0
KERAS_BIAS_CORRECTED = frozenset(["Adam", "AdamW", "Adamax", "Nadam"])


def keras_rate_error(optimizer: str, options: Mapping[str, float]) -> float:
    """Relative error of what an update is multiplied by, at the worst."""
    u = unit_roundoff(np.float32)
    if optimizer not in KERAS_BIAS_CORRECTED:
        return KERAS_RATE * u
    beta_1, beta_2 = options.get("beta_1", 0.9), options.get("beta_2", 0.999)
    return keras_adam_roundings(beta_1, beta_2) * u


# A reported value, in units of u and relative to the larger of itself and 1 (losses and metrics are
# sums of terms of order one that may cancel): each of its terms is made by at most eight roundings,
# the mean over a batch of at most ten rows takes ten, that over four batches and the weights eight
# more; on two sides.
REPORTED = 64.0
# Keras' own constants in a score: see KERAS_AREA and KERAS_F_SCORE.
REPORTED_SCORE = KERAS_AREA + KERAS_F_SCORE


def program_limits(
    base: Mapping[str, Array], moved: Sequence[Mapping[str, Array]]
) -> dict[str, Array]:
    """Limit of each quantity of a random program, by its place along the first axis.

    SPREAD times the worst of the moved runs, for each of two float32 sides, and what reporting
    adds.
    """
    u = unit_roundoff(np.float32)
    limits = {}
    for key, value in base.items():
        worst = np.max([_largest(run[key] - value) for run in moved], axis=0)
        size = np.maximum(_largest(value), 1.0)
        own = REPORTED_SCORE if any(name in key for name in ("auc", "f1", "fbeta")) else 0.0
        limits[key] = 2.0 * SPREAD * np.maximum.accumulate(worst) + (REPORTED * u + own) * size
    return limits


def noise_bound(dtype: DTypeLike) -> float:
    """Error of a normal number of the kernels, at most 6.66, against the formula in float64.

    r is at most 6.66 and carries half a rounding each of the uniform number, its logarithm (1 ulp),
    the product and the root; where u is within 2^-20 of 1 (r < 2^-9.5) the rounding of u itself
    moves r by up to sqrt(2 u). cos(pi t): t is rounded, and 1/2 - |t| too, pi times that; three
    roundings of the polynomial. In all less than 3 u r + (pi + 2) u 6.66 + sqrt(2 u), the last of
    them alone for the small r.
    """
    u = unit_roundoff(dtype)
    return 8.2 * 6.66 * u + (2.0 * u) ** 0.5 * 2.0
