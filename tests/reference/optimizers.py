"""Optimisers, float64, with Keras 3's formulas. t counts steps from 1, g is the gradient.

New slots and weights pass through ``ctx.rounded`` as the ops' results do (see ops.py).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ops import Context, probable_roundings

Array = NDArray[np.float64]


class Optimizer:
    """Holds the slots of every parameter and applies one step to all of them."""

    slot_count = 0
    step_roundings = 8.0  # bound on the roundings in one update, relative to the update
    weight_roundings = 1.0  # the same, relative to the weight
    initial = 0.0  # of slot 0
    # What every optimiser can do around its step; set on the object.
    weight_decay = 0.0
    clipvalue = float("inf")
    clipnorm: float | None = None
    global_clipnorm: float | None = None
    gradient_accumulation_steps = 1
    loss_scale_factor = 1.0  # cancels but for roundings
    use_ema = False
    ema_momentum = 0.99
    ema_overwrite_frequency: int | None = None
    schedule: Callable[[int], float] | None = None

    def __init__(self, learning_rate: float = 0.001) -> None:
        self.learning_rate = learning_rate
        self.iterations = 0  # steps
        self.t = 0  # of the update that the step is part of, from 1
        self.slots: list[list[Array]] = []
        self.accumulated: list[Array] = []
        self.averages: list[Array] = []

    def step(
        self, params: Sequence[Array], grads: Sequence[Array], ctx: Context | None = None
    ) -> None:
        """Update every parameter in place; one iteration."""
        ctx = ctx or Context()
        if not self.slots:
            self.slots = [[np.zeros_like(p) for _ in range(self.slot_count)] for p in params]
            for s in self.slots:
                for first in s[:1]:
                    first[...] = self.initial
            self.accumulated = [np.zeros_like(p) for p in params]
            self.averages = [np.zeros_like(p) for p in params]
        if self.schedule is not None:
            self.learning_rate = self.schedule(self.iterations)
        every = self.gradient_accumulation_steps
        self.t = self.iterations // every + 1
        self.iterations += 1
        if every > 1:
            for total, g in zip(self.accumulated, grads, strict=True):
                total[...] = ctx.rounded(total + g, 2.0 * np.abs(total) + 4.0 * np.abs(g))
            grads = [total / every for total in self.accumulated]
        if self.iterations % every == 0:
            for total in self.accumulated:
                total.fill(0.0)
            self._update(params, self._clipped(list(grads), ctx), ctx)
        if self.use_ema:
            self._average(params, ctx)

    def _clipped(self, grads: list[Array], ctx: Context) -> list[Array]:
        """Gradients whose elements, or norms, or norm all together, are bounded."""

        def shortened(g: Array, norm: float, most: float) -> Array:
            if norm <= most:
                return g
            return ctx.rounded(g * (most / norm), 8.0 * np.abs(g) * (most / norm))

        norms = [float(np.sqrt(np.sum(g * g))) for g in grads]
        if self.clipnorm is not None:
            return [shortened(g, n, self.clipnorm) for g, n in zip(grads, norms, strict=True)]
        if self.global_clipnorm is not None:
            norm = float(np.sqrt(sum(n * n for n in norms)))
            return [shortened(g, norm, self.global_clipnorm) for g in grads]
        return [np.clip(g, -self.clipvalue, self.clipvalue) for g in grads]

    def _update(self, params: Sequence[Array], grads: Sequence[Array], ctx: Context) -> None:
        for p, g, s in zip(params, grads, self.slots, strict=True):
            if self.decay_of(p):
                decay = self.decay_of(p) * self.learning_rate
                p[...] = ctx.rounded(p - p * decay, (1.0 + 2.0 * decay) * np.abs(p))
            change = self.change(p, g, s, ctx)
            size = self.weight_roundings * np.abs(p) + self.step_roundings * np.abs(change)
            p[...] = ctx.rounded(p + change, size)

    def decay_of(self, p: Array) -> float:
        """Weight decay of one parameter."""
        return self.weight_decay

    def _average(self, params: Sequence[Array], ctx: Context) -> None:
        """The moving averages; they begin at the weights after the first update."""
        share = 1.0 if self.t == 1 else 1.0 - self.ema_momentum
        for p, a in zip(params, self.averages, strict=True):
            a[...] = ctx.rounded(a + share * (p - a), 2.0 * np.abs(a) + 4.0 * share * np.abs(p - a))
            if self.ema_overwrite_frequency and self.t % self.ema_overwrite_frequency == 0:
                p[...] = a

    def finalize(self, params: Sequence[Array]) -> None:
        """What the end of a fit does: the averages become the weights."""
        if self.use_ema:
            for p, a in zip(params, self.averages, strict=True):
                p[...] = a

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        """What is added to one parameter; its slots are updated in place."""
        raise NotImplementedError


def average(m: Array, g: Array, beta: float, ctx: Context) -> None:
    """m <- m + (g - m)(1 - beta), in place."""
    k = 1.0 - beta
    m[...] = ctx.rounded(m + (g - m) * k, 2.0 * np.abs(m) + 4.0 * k * np.abs(g - m))


def average_square(v: Array, g: Array, beta: float, ctx: Context) -> None:
    """v <- v + (g^2 - v)(1 - beta), in place."""
    k = 1.0 - beta
    v[...] = ctx.rounded(v + (g * g - v) * k, v + 4.0 * k * g * g)


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

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
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

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        m, v = slots
        t = self.t
        average(m, g, self.beta_1, ctx)
        average_square(v, g, self.beta_2, ctx)
        a = self.learning_rate * np.sqrt(1.0 - self.beta_2**t) / (1.0 - self.beta_1**t)
        return -a * m / (np.sqrt(v) + self.epsilon)


class AmsGrad(Adam):
    """Adam that divides by the root of the largest v so far (Reddi et al., 2018)."""

    slot_count = 3

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        m, v, largest = slots
        t = self.t
        average(m, g, self.beta_1, ctx)
        average_square(v, g, self.beta_2, ctx)
        largest[...] = np.maximum(largest, v)
        a = self.learning_rate * np.sqrt(1.0 - self.beta_2**t) / (1.0 - self.beta_1**t)
        return -a * m / (np.sqrt(largest) + self.epsilon)


class Adamax(Adam):
    """m as Adam; u <- max(b2 u, |g|);  w <- w - lr / (1 - b1^t) m / (u + epsilon)."""

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        m, u = slots
        average(m, g, self.beta_1, ctx)
        u[...] = ctx.rounded(np.maximum(self.beta_2 * u, np.abs(g)), 2.0 * u)
        rate = self.learning_rate / (1.0 - self.beta_1**self.t)
        return -rate * m / (u + self.epsilon)


class Nadam(Adam):
    """Dozat, 2015: m, v as Adam; mu_t = b1 (1 - 0.96^t / 2), P_t the product of mu_1 ... mu_t;

    h = mu_{t+1} m / (1 - P_{t+1}) + (1 - mu_t) g / (1 - P_t);
    w <- w - lr h / (sqrt(v / (1 - b2^t)) + epsilon).
    """

    def mu(self, t: int) -> float:
        """Momentum of step t."""
        return float(self.beta_1 * (1.0 - 0.5 * 0.96**t))

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        m, v = slots
        t = self.t
        average(m, g, self.beta_1, ctx)
        average_square(v, g, self.beta_2, ctx)
        product = float(np.prod([self.mu(i) for i in range(1, t + 1)]))
        following = self.mu(t + 1)
        ahead = following * m / (1.0 - product * following)
        here = (1.0 - self.mu(t)) * g / (1.0 - product)
        divisor = np.sqrt(v / (1.0 - self.beta_2**t)) + self.epsilon
        # The two terms may cancel: their roundings are relative to their sizes, not to the sum.
        step = ctx.rounded(ahead + here, 4.0 * (np.abs(ahead) + np.abs(here)))
        return -self.learning_rate * step / divisor


class Lamb(Adam):
    """You et al., arXiv 1904.00962: d = m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon);

    w <- w - lr |w| / |d| d, the ratio 1 where a norm is 0.
    """

    step_roundings = 24.0

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        m, v = slots
        t = self.t
        average(m, g, self.beta_1, ctx)
        average_square(v, g, self.beta_2, ctx)
        d = m / (1.0 - self.beta_1**t) / (np.sqrt(v / (1.0 - self.beta_2**t)) + self.epsilon)
        norms = np.sqrt(np.sum(w * w)), np.sqrt(np.sum(d * d))
        ratio = norms[0] / norms[1] if norms[0] > 0 and norms[1] > 0 else 1.0
        return -self.learning_rate * ratio * d


class Muon(Adam):
    """Liu et al., arXiv 2502.16982. A matrix: m <- mu m + g; u = mu m + g with Nesterov's, else m;

    w <- w - lr rms_rate sqrt(longer side) X, X the iterated u. All else: Adam, at another rate.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1.0,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
    ):
        super().__init__(learning_rate, adam_beta_1, adam_beta_2, epsilon)
        self.adam_weight_decay, self.adam_lr_ratio = adam_weight_decay, adam_lr_ratio
        self.coefs, self.ns_steps = (muon_a, muon_b, muon_c), ns_steps
        self.mu, self.nesterov, self.rms_rate = momentum, nesterov, rms_rate

    def decay_of(self, p: Array) -> float:
        return self.weight_decay if p.ndim == 2 else self.adam_weight_decay or 0.0

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        if w.ndim != 2:
            return self.adam_lr_ratio * super().change(w, g, slots, ctx)
        m = slots[0]
        kept = self.mu * m
        m[...] = ctx.rounded(kept + g, 2.0 * (np.abs(kept) + np.abs(g)))
        u = m
        if self.nesterov:
            kept = self.mu * m
            u = ctx.rounded(kept + g, 2.0 * (np.abs(kept) + np.abs(g)))
        size = 1.0 if self.rms_rate is None else self.rms_rate * np.sqrt(max(w.shape))
        return -self.learning_rate * size * self.iterate(u, ctx)

    def iterate(self, u: Array, ctx: Context) -> Array:
        """X / |X|, then ns_steps times a X + (b A + c A A) X, A = X X^T, of the wide form."""
        a, b, c = self.coefs
        x = u if u.shape[0] <= u.shape[1] else u.T
        x = x / (np.sqrt(np.sum(x * x)) + 1e-7)
        x = ctx.rounded(x, 4.0 * np.abs(x))
        for _ in range(self.ns_steps):
            near = np.abs(x)
            gram = ctx.rounded(x @ x.T, probable_roundings(x.shape[1]) * (near @ near.T))
            square, large = gram @ gram, np.abs(gram) @ np.abs(gram)
            few = probable_roundings(len(x))
            mixed = b * gram + c * square
            mixed = ctx.rounded(mixed, 2.0 * np.abs(b * gram) + (few + 2.0) * abs(c) * large)
            x = ctx.rounded(a * x + mixed @ x, 2.0 * abs(a) * near + few * (np.abs(mixed) @ near))
        return x if u.shape[0] <= u.shape[1] else x.T


class RmsProp(Optimizer):
    """Hinton, 2012. v <- rho v + (1 - rho) g^2;  d = v + epsilon, or, centered, with a the moving

    average of g, v - a^2 + epsilon;  s <- momentum s + lr g / sqrt(d);  w <- w - s.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
    ):
        super().__init__(learning_rate)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
        self.slot_count = 3

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        v, s, a = slots
        average_square(v, g, self.rho, ctx)
        d = v + self.epsilon
        if self.centered:
            average(a, g, self.rho, ctx)
            d = np.maximum(v - a * a, 0.0) + self.epsilon
            d = ctx.rounded(d, 2.0 * (d + a * a))
        step = self.learning_rate * g / np.sqrt(d)
        kept = self.momentum * s
        s[...] = ctx.rounded(kept + step, 2.0 * np.abs(kept) + 8.0 * np.abs(step))
        return -s


class Adagrad(Optimizer):
    """Duchi et al., 2011. a <- a + g^2;  w <- w - lr g / sqrt(a + epsilon)."""

    slot_count = 1

    def __init__(
        self,
        learning_rate: float = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
    ):
        super().__init__(learning_rate)
        self.initial, self.epsilon = initial_accumulator_value, epsilon

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        a = slots[0]
        a[...] = ctx.rounded(a + g * g, a + 2.0 * g * g)
        return -self.learning_rate * g / np.sqrt(a + self.epsilon)


class Adadelta(Optimizer):
    """Zeiler, arXiv 1212.5701. a, x: moving averages of g^2 and of d^2,

    d = g sqrt(x + epsilon) / sqrt(a + epsilon);  w <- w - lr d.
    """

    slot_count = 2

    def __init__(self, learning_rate: float = 0.001, rho: float = 0.95, epsilon: float = 1e-7):
        super().__init__(learning_rate)
        self.rho, self.epsilon = rho, epsilon

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        a, x = slots
        average_square(a, g, self.rho, ctx)
        d = g * np.sqrt(x + self.epsilon) / np.sqrt(a + self.epsilon)
        d = ctx.rounded(d, 6.0 * np.abs(d))
        average_square(x, d, self.rho, ctx)
        return -self.learning_rate * d


class Lion(Optimizer):
    """Chen et al., arXiv 2302.06675. w <- w - lr sign(b1 m + (1 - b1) g);  m averages g by b2."""

    slot_count = 1

    def __init__(self, learning_rate: float = 0.001, beta_1: float = 0.9, beta_2: float = 0.99):
        super().__init__(learning_rate)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        m = slots[0]
        sign = np.sign(self.beta_1 * m + (1.0 - self.beta_1) * g)
        average(m, g, self.beta_2, ctx)
        return -self.learning_rate * sign


class Ftrl(Optimizer):
    """McMahan et al., 2013, with Keras' shrinkage and beta. p = -learning_rate_power:

    b = a + g^2;  z <- z + g + 2 shrinkage w - (b^p - a^p) w / lr;  a <- b;
    w = (clip(z, -l1, l1) - z) / (b^p / lr + 2 l2 + beta / lr).
    """

    slot_count = 2
    weight_roundings = 9.0

    def __init__(
        self,
        learning_rate: float = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
    ):
        super().__init__(learning_rate)
        self.p, self.initial, self.beta = -learning_rate_power, initial_accumulator_value, beta
        self.l1, self.l2 = l1_regularization_strength, l2_regularization_strength
        self.shrinkage = l2_shrinkage_regularization_strength
        if self.p not in (0.0, 0.5):
            # e^(p log a): p log a is rounded twice, and a of a few units has a logarithm below 8.
            self.weight_roundings += 16.0 * self.p

    def change(self, w: Array, g: Array, slots: list[Array], ctx: Context) -> Array:
        a, z = slots
        lr = self.learning_rate
        b = ctx.rounded(a + g * g, a + 2.0 * g * g)
        pull = (b**self.p - a**self.p) / lr * w
        size = np.abs(z) + np.abs(g) + 4.0 * self.shrinkage * np.abs(w)
        size = size + self.weight_roundings * (b**self.p + a**self.p) / lr * np.abs(w)
        z[...] = ctx.rounded(z + g + 2.0 * self.shrinkage * w - pull, size)
        a[...] = b
        curvature = b**self.p / lr + 2.0 * self.l2 + self.beta / lr
        return (np.clip(z, -self.l1, self.l1) - z) / curvature - w


# Every optimiser by Keras' class name, with the twin's arguments that differ from its defaults.
OPTIMIZERS: dict[str, tuple[Callable[..., Optimizer], dict[str, Any]]] = {
    "SGD": (Sgd, {}),
    "Adam": (Adam, {}),
    "AdamW": (Adam, {"weight_decay": 0.004}),
    "Adamax": (Adamax, {}),
    "Nadam": (Nadam, {}),
    "RMSprop": (RmsProp, {}),
    "Adagrad": (Adagrad, {}),
    "Adadelta": (Adadelta, {}),
    "Lion": (Lion, {}),
    "Ftrl": (Ftrl, {}),
    "Lamb": (Lamb, {}),
    "Muon": (Muon, {"weight_decay": 0.004}),
}

# Arguments that any optimiser takes, kept as attributes of the twin.
COMMON = (
    "weight_decay", "clipvalue", "clipnorm", "global_clipnorm", "gradient_accumulation_steps",
    "loss_scale_factor", "use_ema", "ema_momentum", "ema_overwrite_frequency",
)  # fmt: skip


def twin_of(name: str, **options: Any) -> Optimizer:
    """The twin of an optimiser, from Keras' class name and Keras' arguments."""
    make, fixed = OPTIMIZERS[name]
    options = {**fixed, **options}
    common = {k: options.pop(k) for k in COMMON if k in options}
    schedule = options.get("learning_rate")
    if callable(schedule):
        options["learning_rate"] = 0.0
    if options.pop("amsgrad", False):
        make = AmsGrad
    made = make(**options)
    for key, value in common.items():
        setattr(made, key, value)
    if callable(schedule):
        made.schedule = schedule
    return made
