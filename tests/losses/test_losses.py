"""Losses by themselves: values by hand, reductions, weights, shapes, description."""

import json
import math
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import losses
from tolerance import HAND_FLOAT32

Y = [[0.0, 1.0], [0.0, 0.0]]
P = [[1.0, 1.0], [1.0, 0.0]]


def near(value: float) -> Any:
    return pytest.approx(value, rel=HAND_FLOAT32)


@pytest.mark.parametrize(
    ("name", "rows"),
    [("MeanSquaredError", [0.5, 0.5]), ("MeanAbsoluteError", [0.5, 0.5]),
     ("SumSquaredError", [1.0, 1.0])],
)  # fmt: skip
def test_regression(name: str, rows: list[float]) -> None:
    cls = getattr(losses, name)
    for reduction, expected in (
        ("sum_over_batch_size", sum(rows) / 2), ("sum", sum(rows)),
        ("mean_with_sample_weight", sum(rows) / 2), ("mean", sum(rows) / 2),
    ):  # fmt: skip
        assert cls(reduction=reduction)(Y, P) == expected
    assert np.array_equal(cls(reduction=None)(Y, P), rows)
    assert np.array_equal(cls(reduction="none")(Y, P, sample_weight=[2, 0]), [2 * rows[0], 0])
    weighted = cls(reduction="sum_over_batch_size")(Y, P, sample_weight=[3, 1])
    assert weighted == (3 * rows[0] + rows[1]) / 2
    mean = cls(reduction="mean_with_sample_weight")(Y, P, sample_weight=[3, 1])
    assert mean == (3 * rows[0] + rows[1]) / 4
    assert np.array_equal(cls().call(Y, P), rows)


def test_defaults_of_reduction() -> None:
    assert losses.MeanSquaredError().reduction == "sum_over_batch_size"
    assert losses.SumSquaredError().reduction == "sum"
    assert losses.MeanSquaredError(reduction=None).reduction == "none"


def test_binary_crossentropy() -> None:
    loss = losses.BinaryCrossentropy()
    assert loss([[1.0], [0.0]], [[0.25], [0.25]]) == near(-(math.log(0.25) + math.log(0.75)) / 2)
    assert losses.BinaryCrossentropy(label_smoothing=0.5)([[1.0]], [[0.25]]) == near(
        -(0.75 * math.log(0.25) + 0.25 * math.log(0.75))
    )
    logit = math.log(0.25 / 0.75)
    assert losses.BinaryCrossentropy(from_logits=True)([[1.0]], [[logit]]) == near(-math.log(0.25))
    assert losses.binary_crossentropy([[1.0]], [[0.25]])[0] == near(-math.log(0.25))
    far = losses.BinaryCrossentropy(from_logits=True)([[0.0]], [[1000.0]])
    assert far == 1000.0
    assert np.isfinite(loss([[1.0], [0.0]], [[0.0], [1.0]]))


def test_categorical_crossentropy() -> None:
    p = [[0.5, 0.25, 0.25], [0.125, 0.125, 0.75]]
    expected = -(math.log(0.25) + math.log(0.75)) / 2
    one_hot = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    assert losses.CategoricalCrossentropy()(one_hot, p) == near(expected)
    assert losses.SparseCategoricalCrossentropy()([1, 2], p) == near(expected)
    assert losses.SparseCategoricalCrossentropy()([[1], [2]], p) == near(expected)
    logits = np.log(np.array(p))
    assert losses.CategoricalCrossentropy(from_logits=True)(one_hot, logits) == near(expected)
    assert losses.SparseCategoricalCrossentropy(from_logits=True)([1, 2], logits) == near(expected)
    doubled = [[2 * v for v in row] for row in p]  # divided by their sum first
    assert losses.CategoricalCrossentropy()(one_hot, doubled) == near(expected)
    smooth = losses.CategoricalCrossentropy(label_smoothing=0.3)([[0.0, 1.0, 0.0]], [p[0]])
    assert smooth == near(-(0.1 * math.log(0.5) + 0.8 * math.log(0.25) + 0.1 * math.log(0.25)))
    by_label = losses.sparse_categorical_crossentropy([1, 2], p)
    assert np.array_equal(by_label, losses.categorical_crossentropy(one_hot, p))


def test_regression_losses() -> None:
    ln = math.log
    t, y = [[2.0, -4.0]], [[1.0, -5.0]]
    assert losses.MeanAbsolutePercentageError()(t, y) == near(37.5)
    assert losses.MeanAbsolutePercentageError()([0.0], [1.0]) == near(1e9)
    assert losses.LogCosh()(t, y) == near(ln(math.cosh(1.0)))
    assert losses.LogCosh()([[0.0]], [[1e-4]]) == near(5e-9)
    assert losses.LogCosh()([[0.0]], [[1e6]]) == near(1e6)
    assert losses.MeanSquaredLogarithmicError()([[1.0, 3.0]], [[3.0, 1.0]]) == near(ln(2) ** 2)
    assert losses.Poisson()([[1.0, 3.0]], [[3.0, 1.0]]) == near(2 - ln(3) / 2)
    assert losses.KLDivergence()([[0.5, 0.25]], [[0.25, 0.5]]) == near(0.25 * ln(2))
    error = np.array([[0.5, -3.0, 0.7]])
    assert losses.Huber()(np.zeros((1, 3)), error) == near((0.125 + 2.5 + 0.245) / 3)
    assert losses.Huber(delta=0.7)([[0.0]], [[3.0]]) == near(0.7 * 3 - 0.245)
    assert losses.huber([[0.0]], [[3.0]], delta=2.0)[0] == near(4.0)
    with pytest.raises(ValueError, match="`delta` must not be negative"):
        losses.Huber(delta=-1.0)


def test_dtypes() -> None:
    assert losses.MeanSquaredError()(Y, P).dtype == np.float32
    assert losses.MeanSquaredError()(np.array(Y), np.array(P)).dtype == np.float64
    assert losses.MeanSquaredError(dtype="float64")(Y, P).dtype == np.float64
    assert losses.mean_squared_error(np.array(Y), np.array(P)).dtype == np.float64


def test_shapes_follow_keras() -> None:
    mse = losses.mean_squared_error
    assert mse(np.zeros((2, 3, 4)), np.ones((2, 3, 4))).shape == (2, 3)
    assert mse(np.zeros(4), np.ones((4, 1))).shape == (4,)
    assert mse(np.zeros((4, 1)), np.ones(4)).shape == ()
    assert mse(np.zeros(4), np.ones(4)).shape == ()
    labels = np.zeros((2, 3), int)
    assert losses.sparse_categorical_crossentropy(labels, np.full((2, 3, 4), 0.25)).shape == (2, 3)


def test_bad_calls() -> None:
    with pytest.raises(ValueError, match=r"`y_true` must have shape \(2, 3\)"):
        losses.MeanSquaredError()(np.zeros((2, 2)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="`sample_weight` must have one weight a row"):
        losses.MeanSquaredError()(Y, P, sample_weight=[1, 2, 3])
    with pytest.raises(ValueError, match="label"):
        losses.SparseCategoricalCrossentropy()([5], [[0.5, 0.5]])
    for arguments, message in (
        ({"reduction": "average"}, "`reduction` must be one of"),
        ({"from_logits": 1}, "`from_logits` must be True or False"),
        ({"label_smoothing": 2}, r"`label_smoothing` must be in \[0, 1\], got 2"),
        ({"axis": 0}, "`axis=0` of BinaryCrossentropy is not part of fastnn"),
        ({"dtype": "int8"}, "`dtype` must be"),
    ):
        with pytest.raises(ValueError, match=message):
            losses.BinaryCrossentropy(**arguments)
    with pytest.raises(ValueError, match="`ignore_class=0` of Sparse"):
        losses.SparseCategoricalCrossentropy(ignore_class=0)  # type: ignore[arg-type]


NAMES = {
    "mse": "MeanSquaredError", "mean_squared_error": "MeanSquaredError", "MSE": "MeanSquaredError",
    "mae": "MeanAbsoluteError", "mean_absolute_error": "MeanAbsoluteError",
    "sum_squared_error": "SumSquaredError", "sse": "SumSquaredError",
    "binary_crossentropy": "BinaryCrossentropy", "bce": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "MeanSquaredError": "MeanSquaredError", "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError", "huber": "Huber", "logcosh": "LogCosh",
    "poisson": "Poisson", "kld": "KLDivergence",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_and_round_trip(name: str) -> None:
    loss = losses.get(name)
    assert type(loss).__name__ == NAMES[name]
    assert losses.get(loss) is loss
    assert type(losses.get(type(loss))) is type(loss)
    again = losses.deserialize(json.loads(json.dumps(losses.serialize(loss))))
    assert again.get_config() == loss.get_config()


def test_functions_stand_for_classes() -> None:
    for name in losses.__all__:
        if name.islower() and name not in ("huber", "get", "serialize", "deserialize"):
            assert losses.get(getattr(losses, name)).name == name


def test_one_answer_in_training_and_alone() -> None:
    import fastnn

    net = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(2, kernel_initializer="ones")])
    net.compile("sgd", losses.SumSquaredError())
    x = np.array(P, np.float32)
    assert net.evaluate(x, Y, verbose=0) == losses.SumSquaredError()(Y, net.predict(x))


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_evaluate_has_the_loss_of_the_object(reduction: str, rng: np.random.Generator) -> None:
    """Rows of one batch: what a model reports is what the loss says of its predictions."""
    x, y = rng.standard_normal((9, 3)), rng.standard_normal((9, 2))
    loss = fastnn.losses.MeanSquaredError(reduction=reduction)
    model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(2)])
    model.compile(fastnn.optimizers.SGD(0.0), loss)
    for weight in (None, rng.uniform(0.5, 2.0, 9)):
        said = float(loss(y, model.predict(x), weight))
        assert model.evaluate(x, y, sample_weight=weight, verbose=0) == pytest.approx(
            said, rel=HAND_FLOAT32
        )
        trained = model.fit(x, y, sample_weight=weight, verbose=0, shuffle=False)
        assert trained.history["loss"][0] == pytest.approx(said, rel=HAND_FLOAT32)
