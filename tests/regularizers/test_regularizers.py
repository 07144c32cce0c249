"""Regularisers by themselves: values, names, configurations, errors."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fastnn
from fastnn import _core, regularizers
from reference.regularizers import l1_l2, orthogonal

MADE: dict[str, tuple[Any, Any]] = {
    "l1": (regularizers.L1(0.3), l1_l2(0.3, 0.0)),
    "l2": (regularizers.L2(0.2), l1_l2(0.0, 0.2)),
    "l1_l2": (regularizers.L1L2(0.3, 0.2), l1_l2(0.3, 0.2)),
    "rows": (regularizers.OrthogonalRegularizer(0.5), orthogonal(0.5, "rows")),
    "columns": (regularizers.OrthogonalRegularizer(0.5, "columns"), orthogonal(0.5, "columns")),
}


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_value_and_derivative_are_the_twins(
    name: str, dtype: str, rng: np.random.Generator
) -> None:
    made, twin = MADE[name]
    w = rng.normal(size=(70, 19)).astype(dtype)
    wide = w.astype(np.float64)
    value = made(w)
    assert value.dtype == dtype
    u = np.finfo(dtype).eps
    assert abs(value - twin.penalty(wide)) <= 16 * u * abs(twin.penalty(wide))
    native = made.native()
    _, grad = _core.regularizer(native.code, native.params, w, True)
    assert grad is not None
    assert np.all(np.abs(grad - twin.grad(wide)) <= 64 * u * np.abs(twin.grad(wide)).max())


@pytest.mark.parametrize("shape", [(), (5,), (2, 3, 4)])
def test_arrays_of_any_rank(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    x = rng.normal(size=shape)
    assert regularizers.L1(0.5)(x) == pytest.approx(0.5 * np.abs(x).sum())
    assert regularizers.L2(0.5)(x) == pytest.approx(0.5 * np.square(x).sum())


def test_facts_of_the_definitions() -> None:
    """The documented examples of the interface."""
    ones = np.ones((5, 5), "float32")
    assert regularizers.L2(0.01)(ones) == np.float32(0.25)
    assert regularizers.L1(0.01)(ones) == np.float32(0.25)
    assert regularizers.L1L2(0.01, 0.01)(ones) == np.float32(0.5)
    assert regularizers.L1(0.1)(np.zeros((0, 3))) == 0
    assert regularizers.Regularizer()(ones) == 0.0


def test_no_penalty_between_orthogonal_vectors() -> None:
    assert regularizers.OrthogonalRegularizer()(np.eye(4)) == 0
    assert regularizers.OrthogonalRegularizer(mode="columns")(np.eye(4)) == 0
    assert regularizers.OrthogonalRegularizer(1.0)(np.ones((3, 2))) == pytest.approx(1.0)
    assert regularizers.OrthogonalRegularizer(1.0)(np.ones((1, 2))) == 0


def test_get_takes_names_classes_objects_and_configurations() -> None:
    assert regularizers.get(None) is None
    assert regularizers.get("l1").get_config() == {"l1": 0.01}  # type: ignore[union-attr]
    assert regularizers.get("l2").get_config() == {"l2": 0.01}  # type: ignore[union-attr]
    for name in ("l1_l2", "l1l2", "L1L2"):
        assert regularizers.get(name).get_config() == {"l1": 0.0, "l2": 0.0}  # type: ignore[union-attr]
    assert isinstance(regularizers.get(regularizers.L1), regularizers.L1)
    one = regularizers.L2(0.5)
    assert regularizers.get(one) is one
    assert regularizers.l2 is regularizers.L2
    assert fastnn.Regularizer is regularizers.Regularizer


@pytest.mark.parametrize("name", MADE)
def test_configurations_come_back(name: str) -> None:
    made, _ = MADE[name]
    config = regularizers.serialize(made)
    again = regularizers.deserialize(config)
    assert type(again) is type(made)
    assert again.get_config() == made.get_config()
    assert repr(again) == repr(made)


def test_none_is_keras_default() -> None:
    assert regularizers.L1(None).l1 == 0.01
    assert regularizers.L2(None).l2 == 0.01
    assert regularizers.L1L2(None, None).get_config() == {"l1": 0.0, "l2": 0.0}


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf"), "0.1", True])
def test_bad_factors_are_named(bad: Any) -> None:
    for make, name in (
        (lambda: regularizers.L1(bad), "l1"),
        (lambda: regularizers.L2(bad), "l2"),
        (lambda: regularizers.L1L2(l2=bad), "l2"),
        (lambda: regularizers.OrthogonalRegularizer(bad), "factor"),
    ):
        with pytest.raises(ValueError, match=f"`{name}` must"):
            make()


def test_other_errors() -> None:
    with pytest.raises(ValueError, match="`mode` must be"):
        regularizers.OrthogonalRegularizer(mode="diagonal")
    with pytest.raises(ValueError, match="must be a matrix"):
        regularizers.OrthogonalRegularizer()(np.ones(3))
    with pytest.raises(ValueError, match="unknown regularizer 'l3' for `kernel_regularizer`"):
        regularizers.get("l3", "kernel_regularizer")
    with pytest.raises(ValueError, match="`regularizer` must be a name or an object"):
        regularizers.get(3)
    assert regularizers.get(abs) is abs
    with pytest.raises(ValueError, match="`kernel_regularizer` must be a name or an object"):
        regularizers.get(abs, "kernel_regularizer")
    with pytest.raises(ValueError, match="has no form in the core"):
        regularizers.Regularizer().native()
    with pytest.raises(NotImplementedError, match="does not describe itself"):
        regularizers.Regularizer().get_config()


def test_a_subclass_works_by_itself() -> None:
    class Sum(regularizers.Regularizer):
        def __call__(self, x: Any) -> Any:
            return np.sum(x)

    assert Sum()(np.ones((2, 2))) == 4
    assert repr(Sum()) == "Sum()"


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_values_are_keras(rng: np.random.Generator) -> None:
    keras = pytest.importorskip("keras")
    for shape in ((3, 4), (17, 5), (1, 6)):
        w: NDArray[Any] = rng.normal(size=shape).astype("float32")
        for name, arguments in (
            ("L1", (0.3,)), ("L2", (0.2,)), ("L1L2", (0.3, 0.2)),
            ("OrthogonalRegularizer", (0.5, "rows")),
            ("OrthogonalRegularizer", (0.5, "columns")),
        ):  # fmt: skip
            if 1 in shape and name.startswith("Orth"):
                continue  # Keras divides 0 by 0
            mine = getattr(regularizers, name)(*arguments)(w)
            # As a tensor: with NumPy arrays Keras' columns are divided by the wrong axis.
            theirs = getattr(keras.regularizers, name)(*arguments)(keras.ops.convert_to_tensor(w))
            assert mine == pytest.approx(float(theirs), rel=1e-6)
