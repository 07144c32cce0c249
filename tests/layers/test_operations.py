"""Operators on symbolic tensors without a public layer: values, parts, files, what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers


def test_quotients_and_powers(rng: np.random.Generator) -> None:
    a, b = rng.uniform(0.5, 2.0, (2, 7, 5)).astype("float32")
    p, q = fastnn.Input((5,)), fastnn.Input((5,))
    row = np.arange(1.0, 6.0, dtype="float32")
    cases = [
        (p / q, a / b), (2 / q, 2 / b), (row / q, row / b), (1.0 / p, 1 / a),
        (abs(p - q), abs(a - b)),
        (p**2, a**2), (p**-1, 1 / a), (p**0.5, np.sqrt(a)), (p**2.5, a**2.5), (p**0, a**0),
        (p**0.3, a**0.3), (p**-2.7, a**-2.7), (p ** np.float64(3), a**3),
        ((p - 1.0) ** 3, (a - 1) ** 3),
    ]  # fmt: skip
    for tensor, expected in cases:
        got = fastnn.Model([p, q], tensor).predict([a, b])
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-7)
    assert [t.name.rstrip("_0123456789") for t in (p / q, p**2, abs(p), p[:, :2])] == [
        "true_divide", "power", "absolute", "get_item",
    ]  # fmt: skip


def test_quotients_broadcast(rng: np.random.Generator) -> None:
    a, b = rng.uniform(0.5, 2.0, (4, 3, 5)), rng.uniform(0.5, 2.0, (4, 5))
    p, q = fastnn.Input((3, 5), dtype="float64"), fastnn.Input((5,), dtype="float64")
    got = fastnn.Model([p, q], p / q).predict([a, b])
    np.testing.assert_allclose(got, a / b[:, None], rtol=1e-15)
    assert (p / q).dtype == "float64"


KEYS: list[Any] = [
    np.s_[:, 1:], np.s_[:, 0], np.s_[:, -1], np.s_[:, :, 2], np.s_[:, :, 1:3], np.s_[:, ::2],
    np.s_[:, ::-1, 1], np.s_[:, 1:2, :, 0], np.s_[..., 1], np.s_[:, 2, ..., 1:], np.s_[:],
    np.s_[:, :, -3:-1, ::-1], np.s_[:, 0, 0],
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_parts_are_those_of_numpy(key: Any, rng: np.random.Generator) -> None:
    x = rng.normal(size=(6, 3, 4, 2)).astype("float32")
    entry = fastnn.Input((3, 4, 2))
    part = entry[key]
    assert part.shape == (None, *x[key].shape[1:])
    assert np.array_equal(fastnn.Model(entry, part).predict(x), x[key])
    behind = layers.Activation("tanh")(entry)[key]
    assert np.array_equal(fastnn.Model(entry, behind).predict(x), layers.Activation("tanh")(x)[key])


def test_slope_of_every_operator(rng: np.random.Generator) -> None:
    """A step of gradient descent against central differences of the loss, in float64."""
    entry = fastnn.Input((4, 3), dtype="float64")
    h = layers.Dense(6, "sigmoid", dtype="float64")(entry)
    u, v = h[:, 1:3, :5], h[:, ::-3, 1:]
    parts = [u / (v + 1.0), abs(u - 0.5), v**2.5, 1.0 / (h[:, 0] + 0.5), u**-0.7, h[:, 2, ::2]]
    flat = [layers.Flatten(dtype="float64")(part) for part in parts]
    joined = layers.Concatenate(dtype="float64")(flat)
    model = fastnn.Model(entry, layers.Dense(2, dtype="float64")(joined))
    model.compile(fastnn.optimizers.SGD(1.0), "mse")
    x, y = rng.normal(size=(9, 4, 3)), rng.normal(size=(9, 2))
    before, step = model.get_weights(), 1e-6
    slopes = [np.zeros_like(w) for w in before]
    for slope, weight in zip(slopes, before, strict=True):
        for i in np.ndindex(weight.shape):
            values = []
            for sign in (1, -1):
                weight[i] += sign * step
                model.set_weights(before)
                values.append(model.evaluate(x, y, verbose=0))
                weight[i] -= sign * step
            slope[i] = (values[0] - values[1]) / (2 * step)
    model.set_weights(before)
    model.fit(x, y, batch_size=9, shuffle=False, verbose=0)
    for after, start, slope in zip(model.get_weights(), before, slopes, strict=True):
        np.testing.assert_allclose(start - after, slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("suffix", [".fnn", ".keras", ".h5"])
def test_files_and_copies_hold_operators(suffix: str, tmp_path: Path, rng: Any) -> None:
    entry = fastnn.Input((6,), name="x")
    h = layers.Dense(6, "sigmoid", name="d")(entry)
    parts = [entry[:, 2:5] ** 2, h[:, ::-2] ** 0.5, abs(entry), entry / (h + 1.0), 2.0 / h]
    model = fastnn.Model(entry, layers.Concatenate(name="c")(parts))
    x = rng.normal(size=(5, 6)).astype("float32")
    model.save(tmp_path / f"m{suffix}")
    for again in (
        fastnn.models.load_model(tmp_path / f"m{suffix}"),
        fastnn.models.model_from_json(model.to_json()),
    ):
        again.set_weights(model.get_weights())
        assert again.predict(x).tobytes() == model.predict(x).tobytes()


REFUSED: list[tuple[Callable[[Any, Any], Any], type[Exception], str]] = [
    (lambda p, q: p[0], TypeError, "the first of its indices must be ':'"),
    (lambda p, q: p[1:], TypeError, "the first of its indices must be ':'"),
    (lambda p, q: p[:, [0, 1]], TypeError, "takes slices and numbers as indices"),
    (lambda p, q: p[:, None], TypeError, "takes slices and numbers as indices"),
    (lambda p, q: p[:, True], TypeError, "takes slices and numbers as indices"),
    (lambda p, q: p[:, 0], ValueError, "leaves no axis of samples of shape"),
    (lambda p, q: p[:, 3], ValueError, "3 is out of range"),
    (lambda p, q: p[:, 2:2], ValueError, "leaves nothing of samples"),
    (lambda p, q: p[:, :, 0], ValueError, "names 2 axes of samples"),
    (lambda p, q: p**q, TypeError, "to the power of one number"),
    (lambda p, q: p ** np.ones(3), TypeError, "to the power of one number"),
    (lambda p, q: p ** float("nan"), ValueError, "`exponent` must be finite"),
    (lambda p, q: 2**p, TypeError, "unsupported operand"),
    (lambda p, q: p // q, TypeError, "unsupported operand"),
    (lambda p, q: p < q, TypeError, "not supported between"),
    (lambda p, q: p / "a", TypeError, "unsupported operand"),
    (lambda p, q: "a" / p, TypeError, "unsupported operand"),
    (lambda p, q: p / fastnn.Input((4,)), ValueError, "needs inputs of one shape"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_refused(number: int) -> None:
    call, error, message = REFUSED[number]
    with pytest.raises(error, match=message):
        call(fastnn.Input((3,)), fastnn.Input((3,)))
