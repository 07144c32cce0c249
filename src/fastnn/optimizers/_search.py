"""What the core is told of a minimization over a whole batch."""

from typing import NamedTuple


class Search(NamedTuple):
    """Limits of an L-BFGS run, in the core's order."""

    max_iterations: int
    max_evaluations: int
    history: int
    tolerance_grad: float
    tolerance_change: float
