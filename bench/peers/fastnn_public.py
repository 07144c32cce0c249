"""fastnn through its public interface: `fit`, `predict`, `model(x)`, nothing else."""

from typing import Any

import fastnn
from bench import data
from bench.peers import Array, Call, Run
from bench.shapes import Case

VERSIONS = ("fastnn", "numpy")
_LOSSES = {"bce": "binary_crossentropy", "mse": "mse", "scce": "sparse_categorical_crossentropy"}


def build(case: Case, weights: list[Array]) -> fastnn.Sequential:
    """Return the case's network with these weights, not compiled."""
    layers: list[Any] = [fastnn.Input((case.widths[0],), dtype=case.dtype)]
    for i, (_, n_out) in enumerate(case.layers):
        last = i == len(case.layers) - 1
        activation = case.output if last else case.activation
        layers.append(fastnn.layers.Dense(n_out, activation=activation, dtype=case.dtype))
        if case.dropout and not last:
            layers.append(fastnn.layers.Dropout(case.dropout))
    model = fastnn.Sequential(layers)
    model.set_weights(weights)
    return model


def optimizer(case: Case) -> fastnn.Optimizer:
    """Return the case's optimiser."""
    if case.optimizer == "adam":
        return fastnn.optimizers.Adam(
            data.learning_rate(case), data.BETA_1, data.BETA_2, data.EPSILON
        )
    momentum = 0.0 if case.optimizer == "sgd" else data.MOMENTUM
    nesterov = case.optimizer == "sgd_nesterov"
    return fastnn.optimizers.SGD(data.learning_rate(case), momentum=momentum, nesterov=nesterov)


def train(case: Case, x: Array, y: Array, weights: list[Array], threads: int, shuffle: bool) -> Run:
    fastnn.set_num_threads(threads)
    fastnn.utils.set_random_seed(data.SEED)
    model = build(case, weights)
    model.compile(optimizer(case), _LOSSES[case.loss])

    if case.entry == "evaluate":
        return lambda epochs: [
            model.evaluate(x, y, batch_size=case.batch, verbose=0) for _ in range(epochs)
        ]

    def run(epochs: int) -> list[float]:
        history = model.fit(x, y, batch_size=case.batch, epochs=epochs, shuffle=shuffle, verbose=0)
        return list(history.history["loss"])

    return run


def predict(case: Case, x: Array, weights: list[Array], threads: int) -> Call:
    fastnn.set_num_threads(threads)
    model = build(case, weights)
    if case.entry == "call":
        return lambda: model(x)
    return lambda: model.predict(x)
