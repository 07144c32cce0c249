"""Dense neural networks on CPUs, with the interface of Keras and a core in C.

``import fastnn as keras`` runs a program that uses what fastnn has: see
``docs/keras-differences.md`` for what it has not.
"""

import importlib
from typing import TYPE_CHECKING, Any

from fastnn import (
    activations,
    callbacks,
    config,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    saving,
    utils,
)
from fastnn._core import InternalError
from fastnn._keras_names import raise_absent
from fastnn._runtime import __version__, get_num_threads, set_num_threads, show_config
from fastnn.initializers import Initializer
from fastnn.layers import Input
from fastnn.losses import Loss
from fastnn.metrics import Metric
from fastnn.models import Sequential
from fastnn.optimizers import Optimizer

if TYPE_CHECKING:
    from fastnn import datasets

__all__ = [
    "Initializer", "Input", "InternalError", "Loss", "Metric", "Optimizer", "Sequential",
    "__version__", "activations", "callbacks", "config", "datasets", "get_num_threads",
    "initializers", "layers", "losses", "metrics", "models", "optimizers", "saving",
    "set_num_threads", "show_config", "utils",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "datasets":  # loaded when first named: most programs have data of their own
        return importlib.import_module("fastnn.datasets")
    return raise_absent("", name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
