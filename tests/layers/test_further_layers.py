"""Noise, PReLU, Embedding, Reshape and Identity: alone and in models."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers

NOISE = [layers.GaussianNoise, layers.GaussianDropout, layers.AlphaDropout]


@pytest.mark.parametrize("kind", NOISE)
def test_noise_alone(kind: Any) -> None:
    """Nothing outside training; another draw each time, the same by seed; mean as it was."""
    x = np.ones((200, 200), np.float32)
    one, two = kind(0.25, seed=1), kind(0.25, seed=1)
    assert np.array_equal(one(x), x)
    first, second = one(x, training=True), one(x, training=True)
    assert first.dtype == np.float32
    assert not np.array_equal(first, second)
    assert np.array_equal(first, two(x, training=True))
    assert np.array_equal(kind(0.0)(x, training=True), x)
    again = kind.from_config(one.get_config())
    assert again.get_config() == one.get_config()


def test_moments_of_noise(rng: np.random.Generator) -> None:
    """Of 40 000 draws, within five standard deviations."""
    x = np.ones((200, 200))
    noise = layers.GaussianNoise(0.5, seed=2, dtype="float64")(x, training=True) - 1
    factor = layers.GaussianDropout(0.2, seed=2, dtype="float64")(x, training=True) - 1
    for values in (noise, factor):
        assert abs(values.mean()) < 5 * 0.5 / 200
        assert abs(values.std() - 0.5) < 5 * 0.5 / 200 / np.sqrt(2)
    z = rng.normal(size=(200, 200))
    kept = layers.AlphaDropout(0.3, seed=2, dtype="float64")(z, training=True)
    assert abs(kept.mean()) < 5 * 1.5 / 200
    assert abs(kept.var() - 1) < 0.05


@pytest.mark.parametrize("kind", NOISE)
def test_noise_in_a_model_follows_its_seed(kind: Any, rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 2))

    def trained(seed: int) -> list[Any]:
        model = fastnn.Sequential(
            [fastnn.Input((4,)), layers.Dense(6, kernel_initializer="ones"), kind(0.3, seed=seed),
             layers.Dense(2, kernel_initializer="ones")]
        )  # fmt: skip
        model.compile("sgd", "mse")
        model.fit(x, y, epochs=2, shuffle=False, verbose=0)
        assert model.predict(x, verbose=0).tobytes() == model.predict(x, verbose=0).tobytes()
        return model.get_weights()

    a, b, c = trained(1), trained(1), trained(2)
    assert all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))
    assert not np.array_equal(a[0], c[0])


@pytest.mark.parametrize("kind", NOISE)
@pytest.mark.parametrize("value", [-0.1, 1.1, "a", None])
def test_noise_of_a_wrong_size(kind: Any, value: Any) -> None:
    with pytest.raises(ValueError, match=r"`(rate|stddev)`"):
        kind(value)


class TestPReLU:
    def test_shapes_of_alpha(self, rng: np.random.Generator) -> None:
        x = rng.normal(size=(6, 3, 4))
        for shared, shape in ((None, (3, 4)), (1, (1, 4)), ([1, 2], (1, 1))):
            layer = layers.PReLU("he_normal", shared_axes=shared, dtype="float64")
            out = layer(x)
            alpha = layer.alpha.numpy()
            assert alpha.shape == shape
            np.testing.assert_allclose(out, np.where(x < 0, alpha * x, x), rtol=1e-15)

    def test_wrong(self) -> None:
        with pytest.raises(ValueError, match="axes of the sample"):
            layers.PReLU(shared_axes=[3]).build((None, 3, 4))
        with pytest.raises(ValueError, match="`shared_axes`"):
            layers.PReLU(shared_axes=[0])

    def test_config(self) -> None:
        layer = layers.PReLU("ones", shared_axes=[1])
        assert layers.deserialize(layers.serialize(layer)).get_config() == layer.get_config()

    @pytest.mark.parametrize("shared", [[1], [2], [3], [1, 3], [2, 3], [1, 2, 3]])
    def test_shared_axes(self, shared: list[int], rng: np.random.Generator) -> None:
        x = rng.normal(size=(6, 3, 4, 2)).astype(np.float32)
        layer = layers.PReLU("glorot_uniform", shared_axes=shared)
        out = layer(x)
        alpha = layer.alpha.numpy()
        assert alpha.shape == tuple(1 if a in shared else x.shape[a] for a in (1, 2, 3))
        assert np.array_equal(out, np.where(x < 0, alpha * x, x))


class TestPermute:
    @pytest.mark.parametrize("dims", [(1, 2, 3), (2, 1, 3), (3, 1, 2), (3, 2, 1), [1, 3, 2]])
    def test_values(self, dims: Any, rng: np.random.Generator) -> None:
        x = rng.normal(size=(6, 3, 4, 2)).astype(np.float32)
        layer = layers.Permute(dims)
        assert np.array_equal(layer(x), x.transpose(0, *dims))
        assert layer.compute_output_shape((None, 3, 4, 2)) == (
            None, *(x.shape[d] for d in dims)
        )  # fmt: skip
        again = layers.deserialize(layers.serialize(layer))
        assert again.get_config() == layer.get_config()

    def test_in_a_graph(self, rng: np.random.Generator) -> None:
        """Read twice, so that gradients add; finite differences of the loss."""
        given = fastnn.Input((3, 4), dtype="float64")
        first = layers.Dense(5, "tanh", dtype="float64")(given)
        turned = layers.Permute((2, 1), dtype="float64")(first)
        both = layers.Dot((2, 1), dtype="float64")([first, turned])
        out = layers.Dense(1, dtype="float64")(layers.Flatten(dtype="float64")(both))
        model = fastnn.Model(given, out)
        model.compile(fastnn.optimizers.SGD(1.0), "mse")
        x, y = rng.normal(size=(9, 3, 4)), rng.normal(size=(9, 1))
        start = model.get_weights()
        model.fit(x, y, batch_size=9, verbose=0)
        step = [a - b for a, b in zip(start, model.get_weights(), strict=True)]
        way = [rng.normal(size=w.shape) for w in start]
        loss = []
        for h in (1e-5, -1e-5):
            model.set_weights([w + h * d for w, d in zip(start, way, strict=True)])
            loss.append(model.evaluate(x, y, verbose=0))
        slope = sum(float((s * d).sum()) for s, d in zip(step, way, strict=True))
        assert abs((loss[0] - loss[1]) / 2e-5 - slope) <= 1e-7 * max(1.0, abs(slope))

    @pytest.mark.parametrize("dims", [(), (0, 1), (1, 1), (1, 3), 2, (1.5, 1)])
    def test_wrong(self, dims: Any) -> None:
        with pytest.raises(ValueError, match="`dims"):
            layers.Permute(dims)

    def test_wrong_samples(self) -> None:
        with pytest.raises(ValueError, match="samples of 2 axes"):
            layers.Permute((2, 1))(np.zeros((1, 3)))


class TestEmbedding:
    def model(self) -> fastnn.Sequential:
        model = fastnn.Sequential(
            [layers.Embedding(9, 3, input_shape=(2,)), layers.Flatten(), layers.Dense(1)]
        )
        model.compile("adam", "mse")
        return model

    @pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32", "float64"])
    def test_rows_of_the_table(self, dtype: str, rng: np.random.Generator) -> None:
        table = rng.normal(size=(9, 5)).astype(np.float32)
        layer = layers.Embedding(9, 5, weights=table)
        index = rng.integers(0, 9, (4, 2, 3))
        assert np.array_equal(layer(index.astype(dtype)), table[index])
        assert layer.compute_output_shape((None, 2, 3)) == (None, 2, 3, 5)
        assert [w.name for w in layer.weights] == ["embeddings"]
        assert np.array_equal(layers.Embedding(9, 5, weights=[table])(index), table[index])

    def test_initial_values(self) -> None:
        layer = layers.Embedding(100, 20)
        layer.build((None, 3))
        table = layer.embeddings.numpy()
        assert table.shape == (100, 20)
        assert 0.04 < np.abs(table).max() <= 0.05

    @pytest.mark.parametrize("bad", [9, -1, np.nan, 2.0**40])
    def test_outside_of_the_table(self, bad: float, rng: np.random.Generator) -> None:
        """An error that says where, and nothing is trained."""
        model = self.model()
        x = rng.integers(0, 9, (20, 2)).astype(np.float64)
        y = rng.normal(size=20)
        x[13, 1] = bad
        start = model.get_weights()
        with pytest.raises(ValueError, match=r"vocabulary, at place 13 of the epoch"):
            model.fit(x, y, batch_size=20, shuffle=False, verbose=0)
        for a, b in zip(start, model.get_weights(), strict=True):
            assert a.tobytes() == b.tobytes()
        with pytest.raises(ValueError, match="place 13"):
            model.evaluate(x, y, batch_size=20, verbose=0)
        for rows in (x, x[13:14]):
            with pytest.raises(ValueError, match="outside its vocabulary"):
                model.predict(rows, verbose=0)
        assert model.predict(x[:13], verbose=0).shape == (13, 1)

    def test_only_first(self) -> None:
        model = fastnn.Sequential(
            [fastnn.Input((2,)), layers.Dense(2), layers.Embedding(9, 3), layers.Flatten(),
             layers.Dense(1)]
        )  # fmt: skip
        with pytest.raises(ValueError, match="first layer"):
            model.predict(np.zeros((1, 2)), verbose=0)
        after = fastnn.Sequential(
            [fastnn.Input((4,)), layers.Reshape((2, 2)), layers.Embedding(9, 3), layers.Flatten()]
        )
        assert after.predict(np.zeros((1, 4)), verbose=0).shape == (1, 12)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"input_dim": 0}, "`input_dim`"),
            ({"output_dim": 0}, "`output_dim`"),
            ({"input_dim": 2**24 + 1}, "2\\*\\*24"),
            ({"mask_zero": True}, "`mask_zero=True`.*layers.Multiply"),
            ({"lora_rank": 2}, "`lora_rank=2`"),
            ({"weights": [[1.0]]}, "`weights` must have shape"),
        ],
    )
    def test_wrong_arguments(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            layers.Embedding(**({"input_dim": 9, "output_dim": 3} | arguments))

    def test_saved_and_loaded(self, tmp_path: Path, rng: np.random.Generator) -> None:
        model = self.model()
        x, y = rng.integers(0, 9, (20, 2)), rng.normal(size=20)
        model.fit(x, y, verbose=0)
        model.save(tmp_path / "m.fnn")
        again = fastnn.models.load_model(tmp_path / "m.fnn")
        for m in (model, again):
            m.fit(x, y, verbose=0, shuffle=False)
        for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
            assert a.tobytes() == b.tobytes()


def test_zeros_and_ones_in_place_of_a_mask(rng: np.random.Generator) -> None:
    """What the error about `mask_zero` names: places of number 0 give and learn nothing."""
    index, given = fastnn.Input((4,)), fastnn.Input((4, 1))
    table = layers.Embedding(9, 3)
    held = layers.Multiply()([table(index), given])
    model = fastnn.Model([index, given], layers.Dense(2)(layers.Flatten()(held)))
    model.compile("sgd", "mse")
    x = rng.integers(0, 9, (30, 4))
    mask = (x > 0).astype("f")[..., np.newaxis]
    start = table.embeddings.numpy()
    model.fit([x, mask], rng.normal(size=(30, 2)), verbose=0)
    moved = (table.embeddings.numpy() != start).any(axis=1)
    assert moved.tolist() == [False] + [True] * 8
    before = model.predict([x, mask])
    table.embeddings.assign(np.vstack([np.full((1, 3), 7.0), table.embeddings.numpy()[1:]]))
    assert model.predict([x, mask]).tobytes() == before.tobytes()


class TestReshape:
    def test_shapes(self, rng: np.random.Generator) -> None:
        x = rng.normal(size=(5, 12)).astype(np.float32)
        for target, shape in (((3, 4), (3, 4)), ((-1, 2, 2), (3, 2, 2)), ([-1], (12,))):
            layer = layers.Reshape(target)
            assert np.array_equal(layer(x), x.reshape(5, *shape))
            assert layer.compute_output_shape((None, 12)) == (None, *shape)
            assert layers.deserialize(layers.serialize(layer)).target_shape == layer.target_shape

    @pytest.mark.parametrize("target", [(5, -1), (2, 5), (7,)])
    def test_does_not_fit(self, target: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="does not fit"):
            layers.Reshape(target)(np.zeros((1, 12)))

    @pytest.mark.parametrize("target", [(), (-1, -1), (0, 2), (-2,), 3, ("a",)])
    def test_no_shape(self, target: Any) -> None:
        with pytest.raises(ValueError, match="`target_shape"):
            layers.Reshape(target)


def test_identity(rng: np.random.Generator) -> None:
    x = rng.normal(size=(5, 3)).astype(np.float32)
    assert np.array_equal(layers.Identity()(x), x)
    model = fastnn.Sequential([fastnn.Input((3,)), layers.Identity(), layers.Dense(2)])
    assert model.predict(x, verbose=0).shape == (5, 2)


def test_input_length_has_no_effect() -> None:
    with pytest.warns(UserWarning, match="`input_length` has no effect"):
        layer = layers.Embedding(3, 2, input_length=5)
    assert "input_length" not in layer.get_config()
