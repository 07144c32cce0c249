"""Metrics by themselves: values by hand, running state, weights, description."""

import json
import math
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import metrics, saving
from tolerance import HAND_FLOAT32


def test_binary_accuracy() -> None:
    metric = metrics.BinaryAccuracy()
    metric.update_state([[1], [1], [0], [0]], [[0.98], [1], [0], [0.6]])
    assert metric.result() == 0.75
    metric.reset_state()
    metric.update_state([1, 1, 0, 0], [0.98, 1, 0, 0.6], sample_weight=[1, 0, 0, 1])
    assert metric.result() == 0.5
    high = metrics.BinaryAccuracy(threshold=0.75)
    assert high([1, 0], [0.6, 0.6]) == 0.5
    assert metrics.binary_accuracy([[1, 0]], [[0.6, 0.6]]).tolist() == [[1, 0]]
    assert metrics.binary_accuracy([0.0], [0.5]).tolist() == [1]  # not above the threshold


def test_categorical_accuracy() -> None:
    metric = metrics.CategoricalAccuracy()
    metric.update_state([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    assert metric.result() == 0.5
    metric.reset_state()
    y = [[0, 0, 1], [0, 1, 0]]
    metric.update_state(y, [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], sample_weight=[0.75, 0.25])
    assert metric.result() == 0.25
    sparse = metrics.SparseCategoricalAccuracy()
    assert sparse([[2], [1]], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]]) == 0.5
    sparse.reset_state()
    assert sparse([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]], sample_weight=[6, 2]) == 0.25
    assert metrics.sparse_categorical_accuracy([0, 1], [[0.9, 0.1], [0.9, 0.1]]).tolist() == [1, 0]


def test_top_k_functions() -> None:
    y, p = [2, 1, 0], [[0.1, 0.9, 0.8], [0.05, 0.95, 0], [0.1, 0.5, 0.4]]
    first, second = metrics.sparse_top_k_categorical_accuracy, metrics.top_k_categorical_accuracy
    assert first(y, p, k=1).tolist() == second(np.eye(3)[y], p, k=1).tolist() == [0, 1, 0]
    assert first(y, p, k=2).tolist() == second(np.eye(3)[y], p, 2).tolist() == [1, 1, 0]
    ids = np.argsort(p)[:, ::-1]
    assert first(y, ids, k=2, from_sorted_ids=True).tolist() == [1, 1, 0]
    assert first(y, p).tolist() == [1, 1, 1]
    assert first(y, p).dtype == np.float32
    assert isinstance(metrics.get("top_k_categorical_accuracy"), metrics.TopKCategoricalAccuracy)
    with pytest.raises(ValueError, match="`y_true` must have shape"):
        second(y, p)


def test_errors_and_crossentropies() -> None:
    y, p = [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]]
    assert metrics.MeanSquaredError()(y, p) == 0.25
    assert metrics.MeanAbsoluteError()(y, p) == 0.25
    assert metrics.MeanSquaredError()(y, p, sample_weight=[1, 0]) == 0.5
    near = pytest.approx(-math.log(0.25), rel=HAND_FLOAT32)
    assert metrics.BinaryCrossentropy()([[1.0]], [[0.25]]) == near
    assert metrics.CategoricalCrossentropy()([[0.0, 1.0]], [[0.75, 0.25]]) == near
    assert metrics.SparseCategoricalCrossentropy()([1], [[0.75, 0.25]]) == near
    logits = [[math.log(0.75), math.log(0.25)]]
    assert metrics.SparseCategoricalCrossentropy(from_logits=True)([1], logits) == near


def test_mean() -> None:
    mean = metrics.Mean()
    assert mean.result() == 0
    mean.update_state([1, 3, 5, 7])
    assert mean.result() == 4
    mean.update_state([10], sample_weight=[4])
    assert mean.result() == 7
    assert mean(7.0) == 7
    mean.reset_state()
    assert mean.result() == 0


def test_state_runs_over_batches() -> None:
    metric = metrics.MeanAbsoluteError()
    assert metric([[1.0]], [[0.0]]) == 1
    assert metric([[1.0], [1.0], [1.0]], [[1.0], [1.0], [1.0]]) == 0.25
    assert metrics.MeanAbsoluteError(dtype="float32").result().dtype == np.float32


def test_accuracy_in_compile_follows_loss_and_output(rng: np.random.Generator) -> None:
    x = rng.standard_normal((30, 3)).astype(np.float32)
    labels = rng.integers(0, 3, 30)
    cases: list[tuple[str, int, str, Any, Any]] = [
        ("binary_crossentropy", 1, "sigmoid", labels % 2, metrics.BinaryAccuracy()),
        ("categorical_crossentropy", 3, "softmax", np.eye(3)[labels],
         metrics.CategoricalAccuracy()),
        ("sparse_categorical_crossentropy", 3, "softmax", labels,
         metrics.SparseCategoricalAccuracy()),
    ]  # fmt: skip
    for loss, n_out, activation, y, metric in cases:
        for name in ("accuracy", "acc"):
            net = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(n_out, activation)])
            net.compile("sgd", loss, metrics=[name, type(metric)()])
            logs = net.evaluate(x, y, verbose=0, return_dict=True)
            assert list(logs) == sorted([name, metric.name, "loss"])
            metric.reset_state()
            assert logs[name] == logs[metric.name] == metric(y, net.predict(x))


def test_names_in_compile() -> None:
    net = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(1)])
    net.compile("sgd", "mse", metrics=["mse", metrics.MeanSquaredError(), "mse",
                                       metrics.mean_absolute_error,
                                       metrics.MeanAbsoluteError(name="mine")])  # fmt: skip
    assert net.metrics_names == ["loss", "mse", "mean_squared_error", "mse_1",
                                 "mean_absolute_error", "mine"]  # fmt: skip
    net.compile("sgd", "mse", metrics=["accuracy", "mae", "accuracy"],
                weighted_metrics=["accuracy", "mae", "mse", "accuracy"])  # fmt: skip
    names = ["loss", "accuracy", "mae", "accuracy_1", "weighted_accuracy", "weighted_mae", "mse",
             "weighted_accuracy_1"]  # fmt: skip
    assert net.metrics_names == names
    assert saving.model_from_bytes(saving.model_to_bytes(net)).metrics_names == names


ROUND_TRIPS = [
    name for name in metrics.__all__
    if name[0].isupper() and name not in ("Metric", "MeanMetricWrapper")
]  # fmt: skip


REQUIRED: dict[str, dict[str, Any]] = {
    "IoU": {"num_classes": 4, "target_class_ids": [1, 3], "ignore_class": -1},
    "LossValue": {"loss": "pinball"},
    "MeanIoU": {"num_classes": 3, "sparse_y_pred": False},
    "OneHotIoU": {"num_classes": 4, "target_class_ids": [1, 3]},
    "OneHotMeanIoU": {"num_classes": 4},
    "PrecisionAtRecall": {"recall": 0.25, "num_thresholds": 7},
    "RecallAtPrecision": {"precision": 0.25, "class_id": 1},
    "SensitivityAtSpecificity": {"specificity": 0.25},
    "SpecificityAtSensitivity": {"sensitivity": 0.25},
    "AUC": {"multi_label": True, "num_labels": 2, "label_weights": [1.0, 2.0]},
    "R2Score": {"class_aggregation": None, "num_regressors": 2},
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_round_trip(name: str) -> None:
    metric = getattr(metrics, name)(**REQUIRED.get(name, {}), name="mine", dtype="float32")
    described = json.loads(json.dumps(metrics.serialize(metric)))
    again = metrics.deserialize(described)
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()


def test_bad_calls() -> None:
    with pytest.raises(ValueError, match=r"`y_true` must have shape \(2, 2\)"):
        metrics.CategoricalAccuracy()([0, 1], [[0.5, 0.5], [0.5, 0.5]])
    with pytest.raises(ValueError, match="`threshold` must be a number"):
        metrics.BinaryAccuracy(threshold="a")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown metric 'zzz'"):
        metrics.get("zzz")
    with pytest.raises(ValueError, match="bad configuration of Mean"):
        metrics.deserialize({"class_name": "Mean", "config": {"zzz": 1}})
