"""Twin: a graph with a loss, an optimiser and metrics, and Keras' fit loop over it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .graph import Graph, Node
from .losses import LOSSES, reduce_loss
from .metrics import METRICS, Metric
from .ops import Activate, Context, Dense, Dropout, Op, probable_roundings
from .optimizers import Optimizer
from .regularizers import Penalized, Regularizer

Array = NDArray[np.float64]
Perturb = Callable[[Array, Array], Array]

# A loss of probabilities behind the activation that makes them is computed from the logits: the
# same function wherever Keras' clipping of probabilities does not bite, and right beyond.
FUSED = {
    ("bce", "sigmoid"): "bce_logits",
    ("cce", "softmax"): "cce_logits",
    ("scce", "softmax"): "scce_logits",
    ("scce ignoring", "softmax"): "scce_logits ignoring",
    ("binary_focal", "sigmoid"): "binary_focal_logits",
    ("binary_focal balanced", "sigmoid"): "binary_focal_logits balanced",
    ("categorical_focal", "softmax"): "categorical_focal_logits",
    ("categorical_focal columns", "softmax"): "categorical_focal_logits columns",
    ("tweedie", "exponential"): "tweedie_log",
}


def sequential(ops: Sequence[Op]) -> Graph:
    """A chain: tensor "0" is the input, op i writes tensor str(i + 1)."""
    return Graph([Node(op, (str(i),), str(i + 1)) for i, op in enumerate(ops)])


def dense_chain(
    weights: Sequence[Array], activations: Sequence[str], dropout: Mapping[int, float] | None = None
) -> Graph:
    """Dense layers with biases from a flat list of weights, each followed by its activation.

    ``dropout[i]`` puts a Dropout of that rate, stream i, behind layer i.
    """
    ops: list[Op] = []
    for i, name in enumerate(activations):
        ops += [Dense(weights[2 * i], weights[2 * i + 1]), Activate(name)]
        if dropout and i in dropout:
            ops.append(Dropout(dropout[i], i))
    return sequential(ops)


@dataclass
class TwinHistory:
    """What a run leaves behind. Lists by step and by epoch."""

    step_loss: list[float] = field(default_factory=list)
    step_params: list[list[Array]] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)

    def series(self, name: str) -> Array:
        """One quantity over the epochs."""
        return np.array([e[name] for e in self.epochs])


class Mean:
    """Weighted mean of values that come in pieces; 0 without weight."""

    def __init__(self) -> None:
        self.total = self.weight = 0.0

    def add(self, total: float, weight: float) -> None:
        """`total` is already a weighted sum."""
        self.total += total
        self.weight += weight

    def result(self) -> float:
        return self.total / self.weight if self.weight else 0.0


class Twin:
    """One input "0", one output (the last tensor), trained in float64."""

    def __init__(
        self,
        graph: Graph,
        loss: str,
        optimizer: Optimizer,
        *,
        smoothing: float = 0.0,
        reduction: str = "mean",
        metrics: Mapping[str, Metric | str] | None = None,
        weighted_metrics: Mapping[str, Metric | str] | None = None,
        mask: Callable[[int, int, float, int, int], NDArray[np.bool_]] | None = None,
        fuse: bool = True,
        penalized: Mapping[int, Penalized] | None = None,
        activities: Mapping[str, Regularizer] | None = None,
    ) -> None:
        """`penalized` by number of the parameter, `activities` by the tensor they look at."""
        self.penalized, self.activities = penalized or {}, activities or {}
        self.graph, self.optimizer = graph, optimizer
        self.loss, self.smoothing, self.reduction = loss, smoothing, reduction
        self.mask = mask
        self.output = graph.nodes[-1].output
        self.loss_tensor = self.output
        last = graph.nodes[-1]
        if fuse and isinstance(last.op, Activate) and (loss, last.op.name) in FUSED:
            self.loss = FUSED[loss, last.op.name]
            self.loss_tensor = last.inputs[0]
        self.metrics = [
            (name, METRICS[m] if isinstance(m, str) else m, weighted)
            for group, weighted in ((metrics or {}, False), (weighted_metrics or {}, True))
            for name, m in group.items()
        ]

    def predict(self, x: Array) -> Array:
        """Output of the last op, dropout off."""
        return self.graph.forward({"0": x}, Context()).values[self.output]

    def loss_and_grads(
        self, x: Array, y: Array, weight: Array | None, ctx: Context
    ) -> tuple[float, list[Array], Array]:
        """Loss of a batch, gradients of the parameters, and the output."""
        run = self.graph.forward({"0": x}, ctx)
        tensor = run.values[self.loss_tensor]
        pred, targets = _rows(tensor), self._targets(y, tensor)
        f = LOSSES[self.loss]
        value, coefficients = reduce_loss(
            f.rows(targets, pred, self.smoothing), weight, self.reduction, f.counts(targets)
        )
        size = np.abs(pred).max(axis=-1) if f.logits else 0.0
        terms = np.abs(coefficients) * (np.abs(f.rows(targets, pred, self.smoothing)) + size)
        value = float(ctx.rounded(np.array(value), np.array(8.0 * terms.sum())))
        d = coefficients[:, None] * f.grad(targets, pred, self.smoothing)
        d = ctx.rounded(d, 8.0 * np.abs(coefficients[:, None]) * self._grad_scale(targets, pred))
        seeds = {self.loss_tensor: d.reshape(tensor.shape)}
        for name, regularizer in self.activities.items():
            a = run.values[name]
            value += regularizer.penalty(a) / len(a)
            slope = regularizer.grad(a) / len(a)
            slope = ctx.rounded(slope, 4.0 * np.abs(slope))
            seeds[name] = seeds[name] + slope if name in seeds else slope
        _, grads = self.graph.backward(run, seeds, ctx)
        for number, rule in self.penalized.items():
            if rule.regularizer is not None:
                w = self.graph.params[number]
                value += rule.regularizer.penalty(w)
                slope = rule.regularizer.grad(w)
                size = np.abs(slope).max() if rule.regularizer.products else np.abs(slope)
                roundings = probable_roundings(max(w.shape)) if rule.regularizer.products else 4.0
                grads[number] = ctx.rounded(
                    grads[number] + slope, roundings * size + np.abs(grads[number])
                )
        return value, grads, run.values[self.output]

    def train_step(
        self, x: Array, y: Array, weight: Array | None, perturb: Perturb | None = None
    ) -> tuple[float, Array]:
        """One step of the optimiser; the loss and the output are those before it."""
        step = self.optimizer.iterations
        ctx = Context(training=True, step=step, mask=self.mask, perturb=perturb)
        value, grads, out = self.loss_and_grads(x, y, weight, ctx)
        params = self.graph.params
        self.optimizer.step(params, grads, ctx)
        for number, rule in self.penalized.items():
            if rule.constraint is not None:
                allowed = rule.constraint(params[number])
                # A norm of float32 sums, a factor, a product.
                params[number][...] = ctx.rounded(allowed, 8.0 * np.abs(allowed))
        return value, out

    def fit(
        self,
        x: Array,
        y: Array,
        *,
        epochs: int,
        batch_size: int,
        order: Callable[[int], NDArray[np.int64]] | None = None,
        sample_weight: Array | None = None,
        validation: tuple[Array, Array] | None = None,
        perturb: Perturb | None = None,
        record_params: bool = False,
    ) -> TwinHistory:
        """Keras' loop: batches of the given order, the last one short, means over the rows.

        The epoch's loss is sum(batch loss * rows) / sum(rows) whatever the reduction; a metric is
        the mean over all rows (weighted metrics: sum(w v) / sum(w)) of values seen in training.
        """
        history = TwinHistory()
        for epoch in range(epochs):
            rows = np.arange(len(x)) if order is None else order(epoch)
            means = {name: Mean() for name in ["loss", *(m[0] for m in self.metrics)]}
            for first in range(0, len(rows), batch_size):
                part = rows[first : first + batch_size]
                w = None if sample_weight is None else sample_weight[part]
                value, out = self.train_step(x[part], y[part], w, perturb)
                self._add(means, value, y[part], out, w)
                history.step_loss.append(value)
                if record_params:
                    history.step_params.append([p.copy() for p in self.graph.params])
            logs = {name: m.result() for name, m in means.items()}
            if validation is not None:
                held = self.evaluate(*validation, batch_size=batch_size)
                logs |= {f"val_{name}": v for name, v in held.items()}
            history.epochs.append(logs)
        self.optimizer.finalize(self.graph.params)
        return history

    def evaluate(
        self, x: Array, y: Array, *, batch_size: int, sample_weight: Array | None = None
    ) -> dict[str, float]:
        """Loss and metrics without dropout and without a step."""
        means = {name: Mean() for name in ["loss", *(m[0] for m in self.metrics)]}
        for first in range(0, len(x), batch_size):
            part = slice(first, first + batch_size)
            w = None if sample_weight is None else sample_weight[part]
            value, _, out = self.loss_and_grads(x[part], y[part], w, Context())
            self._add(means, value, y[part], out, w)
        return {name: m.result() for name, m in means.items()}

    def _add(
        self, means: dict[str, Mean], value: float, y: Array, out: Array, weight: Array | None
    ) -> None:
        """Add one batch to the running means."""
        means["loss"].add(value * len(y), float(len(y)))
        for name, metric, weighted in self.metrics:
            v = metric.rows(self._targets(y, out), _rows(out))
            w = weight.reshape(-1) if weighted and weight is not None else np.ones(v.size)
            means[name].add(float(v @ w), float(w.sum()))

    def _targets(self, y: Array, like: Array) -> Array:
        """Labels (rows,) for the sparse losses, else targets in the shape of the rows."""
        if LOSSES[self.loss].sparse:
            return np.asarray(y).reshape(-1)
        return np.asarray(y, np.float64).reshape(-1, like.shape[-1])

    def _grad_scale(self, targets: Array, pred: Array) -> Array:
        """Size of the terms whose difference is the gradient: |t| and |y|, or probabilities."""
        f = LOSSES[self.loss]
        size = np.abs(f.grad(targets, pred, self.smoothing))
        if self.loss in ("mse", "sse"):
            share = 2.0 / (pred.shape[-1] if self.loss == "mse" else 1.0)
            size = size + share * (np.abs(pred) + np.abs(targets))
        elif f.logits:
            size = size + 1.0
        elif f.probabilities:
            size = size + 1.0 / np.clip(pred, 1e-7, 1.0)
        return size


def _rows(tensor: Array) -> Array:
    """(batch, ..., width) as (rows, width)."""
    return tensor.reshape(-1, tensor.shape[-1])
