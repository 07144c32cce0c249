"""`serialize_keras_object` and back: Keras' forms, recorded from Keras 3.15, and bad ones."""

import functools
from typing import Any

import numpy as np
import pytest
from own_objects import OWN, Filled, Quartic, largest

import fastnn
from fastnn import saving
from fastnn._errors import NamelessError


def described(module: str, name: str, config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def function(name: str) -> dict[str, Any]:
    entry = described("builtins", "function", name)
    return {**entry, "registered_name": "function"}


LOSS = {"name": "mean_squared_error", "reduction": "sum_over_batch_size"}
ADAM = {
    "name": "adam", "learning_rate": 0.5, "weight_decay": None, "clipnorm": None,
    "global_clipnorm": None, "clipvalue": None, "use_ema": False, "ema_momentum": 0.99,
    "ema_overwrite_frequency": None, "loss_scale_factor": None,
    "gradient_accumulation_steps": None, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07,
    "amsgrad": False,
}  # fmt: skip
# What Keras makes of the same objects of its own.
KERAS: list[tuple[Any, Any]] = [
    (None, None),
    (2.5, 2.5),
    (np.float32(2), 2.0),
    (np.array(3), 3),
    (np.bool_(True), True),
    (
        slice(1, None, 2),
        {"class_name": "__slice__", "config": {"start": 1, "stop": None, "step": 2}},
    ),
    (..., {"class_name": "__ellipsis__", "config": {}}),
    (b"ab", {"class_name": "__bytes__", "config": {"value": "ab"}}),
    ({1: (2, [3])}, {1: (2, [3])}),
    (
        np.ones((2, 1), "float32"),
        {"class_name": "__numpy__", "config": {"value": [[1.0], [1.0]], "dtype": "float32"}},
    ),
    (fastnn.losses.MeanSquaredError(), described("keras.losses", "MeanSquaredError", LOSS)),
    (fastnn.initializers.Ones(), described("keras.initializers", "Ones", {})),
    (fastnn.optimizers.Adam(0.5, name="adam"), described("keras.optimizers", "Adam", ADAM)),
    (
        fastnn.optimizers.schedules.CosineDecay(0.1, 5),
        described(
            "keras.optimizers.schedules", "CosineDecay",
            {"initial_learning_rate": 0.1, "decay_steps": 5, "alpha": 0.0, "name": "CosineDecay",
             "warmup_target": None, "warmup_steps": 0},
        ),
    ),
    (fastnn.losses.mean_squared_error, function("mean_squared_error")),
    (fastnn.activations.relu, function("relu")),
    (largest, function("largest")),
    (
        [Quartic(2.0, fastnn.losses.MeanSquaredError())],
        [{**described("own_objects", "Quartic", {
            "name": "quartic", "reduction": "sum_over_batch_size", "scale": 2.0,
            "inner": described("keras.losses", "MeanSquaredError", LOSS),
        }), "registered_name": "Quartic"}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("obj", "entry"), KERAS, ids=lambda v: type(v).__name__)
def test_forms_are_those_of_keras(obj: Any, entry: Any) -> None:
    assert saving.serialize_keras_object(obj) == entry
    again = saving.deserialize_keras_object(entry, custom_objects=OWN)
    assert saving.serialize_keras_object(again) == (
        {1: [2, [3]]} if entry == {1: (2, [3])} else entry
    )


def test_layers_are_built_as_they_were() -> None:
    layer = fastnn.layers.Dense(2, name="d")
    assert "build_config" not in saving.serialize_keras_object(layer)
    layer.build((None, 3))
    entry = saving.serialize_keras_object(layer)
    assert entry["module"] == "keras.layers"
    assert entry["build_config"] == {"input_shape": [None, 3]}
    assert saving.deserialize_keras_object(entry).kernel.shape == (3, 2)


def test_names_of_keras_to_3_6() -> None:
    """Those had the name of a registered function without its package."""
    saving.get_custom_objects()["shop>largest"] = largest
    try:
        assert saving.deserialize_keras_object(function("largest")) is largest
    finally:
        del saving.get_custom_objects()["shop>largest"]


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (lambda x: x, "a lambda has no name"),
        (functools.partial(largest, 1), r"partial cannot be described: it needs `get_config\(\)`"),
        (Filled().get_config, "method cannot be described"),
        ({1, 2}, "set cannot be described"),
        (1j, "complex cannot be described"),
        (Filled, "type cannot be described"),
        (np.array(["a"]), "numbers only"),
        (np.dtype("float32"), "cannot be described"),
    ],
)
def test_what_has_no_description(obj: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        saving.serialize_keras_object(obj)
    assert isinstance(caught.value, TypeError)
    if callable(obj) and obj is not Filled:
        assert isinstance(caught.value, NamelessError)


@pytest.mark.parametrize(
    "entry",
    [
        {"class_name": "__lambda__", "config": {"value": ["4wEAAAA=", None, None]}},
        {"class_name": "__numpy__", "config": {"value": [1], "dtype": "O"}},
        {"class_name": "__numpy__", "config": {"value": [[1], [1, 2]], "dtype": "int32"}},
        {"class_name": "__slice__", "config": {"start": 1}},
        {"class_name": "__typespec__", "config": []},
        {"class_name": 3, "config": {}},
        {"class_name": "function", "config": ["relu"]},
        {"class_name": "Filled", "config": [1]},
        {"class_name": "Filled", "config": {"no": 1}},
        {"class_name": "MeanSquaredError", "config": {}},
        {"class_name": "Bare", "config": {}},
        {1, 2},
    ],
)
@pytest.mark.parametrize("safe_mode", [True, False])
def test_bad_descriptions(entry: Any, safe_mode: bool) -> None:
    own = {"Filled": Filled, "Bare": type("Bare", (), {})}
    for kind in (ValueError, TypeError):  # Keras raises the one or the other
        with pytest.raises(kind):
            saving.deserialize_keras_object(entry, own, safe_mode)


def test_deeply_nested_descriptions() -> None:
    entry: Any = {}
    for _ in range(5000):
        entry = {"a": entry}
    with pytest.raises(ValueError, match="nested too deeply"):
        saving.deserialize_keras_object(entry)
