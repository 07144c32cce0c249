"""The public names: present, documented, lazy where they should be, and honest about Keras."""

import inspect
import json
from types import ModuleType

import numpy as np
import pytest

import fastnn
import fastnn as keras

MODULES = [
    fastnn, fastnn.activations, fastnn.callbacks, fastnn.config, fastnn.constraints,
    fastnn.initializers, fastnn.regularizers,
    fastnn.layers, fastnn.losses, fastnn.metrics, fastnn.models, fastnn.ops, fastnn.optimizers,
    fastnn.random, fastnn.saving, fastnn.utils,
]  # fmt: skip


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)
def test_every_public_name_exists_and_is_documented(module: ModuleType) -> None:
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
            assert inspect.getdoc(value), f"{module.__name__}.{name} has no docstring"


def test_all_lists_have_no_doubles() -> None:
    for module in MODULES:
        assert len(set(module.__all__)) == len(module.__all__)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (fastnn, "tree"), (fastnn.ops, "conv"), (fastnn.layers, "Conv2D"), (fastnn.layers, "LSTM"),
        (fastnn.losses, "CTC"), (fastnn.optimizers, "Adafactor"),
        (fastnn.optimizers, "MultiOptimizer"),
        (fastnn.callbacks, "OrbaxCheckpoint"), (fastnn.initializers, "STFT"),
        (fastnn.utils, "plot_model"),
    ],
)  # fmt: skip
def test_a_name_that_only_keras_has_says_so(module: ModuleType, name: str) -> None:
    with pytest.raises(AttributeError, match=f"{name}` is not part of fastnn: "):
        getattr(module, name)


@pytest.mark.parametrize("module", [m for m in MODULES if m.__name__ not in
                                    ("fastnn.config", "fastnn.saving")],
                         ids=lambda m: m.__name__)  # fmt: skip
def test_any_other_name_is_a_plain_attribute_error(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"module '{module.__name__}' has no attribute 'zzz'"):
        module.zzz  # noqa: B018


def test_datasets_are_loaded_when_named() -> None:
    assert fastnn.datasets.__name__ == "fastnn.datasets"
    assert "datasets" in dir(fastnn)


def test_a_keras_tutorial_runs_by_its_import_alone(rng: np.random.Generator) -> None:
    x = rng.standard_normal((64, 8))
    y = (x[:, 0] > 0).astype(int)
    model = keras.models.Sequential()
    model.add(keras.layers.Dense(12, input_shape=(8,), activation="relu"))
    model.add(keras.layers.Dense(8, activation="relu"))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(x, y, epochs=2, batch_size=10, verbose=0)
    _, accuracy = model.evaluate(x, y, verbose=0)
    assert 0.0 <= accuracy <= 1.0
    assert (model.predict(x) > 0.5).astype(int).shape == (64, 1)


def test_show_config(capsys: pytest.CaptureFixture[str]) -> None:
    fastnn.show_config()
    printed = capsys.readouterr().out
    for word in (fastnn.__version__, "instruction set", "threads", "OpenMP", "compiler"):
        assert word in printed


def test_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert fastnn.__version__ == version("fastnn")


def test_num_threads() -> None:
    before = fastnn.get_num_threads()
    try:
        fastnn.set_num_threads(1)
        assert fastnn.get_num_threads() == 1
    finally:
        fastnn.set_num_threads(0)
    assert fastnn.get_num_threads() == before
    for bad in (-1, 1.5, True, "2", None):
        with pytest.raises(ValueError, match="`num_threads` must be"):
            fastnn.set_num_threads(bad)  # type: ignore[arg-type]


def test_floatx() -> None:
    assert fastnn.config.floatx() == "float32"
    try:
        fastnn.config.set_floatx("float64")
        assert fastnn.layers.Dense(1).dtype == "float64"
        assert fastnn.activations.relu([1]).dtype == np.float64
    finally:
        fastnn.config.set_floatx("float32")
    with pytest.raises(ValueError, match="`value` must be 'float32' or 'float64', got 'float16'"):
        fastnn.config.set_floatx("float16")


def test_to_categorical() -> None:
    expected = [[1, 0, 0], [0, 0, 1]]
    assert np.array_equal(fastnn.utils.to_categorical([0, 2]), expected)
    assert fastnn.utils.to_categorical([0, 2]).dtype == np.float64  # as Keras' is
    assert np.array_equal(fastnn.utils.to_categorical([[0], [2]]), expected)
    assert fastnn.utils.to_categorical([0, 1], 5).shape == (2, 5)
    assert fastnn.utils.to_categorical(np.zeros((2, 3), int), 4).shape == (2, 3, 4)
    for bad in ([-1], [3], [0.5]):
        with pytest.raises(ValueError, match="`x` must hold"):
            fastnn.utils.to_categorical(bad, 3)
    with pytest.raises(ValueError, match="`num_classes` must be given"):
        fastnn.utils.to_categorical(np.zeros(0, int))


def test_normalize() -> None:
    assert np.array_equal(fastnn.utils.normalize([[3.0, 4.0]]), [[3 / 5, 4 / 5]])
    assert np.array_equal(fastnn.utils.normalize([[0.0, 0.0]]), [[0.0, 0.0]])
    assert np.array_equal(fastnn.utils.normalize([[1.0, 3.0]], order=1), [[0.25, 0.75]])
    with pytest.raises(ValueError, match="`axis` must be an axis"):
        fastnn.utils.normalize([[1.0]], axis=2)


def test_set_random_seed_covers_numpy_and_python() -> None:
    import random

    fastnn.utils.set_random_seed(3)
    first = (random.random(), np.random.rand(), fastnn.initializers.GlorotUniform()((2, 2)))  # noqa: NPY002
    fastnn.utils.set_random_seed(3)
    second = (random.random(), np.random.rand(), fastnn.initializers.GlorotUniform()((2, 2)))  # noqa: NPY002
    assert first[:2] == second[:2]
    assert np.array_equal(first[2], second[2])
    for bad in (-1, 2**32, 1.5, "1", None):
        with pytest.raises(ValueError, match="`seed` must be"):
            fastnn.utils.set_random_seed(bad)  # type: ignore[arg-type]


def test_unseeded_objects_differ() -> None:
    make = fastnn.initializers.GlorotUniform
    assert not np.array_equal(make()((4, 4)), make()((4, 4)))


def test_an_unknown_argument_raises() -> None:
    for call in (
        lambda: fastnn.layers.Dense(3, colour="red"),  # type: ignore[call-arg]
        lambda: fastnn.optimizers.Adam(rate=0.1),  # type: ignore[call-arg]
        lambda: fastnn.losses.MeanSquaredError(colour="red"),  # type: ignore[call-arg]
        lambda: fastnn.Sequential(colour="red"),  # type: ignore[call-arg]
        lambda: fastnn.callbacks.EarlyStopping(colour="red"),  # type: ignore[call-arg]
    ):
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            call()


def test_initializers_by_every_name() -> None:
    for name in ("zeros", "ones", "constant", "glorot_uniform", "glorot_normal", "he_uniform",
                 "he_normal", "lecun_uniform", "lecun_normal", "random_uniform", "random_normal",
                 "truncated_normal", "variance_scaling", "uniform", "normal"):  # fmt: skip
        made = fastnn.initializers.get(name)
        described = fastnn.initializers.serialize(made)
        again = fastnn.initializers.deserialize(json.loads(json.dumps(described)))
        assert type(again) is type(made)
        for dtype in ("float32", "float64"):
            value = made((5, 3), dtype=dtype)
            assert value.shape == (5, 3)
            assert value.dtype == dtype
            assert np.isfinite(value).all()


@pytest.mark.parametrize(
    ("name", "fan", "scale"),
    [("glorot", 250, 1.0), ("he", 300, 2.0), ("lecun", 300, 1.0)],
)
@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_variance_of_initializers(name: str, fan: int, scale: float, kind: str) -> None:
    # 60 000 draws: the sample variance has a relative standard deviation below
    # sqrt(2 / 60000) = 0.006, and the seed is fixed; 0.03 is five of these.
    cls = getattr(fastnn.initializers, f"{name.title()}{kind.title()}")
    value = cls(seed=11)((300, 200), dtype="float64")
    assert abs(value.var() / (scale / fan) - 1) < 0.03
    assert abs(value.mean()) < 5 * np.sqrt(scale / fan / value.size)
    if kind == "uniform":
        assert np.abs(value).max() <= np.sqrt(3 * scale / fan)


def test_initializers_repeat_by_seed_and_do_not_depend_on_shape() -> None:
    make = fastnn.initializers.RandomNormal(seed=5)
    assert np.array_equal(make((6,)), make((6,)))
    assert np.array_equal(make((2, 3)).ravel(), make((6,)))
    other = fastnn.initializers.RandomNormal(seed=6)
    assert not np.array_equal(make((6,)), other((6,)))
    cut = fastnn.initializers.TruncatedNormal(stddev=1.0, seed=5)((5000,))
    assert np.abs(cut).max() <= 2.0
