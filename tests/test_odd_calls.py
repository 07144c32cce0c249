"""Calls at the edge of what there is, which Keras takes and gives a meaning to."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers

X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(8, 3)
Y = np.linspace(0, 1, 8, dtype=np.float32).reshape(8, 1)


def graph() -> Any:
    entry = fastnn.Input((3,), name="a")
    model = fastnn.Model(entry, layers.Dense(1, name="o")(entry))
    model.compile("sgd", "mse")
    return model


def chain(*arguments: Any, **more: Any) -> Any:
    model = fastnn.Sequential([fastnn.Input((3,), name="entry"), layers.Dense(1, name="last")])
    model.compile(*(arguments or ("sgd", "mse")), **more)
    return model


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("noise_shape", [None, (None, 1)])
def test_dropout_of_everything(dtype: str, noise_shape: Any) -> None:
    first, last = layers.Dense(5, activation="tanh", dtype=dtype), layers.Dense(1, dtype=dtype)
    dropout = layers.Dropout(1, noise_shape, dtype=dtype)
    model = fastnn.Sequential([fastnn.Input((3,)), first, dropout, last])
    model.compile(fastnn.optimizers.SGD(0.5), "mse")
    before = [first.get_weights(), last.get_weights()]
    batch = np.tile(X, (64, 1))
    loss = model.fit(batch, np.ones(512), batch_size=512, verbose=0).history["loss"]
    assert loss == [1.0]  # the outputs are the bias of the last layer, 0
    for old, new in zip(before[0], first.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(before[1][0], last.get_weights()[0])
    assert last.get_weights()[1].tolist() == [1.0]  # 0 - 0.5 * 2 * (0 - 1)
    assert not dropout(X, training=True).any()
    np.testing.assert_array_equal(dropout(X), X.astype(dtype))


@pytest.mark.parametrize(
    "kind", ["Add", "Average", "Multiply", "Maximum", "Minimum", "Concatenate"]
)
def test_merging_one_tensor_is_that_tensor(kind: str) -> None:
    merge = getattr(layers, kind)
    np.testing.assert_array_equal(merge()([X]), X)
    entry = fastnn.Input((3,))
    inner = layers.Dense(4, name="d")(entry)
    one = fastnn.Model(entry, layers.Dense(1, name="e")(merge()([inner])))
    plain = fastnn.Model(entry, one.get_layer("e")(inner))
    np.testing.assert_array_equal(one.predict(X), plain.predict(X))
    alone = fastnn.Model(entry, merge()([entry]))
    np.testing.assert_array_equal(alone.predict(X), X)
    weights = one.get_weights()
    one.compile("sgd", "mse")
    one.train_on_batch(X, Y)
    trained = one.get_weights()
    one.set_weights(weights)
    plain.compile("sgd", "mse")
    plain.train_on_batch(X, Y)
    for a, b in zip(trained, plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", ["Subtract", "Dot"])
def test_two_inputs_stay_two(kind: str) -> None:
    made = layers.Dot(axes=1) if kind == "Dot" else layers.Subtract()
    with pytest.raises(ValueError, match="a list of 2 inputs, got 1"):
        made([X])


class TestDictOfOneInput:
    def test_surplus_is_named_and_left_out(self) -> None:
        model = graph()
        with pytest.warns(UserWarning, match="`x` has entries that the model does not read: 'zz'"):
            found = model.predict({"a": X, "zz": X})
        np.testing.assert_array_equal(found, model.predict(X))
        with pytest.warns(UserWarning, match="'zz'"):
            assert model.fit({"zz": Y, "a": X}, Y, verbose=0).history
        with pytest.warns(UserWarning, match="'zz'"):
            model.evaluate({"a": X, "zz": 0}, Y, verbose=0)

    def test_of_several_inputs(self) -> None:
        a, b = fastnn.Input((3,), name="a"), fastnn.Input((3,), name="b")
        model = fastnn.Model([a, b], layers.Add()([a, b]))
        with pytest.warns(UserWarning, match="'zz'; it has 'a', 'b'"):
            found = model.predict({"b": X, "zz": Y, "a": X})
        np.testing.assert_array_equal(found, 2 * X)
        with pytest.raises(ValueError, match="no entry 'b'"), pytest.warns(match="'zz'"):
            model.predict({"a": X, "zz": Y})
        with pytest.raises(ValueError, match="an entry 'q'"):
            model.predict({"q": X})

    @pytest.mark.parametrize("make", [graph, chain])
    def test_other_names_raise(self, make: Any) -> None:
        model = make()
        for call in (
            lambda: model.predict({"zz": X}), lambda: model({"zz": X}), lambda: model.predict({}),
            lambda: model.fit({"zz": X}, Y, verbose=0),
            lambda: model.evaluate({"zz": X}, Y, verbose=0),
            lambda: model.train_on_batch({"zz": X}, Y),
        ):  # fmt: skip
            with pytest.raises(ValueError, match=r"must be one array, or a dict with '(a|entry)'"):
                call()
        with pytest.raises(ValueError, match=r"must be one array, or a dict with '(o|last)'"):
            model.fit(X, {"zz": Y}, verbose=0)

    def test_a_chain_knows_its_names(self) -> None:
        model = chain("sgd", {"last": "mse"}, loss_weights={"last": 0.5})
        assert (model.input_names, model.output_names) == (["entry"], ["last"])
        np.testing.assert_array_equal(model.predict({"entry": X}), model.predict(X))
        assert model.fit({"entry": X}, {"last": Y}, verbose=0).history
        unnamed = fastnn.Sequential([layers.Dense(1)])
        with pytest.raises(ValueError, match="must be one array, got a dict with 'q'"):
            unnamed.predict({"q": X})
        unnamed.predict(X)
        assert unnamed.predict({unnamed.input.name: X}).shape == (8, 1)


class TestWithoutOptimizer:
    def test_evaluates_and_does_not_train(self) -> None:
        model = chain(None, "mse")
        assert model.compiled
        assert model.optimizer is None
        assert model.evaluate(X, Y, verbose=0) == model.test_on_batch(X, Y)
        for call in (model.fit, model.train_on_batch):
            with pytest.raises(ValueError, match="compile\\(\\) was given no `optimizer`"):
                call(X, Y)

    @pytest.mark.parametrize("name", ["m.fnn", "m.keras", "m.h5"])
    def test_is_saved(self, tmp_path: Path, name: str) -> None:
        model = chain(None, "mse", metrics=["mae"])
        model.save(tmp_path / name)
        loaded = fastnn.models.load_model(tmp_path / name)
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
        assert loaded.optimizer is None
        if name == "m.fnn":
            assert loaded.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)

    def test_is_cloned_and_compiled_again(self) -> None:
        model = chain(None, "mse")
        clone: Any = fastnn.models.clone_model(model)
        assert clone.optimizer is None
        clone.evaluate(X, Y, verbose=0)
        clone.compile("adam", "mse")
        clone.fit(X, Y, verbose=0)
        clone.compile(None, "mse")
        clone.pop()
        assert clone.layers == []

    def test_several_outputs(self) -> None:
        entry = fastnn.Input((3,))
        model = fastnn.Model(entry, [layers.Dense(1)(entry), layers.Dense(1)(entry)])
        model.compile(None, "mse")
        assert len(model.evaluate(X, [Y, Y], verbose=0)) == 3
        with pytest.raises(RuntimeError, match="no `optimizer`"):
            model.fit(X, [Y, Y], verbose=0)


def test_unknown_arguments_are_of_both_kinds() -> None:
    for call in (
        lambda: layers.Dense(3, foo=1), lambda: layers.Add(foo=1),
        lambda: fastnn.optimizers.Adam(foo=1), lambda: fastnn.optimizers.SGD(lr=0.1),
    ):  # fmt: skip
        for kind in (TypeError, ValueError):
            with pytest.raises(kind, match=r"unexpected keyword argument .(foo|lr)"):
                call()  # type: ignore[no-untyped-call]
    with pytest.raises(TypeError, match="missing 1 required") as missing:
        layers.Dense()  # type: ignore[call-arg]
    assert not isinstance(missing.value, ValueError)


def test_decay_is_dropped_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="`decay` is ignored"):
        made = fastnn.optimizers.SGD(0.5, decay=0.1)  # type: ignore[call-arg]
    assert made.learning_rate == 0.5


def test_numbers_beyond_the_last_are_of_both_kinds() -> None:
    inputs = [fastnn.Input((3,)), fastnn.Input((3,))]
    for call in (
        lambda: fastnn.Sequential().pop(), lambda: fastnn.utils.to_categorical([0, 5], 3),
        lambda: fastnn.utils.normalize(X, axis=2), lambda: layers.Concatenate(axis=5)(inputs),
        lambda: layers.LayerNormalization(axis=5)(inputs[0]), lambda: layers.Dot(5)(inputs),
    ):  # fmt: skip
        for kind in (IndexError, ValueError):
            with pytest.raises(kind):
                call()


def test_one_target_for_several_outputs_is_a_column() -> None:
    model = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="each of them is compared"):
        model.evaluate(X, Y, verbose=0)
    with pytest.raises(ValueError, match=r"must have shape \(n, 2\), got \(8,\)"):
        model.evaluate(X, Y[:, 0], verbose=0)


def test_names_of_checkpoints() -> None:
    keep = fastnn.callbacks.ModelCheckpoint
    for name in ("a.keras", "{epoch}.fnn", Path("b.h5")):
        keep(name)
    for name in ("a.weights.h5", "w.fnn", "w.safetensors"):
        keep(name, save_weights_only=True)
    for name, weights in (("a.txt", False), ("a", False), ("a.keras", True), ("a.h5", True)):
        with pytest.raises(ValueError, match="`filepath` must end in one of"):
            keep(name, save_weights_only=weights)


def test_an_optimizer_that_is_set_starts_afresh() -> None:
    model, other = chain("adam", "mse", metrics=["mae"]), chain("adam", "mse", metrics=["mae"])
    model.fit(X, Y, verbose=0)
    other.set_weights(model.get_weights())
    model.optimizer = fastnn.optimizers.SGD(0.125)
    other.compile(fastnn.optimizers.SGD(0.125), "mse", metrics=["mae"])
    assert model.optimizer.iterations == 0
    for each in (model, other):
        each.fit(X, Y, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert sorted(model.fit(X, Y, verbose=0).history) == ["loss", "mae"]
    model.optimizer = "adam"
    assert type(model.optimizer) is fastnn.optimizers.Adam
    for wrong in (other.optimizer, "zz", 3):
        with pytest.raises(
            ValueError, match=r"belongs to another|unknown optimizer|must be a name"
        ):
            model.optimizer = wrong
    assert type(model.optimizer) is fastnn.optimizers.Adam
    with pytest.raises(RuntimeError, match="call compile"):
        fastnn.Sequential([layers.Dense(1)]).optimizer = "sgd"  # type: ignore[assignment]


@pytest.mark.parametrize("kind", ["EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"])
def test_a_monitor_that_is_no_metric(kind: str, tmp_path: Path) -> None:
    def fit(monitor: str, mode: str) -> None:
        more: dict[str, Any] = {"monitor": monitor, "mode": mode}
        if kind == "ModelCheckpoint":
            more |= {"filepath": tmp_path / "m.fnn", "save_best_only": True}
        callback = getattr(fastnn.callbacks, kind)(**more)
        chain("sgd", "mse", metrics=["mae"]).fit(X, Y, verbose=0, callbacks=[callback])

    with pytest.raises(ValueError, match=f"{kind} has no 'zz' to look at.*needs one"):
        fit("zz", "auto")
    for monitor, mode in (("zz", "min"), ("val_loss", "auto"), ("val_mae", "auto")):
        with pytest.warns(UserWarning, match=f"{kind} has no '{monitor}' to look at"):
            fit(monitor, mode)
    fit("mae", "auto")
