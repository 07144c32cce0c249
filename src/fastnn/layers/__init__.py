"""Layers, the parts of a model."""

from typing import TYPE_CHECKING, Any

from fastnn._lazy import make_lazy
from fastnn._registry import Registry
from fastnn.layers.base import Layer as _Layer

if TYPE_CHECKING:
    from fastnn.layers.activation import Activation
    from fastnn.layers.activity_regularization import ActivityRegularization
    from fastnn.layers.dense import Dense
    from fastnn.layers.dropout import Dropout
    from fastnn.layers.elu import ELU
    from fastnn.layers.flatten import Flatten
    from fastnn.layers.input_layer import Input, InputLayer
    from fastnn.layers.leaky_relu import LeakyReLU
    from fastnn.layers.relu import ReLU
    from fastnn.layers.softmax import Softmax

__all__ = [
    "ELU", "Activation", "ActivityRegularization", "Dense", "Dropout", "Flatten", "Input",
    "InputLayer", "LeakyReLU", "ReLU", "Softmax", "deserialize", "serialize",
]  # fmt: skip

make_lazy(
    __name__,
    {
        "activation": "Activation",
        "activity_regularization": "ActivityRegularization",
        "dense": "Dense",
        "dropout": "Dropout",
        "elu": "ELU",
        "flatten": "Flatten",
        "input_layer": "Input InputLayer",
        "leaky_relu": "LeakyReLU",
        "relu": "ReLU",
        "softmax": "Softmax",
    },
)
REGISTRY: "Registry[_Layer | InputLayer]" = Registry(
    "layer",
    "layers",
    {
        "Activation": "",
        "ActivityRegularization": "",
        "Dense": "",
        "Dropout": "",
        "ELU": "",
        "Flatten": "",
        "InputLayer": "",
        "LeakyReLU": "",
        "ReLU": "",
        "Softmax": "",
    },
)


def serialize(layer: Any) -> dict[str, Any]:
    """Return class name and arguments of a layer, without its weights.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.serialize(fastnn.layers.Flatten(name="flat"))["class_name"]
    'Flatten'
    """
    return REGISTRY.serialize(layer)


def deserialize(config: dict[str, Any]) -> Any:
    """Return the layer that `serialize` described, with new weights.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.deserialize({"class_name": "Dense", "config": {"units": 3}}).units
    3
    """
    return REGISTRY.deserialize(config)
