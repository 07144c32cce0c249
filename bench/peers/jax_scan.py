"""JAX: one jitted function an epoch, a lax.scan over the batches, buffers donated."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np

from bench import data
from bench.peers import Array, Call, Run, Unsupported, epoch_order, only_adam
from bench.shapes import Case

VERSIONS = ("jax", "jaxlib", "numpy")
_ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}
_OUTPUTS = {"linear": lambda z: z, "sigmoid": jax.nn.sigmoid, "softmax": jax.nn.softmax}


def _logits(case, params, x):
    for i in range(len(case.layers)):
        x = x @ params[2 * i] + params[2 * i + 1]
        if i < len(case.layers) - 1:
            x = _ACTIVATIONS[case.activation](x)
    return x


def _loss(case, params, x, y):
    z = _logits(case, params, x)
    if case.loss == "bce":
        return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z))))
    if case.loss == "mse":
        return jnp.mean((z - y) ** 2)
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1))


def _make_epoch(case, rows):
    whole, rest = divmod(rows, case.batch)

    def step(state, index, x, y):
        params, m, v, t = state
        xb, yb = (x, y) if index is None else (x[index], y[index])
        loss, grads = jax.value_and_grad(lambda p: _loss(case, p, xb, yb))(params)
        t = t + 1
        rate = data.learning_rate(case) * jnp.sqrt(1 - data.BETA_2**t) / (1 - data.BETA_1**t)
        m = [data.BETA_1 * a + (1 - data.BETA_1) * g for a, g in zip(m, grads, strict=True)]
        v = [data.BETA_2 * a + (1 - data.BETA_2) * g * g for a, g in zip(v, grads, strict=True)]
        params = [
            p - rate * a / (jnp.sqrt(b) + data.EPSILON)
            for p, a, b in zip(params, m, v, strict=True)
        ]
        return (params, m, v, t), loss

    def epoch(state, order, x, y):
        if whole == 1 and rest == 0:  # a full batch has no order
            return step(state, None, x, y)
        total = 0.0
        if whole:
            index = order[: whole * case.batch].reshape(whole, case.batch)
            state, losses = jax.lax.scan(lambda s, i: step(s, i, x, y), state, index)
            total = jnp.sum(losses) * case.batch
        if rest:
            state, loss = step(state, order[whole * case.batch :], x, y)
            total = total + loss * rest
        return state, total / rows

    return jax.jit(epoch, donate_argnums=0)


def train(case: Case, x: Array, y: Array, weights: list[Array], threads: int, shuffle: bool) -> Run:
    only_adam(case)
    if case.activation not in _ACTIVATIONS:
        raise Unsupported(f"{case.activation} is measured for fastnn alone")
    params = [jnp.array(w) for w in weights]
    zeros = [[jnp.zeros_like(p) for p in params] for _ in range(2)]
    state = (params, *zeros, jnp.zeros((), jnp.float32))
    xs, ys = jnp.array(x), jnp.array(y)
    rows = len(x)
    epoch = _make_epoch(case, rows)
    rng = np.random.default_rng(data.SEED)

    def run(epochs: int) -> list[float]:
        nonlocal state
        losses = []
        for _ in range(epochs):
            order = epoch_order(rng, rows, shuffle).astype(np.int32)
            state, loss = epoch(state, order, xs, ys)
            losses.append(loss)
        return [float(loss) for loss in losses]

    return run


def predict(case: Case, x: Array, weights: list[Array], threads: int) -> Call:
    if case.entry == "call":
        raise Unsupported("model(x) is measured for fastnn alone")
    params = [jnp.array(w) for w in weights]
    apply = jax.jit(lambda a: _OUTPUTS[case.output](_logits(case, params, a)))
    return lambda: np.asarray(apply(x))
