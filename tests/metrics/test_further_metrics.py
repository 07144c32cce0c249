"""Correlations, R2, intersection over union, constrained rates, areas by column, losses."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import losses, metrics
from tolerance import HAND_FLOAT32, SUM_ORDER

RNG = np.random.default_rng(12)
T = np.round(RNG.normal(size=(60, 3)), 2)
P = np.round(T + RNG.normal(size=(60, 3)) * [0.2, 1.0, 3.0], 2)
W = np.round(RNG.uniform(0.5, 2.0, 60), 2)


def near(value: Any) -> Any:
    return pytest.approx(value, rel=1e-12)


def fed(metric: Any, true: Any, pred: Any, weight: Any = None) -> Any:
    """Result after two batches."""
    cut = len(true) // 3
    for rows in (slice(0, cut), slice(cut, None)):
        part = None if weight is None else weight[rows]
        metric.update_state(true[rows], pred[rows], part)
    return metric.result()


@pytest.mark.parametrize("weight", [None, W], ids=["plain", "weighted"])
def test_r2(weight: Any) -> None:
    w = np.ones(60) if weight is None else weight
    mean = np.average(T, axis=0, weights=w)
    spread = (w[:, None] * (T - mean) ** 2).sum(axis=0)
    each = 1 - (w[:, None] * (T - P) ** 2).sum(axis=0) / spread
    assert fed(metrics.R2Score(None), T, P, weight) == near(each)
    assert fed(metrics.R2Score(), T, P, weight) == near(each.mean())
    by_spread = fed(metrics.R2Score("variance_weighted_average"), T, P, weight)
    assert by_spread == near((spread * each).sum() / spread.sum())
    # Keras counts every value as a sample: rows times columns
    adjusted = 1 - (1 - each.mean()) * (180 - 1) / (180 - 5 - 1)
    assert fed(metrics.R2Score(num_regressors=5), T, P, weight) == near(adjusted)


def test_r2_of_few_and_of_equal_targets() -> None:
    metric = metrics.R2Score(num_regressors=2)
    metric.update_state([[1.0], [2.0]], [[1.0], [2.5]])
    with pytest.warns(UserWarning, match="needs more than 3 samples, there are 2"):
        assert metric.result() == 0.5
    metric = metrics.R2Score()
    assert metric.result() == 0.0
    metric.update_state([[1.0], [1.0]], [[1.0], [2.0]])
    assert metric.result() == 0.0
    with pytest.raises(ValueError, match=r"one shape \(batch, n_out\)"):
        metric.update_state([1.0, 2.0], [1.0, 2.0])
    metric.update_state([1.0, 2.0], [[1.0], [2.0]])
    with pytest.raises(ValueError, match="`class_aggregation` must be one of"):
        metrics.R2Score("mean")


def test_correlations() -> None:
    each = [np.corrcoef(t, p)[0, 1] for t, p in zip(T, P, strict=True)]
    assert fed(metrics.PearsonCorrelation(), T, P) == near(np.mean(each))
    assert fed(metrics.PearsonCorrelation(), T, P, W) == near(np.average(each, weights=W))
    columns = [np.corrcoef(T[:, i], P[:, i])[0, 1] for i in range(3)]
    assert metrics.pearson_correlation(T, P, axis=0) == near(columns)
    assert np.isnan(metrics.pearson_correlation([[1.0, 1.0]], [[1.0, 2.0]]))[0]
    for axis in (0, 1):
        covariance = (T * P).mean(axis) - T.mean(axis) * P.mean(axis)
        apart = (T.mean(axis) - P.mean(axis)) ** 2
        want = 2 * covariance / (T.var(axis) + P.var(axis) + apart)
        got = metrics.concordance_correlation(T, P, axis=axis)
        np.testing.assert_allclose(got, want, rtol=2e-6)  # Keras adds 1e-7 to the denominator
    cosine = (T * P).sum(axis=1) / np.linalg.norm(T, axis=1) / np.linalg.norm(P, axis=1)
    assert fed(metrics.CosineSimilarity(), T, P, W) == near(np.average(cosine, weights=W))
    assert metrics.cosine_similarity(T, P) == near(-losses.cosine_similarity(T, P))


def union(true: Any, pred: Any, weight: Any, classes: Any) -> float:
    """Mean intersection over union, pair by pair."""
    found = []
    for k in classes:
        both = sum(w for t, p, w in zip(true, pred, weight, strict=True) if t == k == p)
        any_ = sum(w for t, p, w in zip(true, pred, weight, strict=True) if k in (t, p))
        if any_:
            found.append(both / any_)
    return float(np.mean(found)) if found else 0.0


@pytest.mark.parametrize("weight", [None, W], ids=["plain", "weighted"])
def test_intersection_over_union(weight: Any) -> None:
    true, pred = RNG.integers(0, 5, 60), RNG.integers(0, 5, 60)
    w = np.ones(60) if weight is None else weight
    assert fed(metrics.IoU(6, [1, 4, 5]), true, pred, weight) == near(
        union(true, pred, w, [1, 4, 5])
    )
    assert fed(metrics.MeanIoU(6), true, pred, weight) == near(union(true, pred, w, range(6)))
    seen = true != 2
    got = fed(metrics.MeanIoU(6, ignore_class=2), true, pred, weight)
    assert got == near(union(true[seen], pred[seen], w[seen], range(6)))
    scores = RNG.uniform(size=(60, 5))
    hot = np.eye(5)[true]
    largest = scores.argmax(axis=1)
    assert fed(metrics.OneHotMeanIoU(5), hot, scores, weight) == near(
        union(true, largest, w, range(5))
    )
    assert fed(metrics.OneHotIoU(5, [0, 2]), hot, scores, weight) == near(
        union(true, largest, w, [0, 2])
    )
    assert fed(metrics.OneHotIoU(5, [0], sparse_y_pred=True), hot, pred, weight) == near(
        union(true, pred, w, [0])
    )
    yes, chance = (true > 2).astype(int), scores[:, 0]
    got = fed(metrics.BinaryIoU([0, 1], threshold=0.25), yes, chance, weight)
    assert got == near(union(yes, chance >= 0.25, w, [0, 1]))


def test_classes_out_of_range_do_not_count() -> None:
    metric = metrics.MeanIoU(2)
    metric.update_state([0, 1, 7, -1, np.nan, 1], [0, 1, 0, 1, 1, 3])
    assert metric.result() == 1.0
    metric.reset_state()
    assert metric.result() == 0.0
    for arguments, message in (
        ({"num_classes": 0, "target_class_ids": [0]}, "`num_classes` must be"),
        ({"num_classes": 2, "target_class_ids": [2]}, r"`target_class_ids` must be in \[0, 2\)"),
        ({"num_classes": 2, "target_class_ids": []}, r"`target_class_ids` must be in \[0, 2\)"),
    ):
        with pytest.raises(ValueError, match=message):
            metrics.IoU(**arguments)
    with pytest.raises(ValueError, match="must hold as many classes"):
        metrics.MeanIoU(2).update_state([0, 1], [0, 1, 1])


RATES = {
    "SensitivityAtSpecificity": ("recall", "specificity"),
    "SpecificityAtSensitivity": ("specificity", "recall"),
    "PrecisionAtRecall": ("precision", "recall"),
    "RecallAtPrecision": ("recall", "precision"),
}


@pytest.mark.parametrize("count", [1, 2, 11])
@pytest.mark.parametrize("name", RATES)
def test_best_of_one_rate_under_a_limit(name: str, count: int) -> None:
    true = RNG.integers(0, 2, 60)
    pred = np.round(np.clip(0.3 * true + RNG.uniform(0, 0.7, 60), 0, 1), 1)
    limits = np.linspace(0, 1, 6)
    thresholds = [0.5] if count == 1 else [i / (count - 1) for i in range(count)]
    for limit in limits:
        best = 0.0
        for at in thresholds:
            said = pred > at + 1e-12  # as Keras: of an even grid the value itself is not above
            found, wrong = (W * said * true).sum(), (W * said * (1 - true)).sum()
            missed, right = (W * ~said * true).sum(), (W * ~said * (1 - true)).sum()
            rates = {
                "recall": found / (found + missed),
                "specificity": right / (right + wrong),
                "precision": found / (found + wrong) if found + wrong else 0.0,
            }
            wanted, limited = RATES[name]
            if rates[limited] >= limit:
                best = max(best, rates[wanted])
        metric = getattr(metrics, name)(limit, num_thresholds=count)
        assert fed(metric, true, pred, W) == pytest.approx(best, rel=SUM_ORDER)


def test_limits_and_classes() -> None:
    with pytest.raises(ValueError, match=r"`recall` must be in \[0, 1\], got 1.5"):
        metrics.PrecisionAtRecall(1.5)
    with pytest.raises(ValueError, match="`num_thresholds` must be"):
        metrics.RecallAtPrecision(0.5, num_thresholds=0)
    true, pred = np.eye(3)[RNG.integers(0, 3, 60)], RNG.uniform(size=(60, 3))
    one = metrics.SensitivityAtSpecificity(0.4, class_id=1)
    alone = metrics.SensitivityAtSpecificity(0.4)
    assert one(true, pred, W) == alone(true[:, 1], pred[:, 1], W)


@pytest.mark.parametrize("curve", ["ROC", "PR"])
def test_area_of_each_column(curve: str) -> None:
    true, pred = RNG.integers(0, 2, (60, 3)), RNG.uniform(size=(60, 3))
    for weight in (None, W):
        each = [fed(metrics.AUC(curve=curve), true[:, i], pred[:, i], weight) for i in range(3)]
        for labels in (None, 3):
            several = metrics.AUC(curve=curve, multi_label=True, num_labels=labels)
            assert fed(several, true, pred, weight) == near(np.mean(each))
        weighted = metrics.AUC(curve=curve, multi_label=True, label_weights=[1.0, 0.0, 3.0])
        assert fed(weighted, true, pred, weight) == near((each[0] + 3 * each[2]) / 4)
    first = metrics.AUC(curve=curve, label_weights=[1.0, 0.0, 0.0])
    alone = metrics.AUC(curve=curve)
    assert fed(first, true, pred, W) == near(fed(alone, true[:, 0], pred[:, 0], W))


def test_area_arguments() -> None:
    for arguments, message in (
        ({"num_labels": 2}, "`num_labels` is for `multi_label=True`"),
        ({"label_weights": [-1.0]}, "`label_weights` must not be negative"),
        (
            {"multi_label": True, "num_labels": 2, "label_weights": [1.0]},
            "`label_weights` must be 2",
        ),
        ({"curve": "F"}, "`curve` must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            metrics.AUC(**arguments)
    several = metrics.AUC(multi_label=True)
    with pytest.raises(ValueError, match=r"must have shape \(batch, n_labels\)"):
        several.update_state([0, 1], [0.5, 0.5])
    several.update_state(np.eye(2), np.eye(2))
    with pytest.raises(ValueError, match="must have 2 columns, got 3"):
        several.update_state(np.eye(3), np.eye(3))
    with pytest.raises(ValueError, match="`label_weights` are 1, `y_pred` has 2"):
        metrics.AUC(label_weights=[1.0]).update_state(np.eye(2), np.eye(2))
    assert metrics.AUC(curve="pr", summation_method="Minoring").curve == "PR"


def test_margins_and_equality() -> None:
    true = np.sign(T)
    for name in ("Hinge", "SquaredHinge"):
        want = np.average(getattr(losses, name)(reduction="none")(true, P), weights=W)
        assert fed(getattr(metrics, name)(), true, P, W) == near(want)
    assert metrics.Hinge()([[0, 1]], [[0.5, 0.5]]) == near(1.0)
    equal = metrics.Accuracy()
    assert equal([1, 2, 3, 4], [0, 2, 3, 4], [1, 1, 0, 0]) == 0.5
    assert metrics.get("accuracy").name == "accuracy"


def test_losses_as_metrics(tmp_path: Any) -> None:
    """By name, function and object; in the core's place, and kept in files."""
    net = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(3, activation="softplus")])
    given = [
        "huber",
        losses.huber,
        losses.Tweedie(1.5),
        "quantile",
        losses.Quantile([0.2, 0.5, 0.9]),
    ]
    net.compile("sgd", "mse", metrics=given, weighted_metrics=["hinge", "r2_score"])
    y = (np.abs(T) + 0.25).astype(np.float32)  # no zero, which the hinge loss takes for a label
    logs = net.evaluate(T, y, sample_weight=W, return_dict=True, verbose=0)
    p = net.predict(T)
    want = {
        "huber": losses.Huber()(y, p), "huber_1": losses.Huber()(y, p),
        "tweedie": losses.Tweedie(1.5)(y, p), "quantile": losses.Quantile()(y, p),
        "quantile_1": given[-1](y, p),
        "hinge": np.average(losses.hinge(y, p), weights=W),
        "r2_score": metrics.R2Score()(y, p, W), "loss": losses.MeanSquaredError()(y, p, W),
    }  # fmt: skip
    assert logs == pytest.approx(want, rel=HAND_FLOAT32)
    net.save(tmp_path / "m.fnn")
    again = fastnn.models.load_model(tmp_path / "m.fnn")
    assert again.evaluate(T, y, sample_weight=W, return_dict=True, verbose=0) == logs
    with pytest.raises(ValueError, match="unknown metric 'zzz'"):
        metrics.get("zzz")


def test_r2_score_of_a_constant_column_is_zero_whatever_its_rounding() -> None:
    metric = fastnn.metrics.R2Score(class_aggregation=None)
    y = np.column_stack([np.full(7, 0.1), np.arange(7.0)])
    metric.update_state(y, y + 0.25, sample_weight=np.linspace(0.1, 0.7, 7)[:, None])
    assert metric.result()[0] == 0.0
    assert metric.result()[1] > 0.9
