"""Metrics: the value of each row, float64. The mean over an epoch is taken in training.py."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .losses import LOSSES

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """rows(y_true, y_pred) -> (rows,)."""

    rows: Callable[[Array, Array], Array]


def binary_accuracy(threshold: float) -> Metric:
    """v = share of columns with [y > threshold] = t."""
    return Metric(lambda t, y: ((y > threshold) == t).mean(axis=-1))


def _categorical(t: Array, y: Array) -> Array:
    """v = [argmax y = argmax t]; the first maximum counts."""
    return (y.argmax(axis=-1) == t.argmax(axis=-1)).astype(np.float64)


def _sparse(labels: Array, y: Array) -> Array:
    """v = [argmax y = label]."""
    return (y.argmax(axis=-1) == labels.reshape(-1)).astype(np.float64)


def loss_metric(name: str, smoothing: float = 0.0) -> Metric:
    """v = the loss of the row."""
    return Metric(lambda t, y: LOSSES[name].rows(t, y, smoothing))


METRICS: dict[str, Metric] = {
    "binary_accuracy": binary_accuracy(0.5),
    "categorical_accuracy": Metric(_categorical),
    "sparse_categorical_accuracy": Metric(_sparse),
    "mse": loss_metric("mse"),
    "mae": loss_metric("mae"),
}
