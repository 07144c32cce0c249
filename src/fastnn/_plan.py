"""Layers to the core's plan: a list of ops over numbered tensors."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn.activations.base import NativeActivation

if TYPE_CHECKING:
    from fastnn.layers.base import Layer

_LINEAR = NativeActivation("linear", ())


class OpSpec(NamedTuple):
    """One op before it is handed to the core."""

    kind: str
    inputs: tuple[int, ...]
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
    param_rows: int = 0
    shares: int = -1
    groups: int = 0
    first: int = 0
    dot_axes: tuple[int, int] = (0, 0)
    normalize: bool = False
    order: NDArray[Any] | None = None
    same: tuple[bool, bool] = (False, False)


class Plan:
    """Ops over numbered tensors. Each op reads the tensor `at` and leaves `at` at its result.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of one sample.
    chain : bool, default=True
        Whether every tensor is read once, by the op that comes next: then an activation may be
        taken over by the op before it, and the input may be seen in another shape.
    """

    def __init__(self, input_shape: tuple[int, ...], chain: bool = True) -> None:
        # Shape of each tensor for one sample: (positions, width); number 0 is the input.
        self.tensors: list[tuple[int, int]] = [to_tensor(input_shape)]
        self.inputs = [0]
        self.at = 0
        self.ops: list[OpSpec] = []
        self._chain = chain
        # Op number of each layer that has weights, by the layer's identity.
        self.op_of_layer: dict[int, int] = {}

    def add_input(self, shape: tuple[int, ...]) -> int:
        """Return the number of a further input; `at` is there."""
        self.at = self._tensor(to_tensor(shape))
        self.inputs.append(self.at)
        return self.at

    def _tensor(self, tensor: tuple[int, int]) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def _append(self, kind: str, tensor: tuple[int, int], inputs: Any = None, **facts: Any) -> None:
        """Append an op that writes a new tensor of that shape."""
        output = self._tensor(tensor)
        self.ops.append(OpSpec(kind, inputs or (self.at,), output, **facts))
        self.at = output

    def dense(
        self, layer: "Layer", units: int, activation: NativeActivation, use_bias: bool
    ) -> None:
        """Append act(input . W + b) along the last axis; the weights are those of the layer."""
        positions, _ = self.tensors[self.at]
        gated = activation.name == "glu"
        inner = _LINEAR if gated else activation
        self._with_weights("dense", layer, (positions, units), activation=inner, use_bias=use_bias)
        if gated:
            self._glu()

    def _glu(self) -> None:
        """Append the first half of the columns times the sigmoid of the second."""
        whole, (positions, width) = self.at, self.tensors[self.at]
        half = (positions, width // 2)
        self._append("slice", half)
        value = self.at
        self._append("slice", half, (whole,), first=width // 2)
        self._append("activation", half, activation=NativeActivation("sigmoid", ()))
        self._append("multiply", half, (value, self.at))

    def _with_weights(
        self, kind: str, layer: "Layer", tensor: tuple[int, int], **facts: Any
    ) -> None:
        """Append an op with the layer's weights, which it shares with the layer's first op."""
        shares = self.op_of_layer.setdefault(id(layer), len(self.ops))
        if shares == len(self.ops) or not layer.param_count():
            shares = -1
        self._append(kind, tensor, trainable=layer.trainable, shares=shares, **facts)

    def activation(self, activation: NativeActivation) -> None:
        """Append an activation; in a chain, a linear dense op before it takes it over."""
        if activation.name == "linear":
            return
        if activation.name == "glu":
            self._glu()
            return
        last = self.ops[-1] if self.ops and self._chain else None
        if last is not None and last.kind == "dense" and last.activation.name == "linear":
            self.ops[-1] = last._replace(activation=activation)
            return
        self._append("activation", self.tensors[self.at], activation=activation)

    def noise(
        self, kind: str, rate: float, same_positions: bool = False, same_batch: bool = False
    ) -> None:
        """Append an op that is random in training, such as ``"dropout"``.

        The mask of a dropout may be one for all rows of a sample, and for all samples of a batch.
        """
        if rate > 0.0:
            same = (same_positions, same_batch)
            self._append(kind, self.tensors[self.at], rate=rate, same=same)

    def penalty(self, l1: float, l2: float) -> None:
        """Append a penalty on what goes through unchanged."""
        if l1 or l2:
            self._append("penalty", self.tensors[self.at], params=(l1, l2))

    def columns(
        self, kind: str, layer: "Layer", params: tuple[int, ...] = (), **values: Any
    ) -> None:
        """Append an op whose parameters belong to the entries of the last axis.

        `params`: their shape, where it has more than one axis.
        """
        rows = math.prod(params[:-1]) if len(params) > 1 else 0
        self._with_weights(kind, layer, self.tensors[self.at], param_rows=rows, **values)

    def embedding(self, layer: "Layer", vocabulary: int, width: int) -> None:
        """Append rows of a table for the values of the input."""
        positions, values = self.tensors[self.at]
        self._with_weights("embedding", layer, (positions * values, width), vocabulary=vocabulary)

    def reshape(self, shape: tuple[int, ...]) -> None:
        """See the tensor in another shape.

        The input of a chain is only read differently: the core's reader takes any layout.
        """
        tensor = to_tensor(shape)
        if tensor == self.tensors[self.at]:
            return
        if self._chain and not self.ops:
            self.tensors[self.at] = tensor
            return
        self._append("reshape", tensor)

    def permute(self, shape: tuple[int, ...], axes: list[int]) -> tuple[int, ...]:
        """Put the axes of the tensor, seen in that shape, in that order.

        Returns the new shape.
        """
        moved = tuple(shape[a] for a in axes)
        if [a for a in axes if shape[a] > 1] == [a for a, n in enumerate(shape) if n > 1]:
            self.reshape(moved)  # the elements stay where they are
        else:
            order = np.arange(math.prod(shape), dtype=np.int32).reshape(shape).transpose(axes)
            self._append("permute", to_tensor(moved), order=order.ravel())
        return moved

    def pick(self, shape: tuple[int, ...], axis: int, places: range) -> tuple[int, ...]:
        """Keep some places along an axis of the tensor, seen in that shape, in that order.

        Returns the new shape.
        """
        if places == range(shape[axis]):
            return shape
        size, rows = math.prod(shape[axis + 1 :]), math.prod(shape[:axis])
        self.reshape((rows, shape[axis] * size))
        whole, parts = self.at, []
        runs = [places] if places.step == 1 else [range(p, p + 1) for p in places]
        for run in runs:
            self._append("slice", (rows, len(run) * size), (whole,), first=run[0] * size)
            parts.append(self.at)
        if len(parts) > 1:
            self._append("concatenate", (rows, len(places) * size), tuple(parts))
        return (*shape[:axis], len(places), *shape[axis + 1 :])

    def along(self, shape: tuple[int, ...], axes: list[int], append: Callable[[], None]) -> None:
        """Append ops that work on rows made of some axes of a tensor of that shape.

        `append` finds rows of all entries of these axes, in order, at all places of the others.
        Axes at the end of the shape are there already.
        """
        others = [axis for axis in range(len(shape)) if axis not in axes]
        moved = self.permute(shape, others + axes)
        count = len(others)
        self.reshape((*moved[:count], math.prod(moved[count:])))
        append()
        self.reshape(moved)
        self.permute(moved, np.argsort(others + axes).tolist())

    def merge(
        self, kind: str, tensors: tuple[int, ...], shape: tuple[int, ...], **facts: Any
    ) -> None:
        """Append an op of several tensors: of `OP_KINDS`, with its facts of `OpSpec`."""
        self._append(kind, to_tensor(shape), tensors, **facts)

    def repeat(self, tensor: int, shape: tuple[int, ...], axis: int, times: int) -> int:
        """Return a tensor in which one, seen in that shape, is repeated along an axis of size 1.

        Copies are put beside copies, twice as many each time.
        """
        copies, parts, count = tensor, [], 1
        while True:
            if times & count:
                parts.append(copies)
            if 2 * count > times:
                break
            count *= 2
            copies = self._beside((copies, copies), shape, axis, count)
        return parts[0] if len(parts) == 1 else self._beside(tuple(parts), shape, axis, times)

    def _beside(
        self, tensors: tuple[int, ...], shape: tuple[int, ...], axis: int, times: int
    ) -> int:
        groups = 0 if axis == len(shape) - 1 else math.prod(shape[:axis])
        grown = (*shape[:axis], times, *shape[axis + 1 :])
        self.merge("concatenate", tensors, grown, groups=groups)
        return self.at

    def broadcast(self, tensor: int, shape: tuple[int, ...], to: tuple[int, ...]) -> int:
        """Return a tensor that has the values of one of `shape` wherever `to` has more of them."""
        shape = (1,) * (len(to) - len(shape)) + shape
        for axis, size in enumerate(to):
            if shape[axis] != size:
                tensor = self.repeat(tensor, shape, axis, size)
                shape = (*shape[:axis], size, *shape[axis + 1 :])
        return tensor

    def copy(self) -> None:
        """Append an op that changes nothing: for outputs that another op does not write."""
        self._append("activation", self.tensors[self.at])

    def network(self, dtype: str, outputs: tuple[int, ...] | None = None) -> "_core.Network":
        """Return a new network of the core, all weights zero; its output is `at` by default."""
        if not self.ops:  # the core needs an op; nothing but views of the input was asked for
            self.copy()
        ops = [
            _core.Op(
                kind=_core.OP_KINDS[op.kind],
                inputs=op.inputs,
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
                param_rows=op.param_rows,
                shares=op.shares,
                groups=op.groups,
                first=op.first,
                dot_axes=op.dot_axes,
                normalize=op.normalize,
                order=op.order,
                same=op.same,
            )
            for number, op in enumerate(self.ops)
        ]
        return _core.Network(dtype, self.tensors, ops, self.inputs, outputs or (self.at,))


def to_tensor(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return (positions, width) of a sample of that shape."""
    return math.prod(shape[:-1]), shape[-1]
