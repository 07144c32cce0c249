"""Training and prediction runs that end in SHA-256 sums, for test_determinism.py.

Run as a program it prints one JSON object: for every network, dtype and thread count the hash
of losses, metrics and weights, for every way of cutting a prediction the hash of its bits, and
how many threads the process really had. The environment chooses the instruction set.
"""

import functools
import hashlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastnn

DTYPES = ("float32", "float64")
THREADS = (1, 2, 3)

# Every activation in one chain: 48 units wide, so that a step of 96 rows is worth three threads.
CHAIN = (
    "relu", "sigmoid", "tanh", "softplus", "elu", "selu", "gelu", "silu", "leaky_relu", "softmax",
)  # fmt: skip

# And the others, on widths that are no multiple of anything.
FURTHER = (
    "celu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "log_sigmoid", "log_softmax",
    "mish", "relu6", "soft_shrink", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax",
    "squareplus", "tanh_shrink",
)  # fmt: skip


def digest(arrays: list[NDArray[Any]]) -> str:
    """SHA-256 of the bytes of all arrays, in order."""
    total = hashlib.sha256()
    for a in arrays:
        total.update(np.ascontiguousarray(a).tobytes())
    return total.hexdigest()


def seeded_layers() -> Any:
    """fastnn.layers, from now on with initial weights, shuffles and masks that follow seed 7."""
    fastnn.utils.set_random_seed(7)
    return fastnn.layers


def compiled(layers: list[Any], loss: Any, optimizer: Any, metrics: list[str]) -> Any:
    """A model of these layers, ready to train."""
    model = fastnn.Sequential(layers)
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    return model


def classifier(dtype: str) -> tuple[Any, dict[str, Any]]:
    """530 inputs and batches of 520: more than one chunk of every reduction; dropout, softmax."""
    layers, draw = seeded_layers(), np.random.default_rng(1)
    model = compiled(
        [
            fastnn.Input((530,), dtype=dtype),
            layers.Dense(24, activation="relu", dtype=dtype),
            layers.Dropout(0.25, dtype=dtype),
            layers.Dense(17, activation="tanh", dtype=dtype),
            layers.Dropout(0.5, dtype=dtype),
            layers.Dense(5, activation="softmax", dtype=dtype),
        ],
        "sparse_categorical_crossentropy",
        fastnn.optimizers.Adam(0.01),
        ["accuracy"],
    )
    x = draw.normal(size=(700, 530)).astype(dtype)
    return model, {"x": x, "y": draw.integers(0, 5, 700), "batch_size": 520, "epochs": 2}


def chain(dtype: str) -> tuple[Any, dict[str, Any]]:
    """Every activation, label smoothing, sample weights, Nesterov's momentum."""
    layers, draw = seeded_layers(), np.random.default_rng(2)
    model = compiled(
        [
            fastnn.Input((31,), dtype=dtype),
            *(layers.Dense(48, activation=name, dtype=dtype) for name in CHAIN),
            layers.Dense(3, activation="sigmoid", dtype=dtype),
        ],
        fastnn.losses.BinaryCrossentropy(label_smoothing=0.1),
        fastnn.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
        ["mae"],
    )
    x = draw.normal(size=(150, 31)).astype(dtype)
    return model, {
        "x": x,
        "y": draw.integers(0, 2, (150, 3)),
        "sample_weight": draw.uniform(0.5, 2.0, 150),
        "batch_size": 96,
        "epochs": 3,
    }


def further_activations(dtype: str) -> tuple[Any, dict[str, Any]]:
    """The other activations, each behind a Dense layer, and the layers that are activations."""
    layers, draw = seeded_layers(), np.random.default_rng(13)
    model = compiled(
        [
            fastnn.Input((19,), dtype=dtype),
            layers.LayerNormalization(dtype=dtype),
            *(
                layer
                for name in FURTHER
                for layer in (
                    layers.Dense(23, activation=name, dtype=dtype),
                    layers.LayerNormalization(dtype=dtype),
                )
            ),
            layers.ELU(0.75, dtype=dtype),
            layers.Dense(11, dtype=dtype),
            layers.LeakyReLU(0.2, dtype=dtype),
            layers.Identity(dtype=dtype),
            layers.RepeatVector(3, dtype=dtype),
            layers.Dense(5, dtype=dtype),
            layers.ReLU(2.0, 0.1, 0.2, dtype=dtype),
            layers.Flatten(dtype=dtype),
            layers.Dense(7, functools.partial(fastnn.activations.threshold, threshold=0.1,
                                              default_value=-0.5), dtype=dtype),
            layers.Dense(2, dtype=dtype),
        ],
        "huber",
        fastnn.optimizers.SGD(0.01, momentum=0.5),
        ["mae"],
    )  # fmt: skip
    x = draw.normal(size=(150, 19)).astype(dtype)
    return model, {"x": x, "y": np.cos(x[:, :2]), "batch_size": 96, "epochs": 2}


def tiny(dtype: str) -> tuple[Any, dict[str, Any]]:
    """A few units over a batch of 3000: few outputs, so that threads share the reduction."""
    layers, draw = seeded_layers(), np.random.default_rng(3)
    model = compiled(
        [
            fastnn.Input((4,), dtype=dtype),
            layers.Dense(32, activation="tanh", dtype=dtype),
            layers.Dense(16, activation="tanh", dtype=dtype),
            layers.Dense(1, dtype=dtype),
        ],
        "mse",
        fastnn.optimizers.SGD(0.01, momentum=0.9),
        ["mae"],
    )
    x = draw.normal(size=(3100, 4)).astype(dtype)
    y = np.sin(x.sum(axis=1, keepdims=True))
    return model, {"x": x, "y": y, "batch_size": 3000, "epochs": 3}


def graph(dtype: str) -> tuple[Any, dict[str, Any]]:
    """No chain: residual blocks 70 wide, a shared layer, merges, cosine, two losses, weights."""
    layers, draw = seeded_layers(), np.random.default_rng(8)

    def dense(units: int, activation: Any = None, name: str | None = None) -> Any:
        return layers.Dense(units, activation=activation, name=name, dtype=dtype)

    first, second = (fastnn.Input((37,), name=name, dtype=dtype) for name in "ab")
    shared = dense(70, "tanh")
    u, v = shared(first), shared(second)
    r = layers.Activation("silu", dtype=dtype)(layers.Add(dtype=dtype)([u, dense(70)(u)]))
    r = layers.Dropout(0.25, dtype=dtype)(r)
    parts = [
        layers.Maximum(dtype=dtype)([r, v]),
        layers.Multiply(dtype=dtype)([u, v, r]),
        layers.Average(dtype=dtype)([u, v, r]),
        layers.Subtract(dtype=dtype)([layers.Minimum(dtype=dtype)([u, v]), r]),
        layers.Dot(1, normalize=True, dtype=dtype)([r, v]),
    ]
    both = layers.Concatenate(dtype=dtype)(parts)
    outputs = [dense(1, "sigmoid", "p")(both), dense(4, "softmax", "q")(both)]
    model = fastnn.Model([first, second], outputs)
    model.compile(
        fastnn.optimizers.Adam(0.01),
        ["binary_crossentropy", "sparse_categorical_crossentropy"],
        loss_weights=[2.0, 0.5],
        metrics=[["mae"], ["accuracy"]],
    )
    x = [draw.normal(size=(300, 37)).astype(dtype) for _ in range(2)]
    y = [draw.integers(0, 2, (300, 1)), draw.integers(0, 4, 300)]
    weight = {"p": draw.uniform(0.5, 2.0, 300)}
    return model, {"x": x, "y": y, "sample_weight": weight, "batch_size": 140, "epochs": 2}


def branched(dtype: str) -> tuple[Any, dict[str, Any]]:
    """Branches without shared weights in one small batch, whose rows threads split."""
    layers, draw = seeded_layers(), np.random.default_rng(9)
    entry = fastnn.Input((37,), dtype=dtype)
    u = layers.Dense(61, "relu", dtype=dtype)(entry)
    u = layers.Dropout(0.25, dtype=dtype)(u)
    v = layers.Dense(61, "tanh", activity_regularizer="l2", dtype=dtype)(entry)
    added = layers.Add(activity_regularizer="l1", dtype=dtype)([u, v, u])
    w = layers.Activation("silu", activity_regularizer="l2", dtype=dtype)(added)
    product = layers.Multiply(activity_regularizer="l2", dtype=dtype)([u, w])
    both = layers.Concatenate(dtype=dtype)([product, v])
    outputs = [
        layers.Dense(3, "softmax", dtype=dtype, name="p")(both),
        layers.Dense(1, kernel_regularizer="l1", dtype=dtype, name="q")(w),
    ]
    model = fastnn.Model(entry, outputs)
    optimizer = fastnn.optimizers.Adam(0.01, global_clipnorm=1.0)
    model.compile(optimizer, ["sparse_categorical_crossentropy", "mse"])
    x = draw.normal(size=(260, 37)).astype(dtype)
    y = [draw.integers(0, 3, 260), x[:, :1]]
    weight = {"q": draw.uniform(0.5, 2.0, 260)}
    return model, {"x": x, "y": y, "sample_weight": weight, "batch_size": 150, "epochs": 2}


def gated(width: int, dtype: str) -> tuple[Any, dict[str, Any]]:
    """Gated units behind a product, an input and a concatenation."""
    layers, draw = seeded_layers(), np.random.default_rng(12)
    entry = fastnn.Input((38,), dtype=dtype)
    u = layers.Dense(2 * width, "glu", activity_regularizer="l2", dtype=dtype)(entry)
    v = layers.Dense(width, "tanh", dtype=dtype)(layers.Activation("glu", dtype=dtype)(entry))
    w = layers.Activation("glu", dtype=dtype)(layers.Concatenate(dtype=dtype)([u, v]))
    both = layers.Multiply(dtype=dtype)([w, v])
    model = fastnn.Model(entry, layers.Dense(6, "glu", dtype=dtype)(both))
    model.compile(fastnn.optimizers.Adam(0.01), "mse")
    x = draw.normal(size=(260, 38)).astype(dtype)
    return model, {"x": x, "y": np.cos(x[:, :3]), "batch_size": 150, "epochs": 2}


def operated(width: int, dtype: str) -> tuple[Any, dict[str, Any]]:
    """Operators on tensors: quotients, powers, absolute values, parts of them."""
    layers, draw = seeded_layers(), np.random.default_rng(15)
    entry = fastnn.Input((23,), dtype=dtype)
    u = layers.Dense(width, "sigmoid", dtype=dtype)(entry)
    v = layers.Dense(width, "tanh", dtype=dtype)(entry[:, 2:21])
    ratio = v / (u + 0.5)
    parts = [
        ratio, abs(v - u), u**1.5, u[:, 3:] ** -0.3, (1.0 / (u + 1.0))[:, ::-4], ratio[:, 1:2] ** 3,
        entry[:, -5:] ** 2,
    ]  # fmt: skip
    joined = layers.Concatenate(dtype=dtype)(parts)
    model = fastnn.Model(entry, layers.Dense(3, dtype=dtype)(joined))
    model.compile(fastnn.optimizers.Adam(0.01), "mse")
    x = draw.normal(size=(260, 23)).astype(dtype)
    return model, {"x": x, "y": np.cos(x[:, :3]), "batch_size": 150, "epochs": 2}


def searched(dtype: str) -> tuple[Any, dict[str, Any]]:
    """L-BFGS over all rows, of which there are several chunks."""
    layers, draw = seeded_layers(), np.random.default_rng(14)
    model = compiled(
        [
            fastnn.Input((7,), dtype=dtype),
            layers.Dense(19, activation="tanh", dtype=dtype),
            layers.Dense(3, dtype=dtype),
        ],
        "mse",
        fastnn.optimizers.LBFGS(max_iter=6),
        ["mae"],
    )
    x = draw.normal(size=(1300, 7)).astype(dtype)
    return model, {"x": x, "y": np.sin(x[:, :3]), "batch_size": 1300, "epochs": 2}


def stepped(make: Callable[[], Any], dtype: str) -> tuple[Any, dict[str, Any]]:
    """Widths that are no multiple of anything, on an optimiser; biases without weight decay."""
    layers, draw = seeded_layers(), np.random.default_rng(5)
    optimizer = make()
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model = compiled(
        [
            fastnn.Input((37,), dtype=dtype),
            layers.Dense(67, activation="relu", dtype=dtype),
            layers.Dense(3, dtype=dtype),
        ],
        "mse",
        optimizer,
        ["mae"],
    )
    x = draw.normal(size=(200, 37)).astype(dtype)
    return model, {"x": x, "y": np.cos(x[:, :3]), "batch_size": 150, "epochs": 3}


def restricted(width: int, batch: int, dtype: str) -> tuple[Any, dict[str, Any]]:
    """Every regulariser and constraint, on kernels of several panels; dropout between them."""
    layers, draw = seeded_layers(), np.random.default_rng(6)
    penalties, allowed = fastnn.regularizers, fastnn.constraints
    model = compiled(
        [
            fastnn.Input((37,), dtype=dtype),
            layers.Dense(
                width, activation="relu", dtype=dtype,
                kernel_initializer="orthogonal",
                kernel_regularizer=penalties.L1L2(1e-4, 1e-3), bias_regularizer="l1",
                activity_regularizer=penalties.L1L2(1e-3, 1e-2),
                kernel_constraint=allowed.MaxNorm(0.9), bias_constraint=allowed.MaxNorm(0.1),
            ),
            layers.Dropout(0.25, dtype=dtype),
            layers.ActivityRegularization(1e-3, dtype=dtype),
            layers.Dense(
                67, activation="tanh", dtype=dtype,
                kernel_regularizer=penalties.OrthogonalRegularizer(0.1),
                kernel_constraint=allowed.UnitNorm(axis=1),
            ),
            layers.Dense(
                3, dtype=dtype, kernel_constraint=allowed.MinMaxNorm(0.5, 0.9, 0.5, axis=[0, 1]),
                kernel_regularizer=penalties.OrthogonalRegularizer(0.1, "columns"),
                bias_constraint="non_neg", activity_regularizer="l2",
            ),
        ],
        "mse",
        fastnn.optimizers.Adam(0.01),
        ["mae"],
    )  # fmt: skip
    x = draw.normal(size=(batch + 50, 37)).astype(dtype)
    return model, {"x": x, "y": np.cos(x[:, :3]), "batch_size": batch, "epochs": 2}


def stepped_optimizers() -> dict[str, Callable[[], Any]]:
    """Every optimiser, among them all schedules, weight decay and clipping."""
    made, plans = fastnn.optimizers, fastnn.optimizers.schedules
    common = {"weight_decay": 0.1, "clipvalue": 0.01}
    return {
        "rmsprop": lambda: made.RMSprop(plans.ExponentialDecay(0.01, 3, 0.7)),
        "rmsprop momentum": lambda: made.RMSprop(momentum=0.5, **common),
        "rmsprop centered": lambda: made.RMSprop(centered=True),
        "rmsprop both": lambda: made.RMSprop(momentum=0.5, centered=True),
        "adam decayed": lambda: made.Adam(plans.PolynomialDecay(0.01, 4, power=1.5), **common),
        "amsgrad": lambda: made.AdamW(plans.CosineDecay(0.01, 5), amsgrad=True, beta_2=0.5),
        "adamax": lambda: made.Adamax(plans.InverseTimeDecay(0.01, 3, 0.7)),
        "nadam": lambda: made.Nadam(plans.CosineDecayRestarts(0.01, 2)),
        "adagrad": lambda: made.Adagrad(plans.PiecewiseConstantDecay([2], [0.01, 0.02])),
        "adadelta": lambda: made.Adadelta(0.5),
        "lion": lambda: made.Lion(**common),
        "ftrl": lambda: made.Ftrl(0.1, l1_regularization_strength=0.001),
        "ftrl power": lambda: made.Ftrl(0.1, learning_rate_power=-0.7),
        "lamb": lambda: made.Lamb(0.01, weight_decay=0.1, gradient_accumulation_steps=2),
        "muon": lambda: made.Muon(0.02, weight_decay=0.1),
        "clipped by norm": lambda: made.Adam(0.01, clipnorm=0.05, loss_scale_factor=3.0),
        "clipped by norm of all": lambda: made.SGD(0.1, 0.9, global_clipnorm=0.1),
        "averaged": lambda: made.RMSprop(use_ema=True, ema_overwrite_frequency=2, clipnorm=0.5),
    }


def lossy(make: Callable[[], Any], last: tuple[int, str], dtype: str) -> tuple[Any, dict[str, Any]]:
    """A loss behind the activation that suits it; 700 rows a batch, several chunks, weights."""
    layers, draw = seeded_layers(), np.random.default_rng(6)
    loss = make()
    model = compiled(
        [
            fastnn.Input((6,), dtype=dtype),
            layers.Dense(19, activation="tanh", dtype=dtype),
            layers.Dense(last[0], activation=last[1], dtype=dtype),
        ],
        loss,
        fastnn.optimizers.SGD(0.01),
        [],
    )
    x = draw.normal(size=(1500, 6)).astype(dtype)
    y: NDArray[Any] = draw.integers(0, 2, (1500, last[0])).astype(dtype)
    if loss.targets == "labels" or loss.one_target:
        y = draw.integers(0, last[0], 1500)
    elif last[1] == "softmax" or isinstance(loss, fastnn.losses.CategoricalCrossentropy):
        y = np.eye(last[0], dtype=dtype)[draw.integers(0, last[0], 1500)]
    elif loss.targets in ("positive", "nonnegative") or loss.name.endswith("percentage_error"):
        y = draw.gamma(2.0, size=(1500, last[0])).astype(dtype)
    weight = draw.uniform(0.5, 2.0, 1500)
    return model, {"x": x, "y": y, "sample_weight": weight, "batch_size": 700, "epochs": 2}


def further_losses() -> dict[str, tuple[Callable[[], Any], tuple[int, str]]]:
    """Losses that the other networks do not have, with the end of the network."""
    made = fastnn.losses
    quantiles = [(i + 1) / 18 for i in range(17)]
    return {
        "values": (made.MeanAbsoluteError, (3, "linear")),
        "huber": (lambda: made.Huber(0.3), (3, "linear")),
        "log cosh": (made.LogCosh, (17, "linear")),
        "sum": (made.SumSquaredError, (3, "linear")),
        "percentage": (lambda: made.MeanAbsolutePercentageError("sum"), (2, "softplus")),
        "logarithmic": (made.MeanSquaredLogarithmicError, (2, "softplus")),
        "poisson": (made.Poisson, (2, "softplus")),
        "divergence": (made.KLDivergence, (17, "softmax")),
        "classes": (lambda: made.CategoricalCrossentropy(label_smoothing=0.1), (17, "softmax")),
        "class logits": (lambda: made.CategoricalCrossentropy(True), (5, "linear")),
        "pairs": (lambda: made.Circle(4.0), (5, "tanh")),
        "one set": (made.Dice, (3, "sigmoid")),
        "sets": (lambda: made.Tversky(0.3, 0.6, axis=1), (3, "sigmoid")),
        "hinge": (made.Hinge, (1, "linear")),
        "squared hinge": (made.SquaredHinge, (3, "tanh")),
        "categorical hinge": (made.CategoricalHinge, (17, "softmax")),
        "cosine": (made.CosineSimilarity, (17, "linear")),
        "binary focal": (lambda: made.BinaryFocalCrossentropy(True, gamma=1.7), (3, "sigmoid")),
        "categorical focal": (
            lambda: made.CategoricalFocalCrossentropy(quantiles, gamma=1.7), (17, "softmax")
        ),
        "left out": (lambda: made.SparseCategoricalCrossentropy(ignore_class=2), (5, "softmax")),
        "generalized": (made.CategoricalGeneralizedCrossEntropy, (5, "softmax")),
        "quantiles": (lambda: made.Quantile(quantiles), (17, "linear")),
        "tweedie": (made.Tweedie, (2, "softplus")),
        "gamma": (made.Gamma, (1, "exponential")),
    }  # fmt: skip


def normalised(dtype: str) -> tuple[Any, dict[str, Any]]:
    """Normalisation of columns and rows, learned slopes; a batch that is no multiple of a chunk."""
    layers, draw = seeded_layers(), np.random.default_rng(6)
    model = compiled(
        [
            fastnn.Input((31,), dtype=dtype),
            layers.Normalization(mean=[0.1] * 31, variance=[1.5] * 31, dtype=dtype),
            layers.Dense(67, activation="relu", dtype=dtype),
            layers.BatchNormalization(momentum=0.8, dtype=dtype),
            layers.PReLU(dtype=dtype),
            layers.Dense(40, dtype=dtype),
            layers.LayerNormalization(dtype=dtype),
            layers.Activation("tanh", dtype=dtype),
            layers.Dense(24, dtype=dtype),
            layers.RMSNormalization(dtype=dtype),
            layers.UnitNormalization(dtype=dtype),
            layers.BatchNormalization(scale=False, dtype=dtype),
            layers.Rescaling(0.5, 0.25, dtype=dtype),
            layers.Dense(3, dtype=dtype),
        ],
        "mse",
        fastnn.optimizers.Adam(0.01),
        ["mae"],
    )
    x = draw.normal(size=(700, 31)).astype(dtype)
    return model, {"x": x, "y": np.cos(x[:, :3]), "batch_size": 520, "epochs": 2}


def normalised_large(dtype: str) -> tuple[Any, dict[str, Any]]:
    """The same with more parameters than one update takes at once, and frozen statistics."""
    layers, draw = seeded_layers(), np.random.default_rng(7)
    model = compiled(
        [
            fastnn.Input((31,), dtype=dtype),
            layers.Dense(190, dtype=dtype),
            layers.BatchNormalization(dtype=dtype),
            layers.PReLU(dtype=dtype),
            layers.Dense(190, dtype=dtype),
            layers.LayerNormalization(dtype=dtype),
            layers.BatchNormalization(trainable=False, dtype=dtype),
            layers.Dense(3, dtype=dtype),
        ],
        "mse",
        fastnn.optimizers.SGD(0.05, momentum=0.9),
        ["mae"],
    )
    x = draw.normal(size=(150, 31)).astype(dtype)
    return model, {"x": x, "y": np.cos(x[:, :3]), "batch_size": 96, "epochs": 2}


def turned(dtype: str) -> tuple[Any, dict[str, Any]]:
    """Layers along other axes than the last, shared masks, and axes in another order."""
    layers, draw = seeded_layers(), np.random.default_rng(17)
    model = compiled(
        [
            fastnn.Input((3, 5, 4), dtype=dtype),
            layers.BatchNormalization(axis=1, momentum=0.8, dtype=dtype),
            layers.Dense(18, dtype=dtype),
            layers.PReLU(
                "ones",
                shared_axes=[2],
                dtype=dtype,
                alpha_constraint=fastnn.constraints.MaxNorm(0.9, axis=0),
            ),
            layers.Dropout(0.25, (None, 1, 5, 1), dtype=dtype),
            layers.AlphaDropout(0.25, noise_shape=(1, None, 1, None), dtype=dtype),
            layers.LayerNormalization(axis=[1, 3], dtype=dtype),
            layers.Permute((3, 1, 2), dtype=dtype),
            layers.UnitNormalization(axis=[1, 2], dtype=dtype),
            layers.Dense(9, activation="tanh", dtype=dtype),
            layers.RMSNormalization(axis=2, dtype=dtype),
            layers.Softmax(axis=(1, 3), dtype=dtype),
            layers.Flatten(dtype=dtype),
            layers.Dense(2, dtype=dtype),
        ],
        "mse",
        fastnn.optimizers.Adam(0.01),
        ["mae"],
    )
    x = draw.normal(size=(200, 3, 5, 4)).astype(dtype)
    return model, {"x": x, "y": np.cos(x[:, 0, 0, :2]), "batch_size": 150, "epochs": 2}


def restricted_columns(width: int, dtype: str) -> tuple[Any, dict[str, Any]]:
    """Regularisers and constraints of parameters that belong to columns, and of a table."""
    layers, draw = seeded_layers(), np.random.default_rng(10)
    penalties, allowed = fastnn.regularizers, fastnn.constraints
    model = compiled(
        [
            layers.Embedding(
                700, width, input_shape=(3,), dtype=dtype,
                embeddings_regularizer=penalties.OrthogonalRegularizer(0.1, "columns"),
                embeddings_constraint=allowed.UnitNorm(axis=1), activity_regularizer="l1_l2",
            ),
            layers.BatchNormalization(
                beta_initializer="ones", beta_regularizer="l2", beta_constraint="max_norm",
                gamma_regularizer=penalties.L1L2(1e-3, 1e-2), gamma_constraint="non_neg",
                activity_regularizer="l2", dtype=dtype,
            ),
            layers.LayerNormalization(
                axis=[1, 2], beta_initializer="ones", beta_constraint=allowed.UnitNorm(),
                beta_regularizer=penalties.OrthogonalRegularizer(0.1),
                gamma_regularizer="l1", gamma_constraint=allowed.MaxNorm(0.9, axis=1), dtype=dtype,
            ),
            layers.PReLU(
                "ones", alpha_regularizer="l1_l2", dtype=dtype,
                alpha_constraint=allowed.MinMaxNorm(0.5, 0.9, 0.5, axis=None),
            ),
            layers.RMSNormalization(activity_regularizer="l1", dtype=dtype),
            layers.Flatten(dtype=dtype),
            layers.Dense(3, activation="softmax", dtype=dtype),
        ],
        "sparse_categorical_crossentropy",
        fastnn.optimizers.Adam(0.01),
        ["accuracy"],
    )  # fmt: skip
    x = draw.integers(0, 700, (200, 3))
    return model, {"x": x, "y": x.sum(axis=1) % 3, "batch_size": 150, "epochs": 2}


def noisy(dtype: str) -> tuple[Any, dict[str, Any]]:
    """Every kind of noise, over panels and over a batch of two chunks."""
    layers, draw = seeded_layers(), np.random.default_rng(8)
    model = compiled(
        [
            fastnn.Input((13,), dtype=dtype),
            layers.GaussianNoise(0.1, dtype=dtype),
            layers.Dense(70, activation="selu", dtype=dtype),
            layers.AlphaDropout(0.2, dtype=dtype),
            layers.Dense(70, activation="relu", dtype=dtype),
            layers.GaussianDropout(0.3, dtype=dtype),
            layers.Dropout(0.2, (1, None), dtype=dtype),
            layers.Dense(1, dtype=dtype),
        ],
        "mse",
        fastnn.optimizers.SGD(0.01),
        ["mae"],
    )
    x = draw.normal(size=(1100, 13)).astype(dtype)
    return model, {"x": x, "y": np.sin(x[:, :1]), "batch_size": 1000, "epochs": 2}


def embedded(dtype: str) -> tuple[Any, dict[str, Any]]:
    """A table of more rows than scratch holds, positions, two axes normalised at once."""
    layers, draw = seeded_layers(), np.random.default_rng(9)
    model = compiled(
        [
            layers.Embedding(3000, 12, input_shape=(6,), dtype=dtype),
            layers.Dense(32, activation="tanh", dtype=dtype),
            layers.LayerNormalization(axis=[1, 2], dtype=dtype),
            layers.PReLU(shared_axes=[1], dtype=dtype),
            layers.Reshape((-1,), dtype=dtype),
            layers.Dense(3, activation="softmax", dtype=dtype),
        ],
        "sparse_categorical_crossentropy",
        fastnn.optimizers.Adam(0.01),
        ["accuracy"],
    )
    x = draw.integers(0, 3000, (300, 6))
    return model, {"x": x, "y": x.sum(axis=1) % 3, "batch_size": 250, "epochs": 2}


def orthogonal(dtype: str) -> tuple[Any, dict[str, Any]]:
    """Muon on tables, slopes and kernels: tall, wide, of several panels and blocks of rows."""
    layers, draw = seeded_layers(), np.random.default_rng(11)
    model = compiled(
        [
            layers.Embedding(90, 12, input_shape=(6,), dtype=dtype),
            layers.LayerNormalization(axis=[1, 2], dtype=dtype),
            layers.PReLU("ones", dtype=dtype),
            layers.Flatten(dtype=dtype),
            layers.Dense(150, activation="relu", dtype=dtype),
            layers.Dense(130, activation="tanh", dtype=dtype),
            layers.Dense(3, activation="softmax", name="last", dtype=dtype),
        ],
        "sparse_categorical_crossentropy",
        fastnn.optimizers.Muon(
            0.01, exclude_layers=["last"], exclude_embeddings=False, nesterov=False,
            clipnorm=0.5, use_ema=True, gradient_accumulation_steps=2,
        ),
        ["accuracy"],
    )  # fmt: skip
    x = draw.integers(0, 90, (200, 6))
    return model, {"x": x, "y": x.sum(axis=1) % 3, "batch_size": 70, "epochs": 2}


NETWORKS: dict[str, Callable[[str], tuple[Any, dict[str, Any]]]] = {
    **{k: functools.partial(lossy, *pair) for k, pair in further_losses().items()},
    "classifier": classifier,
    "chain": chain,
    "further activations": further_activations,
    "normalised": normalised,
    "normalised, large": normalised_large,
    "noisy": noisy,
    "turned": turned,
    "embedded": embedded,
    "tiny": tiny,
    "restricted": functools.partial(restricted, 70, 1100),  # worked in chunks
    "restricted and large": functools.partial(restricted, 400, 100),  # updated block by block
    "columns restricted": functools.partial(restricted_columns, 21),
    "columns restricted and large": functools.partial(restricted_columns, 70),
    "orthogonal": orthogonal,
    "searched": searched,
    "operated": functools.partial(operated, 21),
    "operated and large": functools.partial(operated, 150),
    "graph": graph,
    "branched": branched,
    "gated": functools.partial(gated, 21),
    "gated and large": functools.partial(gated, 150),
    **{k: functools.partial(stepped, make) for k, make in stepped_optimizers().items()},
}


def train(network: str, dtype: str) -> tuple[Any, str]:
    """Train one network; the model, and the hash of its history, weights and predictions."""
    model, run = NETWORKS[network](dtype)
    history = model.fit(**run, verbose=0).history
    series = [np.array(history[k]) for k in sorted(history)]
    out = [outputs(model, run["x"], n) for n in (1, 2, None)]
    for one, two, whole in zip(*out, strict=True):
        assert one.tobytes() == whole[:1].tobytes()
        assert two.tobytes() == whole[:2].tobytes()
    return model, digest([*series, *model.get_weights(), *(y for each in out for y in each)])


def outputs(model: Any, x: Any, n: int | None) -> list[NDArray[Any]]:
    """Every output of the model for the first n rows of its inputs."""
    y = model.predict([part[:n] for part in x] if isinstance(x, list) else x[:n], verbose=0)
    return list(y) if isinstance(y, list) else [y]


def cut_predictions(model: Any, x: NDArray[Any]) -> dict[str, str]:
    """Hashes of the same predictions, made in pieces, from other layouts and dtypes."""

    def pieces(size: int) -> str:
        parts = [
            model.predict(x[i : i + size], batch_size=size, verbose=0)
            for i in range(0, len(x), size)
        ]
        return digest([np.concatenate(parts)])

    out = {f"batch {size}": pieces(size) for size in (1, 2, 3, 7, 16, 33, 64, 65, len(x))}
    wide = np.zeros((len(x), 2 * x.shape[1] + 1), x.dtype)
    wide[:, 1::2] = x
    layouts = {
        "columns first": np.asfortranarray(x),
        "every other column": wide[:, 1::2],
        "reversed": x[::-1][:, ::-1].copy()[::-1, ::-1],
        "unaligned": np.frombuffer(b"\0" + x.tobytes(), x.dtype, offset=1).reshape(x.shape),
        "float64": x.astype(np.float64),
    }
    for name, layout in layouts.items():
        assert np.array_equal(layout, x)
        out[name] = digest([model.predict(layout, verbose=0)])
    out["called"] = digest([np.asarray(model(x))])
    return out


def wide(dtype: str) -> tuple[Any, NDArray[Any]]:
    """A net whose products the team shares block by block, and rows for two such blocks; a
    normalisation that is folded, one that is not, sums of several chunks."""
    layers = seeded_layers()
    model = fastnn.Sequential(
        [
            fastnn.Input((30,), dtype=dtype),
            layers.Dense(1400, activation="relu", dtype=dtype),
            layers.BatchNormalization(dtype=dtype),
            layers.Dense(70, activation="tanh", dtype=dtype),
            layers.LayerNormalization(dtype=dtype),
            layers.Dense(3, activation="softmax", dtype=dtype),
        ]
    )
    draw = np.random.default_rng(5)
    model.set_weights(
        [w if w.ndim > 1 else draw.uniform(0.5, 1.5, w.shape) for w in model.get_weights()]
    )
    return model, draw.normal(size=(250, 30)).astype(dtype)


def integer_predictions(model: Any, n_in: int) -> dict[str, str]:
    """Hashes of predictions from the same small whole numbers in every dtype."""
    x = np.random.default_rng(4).integers(0, 2, (70, n_in))
    return {k: digest([model.predict(x.astype(k), verbose=0)]) for k in "?bBhHiIlLefd"}


def main() -> None:
    """Print everything as JSON."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    out: dict[str, Any] = {"training": {}, "cut": {}, "wide": {}, "integer": {}}
    for threads in [wanted] if wanted else THREADS:
        fastnn.set_num_threads(threads)
        for dtype in DTYPES:
            out["wide"].setdefault(dtype, {})[threads] = cut_predictions(*wide(dtype))
        for network in NETWORKS:
            for dtype in DTYPES:
                model, value = train(network, dtype)
                out["training"].setdefault(f"{network} {dtype}", {})[threads] = value
                if os.path.isdir("/proc/self/task"):  # teams shrink again with smaller nets
                    tasks = len(os.listdir("/proc/self/task"))
                    out["tasks"] = max(tasks, out.get("tasks", 0))
                if network == "chain":
                    x = NETWORKS[network](dtype)[1]["x"]
                    out["cut"].setdefault(dtype, {})[threads] = cut_predictions(model, x)
                    out["integer"].setdefault(dtype, {})[threads] = integer_predictions(
                        model, x.shape[1]
                    )
    out["isa"] = fastnn._core.config()["isa"]
    print(json.dumps(out))


if __name__ == "__main__":
    main()
