"""Every layer traded with Keras 3 itself, both ways: arguments, weights, predictions."""

import inspect
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn.layers.merging.base import Merge
from tolerance import KERAS_SHORT_RUN

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

pytestmark = [
    pytest.mark.keras,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Keras' and JAX's own
]

ROWS = 6
# Other arguments than the defaults; regularizers, constraints, initializers come by themselves.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "Activation": {"activation": "gelu"},
    "ActivityRegularization": {"l1": 0.1, "l2": 0.2},
    "AlphaDropout": {"rate": 0.3, "seed": 5},
    "BatchNormalization": {"momentum": 0.9, "epsilon": 0.01},
    "Concatenate": {"axis": 1},
    "Dense": {"units": 5, "activation": "silu"},
    "Dot": {"axes": 1, "normalize": True},
    "Dropout": {"rate": 0.3, "seed": 5},
    "ELU": {"alpha": 0.5},
    "Embedding": {"input_dim": 9, "output_dim": 4},
    "GaussianDropout": {"rate": 0.3, "seed": 5},
    "GaussianNoise": {"stddev": 0.3, "seed": 5},
    "LayerNormalization": {"epsilon": 0.01},
    "LeakyReLU": {"negative_slope": 0.2},
    "Normalization": {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [1.0, 2.0, 1.5, 0.5]},
    "Permute": {"dims": (2, 1)},
    "RMSNormalization": {"epsilon": 0.01},
    "ReLU": {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.0},
    "RepeatVector": {"n": 3},
    "Rescaling": {"scale": 0.5, "offset": 0.25},
    "Reshape": {"target_shape": (2, 2)},
}
SHAPES: dict[str, list[tuple[int, ...]]] = {
    "Embedding": [(3,)],
    "Flatten": [(3, 4)],
    "Permute": [(3, 4)],
    "Softmax": [(3, 4)],
    "Subtract": [(4,), (4,)],
    "Dot": [(4,), (4,)],
}
LAYERS = sorted(name for name in fastnn.layers.REGISTRY._classes if name != "InputLayer")


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras with the JAX backend."""
    module = pytest.importorskip("keras")
    if module.backend.backend() != "jax":
        pytest.skip("needs the JAX backend")
    return module


def arguments(api: Any, name: str) -> dict[str, Any]:
    """Return arguments for a layer: those above, and something for each weight's restrictions."""
    layer = getattr(fastnn.layers, name)
    found = dict(ARGUMENTS.get(name, {}))
    made = {
        "initializer": lambda: "ones",
        "regularizer": lambda: api.regularizers.L1L2(0.01, 0.02),
        "constraint": lambda: api.constraints.MinMaxNorm(0.1, 3.0),
    }
    for argument in inspect.signature(layer).parameters:
        kind = argument.rpartition("_")[2]
        if argument == "activity_regularizer":
            found[argument] = "l2"
        elif kind in made and argument not in found:
            found[argument] = made[kind]()
    return found


def model(api: Any, name: str) -> Any:
    """A model of an input, or as many as a merge takes, and the layer."""
    merges = issubclass(getattr(fastnn.layers, name), Merge)
    shapes = SHAPES.get(name, [(4,), (4,), (4,)] if merges else [(4,)])
    inputs = [api.Input(shape, name=f"i{i}") for i, shape in enumerate(shapes)]
    layer = getattr(api.layers, name)(name="it", **arguments(api, name))
    made = api.Model(inputs, layer(inputs if merges else inputs[0]))
    draw = np.random.default_rng(8)
    if name != "Normalization":
        made.set_weights([draw.uniform(0.2, 1.5, w.shape) for w in made.get_weights()])
    return made


def rows(made: Any) -> Any:
    draw = np.random.default_rng(9)
    shapes = [tensor.shape[1:] for tensor in made.inputs]
    if type(made.get_layer("it")).__name__ == "Embedding":
        return [draw.integers(0, 9, (ROWS, *shape)) for shape in shapes]
    return [draw.standard_normal((ROWS, *shape)).astype("float32") for shape in shapes]


def plain(value: Any) -> Any:
    """Return a configuration without what only tells where classes are, tuples as lists."""
    if isinstance(value, dict):
        skip = ("module", "registered_name", "dtype", "shared_object_id")
        return {k: plain(v) for k, v in value.items() if k not in skip}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return np.asarray(value).tolist()


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer(keras: Any, tmp_path: Path, name: str, suffix: str) -> None:
    theirs = model(keras, name)
    x = rows(theirs)
    expected = theirs.predict(x, verbose=0)
    theirs.save(tmp_path / f"there{suffix}")
    ours = fastnn.models.load_model(tmp_path / f"there{suffix}")
    assert type(ours.get_layer("it")).__name__ == name
    np.testing.assert_allclose(ours.predict(x), expected, rtol=0, atol=KERAS_SHORT_RUN)
    mine = model(fastnn, name)  # made here with the same arguments
    assert mine.get_layer("it").get_config() == ours.get_layer("it").get_config()
    for written in (ours, mine):
        written.save(tmp_path / f"back{suffix}")
        back = keras.models.load_model(tmp_path / f"back{suffix}")
        np.testing.assert_allclose(
            back.predict(x, verbose=0), expected, rtol=0, atol=KERAS_SHORT_RUN
        )
        got, wanted = (plain(each.get_layer("it").get_config()) for each in (back, theirs))
        assert got == wanted


def test_every_layer_has_arguments_of_its_own() -> None:
    """A layer whose arguments all have defaults goes without; the others are above."""
    for name in LAYERS:
        for parameter in inspect.signature(getattr(fastnn.layers, name)).parameters.values():
            if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
                assert parameter.name in ARGUMENTS.get(name, {}), (name, parameter.name)
