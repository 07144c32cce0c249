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
    assert list(net.metrics[1].result()) == net.metrics_names[1:]


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
