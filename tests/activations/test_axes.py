"""Softmax over several axes at once."""

from typing import Any

import numpy as np
import pytest

from fastnn import activations

X = np.random.default_rng(4).normal(size=(2, 3, 4, 5))


@pytest.mark.parametrize("axis", [(1, 2), (-1, 0), (0, 1, 2, 3), (3,)])
def test_axes_count_as_one(axis: tuple[int, ...]) -> None:
    grown = np.exp(X)
    want = grown / grown.sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(activations.softmax(X, axis=axis), want, rtol=1e-13)
    np.testing.assert_allclose(activations.log_softmax(X, axis=axis), np.log(want), rtol=1e-13)
    assert activations.softmax(X.astype(np.float32), axis=axis).dtype == np.float32


@pytest.mark.parametrize(
    ("axis", "message"),
    [((0, -4), "`axis` must name different axes"), ((), "`axis` must name different axes"),
     ((1, 4), "`axis` must be an axis of `x`")],
)  # fmt: skip
def test_axes_that_are_none(axis: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        activations.softmax(X, axis=axis)
