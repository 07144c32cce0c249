"""Symbolic tensors and nodes: what a functional model is described with. No numerics."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastnn.layers.base import Layer


class Node:
    """One call of a layer: the layer, the tensors it was given, and the one it returned.

    Parameters
    ----------
    layer : Layer
    inputs : tuple of SymbolicTensor
        Empty for an input of a model.
    shape : tuple of int
        Shape of one sample of the result.
    """

    def __init__(
        self,
        layer: "Layer",
        inputs: "tuple[SymbolicTensor, ...]",
        shape: tuple[int, ...],
    ) -> None:
        self.layer = layer
        self.inputs = inputs
        known = (tensor.batch_size for tensor in inputs if tensor.batch_size is not None)
        self.output = SymbolicTensor(self, shape, next(known, None))


class SymbolicTensor:
    """The result of a layer, before there are numbers: shape, type and where it comes from.

    Layers are called on such tensors to describe a `Model`.

    Tensors can be added, subtracted, multiplied and divided, also by numbers, taken to a constant
    power, and parts can be taken of them, such as ``x[:, 2:5]``: that makes a layer (`Add`,
    `Subtract`, `Multiply`, and `Rescaling` for numbers; those of others have no public name).

    Attributes
    ----------
    shape : tuple
        Shape of a batch, None for its size unless `Input` was told it.
    dtype : str
    """

    __array_ufunc__ = None  # a NumPy array beside an operator leaves it to the tensor

    def __init__(
        self, node: Node, sample_shape: tuple[int, ...], batch_size: int | None = None
    ) -> None:
        self.node = node
        self.sample_shape = sample_shape
        self.batch_size = batch_size

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Shape of a batch, None for its size unless `Input` was told it."""
        return (self.batch_size, *self.sample_shape)

    @property
    def ndim(self) -> int:
        """Number of axes, with that of the batch."""
        return 1 + len(self.sample_shape)

    @property
    def dtype(self) -> str:
        """Type of the elements."""
        return self.node.layer.dtype or "float32"

    @property
    def name(self) -> str:
        """Name of the layer that it comes from."""
        return self.node.layer.name

    def __add__(self, other: Any) -> Any:
        return _operators().plus(self, other)

    def __sub__(self, other: Any) -> Any:
        return _operators().minus(self, other)

    def __mul__(self, other: Any) -> Any:
        return _operators().times(self, other)

    def __truediv__(self, other: Any) -> Any:
        return _operators().over(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _operators().under(self, other)

    def __pow__(self, exponent: Any) -> Any:
        return _operators().power(self, exponent)

    def __abs__(self) -> Any:
        return _operators().absolute(self)

    def __neg__(self) -> Any:
        return _operators().negative(self)

    def __rsub__(self, other: Any) -> Any:
        return _operators().minus_from(self, other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __bool__(self) -> bool:
        raise TypeError(f"the result of layer {self.name!r} is symbolic: it is neither true nor "
                        "false")  # fmt: skip

    def __getitem__(self, key: Any) -> Any:
        return _operators().part(self, key)

    def __iter__(self) -> Any:
        raise TypeError(
            f"the result of layer {self.name!r} is symbolic: it cannot be iterated over"
        )

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise ValueError(
            f"the result of layer {self.name!r} is symbolic and has no numbers: make a Model and "
            "call predict"
        )

    def __repr__(self) -> str:
        return f"<SymbolicTensor shape={self.shape}, from layer {self.name}>"


def _operators() -> Any:
    from fastnn.layers import _operators as operators  # layers are made of tensors

    return operators


def as_symbolic(value: Any) -> SymbolicTensor | None:
    """Return the symbolic tensor that `value` is or stands for, None for anything else."""
    if isinstance(value, SymbolicTensor):
        return value
    output = getattr(value, "symbolic", None)  # an InputLayer
    return output if isinstance(output, SymbolicTensor) else None


def all_symbolic(value: Any) -> list[SymbolicTensor] | None:
    """Return the symbolic tensors in a list, tuple or dict of nothing else, or a single one."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        value = [value]
    tensors = [as_symbolic(each) for each in value]
    found = [tensor for tensor in tensors if tensor is not None]
    return found if found and len(found) == len(tensors) else None


def sorted_nodes(
    outputs: Iterable[SymbolicTensor], inputs: Iterable[SymbolicTensor]
) -> "tuple[list[Node], list[Layer], list[Layer]]":
    """Return the nodes between in order of execution, and their layers in that of their weights.

    And these together with the layers of the inputs, as Keras lists them.

    This is Keras' order, in which its files hold weights and which decides what a shared batch
    normalisation sees first. The furthest from the outputs come first; a node is at least as far
    as the calls of its layer that were looked at before, and those are looked at from the outputs
    up. Nodes of one distance come as they were met then, layers as the outputs lead to them. The
    nodes of `inputs` end the search and are left out.
    """
    ends = [tensor.node for tensor in inputs]
    stop = {id(node) for node in ends}
    order: list[Node] = []  # every node behind those it reads
    met: dict[int, int] = {}  # layers
    pending: list[tuple[Node, bool]] = [(tensor.node, False) for tensor in outputs][::-1]
    done: set[int] = set()
    while pending:
        node, expanded = pending.pop()
        if id(node) in stop:
            met.setdefault(id(node.layer), len(met))
            continue
        if id(node) in done:
            continue
        if expanded:
            done.add(id(node))
            order.append(node)
            continue
        met.setdefault(id(node.layer), len(met))
        pending.append((node, True))
        pending.extend((tensor.node, False) for tensor in reversed(node.inputs))
    distance: dict[int, int] = {}
    of_layer: dict[int, int] = {}
    for node in reversed(order):
        far = max(distance.setdefault(id(node), 0), of_layer.get(id(node.layer), 0))
        distance[id(node)] = of_layer[id(node.layer)] = far
        for tensor in node.inputs:
            if id(tensor.node) in done:
                distance[id(tensor.node)] = max(far + 1, distance.get(id(tensor.node), 0))
            elif id(tensor.node) in stop:
                of_layer[id(tensor.node.layer)] = max(
                    far + 1, of_layer.get(id(tensor.node.layer), 0)
                )
    by_id = {id(node): node for node in order}
    nodes = [by_id[key] for key in sorted(distance, key=lambda key: -distance[key])]
    layers = {id(node.layer): node.layer for node in [*ends, *nodes]}
    ranked = sorted(layers, key=lambda key: (-of_layer.get(key, 0), met.get(key, -1)))
    listed = [layers[key] for key in ranked]
    given = {id(node.layer) for node in ends}
    return nodes, [layer for layer in listed if id(layer) not in given], listed
