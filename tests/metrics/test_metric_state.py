"""The state of metrics: variables to read and assign, functions without state, one's own."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import metrics

T = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
P = np.array([[0.75, 0.25], [0.5, 0.5], [0.25, 1.0]])


class Spread(metrics.Metric):
    """Largest less smallest error, and how many there were."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.low = self.add_weight(name="low", initializer="zeros")
        self.high = self.add_variable((), "zeros", name="high")
        self.seen = self.add_variable((), None, "int32", name="seen")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        error = np.asarray(y_pred) - np.asarray(y_true)
        self.low.assign(np.minimum(self.low, error.min()))
        self.high.assign(np.maximum(self.high, error.max()))
        self.seen.assign_add(error.size)

    def result(self) -> Any:
        return self.high - self.low


def test_ones_own_metric() -> None:
    metric = Spread()
    assert metric.name == "spread"
    assert [v.name for v in metric.variables] == ["low", "high", "seen"]
    assert metric(T, P) == 0.5 + 0.75
    assert metric.seen == 6 == int(metric.seen.numpy())
    assert metric.seen.dtype == "int32"
    metric.reset_state()
    assert [float(v) for v in metric.variables] == [0.0, 0.0, 0.0]
    for again in (copy.deepcopy(metric), pickle.loads(pickle.dumps(metric))):
        again(T, P)
        assert (int(again.seen), int(again.variables[2])) == (6, 6)
        assert int(metric.seen) == 0
    assert Spread(name="mine", dtype="float16").get_config() == {
        "name": "mine", "dtype": "float16",
    }  # fmt: skip


def test_ones_own_metric_in_training() -> None:
    model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(2)])
    model.compile("sgd", "mse", metrics=[Spread()])
    logs = model.evaluate(T, P, return_dict=True, verbose=0)
    assert logs["spread"] == pytest.approx(float(Spread()(P, model.predict(T))))


def test_metrics_within_metrics() -> None:
    class Both(metrics.Metric):
        def __init__(self) -> None:
            super().__init__()
            self.count = self.add_variable(name="count")
            self.parts = {"a": [metrics.Mean()], "b": Spread()}

    assert [v.name for v in Both().variables] == ["count", "total", "count", "low", "high", "seen"]


# In Keras' order.
VARIABLES: dict[str, tuple[Any, list[str]]] = {
    "Mean": (lambda: metrics.Mean(), ["total", "count"]),
    "Sum": (lambda: metrics.Sum(), ["total"]),
    "MeanSquaredError": (lambda: metrics.MeanSquaredError(), ["total", "count"]),
    "TruePositives": (lambda: metrics.TruePositives(), ["true_positives"]),
    "Precision": (lambda: metrics.Precision(), ["true_positives", "false_positives"]),
    "Recall": (lambda: metrics.Recall(), ["true_positives", "false_negatives"]),
    "AUC": (
        lambda: metrics.AUC(num_thresholds=5),
        ["true_positives", "false_positives", "true_negatives", "false_negatives"],
    ),
    "MeanIoU": (lambda: metrics.MeanIoU(num_classes=2), ["total_cm"]),
    "F1Score": (
        lambda: metrics.F1Score(),
        ["true_positives", "false_positives", "false_negatives", "intermediate_weights"],
    ),
    "R2Score": (
        lambda: metrics.R2Score(),
        ["squared_sum", "sum", "total_mse", "count", "num_samples"],
    ),
}


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_and_functions_without_state(name: str) -> None:
    make, names = VARIABLES[name]
    metric, arguments = make(), (P,) if name in ("Mean", "Sum") else (T, P)
    metric.update_state(*arguments)
    assert [v.name for v in metric.variables] == names
    state, result = [v.numpy() for v in metric.variables], metric.result()
    other = make()
    other.update_state(*arguments)
    other.update_state(*arguments)
    for variable, value in zip(other.variables, state, strict=True):
        assert variable.shape == value.shape
        variable.assign(value)
    np.testing.assert_array_equal(other.result(), result)
    twice = metric.stateless_update_state(state, *arguments)
    np.testing.assert_array_equal(metric.result(), result)
    metric.update_state(*arguments)
    for got, want in zip(twice, metric.variables, strict=True):
        np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(metric.stateless_result(state), result)
    with pytest.raises(ValueError, match="`metric_variables` must be as many"):
        metric.stateless_result([])
    if name not in ("F1Score", "R2Score"):  # whose state takes its shape from the first batch
        assert all(np.all(value == 0) for value in metric.stateless_reset_state())


def test_a_variable_is_an_array() -> None:
    variable = Spread().add_variable((2,), np.array([1.0, 2.0]), name="it")
    assert (variable + 1).tolist() == [2.0, 3.0]
    assert (np.sqrt(variable) ** 2)[0] == pytest.approx(1.0)
    variable += [1.0, 1.0]
    variable.assign_sub(np.array([0.5, 0.5]))
    assert variable.value.tolist() == [1.5, 2.5]
    assert (variable.shape, variable.ndim, len(variable)) == ((2,), 1, 2)
    assert "it" in repr(variable)
    with pytest.raises(ValueError, match=r"`value` must have shape \(2,\), got \(3,\)"):
        variable.assign([1.0, 2.0, 3.0])


def test_rows_count_once() -> None:
    """As in Keras: the values of a row are one, their mean, for batches of other widths."""
    mean = metrics.Mean()
    mean.update_state([[1.0, 2.0], [3.0, 4.0]])
    mean.update_state([5.0])
    assert mean.result() == pytest.approx(10.0 / 3.0)
    mean.reset_state()
    mean.update_state([[1.0, 2.0], [3.0, 4.0]], [1.0, 3.0])
    mean.update_state([5.0])
    assert mean.result() == pytest.approx(3.4)
    root = metrics.RootMeanSquaredError()
    root.update_state(np.zeros((2, 3)), np.ones((2, 3)))
    root.update_state(np.zeros((2, 4)), 2.0 * np.ones((2, 4)))
    assert root.result() == pytest.approx(np.sqrt(2.5))


def test_get_and_deserialize() -> None:
    assert metrics.get(None) is None is metrics.deserialize(None)
    assert metrics.get(abs) is abs
    assert type(metrics.deserialize("mse")) is metrics.MeanSquaredError
    described = {"class_name": "Spread", "config": {"name": "other"}}
    assert metrics.deserialize(described, {"Spread": Spread}).name == "other"
    with pytest.raises(ValueError, match="`metrics` must hold names"):
        metrics.resolve(None, "metrics")
    wrapped = metrics.MeanMetricWrapper(metrics.binary_accuracy, name="size", threshold=0.1)
    again = metrics.MeanMetricWrapper.from_config(wrapped.get_config())
    assert again.name == "size"
    assert again.get_config() == wrapped.get_config()
    assert metrics.Hinge(dtype="int32").dtype == "int32"


def test_weights_of_f_scores() -> None:
    """One for all, one a row, one a value."""
    true, pred = np.array([[1, 1], [1, 0]]), np.array([[0.2, 0.6], [0.2, 0.6]])
    metric = metrics.FBetaScore(threshold=0.5)
    metric.update_state(true, pred, sample_weight=[[0.5, 0.25], [0.25, 0.75]])
    assert metric.result() == pytest.approx([0.0, 0.4], abs=1e-6)
    for same in (0.5, [0.5, 0.5], [[0.5], [0.5]]):
        metric = metrics.FBetaScore(threshold=0.5)
        metric.update_state(true, pred, sample_weight=same)
        assert metric.result() == pytest.approx([0.0, 2.0 / 3.0], abs=1e-6)
    for arguments, name in (({"beta": 1}, "beta"), ({"threshold": 1}, "threshold")):
        with pytest.raises(ValueError, match=f"`{name}` must be a float, got 1"):
            metrics.FBetaScore(**arguments)
