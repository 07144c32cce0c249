"""Files traded with Keras 3 itself, both ways: same predictions, and training goes on alike."""

import functools
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from tolerance import KERAS_SHORT_RUN

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

pytestmark = [
    pytest.mark.keras,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Keras' and JAX's own
]

ROWS = 24
FIT: dict[str, Any] = {"epochs": 2, "batch_size": 8, "shuffle": False, "verbose": 0}


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras with the JAX backend."""
    module = pytest.importorskip("keras")
    if module.backend.backend() != "jax":
        pytest.skip("needs the JAX backend")
    return module


OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "sgd": lambda o: o.SGD(0.1),
    "nesterov": lambda o: o.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda o: o.Adam(o.schedules.ExponentialDecay(0.02, 4, 0.9)),
    "amsgrad": lambda o: o.AdamW(0.02, amsgrad=True, clipvalue=0.5),
    "adamax": lambda o: o.Adamax(0.02),
    "nadam": lambda o: o.Nadam(0.02),
    "rmsprop": lambda o: o.RMSprop(0.01),
    "centered": lambda o: o.RMSprop(0.01, momentum=0.5, centered=True),
    "adagrad": lambda o: o.Adagrad(o.schedules.PiecewiseConstantDecay([4, 9], [0.1, 0.05, 0.2])),
    "adadelta": lambda o: o.Adadelta(0.5),
    "lion": lambda o: o.Lion(0.002),
    "ftrl": lambda o: o.Ftrl(0.1),
}


def make(api: Any, optimizer: str) -> Any:
    layers = api.layers
    model = api.Sequential(
        [
            api.Input((3,)),
            layers.Dense(4, activation="relu", kernel_initializer="he_normal", name="first"),
            layers.LeakyReLU(negative_slope=0.1),
            layers.Dropout(0.0),
            layers.Dense(4, activation="gelu", use_bias=False),
            layers.ReLU(max_value=6.0),
            layers.Flatten(),
            layers.Dense(2),
            layers.Softmax(),
        ],
        name="traded",
    )
    model.compile(
        OPTIMIZERS[optimizer](api.optimizers),
        loss=api.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy", api.metrics.SparseTopKCategoricalAccuracy(k=1, name="top")],
        weighted_metrics=["sparse_categorical_crossentropy"],
    )
    return model


@functools.cache
def rows() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(5).standard_normal((ROWS, 3)).astype("float32")
    return x, (x[:, 0] * x[:, 1] > 0).astype("int32")


def close(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(got, expected, rtol=0, atol=KERAS_SHORT_RUN)


def same_from_here(ours: Any, theirs: Any) -> None:
    """Both predict and train on alike."""
    x, y = rows()
    close(ours.predict(x), theirs.predict(x, verbose=0))
    got, expected = ours.fit(x, y, **FIT).history, theirs.fit(x, y, **FIT).history
    assert set(got) == set(expected)
    for key, values in expected.items():
        close(got[key], values)
    for weight, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        close(weight, other)
    assert ours.optimizer.iterations == int(theirs.optimizer.iterations) == 12


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_keras_to_fastnn(keras: Any, tmp_path: Path, name: str, suffix: str) -> None:
    theirs = make(keras, name)
    theirs.fit(*rows(), **FIT)
    theirs.save(tmp_path / f"m{suffix}")
    same_from_here(fastnn.models.load_model(tmp_path / f"m{suffix}"), theirs)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_fastnn_to_keras(keras: Any, tmp_path: Path, name: str) -> None:
    ours = make(fastnn, name)
    ours.fit(*rows(), **FIT)
    ours.save(tmp_path / "m.keras")
    ours.save_weights(tmp_path / "m.weights.h5")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Skipping variable loading")
        theirs = keras.models.load_model(tmp_path / "m.keras")
        other = make(keras, name)
        other.load_weights(tmp_path / "m.weights.h5", objects_to_skip=[other.optimizer])
    for weight, expected in zip(other.get_weights(), ours.get_weights(), strict=True):
        assert np.array_equal(weight, expected)
    assert [layer.name for layer in theirs.layers] == [layer.name for layer in ours.layers]
    same_from_here(ours, theirs)


def test_fastnn_to_keras_in_h5(keras: Any, tmp_path: Path) -> None:
    x, y = rows()
    ours = make(fastnn, "adam")
    ours.fit(x, y, **FIT)
    ours.save(tmp_path / "m.h5")
    theirs = keras.models.load_model(tmp_path / "m.h5")
    # Keras 3.15 cannot train on from an .h5 file, its own included: it builds the optimizer for
    # no weights.
    close(ours.predict(x), theirs.predict(x, verbose=0))
    got = ours.evaluate(x, y, return_dict=True, verbose=0)
    expected = theirs.evaluate(x, y, return_dict=True, verbose=0)
    assert set(got) == set(expected)
    for key, value in expected.items():
        close(got[key], value)
    assert theirs.optimizer.get_config()["learning_rate"]["class_name"] == "ExponentialDecay"


def test_a_folder_and_a_model_that_is_not_built(keras: Any, tmp_path: Path) -> None:
    ours = make(fastnn, "adam")
    ours.save(tmp_path / "m", zipped=False)
    close(keras.models.load_model(tmp_path / "m").get_weights()[0], ours.get_weights()[0])
    make(keras, "adam").save(tmp_path / "k", zipped=False)
    assert fastnn.models.load_model(tmp_path / "k").built
    fastnn.Sequential([fastnn.layers.Dense(2)]).save(tmp_path / "m.keras")
    assert not keras.models.load_model(tmp_path / "m.keras").built


def names_in(family: str, leave_out: tuple[str, ...] = ()) -> list[Any]:
    """Classes of a registry, but for fastnn's own."""
    registry = getattr(fastnn, family).REGISTRY
    own = (*leave_out, "SumSquaredError", "Quantile", "Tweedie", "Gamma", "LossValue")
    return [(family, name) for name in sorted(registry._classes) if name not in own]


NOT_COMPILED = ("Mean", "Sum", "MeanMetricWrapper")
ARGUMENTS = {
    "IoU": {"num_classes": 2, "target_class_ids": [0]},
    "MeanIoU": {"num_classes": 2},
    "OneHotIoU": {"num_classes": 4, "target_class_ids": [0, 2]},
    "OneHotMeanIoU": {"num_classes": 4},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}
LABELS = ("SparseCategoricalAccuracy", "SparseCategoricalCrossentropy")


@pytest.mark.parametrize(
    ("family", "name"),
    names_in("losses") + names_in("metrics", (*NOT_COMPILED, *LABELS)) + names_in("initializers"),
)
def test_every_class_goes_there_and_back(
    keras: Any, tmp_path: Path, family: str, name: str
) -> None:
    made = getattr(getattr(keras, family), name)(**ARGUMENTS.get(name, {}))
    initial = {"kernel_initializer": made} if family == "initializers" else {}
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, **initial)])
    loss = made if family == "losses" else "mse"
    model.compile("sgd", loss=loss, metrics=[made] if family == "metrics" else None)
    model.save(tmp_path / "there.keras")
    fastnn.models.load_model(tmp_path / "there.keras").save(tmp_path / "back.keras")
    back = keras.models.load_model(tmp_path / "back.keras")

    def described(api_model: Any) -> dict[str, Any]:
        if family == "initializers":
            return api_model.layers[0].kernel_initializer.get_config()
        settings = api_model.get_compile_config()
        entry = settings["loss"] if family == "losses" else settings["metrics"][0]
        return {"class_name": entry["class_name"], **entry["config"]}

    assert {**described(back), "dtype": None} == {**described(model), "dtype": None}
