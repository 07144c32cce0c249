"""Weights and optimiser state as Keras 3 lays them out in HDF5.

Layers are called ``layers/<class in snake case>``, from the second of a class on with a number,
and hold the arrays ``vars/0``, ``vars/1`` and so on. The optimiser's ``optimizer/vars`` hold the
number of steps, the learning rate unless a schedule gives it, and its slots.
"""

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastnn.layers._names import snake_case
from fastnn.layers.base import Layer
from fastnn.optimizers._variable import slot_order
from fastnn.optimizers.base import Optimizer
from fastnn.saving._hdf5 import Group

if TYPE_CHECKING:
    from fastnn.models.model import Model

_FOLDERS = ("layers", "_layer_checkpoint_dependencies")  # of Keras 3, and of Keras 2.12 to 2.15


# ---- layers -------------------------------------------------------------------------------


def stored_names(layers: list[Layer]) -> dict[str, str]:
    """Return the group of each layer, by the layer's name."""
    counts: dict[str, int] = {}
    names = {}
    for layer in layers:
        base = snake_case(type(layer).__name__)
        count = counts.get(base, 0)
        counts[base] = count + 1
        names[layer.name] = f"{base}_{count}" if count else base
    return names


def layer_folder(root: Group) -> Group:
    """Return the group that holds the layers."""
    for folder in _FOLDERS:
        group = root.group(folder)
        if group is not None:
            return group
    raise ValueError("it holds no weights of a Keras model")


def read_layer(folder: Group, stored: str) -> list[NDArray[Any]]:
    """Return the arrays of one layer."""
    group = folder.group(stored, "vars")
    return [] if group is None else read_numbered(group)


def read_numbered(group: Group) -> list[NDArray[Any]]:
    """Return the arrays ``0``, ``1`` and so on of a group."""
    return [group.array(str(i)) for i in range(len(group))]


def layer_tree(layers: list[Layer], built: bool) -> dict[str, Any]:
    """Return the groups of all layers, for `hdf5_bytes`."""
    names = stored_names(layers)
    return {
        names[layer.name]: {
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


def restore_optimizer(model: "Model", values: list[NDArray[Any]]) -> None:
    """Put step count, learning rate and slots into a compiled and built model.

    As in Keras, state of another layout (other trainable weights, or a state that was never
    built) is left out with a warning.
    """
    optimizer = model.require_optimizer()
    network = model.network()
    weights = model.trainable_weights
    order = slot_order(optimizer.slot_names(), len(weights))
    head = 1 if optimizer.schedule is not None else 2
    tail = 1 if type(optimizer).__name__ == "Nadam" else 0  # the product of its momenta
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
    for slot, v in slot_order(optimizer.slot_names(), len(weights)):
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
