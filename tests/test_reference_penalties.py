"""The twin's regularisers and constraints: finite differences, and values worked by hand."""

import numpy as np
import pytest

from reference import Context, Sgd, Twin, dense_chain
from reference.regularizers import (
    Penalized,
    Regularizer,
    l1_l2,
    non_negative,
    norm_constraint,
    orthogonal,
)
from test_reference import assert_gradient


@pytest.mark.parametrize(
    "regularizer",
    [l1_l2(0.3, 0.0), l1_l2(0.0, 0.3), l1_l2(0.2, 0.3), orthogonal(0.5, "rows"),
     orthogonal(0.5, "columns")],
    ids=["l1", "l2", "both", "rows", "columns"],
)  # fmt: skip
def test_regularizer_derivative(regularizer: Regularizer, rng: np.random.Generator) -> None:
    """Central differences, away from the corners of the absolute value."""
    w = rng.normal(size=(5, 4))
    w += np.copysign(0.1, w)
    assert_gradient(regularizer.grad(w), lambda: regularizer.penalty(w), w)


def test_regularizer_values() -> None:
    w = np.array([[3.0, 4.0], [0.0, -1.0]])
    assert l1_l2(0.5, 0.25).penalty(w) == 0.5 * 8 + 0.25 * 26
    # rows (3, 4) / 5 and (0, -1): cosine -0.8; columns (3, 0) / 3 and (4, -1) / sqrt(17)
    assert orthogonal(0.5, "rows").penalty(w) == pytest.approx(0.5 * 0.8)
    assert orthogonal(0.5, "columns").penalty(w) == pytest.approx(0.5 * 4 / np.sqrt(17))


def test_constraint_values() -> None:
    w = np.array([[3.0, 0.3], [4.0, 0.4]])
    assert np.allclose(norm_constraint(0, 1)(w), [[0.6, 0.3], [0.8, 0.4]], rtol=1e-6)
    assert np.allclose(norm_constraint(1, 2, 0.5)(w), [[2.1, 0.45], [2.8, 0.6]], rtol=1e-6)
    assert np.allclose(np.linalg.norm(norm_constraint(1, 1, axis=1)(w), axis=1), 1, rtol=1e-6)
    assert non_negative(np.array([-1.0, 2.0])).tolist() == [0, 2]


def test_penalties_are_part_of_loss_and_gradient(rng: np.random.Generator) -> None:
    """Central differences through a whole network with penalties on weights and outputs."""
    shapes = [(3, 4), (4,), (4, 2), (2,)]
    weights = [rng.normal(size=s) for s in shapes]
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    twin = Twin(
        dense_chain(weights, ["tanh", "tanh"]), "mse", Sgd(0.1),
        penalized={0: Penalized(l1_l2(0.2, 0.1)), 2: Penalized(orthogonal(0.3, "columns")),
                   3: Penalized(l1_l2(0.0, 0.5))},
        activities={"2": l1_l2(0.1, 0.2), "4": l1_l2(0.0, 0.3)},
    )  # fmt: skip
    _, grads, _ = twin.loss_and_grads(x, y, None, Context())
    for p, g in zip(twin.graph.params, grads, strict=True):
        assert_gradient(g, lambda: twin.loss_and_grads(x, y, None, Context())[0], p)
