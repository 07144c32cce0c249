"""Weights and optimiser state as Keras 3 lays them out in HDF5.

Layers are called ``layers/<class in snake case>``, from the second of a class on with a number,
and hold the arrays ``vars/0``, ``vars/1`` and so on; a model that is a layer has ``layers`` of its
own. The optimiser's ``optimizer/vars`` hold the number of steps, the learning rate unless a
schedule gives it, and its slots.
"""

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastnn.layers.base import Layer, WeightSpec
from fastnn.layers.variable import Variable
from fastnn.optimizers._variable import slot_order
from fastnn.optimizers.base import Optimizer
from fastnn.saving._hdf5 import Group
from fastnn.saving._keras_graph import Stored, stored_flat

if TYPE_CHECKING:
    from fastnn.models.model import Model

_FOLDERS = ("layers", "_layer_checkpoint_dependencies")  # of Keras 3, and of Keras 2.12 to 2.15
_MAX_DEPTH, _MAX_LAYERS = 16, 1 << 16


# ---- layers -------------------------------------------------------------------------------


def matched(
    layer: Layer, specs: list[WeightSpec], values: list[NDArray[Any]]
) -> list[NDArray[Any]]:
    """Return the values of a layer's weights after comparing number and shapes."""
    if len(values) != len(specs):
        raise ValueError(f"layer {layer.name!r} has {len(specs)} weights, the file {len(values)}")
    for spec, value in zip(specs, values, strict=True):
        if value.shape != spec.shape:
            raise ValueError(
                f"weight '{layer.name}/{spec.name}' must have shape {spec.shape}, got {value.shape}"
            )
    return values


def layer_folder(group: Group) -> Group | None:
    """Return the group that holds the layers of a model, None if there is none."""
    return next((found for name in _FOLDERS if (found := group.group(name)) is not None), None)


def read_layer(root: Group, path: tuple[str, ...]) -> list[NDArray[Any]]:
    """Return the arrays of one layer, to which the path leads from model to model."""
    group: Group | None = root
    for name in path:
        folder = None if group is None else layer_folder(group)
        group = None if folder is None else folder.group(name)
    arrays = None if group is None else group.group("vars")
    return [] if arrays is None else read_numbered(arrays)


def named_groups(root: Group) -> dict[str, tuple[str, ...]]:
    """Return the groups of layers by the names noted in them, if there are models among them.

    Without such, class and order say enough, and nothing is returned.
    """
    leaves: list[tuple[str | None, tuple[str, ...]]] = []
    pending: list[tuple[Group, tuple[str, ...]]] = [(root, ())]
    nested = False
    while pending:
        model, path = pending.pop()
        folder = layer_folder(model)
        for stored in () if folder is None else folder.names():
            group = folder.group(stored) if folder is not None else None
            arrays = None if group is None else group.group("vars")
            if group is not None and layer_folder(group) is not None:
                nested = True
                pending.append((group, (*path, stored)))
            elif arrays is not None and len(arrays):
                leaves.append((arrays.text("name"), (*path, stored)))
            if len(path) > _MAX_DEPTH or len(leaves) + len(pending) > _MAX_LAYERS:
                raise ValueError("models lie within models too deeply, or there are too many")
    if not nested:
        return {}
    found = {name: path for name, path in leaves if name is not None}
    if len(found) != len(leaves):
        raise ValueError(
            "its model has models in it, and their layers cannot be told apart by names: load the "
            "whole model instead"
        )
    return found


def read_numbered(group: Group) -> list[NDArray[Any]]:
    """Return the arrays ``0``, ``1`` and so on of a group."""
    return [group.array(str(i)) for i in range(len(group))]


def layer_tree(layers: list[Layer], built: bool) -> dict[str, Any]:
    """Return the groups of all layers, for `hdf5_bytes`."""
    groups = stored_flat(layers).groups
    return {
        groups[layer.name][0]: {
            "vars": {
                "": {"name": layer.name},
                **_numbered(layer.get_weights() if built else []),
            }
        }
        for layer in layers
    }


def _numbered(values: list[Any]) -> dict[str, Any]:
    return {str(i): value for i, value in enumerate(values)}


# ---- the optimiser ------------------------------------------------------------------------


def weights_in_order(model: "Model", stored: Stored) -> list[Variable]:
    """Return the weights that are trained in the order in which Keras has them."""
    layers = {layer.name: layer for layer in model.leaves}
    names = dict.fromkeys(name for _, part in stored.parts for name in part)
    return [weight for name in names for weight in layers[name].trainable_weights]


def restore_optimizer(model: "Model", weights: list[Variable], values: list[NDArray[Any]]) -> None:
    """Put step count, learning rate and slots into a compiled and built model.

    `weights` are those that the slots belong to, in their order. As in Keras, state of another
    layout (other trainable weights, or a state that was never built) is left out with a warning.
    """
    optimizer = model.require_optimizer()
    network = model.network()
    order = slot_order(optimizer, weights)
    head = 1 if optimizer.schedule is not None else 2
    tail = 1 if type(optimizer).__name__ == "Nadam" else 0  # the product of its momenta
    if len(values) == 1 + len(order) + tail:  # Keras 2.13 kept no learning rate
        head = 1
    if len(values) != head + len(order) + tail:
        if len(values) > 2:
            warnings.warn(
                f"the state of the optimizer is left out: the file has {len(values)} arrays for "
                f"it, {type(optimizer).__name__} has {head + len(order) + tail} with these "
                "trainable weights",
                stacklevel=2,
            )
        return
    steps = _scalar(values[0], "the number of steps")
    if not (steps >= 0 and steps == int(steps) and steps < 2**62):
        raise ValueError(f"the number of steps of the optimizer is {steps}")
    slots = values[head : head + len(order)]
    for (_, v), value in zip(order, slots, strict=True):
        shape = weights[v].shape
        if value.shape != shape:
            raise ValueError(f"a slot of the optimizer has shape {value.shape}, not {shape}")
    if head == 2:
        rate = _scalar(values[1], "the learning rate")
        if np.float32(optimizer.learning_rate) != np.float32(rate):
            optimizer.learning_rate = rate
    numbers = [*optimizer.slots().values()]
    for (slot, v), value in zip(order, slots, strict=True):
        weights[v].write_slot(numbers[slot], value)
    network.iterations = int(steps)


def _scalar(value: NDArray[Any], what: str) -> float:
    if value.size != 1:
        raise ValueError(f"{what} of the optimizer has shape {value.shape}")
    number = float(value.reshape(()))
    if not math.isfinite(number):
        raise ValueError(f"{what} of the optimizer is {number}")
    return number


def optimizer_tree(model: "Model", optimizer: Optimizer) -> dict[str, Any]:
    """Return the group of the optimiser's state, for `hdf5_bytes`; the model is built."""
    return {"": {"name": optimizer.name}, **_numbered(optimizer_values(model, optimizer))}


def optimizer_values(model: "Model", optimizer: Optimizer) -> list[Any]:
    """Return the optimiser's state in Keras' order; the model is built."""
    model.network()
    weights = model.trainable_weights
    values: list[Any] = [np.int32(optimizer.steps)]
    if optimizer.schedule is None:
        values.append(np.float32(optimizer.learning_rate))
    numbers = [*optimizer.slots().values()]
    for slot, v in slot_order(optimizer, weights):
        values.append(weights[v].read_slot(numbers[slot]))
    if type(optimizer).__name__ == "Nadam":
        values.append(np.float32(_nadam_product(optimizer)))
    return values


def _nadam_product(optimizer: Any) -> float:
    """Return the product of the momenta of the steps taken, which Keras keeps."""
    product = 1.0
    for step in range(1, optimizer.iterations + 1):
        product *= optimizer.beta_1 * (1.0 - 0.5 * 0.96**step)
        if product < 1e-50:  # zero in float32
            return 0.0
    return product
