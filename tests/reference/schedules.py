"""Learning-rate schedules, float64, with Keras 3's formulas and the C library's functions."""

import math
from collections.abc import Callable, Sequence

Schedule = Callable[[float], float]


def exponential(
    initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False
) -> Schedule:
    """Rate times decay_rate^(t / d); whole powers only with staircase."""

    def value(step: float) -> float:
        p = step / decay_steps
        return float(initial_learning_rate * decay_rate ** (math.floor(p) if staircase else p))

    return value


def inverse_time(
    initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False
) -> Schedule:
    """Rate over 1 + decay_rate t / d; whole quotients only with staircase."""

    def value(step: float) -> float:
        p = step / decay_steps
        return initial_learning_rate / (1.0 + decay_rate * (math.floor(p) if staircase else p))

    return value


def piecewise(boundaries: Sequence[float], values: Sequence[float]) -> Schedule:
    """values[i] up to and with boundaries[i]."""
    return lambda step: values[sum(step > b for b in boundaries)]


def polynomial(
    initial_learning_rate: float,
    decay_steps: float,
    end_learning_rate: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
) -> Schedule:
    """From one rate to the other as (1 - t / d)^power, d the next multiple of it with cycle."""

    def value(step: float) -> float:
        over = decay_steps * (max(1, math.ceil(step / decay_steps)) if cycle else 1)
        left = 1.0 - min(step, over) / over
        return float((initial_learning_rate - end_learning_rate) * left**power + end_learning_rate)

    return value


def cosine(
    initial_learning_rate: float,
    decay_steps: float,
    alpha: float = 0.0,
    warmup_target: float | None = None,
    warmup_steps: float = 0,
) -> Schedule:
    """Half a cosine wave down to alpha, after a straight line up to warmup_target."""

    def value(step: float) -> float:
        top = initial_learning_rate
        if warmup_target is not None:
            if step < warmup_steps:
                return top + (warmup_target - top) * step / warmup_steps
            top, step = warmup_target, step - warmup_steps
        share = min(step, decay_steps) / decay_steps
        return top * ((1.0 - alpha) * 0.5 * (1.0 + math.cos(math.pi * share)) + alpha)

    return value


def cosine_restarts(
    initial_learning_rate: float,
    first_decay_steps: float,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
) -> Schedule:
    """Half cosine waves, each t_mul as long and m_mul as high as the one before."""

    def value(step: float) -> float:
        length, height = float(first_decay_steps), 1.0
        while step >= length:
            step, length, height = step - length, length * t_mul, height * m_mul
        wave = 0.5 * height * (1.0 + math.cos(math.pi * step / length))
        return initial_learning_rate * ((1.0 - alpha) * wave + alpha)

    return value


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "ExponentialDecay": exponential,
    "InverseTimeDecay": inverse_time,
    "PiecewiseConstantDecay": piecewise,
    "PolynomialDecay": polynomial,
    "CosineDecay": cosine,
    "CosineDecayRestarts": cosine_restarts,
}


def schedule(name: str, **arguments: object) -> Schedule:
    """The twin of a schedule, from Keras' class name and arguments."""
    return SCHEDULES[name](**arguments)
