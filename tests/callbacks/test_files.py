"""Callbacks that write files, and those that stop or print: what is in the files."""

import csv
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import callbacks, layers
from fastnn.callbacks._events import crc32c


def make(learning_rate: float = 0.1) -> fastnn.Sequential:
    fastnn.utils.set_random_seed(2)
    net = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1, name="out")])
    net.compile(fastnn.optimizers.SGD(learning_rate), "mse", metrics=["mae"])
    return net


def data(n: int = 20) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(5).standard_normal((n, 2)).astype(np.float32)
    return x, x.sum(axis=1)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# ---- ModelCheckpoint ------------------------------------------------------------------------


def test_checkpoint_after_each_epoch(tmp_path: Path) -> None:
    x, y = data()
    keep = callbacks.ModelCheckpoint(tmp_path / "deep" / "{epoch:02d}-{loss:.1f}.fnn")
    net = make()
    losses = net.fit(x, y, epochs=3, verbose=0, callbacks=[keep]).history["loss"]
    assert names(tmp_path) == [f"{i + 1:02d}-{loss:.1f}.fnn" for i, loss in enumerate(losses)]
    again = fastnn.models.load_model(tmp_path / "deep" / names(tmp_path)[-1])
    assert again.predict(x).tobytes() == net.predict(x).tobytes()
    # A file holds the whole state: training goes on with the same bits.
    for model in (again, net):
        model.fit(x, y, verbose=0)
    assert again.get_weights()[0].tobytes() == net.get_weights()[0].tobytes()


def test_checkpoint_by_batches_counts_across_epochs(tmp_path: Path) -> None:
    x, y = data(20)
    keep = callbacks.ModelCheckpoint(tmp_path / "{epoch}.{batch}.fnn", save_freq=3)
    make().fit(x, y, batch_size=5, epochs=3, verbose=0, callbacks=[keep])
    assert names(tmp_path) == ["1.3.fnn", "2.2.fnn", "3.1.fnn", "3.4.fnn"]


def test_checkpoint_of_an_epoch_does_not_cut_it() -> None:
    hooks = callbacks.CallbackList([callbacks.ModelCheckpoint("a.fnn")])
    assert not hooks.wants_train_batches()
    hooks = callbacks.CallbackList([callbacks.ModelCheckpoint("a.fnn", save_freq=2)])
    assert hooks.wants_train_batches()


class Saves:
    """What ModelCheckpoint needs of a model."""

    def __init__(self) -> None:
        self.saved: list[str] = []

    def save(self, path: str, overwrite: bool) -> None:
        self.saved.append(f"model {path}")

    def save_weights(self, path: str, overwrite: bool) -> None:
        self.saved.append(f"weights {path}")


@pytest.mark.parametrize(
    ("arguments", "values", "epochs"),
    [
        ({}, [3, 4, 2, 2], [1, 3]),
        ({"mode": "max"}, [3, 4, 2, 5], [1, 2, 4]),
        ({"monitor": "val_accuracy"}, [0.3, 0.2, 0.4], [1, 3]),
        ({"initial_value_threshold": 2.5}, [3, 2, 1], [2, 3]),
    ],
)
def test_checkpoint_of_the_best(
    arguments: dict[str, Any], values: list[float], epochs: list[int], tmp_path: Path
) -> None:
    keep = callbacks.ModelCheckpoint(
        tmp_path / "{epoch}.fnn", save_best_only=True, save_weights_only=True, **arguments
    )
    model = Saves()
    keep.set_model(model)  # type: ignore[arg-type]
    for epoch, value in enumerate(values):
        keep.on_epoch_end(epoch, {keep.monitor: value})
    assert model.saved == [f"weights {tmp_path / str(epoch)}.fnn" for epoch in epochs]


def test_checkpoint_speaks_and_warns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep = callbacks.ModelCheckpoint(tmp_path / "a.fnn", verbose=1, save_best_only=True)
    keep.set_model(Saves())  # type: ignore[arg-type]
    keep.on_epoch_end(0, {"val_loss": 2.0})
    keep.on_epoch_end(1, {"val_loss": 3.0})
    assert capsys.readouterr().out.splitlines() == [
        f"Epoch 1: val_loss improved from None to 2.00000, saving model to {tmp_path / 'a.fnn'}",
        "Epoch 2: val_loss did not improve from 2.00000",
    ]
    with pytest.warns(UserWarning, match="ModelCheckpoint has no 'val_loss' to look at"):
        keep.on_epoch_end(2, {"loss": 3.0})
    with pytest.raises(KeyError, match="names 'val_mae'; the logs have: loss"):
        callbacks.ModelCheckpoint("{val_mae}.fnn").on_epoch_end(0, {"loss": 1.0})
    for arguments, message in (({"save_freq": "batch"}, "`save_freq` must be"),
                               ({"save_freq": 0}, "`save_freq` must be"),
                               ({"filepath": 3}, "`filepath` must be a path")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            callbacks.ModelCheckpoint(**{"filepath": "a.fnn", **arguments})


# ---- CSVLogger ------------------------------------------------------------------------------


def read(path: Path, separator: str = ",") -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file, delimiter=separator))


def test_csv_of_a_run(tmp_path: Path) -> None:
    x, y = data()
    path = tmp_path / "log.csv"
    log = callbacks.CSVLogger(path, separator=";")
    history = make().fit(x, y, epochs=3, verbose=0, callbacks=[log], validation_data=(x, y),
                         validation_freq=2)  # fmt: skip
    rows = read(path, ";")
    assert rows[0] == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2"]
    assert [float(row[1]) for row in rows[1:]] == history.history["loss"]
    assert [row[3] == "NA" for row in rows[1:]] == [True, False, True]
    assert float(rows[2][3]) == history.history["val_loss"][0]


def test_csv_append_and_overwrite(tmp_path: Path) -> None:
    x, y = data()
    path = tmp_path / "log.csv"
    for append, lines in ((False, 3), (True, 5), (True, 7), (False, 3)):
        log = callbacks.CSVLogger(path, append=append)
        make().fit(x, y, epochs=2, verbose=0, callbacks=[log])
        assert len(read(path)) == lines
        assert sum(row[0] == "epoch" for row in read(path)) == 1


def test_csv_of_unusual_values(tmp_path: Path) -> None:
    log = callbacks.CSVLogger(tmp_path / "log.csv")
    log.on_train_begin()
    log.on_epoch_end(0, {"a": [1, 2], "b": np.array(3.0), "val_c": "x"})
    log.on_train_end()
    header, row = read(tmp_path / "log.csv")
    assert header == ["epoch", "a", "b", "val_c"]
    assert row == ["0", '"[1, 2]"', "3.0", "x"]
    with pytest.raises(ValueError, match="`separator` must be one character"):
        callbacks.CSVLogger("a", separator=", ")


# ---- TerminateOnNaN, ProgbarLogger ----------------------------------------------------------


def test_terminate_on_nan(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = data()
    y[7] = np.nan
    stop = callbacks.TerminateOnNaN()
    history = make().fit(x, y, batch_size=5, epochs=3, shuffle=False, verbose=0, callbacks=[stop])
    assert history.epoch == [0]
    assert capsys.readouterr().out == "Batch 1: Invalid loss, terminating training\n"
    with pytest.raises(RuntimeError, match="the loss is nan at batch 1"):
        make().fit(x, y, batch_size=5, epochs=3, shuffle=False, verbose=0,
                   callbacks=[callbacks.TerminateOnNaN(raise_error=True)])  # fmt: skip
    history = make().fit(*data(), epochs=2, verbose=0, callbacks=[stop])
    assert history.epoch == [0, 1]


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_progbar_logger_shows_what_fit_shows(
    verbose: int, capsys: pytest.CaptureFixture[str]
) -> None:
    x, y = data()
    shown = []
    for given in ([], [callbacks.ProgbarLogger()]):
        make().fit(x, y, epochs=2, verbose=verbose, callbacks=given)
        shown.append(re.sub(r"[\d.]+[mu]?s\b", "time", capsys.readouterr().out))
    assert shown[0] == shown[1]
    assert bool(shown[0]) == bool(verbose)


# ---- TensorBoard ----------------------------------------------------------------------------


def fields(message: bytes) -> dict[int, list[Any]]:
    """Decode one protocol buffer message by the rules of its wire format."""
    found: dict[int, list[Any]] = {}
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        value: Any
        if key & 7 == 0:
            value = varint()
        elif key & 7 == 1:
            value = struct.unpack_from("<d", message, at)[0]
            at += 8
        else:
            assert key & 7 == 2
            size = varint()
            value = message[at : at + size]
            at += size
        found.setdefault(key >> 3, []).append(value)
    assert at == len(message)
    return found


def events(folder: Path) -> list[tuple[str, int, str, dict[int, list[Any]]]]:
    """Return tag, step, plugin and tensor of each event of the one file in a folder."""
    (path,) = folder.iterdir()
    raw, at, found = path.read_bytes(), 0, []
    while at < len(raw):
        size, crc = struct.unpack_from("<QI", raw, at)
        for part, expected in ((raw[at : at + 8], crc),
                               (raw[at + 12 : at + 12 + size],
                                struct.unpack_from("<I", raw, at + 12 + size)[0])):  # fmt: skip
            plain = crc32c(part)
            rotated = (plain >> 15) | (plain << 17 & 0xFFFFFFFF)
            assert (rotated + 0xA282EAD8) % 2**32 == expected
        event = fields(raw[at + 12 : at + 12 + size])
        at += size + 16
        if 3 in event:
            assert event[3] == [b"brain.Event:2"]
            continue
        value = fields(fields(event[5][0])[1][0])
        plugin = fields(fields(value[9][0])[1][0])[1][0].decode()
        found.append((value[1][0].decode(), event[2][0], plugin, fields(value[8][0])))
    return found


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for tag, step, plugin, tensor in events(folder):
        if plugin == "scalars":
            assert tensor[1] == [1]
            found.setdefault(tag, []).append((step, struct.unpack("<f", tensor[5][0])[0]))
    return found


def test_crc32c_of_the_standard() -> None:
    # RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


def test_tensorboard_scalars(tmp_path: Path) -> None:
    x, y = data()
    board = callbacks.TensorBoard(tmp_path, write_steps_per_second=True)
    net = make()
    history = net.fit(x, y, epochs=3, batch_size=5, verbose=0, validation_data=(x[:5], y[:5]),
                      callbacks=[board]).history  # fmt: skip
    train, held = scalars(tmp_path / "train"), scalars(tmp_path / "validation")
    keys = ("loss", "mae", "learning_rate", "steps_per_second")
    assert set(train) == {f"epoch_{key}" for key in keys}
    assert train["epoch_loss"] == [(i, np.float32(v)) for i, v in enumerate(history["loss"])]
    assert [v for _, v in train["epoch_learning_rate"]] == [np.float32(0.1)] * 3
    assert held["epoch_mae"] == [(i, np.float32(v)) for i, v in enumerate(history["val_mae"])]
    assert held["evaluation_loss_vs_iterations"] == [
        (4 * (i + 1), np.float32(v)) for i, v in enumerate(history["val_loss"])
    ]
    graphs = [e for e in events(tmp_path / "train") if e[2] == "graph_keras_model"]
    assert [(tag, step) for tag, step, _, _ in graphs] == [("keras", 0)]
    assert graphs[0][3][8][0].decode() == net.to_json()


def test_tensorboard_batches_and_histograms(tmp_path: Path) -> None:
    x, y = data()
    board = callbacks.TensorBoard(tmp_path, update_freq=3, histogram_freq=2, write_graph=False)
    net = make()
    weights: list[Any] = []
    keep = callbacks.LambdaCallback(on_epoch_end=lambda e, logs: weights.append(net.get_weights()))
    net.fit(x, y, epochs=3, batch_size=5, verbose=0, callbacks=[board, keep])
    train = scalars(tmp_path / "train")
    assert [step for step, _ in train["batch_loss"]] == [3, 6, 9, 12]
    shown = [e for e in events(tmp_path / "train") if e[2] == "histograms"]
    tags = [f"{net.name}/out/kernel/histogram", f"{net.name}/out/bias/histogram"]
    assert [(e[0], e[1]) for e in shown] == [(tag, epoch) for epoch in (0, 2) for tag in tags]
    table = np.frombuffer(shown[2][3][4][0], "<f8").reshape(-1, 3)
    kernel = weights[2][0].astype(np.float64)
    assert table.shape == (30, 3)
    assert table[:, 2].sum() == kernel.size
    assert table[0, 0] == kernel.min()
    assert table[-1, 1] == kernel.max()


def test_tensorboard_by_epochs_does_not_cut_them() -> None:
    assert not callbacks.CallbackList([callbacks.TensorBoard("a")]).wants_train_batches()
    assert callbacks.CallbackList(
        [callbacks.TensorBoard("a", update_freq="batch")]
    ).wants_train_batches()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"update_freq": "never"}, "`update_freq` must be"), ({"update_freq": 0}, "`update_freq`"),
     ({"write_images": True}, "`write_images=True` of TensorBoard is not part of fastnn"),
     ({"profile_batch": 2}, "`profile_batch=2` of TensorBoard is not part"),
     ({"histogram_freq": -1}, "`histogram_freq` must be")],
)  # fmt: skip
def test_tensorboard_rejects(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        callbacks.TensorBoard(**arguments)
