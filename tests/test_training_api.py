"""fit, evaluate, predict and what lies around them: shapes, logs, order, reproducibility."""

import copy
import pickle
import re
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers
from tolerance import HAND_FLOAT32

Array = np.ndarray


def make(
    n_in: int = 3, hidden: int = 4, n_out: int = 1, *, seed: int = 7, dtype: str = "float32",
    activation: str | None = None, dropout: float = 0.0, **compiled: Any,
) -> fastnn.Sequential:  # fmt: skip
    """A seeded, compiled net with one hidden layer."""
    fastnn.utils.set_random_seed(seed)
    parts: list[Any] = [fastnn.Input((n_in,)), layers.Dense(hidden, "tanh", dtype=dtype)]
    if dropout:
        parts.append(layers.Dropout(dropout, dtype=dtype))
    parts.append(layers.Dense(n_out, activation, dtype=dtype))
    net = fastnn.Sequential(parts)
    net.compile(**{"optimizer": "adam", "loss": "mse", **compiled})
    return net


def data(rng: np.random.Generator, n: int = 50, n_in: int = 3) -> tuple[Array, Array]:
    x = rng.standard_normal((n, n_in)).astype(np.float32)
    return x, (x.sum(axis=1) > 0).astype(np.float32)


def same(a: list[Array], b: list[Array]) -> bool:
    """Whether two lists of weights have the same bits."""
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


# ---- history and logs ------------------------------------------------------------------


def test_history_has_keras_keys_in_keras_order(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make(activation="sigmoid", loss="binary_crossentropy", metrics=["accuracy", "mse"],
               weighted_metrics=["mae"])  # fmt: skip
    history = net.fit(x, y, epochs=3, verbose=0, validation_split=0.2)
    keys = ["accuracy", "loss", "mae", "mse"]
    assert list(history.history) == keys + [f"val_{k}" for k in keys]
    assert history.epoch == [0, 1, 2]
    assert all(type(v) is float for values in history.history.values() for v in values)
    assert net.history is history
    assert net.metrics_names == ["loss", "accuracy", "mse", "mae"]


def test_logs_are_ordered_by_key_with_validation_too(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make(metrics=["mae"], weighted_metrics=["mae"])
    history = net.fit(x, y, verbose=0, validation_split=0.2)
    assert list(history.history) == ["loss", "mae", "val_loss", "val_mae", "val_weighted_mae",
                                     "weighted_mae"]  # fmt: skip


def test_initial_epoch_numbers_the_epochs(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make()
    assert net.fit(x, y, epochs=5, initial_epoch=3, verbose=0).epoch == [3, 4]
    assert net.fit(x, y, epochs=2, initial_epoch=2, verbose=0).epoch == []


def test_evaluate_agrees_with_standalone_losses(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make(activation="sigmoid", loss="mse", metrics=["mae", "accuracy"])
    loss, mae, accuracy = net.evaluate(x, y, verbose=0)
    predicted = net.predict(x)
    rows = fastnn.losses.mean_squared_error(y, predicted).astype(np.float64)
    assert loss == pytest.approx(rows.mean(), rel=HAND_FLOAT32)
    assert mae == pytest.approx(np.abs(predicted[:, 0] - y).mean(), rel=HAND_FLOAT32)
    assert accuracy == ((predicted[:, 0] > 0.5) == y).mean()
    by_name = net.evaluate(x, y, verbose=0, return_dict=True)
    assert by_name == {"accuracy": accuracy, "loss": loss, "mae": mae}


def test_evaluate_without_metrics_is_a_number(rng: np.random.Generator) -> None:
    x, y = data(rng)
    assert type(make().evaluate(x, y, verbose=0)) is float


def test_val_logs_are_those_of_evaluate(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make(metrics=["mae"])
    history = net.fit(x[:40], y[:40], epochs=2, verbose=0, validation_data=(x[40:], y[40:]))
    loss, mae = net.evaluate(x[40:], y[40:], verbose=0)
    assert history.history["val_loss"][-1] == loss
    assert history.history["val_mae"][-1] == mae


def test_validation_split_takes_the_last_rows(rng: np.random.Generator) -> None:
    x, y = data(rng)
    a, b = make(), make()
    first = a.fit(x, y, epochs=3, verbose=0, validation_split=0.3)
    second = b.fit(x[:35], y[:35], epochs=3, verbose=0, validation_data=(x[35:], y[35:]))
    assert first.history == second.history
    assert same(a.get_weights(), b.get_weights())


def test_validation_freq_and_steps(rng: np.random.Generator) -> None:
    x, y = data(rng)
    held = (x[:20], y[:20])
    history = make().fit(x, y, epochs=5, verbose=0, validation_data=held, validation_freq=2)
    assert len(history.history["val_loss"]) == 2
    listed = make().fit(x, y, epochs=5, verbose=0, validation_data=held, validation_freq=[1, 5])
    assert len(listed.history["val_loss"]) == 2
    net = make()
    history = net.fit(x, y, epochs=1, verbose=0, validation_data=held, validation_steps=1,
                      validation_batch_size=8)  # fmt: skip
    assert history.history["val_loss"] == [net.evaluate(x[:8], y[:8], verbose=0)]


def test_steps_per_epoch_goes_on_in_the_data(rng: np.random.Generator) -> None:
    x, y = data(rng, 40)
    a, b = make(), make()
    a.fit(x, y, batch_size=10, epochs=2, verbose=0, steps_per_epoch=2)
    b.fit(x, y, batch_size=10, epochs=1, verbose=0)
    assert same(a.get_weights(), b.get_weights())
    with pytest.warns(UserWarning, match="the input ran out of data after 1 of 3 steps"):
        make().fit(x, y, batch_size=10, epochs=2, verbose=0, steps_per_epoch=3)


# ---- reproducibility -------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_seeded_runs_have_the_same_bits(rng: np.random.Generator, dtype: str) -> None:
    x, y = data(rng)
    runs = []
    for _ in range(2):
        net = make(dtype=dtype, dropout=0.3)
        history = net.fit(x, y, epochs=4, batch_size=8, verbose=0)
        runs.append((history.history, net.get_weights()))
    assert runs[0][0] == runs[1][0]
    assert same(runs[0][1], runs[1][1])
    assert runs[0][1][0].dtype == dtype


def test_another_seed_gives_other_weights(rng: np.random.Generator) -> None:
    x, y = data(rng)
    a, b = make(seed=1), make(seed=2)
    assert not same(a.get_weights(), b.get_weights())
    b.set_weights(a.get_weights())
    a.fit(x, y, epochs=1, batch_size=8, verbose=0)
    b.fit(x, y, epochs=1, batch_size=8, verbose=0)
    assert not same(a.get_weights(), b.get_weights())  # shuffled otherwise


def test_epochs_are_shuffled_differently_and_shuffle_can_be_off(rng: np.random.Generator) -> None:
    x, y = data(rng)
    shuffled, plain = make(), make()
    shuffled.fit(x, y, epochs=1, batch_size=8, verbose=0)
    plain.fit(x, y, epochs=1, batch_size=8, verbose=0, shuffle=False)
    assert not same(shuffled.get_weights(), plain.get_weights())
    by_hand = make()
    for i in range(0, 50, 8):
        by_hand.train_on_batch(x[i : i + 8], y[i : i + 8])
    assert same(plain.get_weights(), by_hand.get_weights())


def test_two_short_fits_are_one_long_fit(rng: np.random.Generator) -> None:
    x, y = data(rng)
    long, short = make(dropout=0.2), make(dropout=0.2)
    long.fit(x, y, epochs=6, batch_size=8, verbose=0)
    short.fit(x, y, epochs=2, batch_size=8, verbose=0)
    short.fit(x, y, epochs=6, initial_epoch=2, batch_size=8, verbose=0)
    assert same(long.get_weights(), short.get_weights())
    assert short.training_state.epochs == 6


def test_seeded_dropout_layers_repeat_their_masks(rng: np.random.Generator) -> None:
    x, y = data(rng)

    def run(seed: int, dropout_seed: int) -> list[Array]:
        fastnn.utils.set_random_seed(seed)
        net = fastnn.Sequential([
            fastnn.Input((3,)), layers.Dense(16, kernel_initializer="ones"),
            layers.Dropout(0.5, seed=dropout_seed), layers.Dense(1, kernel_initializer="ones"),
        ])  # fmt: skip
        net.compile("sgd", "mse")
        net.fit(x, y, epochs=2, batch_size=16, shuffle=False, verbose=0)
        return net.get_weights()

    assert same(run(1, 5), run(2, 5))
    assert not same(run(1, 5), run(1, 6))


# ---- data as users have it -------------------------------------------------------------


def layouts(x: Array) -> dict[str, Any]:
    """The same numbers in other clothes."""
    wide = np.zeros((2 * x.shape[0], 2 * x.shape[1]), x.dtype)
    wide[::2, ::2] = x
    frozen = x.copy()
    frozen.flags.writeable = False
    reverse = np.ascontiguousarray(x[::-1])
    return {
        "fortran": np.asfortranarray(x),
        "strided": wide[::2, ::2],
        "reversed": reverse[::-1],
        "read-only": frozen,
        "float64": x.astype(np.float64),
        "big-endian": x.astype(">f4"),
        "long double": x.astype(np.longdouble),
        "list": x.tolist(),
        "object": x.astype(object),
    }


def test_layouts_and_types_do_not_matter(rng: np.random.Generator) -> None:
    x, y = data(rng)
    base = make()
    base.fit(x, y, epochs=2, verbose=0)
    for name, other in layouts(x).items():
        net = make()
        net.fit(other, y, epochs=2, verbose=0)
        assert same(net.get_weights(), base.get_weights()), name
        assert net.predict(other).tobytes() == base.predict(x).tobytes(), name


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32",
                                   "int64", "uint64", "float16"])  # fmt: skip
def test_integer_bool_and_half_input(rng: np.random.Generator, dtype: str) -> None:
    x = rng.integers(0, 2, (30, 3)).astype(dtype)
    y = rng.integers(0, 2, 30).astype(dtype)
    a, b = make(), make()
    a.fit(x, y, epochs=2, verbose=0)
    b.fit(x.astype(np.float32), y.astype(np.float32), epochs=2, verbose=0)
    assert same(a.get_weights(), b.get_weights())


def test_memory_mapped_data(rng: np.random.Generator, tmp_path: Path) -> None:
    x, y = data(rng)
    np.save(tmp_path / "x.npy", x)
    a, b = make(), make()
    a.fit(np.load(tmp_path / "x.npy", mmap_mode="r"), y, epochs=2, verbose=0)
    b.fit(x, y, epochs=2, verbose=0)
    assert same(a.get_weights(), b.get_weights())


def test_pandas(rng: np.random.Generator) -> None:
    pd = pytest.importorskip("pandas")
    x, y = data(rng)
    frame = pd.DataFrame(x.astype(np.float64), columns=["a", "b", "c"])
    a, b = make(), make()
    a.fit(frame, pd.Series(y), epochs=2, verbose=0)
    b.fit(x.astype(np.float64), y, epochs=2, verbose=0)
    assert same(a.get_weights(), b.get_weights())
    with pytest.raises(ValueError, match="`x` must hold"):
        a.predict(frame.assign(a="text"))


def test_targets_as_vector_or_column(rng: np.random.Generator) -> None:
    x, y = data(rng)
    a, b = make(), make()
    assert a.fit(x, y, verbose=0).history == b.fit(x, y[:, None], verbose=0).history


def test_one_feature_as_vector(rng: np.random.Generator) -> None:
    x = rng.standard_normal(20)
    net = make(n_in=1)
    net.fit(x, x, epochs=1, verbose=0)
    assert net.predict(x).tobytes() == net.predict(x[:, None]).tobytes()


def test_nan_in_x_is_allowed(rng: np.random.Generator) -> None:
    x, _ = data(rng)
    x[3, 1] = np.nan
    out = make().predict(x)
    assert np.isnan(out[3]).all()
    assert np.isfinite(np.delete(out, 3, axis=0)).all()


def test_sparse_and_one_hot_targets_train_the_same(rng: np.random.Generator) -> None:
    x, _ = data(rng)
    labels = rng.integers(0, 4, 50)
    a = make(n_out=4, activation="softmax", loss="sparse_categorical_crossentropy",
             metrics=["accuracy"])  # fmt: skip
    b = make(n_out=4, activation="softmax", loss="categorical_crossentropy", metrics=["accuracy"])
    first = a.fit(x, labels, epochs=2, verbose=0).history
    second = b.fit(x, fastnn.utils.to_categorical(labels, 4), epochs=2, verbose=0).history
    assert first["accuracy"] == second["accuracy"]
    assert first["loss"] == second["loss"]
    c = make(n_out=4, activation="softmax", loss="sparse_categorical_crossentropy",
             metrics=["accuracy"])  # fmt: skip
    assert c.fit(x, labels[:, None].astype(float), epochs=2, verbose=0).history == first


# ---- weights of samples and classes ----------------------------------------------------


def test_class_weight_is_sample_weight(rng: np.random.Generator) -> None:
    x, y = data(rng)
    a, b = make(), make()
    first = a.fit(x, y, epochs=2, verbose=0, class_weight={1: 3.0})
    second = b.fit(x, y, epochs=2, verbose=0, sample_weight=np.where(y == 1, 3.0, 1.0))
    assert first.history == second.history
    assert same(a.get_weights(), b.get_weights())


def test_class_weight_is_for_training_only(rng: np.random.Generator) -> None:
    x, y = data(rng, 40)
    y = (y > y.mean()).astype(np.float32)
    net = make()
    fit = net.fit(x, y, verbose=0, shuffle=False, validation_split=0.25, class_weight={1: 9.0})
    held = net.evaluate(x[30:], y[30:], verbose=0, return_dict=True)
    assert fit.history["val_loss"] == [pytest.approx(held["loss"], rel=HAND_FLOAT32)]
    weights = np.where(y > 0, 9.0, 1.0)
    fit = net.fit(x, y, verbose=0, shuffle=False, validation_split=0.25, sample_weight=weights)
    held = net.evaluate(x[30:], y[30:], sample_weight=weights[30:], verbose=0, return_dict=True)
    assert fit.history["val_loss"] == [pytest.approx(held["loss"], rel=HAND_FLOAT32)]


def test_loss_and_metrics_of_the_one_output_by_its_name(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make()
    name = net.layers[-1].name
    metrics = {name: ["mae", "mse"]}
    net.compile("sgd", {name: "mse"}, metrics=metrics, weighted_metrics={name: "mae"})
    assert sorted(net.fit(x, y, verbose=0).history) == ["loss", "mae", "mse", "weighted_mae"]
    with pytest.raises(ValueError, match="`metrics` must be a list of metrics"):
        net.compile("sgd", "mse", metrics={"other": "mae"})


def test_class_weight_of_one_hot_and_labels(rng: np.random.Generator) -> None:
    x, _ = data(rng)
    labels = rng.integers(0, 3, 50)
    weights = np.array([1.0, 2.0, 0.5])[labels]
    for loss, y in (("sparse_categorical_crossentropy", labels),
                    ("categorical_crossentropy", np.eye(3)[labels])):  # fmt: skip
        a, b = (make(n_out=3, activation="softmax", loss=loss) for _ in range(2))
        a.fit(x, y, verbose=0, class_weight={1: 2.0, 2: 0.5})
        b.fit(x, y, verbose=0, sample_weight=weights)
        assert same(a.get_weights(), b.get_weights())


def test_sample_weights_count_in_loss_and_weighted_metrics_only(rng: np.random.Generator) -> None:
    x, y = data(rng)
    weight = rng.uniform(0.5, 2.0, 50)
    net = make(metrics=["mae"], weighted_metrics=[fastnn.metrics.MeanAbsoluteError(name="wmae")])
    loss, mae, wmae = net.evaluate(x, y, sample_weight=weight, verbose=0, batch_size=50)
    error = np.abs(net.predict(x)[:, 0] - y).astype(np.float64)
    assert loss == pytest.approx((weight * error**2).sum() / 50, rel=HAND_FLOAT32)
    assert mae == pytest.approx(error.mean(), rel=HAND_FLOAT32)
    assert wmae == pytest.approx((weight * error).sum() / weight.sum(), rel=HAND_FLOAT32)


def test_weight_zero_takes_a_row_out(rng: np.random.Generator) -> None:
    x, y = data(rng)
    weight = np.ones(50)
    weight[10:] = 0
    sums = [fastnn.losses.MeanSquaredError(reduction="sum") for _ in range(2)]
    a, b = make(loss=sums[0]), make(loss=sums[1])
    a.fit(x, y, batch_size=50, verbose=0, sample_weight=weight, shuffle=False)
    b.fit(x[:10], y[:10], batch_size=50, verbose=0, shuffle=False)
    assert same(a.get_weights(), b.get_weights())


# ---- batches one by one ----------------------------------------------------------------


def test_train_on_batch_returns_the_means_of_its_rows(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make(metrics=["mae"], optimizer=fastnn.optimizers.SGD(learning_rate=0.0))
    first = net.train_on_batch(x[:10], y[:10])
    second = net.train_on_batch(x[10:30], y[10:30])
    assert second == pytest.approx(net.evaluate(x[10:30], y[10:30], verbose=0), rel=HAND_FLOAT32)
    assert net.train_on_batch(x[:10], y[:10]) == first
    by_name = net.test_on_batch(x[:10], y[:10], return_dict=True)
    assert list(by_name) == ["loss", "mae"]
    assert list(by_name.values()) == first
    assert net.optimizer is not None
    assert net.optimizer.iterations == 3


def test_predict_is_the_same_alone_and_in_any_batch(rng: np.random.Generator) -> None:
    x, _ = data(rng, 70)
    net = make()
    whole = net.predict(x)
    for rows in (slice(0, 1), slice(3, 10), slice(69, 70)):
        assert net.predict(x[rows]).tobytes() == whole[rows].tobytes()
    assert net(x).tobytes() == whole.tobytes()
    assert net.predict(x, batch_size=7).tobytes() == whole.tobytes()
    assert net.predict(x, batch_size=7, steps=2).tobytes() == whole[:14].tobytes()
    assert net.predict_on_batch(x).tobytes() == whole.tobytes()


def test_predict_sees_new_weights(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make()
    before = net.predict(x)
    net.fit(x, y, verbose=0)
    after = net.predict(x)
    assert before.tobytes() != after.tobytes()
    net.layers[0].kernel.assign(np.zeros((3, 4)))
    net.layers[0].bias.assign(np.zeros(4))
    net.layers[1].bias.assign([2.5])
    assert np.array_equal(net.predict(x), np.full((50, 1), 2.5, np.float32))


def test_calling_in_training_drops_out(rng: np.random.Generator) -> None:
    x, _ = data(rng)
    net = make(dropout=0.5)
    assert net(x, training=True).tobytes() != net(x).tobytes()
    assert make()(x, training=True).tobytes() == make()(x).tobytes()


# ---- callbacks' and users' controls ----------------------------------------------------


def test_learning_rate_can_be_changed_on_the_way(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make(optimizer=fastnn.optimizers.SGD(learning_rate=0.1))
    assert net.optimizer is not None
    net.optimizer.learning_rate = 0.0
    before = net.get_weights()
    net.fit(x, y, verbose=0)
    assert same(before, net.get_weights())


def test_frozen_layers_stay(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make()
    net.layers[0].trainable = False
    before = net.get_weights()
    net.fit(x, y, epochs=2, verbose=0)
    after = net.get_weights()
    assert same(before[:2], after[:2])
    assert not same(before[2:], after[2:])
    assert len(net.trainable_weights) == 2
    assert len(net.non_trainable_weights) == 2


def test_compile_again_with_the_same_optimizer_keeps_its_state(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make()
    net.fit(x, y, epochs=1, verbose=0)
    optimizer = net.optimizer
    assert optimizer is not None
    steps = optimizer.iterations
    assert steps == 2
    net.compile(optimizer, "mae")
    assert optimizer.iterations == steps
    net.compile("adam", "mae")
    assert net.optimizer is not None
    assert net.optimizer.iterations == 0


def test_ctrl_c_stops_fit_after_a_step(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make()
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    start = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        net.fit(x, y, epochs=10**6, verbose=0)
    assert time.perf_counter() - start < 20
    timer.join()
    assert net.optimizer is not None
    assert net.optimizer.iterations > 0
    assert np.isfinite(net.predict(x)).all()
    net.fit(x, y, verbose=0)


# ---- output ----------------------------------------------------------------------------


def test_verbose(rng: np.random.Generator, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = data(rng)
    make().fit(x, y, epochs=2, verbose=0)
    assert capsys.readouterr() == ("", "")
    make(metrics=["mae"]).fit(x, y, epochs=2, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[::2] == ["Epoch 1/2", "Epoch 2/2"]
    for line in lines[1::2]:
        number = r"\d+\.\d{4}"
        assert re.fullmatch(
            rf"(\d+)/\1 - 0s - \d+[mu]s/step - loss: {number} - mae: {number}", line
        )
    make().fit(x, y, epochs=2, verbose="auto")  # not a terminal: lines
    assert len(capsys.readouterr().out.splitlines()) == 4
    make().fit(x, y, epochs=2, verbose=1)  # over before a bar is due: one line
    assert len(capsys.readouterr().out.splitlines()) == 1
    make().evaluate(x, y, batch_size=len(x), verbose=1)
    assert re.match(r"1/1 - 0s - \d+[mu]s/step - loss: ", capsys.readouterr().out)
    make().predict(x)
    assert capsys.readouterr() == ("", "")


def test_bar_of_a_long_fit(
    rng: np.random.Generator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastnn._progress._DELAY", 0.0)
    monkeypatch.setattr("fastnn._progress._INTERVAL", 1e-5)
    x, y = data(rng, 400)
    quiet, loud = make(), make()
    quiet.fit(x, y, epochs=3, batch_size=8, verbose=0)
    loud.fit(x, y, epochs=3, batch_size=8, verbose=1)
    assert same(quiet.get_weights(), loud.get_weights())
    bar = capsys.readouterr().err
    assert "Epoch 3/3" in bar
    assert "150/150" in bar
    assert "loss: " in bar


def test_summary() -> None:
    fastnn.utils.clear_session()
    net = fastnn.Sequential([
        fastnn.Input((28, 28)), layers.Flatten(), layers.Dense(32, "relu"), layers.Dropout(0.2),
        layers.Dense(10),
    ])  # fmt: skip
    net.layers[1].trainable = False
    printed: list[str] = []
    net.summary(print_fn=printed.append)
    lines = "\n".join(printed).splitlines()
    assert lines[0] == 'Model: "sequential"'
    assert {len(line) for line in lines[1:-3]} == {76}
    rows = [[cell.strip() for cell in line.strip("│").split("│")]
            for line in lines if line.startswith("│")]  # fmt: skip
    assert rows == [
        ["flatten (Flatten)", "(None, 784)", "0"],
        ["dense (Dense)", "(None, 32)", "25,120"],
        ["dropout (Dropout)", "(None, 32)", "0"],
        ["dense_1 (Dense)", "(None, 10)", "330"],
    ]
    assert lines[-3:] == [
        " Total params: 25,450 (99.41 KB)",
        " Trainable params: 330 (1.29 KB)",
        " Non-trainable params: 25,120 (98.12 KB)",
    ]
    net.summary(line_length=60, show_trainable=True, print_fn=printed.append)
    assert {len(line) for line in printed[-1].splitlines()[1:-3]} == {60}
    net.summary(positions=[0.5, 0.7, 1.0], layer_range=("dense", "drop"), print_fn=printed.append)
    lines = printed[-1].splitlines()
    # Half of 76 and two spaces, less three of the ten by which all columns were too wide.
    assert lines[1].index("┳") == 1 + 38 + 2 - 3
    assert [line.split()[1] for line in lines if line.startswith("│")] == ["dense", "dropout"]
    net.compile("sgd", "mse")
    net.fit(np.zeros((2, 28, 28)), np.zeros((2, 10)), verbose=0)
    net.summary(print_fn=printed.append)
    assert " Optimizer params: 2 (" in printed[-1]
    fastnn.Sequential([layers.Dense(1)]).summary(print_fn=printed.append)
    assert "0 (unbuilt)" in printed[-1]


def test_summary_wraps_names_between_words() -> None:
    long = layers.BatchNormalization(name="the_name_of_this_layer_is_too_long")
    net = fastnn.Sequential([fastnn.Input((3,)), layers.BatchNormalization(name="a" * 20), long])
    printed: list[str] = []
    net.summary(print_fn=printed.append)
    cells = [line.split("│")[1].strip() for line in printed[0].splitlines() if line[0] == "│"]
    assert cells == [
        "a" * 20, "(BatchNormalization)", "the_name_of_this_layer_is_too_…", "(BatchNormalization)",
    ]  # fmt: skip


def test_summary_refuses() -> None:
    net = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(2)])
    for arguments, message in (
        ({"line_length": 8}, "`line_length=8` is too small"),
        ({"line_length": 13}, "`line_length=13` is too small"),
        ({"positions": [0.5, 1.0]}, "`positions` must be a list of 3 numbers"),
        ({"layer_range": ["dense"]}, "`layer_range` must be the names"),
        ({"layer_range": ["dense", "foo"]}, "`layer_range`: the model has no layers"),
        ({"print_fn": 3}, "`print_fn` must be callable"),
    ):
        with pytest.raises(ValueError, match=message):
            net.summary(**arguments)


# ---- building and describing -----------------------------------------------------------


def test_build_by_data_call_or_hand() -> None:
    for build in (
        lambda net: net.build((None, 5)),
        lambda net: net(np.zeros((2, 5))),
        lambda net: net.predict(np.zeros((2, 5))),
    ):
        net = fastnn.Sequential([layers.Dense(3), layers.Dense(2)])
        assert not net.built
        build(net)
        assert net.built
        assert (net.input_shape, net.output_shape) == ((None, 5), (None, 2))
        assert net.count_params() == 26


def test_add_and_pop_keep_weights(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make()
    net.fit(x, y, verbose=0)
    before = net.get_weights()
    net.add(layers.Dense(2))
    assert same(before, net.get_weights()[:4])
    assert net.predict(x).shape == (50, 2)
    net.pop()
    assert same(before, net.get_weights())
    net.fit(x, y, verbose=0)
    assert net.optimizer is not None
    assert net.optimizer.iterations == 2


def test_config_round_trip() -> None:
    net = make(dropout=0.25)
    again = fastnn.Sequential.from_config(net.get_config())
    assert again.get_config() == net.get_config()
    assert again.count_params() == net.count_params()
    by_json = fastnn.models.model_from_json(net.to_json())
    assert by_json.get_config() == net.get_config()
    clone = fastnn.models.clone_model(net)
    assert not same(clone.get_weights(), net.get_weights())
    for bad in ("nope", "[1]", '{"class_name": "Sequential", "config": {"layers": [1]}}',
                '{"class_name": "Sequential", "config": {"layers": [{"class_name": "os.system"}]}}',
                '{"class_name": "Sequential", "config": {"layers": [{"class_name": "Conv2D"}]}}',
                '{"class_name": "Sequential", "config": {"layers": [], "zzz": 1}}'):  # fmt: skip
        with pytest.raises(ValueError, match=r"JSON|config|class|fastnn|description"):
            fastnn.models.model_from_json(bad)


def test_copies_are_equal_and_independent(rng: np.random.Generator) -> None:
    x, y = data(rng)
    net = make(metrics=["mae"])
    net.fit(x, y, epochs=2, verbose=0)
    for other in (pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):
        assert same(net.get_weights(), other.get_weights())
        before = net.get_weights()
        expected = copy.deepcopy(net)
        assert other.fit(x, y, verbose=0).history == expected.fit(x, y, verbose=0).history
        assert same(before, net.get_weights())


def test_positions_share_the_dense_layer(rng: np.random.Generator) -> None:
    x = rng.standard_normal((6, 4, 3)).astype(np.float32)
    net = fastnn.Sequential([fastnn.Input((4, 3)), layers.Dense(5, "relu")])
    out = net.predict(x)
    assert out.shape == (6, 4, 5)
    flat = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(5, "relu")])
    flat.set_weights(net.get_weights())
    assert out.tobytes() == flat.predict(x.reshape(24, 3)).tobytes()
    net.compile("adam", "mse")
    net.fit(x, np.zeros((6, 4, 5)), epochs=1, verbose=0)


def test_images_are_flattened_whatever_their_layout(rng: np.random.Generator) -> None:
    images = rng.integers(0, 255, (12, 4, 5), dtype=np.uint8)
    net = fastnn.Sequential([fastnn.Input((4, 5)), layers.Flatten(), layers.Dense(3, "relu")])
    flat = fastnn.Sequential([fastnn.Input((20,)), layers.Dense(3, "relu")])
    flat.set_weights(net.get_weights())
    expected = flat.predict(images.reshape(12, 20)).tobytes()
    assert net.predict(images).tobytes() == expected
    assert net.predict(np.asfortranarray(images)).tobytes() == expected
