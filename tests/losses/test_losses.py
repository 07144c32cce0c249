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


def test_margins_and_angles() -> None:
    t, y = [[0.0, 1.0], [0.0, 0.0]], [[0.6, 0.4], [0.4, 0.6]]
    signs = [[-1.0, 1.0], [-1.0, -1.0]]
    for cls, value in ((losses.Hinge, 1.3), (losses.SquaredHinge, 1.86)):
        assert cls()(t, y) == near(value)
        assert cls()(signs, y) == near(value)
        assert cls()(t, y, sample_weight=[1, 0]) == near(cls(reduction="none")(t, y)[0] / 2)
    # as in Keras: a zero among other values is no label
    assert losses.hinge([[-1.0, 0.0]], [[0.5, 0.5]])[0] == (1.5 + 1.0) / 2
    assert losses.CategoricalHinge()(t, y) == near(1.4)
    assert losses.CategoricalHinge()([[0.0, 1.0]], [[-1.0, 1.0]]) == 0.0
    assert losses.CosineSimilarity()([[3.0, 4.0], [0.0, 0.0]], [[8.0, 6.0], [1.0, 1.0]]) == near(
        -0.48
    )
    grid = np.arange(24.0).reshape(2, 3, 4) - 7
    other = np.cos(grid)
    for axis in (0, 1, -1):
        want = -(grid * other).sum(axis) / np.sqrt((grid**2).sum(axis) * (other**2).sum(axis))
        assert np.allclose(losses.cosine_similarity(grid, other, axis=axis), want, rtol=1e-13)


def test_axis() -> None:
    draw = np.random.default_rng(3)
    p = draw.uniform(0.1, 0.9, (4, 5, 3))
    t = draw.integers(0, 2, p.shape)
    for function in (
        losses.binary_crossentropy, losses.categorical_crossentropy,
        losses.binary_focal_crossentropy, losses.categorical_focal_crossentropy,
    ):  # fmt: skip
        want = function(np.moveaxis(t, 1, -1), np.moveaxis(p, 1, -1))
        assert np.array_equal(function(t, p, axis=1), want)
        assert np.array_equal(function(t, p, axis=-2), want)
    labels = draw.integers(0, 5, (4, 3))
    want = losses.sparse_categorical_crossentropy(labels, np.moveaxis(p, 1, -1))
    assert np.array_equal(losses.sparse_categorical_crossentropy(labels, p, axis=1), want)
    got = losses.sparse_categorical_crossentropy(labels[:, None], p, axis=1)
    assert np.array_equal(got, want)


def test_focal_crossentropy() -> None:
    p, t = [[0.75, 0.75]], [[1.0, 0.0]]
    easy, hard = -math.log(0.75), -math.log(0.25)
    loss = losses.BinaryFocalCrossentropy()
    assert loss(t, p) == near((0.25**2 * easy + 0.75**2 * hard) / 2)
    logits = [[math.log(3.0), math.log(3.0)]]
    assert losses.BinaryFocalCrossentropy(from_logits=True)(t, logits) == near(loss(t, p))
    balanced = losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=3)
    assert balanced(t, p) == near((0.3 * 0.25**3 * easy + 0.7 * 0.75**3 * hard) / 2)
    assert losses.BinaryFocalCrossentropy(gamma=0)(t, p) == losses.BinaryCrossentropy()(t, p)
    q, u = [[0.125, 0.25, 0.625]], [[0.0, 1.0, 0.0]]
    want = 0.75**2 * math.log(4)
    assert losses.CategoricalFocalCrossentropy()(u, q) == near(0.25 * want)
    each = losses.CategoricalFocalCrossentropy(alpha=[0.1, 0.5, 0.2])
    assert each(u, q) == near(0.5 * want)
    from_logits = losses.CategoricalFocalCrossentropy(alpha=[0.1, 0.5, 0.2], from_logits=True)
    assert from_logits(u, np.log(q)) == near(0.5 * want)
    gce = losses.CategoricalGeneralizedCrossEntropy(q=0.7)
    assert gce([1], q) == near((1 - 0.25**0.7) / 0.7)


def test_a_class_that_is_left_out() -> None:
    p, ln = np.array([[0.5, 0.5], [0.25, 0.75], [0.1, 0.9]]), math.log
    for ignored in (-1, 0, 255):
        loss = losses.SparseCategoricalCrossentropy(ignore_class=ignored)
        labels = [ignored, 1, 1]
        want = [-ln(0.75), -ln(0.9)]
        assert loss(labels, p) == near(sum(want) / 2)
        weighted = loss(labels, p, sample_weight=[5.0, 1.0, 3.0])
        assert weighted == near((want[0] + 3 * want[1]) / 2)
        assert loss.call(labels, p)[0] == 0.0
        by_weight = losses.SparseCategoricalCrossentropy(
            ignore_class=ignored, reduction="mean_with_sample_weight"
        )
        assert by_weight(labels, p, [5.0, 1.0, 3.0]) == near((want[0] + 3 * want[1]) / 4)
        assert loss([ignored] * 3, p) == 0.0


def test_quantiles_and_deviances() -> None:
    ln = math.log
    assert losses.Quantile(0.9)([[3.0], [1.0]], [[1.0], [3.0]]) == near((1.8 + 0.2) / 2)
    several = losses.Quantile([0.1, 0.9])
    for t in ([3.0, 1.0], [[3.0], [1.0]], [[3.0, 3.0], [1.0, 1.0]]):
        assert several(t, [[1.0, 2.0], [2.0, 1.0]]) == near((0.2 + 0.9 + 0.9 + 0.0) / 4)
    t, y = [[2.0, 1.0]], np.array([[1.0, 4.0]])
    wanted = {
        0: (0.5 + 4.5) / 2,
        1: (2 * ln(2) - 1 + 3 - ln(4)) / 2,
        1.5: (2 * (2**0.5 - 1) ** 2 + 1) / 2,
        2: (1 - ln(2) - 0.75 + ln(4)) / 2,
        3: ((0.25 - 1 + 1) + (0.5 - 0.25 + 1 / 32)) / 2,
    }
    for power, want in wanted.items():
        assert losses.Tweedie(power)(t, y) == near(want)
        assert losses.Tweedie(power, log_link=True)(t, np.log(y)) == near(want)
    assert losses.Gamma()(t, y) == losses.Tweedie(2)(t, y)
    assert losses.Gamma(log_link=True)(t, np.log(y)) == near(wanted[2])


def test_dtypes() -> None:
    assert losses.MeanSquaredError()(Y, P).dtype == np.float32
    assert losses.MeanSquaredError()(np.array(Y), np.array(P)).dtype == np.float64
    assert losses.MeanSquaredError(dtype="float64")(Y, P).dtype == np.float64
    assert losses.mean_squared_error(np.array(Y), np.array(P)).dtype == np.float64


def test_shapes_follow_keras() -> None:
    mse = losses.mean_squared_error
    assert mse(np.zeros((2, 3, 4)), np.ones((2, 3, 4))).shape == (2, 3)
    assert mse(np.zeros(4), np.ones((4, 1))).shape == (4,)
    assert mse(np.zeros((4, 1)), np.ones(4)).shape == (4,)
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
        ({"axis": 0.5}, "`axis` must be an integer"),
        ({"dtype": "int8"}, "`dtype` must be"),
    ):
        with pytest.raises(ValueError, match=message):
            losses.BinaryCrossentropy(**arguments)
    for cls, arguments, message in (
        (losses.SparseCategoricalCrossentropy, {"ignore_class": 0.5}, "`ignore_class` must be an"),
        (losses.BinaryFocalCrossentropy, {"alpha": 2}, r"`alpha` must be in \[0, 1\]"),
        (losses.BinaryFocalCrossentropy, {"gamma": -1}, "`gamma` must not be negative"),
        (losses.CategoricalFocalCrossentropy, {"alpha": ["a"]}, "`alpha` must be a number"),
        (losses.CategoricalGeneralizedCrossEntropy, {"q": 1.0}, r"`q` must be in \(0, 1\)"),
        (losses.Quantile, {"quantile": [0.5, 1.0]}, r"`quantile` must be in \(0, 1\)"),
        (losses.Tweedie, {"power": 0.5}, "`power` must be 0 or at least 1"),
        (losses.Gamma, {"log_link": 1}, "`log_link` must be True or False"),
    ):
        with pytest.raises(ValueError, match=message):
            cls(**arguments)
    with pytest.raises(ValueError, match=r"`axis=2` is none of `y_pred` of shape \(2, 3\)"):
        losses.cosine_similarity(np.ones((2, 3)), np.ones((2, 3)), axis=2)
    with pytest.raises(ValueError, match="parameters for 2 columns, there are 3"):
        losses.Quantile([0.1, 0.9])(np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match="label"):
        losses.SparseCategoricalCrossentropy(ignore_class=-1)([-2], [[0.5, 0.5]])


NAMES = {
    "mse": "MeanSquaredError", "mean_squared_error": "MeanSquaredError", "MSE": "MeanSquaredError",
    "mae": "MeanAbsoluteError", "mean_absolute_error": "MeanAbsoluteError",
    "sum_squared_error": "SumSquaredError", "sse": "SumSquaredError",
    "binary_crossentropy": "BinaryCrossentropy", "bce": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "MeanSquaredError": "MeanSquaredError", "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError", "huber": "Huber", "logcosh": "LogCosh",
    "poisson": "Poisson", "kld": "KLDivergence", "hinge": "Hinge",
    "squared_hinge": "SquaredHinge", "categorical_hinge": "CategoricalHinge",
    "cosine_similarity": "CosineSimilarity", "quantile": "Quantile", "pinball": "Quantile",
    "binary_focal_crossentropy": "BinaryFocalCrossentropy", "BCE": "BinaryCrossentropy",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy",
    "categorical_generalized_cross_entropy": "CategoricalGeneralizedCrossEntropy",
    "tweedie": "Tweedie", "gamma": "Gamma",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_and_round_trip(name: str) -> None:
    got = losses.get(name)
    assert losses.get(got) is got
    if name != NAMES[name]:  # that of a function, not of the class
        assert got is getattr(losses, got.__name__)
        assert losses.deserialize(name) is got
        assert losses.deserialize(json.loads(json.dumps(losses.serialize(got)))) is got
    loss = losses.resolve(name)
    assert type(loss).__name__ == NAMES[name]
    assert losses.get(loss) is losses.resolve(loss) is loss
    assert type(losses.get(type(loss))) is type(loss)
    again = losses.deserialize(json.loads(json.dumps(losses.serialize(loss))))
    assert again.get_config() == loss.get_config()


def test_get_of_nothing_and_of_ones_own() -> None:
    def mine(y_true: Any, y_pred: Any) -> Any:
        return y_pred

    class Mine(losses.Loss):
        pass

    assert losses.get(None) is None is losses.deserialize(None)
    assert losses.get(mine) is mine
    assert type(losses.get(Mine)) is Mine
    described = {"class_name": "Mine", "config": {"reduction": "sum"}}
    assert losses.deserialize(described, {"Mine": Mine}).reduction == "sum"
    assert losses.deserialize("mine", {"mine": mine}) is mine
    with pytest.raises(ValueError, match="unknown loss class 'Mine'"):
        losses.deserialize(described)
    with pytest.raises(ValueError, match="unknown loss 'typo' for `loss`"):
        losses.get("typo")
    with pytest.raises(ValueError, match="`loss` must be a name, function or object"):
        losses.get(3)


def test_functions_stand_for_classes() -> None:
    for name in losses.__all__:
        if name.islower() and name not in ("huber", "get", "serialize", "deserialize"):
            assert losses.resolve(getattr(losses, name)).name == name


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


class TestShapesOfWeights:
    """Keras' rules for ranks that differ by one, on losses 4, 1 and 16 of three rows."""

    true, pred = np.zeros((3, 2)), np.array([[2.0, 2.0], [1.0, 1.0], [4.0, 4.0]])

    def loss(self, reduction: str | None) -> losses.Loss:
        return losses.MeanSquaredError(reduction=reduction)

    def test_a_column_of_weights_makes_a_column_of_losses(self) -> None:
        weight = np.array([[1.0], [2.0], [0.5]])
        got = self.loss("none")(self.true, self.pred, weight)
        np.testing.assert_array_equal(got, [[4.0], [2.0], [8.0]])
        assert self.loss("sum")(self.true, self.pred, weight) == 14.0

    def test_one_weight_for_all(self) -> None:
        assert self.loss("sum_over_batch_size")(self.true, self.pred, 2.0) == 14.0
        assert self.loss("mean_with_sample_weight")(self.true, self.pred, 2.0) == 21.0

    def test_a_vector_is_one_row(self) -> None:
        for weight in ([1.0, 2.0, 3.0], np.array([[1.0], [2.0], [3.0]])[:, 0]):
            assert self.loss("sum_over_batch_size")([0.0, 0.0], [1.0, 3.0], weight) == 10.0
        assert self.loss("mean_with_sample_weight")([0.0, 0.0], [1.0, 3.0], 2.0) == 10.0

    def test_wrong_shapes(self) -> None:
        for weight in (np.ones(2), np.ones((3, 2)), np.ones((1, 3, 1))):
            with pytest.raises(ValueError, match="`sample_weight` must have one weight a row"):
                self.loss("sum")(self.true, self.pred, weight)


@pytest.mark.parametrize("name", ["MeanSquaredError", "MeanAbsoluteError", "Huber", "Hinge"])
def test_one_target_for_several_outputs(name: str, rng: np.random.Generator) -> None:
    pred, true = rng.standard_normal((4, 3)), rng.standard_normal((4, 1))
    loss = getattr(losses, name)(reduction="none")
    np.testing.assert_array_equal(loss(true, pred), loss(np.repeat(true, 3, axis=1), pred))


def test_probabilities_need_a_target_each() -> None:
    for loss in (losses.BinaryCrossentropy(), losses.CategoricalCrossentropy()):
        with pytest.raises(ValueError, match=r"`y_true` must have shape \(2, 3\)"):
            loss(np.ones((2, 1)), np.full((2, 3), 0.25))
