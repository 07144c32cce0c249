"""JSON and files give the configuration again, and attributes of objects have Keras' names."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers, losses, metrics

X = np.random.default_rng(8).random((8, 4)).astype("float32")
Y = X[:, :1]


def chain(*given: Any, entry: Any = None) -> Any:
    first = [] if entry is None else [entry]
    return fastnn.Sequential([*first, *given, layers.Flatten(), layers.Dense(1)])


def graph(entry: Any, trainable: bool = True) -> Any:
    hidden = layers.Dense(3, "relu", kernel_regularizer="l2")(entry)
    return fastnn.Model(
        entry, layers.Dense(1)(layers.Concatenate()([entry, hidden])), trainable=trainable
    )


MODELS: dict[str, Callable[[], Any]] = {
    "chain": lambda: chain(layers.Dense(3, "tanh"), entry=fastnn.Input((4,))),
    "built by data": lambda: chain(layers.Dense(3, "gelu")),
    "declared by a layer": lambda: chain(layers.Dense(3, input_shape=(4,))),
    "batch size": lambda: chain(layers.Dense(3), entry=fastnn.Input(batch_shape=(8, 4))),
    "states": lambda: chain(layers.BatchNormalization(), layers.PReLU(), layers.Dropout(0.1)),
    "adapted": lambda: chain(layers.Normalization(mean=[0.0] * 4, variance=[2.0] * 4)),
    "shapes": lambda: chain(layers.Reshape((2, -1)), layers.Permute((2, 1))),
    "noise": lambda: chain(layers.GaussianNoise(0.1, seed=1), layers.AlphaDropout(0.1)),
    "restricted": lambda: chain(
        layers.Dense(4, "glu", kernel_constraint="max_norm", activity_regularizer="l1")
    ),
    "graph": lambda: graph(fastnn.Input((4,))),
    "graph of a batch size": lambda: graph(fastnn.Input((4,), batch_size=8)),
    "frozen graph": lambda: graph(fastnn.Input((4,)), trainable=False),
}


@pytest.mark.parametrize("name", MODELS)
def test_json_gives_the_configuration_again(tmp_path: Path, name: str) -> None:
    model = MODELS[name]()
    optimizer = fastnn.optimizers.Adam(0.01, name="steps")
    model.compile(optimizer, "mse", metrics=["mae", metrics.RootMeanSquaredError()])
    assert fastnn.models.model_from_json(model.to_json()).get_config() == model.get_config()
    model.fit(X, Y, epochs=1, verbose=0)
    config = model.get_config()
    assert fastnn.models.model_from_json(model.to_json()).get_config() == config
    for suffix in (".fnn", ".keras", ".h5"):
        model.save(tmp_path / f"m{suffix}")
        again = fastnn.models.load_model(tmp_path / f"m{suffix}")
        assert again.get_config() == config
        assert fastnn.models.model_from_json(again.to_json()).get_config() == config
        assert again.optimizer.name == "steps"
        if suffix != ".h5":  # which has objects, no names
            assert again.loss == "mse"
            assert again.get_compile_config() == model.get_compile_config()
        assert again.input_shape == model.input_shape


class Net(fastnn.Sequential):
    """A class of the user's own with the usual configuration."""


class Tower(fastnn.Sequential):
    """One that makes its layers itself."""

    def __init__(self, width: int = 2, name: str | None = None) -> None:
        super().__init__(
            [fastnn.Input((4,)), layers.Dense(width, "relu"), layers.Dropout(0.1), layers.Dense(1)],
            name=name,
        )
        self.width = width

    def get_config(self) -> dict[str, Any]:
        return {"width": self.width, "name": self.name}

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        return cls(**config)


@pytest.mark.parametrize("suffix", [".fnn", ".keras", ".h5"])
@pytest.mark.parametrize(
    "model",
    [lambda: Net([fastnn.Input((4,)), layers.Dense(3), layers.Dense(1)]), lambda: Tower(3)],
    ids=["usual", "own"],
)
def test_classes_of_models(tmp_path: Path, model: Any, suffix: str) -> None:
    first = model()
    first.compile("adam", "mse")
    first.fit(X, Y, verbose=0)
    path = tmp_path / f"m{suffix}"
    first.save(path)
    with pytest.raises(ValueError, match=f"'{type(first).__name__}'.*`custom_objects`"):
        fastnn.models.load_model(path)
    with pytest.raises(ValueError, match="is no model"):
        fastnn.models.load_model(path, {type(first).__name__: layers.Dense})
    own = {type(first).__name__: type(first)}
    found = fastnn.models.load_model(path, own)
    described = fastnn.saving.serialize_keras_object(first)
    others = [
        fastnn.models.model_from_json(first.to_json(), own),
        fastnn.saving.deserialize_keras_object(described, own),
        copy.deepcopy(first),
    ]
    for other in (found, *others):
        assert type(other) is type(first)
        assert other.get_config() == first.get_config()
    assert np.array_equal(found.predict(X), first.predict(X))
    ahead = [m.fit(X, Y, verbose=0).history for m in (first, found)]
    assert ahead[0] == ahead[1]


def test_losses_have_their_function() -> None:
    for name in losses.__all__:
        cls = getattr(losses, name)
        if isinstance(cls, type) and cls not in (losses.Loss, losses.FunctionLoss):
            assert cls.fn.__name__ == losses.REGISTRY._functions[name]
    loss = losses.MeanSquaredError()
    assert loss.fn is losses.mean_squared_error
    assert loss.fn(Y, Y + 1).tolist() == [1.0] * 8

    class Own(losses.Loss):
        pass

    own = Own()
    with pytest.raises(AttributeError, match="'Own' object has no attribute 'fn'"):
        own.fn  # noqa: B018
    own.fn = abs
    assert own.fn is abs


def test_metrics_have_their_state_as_attributes() -> None:
    mean = metrics.Mean()
    mean.update_state([1.0, 2.0], [1.0, 3.0])
    assert (float(mean.total), float(mean.count)) == (7.0, 4.0)
    mean.total.assign(8.0)
    assert mean.result() == 2.0
    assert copy.deepcopy(mean).result() == 2.0
    assert [variable.name for variable in mean.variables] == ["total", "count"]
    total = metrics.Sum()
    total.update_state([1.0, 2.0])
    assert float(total.total) == 3.0
    assert not hasattr(total, "count")
    precision = metrics.Precision()
    precision.update_state([1, 0], [1, 1])
    assert np.asarray(precision.true_positives).tolist() == [1.0]
    with pytest.raises(AttributeError, match="'Mean' object has no attribute 'most'"):
        mean.most  # noqa: B018
