"""Ways of training and of measuring that a program may ask for by name, beside plain `fit`.

`MANNERS` change the model before training or the call that trains it; `CALLBACKS` are given to
`fit`; what a callback writes is read back as numbers.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BEFORE = ("frozen", "pop", "clone_model", "weights file")  # in a chain
CALLS = ("generator", "PyDataset", "train_on_batch", "list of arrays", "dict")
CALLBACKS = (
    "BackupAndRestore", "CSVLogger", "EarlyStopping", "History", "LambdaCallback",
    "LearningRateScheduler", "ModelCheckpoint", "ProgbarLogger", "ReduceLROnPlateau",
    "SwapEMAWeights", "TerminateOnNaN",
)  # fmt: skip
MEASURES = ("Mean", "Sum")  # metrics of plain values, here of the predictions


# ---- before training ---------------------------------------------------------------------------


def changed(api: Any, model: Any, manner: str | None) -> Any:
    """Return the model that is compiled."""
    if manner == "frozen":
        model.layers[0].trainable = False
    elif manner == "pop":
        model.add(api.layers.Dense(5))
        model.pop()
    elif manner == "clone_model":
        model = api.models.clone_model(model)
    return model


def restored(model: Any, manner: str | None) -> None:
    """Bring the weights back from a file."""
    if manner != "weights file":
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        model.save_weights(path)
        model.set_weights([np.zeros_like(w) for w in model.get_weights()])
        model.load_weights(path)


# ---- the call ------------------------------------------------------------------------------------


def trained(api: Any, model: Any, x: Any, y: Any, manner: str | None, options: Any) -> Any:
    """Train; returns names of epochs, and series by name."""
    size, epochs, weight = options["batch_size"], options["epochs"], options.get("sample_weight")
    if manner == "train_on_batch":
        logs: dict[str, list[float]] = {}
        for _ in range(epochs):
            model.reset_metrics()
            for part in _parts(x, y, weight, size):
                found = model.train_on_batch(*part, return_dict=True)
            for key, value in found.items():
                logs.setdefault(key, []).append(float(value))
        return list(range(epochs)), logs
    if manner == "generator":
        steps = -(-len(x) // size)
        rest = {k: v for k, v in options.items() if k not in ("batch_size", "sample_weight")}

        def forever() -> Iterator[Any]:
            while True:
                yield from _parts(x, y, weight, size)

        history = model.fit(forever(), steps_per_epoch=steps, **rest)
    elif manner == "PyDataset":
        rest = {k: v for k, v in options.items() if k not in ("batch_size", "sample_weight")}
        history = model.fit(_rows_of(api, list(_parts(x, y, weight, size))), **rest)
    elif manner == "list of arrays":
        history = model.fit([x], [y], **options)
    elif manner == "dict":
        names = [tensor.name for tensor in model.inputs]
        given = dict(zip(names, x if isinstance(x, list) else [x], strict=True))
        goals = dict(zip(model.output_names, y, strict=True)) if isinstance(y, list) else y
        history = model.fit(given, goals, **options)
    else:
        history = model.fit(x, y, **options)
    return history.epoch, history.history


def _parts(x: Any, y: Any, weight: Any, size: int) -> Iterator[Any]:
    for first in range(0, len(x), size):
        part = slice(first, first + size)
        yield (x[part], y[part]) if weight is None else (x[part], y[part], weight[part])


def _rows_of(api: Any, parts: list[Any]) -> Any:
    class Rows(api.utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return len(parts)

        def __getitem__(self, index: int) -> Any:
            return parts[index]

    return Rows()


# ---- callbacks -----------------------------------------------------------------------------------


def callback(api: Any, name: str, model: Any, folder: Path) -> Any:
    """Return a callback that does something within three epochs."""
    made = api.callbacks
    cases: dict[str, Callable[[], Any]] = {
        "BackupAndRestore": lambda: made.BackupAndRestore(folder / "backup"),
        "CSVLogger": lambda: made.CSVLogger(folder / "log.csv"),
        "EarlyStopping": lambda: made.EarlyStopping(
            "loss", mode="max", patience=1, restore_best_weights=True
        ),
        "History": made.History,
        "LambdaCallback": lambda: made.LambdaCallback(on_epoch_end=lambda *_: _halve(model)),
        "LearningRateScheduler": lambda: made.LearningRateScheduler(lambda epoch, rate: rate / 2),
        "ModelCheckpoint": lambda: made.ModelCheckpoint(
            folder / "best.weights.h5", monitor="loss", mode="max", save_best_only=True,
            save_weights_only=True,
        ),
        "ProgbarLogger": made.ProgbarLogger,
        "ReduceLROnPlateau": lambda: made.ReduceLROnPlateau("loss", 0.5, 1, mode="max"),
        "SwapEMAWeights": lambda: made.SwapEMAWeights(swap_on_epoch=True),
        "TerminateOnNaN": made.TerminateOnNaN,
    }  # fmt: skip
    return cases[name]()


def _halve(model: Any) -> None:
    model.optimizer.learning_rate = float(model.optimizer.learning_rate) / 2


def left_behind(model: Any, name: str | None, folder: Path) -> dict[str, Array]:
    """Return what a callback wrote, as numbers; ModelCheckpoint's weights become the model's."""
    if name == "CSVLogger":
        lines = (folder / "log.csv").read_text().splitlines()
        lacking = {"NA": "0"}  # what an epoch has not
        table = np.array(
            [[float(lacking.get(v, v)) for v in line.split(",")] for line in lines[1:]]
        )
        return {
            f"file {key}": column for key, column in zip(lines[0].split(","), table.T, strict=True)
        }
    if name == "ModelCheckpoint":
        model.load_weights(folder / "best.weights.h5")
    return {}


def measured(api: Any, name: str, predicted: Array, weight: Array) -> Array:
    """Return a metric of plain values."""
    metric = getattr(api.metrics, name)()
    half = len(predicted) // 2
    for part in (slice(0, half), slice(half, None)):
        metric.update_state(predicted[part], sample_weight=weight[part, None])
    return np.atleast_1d(np.asarray(metric.result(), np.float64))
