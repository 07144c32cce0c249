"""Record small files with Keras, for the tests that run without it: see README.md.

KERAS_BACKEND=jax python tests/data/make_keras_files.py
"""

import gzip
import json
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras
import numpy as np

HERE = Path(__file__).parent
ROWS, BATCH = 24, 8


def data(kind: str) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(5).standard_normal((ROWS, 3)).astype("float32")
    return x, (x[:, 0] > 0).astype("int32") if kind == "classes" else x[:, :1] * x[:, 1:2]


def classifier() -> Any:
    layers, optimizers = keras.layers, keras.optimizers
    model = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(4, activation="relu", name="first"),
            layers.LeakyReLU(0.1),
            layers.Dropout(0.0, seed=3),
            layers.Dense(4, activation="gelu", kernel_initializer="he_normal", use_bias=False),
            layers.Dense(2, activation=keras.activations.softmax),
        ],
        name="classifier",
    )
    model.compile(
        optimizers.Adam(optimizers.schedules.ExponentialDecay(0.05, 4, 0.9)),
        keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=1, name="top")],
    )
    return model


def regression() -> Any:
    model = keras.Sequential(
        [keras.layers.Dense(5, "tanh"), keras.layers.Activation("softsign"), keras.layers.Dense(1)],
        name="regression",
    )
    model.compile(
        keras.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
        keras.losses.huber,
        metrics=["mae"],
        weighted_metrics=[keras.metrics.MeanSquaredError()],
    )
    return model


def write_keras_2(model: Any, path: Path) -> None:
    """Write the layout of Keras 2.10: names with ":0", all m before all v, `lr`, fixed texts."""
    first, second = (layer for layer in model.layers if layer.weights)
    layers: list[Any] = []
    for layer, activation in ((first, "tanh"), (second, "linear")):
        layers.append({"class_name": "Dense", "config": {
            "name": layer.name, "trainable": True, "dtype": "float32", "units": layer.units,
            "activation": activation, "use_bias": True,
            "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
            "bias_initializer": {"class_name": "Zeros", "config": {}},
            "kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None,
            "kernel_constraint": None, "bias_constraint": None,
        }})  # fmt: skip
    layers[0]["config"]["batch_input_shape"] = [None, 3]
    layers.insert(1, {"class_name": "LeakyReLU", "config": {
        "name": "leaky_re_lu", "trainable": True, "dtype": "float32", "alpha": 0.25,
    }})  # fmt: skip
    training = {
        "loss": "mean_squared_error", "loss_weights": None, "weighted_metrics": None,
        "metrics": [[{"class_name": "MeanMetricWrapper", "config": {
            "name": "mae", "dtype": "float32", "fn": "mean_absolute_error"}}]],
        "optimizer_config": {"class_name": "Adam", "config": {
            "name": "Adam", "lr": 0.01, "decay": 0.0, "beta_1": 0.9, "beta_2": 0.999,
            "epsilon": 1e-07, "amsgrad": False}},
    }  # fmt: skip
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = "2.10.0", "tensorflow"
        config = {"name": "old", "layers": layers}
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        file.attrs["training_config"] = json.dumps(training)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [layer["config"]["name"].encode() for layer in layers]
        for entry in layers:
            name = entry["config"]["name"]
            below = group.create_group(name)
            weights = model.get_layer(name).weights if entry["class_name"] == "Dense" else []
            below.attrs["weight_names"] = [f"{name}/{w.name}:0".encode() for w in weights]
            for weight in weights:
                below[f"{name}/{weight.name}:0"] = np.asarray(weight)
        slots = {"m": model.optimizer._momentums, "v": model.optimizer._velocities}
        below = file.create_group("optimizer_weights")
        names = ["Adam/iter:0"]
        below[names[0]] = np.int64(model.optimizer.iterations)
        for slot, values in slots.items():
            for variable, value in zip(model.trainable_weights, values, strict=True):
                names.append(f"Adam/{variable.path}/{slot}:0")
                below[names[-1]] = np.asarray(value)
        below.attrs["weight_names"] = [name.encode() for name in names]


def old() -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((3,)), layers.Dense(3, "tanh", name="hidden"), layers.LeakyReLU(0.25),
         layers.Dense(1, name="out")],
        name="old",
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


def record(model: Any, path: Path) -> None:
    """Keep a file, packed: HDF5 is mostly zeros here."""
    raw = path.read_bytes()
    (HERE / f"{path.name}.gz").write_bytes(gzip.compress(raw, 9, mtime=0))


def main() -> None:
    expected = {}
    for make, kind in ((classifier, "classes"), (regression, "values"), (old, "values")):
        keras.utils.set_random_seed(7)
        model = make()
        x, y = data(kind)
        fit = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
        model.fit(x, y, epochs=2, **fit)
        with tempfile.TemporaryDirectory() as folder:
            stem = Path(folder) / model.name
            if make is old:
                write_keras_2(model, stem.with_suffix(".h5"))
                record(model, stem.with_suffix(".h5"))
            else:
                for suffix in (".keras", ".h5", ".weights.h5"):
                    path = Path(f"{stem}{suffix}")
                    (model.save_weights if suffix == ".weights.h5" else model.save)(path)
                    record(model, path)
        before = model.predict(x, verbose=0)
        history = model.fit(x, y, epochs=2, **fit).history
        expected[model.name] = {
            "x": x.tolist(), "y": y.tolist(), "predictions": before.tolist(),
            "loss": history["loss"], "iterations": int(model.optimizer.iterations),
            "weights": [w.tolist() for w in model.get_weights()],
        }  # fmt: skip
    (HERE / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
