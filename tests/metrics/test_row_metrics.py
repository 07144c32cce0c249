"""Metrics that need targets and predictions: by themselves, and fed by fit and evaluate."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers, metrics
from tolerance import KERAS_AREA, KERAS_F_SCORE, SUM_ORDER


def decisions(n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    true = rng.integers(0, 2, n)
    # A grid of values: ties, and predictions at thresholds.
    pred = np.round(np.clip(0.3 * true + rng.uniform(0, 0.7, n), 0, 1), 2).astype(np.float32)
    return true, pred, rng.uniform(0.5, 2, n)


def by_loops(threshold: float, weighted: bool) -> dict[str, float]:
    """Count decision by decision."""
    names = ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
    found = dict.fromkeys(names, 0.0)
    for true, pred, weight in zip(*decisions(), strict=True):
        said = pred > np.float32(threshold)
        right = "True" if said == bool(true) else "False"
        name = right + ("Positives" if said else "Negatives")
        found[name] += weight if weighted else 1.0
    return found


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("thresholds", [None, 0.3, [0.7, 0.2, 0.5]])
def test_counts(thresholds: Any, weighted: bool) -> None:
    true, pred, weight = decisions()
    each = thresholds if isinstance(thresholds, list) else [thresholds or 0.5]
    loops = [by_loops(t, weighted) for t in each]
    for name in loops[0]:
        metric = getattr(metrics, name)(thresholds)
        for rows in (slice(0, 100), slice(100, None)):  # in two batches
            metric.update_state(true[rows], pred[rows], weight[rows] if weighted else None)
        np.testing.assert_allclose(
            np.atleast_1d(metric.result()), [found[name] for found in loops], rtol=SUM_ORDER
        )
    for name, other in (("Precision", "FalsePositives"), ("Recall", "FalseNegatives")):
        metric = getattr(metrics, name)(thresholds)
        metric.update_state(true, pred, weight if weighted else None)
        share = [f["TruePositives"] / (f["TruePositives"] + f[other]) for f in loops]
        np.testing.assert_allclose(np.atleast_1d(metric.result()), share, rtol=SUM_ORDER)


def test_precision_and_recall_of_top_k_and_class() -> None:
    # The examples of Keras' documentation.
    metric = metrics.Precision(top_k=2)
    metric.update_state([0, 0, 1, 1], [1, 1, 1, 1])
    assert metric.result() == 0.0
    metric = metrics.Precision(top_k=4)
    metric.update_state([0, 0, 1, 1], [1, 1, 1, 1])
    assert metric.result() == 0.5
    true, pred = [[0, 1], [1, 1], [1, 0]], [[0.9, 0.6], [0.2, 0.4], [0.8, 0.9]]
    metric = metrics.Recall(class_id=0)
    metric.update_state(true, pred)
    assert metric.result() == 0.5
    with pytest.raises(ValueError, match="`class_id=2` needs predictions with a column"):
        metrics.Recall(class_id=2).update_state(true, pred)
    with pytest.raises(ValueError, match=r"`thresholds` must be in \[0, 1\]"):
        metrics.Precision(thresholds=[0.5, 1.5])


# Recorded from Keras 3.15 (JAX, float32) on decisions(), without and with weights.
KERAS_AUC: list[tuple[dict[str, Any], bool, float]] = [
    ({}, False, 0.87730807),
    ({}, True, 0.87650817),
    ({"curve": "PR"}, False, 0.88684791),
    ({"curve": "PR"}, True, 0.88408976),
    ({"num_thresholds": 7, "summation_method": "minoring"}, False, 0.80703008),
    ({"num_thresholds": 7, "summation_method": "minoring"}, True, 0.80813235),
    (
        {"curve": "PR", "summation_method": "majoring", "num_thresholds": 50},
        False,
        0.8937456607818604,
    ),
    (
        {"curve": "PR", "summation_method": "majoring", "num_thresholds": 50},
        True,
        0.8905824422836304,
    ),
    ({"thresholds": [0.1, 0.45, 0.5, 0.9]}, False, 0.79810899),
    ({"thresholds": [0.1, 0.45, 0.5, 0.9]}, True, 0.79575037),
    ({"thresholds": [0.25, 0.5, 0.75], "curve": "PR"}, False, 0.84338974),
    ({"thresholds": [0.25, 0.5, 0.75], "curve": "PR"}, True, 0.83790159),
]


@pytest.mark.parametrize("case", range(len(KERAS_AUC)))
def test_auc_is_that_of_keras(case: int) -> None:
    arguments, weighted, expected = KERAS_AUC[case]
    true, pred, weight = decisions()
    metric = metrics.AUC(**arguments)
    metric.update_state(true, pred, weight if weighted else None)
    assert abs(float(metric.result()) - expected) < KERAS_AREA
    again = metrics.AUC.from_config(metric.get_config())
    again.update_state(true, pred, weight if weighted else None)
    assert again.result() == metric.result()


def test_auc_of_a_perfect_order_and_of_none() -> None:
    metric = metrics.AUC()
    metric.update_state([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
    assert metric.result() == 1.0
    metric.reset_state()
    assert metric.result() == 0.0
    with pytest.raises(ValueError, match="`curve` must be one of"):
        metrics.AUC(curve="roc curve")


def test_f_scores_average() -> None:
    true, pred = [[1, 0], [1, 0], [0, 1], [0, 1]], [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]]
    # Column 0: 1 found, 0 wrong, 1 missed: 2/3. Column 1: 2 found, 1 wrong, 0 missed: 4/5.
    # 1e-7 in the denominators, as in Keras, moves these by about as much.
    for average, expected in ((None, [2 / 3, 4 / 5]), ("micro", 0.75), ("macro", 11 / 15),
                              ("weighted", 11 / 15)):  # fmt: skip
        metric = metrics.F1Score(average=average)
        metric.update_state(true, pred)
        np.testing.assert_allclose(metric.result(), expected, rtol=KERAS_F_SCORE)
    with pytest.raises(ValueError, match="must have one shape"):
        metrics.F1Score().update_state([1, 0], [1, 0])


def test_top_k() -> None:
    pred = np.array([[0.1, 0.5, 0.2, 0.2], [0.4, 0.3, 0.2, 0.1]])
    for k, expected in ((1, 0.0), (2, 0.5), (3, 0.5), (4, 1.0)):
        dense = metrics.TopKCategoricalAccuracy(k)
        sparse = metrics.SparseTopKCategoricalAccuracy(k)
        dense.update_state(np.eye(4)[[2, 3]], pred)
        sparse.update_state([[2], [3]], pred)
        assert dense.result() == sparse.result() == expected


# ---- in a model -----------------------------------------------------------------------------


def problem(n: int, outputs: int, positions: int) -> tuple[Any, np.ndarray, np.ndarray]:
    fastnn.utils.set_random_seed(4)
    rng = np.random.default_rng(3)
    shape = (positions, 5) if positions > 1 else (5,)
    net = fastnn.Sequential([fastnn.Input(shape), layers.Dense(outputs, "sigmoid")])
    x = rng.standard_normal((n, *shape)).astype(np.float32)
    y = rng.integers(0, 2, (n, *shape[:-1], outputs))
    return net, x, y


def mean_difference(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    return (y_pred - y_true).mean(axis=-1)


@pytest.mark.parametrize("outputs", [1, 3, 130])
@pytest.mark.parametrize("positions", [1, 4])
@pytest.mark.parametrize("batch", [7, 64, 2000])
def test_fit_feeds_every_row_once(outputs: int, positions: int, batch: int) -> None:
    n = 1500 if batch == 2000 else 150
    net, x, y = problem(n, outputs, positions)
    names = {"precision": metrics.Precision(), "auc": metrics.AUC(),
             "root_mean_squared_error": metrics.RootMeanSquaredError(),
             "mean_difference": metrics.MeanMetricWrapper(mean_difference)}  # fmt: skip
    net.compile(fastnn.optimizers.SGD(0.0), "binary_crossentropy",
                metrics=["mae", "precision", "auc", "root_mean_squared_error", mean_difference,
                         "binary_accuracy"], weighted_metrics=["recall"])  # fmt: skip
    weight = np.random.default_rng(1).uniform(0, 2, n)
    # The weights do not move, so what training sees is what predict returns.
    pred = net.predict(x)
    recall = metrics.Recall()
    recall.update_state(y, pred, weight)
    expected = {"recall": float(recall.result())}
    for name, metric in names.items():
        metric.update_state(y, pred)
        expected[name] = float(metric.result())
    history = net.fit(x, y, batch, epochs=1, verbose=0, sample_weight=weight,
                      validation_data=(x, y, weight)).history  # fmt: skip
    evaluated = net.evaluate(x, y, batch, verbose=0, sample_weight=weight, return_dict=True)
    streamed = net.evaluate(
        ((x[i : i + 50], y[i : i + 50], weight[i : i + 50]) for i in range(0, n, 50)),
        verbose=0, return_dict=True,
    )  # fmt: skip
    assert list(evaluated) == sorted([*expected, "loss", "mae", "binary_accuracy"])
    for name, value in expected.items():
        for got in (history[name][0], history[f"val_{name}"][0], evaluated[name], streamed[name]):
            # The same float64 sums in another order.
            assert abs(got - value) <= SUM_ORDER * max(1.0, abs(value)), name


def test_batches_and_train_on_batch_feed_too() -> None:
    net, x, y = problem(60, 1, 1)
    net.compile(fastnn.optimizers.SGD(0.0), "binary_crossentropy", metrics=["true_positives"])
    seen: list[float] = []
    hook = fastnn.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(logs["true_positives"])
    )
    net.fit(x, y, batch_size=20, shuffle=False, verbose=0, callbacks=[hook])
    said = net.predict(x) > 0.5
    assert seen == [float((said & (y == 1))[:k].sum()) for k in (20, 40, 60)]
    for i, before, after in zip(range(0, 60, 20), [0.0, *seen], seen, strict=False):
        own = net.train_on_batch(x[i : i + 20], y[i : i + 20], return_dict=True)
        assert own["true_positives"] == after - before
    assert net.metrics_names == ["loss", "true_positives"]


def test_row_metrics_do_not_change_the_weights_and_are_saved(tmp_path: Any) -> None:
    nets = []
    for given in ([], ["auc", metrics.Precision(thresholds=0.4), mean_difference]):
        net, x, y = problem(100, 1, 1)
        net.compile("adam", "binary_crossentropy", metrics=given)
        net.fit(x, y, epochs=3, verbose=0)
        nets.append(net)
    assert nets[0].get_weights()[0].tobytes() == nets[1].get_weights()[0].tobytes()
    nets[1].save(tmp_path / "a.fnn")
    own = {"mean_difference": mean_difference}
    again = fastnn.models.load_model(tmp_path / "a.fnn", custom_objects=own)
    assert again.metrics_names == ["loss", "auc", "precision", "mean_difference"]


class Keep(metrics.Metric):
    """A metric of the user's own: keeps what it is fed with."""

    seen: list[np.ndarray]

    def __init__(self) -> None:
        super().__init__(name="keep")
        self.reset_state()

    def reset_state(self) -> None:
        self.seen = []

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.seen.append(y_pred.copy())

    def result(self) -> Any:
        return np.concatenate(self.seen)


@pytest.mark.parametrize(
    ("activation", "loss"),
    [("sigmoid", "binary_crossentropy"), ("softmax", "categorical_crossentropy"),
     ("tanh", "mse")],
)  # fmt: skip
def test_the_predictions_are_those_of_predict(activation: str, loss: str) -> None:
    fastnn.utils.set_random_seed(4)
    net = fastnn.Sequential(
        [fastnn.Input((5,)), layers.Dense(70, "relu"), layers.Dense(70, activation)]
    )
    net.compile(fastnn.optimizers.SGD(0.0), loss, metrics=[Keep()])
    rng = np.random.default_rng(3)
    x = rng.standard_normal((700, 5)).astype(np.float32)
    y = np.eye(70)[rng.integers(0, 70, 700)]
    expected = net.predict(x)
    assert net.evaluate(x, y, verbose=0)[1].tobytes() == expected.tobytes()
    logs = net.fit(x, y, 600, shuffle=False, verbose=0).history
    assert logs["keep"][0].tobytes() == expected.tobytes()


def test_predictions_that_are_sorted_class_numbers() -> None:
    sorted_ids = np.array([[3, 1, 0], [2, 0, 1], [1, 3, 2]])
    for k, share in ((1, 1 / 3), (2, 2 / 3), (3, 2 / 3)):
        metric = metrics.SparseTopKCategoricalAccuracy(k=k, from_sorted_ids=True)
        metric.update_state([1, 3, 1], sorted_ids)
        assert metric.result() == share
        assert metrics.SparseTopKCategoricalAccuracy.from_config(metric.get_config()).k == k
    assert metric.get_config()["from_sorted_ids"] is True


def test_cross_entropy_leaves_a_class_out() -> None:
    """Its rows are 0; as in Keras they count unless there are weights."""
    labels, pred = np.array([0, -1, 1, 2]), np.full((4, 3), 1.0 / 3.0)
    pred[2] = [0.25, 0.5, 0.25]
    weight = np.array([1.0, 7.0, 3.0, 2.0])
    kept = labels >= 0
    for given in (None, weight):
        metric = metrics.SparseCategoricalCrossentropy(ignore_class=-1)
        plain = metrics.SparseCategoricalCrossentropy()
        metric.update_state(labels, pred, given)
        if given is None:
            values = np.where(kept, -np.log(pred[np.arange(4), labels]), 0.0)
            assert metric.result() == pytest.approx(values.mean(), rel=1e-6)
            continue
        plain.update_state(labels[kept], pred[kept], given[kept])
        assert metric.result() == pytest.approx(float(plain.result()), rel=SUM_ORDER)
    model = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(3, activation="softmax")])
    with pytest.raises(ValueError, match="is for calls on arrays"):
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=[metric])


def test_configurations_may_name_a_class_in_short() -> None:
    made = fastnn.optimizers.deserialize({"class_name": "Sgd", "config": {}})
    assert type(made) is fastnn.optimizers.SGD
    assert (
        type(metrics.deserialize({"class_name": "mse", "config": {}})) is metrics.MeanSquaredError
    )
