"""Layers, the parts of a model."""

from typing import TYPE_CHECKING, Any

from fastnn import _custom
from fastnn._lazy import make_lazy
from fastnn._registry import Registry
from fastnn.layers.base import Layer as _Layer

if TYPE_CHECKING:
    from fastnn.layers.activation import Activation
    from fastnn.layers.activity_regularization import ActivityRegularization
    from fastnn.layers.alpha_dropout import AlphaDropout
    from fastnn.layers.batch_normalization import BatchNormalization
    from fastnn.layers.dense import Dense
    from fastnn.layers.dropout import Dropout
    from fastnn.layers.elu import ELU
    from fastnn.layers.embedding import Embedding
    from fastnn.layers.flatten import Flatten
    from fastnn.layers.gaussian_dropout import GaussianDropout
    from fastnn.layers.gaussian_noise import GaussianNoise
    from fastnn.layers.identity import Identity
    from fastnn.layers.input_layer import Input, InputLayer
    from fastnn.layers.input_spec import InputSpec
    from fastnn.layers.layer_normalization import LayerNormalization
    from fastnn.layers.leaky_relu import LeakyReLU
    from fastnn.layers.merging.add import Add, add
    from fastnn.layers.merging.average import Average, average
    from fastnn.layers.merging.concatenate import Concatenate, concatenate
    from fastnn.layers.merging.dot import Dot, dot
    from fastnn.layers.merging.maximum import Maximum, maximum
    from fastnn.layers.merging.minimum import Minimum, minimum
    from fastnn.layers.merging.multiply import Multiply, multiply
    from fastnn.layers.merging.subtract import Subtract, subtract
    from fastnn.layers.normalization import Normalization
    from fastnn.layers.permute import Permute
    from fastnn.layers.prelu import PReLU
    from fastnn.layers.relu import ReLU
    from fastnn.layers.repeat_vector import RepeatVector
    from fastnn.layers.rescaling import Rescaling
    from fastnn.layers.reshape import Reshape
    from fastnn.layers.rms_normalization import RMSNormalization
    from fastnn.layers.softmax import Softmax
    from fastnn.layers.unit_normalization import UnitNormalization

__all__ = [
    "ELU", "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average",
    "BatchNormalization", "Concatenate", "Dense", "Dot", "Dropout", "Embedding", "Flatten",
    "GaussianDropout", "GaussianNoise", "Identity", "Input", "InputLayer", "InputSpec",
    "LayerNormalization", "LeakyReLU", "Maximum", "Minimum", "Multiply", "Normalization", "PReLU",
    "Permute", "RMSNormalization", "ReLU", "RepeatVector", "Rescaling", "Reshape", "Softmax",
    "Subtract", "UnitNormalization", "add", "average", "concatenate", "deserialize", "dot",
    "maximum", "minimum", "multiply", "serialize", "subtract",
]  # fmt: skip

make_lazy(
    __name__,
    {
        "activation": "Activation",
        "activity_regularization": "ActivityRegularization",
        "alpha_dropout": "AlphaDropout",
        "batch_normalization": "BatchNormalization",
        "dense": "Dense",
        "dropout": "Dropout",
        "elu": "ELU",
        "embedding": "Embedding",
        "flatten": "Flatten",
        "gaussian_dropout": "GaussianDropout",
        "gaussian_noise": "GaussianNoise",
        "identity": "Identity",
        "input_layer": "Input InputLayer",
        "input_spec": "InputSpec",
        "layer_normalization": "LayerNormalization",
        "leaky_relu": "LeakyReLU",
        "merging.add": "Add add",
        "merging.average": "Average average",
        "merging.concatenate": "Concatenate concatenate",
        "merging.dot": "Dot dot",
        "merging.maximum": "Maximum maximum",
        "merging.minimum": "Minimum minimum",
        "merging.multiply": "Multiply multiply",
        "merging.subtract": "Subtract subtract",
        "normalization": "Normalization",
        "permute": "Permute",
        "prelu": "PReLU",
        "relu": "ReLU",
        "repeat_vector": "RepeatVector",
        "rescaling": "Rescaling",
        "reshape": "Reshape",
        "rms_normalization": "RMSNormalization",
        "softmax": "Softmax",
        "unit_normalization": "UnitNormalization",
    },
)
REGISTRY: "Registry[_Layer]" = Registry(
    "layer",
    "layers",
    {
        "Activation": "",
        "ActivityRegularization": "",
        "AlphaDropout": "",
        "BatchNormalization": "",
        "Dense": "",
        "Dropout": "",
        "ELU": "",
        "Embedding": "",
        "Flatten": "",
        "GaussianDropout": "",
        "GaussianNoise": "",
        "Identity": "",
        "InputLayer": "",
        "LayerNormalization": "",
        "LeakyReLU": "",
        "Add": "",
        "Average": "",
        "Concatenate": "",
        "Dot": "",
        "Maximum": "",
        "Minimum": "",
        "Multiply": "",
        "Subtract": "",
        "Normalization": "",
        "PReLU": "",
        "Permute": "",
        "RMSNormalization": "",
        "ReLU": "",
        "RepeatVector": "",
        "Rescaling": "",
        "Reshape": "",
        "Softmax": "",
        "UnitNormalization": "",
    },
    base=_Layer,
    callables=False,
    private={
        "Absolute": "fastnn.layers.operations.absolute",
        "GetItem": "fastnn.layers.operations.get_item",
        "Power": "fastnn.layers.operations.power",
        "TrueDivide": "fastnn.layers.operations.true_divide",
    },
)


def serialize(layer: Any) -> Any:
    """Return class name and arguments of a layer, without its weights.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.serialize(fastnn.layers.Flatten(name="flat"))["class_name"]
    'Flatten'
    """
    return REGISTRY.serialize(layer)


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the layer that `serialize` described, with new weights.

    Parameters
    ----------
    config : dict
    custom_objects : dict, default=None
        Classes and functions of one's own, by name.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.deserialize({"class_name": "Dense", "config": {"units": 3}}).units
    3
    """
    with _custom.supplied(custom_objects):
        return REGISTRY.deserialize(config)
