"""Nets with normalisation, noise, PReLU and embeddings: the twin by finite differences, then the
core's training runs against the twin."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reference import (
    Activate,
    Adam,
    AlphaDropout,
    BatchNorm,
    Context,
    Dense,
    Dropout,
    Embedding,
    Noise,
    Op,
    Permute,
    PRelu,
    Reshape,
    RowNorm,
    Sgd,
    Twin,
    dropout_mask,
    sequential,
)
from reference.columns import Affine, Glu, Repeat
from reference.regularizers import (
    Penalized,
    Regularizer,
    l1_l2,
    non_negative,
    norm_constraint,
    orthogonal,
)
from tolerance import (
    assert_trajectory,
    central_difference_bound,
    central_difference_step,
    trajectory_limits,
    trajectory_sensitivity,
)

fastnn = pytest.importorskip("fastnn")

Array = NDArray[np.float64]
DTYPES = ("float32", "float64")
SEED = 0x1234_5678_9ABC


@dataclass(frozen=True)
class Net:
    """The ops of the twin from drawn weights, and the layers of fastnn that are the same."""

    ops: Callable[[Callable[..., Array]], list[Op]]
    layers: Callable[[Any], list[Any]]
    sample: tuple[int, ...] = (5,)
    outputs: int = 2
    whole: int = 0  # inputs are whole numbers below this
    rate: float = 0.0625
    penalized: dict[int, Penalized] = field(default_factory=dict)
    activities: dict[str, Regularizer] = field(default_factory=dict)


def dense(w: Callable[..., Array], n_in: int, n_out: int) -> Dense:
    """A dense op with weights of variance 1 / n_in."""
    return Dense(w(n_in, n_out) / np.sqrt(n_in), 0.1 * w(n_out))


def batch(w: Callable[..., Array], n: int, **options: Any) -> BatchNorm:
    """A batch normalisation whose parameters and statistics are no ones and zeros."""
    return BatchNorm(1 + 0.2 * w(n), 0.2 * w(n), 0.3 * w(n), 1 + 0.2 * np.abs(w(n)), **options)


def normed(
    width: int, op: Callable[[Callable[..., Array]], Op], layer: Callable[[Any], Any]
) -> Net:
    """dense, the op, tanh, dense."""
    return Net(
        lambda w: [dense(w, 5, width), op(w), Activate("tanh"), dense(w, width, 2)],
        lambda k: [k.Dense(width), layer(k), k.Activation("tanh"), k.Dense(2)],
    )


def row(kind: str, n: int, **options: Any) -> Callable[[Callable[..., Array]], RowNorm]:
    """A normalisation of rows with drawn parameters."""
    return lambda w: RowNorm(
        kind,
        None if kind == "unit" else 1 + 0.2 * w(n),
        0.2 * w(n) if kind == "layer" else None,
        **options,
    )


def along(
    dims: tuple[int, ...], op: Callable[[Callable[..., Array]], Op], layer: Callable[[Any], Any]
) -> Net:
    """The op on rows along the first axis of (4, 6), as the twin has it only along the last."""
    return Net(
        lambda w: [dense(w, 3, 6), Permute(dims), op(w), Permute(dims), Reshape((24,)),
                   dense(w, 24, 2)],
        lambda k: [k.Dense(6), layer(k), k.Flatten(), k.Dense(2)],
        sample=(4, 3),
    )  # fmt: skip


def large_ops(w: Callable[..., Array]) -> list[Op]:
    """More parameters than one update takes at once."""
    return [
        dense(w, 5, 190),
        batch(w, 190),
        dense(w, 190, 190),
        row("layer", 190)(w),
        PRelu(0.25 + 0.1 * w(190)),
        dense(w, 190, 2),
    ]


def seen_as(shape: tuple[int, ...], constrain: Callable[[Array], Array]) -> Any:
    """A constraint on a parameter that users see in another shape than the twin."""
    return lambda w: constrain(w.reshape(shape)).reshape(w.shape)


def pairs_seen_as(shape: tuple[int, int], made: Regularizer) -> Regularizer:
    """The same for a regulariser."""
    return Regularizer(
        lambda w: made.penalty(w.reshape(shape)),
        lambda w: made.grad(w.reshape(shape)).reshape(w.shape),
        products=True,
    )


def restricted_nets(api: Any) -> dict[str, Net]:
    """Regularisers and constraints of vectors, of parameters of several axes, of tables; those of
    fastnn or of Keras."""
    pen, con = api.regularizers, api.constraints
    return {
        "batch, restricted": Net(
            lambda w: [dense(w, 5, 7), batch(w, 7), Activate("tanh"), dense(w, 7, 2)],
            lambda k: [
                k.Dense(7),
                k.BatchNormalization(
                    gamma_regularizer=pen.L2(0.0625), gamma_constraint=con.MaxNorm(2.5),
                    beta_regularizer=pen.L2(0.125), beta_constraint=con.NonNeg(),
                    activity_regularizer=pen.L2(0.03125),
                ),
                k.Activation("tanh"),
                k.Dense(2),
            ],
            penalized={
                2: Penalized(l1_l2(0.0, 0.0625), norm_constraint(0.0, 2.5)),
                3: Penalized(l1_l2(0.0, 0.125), non_negative),
            },
            activities={"2": l1_l2(0.0, 0.03125)},
        ),
        "all restricted, fused update": Net(
            large_ops,
            lambda k: [
                k.Dense(190),
                k.BatchNormalization(
                    gamma_regularizer=pen.L2(0.0625), beta_constraint=con.UnitNorm()
                ),
                k.Dense(190),
                k.LayerNormalization(
                    gamma_constraint=con.MaxNorm(10.0), beta_regularizer=pen.L2(0.125)
                ),
                k.PReLU(
                    alpha_regularizer=pen.L2(0.125), alpha_constraint=con.MaxNorm(3.0),
                    activity_regularizer=pen.L2(0.0009765625),
                ),
                k.Dense(2),
            ],
            penalized={
                2: Penalized(l1_l2(0.0, 0.0625)),
                3: Penalized(constraint=norm_constraint(1.0, 1.0)),
                6: Penalized(constraint=norm_constraint(0.0, 10.0)),
                7: Penalized(l1_l2(0.0, 0.125)),
                8: Penalized(l1_l2(0.0, 0.125), norm_constraint(0.0, 3.0)),
            },
            activities={"5": l1_l2(0.0, 0.0009765625)},
        ),
        "layer, two axes, restricted": Net(
            lambda w: [
                dense(w, 3, 6),
                Reshape((24,)),
                row("layer", 24)(w),
                Activate("tanh"),
                dense(w, 24, 2),
            ],
            lambda k: [
                k.Dense(6),
                k.LayerNormalization(
                    axis=[1, 2], gamma_regularizer=pen.OrthogonalRegularizer(0.25),
                    gamma_constraint=con.UnitNorm(0), beta_constraint=con.MaxNorm(0.375, 1),
                ),
                k.Activation("tanh"),
                k.Flatten(),
                k.Dense(2),
            ],
            sample=(4, 3),
            penalized={
                2: Penalized(
                    pairs_seen_as((4, 6), orthogonal(0.25, "rows")),
                    seen_as((4, 6), norm_constraint(1.0, 1.0)),
                ),
                3: Penalized(constraint=seen_as((4, 6), norm_constraint(0.0, 0.375, axis=1))),
            },
        ),
        "rms, activity": Net(
            lambda w: [dense(w, 5, 7), row("rms", 7, eps=1e-6)(w), dense(w, 7, 2)],
            lambda k: [
                k.Dense(7),
                k.RMSNormalization(activity_regularizer=pen.L1L2(0.03125, 0.0625)),
                k.Dense(2),
            ],
            activities={"2": l1_l2(0.03125, 0.0625)},
        ),
        "prelu, restricted": Net(
            lambda w: [
                dense(w, 3, 6),
                Reshape((24,)),
                PRelu(0.25 + 0.1 * w(24)),
                dense(w, 24, 2),
            ],
            lambda k: [
                k.Dense(6),
                k.PReLU(
                    alpha_regularizer=pen.L1L2(0.03125, 0.0625), alpha_constraint=con.MaxNorm(0.5)
                ),
                k.Flatten(),
                k.Dense(2),
            ],
            sample=(4, 3),
            penalized={
                2: Penalized(l1_l2(0.03125, 0.0625), seen_as((4, 6), norm_constraint(0.0, 0.5)))
            },
        ),
        "prelu, shared, restricted": Net(
            lambda w: [dense(w, 3, 6), PRelu(0.25 + 0.1 * w(6)), Reshape((24,)), dense(w, 24, 2)],
            lambda k: [
                k.Dense(6),
                k.PReLU(alpha_constraint=con.MinMaxNorm(0.1875, 0.25), shared_axes=[1]),
                k.Flatten(),
                k.Dense(2),
            ],
            sample=(4, 3),
            penalized={2: Penalized(constraint=seen_as((1, 6), norm_constraint(0.1875, 0.25)))},
        ),
        "embedding, restricted": Net(
            lambda w: [Embedding(w(11, 4)), Reshape((12,)), Activate("tanh"), dense(w, 12, 2)],
            lambda k: [
                k.Embedding(
                    11, 4, embeddings_regularizer=pen.L2(0.0625),
                    embeddings_constraint=con.UnitNorm(axis=1), activity_regularizer=pen.L2(0.0625),
                ),
                k.Flatten(),
                k.Activation("tanh"),
                k.Dense(2),
            ],
            sample=(3,),
            whole=11,
            penalized={0: Penalized(l1_l2(0.0, 0.0625), norm_constraint(1.0, 1.0, axis=1))},
            activities={"1": l1_l2(0.0, 0.0625)},
        ),
        "embedding, restricted, fused update": Net(
            lambda w: [Embedding(w(2900, 13)), Reshape((39,)), dense(w, 39, 2)],
            lambda k: [
                k.Embedding(
                    2900, 13, embeddings_constraint=con.MaxNorm(48.0),
                    embeddings_regularizer=pen.OrthogonalRegularizer(0.125, "columns"),
                ),
                k.Flatten(),
                k.Dense(2),
            ],
            sample=(3,),
            whole=2900,
            penalized={0: Penalized(orthogonal(0.125, "columns"), norm_constraint(0.0, 48.0))},
        ),
    }  # fmt: skip


NETS: dict[str, Net] = {
    "batch": normed(7, lambda w: batch(w, 7), lambda k: k.BatchNormalization()),
    "batch, wide": normed(
        150, lambda w: batch(w, 150, momentum=0.5), lambda k: k.BatchNormalization(momentum=0.5)
    ),
    "batch, frozen": normed(
        7, lambda w: batch(w, 7, frozen=True), lambda k: k.BatchNormalization(trainable=False)
    ),
    "batch, first and last": Net(
        lambda w: [batch(w, 5), dense(w, 5, 9), Activate("relu"), dense(w, 9, 2), batch(w, 2)],
        lambda k: [
            k.BatchNormalization(),
            k.Dense(9, activation="relu"),
            k.Dense(2),
            k.BatchNormalization(),
        ],
    ),
    "batch, relu, dropout": Net(
        lambda w: [
            dense(w, 5, 70),
            Activate("relu"),
            batch(w, 70),
            Activate("relu"),
            Dropout(0.25, 3),
            dense(w, 70, 2),
        ],
        lambda k: [
            k.Dense(70, activation="relu"),
            k.BatchNormalization(),
            k.ReLU(),
            k.Dropout(0.25),
            k.Dense(2),
        ],
    ),
    "batch, fused update": Net(
        large_ops,
        lambda k: [
            k.Dense(190),
            k.BatchNormalization(),
            k.Dense(190),
            k.LayerNormalization(),
            k.PReLU(),
            k.Dense(2),
        ],
    ),
    "batch, positions": Net(
        lambda w: [dense(w, 3, 6), batch(w, 6), Reshape((24,)), dense(w, 24, 2)],
        lambda k: [k.Dense(6), k.BatchNormalization(), k.Flatten(), k.Dense(2)],
        sample=(4, 3),
    ),
    "layer": normed(7, row("layer", 7), lambda k: k.LayerNormalization()),
    "layer, wide": normed(150, row("layer", 150), lambda k: k.LayerNormalization()),
    "layer, two axes": Net(
        lambda w: [
            dense(w, 3, 6),
            Reshape((24,)),
            row("layer", 24)(w),
            Activate("tanh"),
            dense(w, 24, 2),
        ],
        lambda k: [
            k.Dense(6),
            k.LayerNormalization(axis=[1, 2]),
            k.Activation("tanh"),
            k.Flatten(),
            k.Dense(2),
        ],
        sample=(4, 3),
    ),
    "rms": normed(7, row("rms", 7, eps=1e-6), lambda k: k.RMSNormalization()),
    "unit": normed(7, row("unit", 7), lambda k: k.UnitNormalization()),
    "prelu": normed(7, lambda w: PRelu(0.25 + 0.1 * w(7)), lambda k: k.PReLU()),
    "prelu, shared": Net(
        lambda w: [dense(w, 3, 6), PRelu(0.25 + 0.1 * w(6)), Reshape((24,)), dense(w, 24, 2)],
        lambda k: [k.Dense(6), k.PReLU(shared_axes=[1]), k.Flatten(), k.Dense(2)],
        sample=(4, 3),
    ),
    "batch, other axis": along(
        (2, 1), lambda w: batch(w, 4), lambda k: k.BatchNormalization(axis=1)
    ),
    "softmax, other axis": along(
        (2, 1), lambda w: Activate("softmax"), lambda k: k.Softmax(axis=1)
    ),
    "unit, other axis": along((2, 1), row("unit", 4), lambda k: k.UnitNormalization(axis=1)),
    "layer, other axis": along((2, 1), row("layer", 4), lambda k: k.LayerNormalization(axis=1)),
    "prelu, shared last": along(
        (2, 1), lambda w: PRelu(0.25 + 0.1 * w(4)), lambda k: k.PReLU(shared_axes=[2])
    ),
    "layer, axes apart": Net(
        lambda w: [
            dense(w, 3, 5),
            Reshape((4, 2, 5)),
            Permute((2, 1, 3)),
            Reshape((2, 20)),
            row("layer", 20)(w),
            Reshape((2, 4, 5)),
            Permute((2, 1, 3)),
            Reshape((40,)),
            dense(w, 40, 2),
        ],
        lambda k: [
            k.Dense(5),
            k.Reshape((4, 2, 5)),
            k.LayerNormalization(axis=[1, 3]),
            k.Flatten(),
            k.Dense(2),
        ],
        sample=(8, 3),
    ),
    "permute": Net(
        lambda w: [
            dense(w, 3, 6),
            Reshape((2, 4, 6)),
            Permute((3, 1, 2)),
            Reshape((12, 4)),
            dense(w, 4, 2),
            Reshape((24,)),
            dense(w, 24, 2),
        ],
        lambda k: [
            k.Dense(6),
            k.Reshape((2, 4, 6)),
            k.Permute((3, 1, 2)),
            k.Dense(2),
            k.Flatten(),
            k.Dense(2),
        ],
        sample=(8, 3),
    ),
    "dropout, columns": Net(
        lambda w: [
            dense(w, 3, 6),
            Dropout(0.25, 1, (True, False)),
            Reshape((24,)),
            dense(w, 24, 2),
        ],
        lambda k: [k.Dense(6), k.Dropout(0.25, noise_shape=(None, 1, 6)), k.Flatten(), k.Dense(2)],
        sample=(4, 3),
    ),
    "dropout, rows": Net(
        lambda w: [
            dense(w, 3, 6),
            Permute((2, 1)),
            Dropout(0.25, 2, (True, False)),
            Permute((2, 1)),
            Reshape((24,)),
            dense(w, 24, 2),
        ],
        lambda k: [k.Dense(6), k.Dropout(0.25, (None, None, 1)), k.Flatten(), k.Dense(2)],
        sample=(4, 3),
    ),
    "alpha, one for the batch": normed(
        70,
        lambda w: AlphaDropout(0.3, 1, (False, True)),
        lambda k: k.AlphaDropout(0.3, noise_shape=(1, None)),
    ),
    "noise": normed(7, lambda w: Noise(0.25, 1, SEED, False), lambda k: k.GaussianNoise(0.25)),
    "factor": normed(
        70,
        lambda w: Noise(float(np.sqrt(0.2 / 0.8)), 1, SEED, True),
        lambda k: k.GaussianDropout(0.2),
    ),
    "alpha": normed(7, lambda w: AlphaDropout(0.3, 1), lambda k: k.AlphaDropout(0.3)),
    "embedding": Net(
        lambda w: [Embedding(w(11, 4)), Reshape((12,)), Activate("tanh"), dense(w, 12, 2)],
        lambda k: [k.Embedding(11, 4), k.Flatten(), k.Activation("tanh"), k.Dense(2)],
        sample=(3,),
        whole=11,
    ),
    "embedding, fused update": Net(
        lambda w: [Embedding(w(2900, 13)), Reshape((39,)), dense(w, 39, 2)],
        lambda k: [k.Embedding(2900, 13), k.Flatten(), k.Dense(2)],
        sample=(3,),
        whole=2900,
    ),
    "glu": Net(
        lambda w: [dense(w, 5, 14), Glu(), dense(w, 7, 2)],
        lambda k: [k.Dense(14, "glu"), k.Dense(2)],
    ),
    "glu, wide": Net(
        lambda w: [dense(w, 5, 300), Glu(), dense(w, 150, 12), Activate("tanh"), Glu(),
                   dense(w, 6, 2)],
        lambda k: [k.Dense(300, "glu"), k.Dense(12, "tanh"), k.Activation("glu"), k.Dense(2)],
    ),
    "glu, positions": Net(
        lambda w: [Glu(), dense(w, 3, 4), Glu(), Reshape((8,)), dense(w, 8, 2)],
        lambda k: [k.Activation("glu"), k.Dense(4, "glu"), k.Flatten(), k.Dense(2)],
        sample=(4, 6),
    ),
    "glu, last": Net(
        lambda w: [dense(w, 5, 9), Activate("tanh"), dense(w, 9, 4), Glu()],
        lambda k: [k.Dense(9, activation="tanh"), k.Dense(4, activation="glu")],
    ),
    "rescaling": Net(
        lambda w: [dense(w, 5, 7), Affine(0.0, 0.75, -0.25), Activate("tanh"), dense(w, 7, 2)],
        lambda k: [k.Dense(7), k.Rescaling(0.75, -0.25), k.Activation("tanh"), k.Dense(2)],
    ),
    "rescaling by columns": Net(
        lambda w: [Affine(0.0, np.arange(1.0, 6.0) / 4, np.arange(5.0) / 8), dense(w, 5, 2)],
        lambda k: [k.Rescaling([0.25, 0.5, 0.75, 1.0, 1.25], [0.0, 0.125, 0.25, 0.375, 0.5]),
                   k.Dense(2)],
    ),
    "normalization": Net(
        lambda w: [Affine(np.arange(5.0) / 4, 1.0 / np.sqrt(np.arange(1.0, 6.0)), 0.0),
                   dense(w, 5, 7), Activate("tanh"), dense(w, 7, 2)],
        lambda k: [k.Normalization(mean=[0.0, 0.25, 0.5, 0.75, 1.0],
                                   variance=[1.0, 2.0, 3.0, 4.0, 5.0]),
                   k.Dense(7, activation="tanh"), k.Dense(2)],
    ),
    "repeated": Net(
        lambda w: [dense(w, 5, 6), Repeat(3), row("layer", 6)(w), Reshape((18,)), dense(w, 18, 2)],
        lambda k: [k.Dense(6), k.RepeatVector(3), k.LayerNormalization(), k.Flatten(), k.Dense(2)],
    ),
    **restricted_nets(fastnn),
}  # fmt: skip


def held(values: Array) -> Array:
    """Values that float32 can hold."""
    return values.astype(np.float32).astype(np.float64)


def make_ops(name: str) -> list[Op]:
    """The twin's ops; every call draws the same weights."""
    rng = np.random.default_rng(11)
    return NETS[name].ops(lambda *shape: held(rng.normal(size=shape)))


def data(name: str, rows: int = 40) -> tuple[Array, Array]:
    """Inputs and targets."""
    net, rng = NETS[name], np.random.default_rng(12)
    x = rng.normal(size=(rows, *net.sample))
    if net.whole:
        x = rng.integers(0, net.whole, (rows, *net.sample)).astype(np.float64)
    return held(x), held(rng.normal(size=(rows, net.outputs)))


def weights_of(ops: list[Op]) -> list[Array]:
    """What fastnn's get_weights returns: params of each op, then its moving statistics."""
    out = []
    for op in ops:
        out += [p.copy() for p in op.params]
        if isinstance(op, BatchNorm):
            out += [m.copy() for m in op.moving]
    return out


def held_weights(name: str) -> list[Op]:
    """The twin's ops with every number one that float32 can hold."""
    ops = make_ops(name)
    for op in ops:
        for values in (*op.params, *getattr(op, "moving", ())):
            values[...] = held(values)
    return ops


@pytest.mark.parametrize("name", NETS)
def test_the_twins_gradients(name: str) -> None:
    """Central differences along random directions, of all parameters and of the input."""
    rng, h = np.random.default_rng(5), central_difference_step()
    ops = make_ops(name)
    x, y = data(name, 9)
    frozen = [op for op in ops if isinstance(op, BatchNorm) and op.frozen]
    graph = sequential(ops)
    start = [[m.copy() for m in op.moving] for op in ops if isinstance(op, BatchNorm)]

    def mask(stream: int, step: int, rate: float, rows: int, width: int) -> NDArray[np.bool_]:
        return dropout_mask(SEED, stream, step, rate, rows, width)

    def run(x: Array) -> tuple[float, list[Array], Array]:
        for op, moving in zip((o for o in ops if isinstance(o, BatchNorm)), start, strict=True):
            op.moving = [m.copy() for m in moving]
        ctx = Context(training=True, step=3, mask=mask)
        passed = graph.forward({"0": x}, ctx)
        out = passed.values[graph.nodes[-1].output]
        d, grads = graph.backward(passed, {graph.nodes[-1].output: out - y}, ctx)
        return float(0.5 * ((out - y) ** 2).sum()), grads, d["0"]

    value, grads, dx = run(x)
    params = [p for op in ops if op not in frozen for p in op.params]
    grads = [
        g for g, p in zip(grads, graph.params, strict=True) if any(p is kept for kept in params)
    ]
    targets = [(params, grads)] + ([] if NETS[name].whole else [([x], [dx])])
    for arrays, slopes in targets:
        for _ in range(3):
            direction = [rng.normal(size=p.shape) for p in arrays]
            size = np.sqrt(sum(float((d * d).sum()) for d in direction))
            origin, values = [p.copy() for p in arrays], []
            for sign in (1.0, -1.0):
                for p, o, d in zip(arrays, origin, direction, strict=True):
                    p[...] = o + sign * h * d / size
                values.append(run(x)[0])
            for p, o in zip(arrays, origin, strict=True):
                p[...] = o
            want = (values[0] - values[1]) / (2.0 * h)
            got = sum(float((g * d).sum()) for g, d in zip(slopes, direction, strict=True)) / size
            # Rows of length one have third derivatives of the size of 1 / |x|^3.
            assert abs(got - want) <= 16.0 * central_difference_bound(value, abs(want))


def twin_run(
    name: str, epochs: int, adam: bool, perturb: Any = None, drop: bool = False
) -> dict[str, Array]:
    """Losses and weights of the twin after each epoch of two batches."""
    ops, (x, y) = held_weights(name), data(name)
    if drop:  # the first input of the first row
        x = x.copy()
        x.reshape(len(x), -1)[0, 0] = 0.0 if not NETS[name].whole else 1.0
    twin = Twin(
        sequential(ops),
        "mse",
        Adam(0.015625) if adam else Sgd(NETS[name].rate),
        mask=lambda stream, step, rate, rows, width: dropout_mask(
            SEED, stream, step, rate, rows, width
        ),
        penalized=NETS[name].penalized,
        activities=NETS[name].activities,
    )
    parts = []
    for _ in range(epochs):
        log = twin.fit(x, y, epochs=1, batch_size=24, perturb=perturb).epochs[0]
        parts.append([np.array(log["loss"]), *weights_of(ops)])
    return {str(i): np.stack([p[i] for p in parts]) for i in range(len(parts[0]))}


def make_model(name: str, dtype: str, adam: bool) -> Any:
    """The same net in fastnn, with the twin's weights and the twin's noise."""
    fastnn.config.set_floatx(dtype)
    try:
        model = fastnn.Sequential([fastnn.Input(NETS[name].sample)])
        for layer in NETS[name].layers(fastnn.layers):
            model.add(layer)
    finally:
        fastnn.config.set_floatx("float32")
    made = fastnn.optimizers
    model.compile(made.Adam(0.015625) if adam else made.SGD(NETS[name].rate), loss="mse")
    shapes = [w.shape for w in model.get_weights()]
    values = [w.astype(dtype) for w in weights_of(held_weights(name))]
    model.set_weights([v.reshape(s) for v, s in zip(values, shapes, strict=True)])
    model.training_state.seed = SEED
    return model


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NETS)
def test_fit_follows_the_twin(name: str, dtype: str) -> None:
    """Five epochs of two batches, the second one short; weights and moving statistics."""
    adam, epochs = "batch" not in name, 5
    model = make_model(name, dtype, adam)
    x, y = (v.astype(dtype) for v in data(name))
    if NETS[name].whole:
        x = x.astype(np.int32)
    parts = []
    for _ in range(epochs):
        log = model.fit(x, y, batch_size=24, epochs=1, shuffle=False, verbose=0).history
        parts.append([np.array(log["loss"][0]), *(np.float64(w) for w in model.get_weights())])
    base = twin_run(name, epochs, adam)
    got = {
        str(i): np.stack([p[i] for p in parts]).reshape(base[str(i)].shape)
        for i in range(len(parts[0]))
    }
    sensitivity = trajectory_sensitivity(
        lambda perturb: twin_run(name, epochs, adam, perturb), base
    )
    limits = trajectory_limits(sensitivity, base, dtype, parties=2)
    assert_trajectory(got, base, limits, twin_run(name, epochs, adam, drop=True))


RANDOM = (
    "noise", "factor", "alpha", "batch, relu, dropout", "dropout, columns", "dropout, rows",
    "alpha, one for the batch",
)  # fmt: skip
# Keras takes a layer with glu to be as wide as what it halves, so that it can only be the last one.
HALVED = ("glu", "glu, wide", "glu, positions")


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in NETS if name not in RANDOM + HALVED])
def test_keras_follows_the_twin(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What every other test here calls right is what Keras means; in float32, by SGD."""
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    if keras.backend.backend() != "jax":
        pytest.skip("needs the JAX backend")
    model = keras.Sequential(
        [
            keras.Input(NETS[name].sample, dtype="int32" if NETS[name].whole else "float32"),
            *restricted_nets(keras).get(name, NETS[name]).layers(keras.layers),
        ]
    )
    model.compile(keras.optimizers.SGD(NETS[name].rate), loss="mse")
    shapes = [w.shape for w in model.get_weights()]
    values = [w.astype("float32") for w in weights_of(held_weights(name))]
    model.set_weights([v.reshape(s) for v, s in zip(values, shapes, strict=True)])
    x, y = (v.astype("float32") for v in data(name))
    parts = []
    for _ in range(5):
        log = model.fit(x, y, batch_size=24, epochs=1, shuffle=False, verbose=0).history
        parts.append([np.array(log["loss"][0]), *(np.float64(w) for w in model.get_weights())])
    base = twin_run(name, 5, False)
    got = {
        str(i): np.stack([p[i] for p in parts]).reshape(base[str(i)].shape)
        for i in range(len(parts[0]))
    }
    sensitivity = trajectory_sensitivity(lambda perturb: twin_run(name, 5, False, perturb), base)
    limits = trajectory_limits(sensitivity, base, "float32", parties=2)
    assert_trajectory(got, base, limits, twin_run(name, 5, False, drop=True))


@pytest.mark.parametrize("name", NETS)
def test_predict_follows_the_twin(name: str) -> None:
    """Outside training: moving statistics, no noise; the same bits row by row."""
    model = make_model(name, "float64", False)
    x, _ = data(name)
    ops = held_weights(name)
    graph = sequential(ops)
    want = graph.forward({"0": x}, Context()).values[graph.nodes[-1].output]
    got = model.predict(x, verbose=0)
    assert np.abs(got - want).max() <= 1e-11 * max(1.0, np.abs(want).max())
    single = np.concatenate([model.predict(x[i : i + 1], verbose=0) for i in range(len(x))])
    assert single.tobytes() == got.tobytes()
