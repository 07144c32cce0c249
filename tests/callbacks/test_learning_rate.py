"""ReduceLROnPlateau and LearningRateScheduler: rates of each epoch."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import callbacks, layers


def make() -> fastnn.Sequential:
    net = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1)])
    net.compile(fastnn.optimizers.SGD(1.0), "mse")
    return net


def rates(callback: callbacks.Callback, values: list[float], key: str = "val_loss") -> list[float]:
    """Feed monitored values; returns the rate after each epoch."""
    net, found = make(), []
    assert net.optimizer is not None
    callback.set_model(net)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        logs = {key: value}
        before = net.optimizer.learning_rate
        callback.on_epoch_end(epoch, logs)
        assert logs["learning_rate"] == before
        found.append(net.optimizer.learning_rate)
    return found


# Each row was worked through by hand from the rules in Keras' documentation.
@pytest.mark.parametrize(
    ("arguments", "values", "expected"),
    [
        ({"patience": 1}, [3, 3, 3], [1.0, 0.1, 0.1 * 0.1]),
        ({"patience": 2, "factor": 0.5}, [3, 3, 2, 2, 2, 2], [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]),
        ({"patience": 1, "factor": 0.5, "cooldown": 2}, [3, 3, 3, 3, 3],
         [1.0, 0.5, 0.5, 0.25, 0.25]),
        ({"patience": 1, "factor": 0.5, "min_delta": 1}, [3, 2.5, 1.5], [1.0, 0.5, 0.5]),
        ({"patience": 1, "factor": 0.5, "min_lr": 0.4}, [3, 3, 3, 3], [1.0, 0.5, 0.4, 0.4]),
        ({"patience": 1, "factor": 0.5, "mode": "max"}, [1, 2, 2], [1.0, 1.0, 0.5]),
        ({"patience": 1, "factor": 0.5, "monitor": "val_accuracy"}, [0.5, 0.6, 0.4],
         [1.0, 1.0, 0.5]),
        ({"patience": 0, "factor": 0.5}, [3, 3], [1.0, 0.5]),
    ],
)  # fmt: skip
def test_reduce_on_plateau(
    arguments: dict[str, Any], values: list[float], expected: list[float]
) -> None:
    key = arguments.get("monitor", "val_loss")
    assert rates(callbacks.ReduceLROnPlateau(**arguments), values, key) == expected


def test_reduce_on_plateau_in_fit(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = np.zeros((4, 2)), np.ones(4)
    net = make()
    net.fit(x, y, verbose=0)  # the bias is right after two steps of a half
    plateau = callbacks.ReduceLROnPlateau("loss", 0.5, patience=2, min_delta=9, verbose=1)
    history = net.fit(x, y, epochs=4, verbose=0, callbacks=[plateau]).history
    assert history["learning_rate"] == [1.0, 1.0, 1.0, 0.5]
    assert "Epoch 3: ReduceLROnPlateau reducing learning rate to 0.5." in capsys.readouterr().out


def test_reduce_on_plateau_warns_and_rejects() -> None:
    x, y = np.zeros((4, 2)), np.ones(4)
    with pytest.warns(UserWarning, match="ReduceLROnPlateau has no 'val_loss' to look at"):
        make().fit(x, y, verbose=0, callbacks=[callbacks.ReduceLROnPlateau()])
    with pytest.raises(ValueError, match="`factor` must be below 1, got"):
        callbacks.ReduceLROnPlateau(factor=1.0)
    with pytest.warns(UserWarning, match="`mode` must be 'auto', 'min' or 'max', got 'up'"):
        assert callbacks.ReduceLROnPlateau(mode="up").mode == "auto"


def test_scheduler_by_both_signatures(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = np.zeros((4, 2)), np.ones(4)
    for schedule in (lambda epoch: 0.5**epoch, lambda epoch, rate: rate / 2 if epoch else rate):
        net = make()
        scheduler = callbacks.LearningRateScheduler(schedule, verbose=1)
        history = net.fit(x, y, epochs=3, verbose=0, callbacks=[scheduler]).history
        assert history["learning_rate"] == [1.0, 0.5, 0.25]
        assert "Epoch 3: LearningRateScheduler setting learning rate to 0.25." in (
            capsys.readouterr().out
        )


def test_scheduler_rejects() -> None:
    x, y = np.zeros((4, 2)), np.ones(4)
    with pytest.raises(ValueError, match="`schedule` must return a float, got 1"):
        make().fit(x, y, verbose=0, callbacks=[callbacks.LearningRateScheduler(lambda e: 1)])
    with pytest.raises(ValueError, match="`schedule` must be callable"):
        callbacks.LearningRateScheduler(0.1)  # type: ignore[arg-type]

    def wrong(epoch: int, rate: float) -> float:
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        make().fit(x, y, verbose=0, callbacks=[callbacks.LearningRateScheduler(wrong)])
