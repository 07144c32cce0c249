"""What `compile` was told, as files hold it: losses and metrics in lists and dicts, and back."""

from contextlib import suppress
from typing import Any

from fastnn._compile import Compiled
from fastnn._registry import shorten
from fastnn.saving._keras_config import registry_of


def told_entry(compiled: Compiled) -> dict[str, Any]:
    """Return loss, metrics and weights in the form that `compile` was given.

    What cannot be described, such as a lambda, is left out.
    """
    found: dict[str, Any] = {}
    for key, value in compiled.told.items():
        with suppress(ValueError):
            found[key] = _described(_family(key), value)
    return found


def told_from(entry: Any) -> dict[str, Any]:
    """Return what `told_entry` described."""
    if not isinstance(entry, dict):
        raise ValueError(f"bad 'told' entry: {shorten(entry)}")
    return {key: objects(_family(key), value) for key, value in entry.items()}


def _family(argument: str) -> str:
    return "losses" if argument == "loss" else "metrics"


def _described(family: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _described(family, item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_described(family, item) for item in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    registry: Any = registry_of(family)
    return registry.serialize(value)


def objects(family: str, value: Any) -> Any:
    """Return what descriptions in lists and dicts stand for."""
    if isinstance(value, list):
        # Keras 2 wrote [[...], [null]] where the second output has no metrics.
        return [] if value == [None] else [objects(family, item) for item in value]
    if not isinstance(value, dict):
        return value
    if "class_name" in value:
        return made(family, value)
    return {key: objects(family, item) for key, item in value.items()}


def made(family: str, entry: dict[str, Any]) -> Any:
    """Return the object of a family that a description stands for."""
    config = entry.get("config")
    registry: Any = registry_of(family)
    of_function = entry.get("class_name") == "MeanMetricWrapper"  # a metric given by its function
    if of_function and isinstance(config, dict) and isinstance(config.get("fn"), str):
        metric = registry.lookup(config["fn"], family)()
        metric.name = str(config.get("name", metric.name))
        return metric
    return registry.read(entry)
