"""Functions on models."""

from typing import Any

from fastnn._registry import shorten
from fastnn.models.sequential import Sequential


def clone_model(model: Sequential) -> Sequential:
    """Return a model of the same layers with new weights, not compiled.

    Parameters
    ----------
    model : Sequential

    Raises
    ------
    ValueError
        If `model` is not a model of fastnn.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> copy = fastnn.models.clone_model(model)
    >>> copy.set_weights(model.get_weights())
    """
    if not isinstance(model, Sequential):
        raise ValueError(f"`model` must be a model of fastnn, got {shorten(model)}")
    return Sequential.from_config(model.get_config())


def model_from_json(json_string: str) -> Sequential:
    """Return the model that `to_json` described, with new weights.

    Parameters
    ----------
    json_string : str

    Raises
    ------
    ValueError
        If it is not such a description.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> fastnn.models.model_from_json(model.to_json()).count_params()
    3
    """
    import json

    if not isinstance(json_string, str):
        raise ValueError(f"`json_string` must be a string, got {shorten(json_string)}")
    try:
        described: Any = json.loads(json_string)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"`json_string` is not JSON: {error}") from error
    if not isinstance(described, dict) or described.get("class_name") != "Sequential":
        raise ValueError(f"not the description of a Sequential model: {shorten(described)}")
    return Sequential.from_config(described.get("config"))
