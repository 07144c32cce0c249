"""Layers to the core's plan: a list of ops over numbered tensors."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from fastnn import _core
from fastnn.activations.base import NativeActivation

if TYPE_CHECKING:
    from fastnn.layers.base import Layer

_LINEAR = NativeActivation("linear", ())


class OpSpec(NamedTuple):
    """One op before it is handed to the core; its input is tensor `output` - 1."""

    kind: str
    output: int
    activation: NativeActivation = _LINEAR
    use_bias: bool = False
    trainable: bool = True
    rate: float = 0.0
    params: tuple[float, ...] = ()
    use_scale: bool = False
    epsilon: float = 0.0
    momentum: float = 0.0
    vocabulary: int = 0


class Plan:
    """Ops of a chain of layers.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of one sample.
    """

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        # Shape of each tensor for one sample: (positions, width); number 0 is the input.
        self.tensors: list[tuple[int, int]] = [to_tensor(input_shape)]
        self.ops: list[OpSpec] = []
        # Op number of each layer that has weights, by the layer's identity.
        self.op_of_layer: dict[int, int] = {}

    def dense(
        self, layer: "Layer", units: int, activation: NativeActivation, use_bias: bool
    ) -> None:
        """Append act(input . W + b) along the last axis."""
        positions, _ = self.tensors[-1]
        self.tensors.append((positions, units))
        self.op_of_layer[id(layer)] = len(self.ops)
        self.ops.append(
            OpSpec("dense", len(self.tensors) - 1, activation, use_bias, layer.trainable)
        )

    def activation(self, activation: NativeActivation) -> None:
        """Append an activation; a linear dense op before it takes it over."""
        if activation.name == "linear":
            return
        last = self.ops[-1] if self.ops else None
        if last is not None and last.kind == "dense" and last.activation.name == "linear":
            self.ops[-1] = last._replace(activation=activation)
            return
        self._same_shape("activation", activation=activation)

    def noise(self, kind: str, rate: float) -> None:
        """Append an op that is random in training, such as ``"dropout"``."""
        if rate > 0.0:
            self._same_shape(kind, rate=rate)

    def penalty(self, l1: float, l2: float) -> None:
        """Append a penalty on what goes through unchanged."""
        if l1 or l2:
            self._same_shape("penalty", params=(l1, l2))

    def columns(self, kind: str, layer: "Layer", **values: Any) -> None:
        """Append an op whose parameters belong to the entries of the last axis."""
        self.op_of_layer[id(layer)] = len(self.ops)
        self._same_shape(kind, trainable=layer.trainable, **values)

    def embedding(self, layer: "Layer", vocabulary: int, width: int) -> None:
        """Append rows of a table for the values of the input."""
        positions, values = self.tensors[-1]
        self.tensors.append((positions * values, width))
        self.op_of_layer[id(layer)] = len(self.ops)
        self.ops.append(
            OpSpec("embedding", len(self.tensors) - 1, trainable=layer.trainable,
                   vocabulary=vocabulary)
        )  # fmt: skip

    def _same_shape(self, kind: str, **values: Any) -> None:
        self.tensors.append(self.tensors[-1])
        self.ops.append(OpSpec(kind, len(self.tensors) - 1, **values))

    def reshape(self, shape: tuple[int, ...]) -> None:
        """See the tensor in another shape.

        The input itself is only read differently: the core's reader takes any layout.
        """
        tensor = to_tensor(shape)
        if tensor == self.tensors[-1]:
            return
        if not self.ops:
            self.tensors[-1] = tensor
            return
        self.tensors.append(tensor)
        self.ops.append(OpSpec("reshape", len(self.tensors) - 1))

    def network(self, dtype: str) -> "_core.Network":
        """Return a new network of the core, all weights zero."""
        if not self.ops:  # the core needs an op; nothing but views of the input was asked for
            self._same_shape("activation")
        ops = [
            _core.Op(
                kind=_core.OP_KINDS[op.kind],
                inputs=(op.output - 1,),
                output=op.output,
                activation=op.activation.code,
                act_params=op.params or op.activation.params,
                use_bias=op.use_bias,
                trainable=op.trainable,
                rate=op.rate,
                stream=number,
                use_scale=op.use_scale,
                epsilon=op.epsilon,
                momentum=op.momentum,
                vocabulary=op.vocabulary,
            )
            for number, op in enumerate(self.ops)
        ]
        return _core.Network(dtype, self.tensors, ops)


def to_tensor(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return (positions, width) of a sample of that shape."""
    return math.prod(shape[:-1]), shape[-1]
