"""The float64 twin against finite differences, closed forms and values worked by hand."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from reference import (
    ACTIVATIONS,
    LOSSES,
    METRICS,
    REDUCTIONS,
    Activate,
    Adam,
    Add,
    Concatenate,
    Context,
    Dense,
    Dropout,
    Graph,
    Node,
    Reshape,
    Sgd,
    Twin,
    dense_chain,
    dropout_mask,
    philox4x32,
    reduce_loss,
    sequential,
)
from reference.columns import Affine, Glu, Repeat, Slice
from reference.merging import Dot, Merge
from reference.ops import Op
from reference.training import FUSED
from tolerance import HAND, central_difference_bound, central_difference_step

Array = NDArray[np.float64]
H = central_difference_step()
SMOOTH = [name for name in ACTIVATIONS if name != "step"]


def numeric_gradient(f: Callable[[], float], at: Array) -> Array:
    """Central differences of f over the elements of `at`, which f reads in place."""
    out = np.empty_like(at)
    for i in np.ndindex(at.shape):
        keep = at[i]
        at[i] = keep + H
        high = f()
        at[i] = keep - H
        low = f()
        at[i] = keep
        out[i] = (high - low) / (2.0 * H)
    return out


def assert_gradient(got: Array, f: Callable[[], float], at: Array) -> None:
    """An analytic gradient against central differences."""
    want = numeric_gradient(f, at)
    bound = central_difference_bound(abs(f()), float(np.abs(want).max(initial=0.0)))
    assert bound < 1e-6 * max(1.0, abs(f()) / 100.0)
    np.testing.assert_allclose(got, want, rtol=0, atol=bound)


def assert_slope(
    rng: np.random.Generator, grads: list[Array], f: Callable[[], float], params: list[Array]
) -> None:
    """Gradients of all parameters against central differences along three random directions."""
    for _ in range(3):
        directions = [rng.normal(size=p.shape) for p in params]
        size = math.sqrt(sum(float((d * d).sum()) for d in directions))
        origin = [p.copy() for p in params]
        values = []
        for sign in (1.0, -1.0):
            for p, o, d in zip(params, origin, directions, strict=True):
                p[...] = o + sign * H * d / size
            values.append(f())
        for p, o in zip(params, origin, strict=True):
            p[...] = o
        want = (values[0] - values[1]) / (2.0 * H)
        got = sum(float((g * d).sum()) for g, d in zip(grads, directions, strict=True)) / size
        assert abs(got - want) <= central_difference_bound(abs(f()), abs(want))


def targets(rng: np.random.Generator, loss: str, rows: int, cols: int) -> Array:
    """Targets that suit the loss."""
    if LOSSES[loss].sparse:
        return rng.integers(0, cols, rows).astype(np.float64)
    if LOSSES[loss].binary:
        return rng.integers(0, 2, (rows, cols)).astype(np.float64)
    if LOSSES[loss].classes:
        t = rng.uniform(0.1, 1.0, (rows, cols))
        return t / t.sum(axis=1, keepdims=True)
    if LOSSES[loss].positive:
        return rng.uniform(0.1, 0.9, (rows, cols))
    t = rng.normal(size=(rows, cols))
    return t + np.copysign(0.5, t) if loss == "mape" else t  # a gradient of order one


def predictions(rng: np.random.Generator, loss: str, rows: int, cols: int) -> Array:
    """Predictions inside the loss's domain and off its kinks."""
    if LOSSES[loss].probabilities:
        return rng.uniform(0.2, 0.8, (rows, cols))
    return rng.normal(size=(rows, cols))


# ---- activations ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMOOTH)
def test_activation_derivative(name: str, rng: np.random.Generator) -> None:
    wide = 1.0 if name == "exponential" else 4.0  # derivatives of order one
    z = np.concatenate([rng.normal(size=(6, 5)), wide * rng.normal(size=(6, 5))])
    dy = rng.normal(size=z.shape)
    f = ACTIVATIONS[name]
    for kink in (0.0, *f.kinks):
        z[np.abs(z - kink) < 10 * H] = 0.7  # off the kinks
    got = f.backward(z, dy, *f.params)
    assert_gradient(got, lambda: float((f.forward(z, *f.params) * dy).sum()), z)


@pytest.mark.parametrize(
    ("name", "param"),
    [
        ("elu", 0.3),
        ("elu", 2.5),
        ("leaky_relu", 0.01),
        ("celu", 0.3),
        ("celu", -2.0),
        ("squareplus", 0.1),
        ("power", 2.0),
    ],
)
def test_activation_derivative_with_parameter(
    name: str, param: float, rng: np.random.Generator
) -> None:
    z, dy = rng.normal(size=(8, 3)), rng.normal(size=(8, 3))
    f = ACTIVATIONS[name]
    got = f.backward(z, dy, param)
    assert_gradient(got, lambda: float((f.forward(z, param) * dy).sum()), z)


@pytest.mark.parametrize("exponent", [-2.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.7, 9.0])
def test_power_derivative(exponent: float, rng: np.random.Generator) -> None:
    z, dy = rng.uniform(0.5, 1.5, (8, 3)), rng.normal(size=(8, 3))
    f = ACTIVATIONS["power"]
    got = f.backward(z, dy, exponent)
    assert_gradient(got, lambda: float((f.forward(z, exponent) * dy).sum()), z)


def test_step_has_no_slope() -> None:
    z = np.array([[-1.0, -0.0, 0.0, 2.0]])
    assert ACTIVATIONS["step"].forward(z).tolist() == [[0.0, 1.0, 1.0, 1.0]]
    assert not ACTIVATIONS["step"].backward(z, np.ones_like(z)).any()


@pytest.mark.parametrize(
    ("name", "z", "want"),
    [
        ("linear", -1.5, -1.5),
        ("relu", -2.0, 0.0),
        ("relu", 2.0, 2.0),
        ("sigmoid", math.log(3.0), 0.75),
        ("sigmoid", -math.log(3.0), 0.25),
        ("tanh", math.log(2.0), 0.6),  # (2 - 1/2) / (2 + 1/2)
        ("softplus", 0.0, math.log(2.0)),
        ("softplus", math.log(3.0), math.log(4.0)),
        ("elu", -math.log(2.0), -0.5),
        ("selu", 1.0, 1.0507009873554805),
        ("selu", -math.log(2.0), -0.5 * 1.7580993408473766),
        ("gelu", 1.0, 0.8413447460685429),  # the normal distribution at one
        ("gelu", -3.0, -3.0 * 0.0013498980316300946),
        ("silu", math.log(3.0), 0.75 * math.log(3.0)),
        ("leaky_relu", -2.0, -0.4),
        ("clipped_relu", -0.5, -0.25),  # slope 1/4 from the threshold 1/2 downwards
        ("clipped_relu", 0.5, 0.0),
        ("clipped_relu", 1.5, 1.5),
        ("clipped_relu", 7.0, 2.0),
        ("celu", -1.5 * math.log(2.0), -0.75),
        ("softsign", -3.0, -0.75),
        ("mish", 0.0, 0.0),
        ("mish", math.log(2.0), 0.8 * math.log(2.0)),  # (9 - 1) / (9 + 1)
        ("mish", -math.log(2.0), -5.0 / 13.0 * math.log(2.0)),  # (9/4 - 1) / (9/4 + 1)
        ("exponential", math.log(3.0), 3.0),
        ("hard_sigmoid", 1.5, 0.75),
        ("hard_sigmoid", -4.0, 0.0),
        ("hard_silu", 1.5, 1.125),
        ("hard_silu", 4.0, 4.0),
        ("hard_tanh", -2.0, -1.0),
        ("hard_tanh", 0.25, 0.25),
        ("hard_shrink", 0.5, 0.0),
        ("hard_shrink", -0.75, -0.75),
        ("soft_shrink", -0.75, -0.25),
        ("soft_shrink", 2.0, 1.5),
        ("tanh_shrink", math.log(2.0), math.log(2.0) - 0.6),
        ("tanh_shrink", 2.0**-20, 2.0**-60 / 3.0 * (1.0 - 0.4 * 2.0**-40)),  # z^3/3 - 2 z^5/15
        ("squareplus", 1.5, 2.0),
        ("squareplus", -1.5, 0.5),
        ("sparse_plus", 0.0, 0.25),
        ("sparse_plus", -1.5, 0.0),
        ("sparse_plus", 1.5, 1.5),
        ("sparse_sigmoid", 0.5, 0.75),
        ("threshold", 0.25, -2.0),
        ("threshold", 0.5, 0.5),
        ("log_sigmoid", math.log(3.0), math.log(0.75)),
        ("log_sigmoid", -800.0, -800.0),
        ("abs", -2.5, 2.5),
        ("power", -1.5, -3.375),
        ("gelu_tanh", 1.0, 0.5 * (1.0 + math.tanh(math.sqrt(2.0 / math.pi) * 1.044715))),
    ],
)
def test_activation_value(name: str, z: float, want: float) -> None:
    f = ACTIVATIONS[name]
    got = f.forward(np.array([[z]]), *f.params)[0, 0]
    assert abs(got - want) <= HAND * abs(want)


def test_softmax_values() -> None:
    y = ACTIVATIONS["softmax"].forward(np.log(np.array([[1.0, 2.0, 5.0], [3.0, 3.0, 6.0]])))
    np.testing.assert_allclose(y, [[0.125, 0.25, 0.625], [0.25, 0.25, 0.5]], rtol=HAND)
    far = ACTIVATIONS["softmax"].forward(np.array([[1e4, 0.0], [-1e300, 0.0]]))
    assert far.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_row_activation_values() -> None:
    y = ACTIVATIONS["log_softmax"].forward(np.log(np.array([[1.0, 2.0, 5.0]])))
    np.testing.assert_allclose(y, np.log([[0.125, 0.25, 0.625]]), rtol=HAND)
    # two entries survive: tau = (1 + 0.5 - 1) / 2; then one; then all, equal
    z = np.array([[1.0, 0.5, -1.0], [3.0, 1.0, 0.0], [7.0, 7.0, 7.0]])
    want = [[0.75, 0.25, 0.0], [1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]]
    np.testing.assert_allclose(ACTIVATIONS["sparsemax"].forward(z), want, rtol=HAND)


@pytest.mark.parametrize("name", [name for name in SMOOTH if name != "exponential"])
def test_activation_stays_finite(name: str) -> None:
    z = np.array([[-800.0, -40.0, 0.0, 40.0, 800.0]])
    f = ACTIVATIONS[name]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(f.forward(z, *f.params)).all()
        assert np.isfinite(f.backward(z, np.ones_like(z), *f.params)).all()


# ---- losses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("loss", LOSSES)
def test_loss_gradient(loss: str, smoothing: float, rng: np.random.Generator) -> None:
    f = LOSSES[loss]
    t, y = targets(rng, loss, 5, 4), predictions(rng, loss, 5, 4)
    if f.param is not None:
        smoothing += f.param
    got = f.grad(t, y, smoothing)
    assert_gradient(got, lambda: float(f.rows(t, y, smoothing).sum()), y)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_reduction(reduction: str, weighted: bool) -> None:
    rows = np.array([1.0, 2.0, 6.0])
    weight = np.array([2.0, 0.0, 0.5]) if weighted else None
    want = {
        ("mean", False): 3.0,
        ("sum", False): 9.0,
        ("mean_weight", False): 3.0,
        ("mean", True): 5.0 / 3.0,
        ("sum", True): 5.0,
        ("mean_weight", True): 2.0,
    }
    value, coefficients = reduce_loss(rows, weight, reduction)
    assert abs(value - want[reduction, weighted]) <= HAND * value
    assert abs(coefficients @ rows - value) <= HAND * value


def test_reduction_without_weight_left_is_zero() -> None:
    value, coefficients = reduce_loss(np.ones(3), np.zeros(3), "mean_weight")
    assert value == 0.0
    assert not coefficients.any()


def test_loss_values() -> None:
    t, y = np.array([[0.0, 1.0], [2.0, -1.0]]), np.array([[1.0, 1.0], [0.0, 2.0]])
    assert LOSSES["mse"].rows(t, y, 0.0).tolist() == [0.5, 6.5]
    assert LOSSES["sse"].rows(t, y, 0.0).tolist() == [1.0, 13.0]
    assert LOSSES["mae"].rows(t, y, 0.0).tolist() == [0.5, 2.5]


def test_regression_loss_values() -> None:
    ln = math.log
    t, y = np.array([[2.0, -4.0]]), np.array([[1.0, -5.0]])
    want = {"mape": 37.5, "log_cosh": ln(math.cosh(1.0))}
    for name, value in want.items():
        np.testing.assert_allclose(LOSSES[name].rows(t, y, 0.0), [value], rtol=HAND)
    assert LOSSES["huber"].rows(np.zeros((1, 2)), np.array([[0.5, -3.0]]), 1.0) == (0.125 + 2.5) / 2
    t, y = np.array([[1.0, 3.0]]), np.array([[3.0, 1.0]])
    np.testing.assert_allclose(LOSSES["msle"].rows(t, y, 0.0), [ln(2.0) ** 2], rtol=HAND)
    np.testing.assert_allclose(LOSSES["poisson"].rows(t, y, 0.0), [2 - ln(3) / 2], rtol=1e-6)
    t, y = np.array([[0.5, 0.25]]), np.array([[0.25, 0.5]])
    np.testing.assert_allclose(LOSSES["kld"].rows(t, y, 0.0), [0.25 * ln(2)], rtol=HAND)
    far = np.array([[1000.0]])
    assert LOSSES["log_cosh"].rows(np.zeros((1, 1)), far, 0.0) == 1000.0 - ln(2)


def test_margin_and_angle_values() -> None:
    t, y = np.array([[1.0, -1.0, 0.0]]), np.array([[0.5, 0.5, -2.0]])
    assert LOSSES["hinge"].rows(t, y, -1.0) == (0.5 + 1.5 + 0.0) / 3
    assert LOSSES["hinge"].rows(t, y, 0.0) == (0.5 + 1.5 + 1.0) / 3
    assert LOSSES["squared_hinge"].rows(t, y, -1.0) == (0.25 + 2.25) / 3
    t, y = np.array([[0.0, 1.0, 0.0]]), np.array([[0.25, 0.5, 1.0]])
    assert LOSSES["categorical_hinge"].rows(t, y, 0.0) == 1.0 - 0.5 + 1.0
    assert LOSSES["categorical_hinge"].grad(t, y, 0.0).tolist() == [[0.0, -1.0, 1.0]]
    assert LOSSES["categorical_hinge"].rows(t, 4.0 * t, 0.0) == 0.0
    assert not LOSSES["categorical_hinge"].grad(t, 4.0 * t, 0.0).any()
    t, y = np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[8.0, 6.0], [1.0, 2.0]])
    np.testing.assert_allclose(LOSSES["cosine"].rows(t, y, 0.0), [-0.96, 0.0], rtol=HAND)


def test_quantile_and_deviance_values() -> None:
    ln = math.log
    t, y = np.array([[2.0, 1.0]]), np.array([[1.0, 4.0]])
    np.testing.assert_allclose(LOSSES["quantile"].rows(t, y, 0.25), [(0.25 + 2.25) / 2], rtol=HAND)
    want = (1.0 / 3 + 1.0) / 2  # quantiles 1/3 and 2/3
    np.testing.assert_allclose(LOSSES["quantile columns"].rows(t, y, 0.0), [want], rtol=HAND)
    deviances = {
        0.0: (0.5 + 4.5) / 2,
        1.0: (2 * ln(2) - 1 + 3 - ln(4)) / 2,
        2.0: (2 - 1 - ln(2) + 0.25 - 1 + ln(4)) / 2,
        # 2 (sqrt t - sqrt m)^2 / sqrt m
        1.5: (2 * (2**0.5 - 1) ** 2 + 1.0) / 2,
    }
    for power, value in deviances.items():
        np.testing.assert_allclose(LOSSES["tweedie"].rows(t, y, power), [value], rtol=HAND)
        got = LOSSES["tweedie_log"].rows(t, np.log(y), power)
        np.testing.assert_allclose(got, [value], rtol=HAND)
    assert LOSSES["tweedie"].rows(np.zeros((1, 1)), np.full((1, 1), 3.0), 1.0) == 3.0


def test_focal_values() -> None:
    ln = math.log
    p, t = np.array([[0.75, 0.75]]), np.array([[1.0, 0.0]])
    easy, hard = -(0.25**2) * ln(0.75), -(0.75**2) * ln(0.25)
    np.testing.assert_allclose(
        LOSSES["binary_focal"].rows(t, p, 0.0), [(easy + hard) / 2], rtol=HAND
    )
    easy, hard = -0.25 * 0.125 * ln(0.75), -0.75 * 0.75**1.5 * ln(0.25)
    balanced = LOSSES["binary_focal balanced"].rows(t, p, 0.0)
    np.testing.assert_allclose(balanced, [(easy + hard) / 2], rtol=HAND)
    q, u = np.array([[0.125, 0.25, 0.625]]), np.array([[0.0, 1.0, 0.0]])
    want = 0.25 * 0.75**2 * ln(4)
    np.testing.assert_allclose(LOSSES["categorical_focal"].rows(u, q, 0.0), [want], rtol=HAND)
    want = 0.5 * 0.75**1.5 * ln(4)  # weights 1/4, 1/2, 3/4
    got = LOSSES["categorical_focal columns"].rows(u, q, 0.0)
    np.testing.assert_allclose(got, [want], rtol=HAND)
    one = np.array([1.0])
    assert LOSSES["generalized_ce"].rows(one, q, 0.5) == (1 - 0.5) / 0.5
    for name in ("scce ignoring", "generalized_ce"):
        assert LOSSES[name].grad(one, q, 0.5).any() == (name == "generalized_ce")


def test_rows_that_do_not_count() -> None:
    rows, weight = np.array([1.0, 2.0, 6.0]), np.array([2.0, 1.0, 0.5])
    seen = np.array([True, False, True])
    rows = rows * seen
    assert reduce_loss(rows, None, "mean", seen)[0] == 3.5
    assert reduce_loss(rows, weight, "mean", seen)[0] == (2.0 + 3.0) / 2
    assert reduce_loss(rows, weight, "mean_weight", seen)[0] == (2.0 + 3.0) / 2.5
    assert reduce_loss(rows, weight, "sum", seen)[0] == 5.0
    assert reduce_loss(rows, None, "mean", np.zeros(3, bool))[0] == 0.0


def test_cross_entropy_values() -> None:
    ln = math.log
    p = np.array([[0.25, 0.5], [0.75, 0.125]])
    t = np.array([[1.0, 0.0], [0.0, 1.0]])
    want = [(ln(4) + ln(2)) / 2, (ln(4) + ln(8)) / 2]
    np.testing.assert_allclose(LOSSES["bce"].rows(t, p, 0.0), want, rtol=HAND)
    z = np.log(p / (1.0 - p))
    np.testing.assert_allclose(LOSSES["bce_logits"].rows(t, z, 0.0), want, rtol=HAND)
    # smoothing 0.2 turns 1 into 0.9 and 0 into 0.1
    first = -(0.9 * ln(0.25) + 0.1 * ln(0.75) + 0.1 * ln(0.5) + 0.9 * ln(0.5)) / 2
    assert abs(LOSSES["bce"].rows(t, p, 0.2)[0] - first) <= HAND * first

    q = np.array([[0.125, 0.25, 0.625]])
    u = np.array([[0.0, 1.0, 0.0]])
    np.testing.assert_allclose(LOSSES["cce"].rows(u, q, 0.0), [ln(4)], rtol=HAND)
    np.testing.assert_allclose(LOSSES["cce"].rows(u, 3.0 * q, 0.0), [ln(4)], rtol=HAND)
    np.testing.assert_allclose(LOSSES["cce_logits"].rows(u, np.log(q), 0.0), [ln(4)], rtol=HAND)
    smooth = 0.1 * ln(8) + 0.8 * ln(4) + 0.1 * ln(1.6)
    np.testing.assert_allclose(LOSSES["cce"].rows(u, q, 0.3), [smooth], rtol=HAND)
    one = np.array([1.0])
    np.testing.assert_allclose(LOSSES["scce"].rows(one, q, 0.0), [ln(4)], rtol=HAND)
    np.testing.assert_allclose(LOSSES["scce_logits"].rows(one, np.log(q), 0.0), [ln(4)], rtol=HAND)


def test_clipped_probabilities() -> None:
    """A certain and wrong prediction costs -log(1e-7) and has no gradient, as in Keras."""
    t, p = np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]])
    np.testing.assert_allclose(LOSSES["bce"].rows(t, p, 0.0), -math.log(1e-7), rtol=1e-9)
    assert not LOSSES["bce"].grad(t, p, 0.0).any()


def test_logit_losses_in_the_tails() -> None:
    t, z = np.array([[1.0], [0.0], [1.0]]), np.array([[-1000.0], [1000.0], [1000.0]])
    assert LOSSES["bce_logits"].rows(t, z, 0.0).tolist() == [1000.0, 1000.0, 0.0]
    labels, logits = np.array([0.0]), np.array([[-1000.0, 0.0]])
    assert LOSSES["scce_logits"].rows(labels, logits, 0.0).tolist() == [1000.0]


# ---- metrics ----------------------------------------------------------------------------------


def test_metric_values() -> None:
    t, y = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[0.2, 0.5], [0.9, 0.51]])
    assert METRICS["binary_accuracy"].rows(t, y).tolist() == [0.5, 1.0]  # 0.5 is not above 0.5
    c = np.array([[0.1, 0.7, 0.2], [0.4, 0.4, 0.2]])
    one_hot = np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    assert METRICS["categorical_accuracy"].rows(one_hot, c).tolist() == [1.0, 0.0]  # first wins
    sparse = METRICS["sparse_categorical_accuracy"]
    assert sparse.rows(np.array([1.0, 0.0]), c).tolist() == [1.0, 1.0]
    assert METRICS["mse"].rows(np.zeros((1, 2)), np.array([[1.0, 3.0]])).tolist() == [5.0]
    assert METRICS["mae"].rows(np.zeros((1, 2)), np.array([[1.0, -3.0]])).tolist() == [2.0]


# ---- optimisers -------------------------------------------------------------------------------


def test_adam_two_steps_by_hand() -> None:
    """w = 1, g = 0.5 then -1, lr = 0.1, b1 = 0.9, b2 = 0.99, epsilon = 0.1.

    Step 1: m = 0.05, v = 0.0025, a = 0.1 * sqrt(0.01) / 0.1 = 0.1, w = 1 - 0.005 / 0.15.
    Step 2: m = -0.055, v = 0.012475, a = 0.1 * sqrt(0.0199) / 0.19.
    """
    w = [np.array([1.0])]
    adam = Adam(0.1, 0.9, 0.99, 0.1)
    adam.step(w, [np.array([0.5])])
    first = 1.0 - 0.1 * 0.05 / (0.05 + 0.1)
    assert abs(w[0][0] - first) <= HAND
    adam.step(w, [np.array([-1.0])])
    a = 0.1 * math.sqrt(0.0199) / 0.19
    second = first + a * 0.055 / (math.sqrt(0.012475) + 0.1)
    assert abs(w[0][0] - second) <= HAND
    assert abs(adam.slots[0][0][0] + 0.055) <= HAND
    assert abs(adam.slots[0][1][0] - 0.012475) <= HAND


def test_adam_with_constant_gradient() -> None:
    """Both moments are then unbiased at every step: each step is lr g / (|g| + epsilon_t)."""
    w, g, lr = [np.zeros(2)], np.array([0.3, -2.0]), 0.01
    adam = Adam(lr, epsilon=0.0)
    for t in range(1, 40):
        adam.step(w, [g])
        np.testing.assert_allclose(w[0], -lr * t * np.sign(g), rtol=1e-11)


def test_sgd_closed_form() -> None:
    """On f = c w^2 / 2 a step multiplies w by 1 - lr c."""
    w = [np.array([2.0])]
    sgd = Sgd(0.1)
    for _ in range(20):
        sgd.step(w, [3.0 * w[0]])
    assert abs(w[0][0] - 2.0 * 0.7**20) <= HAND


def test_momentum_closed_form() -> None:
    """Constant g: m_t = -lr g (1 - p^t) / (1 - p), w_t their sum."""
    p, lr, g, n = 0.9, 0.1, 2.0, 25
    w = [np.array([1.0])]
    sgd = Sgd(lr, p)
    for _ in range(n):
        sgd.step(w, [np.array([g])])
    total = (n - p * (1.0 - p**n) / (1.0 - p)) / (1.0 - p)
    assert abs(w[0][0] - (1.0 - lr * g * total)) <= HAND * lr * g * total


def test_nesterov_two_steps_by_hand() -> None:
    """lr = 0.1, p = 0.5, g = 1 then 2.

    m1 = -0.1, w1 = w0 - 0.05 - 0.1; m2 = -0.05 - 0.2 = -0.25, w2 = w1 - 0.125 - 0.2.
    """
    w = [np.array([0.0])]
    sgd = Sgd(0.1, 0.5, nesterov=True)
    sgd.step(w, [np.array([1.0])])
    assert abs(w[0][0] + 0.15) <= HAND
    sgd.step(w, [np.array([2.0])])
    assert abs(w[0][0] + 0.475) <= HAND


# ---- random numbers ---------------------------------------------------------------------------


def test_philox_known_answers() -> None:
    """The vectors published with the generator (Random123, philox4x32-10)."""
    ones, pi = 0xFFFFFFFF, (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
    cases = [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ones,) * 4, (ones,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (pi, (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
    ]
    for counter, key, want in cases:
        assert philox4x32(np.array([counter], np.uint64), key)[0].tolist() == list(want)


def test_dropout_mask_keeps_the_right_share() -> None:
    kept = dropout_mask(7, 3, 11, 0.3, 400, 50)
    share = kept.mean()  # standard deviation sqrt(0.21 / 20000) = 0.0032
    assert abs(share - 0.7) < 5 * 0.0033
    assert not np.array_equal(kept, dropout_mask(7, 3, 12, 0.3, 400, 50))
    assert not np.array_equal(kept, dropout_mask(7, 4, 11, 0.3, 400, 50))
    assert np.array_equal(kept[:9], dropout_mask(7, 3, 11, 0.3, 9, 50))


# ---- graphs -----------------------------------------------------------------------------------


def test_two_two_one_network_by_hand() -> None:
    """x = (1, 2), relu hidden units, linear output, squared error, one SGD step.

    Hidden sums: 1*1 + 2*(-1) + 0.5 = -0.5 -> 0 and 1*0.5 + 2*1 - 0.5 = 2 -> 2. Output 2*3 + 1 = 7,
    target 5, loss 4, dl/dy = 4. dW2 = (0, 8), db2 = 4, dh = (4*2, 4*3) = (8, 12), first unit dead,
    dW1 = [[0, 12], [0, 24]], db1 = (0, 12). Learning rate 0.1.
    """
    kernel1, kernel2 = np.array([[1.0, 0.5], [-1.0, 1.0]]), np.array([[2.0], [3.0]])
    weights = [kernel1, np.array([0.5, -0.5]), kernel2, np.array([1.0])]
    graph = dense_chain(weights, ["relu", "linear"])
    twin = Twin(graph, "mse", Sgd(0.1))
    value, out = twin.train_step(np.array([[1.0, 2.0]]), np.array([[5.0]]), None)
    assert (value, out.item()) == (4.0, 7.0)
    want1, want2 = np.array([[1.0, -0.7], [-1.0, -1.4]]), np.array([[2.0], [2.2]])
    wanted = [want1, np.array([0.5, -1.7]), want2, np.array([0.6])]
    for got, want in zip(graph.params, wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=HAND)


# An activation meets a loss in the gradient of the output alone: all of one with some of the other.
CASES = [
    (activation, loss)
    for activation, loss in itertools.product(SMOOTH, LOSSES)
    if activation == "tanh" or loss in ("mse", "mae", "bce", "cce_logits", "scce")
]


@pytest.mark.parametrize(("activation", "loss"), CASES)
def test_network_gradients(activation: str, loss: str, rng: np.random.Generator) -> None:
    """Every parameter's gradient, for activations inside, losses outside, all reductions.

    Losses of probabilities stand behind an activation that makes probabilities.
    """
    last = "sigmoid" if LOSSES[loss].probabilities else "linear"
    shapes = [(2, 3), (3,), (3, 2), (2,)]
    spread = 0.4 if activation == "exponential" else 1.0  # derivatives of order one
    weights = [spread * rng.normal(size=s) for s in shapes]
    x, t, w = rng.normal(size=(5, 2)), targets(rng, loss, 5, 2), rng.uniform(0.2, 2.0, 5)
    for reduction, weight in itertools.product(REDUCTIONS, (None, w)):
        smoothing = LOSSES[loss].param or (0.1 if LOSSES[loss].smooths else 0.0)
        graph = dense_chain(weights, [activation, last])
        twin = Twin(graph, loss, Sgd(), smoothing=smoothing, reduction=reduction)

        def value(twin: Twin = twin, weight: Array | None = weight) -> float:
            return twin.loss_and_grads(x, t, weight, Context())[0]

        grads = twin.loss_and_grads(x, t, weight, Context())[1]
        if reduction == "mean":
            for g, p in zip(grads, graph.params, strict=True):
                assert_gradient(g, value, p)
        else:
            assert_slope(rng, grads, value, graph.params)


@pytest.mark.parametrize(("loss", "last"), FUSED)
def test_fused_loss_is_the_same_function(loss: str, last: str, rng: np.random.Generator) -> None:
    """From the logits or from the probabilities: one value, one gradient, where nothing clips."""
    weights = [rng.normal(size=s) for s in [(3, 4), (4,)]]
    x, t = rng.normal(size=(6, 3)), targets(rng, loss, 6, 4)
    results = []
    for fuse in (True, False):
        first = LOSSES[loss].param or 0.0
        twin = Twin(dense_chain(weights, [last]), loss, Sgd(), smoothing=first, fuse=fuse)
        assert (twin.loss == FUSED[loss, last]) == fuse
        results.append(twin.loss_and_grads(x, t, None, Context()))
    assert abs(results[0][0] - results[1][0]) <= HAND * results[0][0]
    for a, b in zip(results[0][1], results[1][1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_branching_graph_gradients(rng: np.random.Generator) -> None:
    """Skip connection, concatenation, two inputs and a layer used twice."""
    shared = Dense(rng.normal(size=(3, 3)), rng.normal(size=3))
    nodes = [
        Node(shared, ("a",), "a1"),
        Node(shared, ("b",), "b1"),
        Node(Activate("tanh"), ("a1",), "a2"),
        Node(Add(), ("a2", "b1", "a"), "s"),
        Node(Concatenate(), ("s", "b"), "c"),
        Node(Dense(rng.normal(size=(6, 2)), None), ("c",), "out"),
    ]
    graph = Graph(nodes)
    assert len(graph.params) == 3
    feeds = {"a": rng.normal(size=(4, 3)), "b": rng.normal(size=(4, 3))}
    seed = rng.normal(size=(4, 2))

    def value() -> float:
        return float((graph.forward(feeds, Context()).values["out"] * seed).sum())

    tensors, grads = graph.backward(graph.forward(feeds, Context()), {"out": seed}, Context())
    for name, x in feeds.items():
        assert_gradient(tensors[name], value, x)
    for g, p in zip(grads, graph.params, strict=True):
        assert_gradient(g, value, p)


@pytest.mark.parametrize(
    "op",
    [
        *(
            Merge(kind)
            for kind in ("subtract", "multiply", "divide", "average", "maximum", "minimum")
        ),
        Dot(),
        Dot(normalize=True),
    ],
    ids=lambda op: getattr(op, "kind", f"dot {getattr(op, 'normalize', '')}"),
)
def test_merge_gradients(op: Op, rng: np.random.Generator) -> None:
    """Every input of an op of two or three, against central differences."""
    several = isinstance(op, Merge) and op.kind not in ("subtract", "divide")
    inputs = [rng.normal(size=(4, 5)) for _ in range(3 if several else 2)]
    if isinstance(op, Merge) and op.kind == "divide":
        inputs[1] = np.copysign(1.0 + np.abs(inputs[1]), inputs[1])  # away from 0
    y, cache = op.forward(inputs, Context())
    dy = rng.normal(size=y.shape)
    grads, _ = op.backward(dy, cache, Context())
    assert_slope(rng, grads, lambda: float((op.forward(inputs, Context())[0] * dy).sum()), inputs)


@pytest.mark.parametrize("op", [Slice(0, 6), Slice(2, 3), Slice(5, 1), Glu()],
                         ids=["all", "some", "last", "glu"])  # fmt: skip
def test_column_gradients(op: Op, rng: np.random.Generator) -> None:
    """Each element against central differences, on rows of several positions."""
    x = rng.normal(size=(3, 2, 6))
    y, cache = op.forward([x], Context())
    dy = rng.normal(size=y.shape)
    (dx,), _ = op.backward(dy, cache, Context())
    assert_gradient(dx, lambda: float((op.forward([x], Context())[0] * dy).sum()), x)


@pytest.mark.parametrize(
    ("axes", "shapes"),
    [
        ((2, 2), ((3, 2, 5), (3, 4, 5))), ((1, 1), ((3, 5, 2), (3, 5, 4))),
        ((2, 1), ((3, 2, 5), (3, 5, 4))), ((1, 2), ((3, 5), (3, 4, 5))),
        ((1, 1), ((3, 5, 2), (3, 5))),
    ],
)  # fmt: skip
@pytest.mark.parametrize("normalize", [False, True])
def test_dot_of_matrices(
    axes: tuple[int, int], shapes: tuple[tuple[int, ...], ...], normalize: bool,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    op, inputs = Dot(normalize, axes), [rng.normal(size=shape) for shape in shapes]
    y, cache = op.forward(inputs, Context())
    if not normalize:
        sums = [np.tensordot(a, b, (axes[0] - 1, axes[1] - 1))
                for a, b in zip(*inputs, strict=True)]  # fmt: skip
        np.testing.assert_allclose(y, sums, rtol=1e-12)
    dy = rng.normal(size=y.shape)
    grads, _ = op.backward(dy, cache, Context())
    assert_slope(rng, grads, lambda: float((op.forward(inputs, Context())[0] * dy).sum()), inputs)


def test_repeat_and_affine_gradients(rng: np.random.Generator) -> None:
    x = rng.normal(size=(3, 4))
    for op in (Repeat(5), Affine(rng.normal(size=4), rng.normal(size=4), 0.5)):
        y, cache = op.forward([x], Context())
        dy = rng.normal(size=y.shape)
        (dx,), _ = op.backward(dy, cache, Context())

        def value(op: Op = op, dy: Array = dy) -> float:
            return float((op.forward([x], Context())[0] * dy).sum())

        assert_gradient(dx, value, x)


def test_column_values() -> None:
    x = np.array([[1.0, 2.0, 3.0, 4.0]])
    y, cache = Slice(1, 2).forward([x], Context())
    assert y.tolist() == [[2.0, 3.0]]
    assert Slice(1, 2).backward(y, cache, Context())[0][0].tolist() == [[0.0, 2.0, 3.0, 0.0]]
    gated, _ = Glu().forward([np.array([[3.0, -1.0, math.log(3.0), 0.0]])], Context())
    np.testing.assert_allclose(gated, [[2.25, -0.5]], rtol=HAND)


def test_merge_values() -> None:
    a, b, c = (np.array([[v]]) for v in (3.0, 5.0, 5.0))
    for kind, want in (
        ("multiply", 75.0),
        ("average", 13.0 / 3.0),
        ("maximum", 5.0),
        ("minimum", 3.0),
    ):
        assert Merge(kind).forward([a, b, c], Context())[0][0, 0] == pytest.approx(want, rel=1e-15)
    tie = Merge("maximum")
    _, cache = tie.forward([b, c], Context())
    assert [g[0, 0] for g in tie.backward(np.ones((1, 1)), cache, Context())[0]] == [0.5, 0.5]
    unit, _ = Dot(normalize=True).forward([a, b], Context())
    assert unit[0, 0] == 1.0


def test_positions_dropout_and_reshape_gradients(rng: np.random.Generator) -> None:
    """A dense layer over the last axis of (batch, 2, 3), dropout with a fixed mask, flatten."""
    graph = sequential(
        [
            Dense(rng.normal(size=(3, 4)), rng.normal(size=4)),
            Activate("silu"),
            Dropout(0.4, 5),
            Reshape((8,)),
            Dense(rng.normal(size=(8, 2)), rng.normal(size=2)),
        ]
    )
    x, t = rng.normal(size=(5, 2, 3)), rng.normal(size=(5, 2))
    kept = rng.random((10, 4)) < 0.6
    ctx = Context(training=True, step=2, mask=lambda *_: kept)
    twin = Twin(graph, "mse", Sgd())
    _, grads, _ = twin.loss_and_grads(x, t, None, ctx)
    for g, p in zip(grads, graph.params, strict=True):
        assert_gradient(g, lambda: twin.loss_and_grads(x, t, None, ctx)[0], p)
    still = Context(training=False)
    run = graph.forward({"0": x}, still)
    assert np.array_equal(run.values["3"], run.values["2"])


# ---- the fit loop -----------------------------------------------------------------------------


def test_fit_loop_by_hand() -> None:
    """One weight, y = w x, squared error, batches of 2 and 1, given order.

    w0 = 1, lr = 0.1. Batch (3, 1) with targets 0: losses 9 and 1, mean 5, dw = 2 (9 + 1) / 2 = 10,
    w = 0. Batch (2), target 4: loss 16, dw = 2 * (-4) * 2 = -16, w = 1.6.
    Epoch loss (5 * 2 + 16 * 1) / 3.
    """
    x, y = np.array([[1.0], [2.0], [3.0]]), np.array([[0.0], [4.0], [0.0]])
    graph = sequential([Dense(np.array([[1.0]]), None)])
    twin = Twin(graph, "mse", Sgd(0.1), metrics={"mae": "mae"})
    history = twin.fit(x, y, epochs=1, batch_size=2, order=lambda _: np.array([2, 0, 1]))
    np.testing.assert_allclose(history.step_loss, [5.0, 16.0], rtol=HAND)
    np.testing.assert_allclose(graph.params[0], [[1.6]], rtol=HAND)
    epoch = history.epochs[0]
    np.testing.assert_allclose(epoch["loss"], 26.0 / 3.0, rtol=HAND)
    np.testing.assert_allclose(epoch["mae"], (3.0 + 1.0 + 4.0) / 3.0, rtol=HAND)
    held = twin.evaluate(x, y, batch_size=2)
    want = ((1.6**2 + (3.2 - 4.0) ** 2) / 2 * 2 + 4.8**2) / 3
    np.testing.assert_allclose(held["loss"], want, rtol=HAND)


def test_weights_in_loss_and_metrics() -> None:
    """Sample weights act on the loss and on weighted metrics, not on plain ones."""
    x, y, w = np.array([[1.0], [2.0]]), np.zeros((2, 1)), np.array([3.0, 0.5])
    graph = sequential([Dense(np.array([[1.0]]), None)])
    twin = Twin(graph, "mse", Sgd(0.0), metrics={"m": "mse"}, weighted_metrics={"wm": "mse"})
    logs = twin.evaluate(x, y, batch_size=2, sample_weight=w)
    np.testing.assert_allclose(logs["loss"], (3.0 + 2.0) / 2.0, rtol=HAND)
    np.testing.assert_allclose(logs["m"], 2.5, rtol=HAND)
    np.testing.assert_allclose(logs["wm"], 5.0 / 3.5, rtol=HAND)
