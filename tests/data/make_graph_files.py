"""Record small functional models with Keras 3 or 2, for the tests that run without: see README.md.

KERAS_BACKEND=jax python tests/data/make_graph_files.py keras
python tests/data/make_graph_files.py tf_keras
"""

import gzip
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np

HERE = Path(__file__).parent
ROWS = 16


def graph(k: Any) -> Any:
    """Shared layers, a model and a chain called twice, two outputs, one of them a model's."""
    entry = k.Input((3,), name="entry")
    h = k.layers.Dense(3, activation="tanh", name="inner")(entry)
    encoder = k.Model(entry, k.layers.BatchNormalization(name="norm")(h), name="encoder")
    chain = k.Sequential([k.Input((3,)), k.layers.Dense(3, "relu", name="link")], name="chain")
    shared = k.layers.Dense(3, name="shared")
    a, b = k.Input((2,), name="a"), k.Input((3,), name="b")
    x, y = shared(a), shared(k.layers.Dense(2, name="before")(b))
    z = k.layers.Add(name="sum")([encoder(x), chain(encoder(y)), b])
    z = k.layers.Concatenate(name="both")([z, x])
    out = k.layers.Dense(1, name="out")(k.layers.Dropout(0.0, name="drop")(z))
    model = k.Model([a, b], [out, chain(x)], name="graph")
    model.compile(
        k.optimizers.Adam(0.01), ["mse", k.losses.Huber()], loss_weights=[1.0, 0.5],
        metrics=[["mae"], ["mae"]],
    )  # fmt: skip
    return model


def chains(k: Any) -> Any:
    """A chain in a chain, with two layers of one name."""
    inner = k.Sequential([k.layers.Dense(3, "tanh", name="first")], name="inner")
    model = k.Sequential([k.Input((2,)), inner, k.layers.Dense(1, name="last")], name="chains")
    model.compile(k.optimizers.SGD(0.1, momentum=0.9), "mse")
    return model


def data(name: str) -> tuple[Any, Any]:
    draw = np.random.default_rng(6)
    a, b = (draw.standard_normal((ROWS, n)).astype("float32") for n in (2, 3))
    return (a, b[:, :1]) if name == "chains" else ([a, b], [a[:, :1] * b[:, :1], b * a[:, :1]])


def plain(values: Any) -> Any:
    return [v.tolist() for v in values] if isinstance(values, (list, tuple)) else values.tolist()


def main(package: str) -> None:
    keras = importlib.import_module(package)
    old = "_2" if package == "tf_keras" else ""
    expected = {}
    for make in (graph, chains):
        keras.utils.set_random_seed(7)
        model = make(keras)
        x, y = data(model.name)
        fit = {"batch_size": 8, "shuffle": False, "verbose": 0}
        model.fit(x, y, epochs=2, **fit)
        stem = f"{model.name}{old}"
        for suffix in (".keras", ".h5", ".weights.h5")[: 3 if make is graph else 2]:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"{stem}{suffix}"
                (model.save_weights if suffix == ".weights.h5" else model.save)(path)
                packed = gzip.compress(path.read_bytes(), 9, mtime=0)
                (HERE / f"{stem}{suffix}.gz").write_bytes(packed)
        before = model.predict(x, verbose=0)
        history = model.fit(x, y, epochs=2, **fit).history
        expected[stem] = {
            "x": plain(x), "y": plain(y), "predictions": plain(before), "loss": history["loss"],
            "after": plain(model.predict(x, verbose=0)), "logs": sorted(history),
        }  # fmt: skip
    (HERE / f"expected_graphs{old}.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
