"""Files with objects of the user's own, exchanged with Keras itself."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

pytestmark = [
    pytest.mark.keras,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Keras' and JAX's own
]

RNG = np.random.default_rng(6)
X = RNG.normal(size=(12, 3)).astype("float32")
Y = (X[:, :1] - X[:, 1:2]).astype("float32")


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


def own(k: Any) -> dict[str, Any]:
    """The same objects, written for Keras or for fastnn."""

    def largest(y_true: Any, y_pred: Any) -> Any:
        return k.ops.max(k.ops.abs(y_true - y_pred), axis=-1)

    def quarters(shape: Any, dtype: Any = None) -> Any:
        return np.full(shape, 0.25, "float32")

    class Filled(k.initializers.Initializer):  # type: ignore[misc]
        def __init__(self, value: float = 0.5) -> None:
            self.value = value

        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return np.full(shape, self.value, "float32")

        def get_config(self) -> dict[str, Any]:
            return {"value": self.value}

    class Falling(k.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
        def __init__(self, first: float = 0.1) -> None:
            self.first = first

        def __call__(self, step: Any) -> Any:
            return self.first / (1 + step)

        def get_config(self) -> dict[str, Any]:
            return {"first": self.first}

    class Furthest(k.metrics.Metric):  # type: ignore[misc]
        def __init__(self, factor: float = 1.0, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.factor = factor
            self.most = self.add_variable(shape=(), initializer="zeros", name="most")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            furthest = k.ops.max(k.ops.abs(y_pred - y_true))
            self.most.assign(k.ops.maximum(self.most, furthest))

        def result(self) -> Any:
            return self.factor * self.most.value

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "factor": self.factor}

    class Ridge(k.regularizers.L2):  # type: ignore[misc]
        pass

    return {o.__name__: o for o in (largest, quarters, Filled, Falling, Furthest, Ridge)}


def trained(k: Any, objects: dict[str, Any], functional: bool) -> Any:
    parts = [
        k.layers.Dense(
            2, "tanh", kernel_initializer=objects["quarters"],
            bias_initializer=objects["Filled"](0.3), kernel_regularizer=objects["Ridge"](0.01),
        ),
        k.layers.Dense(1),
    ]  # fmt: skip
    if functional:
        entry = k.Input((3,))
        model = k.Model(entry, parts[1](parts[0](entry)))
    else:
        model = k.Sequential([k.Input((3,)), *parts])
    measured = [objects["largest"], objects["Furthest"](3.0, name="furthest")]
    measured.append(k.metrics.MeanMetricWrapper(objects["largest"], name="mean_largest"))
    model.compile(k.optimizers.SGD(objects["Falling"](0.01)), "mse", metrics=measured)
    model.fit(X, Y, epochs=2, batch_size=5, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("registered", [False, True])
@pytest.mark.parametrize("functional", [False, True])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("writer", ["keras", "fastnn"])
def test_exchange(
    tmp_path: Path, keras: Any, writer: str, suffix: str, functional: bool, registered: bool
) -> None:
    first, second = (keras, fastnn) if writer == "keras" else (fastnn, keras)
    objects, others = own(first), own(second)
    known = {}
    for k, listed in ((first, objects), (second, others)):
        k.saving.get_custom_objects().clear()
        for name, obj in listed.items() if registered else ():
            known[f"shop>{name}"] = k.saving.register_keras_serializable("shop")(obj)
    try:
        model = trained(first, objects, functional)
        model.save(str(tmp_path / f"m{suffix}"))
        given = None if registered else others
        again = second.models.load_model(str(tmp_path / f"m{suffix}"), custom_objects=given)
        read = second.models.model_from_json(model.to_json(), custom_objects=given)
    finally:
        for k in (first, second):
            k.saving.get_custom_objects().clear()
    assert read.count_params() == model.count_params()
    # Keras 3.15 cannot train on from an .h5 file, its own included.
    for m in (model, again) if (writer, suffix) != ("fastnn", ".h5") else ():
        m.fit(X, Y, epochs=1, batch_size=5, shuffle=False, verbose=0)
    results = [m.evaluate(X, Y, verbose=0, return_dict=True) for m in (model, again)]
    assert set(results[0]) == set(results[1]) == {"loss", "largest", "furthest", "mean_largest"}
    for name, value in results[0].items():
        assert float(results[1][name]) == pytest.approx(float(value), rel=1e-5)
