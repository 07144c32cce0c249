"""Constraints by themselves: values, names, configurations, errors."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import _core, constraints
from reference.regularizers import norm_constraint

NORMS: dict[str, tuple[type, dict[str, Any], tuple[float, float, float]]] = {
    "max": (constraints.MaxNorm, {"max_value": 1.5}, (0.0, 1.5, 1.0)),
    "unit": (constraints.UnitNorm, {}, (1.0, 1.0, 1.0)),
    "min_max": (
        constraints.MinMaxNorm, {"min_value": 1.0, "max_value": 2.0}, (1.0, 2.0, 1.0)
    ),
    "slowly": (
        constraints.MinMaxNorm, {"min_value": 1.0, "max_value": 2.0, "rate": 0.25},
        (1.0, 2.0, 0.25),
    ),
}  # fmt: skip
AXES: list[tuple[tuple[int, ...], Any]] = [
    ((70, 19), 0), ((70, 19), 1), ((70, 19), -1), ((70, 19), (0, 1)), ((70, 19), None),
    ((7,), 0), ((3, 4, 5), (0, 1)), ((3, 4, 5), (0, 2)), ((3, 4, 5), 1), ((1, 1), 0),
]  # fmt: skip


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize(("shape", "axis"), AXES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_norms_are_the_twins(
    name: str, shape: tuple[int, ...], axis: Any, dtype: str, rng: np.random.Generator
) -> None:
    cls, arguments, bounds = NORMS[name]
    given = list(axis) if isinstance(axis, tuple) else axis
    w = rng.normal(size=shape).astype(dtype)
    got = cls(**arguments, axis=given)(w)
    assert got.dtype == dtype
    want = norm_constraint(*bounds, axis=axis)(w.astype(np.float64))
    assert np.all(np.abs(got - want) <= 4 * np.finfo(dtype).eps * np.abs(want))


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize("axis", [0, 1, [0, 1]])
def test_a_weights_bits_are_those_of_the_call(
    name: str, axis: Any, rng: np.random.Generator
) -> None:
    """The core's form for a kernel or bias, on the same matrix: the same bits."""
    cls, arguments, _ = NORMS[name]
    made = cls(**arguments, axis=axis)
    w = rng.normal(size=(130, 70)).astype("float32")
    native = made.native(w.shape)
    assert _core.constraint(native.code, native.params, w).tobytes() == made(w).tobytes()
    if axis == 0:
        native = made.native((70,))
        bias = _core.constraint(native.code, native.params, w[:1])
        assert bias.tobytes() == made(w[0]).tobytes()


VIEWS: list[tuple[tuple[int, ...], Any]] = [
    ((3, 4, 5), 0), ((3, 4, 5), 1), ((3, 4, 5), [1, 2]), ((3, 1, 5), [0, 1]), ((1, 4, 5), 0),
    ((2, 3, 4, 5), [1, 2]), ((2, 3, 4, 5), [1, 2, 3]), ((2, 3, 1, 5), [1, 3]), ((1, 1, 4), [0, 1]),
    ((2, 40, 300), 1), ((40, 2, 300), 0), ((3, 4, 5), []), ((3, 4, 5), 2), ((3, 4, 5), None),
]  # fmt: skip


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("shape", "axis"), VIEWS)
def test_axes_of_weights_of_many_axes(
    shape: tuple[int, ...], axis: Any, threads: int, rng: np.random.Generator
) -> None:
    """After a step that moves nothing the slopes of a PReLU are what the call makes of them."""
    fastnn.set_num_threads(threads)
    try:
        for cls, arguments, bounds in NORMS.values():
            made = cls(**arguments, axis=axis)
            layer = fastnn.layers.PReLU(alpha_constraint=made)
            model = fastnn.Sequential([fastnn.Input(shape), layer])
            model.compile(fastnn.optimizers.SGD(0.0), "mse")
            w = rng.normal(size=shape).astype("float32")
            layer.alpha.assign(w)
            x = rng.normal(size=(4, *shape)).astype("float32")
            model.fit(x, x, batch_size=4, verbose=0)
            got = layer.alpha.numpy()
            axes = tuple(axis) if isinstance(axis, list) else axis
            want = norm_constraint(*bounds, axis=axes)(w.astype(np.float64))
            assert np.all(np.abs(got - want) <= 4 * np.finfo("float32").eps * np.abs(want))
            if made.native(shape).name == "norm_columns":
                assert got.tobytes() == made(w).tobytes()
    finally:
        fastnn.set_num_threads(0)


def test_axes_apart_have_no_form_in_the_core() -> None:
    made = constraints.UnitNorm([0, 2])
    assert made(np.ones((3, 4, 5))).shape == (3, 4, 5)
    assert made.native((3, 1, 5)).name == "norm_all"
    with pytest.raises(ValueError, match=r"axes must be beside each other"):
        made.native((3, 4, 5))
    layer = fastnn.layers.PReLU(alpha_constraint=made)
    with pytest.raises(ValueError, match=r"`alpha_constraint`: `axis=.0, 2.` is not supported"):
        layer.build((None, 3, 4, 5))


def test_non_negative() -> None:
    w = np.array([[-1.0, 2.0, 0.0], [np.nan, -np.inf, np.inf]], "float32")
    got = constraints.NonNeg()(w)
    assert np.array_equal(got, [[0, 2, 0], [np.nan, 0, np.inf]], equal_nan=True)
    assert constraints.NonNeg()([[-1, 2]]).dtype == np.float32
    assert constraints.NonNeg()(np.float64(-1)) == 0


def test_facts_of_the_definitions() -> None:
    w = np.array([[3.0, 0.3], [4.0, 0.4]])
    assert np.allclose(constraints.MaxNorm(1)(w), [[0.6, 0.3], [0.8, 0.4]], atol=1e-6)
    assert np.allclose(np.linalg.norm(constraints.UnitNorm()(w), axis=0), 1, atol=1e-6)
    got = np.linalg.norm(constraints.MinMaxNorm(1, 2)(w), axis=0)
    assert np.allclose(got, [2, 1], atol=1e-6)
    assert constraints.Constraint()(w) is w
    assert not constraints.UnitNorm()(np.zeros((2, 2))).any()


def test_get_takes_names_classes_objects_and_configurations() -> None:
    assert constraints.get(None) is None
    for name, cls in (
        ("max_norm", constraints.MaxNorm), ("MaxNorm", constraints.MaxNorm),
        ("unit_norm", constraints.UnitNorm), ("min_max_norm", constraints.MinMaxNorm),
        ("non_neg", constraints.NonNeg),
    ):  # fmt: skip
        assert type(constraints.get(name)) is cls
        assert type(constraints.get(cls)) is cls
    one = constraints.MaxNorm(3)
    assert constraints.get(one) is one
    assert constraints.max_norm is constraints.MaxNorm


@pytest.mark.parametrize(
    "made",
    [
        constraints.MaxNorm(3, [0, 1]), constraints.MaxNorm(3, None), constraints.UnitNorm(1),
        constraints.MinMaxNorm(0.5, 2, 0.5, -1), constraints.NonNeg(),
    ],
)  # fmt: skip
def test_configurations_come_back(made: Any) -> None:
    again = constraints.deserialize(constraints.serialize(made))
    assert type(again) is type(made)
    assert again.get_config() == made.get_config()
    assert repr(again) == repr(made)


def test_errors_name_the_argument() -> None:
    with pytest.raises(ValueError, match="`max_value` must not be negative"):
        constraints.MaxNorm(-1)
    with pytest.raises(ValueError, match=r"`max_value` must be at least `min_value=2\.0`, got 1"):
        constraints.MinMaxNorm(2, 1)
    with pytest.raises(ValueError, match="`rate` must be a number"):
        constraints.MinMaxNorm(rate="fast")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`axis` must be an integer"):
        constraints.UnitNorm("rows")
    with pytest.raises(ValueError, match="`axis=2` does not fit an array of 2 axes"):
        constraints.UnitNorm(2)(np.ones((2, 2)))
    with pytest.raises(ValueError, match="`axis=1` does not fit an array of 1 axes"):
        constraints.UnitNorm(1).native((3,))
    with pytest.raises(ValueError, match="`w` must have an axis and values"):
        constraints.UnitNorm(None)(1.0)
    with pytest.raises(ValueError, match="unknown constraint 'max' for `kernel_constraint`"):
        constraints.get("max", "kernel_constraint")
    with pytest.raises(ValueError, match="`constraint` must be a name or an object"):
        constraints.get(3)
    assert constraints.get(abs) is abs
    with pytest.raises(ValueError, match="`kernel_constraint` must be a name or an object"):
        constraints.get(abs, "kernel_constraint")
    with pytest.raises(ValueError, match="has no form in the core"):
        constraints.Constraint().native((2, 2))


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("axis", [0, 1, [0, 1], None])
def test_values_are_keras(axis: Any, rng: np.random.Generator) -> None:
    keras = pytest.importorskip("keras")
    w = rng.normal(size=(9, 7)).astype("float32")
    for cls, arguments, _ in NORMS.values():
        theirs = getattr(keras.constraints, cls.__name__)(**arguments, axis=axis)(w)
        got = cls(**arguments, axis=axis)(w)
        assert np.allclose(got, np.asarray(theirs), rtol=2e-6, atol=0)
    assert np.array_equal(constraints.NonNeg()(w), np.asarray(keras.constraints.NonNeg()(w)))
