"""`fastnn.ops`: the examples of its functions, types, symbolic tensors; values beside Keras'."""

import doctest
import importlib
import inspect
import os
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import ops

MODULES = sorted(set(ops._lazy_names.values()))


@pytest.mark.parametrize("module", MODULES)
def test_examples(module: str) -> None:
    done = doctest.testmod(importlib.import_module(module))
    assert done.attempted >= 2
    assert done.failed == 0


def test_every_function_has_an_example() -> None:
    for name in ops.__all__:
        assert f">>> fastnn.ops.{name}(" in (inspect.getdoc(getattr(ops, name)) or ""), name


def test_a_metric_of_the_users_own() -> None:
    def my_metric(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.abs(ops.subtract(y_true, y_pred)), axis=-1)

    x = np.arange(12, dtype="float32").reshape(6, 2)
    y = x.sum(1, keepdims=True)
    model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[my_metric])
    value = model.evaluate(x, y, verbose=0, return_dict=True)["my_metric"]
    assert value == pytest.approx(np.abs(y - model.predict(x)).mean(), rel=1e-6)


def test_types_of_results() -> None:
    f32, f64, whole = np.ones(2, "float32"), np.ones(2), np.ones(2, "int32")
    assert ops.add(f32, whole).dtype == "float32"
    assert ops.add(f32, 1.5).dtype == "float32"
    assert ops.add(f64, 1).dtype == "float64"
    assert ops.add(f32, f64).dtype == "float64"
    assert ops.add(whole, 1.5).dtype == "float32"
    assert ops.add(np.array([True]), 1).dtype == "int32"
    assert ops.divide(whole, 2).dtype == "float32"
    assert ops.mean(whole).dtype == "float32"
    assert ops.sum(whole).dtype == "int32"
    assert ops.argmax(f64).dtype == "int32"
    assert ops.convert_to_tensor([1.0]).dtype == fastnn.config.floatx()


def test_symbolic_tensors_become_layers(rng: np.random.Generator) -> None:
    first, second = fastnn.Input((3,)), fastnn.Input((3,))
    outputs = [
        ops.add(first, second), ops.subtract(first, 2.0), ops.subtract(2.0, first),
        ops.multiply(first, second), ops.divide(first, 4.0), ops.negative(first),
        ops.maximum(first, second), ops.minimum(first, second), ops.tanh(first),
        ops.elu(first, alpha=0.5), ops.softmax(first), ops.concatenate([first, second], axis=-1),
        ops.reshape(first, (-1, 3, 1)), ops.abs(first), ops.absolute(first), ops.square(first),
        ops.power(first, 3), ops.sqrt(ops.exp(first)), ops.rsqrt(ops.exp(first)),
        ops.reciprocal(first), ops.divide(first, second), ops.true_divide(2.0, second),
    ]  # fmt: skip
    a, b = rng.standard_normal((2, 5, 3)).astype("float32")
    expected = [
        a + b, a - 2, 2 - a, a * b, a / 4, -a, np.maximum(a, b), np.minimum(a, b), ops.tanh(a),
        ops.elu(a, alpha=0.5), ops.softmax(a), np.concatenate([a, b], -1), a[..., None],
        abs(a), abs(a), a * a, a * a * a, np.exp(a / 2), np.exp(-a / 2), 1 / a, a / b, 2 / b,
    ]  # fmt: skip
    found = fastnn.Model([first, second], outputs).predict([a, b])
    for got, want in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["log", "mean", "matmul", "sort", "dot", "where", "transpose"])
def test_other_functions_refuse_symbolic_tensors(name: str) -> None:
    tensor = fastnn.Input((3,))
    arguments = {"matmul": 2, "dot": 2, "where": 3}.get(name, 1)
    with pytest.raises(TypeError, match="symbolic tensor: use layers"):
        getattr(ops, name)(*[tensor] * arguments)


def test_what_is_absent_says_so() -> None:
    with pytest.raises(AttributeError, match=r"`ops.conv` is not part of fastnn: fastnn has dense"):
        ops.conv  # noqa: B018
    with pytest.raises(AttributeError, match=r"`ops.while_loop` is not part of fastnn: .*NumPy"):
        ops.while_loop  # noqa: B018


def test_errors_name_the_argument() -> None:
    with pytest.raises(ValueError, match="`k` must be in"):
        ops.top_k([1.0], 2)
    with pytest.raises(ValueError, match="`x1` and `x2` must both"):
        ops.where([True], 1.0)
    with pytest.raises(ValueError, match="`sparse` and `ragged` must be False"):
        ops.one_hot([1], 2, sparse=True)


ONE = """
    exp expm1 exp2 sin cos tan arctan sinh cosh arcsinh deg2rad rad2deg sinc fabs ceil floor
    trunc square absolute abs conj conjugate real sign isfinite isnan isinf isposinf
    isneginf signbit negative round nan_to_num logical_not all any sum nansum prod mean std
    var median nanmean nanstd nanvar nanmedian max min amax amin nanmax nanmin argmax argmin
    ptp count_nonzero average cumsum cumprod nancumsum nancumprod logsumexp diff trapezoid
    sort argsort transpose ravel flip fliplr flipud diagflat tril triu diagonal trace copy
    zeros_like ones_like relu relu6 selu sigmoid silu swish softplus softsign tanh
    tanh_shrink hard_sigmoid hard_silu hard_swish hard_tanh log_sigmoid sparse_plus
    sparse_sigmoid elu celu leaky_relu gelu soft_shrink hard_shrink squareplus softmax
    log_softmax erf erfc norm normalize isreal squeeze angle imag ndim size shape
    rot90 unstack
"""
POSITIVE = """
    log log1p log2 log10 sqrt cbrt rsqrt reciprocal
"""
TWO = """
    add subtract multiply divide true_divide maximum minimum floor_divide mod fmod fmax fmin
    equal not_equal greater greater_equal less less_equal logical_and logical_or logical_xor
    isclose allclose isin divide_no_nan append
"""
TWO_FLOATS = """
    arctan2 hypot logaddexp logaddexp2 heaviside
"""
WHOLE = """
    gcd lcm bitwise_and bitwise_or bitwise_xor left_shift right_shift
"""
# Keras on JAX refuses other types, or rounds activations to them.
FLOATS_ONLY = """
    relu sigmoid silu swish hard_tanh log_sigmoid softmax log_softmax erf normalize rsqrt
"""
REFUSED = """
    negative sign round subtract floor_divide mod fmod square ptp divide_no_nan diff trapezoid
    nan_to_num cumsum cumprod nancumsum nancumprod count_nonzero
"""
MATRIX = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]], "float32")
ROWS = np.array([[0.1, 0.6, 0.3], [0.7, 0.2, 0.1]], "float32")
OTHERS: dict[str, list[tuple[Any, ...]]] = {
    "arcsin": [(ROWS,)], "arccos": [(ROWS,)], "arctanh": [(ROWS,)], "arccosh": [(ROWS + 1,)],
    "clip": [(MATRIX, 1.0, 2.0)], "power": [(MATRIX, 2.0)], "ldexp": [(MATRIX, np.int32(2))],
    "bitwise_not": [(np.array([1, 2], "int32"),)], "where": [(MATRIX > 1, MATRIX, 0.0)],
    "nonzero": [(MATRIX > 1,)], "quantile": [(MATRIX, 0.3, 1)], "percentile": [(MATRIX, 30.0)],
    "searchsorted": [(np.array([1.0, 2.0], "float32"), ROWS[0])],
    "digitize": [(MATRIX, np.array([1.0, 2.0], "float32"))],
    "bincount": [(np.array([0, 2, 2], "int32"),)], "top_k": [(MATRIX, 2)],
    "in_top_k": [(np.array([1, 2], "int32"), ROWS, 2)],
    "segment_sum": [(MATRIX, np.array([0, 0, 1], "int32"), 2)],
    "segment_max": [(MATRIX, np.array([0, 0, 1], "int32"), 2)],
    "segment_min": [(MATRIX, np.array([0, 0, 1], "int32"), 2)],
    "segment_prod": [(MATRIX, np.array([0, 0, 1], "int32"), 2)],
    "reshape": [(MATRIX, (1, 9))], "concatenate": [([MATRIX, ROWS],)], "stack": [([ROWS, ROWS], 1)],
    "hstack": [([ROWS, ROWS],)], "vstack": [([ROWS, ROWS],)], "dstack": [([ROWS, ROWS],)],
    "broadcast_to": [(ROWS[0], (2, 3))], "expand_dims": [(ROWS, 1)], "swapaxes": [(ROWS, 0, 1)],
    "moveaxis": [(ROWS, 0, 1)], "roll": [(ROWS, 1, 1)], "tile": [(ROWS, (2, 1))],
    "repeat": [(ROWS, 2, 0)], "take": [(ROWS, np.array([1, 0]), 0)],
    "take_along_axis": [(ROWS, np.array([[1], [0]]), 1)], "diag": [(MATRIX,), (ROWS[0],)],
    "split": [(MATRIX, 3, 1), (MATRIX, [1], 0)], "pad": [(ROWS, ((1, 1), (0, 2)))],
    "meshgrid": [(ROWS[0], ROWS[1])], "zeros": [((2, 3),)], "ones": [((2,), "int32")],
    "full": [((2, 2), 3.0)], "full_like": [(ROWS, 2)], "eye": [(3,)], "identity": [(2,)],
    "tri": [(3,)], "arange": [(5,), (1.0, 2.0, 0.25)], "linspace": [(0.0, 1.0, 5)],
    "logspace": [(0.0, 2.0, 3)], "cast": [(MATRIX, "int32")], "convert_to_tensor": [([1.0, 2.0],)],
    "one_hot": [(np.array([0, 2, 5]), 3)], "multi_hot": [(np.array([[0, 2], [1, 1]]), 3)],
    "slice": [(MATRIX, [1, 1], [2, 1])], "slice_update": [(MATRIX, [1, 1], ROWS[:, :2])],
    "scatter": [(np.array([[0], [2]]), ROWS, (4, 3))], "matmul": [(ROWS, MATRIX)],
    "dot": [(ROWS, MATRIX)], "inner": [(ROWS, MATRIX)], "outer": [(ROWS[0], ROWS[1])],
    "vdot": [(ROWS[0], ROWS[1])], "tensordot": [(ROWS, MATRIX, 1)],
    "einsum": [("ij,jk->ik", ROWS, MATRIX)], "cross": [(ROWS[0], ROWS[1])],
    "kron": [(ROWS, ROWS)], "inv": [(MATRIX,)], "det": [(MATRIX,)], "slogdet": [(MATRIX,)],
    "logdet": [(MATRIX,)], "pinv": [(MATRIX,)], "cholesky": [(MATRIX,)],
    "solve": [(MATRIX, ROWS.T)], "lstsq": [(MATRIX, ROWS.T)], "corrcoef": [(ROWS,)],
    "threshold": [(MATRIX, 1.0, 0.5)], "glu": [(MATRIX[:, :2],)], "moments": [(MATRIX, [0])],
    "binary_crossentropy": [(ROWS.round(), ROWS), (ROWS.round(), MATRIX[:2], True)],
    "categorical_crossentropy": [(ROWS.round(), ROWS), (ROWS.round(), MATRIX[:2], True)],
    "sparse_categorical_crossentropy": [
        (np.array([1, 2], "int32"), ROWS), (np.array([1, 2], "int32"), MATRIX[:2], True)
    ],
}  # fmt: skip


def cases() -> list[tuple[str, tuple[Any, ...]]]:
    square = np.array([[-1.5, 0.5, 2.0], [3.0, -0.25, 1.0], [2.0, 2.5, 0.0]])
    listed: list[tuple[str, tuple[Any, ...]]] = []
    for kind in ("float32", "int32", "bool"):
        one = square.astype(kind)
        two = (np.abs(square.T) + 1).astype(kind)
        refused = FLOATS_ONLY.split() if kind != "float32" else []
        refused += REFUSED.split() if kind == "bool" else []
        listed += [
            (name, (one,)) for name in ONE.split() if name not in refused and name != "squeeze"
        ]
        listed += [(name, (two,)) for name in POSITIVE.split() if name not in refused]
        listed += [(name, (one, two)) for name in TWO.split() if name not in refused]
    listed += [("squeeze", (np.ones((1, 3), "float32"),))]
    listed += [(name, (MATRIX, MATRIX.T - 1)) for name in TWO_FLOATS.split()]
    listed += [
        (name, (np.array([6, 9], "int32"), np.array([2, 1], "int32"))) for name in WHOLE.split()
    ]
    return listed + [(name, given) for name, each in OTHERS.items() for given in each]


def leaves(value: Any) -> list[Any]:
    return (
        [x for each in value for x in leaves(each)] if isinstance(value, (list, tuple)) else [value]
    )


@pytest.mark.keras
@pytest.mark.parametrize(
    ("name", "given"), cases(), ids=lambda v: v if isinstance(v, str) else ""
)  # fmt: skip
def test_values_and_types_are_those_of_keras(name: str, given: tuple[Any, ...]) -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    expected, found = leaves(getattr(keras.ops, name)(*given)), leaves(getattr(ops, name)(*given))
    assert len(found) == len(expected)
    for got, want in zip(found, expected, strict=True):
        wanted = np.asarray(want)
        assert np.shape(got) == wanted.shape
        np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=2e-6)
        if hasattr(want, "dtype"):
            assert got.dtype == wanted.dtype


@pytest.mark.keras
def test_signatures_are_those_of_keras() -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    for name in ops.__all__:
        theirs = inspect.signature(getattr(keras.ops, name)).parameters.values()
        ours = inspect.signature(getattr(ops, name)).parameters.values()
        plain = [(p.name, p.default) for p in theirs if p.kind is not p.VAR_KEYWORD]
        assert [(p.name, p.default) for p in ours] == plain, name
