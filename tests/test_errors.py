"""Bad input: each case raises the error that names the argument and says what came."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers
from fastnn._errors import NotCompiledError

X = np.zeros((6, 3), np.float32)
Y = np.zeros(6, np.float32)


def model(
    units: int = 1, loss: str = "mse", activation: str | None = None, **compiled: Any
) -> fastnn.Sequential:
    """A compiled model of one layer on three features."""
    net = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(units, activation=activation)])
    net.compile(optimizer="sgd", loss=loss, **compiled)
    return net


def fit(x: Any = X, y: Any = Y, net: fastnn.Sequential | None = None, **arguments: Any) -> None:
    (net or model()).fit(x, y, verbose=0, **arguments)


def sparse() -> fastnn.Sequential:
    return model(4, "sparse_categorical_crossentropy", "softmax")


def binary() -> fastnn.Sequential:
    return model(1, "binary_crossentropy", "sigmoid")


FIT_CASES: dict[str, tuple[Callable[[], Any], str]] = {
    "features": (
        lambda: fit(np.zeros((6, 4))), r"`x` must have shape \(n, 3\), got \(6, 4\).*3 features",
    ),
    "one sample": (lambda: fit(np.zeros(3)), r"`x` must have shape \(n, 3\).*batch of one"),
    "scalar x": (lambda: fit(1.0), r"`x` must have shape \(n, 3\), got \(\)"),
    "no x": (lambda: fit(None), "`x` must be an array, got None"),
    "no y": (lambda: fit(y=None), "`y` must be given"),
    "scalar y": (lambda: fit(y=1.0), "`y` must have one row"),
    "empty": (lambda: fit(np.zeros((0, 3)), np.zeros(0)), "`x` is empty"),
    "lengths": (lambda: fit(y=np.zeros(5)), "`y` must have as many rows as `x`: 6, got 5"),
    "columns of y": (
        lambda: fit(y=np.zeros((6, 2))), r"`y` must have shape \(n, 1\), got \(6, 2\)",
    ),
    "strings": (lambda: fit(np.full((6, 3), "a")), "`x` must hold real numbers, got dtype <U1"),
    "complex": (lambda: fit(X.astype(complex)), "`x` must hold real numbers, got dtype complex128"),
    "objects": (lambda: fit(np.full((6, 3), "a", object)), "`x` must hold numbers"),
    "ragged": (lambda: fit([[1, 2, 3], [1, 2]]), "`x` cannot be made an array"),
    "generator": (lambda: fit(iter([X])), "`y` must not be given to fit when `x` comes batch"),
    "dict": (lambda: fit({"a": X, "b": X}), "`x` must be .* got a dict with 'a', 'b'"),
    "label too large": (
        lambda: fit(y=[0, 1, 4, 1, 2, 3], net=sparse()),
        r"class numbers in `y` must be in \[0, 3\], got 4 in row 2",
    ),
    "label negative": (lambda: fit(y=[0, -1, 2, 1, 2, 3], net=sparse()), "got -1 in row 1"),
    "label fraction": (
        lambda: fit(y=[0, 1, 2, 1.5, 2, 3], net=sparse()),
        "must be whole numbers, got 1.5 in row 3",
    ),
    "label NaN": (lambda: fit(y=[0, 1, 2, 1, np.nan, 3], net=sparse()), "got nan in row 4"),
    "one-hot for sparse": (
        lambda: fit(y=np.eye(6)[:, :4], net=sparse()),
        "one class number a row.*categorical_crossentropy",
    ),
    "numbers for one-hot": (
        lambda: fit(y=[0, 1, 2, 1, 2, 3], net=model(4, "categorical_crossentropy", "softmax")),
        "one column per class.*sparse_categorical_crossentropy",
    ),
    "binary NaN": (lambda: fit(y=[0, 1, np.nan, 0, 0, 1], net=binary()), "got nan in row 2"),
    "binary 2": (
        lambda: fit(y=[0, 1, 2, 0, 0, 1], net=binary()), r"must be in \[0, 1\], got 2 in row 2",
    ),
    "weights length": (lambda: fit(sample_weight=np.ones(5)), "`sample_weight` must have as many"),
    "weights shape": (
        lambda: fit(sample_weight=np.ones((6, 2))), r"`sample_weight` must have shape \(n,\)",
    ),
    "weights NaN": (
        lambda: fit(sample_weight=[1, 1, np.inf, 1, 1, 1]),
        "`sample_weight` must be finite, got inf in row 2",
    ),
    "both weights": (
        lambda: fit(sample_weight=np.ones(6), class_weight={0: 2.0}), "not both",
    ),
    "class_weight type": (lambda: fit(class_weight=[1, 2]), "`class_weight` must be a dict"),
    "class_weight key": (lambda: fit(class_weight={"a": 1}), "keys of `class_weight`"),
    "class_weight value": (
        lambda: fit(class_weight={0: "a"}), r"`class_weight\[0\]` must be a number",
    ),
    "batch_size 0": (
        lambda: fit(batch_size=0), "`batch_size` must be an integer of at least 1, got 0",
    ),
    "batch_size float": (lambda: fit(batch_size=2.5), "`batch_size` must be an integer"),
    "epochs": (lambda: fit(epochs="3"), "`epochs` must be an integer of at least 0, got '3'"),
    "initial_epoch": (lambda: fit(initial_epoch=-1), "`initial_epoch` must be an integer of at le"),
    "shuffle": (lambda: fit(shuffle="rows"), "`shuffle` must be one of .*got .rows"),
    "split": (lambda: fit(validation_split=1.0), r"`validation_split` must be in \[0, 1\)"),
    "split of nothing": (lambda: fit(validation_split=0.99), "leaves no rows for training"),
    "validation_data": (lambda: fit(validation_data=X), "`validation_data` must be"),
    "validation x": (
        lambda: fit(validation_data=(np.zeros((2, 2)), np.zeros(2))),
        r"`validation_data x` must have shape \(n, 3\), got \(2, 2\)",
    ),
    "validation_freq": (lambda: fit(validation_freq=0), "`validation_freq` must be an integer"),
    "steps_per_epoch": (lambda: fit(steps_per_epoch=0), "`steps_per_epoch` must be an integer"),
    "callbacks": (lambda: fit(callbacks=["early"]), "`callbacks` must hold objects"),
}  # fmt: skip


@pytest.mark.parametrize("case", FIT_CASES)
def test_fit_rejects(case: str) -> None:
    call, message = FIT_CASES[case]
    with pytest.raises(ValueError, match=message):
        call()


def test_fit_rejects_verbose() -> None:
    with pytest.raises(ValueError, match="`verbose` must be 'auto', 0, 1 or 2, got 7"):
        model().fit(X, Y, verbose=7)


COMPILE_CASES: dict[str, tuple[dict[str, Any], str]] = {
    "Keras' optimizer": ({"optimizer": "adafactor"}, "`optimizers.adafactor` is not part of"),
    "optimizer name": ({"optimizer": "sdg"}, "unknown optimizer 'sdg'.*known: adadelta, .*, sgd"),
    "optimizer type": ({"optimizer": 3}, "`optimizer` must be a name or an object"),
    "loss name": ({"loss": "mze"}, "unknown loss 'mze' for `loss`; known:"),
    "Keras' loss": ({"loss": "ctc"}, "`losses.ctc` is not part of fastnn"),
    "own loss": ({"loss": type("Own", (fastnn.losses.Loss,), {})()}, "needs `call` and `gradient`"),
    "metric name": ({"metrics": ["acuracy"]}, "unknown metric 'acuracy' for `metrics`"),
    "metric by name": ({"metrics": ["MeanIoU"]}, "`metrics`: MeanIoU needs `num_classes`"),
    "metrics type": ({"metrics": {"a": "mse"}}, "`metrics` must be a list of metrics"),
    "standalone metric": ({"metrics": [fastnn.metrics.Mean()]}, "cannot be used in compile"),
    "reduction": (
        {"loss": fastnn.losses.MeanSquaredError(reduction="none")}, "gives no number to minimize",
    ),
    "sparse, one output": (
        {"loss": "sparse_categorical_crossentropy"}, "needs one output per class",
    ),
    "sparse metric": (
        {"loss": "mse", "metrics": ["sparse_categorical_accuracy"]}, "compares with class numbers",
    ),
    "loss_weights": ({"loss_weights": [0.5, 1.0]}, "`loss_weights` must be a number"),
    "run_eagerly": ({"run_eagerly": 2}, "`run_eagerly` must be one of"),
    "steps_per_execution": ({"steps_per_execution": 0}, "`steps_per_execution` must be an integer"),
    "jit_compile": ({"jit_compile": "yes"}, "`jit_compile` must be one of"),
}  # fmt: skip


@pytest.mark.parametrize("case", COMPILE_CASES)
def test_compile_rejects(case: str) -> None:
    arguments, message = COMPILE_CASES[case]
    given = {"optimizer": "sgd", **arguments}
    net = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(1)])
    with pytest.raises(ValueError, match=message):
        net.compile(**given)


def test_order_of_calls() -> None:
    net = fastnn.Sequential([layers.Dense(1)])
    for call in (net.fit, net.evaluate, net.train_on_batch, net.test_on_batch):
        with pytest.raises(NotCompiledError, match=r"call compile\(\) before"):
            call(X, Y)
    net.compile("sgd")
    with pytest.raises(ValueError, match="was given no `loss`"):
        net.fit(X, Y)
    with pytest.raises(ValueError, match="input shape is not known"):
        net.input_shape  # noqa: B018
    with pytest.raises(ValueError, match="has no weights yet"):
        net.count_params()


LAYER_CASES: dict[str, tuple[Callable[[], Any], str]] = {
    "units 0": (lambda: layers.Dense(0), "`units` must be an integer of at least 1, got 0"),
    "units type": (lambda: layers.Dense("8"), "`units` must be an integer"),
    "activation": (lambda: layers.Dense(1, "rely"), "unknown activation 'rely'; known: celu, elu"),
    "glu of an odd width": (lambda: layers.Dense(1, "glu"), "halves the last axis"),
    "own activation": (lambda: layers.Dense(1, lambda x: x), "`activation` must be a name"),
    "use_bias": (lambda: layers.Dense(1, use_bias="no"), "`use_bias` must be True or False"),
    "initializer": (
        lambda: layers.Dense(1, kernel_initializer="xavier"),
        "unknown initializer 'xavier' for `kernel_initializer`",
    ),
    "regularizer": (
        lambda: layers.Dense(1, kernel_regularizer=lambda w: 0.0),
        "`kernel_regularizer` must be a name or an object of fastnn.regularizers",
    ),
    "name": (lambda: layers.Dense(1, name="a/b"), "`name` must be a non-empty string without"),
    "dtype": (lambda: layers.Dense(1, dtype="float16"), "`dtype` must be 'float32' or 'float64'"),
    "rate": (lambda: layers.Dropout(1.5), r"`rate` must be in \[0, 1\], got 1.5"),
    "rate type": (lambda: layers.Dropout("a"), "`rate` must be a number, got 'a'"),
    "noise_shape": (lambda: layers.Dropout(0.5, (1, 0)), r"`noise_shape\[1\]`"),
    "data_format": (lambda: layers.Flatten("channels_first"), "`data_format` must be one of"),
    "no shape": (lambda: fastnn.Input(), "`shape` of Input must be given"),
    "unknown size": (lambda: fastnn.Input((None, 3)), "`shape` must have known sizes"),
    "size 0": (lambda: fastnn.Input((0,)), r"`shape\[0\]` must be an integer of at least 1"),
    "input batch_size": (lambda: fastnn.Input((3,), 0), "`batch_size` must be an integer of at"),
    "two batch sizes": (
        lambda: fastnn.Input((3,), batch_shape=(None, 3)), "`shape` and `batch_size`, or `batch_sh",
    ),
    "input dtype": (lambda: fastnn.Input((3,), dtype="string"), "`dtype` must be a numeric type"),
    "two shapes": (
        lambda: layers.Dense(1, input_shape=(3,), input_dim=3), "`input_shape` or `input_dim`",
    ),
    "not a layer": (lambda: fastnn.Sequential([3]), "`layer` must be a layer of fastnn.layers"),
    "same name": (
        lambda: fastnn.Sequential([layers.Dense(1, name="a"), layers.Dense(1, name="a")]),
        "the model has a layer called 'a' already",
    ),
    "two dtypes": (
        lambda: fastnn.Sequential([layers.Dense(1), layers.Dense(1, dtype="float64")]),
        "all layers of a model have one dtype",
    ),
    "late input": (
        lambda: fastnn.Sequential([layers.Dense(1), fastnn.Input((3,))]), "Input comes first",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LAYER_CASES)
def test_layers_reject(case: str) -> None:
    call, message = LAYER_CASES[case]
    with pytest.raises(ValueError, match=message):
        call()


def test_a_layer_is_once_in_a_chain() -> None:
    shared = layers.Dense(1)
    first = fastnn.Sequential([fastnn.Input((3,)), shared])
    with pytest.raises(ValueError, match="is in the model already"):
        first.add(shared)
    with pytest.raises(ValueError, match="is in the model already"):
        first.add(fastnn.Sequential([shared]))
    weights = shared.get_weights()
    assert first.pop() is shared
    second = fastnn.Sequential([shared])
    second.compile("sgd", "mse")
    assert np.array_equal(second.get_weights()[0], weights[0])


def test_an_optimizer_belongs_to_one_model() -> None:
    optimizer = fastnn.optimizers.SGD()
    net = model()
    net.compile(optimizer, "mse")
    with pytest.raises(ValueError, match="belongs to another model"):
        model().compile(optimizer, "mse")
    with pytest.raises(RuntimeError, match="belongs to a compiled model"):
        optimizer.apply([np.ones(2)], [np.ones(2)])


def test_weights_reject() -> None:
    net = model()
    before = net.get_weights()
    with pytest.raises(ValueError, match="has 2 weights, got 1 in `weights`"):
        net.set_weights(before[:1])
    with pytest.raises(ValueError, match=r"`weights\[1\]` is '.*/bias' and must have shape \(1,\)"):
        net.set_weights([np.ones((3, 1)), np.ones(2)])
    with pytest.raises(ValueError, match=r"must have shape \(3, 1\), got \(1, 3\)"):
        net.layers[0].set_weights([np.ones((1, 3)), np.ones(1)])
    for a, b in zip(before, net.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_predict_rejects() -> None:
    net = model()
    for call in (net.predict, net.predict_on_batch, net):
        with pytest.raises(ValueError, match=r"must have shape \(n, 3\), got \(2, 4\)"):
            call(np.zeros((2, 4)))
        with pytest.raises(ValueError, match="is empty"):
            call(np.zeros((0, 3)))
    with pytest.raises(ValueError, match="`batch_size` must be"):
        net.predict(X, batch_size=0)
    with pytest.raises(ValueError, match="`training` must be"):
        net(X, training="yes")


def test_get_layer_rejects() -> None:
    net = model()
    with pytest.raises(ValueError, match="has no layer 'zzz'; it has: "):
        net.get_layer("zzz")
    with pytest.raises(ValueError, match="the model has 1 layers"):
        net.get_layer(index=1)
    with pytest.raises(ValueError, match="give `name` or `index`"):
        net.get_layer()


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8"])
def test_the_bridge_tells_values_within_limits(dtype: str) -> None:
    within = fastnn._core.all_within
    values = np.array([[0, 1, 2], [2, 1, 0]], dtype)
    assert within(values, 0, 2)
    assert not within(values, 1, 2)
    assert not within(values, 0, 1)
    assert not within(values[:, ::2], 0, 2)  # not looked at
    assert not within(values.astype(values.dtype.newbyteorder()), 0, 2) or dtype == "uint8"
    if dtype.startswith("float"):
        values[1, 1] = np.nan
        assert not within(values, 0, 2)
    assert not within(values.astype("float16"), 0, 2)  # nor this type
