"""Callbacks: which hooks are called, in which order, with what."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import callbacks, layers


def make(learning_rate: float = 0.1) -> fastnn.Sequential:
    fastnn.utils.set_random_seed(2)
    net = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1)])
    net.compile(fastnn.optimizers.SGD(learning_rate), "mse", metrics=["mae"])
    return net


def data(n: int = 20) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(5).standard_normal((n, 2)).astype(np.float32)
    return x, x.sum(axis=1)


class Recorder(callbacks.Callback):
    """Writes down every hook."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []
        self.logs: list[Any] = []


def recording(name: str) -> Any:
    def hook(self: Recorder, *arguments: Any) -> None:
        *where, logs = arguments
        self.calls.append((name.removeprefix("on_"), *where))
        self.logs.append(dict(logs))

    return hook


for hook_name in vars(callbacks.Callback):
    if hook_name.startswith("on_") and hook_name not in ("on_batch_begin", "on_batch_end"):
        setattr(Recorder, hook_name, recording(hook_name))


def test_every_hook_in_keras_order() -> None:
    x, y = data(4)
    recorder = Recorder()
    make().fit(x, y, batch_size=2, epochs=1, verbose=0, validation_data=(x[:3], y[:3]),
               callbacks=[recorder])  # fmt: skip
    batches = [("train_batch_begin", 0), ("train_batch_end", 0),
               ("train_batch_begin", 1), ("train_batch_end", 1)]  # fmt: skip
    tests = [("test_batch_begin", 0), ("test_batch_end", 0),
             ("test_batch_begin", 1), ("test_batch_end", 1)]  # fmt: skip
    assert recorder.calls == [
        ("train_begin",), ("epoch_begin", 0), *batches, ("test_begin",), *tests, ("test_end",),
        ("epoch_end", 0), ("train_end",),
    ]  # fmt: skip
    assert list(recorder.logs[3]) == ["loss", "mae"]
    assert list(recorder.logs[-1]) == ["loss", "mae", "val_loss", "val_mae"]
    assert recorder.params == {"verbose": 0, "epochs": 1, "steps": 2}


def test_hooks_of_evaluate_and_predict() -> None:
    x, y = data(5)
    net, recorder = make(), Recorder()
    plain = net.evaluate(x, y, batch_size=3, verbose=0)
    assert net.evaluate(x, y, batch_size=3, verbose=0, callbacks=[recorder]) == plain
    assert [call[0] for call in recorder.calls] == [
        "test_begin", "test_batch_begin", "test_batch_end", "test_batch_begin", "test_batch_end",
        "test_end",
    ]  # fmt: skip
    recorder = Recorder()
    out = net.predict(x, batch_size=3, callbacks=[recorder])
    assert out.tobytes() == net.predict(x).tobytes()
    assert [call[0] for call in recorder.calls] == [
        "predict_begin", "predict_batch_begin", "predict_batch_end", "predict_batch_begin",
        "predict_batch_end", "predict_end",
    ]  # fmt: skip
    assert np.array_equal(recorder.logs[2]["outputs"], out[:3])


def test_batch_hooks_do_not_change_the_weights() -> None:
    x, y = data()
    plain, watched = make(), make()
    first = plain.fit(x, y, batch_size=3, epochs=3, verbose=0)
    second = watched.fit(x, y, batch_size=3, epochs=3, verbose=0, callbacks=[Recorder()])
    assert first.history == second.history
    for a, b in zip(plain.get_weights(), watched.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_old_batch_hooks_and_hooks_without_super_init() -> None:
    class Old(callbacks.Callback):
        def __init__(self) -> None:
            self.batches: list[int] = []

        def on_batch_end(self, batch: int, logs: Any = None) -> None:
            self.batches.append(batch)

    x, y = data(10)
    old = Old()
    make().fit(x, y, batch_size=4, verbose=0, callbacks=[old])
    assert old.batches == [0, 1, 2]


def test_stop_training_in_an_epoch_and_in_a_batch() -> None:
    class Stop(callbacks.Callback):
        def __init__(self, by_batch: bool) -> None:
            super().__init__()
            self.by_batch = by_batch

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1 and not self.by_batch:
                self.model.stop_training = True

    class StopBatch(Stop):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = True

    x, y = data()
    net = make()
    assert net.fit(x, y, epochs=9, verbose=0, callbacks=[Stop(False)]).epoch == [0, 1]
    assert net.fit(x, y, epochs=1, verbose=0).epoch == [0]  # the flag is taken back
    net = make()
    net.fit(x, y, batch_size=2, epochs=9, verbose=0, callbacks=[StopBatch(True)])
    assert net.optimizer is not None
    assert net.optimizer.iterations == 1


def test_callbacks_can_change_the_learning_rate_and_logs() -> None:
    class Decay(callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            assert self.model.optimizer is not None
            self.model.optimizer.learning_rate = 0.0 if epoch else 0.1

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["mine"] = float(epoch)

    x, y = data()
    weights = []
    keep = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: weights.append(net.get_weights())
    )
    net = make()
    history = net.fit(x, y, epochs=3, verbose=0, callbacks=[Decay(), keep])
    assert history.history["mine"] == [0.0, 1.0, 2.0]
    assert np.array_equal(weights[0][0], weights[2][0])


def test_an_error_in_a_callback_passes_through() -> None:
    def fail(epoch: int, logs: Any) -> None:
        raise KeyError("mine")

    x, y = data()
    net = make()
    with pytest.raises(KeyError, match="mine"):
        net.fit(x, y, epochs=2, verbose=1, callbacks=callbacks.LambdaCallback(on_epoch_end=fail))
    net.fit(x, y, verbose=0)


# ---- EarlyStopping ------------------------------------------------------------------------


class Fake:
    """What EarlyStopping needs of a model: weights and the flag."""

    def __init__(self) -> None:
        self.stop_training = False
        self.weights = 0

    def get_weights(self) -> int:
        return self.weights

    def set_weights(self, weights: int) -> None:
        self.weights = weights


def feed(stop: callbacks.EarlyStopping, values: list[float]) -> tuple[int, Fake]:
    """Feed monitored values; returns the number of epochs run, and the model."""
    fake = Fake()
    stop.set_model(fake)  # type: ignore[arg-type]
    stop.on_train_begin()
    epoch = -1
    for epoch, value in enumerate(values):
        fake.weights = epoch + 1
        stop.on_epoch_end(epoch, {stop.monitor: value})
        if fake.stop_training:
            break
    stop.on_train_end()
    return epoch + 1, fake


@pytest.mark.parametrize(
    ("arguments", "values", "epochs", "weights"),
    [
        ({"patience": 0}, [3, 2, 2, 1], 3, 3),
        ({"patience": 2}, [3, 4, 2, 3, 3, 3], 5, 5),
        ({"patience": 2, "restore_best_weights": True}, [3, 4, 2, 3, 3, 3], 5, 3),
        ({"patience": 2, "restore_best_weights": True}, [3, 2, 1], 3, 3),
        ({"patience": 5, "restore_best_weights": True}, [3, 1, 2], 3, 2),
        ({"patience": 1, "min_delta": 0.5}, [3, 2.75, 2.6, 2], 2, 2),
        ({"patience": 1, "mode": "max"}, [1, 2, 1, 5], 3, 3),
        ({"patience": 1, "monitor": "val_accuracy"}, [0.5, 0.75, 0.5], 3, 3),
        ({"patience": 2, "baseline": 1.0}, [3, 2, 1.5, 1.6, 1.4], 4, 4),
        ({"patience": 2}, [3, 2, 1.5, 1.6, 1.4], 5, 5),
        ({"patience": 2, "baseline": 1.0}, [0.5, 0.6, 0.7], 3, 3),
        ({"patience": 1, "start_from_epoch": 3}, [1, 2, 3, 4, 5, 6], 5, 5),
        ({"patience": 1, "restore_best_weights": True}, [float("nan")] * 3, 2, 1),
    ],
)
def test_early_stopping(
    arguments: dict[str, Any], values: list[float], epochs: int, weights: int
) -> None:
    run, fake = feed(callbacks.EarlyStopping(**arguments), values)
    assert (run, fake.weights) == (epochs, weights)


def test_early_stopping_in_fit(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = data()
    stop = callbacks.EarlyStopping("loss", patience=3, restore_best_weights=True, verbose=1)
    history = make(0.0).fit(x, y, epochs=50, shuffle=False, verbose=0, callbacks=[stop])
    assert len(history.epoch) == 4
    printed = capsys.readouterr().out
    assert "Epoch 4: early stopping" in printed
    assert "best epoch: 1" in printed


def test_early_stopping_warns_about_a_missing_key() -> None:
    x, y = data()
    with pytest.warns(UserWarning, match="has no 'val_loss' to look at; the logs have: loss, mae"):
        make().fit(x, y, verbose=0, callbacks=[callbacks.EarlyStopping()])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"patience": -1}, "`patience` must be"), ({"baseline": "a"}, "`baseline` must be a number"),
     ({"verbose": 3}, "`verbose` must be"),
     ({"restore_best_weights": 1}, "`restore_best_weights` must be True or False")],
)  # fmt: skip
def test_early_stopping_rejects(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        callbacks.EarlyStopping(**arguments)


def test_lambda_callback_rejects() -> None:
    with pytest.raises(ValueError, match="`on_epoch_end` must be callable, got 3"):
        callbacks.LambdaCallback(on_epoch_end=3)  # type: ignore[arg-type]


def test_callback_without_a_model() -> None:
    class Bare(callbacks.Callback):
        def __init__(self) -> None:
            """Leave the base alone."""

    for made in (callbacks.Callback(), Bare(), callbacks.EarlyStopping()):
        assert made.model is None
        assert made.params is None
    model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    model.compile("sgd", "mse")
    bare = Bare()
    model.fit(np.ones((4, 1)), np.ones(4), epochs=2, verbose=0, callbacks=[bare])
    assert bare.model is model
    assert bare.params == {"epochs": 2, "steps": 1, "verbose": 0}
