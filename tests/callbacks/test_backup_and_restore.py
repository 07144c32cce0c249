"""BackupAndRestore: an interrupted run goes on with the bits of one that was not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import callbacks, layers


class Crash(Exception):
    """The interruption."""


class CrashAt(callbacks.Callback):
    """Raises after so many training steps."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.left = steps

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.left -= 1
        if self.left == 0:
            raise Crash


def make(optimizer: str, seed: int) -> fastnn.Sequential:
    fastnn.utils.set_random_seed(seed)
    net = fastnn.Sequential(
        [fastnn.Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.3), layers.Dense(1)]
    )
    made = {"adam": fastnn.optimizers.Adam(0.01), "sgd": fastnn.optimizers.SGD(0.05, 0.9)}
    net.compile(made[optimizer], "mse", metrics=["mae"])
    return net


def data(n: int = 50) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(5).standard_normal((n, 4)).astype(np.float32)
    return x, x.sum(axis=1)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("save_freq", ["epoch", 1, 2, 5])
@pytest.mark.parametrize("crash", [1, 4, 7, 9])
@pytest.mark.parametrize("steps_per_epoch", [None, 3])
@pytest.mark.filterwarnings("ignore:the input ran out")
def test_resumed_run_has_the_same_bits(
    optimizer: str, save_freq: Any, crash: int, steps_per_epoch: int | None, tmp_path: Path
) -> None:
    x, y = data()
    options: dict[str, Any] = {"batch_size": 10, "epochs": 4, "verbose": 0,
                               "steps_per_epoch": steps_per_epoch}  # fmt: skip
    whole = make(optimizer, 1)
    batches = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    expected = whole.fit(x, y, callbacks=[batches], **options).history
    folder = tmp_path / "run"
    first = make(optimizer, 1)
    with pytest.raises(Crash):
        first.fit(x, y, callbacks=[callbacks.BackupAndRestore(folder, save_freq), CrashAt(crash)],
                  **options)  # fmt: skip
    # Nothing was saved yet: the second run starts like the first; else any seed will do.
    second = make(optimizer, 99 if (folder / "latest.fnn").exists() else 1)
    history = second.fit(
        x, y, callbacks=[callbacks.BackupAndRestore(folder, save_freq), batches], **options
    )
    assert history.epoch == list(range(history.epoch[0], 4))
    for key, values in history.history.items():
        assert values == expected[key][history.epoch[0] :], key
    for a, b in zip(second.get_weights(), whole.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert second.optimizer is not None
    assert whole.optimizer is not None
    assert second.optimizer.iterations == whole.optimizer.iterations
    assert not folder.exists()
    # Training after that goes on the same too.
    for net in (whole, second):
        net.fit(x, y, epochs=2, verbose=0)
    assert whole.get_weights()[0].tobytes() == second.get_weights()[0].tobytes()


def test_a_backup_restores_the_learning_rate(tmp_path: Path) -> None:
    x, y = data()

    def crash(epoch: int, logs: Any) -> None:
        if epoch == 2:
            raise Crash

    def callbacks_of_run() -> list[callbacks.Callback]:
        return [callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2),
                callbacks.BackupAndRestore(tmp_path)]  # fmt: skip

    whole = make("adam", 1)
    whole.fit(x, y, epochs=5, verbose=0, callbacks=callbacks_of_run()[:1])
    with pytest.raises(Crash):
        make("adam", 1).fit(x, y, epochs=5, verbose=0, callbacks=[
            *callbacks_of_run(), callbacks.LambdaCallback(on_epoch_end=crash)])  # fmt: skip
    second = make("adam", 2)
    second.fit(x, y, epochs=5, verbose=0, callbacks=callbacks_of_run())
    assert second.get_weights()[0].tobytes() == whole.get_weights()[0].tobytes()


def interrupted(folder: Path, **options: Any) -> None:
    x, y = data()
    with pytest.raises(Crash):
        make("adam", 1).fit(x, y, batch_size=10, epochs=4, verbose=0, callbacks=[
            callbacks.BackupAndRestore(folder, **options), CrashAt(12)])  # fmt: skip


def test_double_checkpoint_survives_a_damaged_file(tmp_path: Path) -> None:
    x, y = data()
    interrupted(tmp_path, double_checkpoint=True)
    assert (tmp_path / "previous.fnn").exists()
    (tmp_path / "latest.fnn").write_bytes(b"damaged")
    history = make("adam", 1).fit(
        x, y, batch_size=10, epochs=4, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path)]
    )
    assert history.epoch == [1, 2, 3]


def test_a_damaged_file_alone_raises(tmp_path: Path) -> None:
    interrupted(tmp_path)
    (tmp_path / "latest.fnn").write_bytes(b"damaged")
    x, y = data()
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        make("adam", 1).fit(x, y, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path)])


def test_a_backup_is_kept_and_other_files_stay(tmp_path: Path) -> None:
    x, y = data()
    (tmp_path / "mine.txt").write_text("mine")
    make("sgd", 1).fit(x, y, epochs=2, verbose=0, callbacks=[
        callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)])  # fmt: skip
    assert (tmp_path / "latest.fnn").exists()
    history = make("sgd", 1).fit(x, y, epochs=3, verbose=0, callbacks=[
        callbacks.BackupAndRestore(tmp_path)])  # fmt: skip
    assert history.epoch == [2]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_other_data_within_an_epoch_is_refused(tmp_path: Path) -> None:
    interrupted(tmp_path, save_freq=2)
    x, y = data(60)
    with pytest.raises(ValueError, match="`rows` was 50, got 60"):
        make("adam", 1).fit(x, y, batch_size=10, verbose=0, epochs=4,
                            callbacks=[callbacks.BackupAndRestore(tmp_path)])  # fmt: skip


def test_another_model_is_refused(tmp_path: Path) -> None:
    interrupted(tmp_path)
    x, y = data()
    with pytest.raises(ValueError, match="optimizer is 'Adam', the model's is SGD"):
        make("sgd", 1).fit(x, y, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path)])
    net = fastnn.Sequential([fastnn.Input((4,)), layers.Dense(1)])
    net.compile("adam", "mse")
    with pytest.raises(ValueError, match="it has 4 weights, the model has 2"):
        net.fit(x, y, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"backup_dir": ""}, "`backup_dir` must be a path"),
     ({"backup_dir": "a", "save_freq": "batch"}, "`save_freq` must be 'epoch' or"),
     ({"backup_dir": "a", "save_freq": 0}, "`save_freq` must be 'epoch' or"),
     ({"backup_dir": "a", "double_checkpoint": 1}, "`double_checkpoint` must be")],
)  # fmt: skip
def test_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        callbacks.BackupAndRestore(**arguments)
