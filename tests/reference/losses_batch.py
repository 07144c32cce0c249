"""Losses of sets and of pairs of rows, by plain loops: see losses.py."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EPSILON = 1e-7


def tversky(t: Array, y: Array, alpha: float, beta: float) -> float:
    """1 - both / (both + alpha missed + beta wrong) of one set. Salehi et al., 2017."""
    both = missed = wrong = 0.0
    for a, b in zip(t.ravel(), y.ravel(), strict=True):
        both += a * b
        missed += a * (1.0 - b)
        wrong += (1.0 - a) * b
    return 1.0 - both / (both + alpha * missed + beta * wrong + EPSILON)


def dice(t: Array, y: Array) -> float:
    """1 - 2 both / (size of t + size of y) of one set."""
    both = sum(a * b for a, b in zip(t.ravel(), y.ravel(), strict=True))
    return float(1.0 - 2.0 * both / (t.sum() + y.sum() + EPSILON))


def circle(labels: Array, y: Array, gamma: float, margin: float, itself: bool) -> Array:
    """log(1 + sum over the class * sum over the others) of each row. Sun et al., 2020."""
    found = []
    for i, row in enumerate(y):
        same = apart = 0.0
        for j, other in enumerate(y):
            d = max(1.0 - math.fsum(a * b for a, b in zip(row, other, strict=True)), 0.0)
            if labels[i] != labels[j]:
                apart += math.exp(gamma * max(1.0 + margin - d, 0.0) * (1.0 - margin - d))
            elif i != j or itself:
                same += math.exp(-gamma * max(margin + d, 0.0) * (margin - d))
        found.append(math.log1p(same * apart))
    return np.array(found)
