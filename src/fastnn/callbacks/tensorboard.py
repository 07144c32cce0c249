"""Logs as TensorBoard reads them, without TensorFlow."""

import os
import time
from pathlib import Path
from typing import Any

from fastnn._validation import check_bool, check_integer, reject
from fastnn.callbacks._events import EventWriter
from fastnn.callbacks.callback import Callback, Logs

_TRAIN_HOOKS = ("on_train_batch_begin", "on_train_batch_end")


class TensorBoard(Callback):
    """Write event files for TensorBoard, in ``train`` and ``validation`` below `log_dir`.

    Each epoch gives scalars ``epoch_<key>`` for the logs and the learning rate, each evaluation
    ``evaluation_<key>_vs_iterations``, and with `update_freq` training steps give
    ``batch_<key>``.

    Parameters
    ----------
    log_dir : str or Path, default="logs"
    histogram_freq : int, default=0
        Write histograms of the weights every so many epochs; 0: never.
    write_graph : bool, default=True
        Write the layers, for the graph view.
    write_images : bool, default=False
        Weights as images are not part of fastnn: only False.
    write_steps_per_second : bool, default=False
    update_freq : {"epoch", "batch"} or int, default="epoch"
        Also write after each batch, or every so many. The core is then called once a batch.
    profile_batch : int, default=0
        Profiles are not part of fastnn: only 0.
    embeddings_freq : int, default=0
        Embeddings are not part of fastnn: only 0.
    embeddings_metadata : None

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn, numpy, os, tempfile
    >>> model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = numpy.ones((4, 1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     board = fastnn.callbacks.TensorBoard(folder)
    ...     fit = model.fit(x, x, verbose=0, validation_data=(x, x), callbacks=[board])
    ...     sorted(os.listdir(folder))
    ['train', 'validation']
    """

    def __init__(
        self,
        log_dir: "str | os.PathLike[str]" = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: "str | int" = "epoch",
        profile_batch: int = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: None = None,
    ) -> None:
        super().__init__()
        try:
            self.log_dir = os.fspath(log_dir)
        except TypeError:
            raise ValueError(f"`log_dir` must be a path, got {log_dir!r}") from None
        self.histogram_freq = check_integer(histogram_freq, "histogram_freq", 0)
        self.write_graph = check_bool(write_graph, "write_graph")
        self.write_steps_per_second = check_bool(write_steps_per_second, "write_steps_per_second")
        reject(
            "TensorBoard",
            write_images=(write_images, (False,)),
            profile_batch=(profile_batch, (0,)),
            embeddings_freq=(embeddings_freq, (0,)),
            embeddings_metadata=(embeddings_metadata, (None,)),
        )
        self.update_freq: str | int
        if isinstance(update_freq, str):
            if update_freq not in ("epoch", "batch"):
                raise ValueError(
                    f"`update_freq` must be 'epoch', 'batch' or a number, got {update_freq!r}"
                )
            self.update_freq = 1 if update_freq == "batch" else update_freq
        else:
            self.update_freq = check_integer(update_freq, "update_freq", 1)
        if self.update_freq == "epoch":
            self._idle_hooks = frozenset(_TRAIN_HOOKS)
        self._writers: dict[str, EventWriter] = {}
        self._batch = self._iterations = 0
        self._batch_start = self._epoch_start = 0.0

    def _writer(self, kind: str) -> EventWriter:
        if kind not in self._writers:
            self._writers[kind] = EventWriter(Path(self.log_dir) / kind)
        return self._writers[kind]

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def on_train_begin(self, logs: Logs = None) -> None:
        self._close()
        self._batch = 0
        if self.write_graph:
            self._writer("train").keras_model("keras", self.model.to_json(), 0)

    def on_train_end(self, logs: Logs = None) -> None:
        self._close()

    def on_test_end(self, logs: Logs = None) -> None:
        writer, step = self._writer("validation"), self.model.require_optimizer().iterations
        for key, value in (logs or {}).items():
            writer.scalar(f"evaluation_{key}_vs_iterations", value, step)
        writer.flush()

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._batch += 1
        self._batch_start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if not isinstance(self.update_freq, int) or self._batch % self.update_freq:
            return
        writer = self._writer("train")
        if self.write_steps_per_second:
            seconds = max(time.perf_counter() - self._batch_start, 1e-9)
            writer.scalar("batch_steps_per_second", 1.0 / seconds, self._batch)
        for key, value in (logs or {}).items():
            writer.scalar(f"batch_{key}", value, self._batch)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        if self.write_steps_per_second:
            self._iterations = self.model.require_optimizer().iterations
            self._epoch_start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if logs:
            self._write_epoch(epoch, logs)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for variable in self.model.weights:
                tag = f"{variable.path.replace(':', '_')}/histogram"
                self._writer("train").histogram(tag, variable.numpy(), epoch)
        for writer in self._writers.values():
            writer.flush()

    def _write_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        optimizer = self.model.require_optimizer()
        train = {key: value for key, value in logs.items() if not key.startswith("val_")}
        train["learning_rate"] = float(optimizer.learning_rate)
        if self.write_steps_per_second:
            seconds = max(time.perf_counter() - self._epoch_start, 1e-9)
            train["steps_per_second"] = (optimizer.steps - self._iterations) / seconds
        for key, value in train.items():
            self._writer("train").scalar(f"epoch_{key}", value, epoch)
        for key, value in logs.items():
            if key.startswith("val_"):
                self._writer("validation").scalar(f"epoch_{key[4:]}", value, epoch)
