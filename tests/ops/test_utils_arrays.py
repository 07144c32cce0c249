"""Helpers for data in `fastnn.utils`: examples, and what Keras' documentation promises."""

import doctest
import importlib

import numpy as np
import pytest

from fastnn import utils

ROWS = [[1], [2, 3], [4, 5, 6]]


def test_examples() -> None:
    assert doctest.testmod(importlib.import_module("fastnn.utils.arrays")).failed == 0


def test_pad_sequences() -> None:
    for padding, truncating, wanted in (
        ("pre", "pre", [[0, 1], [2, 3], [5, 6]]), ("post", "post", [[1, 0], [2, 3], [4, 5]]),
    ):  # fmt: skip
        found = utils.pad_sequences(ROWS, 2, padding=padding, truncating=truncating)
        assert np.array_equal(found, wanted)
    assert utils.pad_sequences(ROWS, value=-1)[0].tolist() == [-1, -1, 1]
    assert utils.pad_sequences([[[1, 2]], []], dtype="float32").shape == (2, 1, 2)
    with pytest.raises(ValueError, match="`padding` must be"):
        utils.pad_sequences(ROWS, padding="both")


def test_packed_tuples() -> None:
    assert utils.unpack_x_y_sample_weight(1) == (1, None, None)
    assert utils.unpack_x_y_sample_weight(utils.pack_x_y_sample_weight(1, 2, 3)) == (1, 2, 3)
    with pytest.raises(ValueError, match="`data` must be"):
        utils.unpack_x_y_sample_weight((1, 2, 3, 4))
