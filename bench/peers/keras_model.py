"""Keras 3 on the backend that KERAS_BACKEND names; `fit` with jit and long executions."""

import keras
import numpy as np

from bench import data
from bench.peers import Array, Run, only_adam
from bench.shapes import Case

_LOSSES = {"bce": "binary_crossentropy", "mse": "mse", "scce": "sparse_categorical_crossentropy"}
_STEPS_PER_EXECUTION = 32  # fewer returns to Python


def train(case: Case, x: Array, y: Array, weights: list[Array], threads: int, shuffle: bool) -> Run:
    only_adam(case)
    keras.utils.set_random_seed(data.SEED)
    parts = [keras.Input((case.widths[0],))]
    for i, (_, n_out) in enumerate(case.layers):
        last = i == len(case.layers) - 1
        parts.append(keras.layers.Dense(n_out, case.output if last else case.activation))
    model = keras.Sequential(parts)
    model.set_weights(weights)
    adam = keras.optimizers.Adam(data.learning_rate(case), data.BETA_1, data.BETA_2, data.EPSILON)
    steps = -(-len(x) // case.batch)
    model.compile(
        adam, _LOSSES[case.loss], jit_compile=True,
        steps_per_execution=max(1, min(steps, _STEPS_PER_EXECUTION)),
    )  # fmt: skip
    shuffled = shuffle and case.batch < len(x)

    def run(epochs: int) -> list[float]:
        history = model.fit(
            np.asarray(x), y, batch_size=case.batch, epochs=epochs, shuffle=shuffled, verbose=0
        )
        return list(history.history["loss"])

    return run
