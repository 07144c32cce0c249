"""Twin of a model with several inputs and losses: the sum of weighted losses, and its steps."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .graph import Graph
from .losses import LOSSES, reduce_loss
from .ops import Context
from .optimizers import Optimizer
from .training import Perturb

Array = NDArray[np.float64]


class Target(NamedTuple):
    """Loss of one tensor: its name in the table, and its weight in the sum."""

    loss: str
    weight: float = 1.0


class MultipleTwin:
    """A graph whose tensors in `losses` are compared with targets."""

    def __init__(self, graph: Graph, losses: Mapping[str, Target], optimizer: Optimizer) -> None:
        self.graph, self.losses, self.optimizer = graph, dict(losses), optimizer

    def step(
        self, feeds: Mapping[str, Array], targets: Mapping[str, Array],
        perturb: Perturb | None = None,
    ) -> float:  # fmt: skip
        """One step of the optimiser; the loss before it."""
        ctx = Context(training=True, step=self.optimizer.iterations, perturb=perturb)
        run = self.graph.forward(feeds, ctx)
        total, seeds = 0.0, {}
        for tensor, (name, weight) in self.losses.items():
            f, y = LOSSES[name], run.values[tensor]
            t = targets[tensor].reshape(-1) if f.sparse else targets[tensor].astype(np.float64)
            rows = f.rows(t, y, 0.0)
            value, coefficients = reduce_loss(rows, None, "mean")
            size = np.abs(rows) + np.abs(y).max(axis=-1)
            value = float(ctx.rounded(np.array(value), np.array(8.0 * (size / len(y)).sum())))
            total += weight * value
            d = weight * coefficients[:, None] * f.grad(t, y, 0.0)
            scale = np.abs(f.grad(t, y, 0.0)) + np.abs(y) + 2.0
            seeds[tensor] = ctx.rounded(d, 8.0 * weight * np.abs(coefficients[:, None]) * scale)
        _, grads = self.graph.backward(run, seeds, ctx)
        self.optimizer.step(self.graph.params, grads, ctx)
        return total

    def fit(
        self, feeds: Mapping[str, Array], targets: Mapping[str, Array], batch: int, epochs: int,
        perturb: Perturb | None = None,
    ) -> dict[str, Array]:  # fmt: skip
        """Epoch by epoch the mean loss over the rows, and every parameter at its end."""
        n = len(next(iter(feeds.values())))
        parts = []
        for _ in range(epochs):
            total = 0.0
            for first in range(0, n, batch):
                part = slice(first, first + batch)
                rows = min(n, first + batch) - first
                total += rows * self.step(
                    {k: v[part] for k, v in feeds.items()},
                    {k: v[part] for k, v in targets.items()}, perturb,
                )  # fmt: skip
            parts.append([np.array(total / n), *(p.copy() for p in self.graph.params)])
        return {str(i): np.stack([p[i] for p in parts]) for i in range(len(parts[0]))}
