"""Muon: which weights it takes for matrices, and what it makes of them."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fastnn
from fastnn import optimizers
from reference import Context
from reference.optimizers import Muon

DTYPES = ("float32", "float64")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 7), (5, 1), (3, 200), (17, 16), (70, 65), (130, 150)]
)
def test_a_step_is_the_twins(dtype: str, shape: tuple[int, int], rng: np.random.Generator) -> None:
    """Tall, wide and square matrices, of one column and of several panels and blocks of rows."""
    g = rng.normal(size=shape).astype(dtype)
    w = np.zeros(shape, dtype)
    optimizers.Muon(1.0, rms_rate=None, weight_decay=None).apply([g], [w])
    twin = Muon(1.0)
    want = -twin.iterate(1.95 * np.float64(g), Context())  # g + 0.95 g
    assert np.abs(w - want).max() <= (2e-4 if dtype == "float32" else 1e-12)
    lengths = np.linalg.svd(np.float64(w))[1]
    if min(shape) > 1:
        assert lengths.max() < 1.25  # where five iterations with these factors end
    assert lengths.min() > 0.1


def test_orthogonal_matrices_keep_their_directions(rng: np.random.Generator) -> None:
    """The iteration touches singular values alone, and brings equal ones near 1."""
    q = np.linalg.qr(rng.normal(size=(40, 40)))[0][:, :12]
    w = np.zeros((40, 12))
    optimizers.Muon(1.0, rms_rate=0.5, weight_decay=None).apply([-q], [w])
    ratio = w / q / (0.5 * np.sqrt(40))
    assert ratio.std() < 1e-12
    assert 0.6 < ratio.mean() < 1.3


def kinds(model: Any) -> dict[str, bool]:
    """Whether Adam's second slot is kept, by the names of layer and weight."""
    names = [v.name for v in model.optimizer.variables[2:]]
    return {w.key: w.path.replace("/", "_") + "_velocity" in names for w in model.trainable_weights}


def net(optimizer: Any) -> Any:
    model = fastnn.Sequential([
        fastnn.layers.Embedding(9, 4, input_shape=(3,), name="embedding_of_words"),
        fastnn.layers.LayerNormalization(axis=[1, 2], name="rows"),
        fastnn.layers.PReLU(name="slopes"),
        fastnn.layers.Flatten(),
        fastnn.layers.Dense(6, name="hidden"),
        fastnn.layers.BatchNormalization(name="batch"),
        fastnn.layers.Dense(2, name="last"),
    ])  # fmt: skip
    model.compile(optimizer, "mse")
    return model


def test_what_adam_steps() -> None:
    adams = {"batch/gamma", "batch/beta", "hidden/bias", "last/bias"}
    table = "embedding_of_words/embeddings"
    for options, more in (
        ({}, {table}),
        ({"exclude_embeddings": False}, set()),
        (
            {"exclude_layers": ["^seq.*/last", "pes/a.*"]},
            {table, "last/kernel", "slopes/alpha"},
        ),
    ):
        found = kinds(net(optimizers.Muon(**options)))
        assert {name for name, by_adam in found.items() if by_adam} == adams | more


def test_weight_decay_has_two_places() -> None:
    """That of matrices, and Adam's; exclude_from_weight_decay means both."""

    def lost(**options: Any) -> tuple[float, float]:
        w, b = np.ones((2, 2)), np.ones(2)
        optimizer = optimizers.Muon(0.5, **options)
        optimizer.apply([np.zeros((2, 2)), np.zeros(2)], [w, b])
        return 1 - w[0, 0], 1 - b[0]

    assert lost(weight_decay=0.25, adam_weight_decay=0.5) == (0.125, 0.25)
    assert lost(weight_decay=None, adam_weight_decay=0.5) == (0.0, 0.25)
    assert lost(weight_decay=0.25, adam_weight_decay=None) == (0.125, 0.0)
    b: NDArray[Any] = np.ones(2)
    optimizer = optimizers.Muon(0.5)
    optimizer.exclude_from_weight_decay(var_list=[b])
    optimizer.apply([np.zeros(2)], [b])
    assert b.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("fmt", ["fnn", "keras", "h5"])
def test_files_hold_its_state(fmt: str, tmp_path: Any, rng: np.random.Generator) -> None:
    """Saved midway, in every format; Keras' hold no second slot of matrices, as Keras' own do."""
    x, y = rng.integers(0, 9, (40, 3)), rng.normal(size=(40, 2))
    model = net(optimizers.Muon(0.02, exclude_layers=["last"], gradient_accumulation_steps=2))
    model.fit(x, y, batch_size=16, verbose=0)
    model.save(tmp_path / f"half.{fmt}")
    again = fastnn.models.load_model(tmp_path / f"half.{fmt}")
    assert again.optimizer.get_config() == model.optimizer.get_config()
    for each in (model, again):
        each.fit(x, y, batch_size=16, shuffle=False, verbose=0)
    for one, two in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        assert one.numpy().tobytes() == two.numpy().tobytes()
    for one, two in zip(model.get_weights(), again.get_weights(), strict=True):
        assert one.tobytes() == two.tobytes()


def test_bad_arguments() -> None:
    for argument, value, rule in (
        ("exclude_layers", "last", "must be a list of regular expressions"),
        ("exclude_layers", ["("], r"exclude_layers\[0\]` must be a regular expression"),
        ("ns_steps", -1, "at least 0"),
        ("rms_rate", -0.1, "at least 0"),
        ("adam_beta_1", 1.0, r"in \[0, 1\)"),
        ("nesterov", 1, "True or False"),
    ):
        with pytest.raises(ValueError, match=rule):
            optimizers.Muon(**{argument: value})  # type: ignore[arg-type]
