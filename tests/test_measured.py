"""What a model says of its last measurements and of how it was compiled, as Keras' models do."""

import numpy as np
import pytest

import fastnn
from fastnn import layers

X = np.ones((4, 2), np.float32)


def model(**compiled: object) -> fastnn.Sequential:
    made = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1, kernel_initializer="zeros")])
    made.compile(fastnn.optimizers.SGD(0.0), "mse", **{"metrics": ["mae"], **compiled})
    return made


def test_metrics_result_is_that_of_the_last_call() -> None:
    net = model()
    assert net.get_metrics_result() == {"loss": 0.0, "mae": 0.0}
    net.train_on_batch(X, np.full((4, 1), 3.0))
    assert net.get_metrics_result() == {"loss": 9.0, "mae": 3.0}
    net.reset_metrics()
    assert net.get_metrics_result() == {"loss": 0.0, "mae": 0.0}
    validation = (X, np.full((4, 1), 5.0))
    net.fit(X, np.full((4, 1), 2.0), validation_data=validation, epochs=2, verbose=0)
    assert net.get_metrics_result() == {"loss": 25.0, "mae": 5.0}
    net.fit(X, np.full((4, 1), 2.0), epochs=2, verbose=0)
    assert net.get_metrics_result() == {"loss": 4.0, "mae": 2.0}
    net.evaluate(X, np.full((4, 1), 7.0), verbose=0)
    assert net.get_metrics_result() == {"loss": 49.0, "mae": 7.0}


def test_metrics_are_a_loss_tracker_and_the_metrics_of_compile() -> None:
    net = model()
    net.evaluate(X, np.full((4, 1), 7.0), verbose=0)
    assert [metric.name for metric in net.metrics] == ["loss", "compile_metrics"]
    loss, compiled = net.metrics
    assert loss.result() == 49.0
    assert compiled.result() == {"mae": 7.0}
    assert [(m.name, m.result()) for m in compiled.metrics] == [("mae", 7.0)]  # type: ignore[attr-defined]
    assert [metric.name for metric in model(metrics=None).metrics] == ["loss"]
    plain = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1)])
    assert plain.metrics == []
    assert plain.get_metrics_result() == {}


def test_metrics_of_several_outputs() -> None:
    x = fastnn.Input((2,))
    net = fastnn.Model(x, [layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)])
    net.compile("sgd", ["mse", "mae"], metrics=[["mae"], []])
    logs = net.evaluate(X, [X[:, :1], X[:, :1]], verbose=0, return_dict=True)
    assert net.get_metrics_result() == logs
    names = ["loss", "compile_metrics", "a_loss", "b_loss"]  # Keras' order
    assert [metric.name for metric in net.metrics] == names
    assert net.metrics[1].result() == {"a_mae": logs["a_mae"]}
    assert float(net.metrics[2].result()) == pytest.approx(logs["a_loss"], rel=1e-15)
    net.reset_metrics()
    assert set(net.get_metrics_result().values()) == {0.0}


def test_metrics_are_of_the_classes_that_measure() -> None:
    rows, labels = np.arange(16.0).reshape(8, 2) / 8, (np.arange(8) > 3) * 1.0
    net = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1, "sigmoid")])
    auc = fastnn.metrics.AUC(name="auc")
    net.compile("sgd", "binary_crossentropy", metrics=["accuracy", auc, "mae"],
                weighted_metrics=["mae"])  # fmt: skip
    history = net.fit(rows, labels, 4, epochs=2, sample_weight=labels + 1, verbose=0).history
    loss, compiled = net.metrics
    assert isinstance(loss, fastnn.metrics.Mean)
    assert float(loss.result()) == pytest.approx(history["loss"][-1], rel=1e-15)
    assert [type(metric).__name__ for metric in compiled.metrics] == [  # type: ignore[attr-defined]
        "BinaryAccuracy", "AUC", "MeanAbsoluteError", "MeanAbsoluteError"]  # fmt: skip
    assert compiled.result() == {
        key: values[-1] for key, values in history.items() if key != "loss"
    }
    assert auc.result() == 0  # the user's own is untouched


def test_a_callback_reads_the_means_and_begins_them_anew() -> None:
    rows, values = np.arange(16.0).reshape(8, 2) / 8, np.arange(8.0)
    net, other = model(), model()
    seen: list[dict[str, float]] = []

    def after(batch: int, logs: dict[str, float]) -> None:
        assert net.get_metrics_result() == logs
        seen.append(logs)
        net.reset_metrics()

    hook = fastnn.callbacks.LambdaCallback(on_train_batch_end=after)
    net.fit(rows, values, 4, shuffle=False, verbose=0, callbacks=[hook])
    for i, logs in enumerate(seen):
        alone = other.test_on_batch(rows[4 * i : 4 * i + 4], values[4 * i : 4 * i + 4])
        assert alone == pytest.approx([logs["loss"], logs["mae"]], rel=1e-15)
    assert len(seen) == 2


def test_metrics_before_data_says_what_they_are() -> None:
    net = fastnn.Sequential([layers.Dense(1)])
    net.compile("sgd", "mse", metrics=["mae"])
    assert [metric.name for metric in net.metrics] == ["loss", "compile_metrics"]
    assert net.get_metrics_result() == {"loss": 0.0, "mae": 0.0}


def test_a_compile_configuration_makes_the_same() -> None:
    net = model(weighted_metrics=["accuracy"])
    config = net.get_compile_config()
    assert config["optimizer"]["class_name"] == "SGD"
    other = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1)])
    assert other.get_compile_config() == {}
    other.compile_from_config({})
    assert not other.compiled
    other.compile_from_config(config)
    assert other.get_compile_config() == config
    assert other.metrics_names == net.metrics_names
    with pytest.raises(ValueError, match="bad compile configuration"):
        other.compile_from_config([1])  # type: ignore[arg-type]


def test_a_model_names_its_path_and_types() -> None:
    net = model()
    assert net.path == net.name
    assert net.compute_dtype == net.variable_dtype == net.input_dtype == "float32"
    assert net.layers[0].input_dtype == "float32"
    assert net.run_eagerly is False
    assert np.array_equal(net.call(X), net(X))


def test_the_loss_of_given_predictions(rng: np.random.Generator) -> None:
    x, weight = rng.standard_normal((6, 2)), rng.uniform(0.5, 2, 6)
    entry = fastnn.Input((2,))
    outputs = {
        "a": layers.Dense(2, "softmax", name="a")(entry),
        "b": layers.Dense(1, kernel_regularizer="l2", name="b")(entry),
        "c": layers.Dense(1, name="c")(entry),
    }
    net = fastnn.Model(entry, outputs)
    net.compile(
        "sgd", {"a": "sparse_categorical_crossentropy", "b": "mse"}, loss_weights={"b": 0.5}
    )
    y = {"a": np.array([0, 1] * 3), "b": rng.standard_normal((6, 1))}
    predicted = net.predict(x)
    for sample_weight in (None, {"a": weight}):
        got = net.compute_loss(x, y, predicted, sample_weight)
        want = net.evaluate(x, y, sample_weight=sample_weight, return_dict=True, verbose=0)["loss"]
        assert got == pytest.approx(want, rel=1e-5)
    single = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1, "sigmoid")])
    with pytest.raises(RuntimeError, match="call compile"):
        single.compute_loss(y=[[1]], y_pred=[[0.5]])
    single.compile("sgd", "crossentropy", loss_weights=0.5)
    assert single.compute_loss(y=[[1.0]], y_pred=[[0.5]]) == pytest.approx(0.5 * np.log(2))
    with pytest.raises(ValueError, match="`y_pred` must be given"):
        single.compute_loss(y=[[1.0]])
    single.compile("sgd", metrics=["mae"])
    with pytest.raises(ValueError, match="no `loss`"):
        single.compute_loss(y=[[1.0]], y_pred=[[0.5]])
