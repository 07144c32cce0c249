"""Normalising layers: weights, standing alone, in models, in files, wrong arguments."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers

ROW_LAYERS = [layers.LayerNormalization, layers.RMSNormalization, layers.UnitNormalization]


def net(*middle: Any) -> fastnn.Sequential:
    """A small model with these layers in it, compiled."""
    model = fastnn.Sequential([fastnn.Input((4,)), layers.Dense(6), *middle, layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


class TestBatchNormalization:
    def test_weights(self) -> None:
        layer = layers.BatchNormalization(name="bn")
        layer.build((None, 3))
        paths = [w.path for w in layer.weights]
        assert paths == ["bn/gamma", "bn/beta", "bn/moving_mean", "bn/moving_variance"]
        assert [w.tolist() for w in layer.get_weights()] == [[1] * 3, [0] * 3, [0] * 3, [1] * 3]
        assert [w.name for w in layer.trainable_weights] == ["gamma", "beta"]
        assert [w.name for w in layer.non_trainable_weights] == ["moving_mean", "moving_variance"]
        assert layer.count_params() == 12
        bare = layers.BatchNormalization(center=False, scale=False)
        bare.build((None, 3))
        assert [w.name for w in bare.weights] == ["moving_mean", "moving_variance"]
        assert bare.gamma is None
        assert bare.beta is None

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_alone(self, dtype: str, rng: np.random.Generator) -> None:
        x = rng.normal(2.0, 3.0, (50, 3)).astype(dtype)
        layer = layers.BatchNormalization(momentum=0.75, dtype=dtype)
        assert np.allclose(layer(x), x / np.sqrt(1.001), rtol=1e-6)
        out = layer(x, training=True)
        wide = x.astype(np.float64)
        want = (wide - wide.mean(axis=0)) / np.sqrt(wide.var(axis=0) + 1e-3)
        assert out.dtype == dtype
        np.testing.assert_allclose(out, want, atol=1e-5)
        np.testing.assert_allclose(layer.moving_mean.numpy(), 0.25 * wide.mean(axis=0), rtol=1e-5)
        moved = 0.75 + 0.25 * wide.var(axis=0)
        np.testing.assert_allclose(layer.moving_variance.numpy(), moved, rtol=1e-5)

    def test_called_in_training_as_fit_does(self, rng: np.random.Generator) -> None:
        """The bits of moving statistics after one step are those of a call."""
        x, y = rng.normal(size=(30, 4)).astype(np.float32), rng.normal(size=(30, 4))
        alone = layers.BatchNormalization()
        alone(x, training=True)
        model = fastnn.Sequential([fastnn.Input((4,)), layers.BatchNormalization()])
        model.compile("sgd", "mse")
        model.fit(x, y, batch_size=30, verbose=0)
        for a, b in zip(alone.get_weights()[2:], model.get_weights()[2:], strict=True):
            assert a.tobytes() == b.tobytes()

    def test_a_call_of_the_model_in_training_moves_the_statistics(self) -> None:
        bn = layers.BatchNormalization()
        model = net(bn)
        x = np.random.default_rng(0).normal(size=(20, 4))
        before = model.predict(x, verbose=0)
        out = model(x, training=True)
        assert not np.allclose(out, before)
        assert not np.array_equal(bn.moving_mean.numpy(), np.zeros(6))
        assert not np.allclose(model.predict(x, verbose=0), before)

    def test_frozen(self, rng: np.random.Generator) -> None:
        """trainable=False: moving statistics in training too, and nothing changes."""
        x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 2))
        bn = layers.BatchNormalization()
        model = net(bn)
        bn.trainable = False
        start = bn.get_weights()
        assert np.array_equal(bn(rng.normal(size=(5, 6)), training=True).shape, (5, 6))
        model.fit(x, y, verbose=0)
        for a, b in zip(start, bn.get_weights(), strict=True):
            assert a.tobytes() == b.tobytes()
        bn.trainable = True
        model.fit(x, y, verbose=0)
        assert all(not np.array_equal(a, b) for a, b in zip(start, bn.get_weights(), strict=True))

    def test_evaluate_leaves_the_statistics(self, rng: np.random.Generator) -> None:
        model = net(layers.BatchNormalization())
        start = model.get_weights()
        model.evaluate(rng.normal(size=(9, 4)), rng.normal(size=(9, 2)), verbose=0)
        for a, b in zip(start, model.get_weights(), strict=True):
            assert a.tobytes() == b.tobytes()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"momentum": 1.5}, "`momentum` must be in"),
            ({"epsilon": -1.0}, "`epsilon` must not be negative"),
            ({"renorm": True}, "`renorm=True`.* use LayerNormalization"),
            ({"synchronized": True}, "`synchronized=True`"),
            ({"axis": 1.5}, "`axis`"),
        ],
    )
    def test_wrong_arguments(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            layers.BatchNormalization(**arguments)

    def test_axes(self, rng: np.random.Generator) -> None:
        """Along another axis it is the layer of the last on the transposed batch, also trained."""
        x = rng.normal(size=(20, 3, 4)).astype("f")
        layer, last = layers.BatchNormalization(axis=1), layers.BatchNormalization()
        for training in (True, False):
            want = last(x.transpose(0, 2, 1), training=training).transpose(0, 2, 1)
            assert layer(x, training=training).tobytes() == np.ascontiguousarray(want).tobytes()
        assert [w.shape for w in layer.weights] == [(3,)] * 4
        layers.BatchNormalization(axis=2).build((None, 3, 4))
        with pytest.raises(ValueError, match="that of the batch"):
            layers.BatchNormalization(axis=0).build((None, 3, 4))
        with pytest.raises(ValueError, match="out of bounds"):
            layers.BatchNormalization(axis=2).build((None, 3))


@pytest.mark.parametrize("kind", ROW_LAYERS)
def test_rows_over_several_axes(kind: Any, rng: np.random.Generator) -> None:
    """Two axes at once are one long row; weights have the shape of both."""
    x = rng.normal(size=(5, 3, 4))
    both = kind(axis=[1, 2], dtype="float64")
    flat = kind(dtype="float64")
    out = both(x)
    np.testing.assert_allclose(out.reshape(5, 12), flat(x.reshape(5, 12)), rtol=1e-12)
    assert all(w.shape == (3, 4) for w in both.weights)
    assert kind(axis=[2, 1]).compute_output_shape((None, 3, 4)) == (None, 3, 4)
    for axis in (0, [0, 1, 2], 3, [1, 1, 2], []):
        with pytest.raises(ValueError, match="axis"):
            kind(axis=axis)(x)


@pytest.mark.parametrize("kind", [*ROW_LAYERS, layers.Softmax])
def test_rows_along_any_axes(kind: Any, rng: np.random.Generator) -> None:
    """The layer of the last axes on a transposed batch."""
    x = rng.normal(size=(5, 3, 4, 2)).astype("f")
    for axis, order in ((1, (0, 2, 3, 1)), ([-3, -1], (0, 2, 1, 3)), ((2, 1), (0, 3, 1, 2))):
        count = 1 if isinstance(axis, int) else 2
        want = kind(axis=list(range(4 - count, 4)))(x.transpose(order))
        got = kind(axis=axis)(x)
        assert got.tobytes() == np.ascontiguousarray(want.transpose(np.argsort(order))).tobytes()
        assert kind(axis=axis).compute_output_shape((None, 3, 4, 2)) == (None, 3, 4, 2)


def test_weights_of_two_axes_in_a_model(tmp_path: Path, rng: np.random.Generator) -> None:
    """They are read, set, trained, saved with their slots and loaded in their own shape."""
    model = fastnn.Sequential(
        [fastnn.Input((3, 4)), layers.LayerNormalization(axis=[1, 2]), layers.Flatten(),
         layers.Dense(2)]
    )  # fmt: skip
    model.compile("adam", "mse")
    x, y = rng.normal(size=(40, 3, 4)), rng.normal(size=(40, 2))
    assert [w.shape for w in model.get_weights()] == [(3, 4), (3, 4), (12, 2), (2,)]
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "m.fnn")
    again = fastnn.models.load_model(tmp_path / "m.fnn")
    for m in (model, again):
        m.fit(x, y, verbose=0, shuffle=False)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_rms_and_layer_formulas(rng: np.random.Generator) -> None:
    x = rng.normal(3.0, 2.0, (7, 5))
    layer = layers.LayerNormalization(dtype="float64")(x)
    spread = np.sqrt(x.var(axis=1, keepdims=True) + 1e-3)
    np.testing.assert_allclose(layer, (x - x.mean(axis=1, keepdims=True)) / spread, rtol=1e-12)
    rms = layers.RMSNormalization(dtype="float64")(x)
    size = np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-6)
    np.testing.assert_allclose(rms, x / size, rtol=1e-12)
    unit = layers.UnitNormalization(dtype="float64")(x)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), np.ones(7), rtol=1e-12)


class TestNormalization:
    def test_adapts_to_arrays_and_batches(self, rng: np.random.Generator) -> None:
        x = rng.normal(5.0, 2.0, (60, 3)).astype(np.float32)
        whole, pieces, made = (layers.Normalization() for _ in range(3))
        whole.adapt(x)
        pieces.adapt([x[:10], x[10:60]])
        made.adapt((x[i : i + 20], None) for i in (0, 20, 40))
        want = [x.mean(axis=0, dtype=np.float64), x.var(axis=0, dtype=np.float64)]
        for layer in (whole, pieces, made):
            assert [w.name for w in layer.weights] == ["mean", "variance", "count"]
            assert layer.trainable_weights == []
            for got, value in zip(layer.get_weights(), want, strict=False):
                np.testing.assert_allclose(got, value, rtol=1e-6)
        out = whole(x)
        assert np.abs(out.mean(axis=0)).max() < 1e-5
        assert np.abs(out.std(axis=0) - 1).max() < 1e-5

    def test_axes(self, rng: np.random.Generator) -> None:
        x = rng.normal(5.0, 2.0, (50, 3, 4))
        for axis, kept in ((-1, (0, 1)), (1, (0, 2)), ((1, 2), (0,)), (None, (0, 1, 2))):
            layer = layers.Normalization(axis=axis, dtype="float64")
            layer.adapt(x)
            mean, var = x.mean(axis=kept, keepdims=True), x.var(axis=kept, keepdims=True)
            np.testing.assert_allclose(layer(x), (x - mean) / np.sqrt(var), rtol=1e-9, atol=1e-12)
        with pytest.raises(ValueError, match="batch axis"):
            layers.Normalization(axis=0).adapt(x)

    def test_given_values_and_inverse(self) -> None:
        layer = layers.Normalization(mean=3.0, variance=2.0)
        np.testing.assert_allclose(
            layer([[1.0], [2.0], [3.0]]), [[-1.4142135], [-0.70710677], [0]], rtol=1e-6
        )
        assert layer.weights == []
        back = layers.Normalization(mean=[3.0, 1.0], variance=[4.0, 9.0], invert=True)
        assert back([[1.0, 1.0]]).tolist() == [[5.0, 4.0]]
        again = layers.Normalization.from_config(back.get_config())
        assert again([[1.0, 1.0]]).tolist() == [[5.0, 4.0]]

    def test_single_values(self) -> None:
        layer = layers.Normalization(axis=None)
        layer.adapt(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
        np.testing.assert_allclose(layer([1.0, 2.0, 3.0]), [-1.4142135, -0.70710677, 0], rtol=1e-6)

    def test_in_a_model(self, tmp_path: Path, rng: np.random.Generator) -> None:
        """Adapting reaches the model at once; training and files leave and keep it."""
        x, y = rng.normal(5.0, 2.0, (60, 4)), rng.normal(size=(60, 2))
        layer = layers.Normalization()
        model = fastnn.Sequential([fastnn.Input((4,)), layer, layers.Dense(2)])
        model.compile("adam", "mse")
        before = model.predict(x, verbose=0)
        layer.adapt(x)
        after = model.predict(x, verbose=0)
        assert not np.allclose(before, after)
        mean = layer.get_weights()[0]
        model.fit(x, y, verbose=0)
        assert layer.get_weights()[0].tobytes() == mean.tobytes()
        model.save(tmp_path / "m.fnn")
        again = fastnn.models.load_model(tmp_path / "m.fnn")
        assert again.predict(x, verbose=0).tobytes() == model.predict(x, verbose=0).tobytes()
        again.fit(x, y, verbose=0)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"mean": 1.0}, "both `mean` and `variance`"),
            ({"mean": [1.0, 2.0], "variance": 1.0}, "one shape"),
            ({"mean": [1.0], "variance": [1.0], "axis": None}, "more than"),
            ({"axis": "last"}, "`axis`"),
            ({"invert": 2}, "`invert`"),
        ],
    )
    def test_wrong_arguments(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            layers.Normalization(**arguments)

    def test_wrong_data(self) -> None:
        with pytest.raises(ValueError, match="no batches"):
            layers.Normalization().adapt(iter([]))
        layer = layers.Normalization()
        layer.adapt([[1.0, 2.0]])
        with pytest.raises(ValueError, match="was built for"):
            layer.adapt([[1.0, 2.0, 3.0]])
        with pytest.raises(RuntimeError, match="was given"):
            layers.Normalization(mean=0.0, variance=1.0).adapt([[1.0]])
        with pytest.raises(ValueError, match="does not fit"):
            layers.Normalization(mean=[0.0, 1.0], variance=[1.0, 1.0])([[1.0, 2.0, 3.0]])


class TestRescaling:
    def test_values(self) -> None:
        images = np.array([[[0, 255], [51, 102]]], np.uint8)
        out = layers.Rescaling(1 / 255)(images)
        np.testing.assert_allclose(out, images / 255, rtol=1e-6)
        by_column = layers.Rescaling([1.0, 2.0], [0.0, 0.5])(images)
        assert by_column.tolist() == [[[0.0, 510.5], [51.0, 204.5]]]
        by_row = layers.Rescaling([[1.0], [2.0]])(images)
        assert by_row.tolist() == [[[0.0, 255.0], [102.0, 204.0]]]

    def test_wrong(self) -> None:
        with pytest.raises(ValueError, match="does not fit"):
            layers.Rescaling([1.0, 2.0])([[1.0, 2.0, 3.0]])
        with pytest.raises(ValueError, match="finite"):
            layers.Rescaling(np.inf)


def test_configs_round_trip() -> None:
    made = [
        layers.BatchNormalization(momentum=0.5, center=False, gamma_initializer="he_normal"),
        layers.LayerNormalization(axis=[1, 2], epsilon=0.5),
        layers.RMSNormalization(epsilon=0.25),
        layers.UnitNormalization(axis=[1]),
        layers.Normalization(axis=(1, 2)),
        layers.Rescaling([1.0, 2.0], 3.0),
    ]
    for layer in made:
        again = layers.deserialize(layers.serialize(layer))
        assert again.get_config() == layer.get_config()
