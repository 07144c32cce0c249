"""Descriptions with something wrong in them: a ValueError or a TypeError, or an object; no more."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from own_objects import COMPILED, OWN, trained

import fastnn
from fastnn import saving
from fastnn.saving import native

VALUES: list[Any] = [
    None, 1, 0, -1, 2.5, True, "relu", "mse", "float32", "x", "squares", "Filled", "function", "os",
    "Dense", "Sequential", "Sheet", "keras.layers", [], {}, [1, 2], ["a", "a"], [None, 3],
    {"class_name": "Filled", "config": {}}, {"class_name": "function", "config": "largest"},
    {"class_name": "Sheet", "config": {"units": 1}}, {"class_name": "__ellipsis__", "config": {}},
    {"class_name": "__numpy__", "config": {"value": [1], "dtype": "int32"}},
    {"module": "os", "class_name": "function", "config": "system"},
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every entry of nested dicts and lists: what holds it, and its key."""
    keys: Any = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from places(value[key])


def spoilt(entry: Any, rng: np.random.Generator) -> Any:
    entry = json.loads(json.dumps(entry))
    for _ in range(rng.integers(1, 3)):
        found = list(places(entry))
        holder, key = found[rng.integers(len(found))]
        other, there = found[rng.integers(len(found))]
        choice = rng.random()
        if choice < 0.6:
            holder[key] = copy.deepcopy(VALUES[rng.integers(len(VALUES))])
        elif choice < 0.8:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(other[there])
        if not entry:
            break
    return entry


@pytest.mark.parametrize("kind", COMPILED)
@pytest.mark.parametrize("functional", [False, True])
@pytest.mark.filterwarnings("ignore")  # state of an optimiser that is left out
def test_spoilt_descriptions(rng: np.random.Generator, kind: str, functional: bool) -> None:
    from safetensors.numpy import save

    model = trained(kind, functional)
    described = saving.serialize_keras_object(model)
    tensors, header = native._pack(model)
    refused = made = 0
    for _ in range(150):
        entry, content = spoilt(described, rng), spoilt(header, rng)
        data = save(tensors, {"fastnn": json.dumps(content)})
        for call in (
            lambda entry=entry: saving.deserialize_keras_object(entry, OWN),
            lambda entry=entry: fastnn.models.model_from_json(json.dumps(entry), OWN),
            lambda data=data: native.model_from_bytes(data, OWN),
        ):  # type: Any
            try:
                call()
                made += 1
            except (ValueError, TypeError):
                refused += 1
    assert refused > 100
    assert made > 100  # and the mistakes are small ones
