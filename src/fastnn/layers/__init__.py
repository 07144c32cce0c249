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
    from fastnn.layers.merging.add import Add, add
    from fastnn.layers.merging.average import Average, average
    from fastnn.layers.merging.concatenate import Concatenate, concatenate
    from fastnn.layers.merging.dot import Dot, dot
    from fastnn.layers.merging.maximum import Maximum, maximum
    from fastnn.layers.merging.minimum import Minimum, minimum
    from fastnn.layers.merging.multiply import Multiply, multiply
    from fastnn.layers.merging.subtract import Subtract, subtract
    from fastnn.layers.relu import ReLU
    from fastnn.layers.softmax import Softmax

__all__ = [
    "ELU", "Activation", "ActivityRegularization", "Add", "Average", "Concatenate", "Dense", "Dot",
    "Dropout", "Flatten", "Input", "InputLayer", "LeakyReLU", "Maximum", "Minimum", "Multiply",
    "ReLU", "Softmax", "Subtract", "add", "average", "concatenate", "deserialize", "dot", "maximum",
    "minimum", "multiply", "serialize", "subtract",
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
        "merging.add": "Add add",
        "merging.average": "Average average",
        "merging.concatenate": "Concatenate concatenate",
        "merging.dot": "Dot dot",
        "merging.maximum": "Maximum maximum",
        "merging.minimum": "Minimum minimum",
        "merging.multiply": "Multiply multiply",
        "merging.subtract": "Subtract subtract",
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
        "Add": "",
        "Average": "",
        "Concatenate": "",
        "Dot": "",
        "Maximum": "",
        "Minimum": "",
        "Multiply": "",
        "Subtract": "",
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
