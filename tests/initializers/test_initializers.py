"""Names, axes, types and arrays of initialisers."""

import json
from typing import Any

import numpy as np
import pytest

from fastnn import initializers


@pytest.mark.parametrize(
    "make",
    [
        lambda **a: initializers.VarianceScaling(2.0, seed=5, **a),
        lambda **a: initializers.HeNormal(seed=5, **a),
        lambda **a: initializers.GlorotUniform(seed=5, **a),
    ],
    ids=["scaling", "he", "glorot"],
)
def test_axes_of_inputs_and_outputs(make: Any) -> None:
    """The same numbers as for the matrix with so many inputs and outputs."""
    named = make(input_axes=[0], output_axes=[1, -1])
    assert named((32, 4, 16)).tolist() == make()((32, 64)).reshape(32, 4, 16).tolist()
    again = initializers.deserialize(json.loads(json.dumps(initializers.serialize(named))))
    assert again.get_config() == named.get_config()
    assert again.output_axes == [1, -1]
    assert "input_axes" not in make().get_config()
    with pytest.raises(ValueError, match=r"`shape` \(2, 2\) has no axis 2"):
        make(input_axes=[0], output_axes=[2])((2, 2))
    with pytest.raises(ValueError, match="`input_axes` must be a list of integers"):
        make(input_axes=0, output_axes=[1])


def test_constant_of_an_array() -> None:
    values = np.array([[1.5, 2.5], [3.5, 4.5]])
    constant = initializers.Constant(values)
    assert constant((2, 2)).tolist() == values.tolist()
    assert constant((3, 2, 2)).tolist() == [values.tolist()] * 3
    assert initializers.Constant([1, 2])((2, 2), "int32").tolist() == [[1, 2], [1, 2]]
    again = initializers.deserialize(json.loads(json.dumps(initializers.serialize(constant))))
    assert again((2, 2)).tolist() == values.tolist()
    with pytest.raises(ValueError, match=r"`value` of shape \(2, 2\) does not fit the shape \(3,"):
        constant((3, 3))


def test_types() -> None:
    assert initializers.Ones()((2,), "int32").dtype == np.int32
    assert initializers.Zeros()((2,), bool).tolist() == [False, False]
    assert initializers.RandomNormal()((2,), "float16").dtype == np.float16
    with pytest.raises(ValueError, match="`dtype` must be"):
        initializers.RandomNormal()((2,), "int32")


def test_get_and_deserialize() -> None:
    class Twos(initializers.Initializer):
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return np.full(shape, 2.0)

    assert initializers.get(None) is None
    with pytest.raises(ValueError, match="`kernel_initializer` must be a name or an object"):
        initializers.get(None, "kernel_initializer")
    assert type(initializers.deserialize("he_normal")) is initializers.HeNormal
    made = initializers.deserialize({"class_name": "Twos", "config": {}}, {"Twos": Twos})
    assert made((2,)).tolist() == [2.0, 2.0]
    with pytest.raises(ValueError, match="unknown initializer class 'Twos'"):
        initializers.deserialize({"class_name": "Twos", "config": {}})
