"""Builds and trains the network of the main job and of ``train``, and reports its progress."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastnn
from fastnn._cli.errors import UserError

_LINES = 10
"""Progress lines in a run of a known number of epochs."""


@dataclass(frozen=True)
class Settings:
    """How to train. `patience` counts only where there are validation data."""

    epochs: int
    batch_size: int
    learning_rate: float
    patience: int


@dataclass(frozen=True)
class Run:
    """What a run came to."""

    epochs: int
    best_epoch: int
    seconds: float
    samples_per_second: float


def build(n_features: int, hidden: Sequence[int], n_classes: int | None) -> fastnn.Sequential:
    """A network of ReLU layers; softmax over `n_classes`, or one linear output for regression.

    All names are given, so that a file does not depend on what the process has built before.
    """
    model = fastnn.Sequential([fastnn.Input((n_features,), name="features")], name="table")
    for i, units in enumerate(hidden, start=1):
        model.add(fastnn.layers.Dense(units, activation="relu", name=f"hidden_{i}"))
    if n_classes is None:
        model.add(fastnn.layers.Dense(1, name="output"))
    else:
        model.add(fastnn.layers.Dense(n_classes, activation="softmax", name="output"))
    return model


class _Progress(fastnn.callbacks.Callback):
    """Prints a line now and then, and gives up when the loss is no number any more.

    The lines are evenly spaced, or ever wider where nobody knows when training will stop.
    """

    def __init__(self, epochs: int, may_stop: bool) -> None:
        super().__init__()
        self.epochs = epochs
        self.may_stop = may_stop
        self.done = 0
        self._next_line = 1
        self._printed = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        self.done = epoch + 1
        if not math.isfinite(logs["loss"]):
            raise UserError(
                f"training diverged in epoch {self.done} (loss {logs['loss']}); "
                "try a smaller --learning-rate"
            )
        if self.done >= self._next_line:
            step = max(1, self.done // 2 if self.may_stop else self.epochs // _LINES)
            self._next_line = (self.done // step + 1) * step
            self._print(logs)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.done != self._printed:
            self._print(logs or {})

    def _print(self, logs: dict[str, Any]) -> None:
        names = {"loss": "loss", "accuracy": "accuracy", "val_loss": "validation loss"}
        parts = [f"{text} {logs[name]:.4f}" for name, text in names.items() if name in logs]
        print(f"epoch {self.done:>4}/{self.epochs}  " + "  ".join(parts), flush=True)
        self._printed = self.done


def train(
    model: fastnn.Sequential,
    rows: tuple[NDArray[Any], NDArray[Any]],
    validation: tuple[NDArray[Any], NDArray[Any]] | None,
    settings: Settings,
) -> Run:
    """Compile and fit `model`; it holds the weights of the best epoch afterwards.

    Integer targets are labels of classes, others the numbers of a regression.
    """
    classify = rows[1].dtype.kind == "i"
    model.compile(
        optimizer=fastnn.optimizers.Adam(learning_rate=settings.learning_rate, name="adam"),
        loss="sparse_categorical_crossentropy" if classify else "mean_squared_error",
        metrics=["accuracy"] if classify else None,
    )
    progress = _Progress(settings.epochs, may_stop=validation is not None)
    callbacks: list[fastnn.callbacks.Callback] = [progress]
    stopping = None
    if validation is not None:
        stopping = fastnn.callbacks.EarlyStopping(
            patience=settings.patience, restore_best_weights=True
        )
        callbacks.append(stopping)
    start = time.perf_counter()
    model.fit(
        *rows,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        validation_data=validation,
        callbacks=callbacks,
        verbose=0,
    )
    seconds = time.perf_counter() - start
    best = progress.done if stopping is None else stopping.best_epoch + 1
    return Run(progress.done, best, seconds, progress.done * len(rows[0]) / seconds)


def report_run(run: Run, epochs: int) -> None:
    """Say when training stopped and how fast it was."""
    if run.epochs < epochs or run.best_epoch < run.epochs:
        print(f"stopped after epoch {run.epochs}; kept epoch {run.best_epoch}, the best")
    print(
        f"trained {run.epochs} epochs in {run.seconds:.2f} s, "
        f"{run.samples_per_second:,.0f} samples per second"
    )


def report_classes(probabilities: NDArray[Any], truth: NDArray[np.int64]) -> None:
    """Print test accuracy, beside that of always answering the commonest class."""
    right = float(np.mean(probabilities.argmax(axis=1) == truth))
    commonest = np.bincount(truth).max() / len(truth)
    print(f"test accuracy {right:.2%} (always the commonest class: {commonest:.2%})")


def report_values(values: NDArray[np.float64], truth: NDArray[np.float64]) -> None:
    """Print test errors in the target's unit, and the share of its variance explained."""
    error = values - truth
    squares = float(np.sum(error**2))
    total = float(np.sum((truth - truth.mean()) ** 2))
    print(
        f"test MAE {np.abs(error).mean():.4g}, MSE {squares / len(truth):.4g}, "
        f"RMSE {math.sqrt(squares / len(truth)):.4g}"
        + (f", R2 {1 - squares / total:.4f}" if total > 0 else "")
    )
