"""Optimisers, float64, with Keras 3's formulas. t counts steps from 1, g is the gradient.

New slots and weights pass through ``ctx.rounded`` as the ops' results do (see ops.py).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .ops import Context

Array = NDArray[np.float64]


class Optimizer:
    """Holds the slots of every parameter and applies one step to all of them."""

    slot_count = 0
    step_roundings = 8.0  # bound on the roundings in one update, relative to the update

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.iterations = 0
        self.slots: list[list[Array]] = []

    def step(
        self, params: Sequence[Array], grads: Sequence[Array], ctx: Context | None = None
    ) -> None:
        """Update every parameter in place; one iteration."""
        ctx = ctx or Context()
        if not self.slots:
            self.slots = [[np.zeros_like(p) for _ in range(self.slot_count)] for p in params]
        self.iterations += 1
        for p, g, s in zip(params, grads, self.slots, strict=True):
            change = self.change(g, s, ctx)
            p[...] = ctx.rounded(p + change, np.abs(p) + self.step_roundings * np.abs(change))

    def change(self, g: Array, slots: list[Array], ctx: Context) -> Array:
        """What is added to one parameter; its slots are updated in place."""
        raise NotImplementedError


class Sgd(Optimizer):
    """Gradient descent; with momentum (Polyak, 1964) or Nesterov's, as Sutskever et al., 2013.

    m <- momentum * m - lr * g;  w <- w + m, or with Nesterov w <- w + momentum * m - lr * g.
    Without momentum w <- w - lr * g.
    """

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.0, nesterov: bool = False):
        super().__init__(learning_rate)
        self.momentum = momentum
        self.nesterov = nesterov
        self.slot_count = 1 if momentum else 0

    def change(self, g: Array, slots: list[Array], ctx: Context) -> Array:
        lr = self.learning_rate
        if not self.momentum:
            return -lr * g
        m = slots[0]
        size = np.abs(self.momentum * m) + np.abs(lr * g)
        m[...] = ctx.rounded(self.momentum * m - lr * g, 4.0 * size)
        return self.momentum * m - lr * g if self.nesterov else m.copy()


class Adam(Optimizer):
    """Kingma and Ba, arXiv 1412.6980, in the form before section 2.1, as Keras.

    m <- m + (g - m)(1 - b1);  v <- v + (g^2 - v)(1 - b2);
    a = lr sqrt(1 - b2^t) / (1 - b1^t);  w <- w - a m / (sqrt(v) + epsilon).
    """

    slot_count = 2

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
    ):
        super().__init__(learning_rate)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def change(self, g: Array, slots: list[Array], ctx: Context) -> Array:
        m, v = slots
        t, k1, k2 = self.iterations, 1.0 - self.beta_1, 1.0 - self.beta_2
        m[...] = ctx.rounded(m + (g - m) * k1, 2.0 * np.abs(m) + 4.0 * k1 * np.abs(g - m))
        v[...] = ctx.rounded(v + (g * g - v) * k2, v + 4.0 * k2 * g * g)
        a = self.learning_rate * np.sqrt(1.0 - self.beta_2**t) / (1.0 - self.beta_1**t)
        return -a * m / (np.sqrt(v) + self.epsilon)
