"""What `config` and `backend` let one set, and what is fixed."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import backend, config


@pytest.mark.parametrize(
    ("name", "value", "other"),
    [("set_epsilon", 1e-7, 1e-5), ("set_backend", "fastnn", "jax"),
     ("set_image_data_format", "channels_last", "channels_first")],
)  # fmt: skip
def test_what_is_fixed_takes_what_it_is(name: str, value: Any, other: Any) -> None:
    getattr(config, name)(value)
    with pytest.raises(ValueError, match="must be"):
        getattr(config, name)(other)
    assert (config.epsilon(), config.backend(), config.image_data_format()) == (
        1e-7, "fastnn", "channels_last")  # fmt: skip


def test_names_of_types() -> None:
    for given, name in ((None, "float32"), (float, "float32"), (int, "int32"), (bool, "bool"),
                        ("float16", "float16"), (np.int8, "int8"), (np.dtype("u2"), "uint16"),
                        (fastnn.layers.Dense(1, dtype="float64").dtype, "float64")):  # fmt: skip
        assert fastnn.utils.standardize_dtype(given) == name
    for wrong in ("zz", 3.5, object, "U3"):
        with pytest.raises(ValueError, match="`dtype` must be"):
            fastnn.utils.standardize_dtype(wrong)


def test_what_backend_has() -> None:
    assert backend.is_float_dtype("float16")
    assert not backend.is_float_dtype("int8")
    assert backend.is_int_dtype(np.uint8)
    assert not backend.is_int_dtype("bool")
    assert backend.is_keras_tensor(fastnn.Input((2,)))
    assert backend.standardize_dtype(float) == "float32"
    backend.clear_session()
    assert [backend.get_uid("row"), backend.get_uid("row"), backend.get_uid()] == [1, 2, 1]
    backend.clear_session()
    assert backend.get_uid("row") == 1
    backend.set_epsilon(1e-7)


def test_normalize() -> None:
    x = np.array([[3, 4], [0, 0], [-6, 8]])
    for order, norms in ((1, [7, 1, 14]), (2, [5, 1, 10]), (np.inf, [4, 1, 8]),
                         (3, [91 ** (1 / 3), 1, 728 ** (1 / 3)])):  # fmt: skip
        found = fastnn.utils.normalize(x, order=order)
        np.testing.assert_allclose(found, x / np.array(norms)[:, np.newaxis], rtol=1e-15)
    np.testing.assert_allclose(
        fastnn.utils.normalize(x, axis=0), x / np.sqrt([[45, 80]]), rtol=1e-15
    )
    for dtype in ("float16", "float32", "float64"):
        assert fastnn.utils.normalize(x.astype(dtype)).dtype == dtype
    for order in (0, -1, "a", np.nan):
        with pytest.raises(ValueError, match="`order` must be"):
            fastnn.utils.normalize(x, order=order)
