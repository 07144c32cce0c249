"""The core against the float64 twin: losses, metrics and weights of whole training runs."""

import functools
import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reference import (
    ACTIVATIONS,
    LOSSES,
    Activate,
    Adam,
    Dense,
    Reshape,
    Sgd,
    Twin,
    dense_chain,
    dropout_mask,
    sequential,
)
from reference.cases import CASES, run_api, run_twin
from tolerance import (
    ACTIVATION_ULP,
    activation_ulp,
    assert_gemm,
    assert_trajectory,
    assert_ulp,
    gemm_rms_error,
    trajectory_limits,
    trajectory_sensitivity,
    unit_roundoff,
)

fastnn = pytest.importorskip("fastnn")
_core: Any = pytest.importorskip("fastnn._core")

Array = NDArray[np.float64]
DTYPES = ("float32", "float64")


@functools.cache
def twin_side(name: str) -> tuple[dict[str, Array], dict[str, Array], dict[str, Array]]:
    """The twin's run of a case, its sensitivity to rounding, and the run with a term dropped."""
    case = CASES[name]
    base = run_twin(case)
    sensitivity = trajectory_sensitivity(lambda perturb: run_twin(case, perturb), base)
    return base, sensitivity, run_twin(case, drop_term=True)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_fit_follows_the_twin(name: str, dtype: str) -> None:
    """Every activation, loss, reduction and optimiser: up to ten epochs, epoch by epoch."""
    base, sensitivity, mutant = twin_side(name)
    limits = trajectory_limits(sensitivity, base, dtype, parties=1 + (dtype == "float64"))
    if dtype == "float64":
        sizes = {key: max(1.0, np.abs(base[key]).max()) for key in limits}
        assert all(limit.max() < 1e-10 * sizes[key] for key, limit in limits.items())
    assert_trajectory(run_api(fastnn, CASES[name], dtype), base, limits, mutant)


# ---- through the bridge: what the public interface draws by itself, given -----------------------


class Bridge:
    """A chain of dense layers, activations and dropout as the core's op list, with a trainer."""

    def __init__(
        self,
        weights: list[Array],
        activations: list[str],
        dropout: dict[int, float],
        dtype: str,
        batch: int,
        loss: str,
        seed: int,
    ) -> None:
        tensors = [(1, weights[0].shape[0])]
        ops = []

        def add(kind: str, width: int, **values: Any) -> None:
            tensors.append((1, width))
            place = len(tensors) - 1
            ops.append(_core.Op(_core.OP_KINDS[kind], (place - 1,), place, **values))

        for i, name in enumerate(activations):
            width = weights[2 * i].shape[1]
            code, params = _core.ACTIVATIONS[name], ACTIVATIONS[name].params
            add("dense", width, activation=code, act_params=params, use_bias=True)
            if i in dropout:
                add("dropout", width, rate=dropout[i], stream=i)
        self.network = _core.Network(dtype, tensors, ops)
        for i, w in enumerate(weights):
            self.network.set_param(i, w.astype(dtype))
        self.network.set_optimizer(_core.OPTIMIZERS["adam"])
        output = (_core.LOSSES[loss], (), 1.0, _core.REDUCTIONS["mean"], (), None, None)
        self.trainer = _core.Trainer(self.network, batch, [output], seed)
        self.batch = batch

    def epoch(
        self, x: Array, y: Array, order: NDArray[np.int64] | None, learning_rate: float
    ) -> float:
        """One epoch of Adam; its loss."""
        n = len(x) if order is None else len(order)
        steps = -(-n // self.batch)
        hyper = (0.9, 0.999, 1e-7)
        rates = np.full(steps, learning_rate)
        result = self.trainer.fit(x, y, None, order, n, 0, rates, hyper)
        assert result.steps_done == steps
        return float(result.loss_sum / result.loss_weight)

    def params(self) -> list[Array]:
        """Every parameter as float64."""
        return [self.network.get_param(i).astype(np.float64) for i in range(self.network.n_params)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_dropout_and_order_follow_the_twin(dtype: str, rng: np.random.Generator) -> None:
    """The same masks (the twin computes Philox itself) and the same shuffled rows."""
    seed, epochs, batch, n = 0x1234_5678_9ABC, 5, 16, 50
    shapes = [(6, 13), (13,), (13, 9), (9,), (9, 3), (3,)]
    weights = [
        (rng.normal(size=s) / np.sqrt(s[0])).astype(dtype).astype(np.float64) for s in shapes
    ]
    x = rng.normal(size=(n, 6)).astype(dtype).astype(np.float64)
    labels = rng.integers(0, 3, n).astype(np.float64)
    names, rates = ["tanh", "relu", "softmax"], {0: 0.25, 1: 0.5}
    orders = [rng.permutation(n).astype(np.int64) for _ in range(epochs)]

    def twin_run(perturb: Any = None, x: Array = x) -> dict[str, Array]:
        graph = dense_chain(weights, names, rates)
        twin = Twin(
            graph,
            "scce",
            Adam(0.015625),
            mask=lambda stream, step, rate, rows, width: dropout_mask(
                seed, stream, step, rate, rows, width
            ),
        )
        parts = []
        for order in orders:
            history = twin.fit(
                x, labels, epochs=1, batch_size=batch, order=lambda _, o=order: o, perturb=perturb
            )
            parts.append([np.array(history.epochs[0]["loss"]), *(p.copy() for p in graph.params)])
        return {str(i): np.stack([p[i] for p in parts]) for i in range(len(parts[0]))}

    bridge = Bridge(weights, names, rates, dtype, batch, "scce", seed)
    parts = []
    for order in orders:
        value = bridge.epoch(x.astype(dtype), labels.astype(dtype), order, 0.015625)
        parts.append([np.array(value), *bridge.params()])
    got = {str(i): np.stack([p[i] for p in parts]) for i in range(len(parts[0]))}
    base = twin_run()
    dropped = x.copy()
    dropped[:, 0] = 0.0
    limits = trajectory_limits(trajectory_sensitivity(twin_run, base), base, dtype, parties=2)
    assert_trajectory(got, base, limits, twin_run(x=dropped))


@pytest.mark.parametrize("dtype", DTYPES)
def test_positions_and_flatten_follow_the_twin(dtype: str, rng: np.random.Generator) -> None:
    """Dense over the last axis of (batch, 4, 3), flatten, dense: against the twin's graph."""

    def held(shape: tuple[int, ...], size: float = 1.0) -> Array:
        return (size * rng.normal(size=shape)).astype(dtype).astype(np.float64)

    weights = [held((3, 5), 0.5), held((5,)), held((20, 2), 0.25), held((2,))]
    x, y = held((24, 4, 3)), held((24, 2))

    def twin_run(perturb: Any = None, x: Array = x) -> dict[str, Array]:
        graph = sequential(
            [
                Dense(*weights[:2]),
                Activate("tanh"),
                Reshape((20,)),
                Dense(*weights[2:]),
            ]
        )
        twin = Twin(graph, "mse", Sgd(0.125))
        parts = []
        for _ in range(6):
            log = twin.fit(x, y, epochs=1, batch_size=7, perturb=perturb).epochs[0]
            parts.append([np.array(log["loss"]), *(p.copy() for p in graph.params)])
        return {str(i): np.stack([p[i] for p in parts]) for i in range(len(parts[0]))}

    model = fastnn.Sequential(
        [
            fastnn.Input((4, 3), dtype=dtype),
            fastnn.layers.Dense(5, activation="tanh", dtype=dtype),
            fastnn.layers.Flatten(dtype=dtype),
            fastnn.layers.Dense(2, dtype=dtype),
        ]
    )
    model.compile(optimizer=fastnn.optimizers.SGD(0.125), loss="mse")
    model.set_weights([w.astype(dtype) for w in weights])
    parts = []
    for _ in range(6):
        log = model.fit(
            x.astype(dtype), y.astype(dtype), batch_size=7, epochs=1, shuffle=False, verbose=0
        ).history
        parts.append([np.array(log["loss"][0]), *(np.float64(w) for w in model.get_weights())])
    got = {str(i): np.stack([p[i] for p in parts]) for i in range(len(parts[0]))}
    base = twin_run()
    dropped = x.copy()
    dropped[0, 0, 0] = 0.0
    limits = trajectory_limits(trajectory_sensitivity(twin_run, base), base, dtype, parties=2)
    assert_trajectory(got, base, limits, twin_run(x=dropped))


# ---- the same run, other calls ----------------------------------------------------------------


def small_model(dtype: str = "float32") -> Any:
    """Two layers, Adam, weights that depend on nothing but this."""
    model = fastnn.Sequential(
        [
            fastnn.Input((5,), dtype=dtype),
            fastnn.layers.Dense(11, activation="gelu", dtype=dtype),
            fastnn.layers.Dense(3, activation="softmax", dtype=dtype),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    draw = np.random.default_rng(5)
    model.set_weights([draw.normal(size=w.shape).astype(dtype) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_call_or_many(dtype: str, rng: np.random.Generator) -> None:
    """fit(epochs=4), four times fit(epochs=1) and train_on_batch by hand: the same bits."""
    x, y = rng.normal(size=(41, 5)).astype(dtype), rng.integers(0, 3, 41)
    whole, pieces, batches = (small_model(dtype) for _ in range(3))
    history = whole.fit(x, y, batch_size=8, epochs=4, shuffle=False, verbose=0).history
    losses = [
        pieces.fit(x, y, batch_size=8, epochs=1, shuffle=False, verbose=0).history["loss"][0]
        for _ in range(4)
    ]
    assert losses == history["loss"]
    for _ in range(4):
        for first in range(0, 41, 8):
            batches.train_on_batch(x[first : first + 8], y[first : first + 8])
    for a, b, c in zip(
        whole.get_weights(), pieces.get_weights(), batches.get_weights(), strict=True
    ):
        assert a.tobytes() == b.tobytes() == c.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_evaluate_and_validation_follow_the_twin(dtype: str, rng: np.random.Generator) -> None:
    """evaluate, validation_data and validation_split measure the network as the twin does."""
    x, y = rng.normal(size=(50, 5)).astype(dtype), rng.integers(0, 3, 50)
    w = rng.uniform(0.5, 2.0, 50).astype(dtype)
    model = small_model(dtype)
    before = [v.astype(np.float64) for v in model.get_weights()]
    twin = Twin(
        dense_chain(before, ["gelu", "softmax"]),
        "scce",
        Adam(),
        metrics={"accuracy": "sparse_categorical_accuracy"},
    )
    want = twin.evaluate(x.astype(np.float64), y, batch_size=16, sample_weight=w)
    got = model.evaluate(x, y, batch_size=16, sample_weight=w, verbose=0, return_dict=True)
    # one network evaluation: at most a few dozen roundings on terms of the loss's size
    limit = 256.0 * unit_roundoff(dtype) * max(1.0, want["loss"])
    assert abs(got["loss"] - want["loss"]) <= limit
    assert got["accuracy"] == pytest.approx(want["accuracy"], abs=1e-12)

    split = model.fit(x, y, validation_split=0.3, epochs=1, verbose=0, shuffle=False).history
    data = small_model(dtype)
    kept = data.fit(
        x[:35], y[:35], validation_data=(x[35:], y[35:]), epochs=1, verbose=0, shuffle=False
    ).history
    assert split == kept
    again = data.evaluate(x[35:], y[35:], verbose=0, return_dict=True)
    assert again["loss"] == kept["val_loss"][0]
    assert again["accuracy"] == kept["val_accuracy"][0]


# ---- pieces by themselves ------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("k", "n"), [(1, 1), (3, 17), (511, 5), (512, 64), (513, 10), (4096, 96)])
def test_products_within_the_bound(k: int, n: int, dtype: str, rng: np.random.Generator) -> None:
    """A dense layer's forward product: elementwise bound, and the mean error of long sums."""
    x = rng.normal(size=(33, k)).astype(dtype)
    w, b = rng.normal(size=(k, n)).astype(dtype), rng.normal(size=n).astype(dtype)
    model = fastnn.Sequential(
        [fastnn.Input((k,), dtype=dtype), fastnn.layers.Dense(n, dtype=dtype)]
    )
    model.set_weights([w, b])
    got = model.predict(x, verbose=0)
    assert_gemm(got, x, w, b)
    if dtype == "float32" and k == 4096:
        exact = x.astype(np.float64) @ w.astype(np.float64) + b.astype(np.float64)
        error = np.sqrt(np.mean((got - exact) ** 2) / np.mean(exact**2))
        assert error <= gemm_rms_error(k)


@pytest.mark.parametrize("dtype", DTYPES)
# The other row-wise activations have no limit in ulp; tests/kernels bounds them.
@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n in ACTIVATION_ULP])
def test_activation_follows_the_twin(name: str, dtype: str, rng: np.random.Generator) -> None:
    """Values within the function's ulp limit; derivatives within a few roundings of their terms."""
    z = np.concatenate([rng.normal(size=(40, 8)), 6.0 * rng.normal(size=(40, 8))]).astype(dtype)
    f, code = ACTIVATIONS[name], _core.ACTIVATIONS[name]
    got = _core.activation(code, f.params, z)
    params = tuple(float(np.dtype(dtype).type(p)) for p in f.params)
    wide = z.astype(np.float64)
    exact = f.forward(wide, *params)
    # In float64 the twin's own error, a few ulp from NumPy's functions, comes on top.
    limit = activation_ulp(name, wide) * (1.0 if dtype == "float32" else 2.0)
    assert_ulp(got, exact, limit, name)
    dy = rng.normal(size=z.shape).astype(dtype)
    slope = _core.activation_grad(code, f.params, z, dy)
    want = f.backward(wide, dy.astype(np.float64), *params)
    size = np.abs(dy).astype(np.float64)
    if name == "softmax":
        size = size + (size * exact).sum(axis=-1, keepdims=True)
    # y enters the derivative with its own error, the product adds some; terms are of size |dy|
    bound = (16.0 + limit) * unit_roundoff(dtype) * size * (1.0 + np.abs(wide))
    if name in ("exponential", "power"):  # derivatives that grow past their argument
        bound = bound + limit * unit_roundoff(dtype) * np.abs(want) * 2.0
    assert np.all(np.abs(slope - want) <= bound)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
def test_loss_follows_the_twin(loss: str, dtype: str, rng: np.random.Generator) -> None:
    """Value of each row and gradient of each element, at widths around the sixteen lanes."""
    f = LOSSES[loss]
    u = unit_roundoff(dtype)
    for cols, smoothing in itertools.product((1, 3, 16, 33), (0.0, 0.125)):
        rows = 19
        p = rng.uniform(0.05, 0.95, (rows, cols)).astype(dtype)
        y = p if f.probabilities else (3.0 * rng.normal(size=(rows, cols))).astype(dtype)
        if f.sparse:
            t = rng.integers(0, cols, rows)
        else:
            t = rng.integers(1 if f.positive else 0, 3 if f.positive else 2, (rows, cols)).astype(
                dtype
            )
        third = smoothing if f.param is None else f.param
        params, columns = f.params(third), None if f.columns is None else f.columns(cols)
        wide, target = y.astype(np.float64), np.asarray(t, np.float64)
        want = f.rows(target, wide, third)
        got = _core.loss(_core.LOSSES[f.kernel], params, t, y, columns)
        # terms of the row, each with a few roundings, and a tree over them
        size = np.abs(want) + (np.abs(wide).max(axis=-1) * (cols if f.classes and f.logits else 1))
        assert np.all(np.abs(got - want) <= (16.0 + -(-cols // 16)) * u * (size + 1.0))
        slope = _core.loss_grad(_core.LOSSES[f.kernel], params, t, y, columns)
        want = f.grad(target, wide, third)
        terms = np.abs(want) + np.abs(wide) + 1.0 + target.sum() / rows
        assert np.all(np.abs(slope - want) <= (24.0 + -(-cols // 16)) * u * terms * 20.0)
