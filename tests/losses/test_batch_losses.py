"""Losses of sets and of pairs of rows: values, derivatives, training, what Keras 3.15 gave."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import losses
from reference import losses_batch as twin

T = (np.random.default_rng(1).random((6, 4)) > 0.5).astype(np.float64)
P = np.random.default_rng(2).random((6, 4))
LABELS = np.array([0, 1, 0, 2, 1, 3])
POINTS = np.random.default_rng(3).normal(size=(6, 3))
POINTS /= np.linalg.norm(POINTS, axis=1, keepdims=True)

SETS = [
    losses.Dice(), losses.Dice(axis=1), losses.Dice(axis=(0,)), losses.Tversky(0.3, 0.8),
    losses.Tversky(0.3, 0.8, axis=-1), losses.Tversky(2.0, 0.5, axis=0),
]  # fmt: skip
CIRCLES = [
    losses.Circle(gamma=5.0), losses.Circle(gamma=3.0, margin=0.1, remove_diagonal=False),
]  # fmt: skip


def of_sets(loss: Any, t: Any, p: Any) -> float:
    if isinstance(loss, losses.Dice):
        return twin.dice(t, p)
    return twin.tversky(t, p, loss.alpha, loss.beta)


@pytest.mark.parametrize("loss", SETS, ids=repr)
def test_sets_as_plain_loops(loss: Any) -> None:
    if loss.axis is None:
        want: Any = of_sets(loss, T, P)
    elif loss.axis in (1, -1):
        want = [of_sets(loss, t, p) for t, p in zip(T, P, strict=True)]
    else:
        want = [of_sets(loss, t, p) for t, p in zip(T.T, P.T, strict=True)]
    np.testing.assert_allclose(loss.call(T, P), want, rtol=1e-13)
    assert loss(T, P) == pytest.approx(np.mean(want), rel=1e-13)


@pytest.mark.parametrize("loss", CIRCLES, ids=repr)
def test_pairs_as_plain_loops(loss: Any) -> None:
    want = twin.circle(LABELS, POINTS, loss.gamma, loss.margin, not loss.remove_diagonal)
    np.testing.assert_allclose(loss.call(LABELS, POINTS), want, rtol=1e-12)
    # Classes 2 and 3 have one row: without the row itself there is nothing to be near to.
    assert np.count_nonzero(want) == (4 if loss.remove_diagonal else 6)
    assert loss(LABELS, POINTS) == pytest.approx(want[want > 0].mean(), rel=1e-12)
    weight = np.arange(1.0, 7.0)
    mean = (want * weight).sum() / np.count_nonzero(want)
    assert loss(LABELS, POINTS, sample_weight=weight) == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("loss", SETS + CIRCLES, ids=repr)
def test_derivative(loss: Any) -> None:
    # A little within the circle: a row's distance from itself, 0 at least, has a corner there.
    true, pred = (LABELS, 0.9 * POINTS) if loss in CIRCLES else (T, P)
    got, h = loss.gradient(true, pred), 1e-6
    assert got.shape == pred.shape
    for i in np.ndindex(pred.shape):
        high, low = pred.copy(), pred.copy()
        high[i] += h
        low[i] -= h
        slope = (np.sum(loss.call(true, high)) - np.sum(loss.call(true, low))) / (2 * h)
        assert got[i] == pytest.approx(slope, abs=2e-8, rel=1e-7)


def test_values_of_keras() -> None:
    """Recorded from Keras 3.15.1 on JAX, in float32."""
    t, p = [[1.0, 1, 0], [0, 1, 0]], [[0.0, 0.5, 1], [0.25, 0.75, 0.5]]
    near: dict[str, Any] = {"rtol": 2e-6}
    for loss, want in (
        (losses.Dice(), 0.5833333730697632),
        (losses.Dice(axis=(0,), reduction="sum"), 2.230769157409668),
        (losses.Dice(axis=-1, reduction="none"), [0.7142857313156128, 0.3999999761581421]),
        (losses.Tversky(0.2, 0.7), 0.5575221180915833),
        (losses.Tversky(0.2, 0.7, axis=1), 0.5503145456314087),
        (losses.Tversky(0.2, 0.7, axis=0, reduction="sum"), 2.107142925262451),
    ):
        np.testing.assert_allclose(loss(t, p), want, **near)
    np.testing.assert_allclose(losses.Dice(axis=1)(t, p, [1.0, 3.0]), 0.9571428298950195, **near)
    np.testing.assert_allclose(losses.Dice()(t, p, [1.0, 3.0]), 1.1666667461395264, **near)
    y, points = [0, 0, 1, 1, 2], [[1.0, 0], [0.6, 0.8], [0, 1], [-0.6, 0.8], [0.8, -0.6]]
    for arguments, want in (
        ({}, 26.400033950805664),
        ({"gamma": 4.0, "margin": 0.1, "remove_diagonal": False}, 3.142951250076294),
        ({"gamma": 2.0, "reduction": "sum"}, 5.981434345245361),
    ):
        np.testing.assert_allclose(losses.Circle(**arguments)(y, points), want, **near)
    apart = losses.circle(y[:2], points[:2], ref_labels=y, ref_embeddings=points, gamma=3.0)
    np.testing.assert_allclose(apart, [1.9227116107940674, 1.890448808670044], **near)


# Of Keras 3.15.1 on JAX: the losses of three epochs, the first row of weights after them.
TRAINED: list[tuple[Any, list[float], list[float]]] = [
    (losses.Dice(), [0.547766387462616, 0.5405481457710266, 0.5335220098495483],
     [-0.5353009104728699, -0.2617992162704468, 0.08536750823259354, 0.15359385311603546]),
    (losses.Tversky(0.25, 0.75, axis=-1),
     [0.5749563574790955, 0.5704944133758545, 0.5661166310310364],
     [-0.5247958302497864, -0.2569058835506439, 0.08936134725809097, 0.16798695921897888]),
    (losses.Dice(axis=0, reduction="sum"),
     [2.196898937225342, 2.0951175689697266, 2.005958318710327],
     [-0.6311423778533936, -0.3033868670463562, 0.35449114441871643, -0.09915372729301453]),
    (losses.Circle(gamma=4.0), [3.7361018657684326, 2.445061206817627, 2.4354302883148193],
     [7.044991970062256, 5.808454990386963, -1.4471967220306396]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("loss", "history", "row"), TRAINED, ids=["dice", "tversky", "sum", "pairs"]
)
def test_training_of_keras(loss: Any, history: list[float], row: list[float]) -> None:
    pairs = isinstance(loss, losses.Circle)
    units, x = len(row), (np.arange(18.0).reshape(6, 3) % 7 - 3) / 4
    layers: list[Any] = [fastnn.layers.Dense(units, None if pairs else "sigmoid")]
    layers += [fastnn.layers.UnitNormalization()] if pairs else []
    model = fastnn.Sequential([fastnn.Input((3,)), *layers])
    model.set_weights([(np.arange(3.0 * units).reshape(3, units) % 5 - 2) / 4, np.zeros(units)])
    model.compile(fastnn.optimizers.SGD(0.5), loss)
    true = [0, 1, 0, 1, 2, 2] if pairs else ((np.arange(24) * 7) % 5 < 2).reshape(6, 4)
    logs = model.fit(x, np.array(true), batch_size=3, epochs=3, shuffle=False, verbose=0).history
    # Six steps in float32, some ten roundings each of numbers of this size.
    np.testing.assert_allclose(logs["loss"], history, rtol=60 * 2.0**-24)
    np.testing.assert_allclose(model.get_weights()[0][0], row, rtol=60 * 2.0**-24)


def line(loss: Any, width: int, last: Any = None) -> Any:
    fastnn.utils.set_random_seed(3)
    layers: list[Any] = [
        fastnn.Input((3,), dtype="float64"),
        fastnn.layers.Dense(width, activation="sigmoid", dtype="float64"),
    ]
    model = fastnn.Sequential(layers + ([last] if last is not None else []))
    model.compile(fastnn.optimizers.SGD(1.0), loss)
    return model


WEIGHT = np.array([0.5, 2.0, 0.0, 1.5, 3.0, 0.25])


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize(
    "make",
    [
        lambda **a: losses.Dice(**a), lambda **a: losses.Tversky(0.3, 0.9, axis=-1, **a),
        lambda **a: losses.Tversky(0.3, 0.9, axis=(0, 1), **a),
        lambda **a: losses.Dice(axis=0, **a), lambda **a: losses.Circle(gamma=4.0, **a),
    ],
    ids=["whole", "rows", "both axes", "columns", "pairs"],
)  # fmt: skip
def test_a_step_follows_the_slope_of_the_loss(make: Any, reduction: str, weight: Any) -> None:
    """What `fit` reports is the loss of the predictions, and a step is its derivative."""
    loss, x = make(reduction=reduction), np.random.default_rng(5).normal(size=(6, 3))
    true = LABELS if isinstance(loss, losses.Circle) else T
    if weight is not None and not loss.takes_weights(2):
        pytest.skip("no weights there")
    model = line(loss, 4)
    sample, before = weight, model.get_weights()
    want, h = [np.zeros_like(w) for w in before], 1e-6
    for slope, weight in zip(want, before, strict=True):
        for i in np.ndindex(weight.shape):
            values = []
            for step in (h, -h):
                weight[i] += step
                model.set_weights(before)
                values.append(float(loss(true, model.predict(x), sample)))
                weight[i] -= step
            slope[i] = (values[0] - values[1]) / (2 * h)
    model.set_weights(before)
    assert model.evaluate(x, true, sample_weight=sample, verbose=0) == pytest.approx(
        float(loss(true, model.predict(x), sample)), rel=1e-12
    )
    model.fit(x, true, batch_size=6, sample_weight=sample, shuffle=False, verbose=0)
    for weight, start, slope in zip(model.get_weights(), before, want, strict=True):
        np.testing.assert_allclose(start - weight, slope, rtol=1e-6, atol=1e-7)


def test_sets_over_the_axes_of_a_sample() -> None:
    """Of an output (2, 3): one set a sample has a weight of its own, one of its rows too."""
    x, weight = np.random.default_rng(5).normal(size=(4, 3)), np.array([1.0, 2.0, 0.5, 3.0])
    true = (np.random.default_rng(6).random((4, 2, 3)) > 0.5).astype(float)
    for axis in ((1, 2), -1, 1):
        loss = losses.Dice(axis=axis)
        model = line(loss, 6, fastnn.layers.Reshape((2, 3), dtype="float64"))
        values = loss.call(true, model.predict(x)).reshape(4, -1).mean(axis=1)
        got = model.evaluate(x, true, sample_weight=weight, verbose=0)
        assert got == pytest.approx((weight * values).mean(), rel=1e-12)


def test_weights_of_batches_and_classes() -> None:
    """Of batches of two, and of one: a value of its own is not divided by the only weight."""
    x, near = np.random.default_rng(5).normal(size=(6, 3)), {"rel": 1e-12}
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight"):
        for loss, true in (
            (losses.Dice(reduction), T),
            (losses.Circle(gamma=4.0, reduction=reduction), LABELS // 2),
        ):
            model = line(loss, 4)
            for size in (1, 2, 6):
                parts = [slice(i, i + size) for i in range(0, 6, size)]
                want = np.mean([loss(true[p], model.predict(x[p]), WEIGHT[p]) for p in parts])
                got = model.evaluate(x, true, size, sample_weight=WEIGHT, verbose=0)
                assert got == pytest.approx(float(want), **near)
            classes = {0: 0.5, 1: 2.0, 2: 0.25, 3: 1.0}
            numbers = T.argmax(axis=1) if true is T else true
            two = line(loss, 4)
            each = np.array([classes[int(n)] for n in numbers])
            first = model.fit(x, true, class_weight=classes, shuffle=False, verbose=0).history
            second = two.fit(x, true, sample_weight=each, shuffle=False, verbose=0).history
            assert first == second
            for a, b in zip(model.get_weights(), two.get_weights(), strict=True):
                assert a.tobytes() == b.tobytes()


def test_columns_over_rows_have_no_weights() -> None:
    x = np.zeros((6, 3))
    for arguments in ({"sample_weight": np.ones(6)}, {"class_weight": {0: 1.0}}):
        with pytest.raises(ValueError, match="weight` cannot be used with the loss 'dice'"):
            line(losses.Dice(axis=0), 4).fit(x, T, verbose=0, **arguments)


def test_files_keep_them(tmp_path: Any) -> None:
    x = np.random.default_rng(5).normal(size=(6, 3))
    for loss, true in ((losses.Tversky(0.3, axis=[1]), T), (losses.Circle(gamma=4.0), LABELS)):
        model = line(loss, 4)
        model.save(tmp_path / "m.fnn")
        again = fastnn.models.load_model(tmp_path / "m.fnn")
        assert again.evaluate(x, true, verbose=0) == model.evaluate(x, true, verbose=0)
        assert again.loss.get_config() == loss.get_config()


def test_bad_arguments() -> None:
    for make, message in (
        (lambda: losses.Dice(axis="rows"), "`axis` must be an integer"),
        (lambda: losses.Dice(axis=2)(T, P), "`axis=2` of 'dice' does not fit 2 axes"),
        (lambda: losses.Dice(axis=(0, -2))(T, P), "does not fit 2 axes"),
        (lambda: losses.Dice()(T, P[:, :3]), r"`y_true` must have shape \(6, 3\), got \(6, 4\)"),
        (lambda: losses.Tversky(alpha="a"), "`alpha` must be a number"),
        (lambda: losses.Circle(gamma=None), "`gamma` must be a number"),
        (lambda: losses.Circle()(LABELS[:2], POINTS), "`y_true` must have one class number"),
        (lambda: losses.circle(LABELS, POINTS, ref_labels=[1]), "`ref_labels` must have one"),
        (
            lambda: losses.circle(LABELS, POINTS, LABELS[:2], POINTS[:2, :2]),
            "`ref_embeddings` must have 3 columns, got 2",
        ),
        (lambda: line(losses.Dice(axis=3), 4).fit(np.zeros((6, 3)), T), "does not fit 2 axes"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
